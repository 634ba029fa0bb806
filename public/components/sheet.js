// @ts-check
/** A sheet: from below on a phone, in the middle elsewhere, over the page until it is closed. */

import { h, icon } from "../shared/dom.js";
import { t } from "../shared/messages.js";

let serial = 0;

/**
 * Opens a sheet. Escape, the cross, a press beside it and going to another place close it, and the focus goes back to where
 * it was.
 * @param {string} title
 * @param {{wide?: boolean, closed?: () => void}} [options]
 * @returns {{body: HTMLElement, foot: HTMLElement, heading: HTMLElement, dialog: HTMLDialogElement, close: () => void}}
 */
export function openSheet(title, { wide = false, closed } = {}) {
  const id = `sheet-${++serial}`;
  const heading = h("h2", { id }, title);
  const body = h("div", { class: "inside stack" });
  const foot = h("div", { class: "foot" });
  const cross = h("button", { type: "button", class: "icon-button", aria: { label: t("close") }, onclick: () => dialog.close() }, icon("close"));
  const dialog = h("dialog", { class: wide ? "sheet wide" : "sheet", aria: { labelledby: id } }, h("div", { class: "head" }, heading, cross), body, foot);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  const leave = () => dialog.close();
  window.addEventListener("hashchange", leave);
  dialog.addEventListener("close", () => {
    window.removeEventListener("hashchange", leave);
    dialog.remove();
    closed?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { body, foot, heading, dialog, close: () => dialog.close() };
}
