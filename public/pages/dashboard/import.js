// @ts-check
/** A list of goods from a file: chosen, looked at row by row, and brought into the shop. */

import { pageLink } from "../../components/papers.js";
import { openSheet } from "../../components/sheet.js";
import { ApiError, get, post } from "../../shared/api.js";
import { failed, h, icon, notice, show, state } from "../../shared/dom.js";
import { field } from "../../shared/forms.js";
import { learn, t } from "../../shared/messages.js";
import { count } from "../../shared/money.js";
import { follow } from "./errands.js";
import { row, table } from "./lists.js";

const MOST_SHOWN = 100;
const TONES = /** @type {Record<string, string>} */ ({ new: "leaf", changed: "sky", unchanged: "", refused: "chilli" });
const OUTCOMES = ["new", "changed", "unchanged", "refused"];

/** @param {() => Promise<void> | void} changed called when goods have come in */
export async function openImport(changed) {
  await learn("reports");
  const close = new AbortController();
  const sheet = openSheet(t("reports.importTitle"), { wide: true, closed: () => close.abort() });
  const said = h("div", { role: "status", class: "stack" });
  const page = h("div", { class: "stack" });
  sheet.body.append(said, page);
  choose();

  function choose() {
    const fields = field({ name: "file", label: t("reports.file"), hint: t("reports.fileHint"), type: "file", attributes: { accept: ".csv,.xlsx,text/csv" } });
    const input = /** @type {HTMLInputElement} */ (fields.querySelector("input"));
    const look = h("button", { type: "button", class: "button primary", onclick: () => preview(input.files?.[0]) }, t("reports.look"));
    show(said);
    show(page, fields);
    show(sheet.foot, h("button", { type: "button", class: "button", onclick: sheet.close }, t("dashboard.cancel")), look);
    input.focus();
  }

  /** @param {File | undefined} file */
  async function preview(file) {
    if (!file) return show(said, notice("chilli", "alert", t("reports.noFile")));
    const found = await run(file, true);
    if (!found) return;
    const good = found.new + found.changed;
    const bring = good > 0 && h("button", { type: "button", class: "button primary", onclick: () => take(file) }, t("reports.bring", { number: count(good) }));
    show(said, notice("sky", "info", t(good || found.refused ? "reports.would" : "reports.nothingNew")));
    await showRows(found);
    show(sheet.foot, h("button", { type: "button", class: "button", onclick: choose }, t("reports.otherFile")), bring);
  }

  /** @param {File} file */
  async function take(file) {
    const found = await run(file, false);
    if (!found) return;
    show(said, notice("leaf", "done", t("reports.did")));
    await showRows(found);
    show(sheet.foot, h("button", { type: "button", class: "button primary", onclick: sheet.close }, t("reports.close")));
    await changed();
  }

  /** Sends the file and waits for the end; null when it could not be read, which has been said then. @param {File} file @param {boolean} isPreview */
  async function run(file, isPreview) {
    const words = (/** @type {number} */ percent) => t(isPreview ? "reports.reading" : "reports.bringing", { percent });
    const label = h("p", null, words(0));
    const bar = h("progress", { max: 100, value: 0, aria: { label: t("reports.importTitle") } });
    show(said, label, bar);
    show(page);
    show(sheet.foot);
    try {
      const sent = await post(`/api/products/import?preview=${isPreview}`, file, { signal: close.signal });
      const found = await follow(`/api/imports/${sent.id}`, (errand) => {
        bar.value = errand.progress;
        label.textContent = words(errand.progress);
      }, close.signal);
      if (found.status === "done") return found;
      refuse(found.error);
    } catch (error) {
      if (close.signal.aborted) return null;
      if (!(error instanceof ApiError)) throw error;
      refuse(error.detail);
    }
    return null;
  }

  /** @param {string} why */
  function refuse(why) {
    choose();
    show(said, notice("chilli", "alert", why));
  }

  /** What is wrong comes first: that is what she has to do something about. @param {any} found */
  async function showRows(found) {
    const numbers = h("p", { class: "row" }, OUTCOMES.filter((name) => found[name]).map((name) => state(`${count(found[name])} ${t(`reports.counts.${name}`)}`, TONES[name])));
    const columns = rowColumns();
    const list = table("imported", t("reports.importTitle"), columns);
    let left = MOST_SHOWN;
    try {
      for (const outcome of ["refused", "changed", "new"]) {
        if (!found[outcome] || left <= 0) continue;
        const rows = await get(`/api/imports/${found.id}/rows?outcome=${outcome}&limit=${left}`, { signal: close.signal });
        list.body.append(...rows.map((/** @type {any} */ one) => row(columns, one)));
        left -= rows.length;
      }
    } catch (error) {
      if (!close.signal.aborted) show(page, numbers, failed(error, () => showRows(found)));
      return;
    }
    const hidden = found.new + found.changed + found.refused - list.body.childElementCount;
    show(
      page,
      numbers,
      found.ignored.length > 0 && h("p", { class: "small muted" }, t("reports.ignored", { columns: found.ignored.join(", ") })),
      list.body.childElementCount > 0 && h("div", { class: "rows-wrap" }, list.element),
      hidden > 0 && h("p", { class: "small muted" }, t("reports.moreRows", { number: count(hidden) })),
    );
  }
}

/** @param {() => void} act */
export function importButton(act) {
  const words = t("dashboard.inventory.import");
  return h("button", { type: "button", class: "button", aria: { label: words }, onclick: act }, icon("upload"), h("span", { class: "words-wide" }, words));
}

/** The whole inventory as a file. */
export function exportLink() {
  const words = t("dashboard.inventory.export");
  // On a phone there is no room for it, nor much use: it is among the reports as well.
  return h("span", { class: "not-on-phone" }, pageLink("/api/products/export.csv?excel=true", words, "button", "download"));
}

/** @returns {import("./lists.js").Column[]} */
function rowColumns() {
  return [
    { name: "at", head: t("reports.row"), number: true, cell: (one) => count(one.row) },
    { name: "name", head: t("reports.product"), cell: (one) => h("strong", null, one.name || "–") },
    { name: "outcome", head: t("reports.what"), cell: (one) => [state(t(`reports.outcomes.${one.outcome}`), TONES[one.outcome]), ...told(one).map((words) => h("span", { class: "small" }, words))] },
  ];
}

/** @param {any} one @returns {string[]} what is other, or what is wrong */
function told(one) {
  return [...one.errors.map((/** @type {any} */ error) => error.detail), ...one.changes.map((/** @type {any} */ change) => t("reports.change", change))];
}
