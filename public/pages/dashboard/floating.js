// @ts-check
/** What floats over the desk: a sheet to do something in, a question, a toast that says what was done. */

import { openSheet } from "../../components/sheet.js";
import { ApiError } from "../../shared/api.js";
import { h, icon, show } from "../../shared/dom.js";
import { field, rest, sends } from "../../shared/forms.js";
import { t } from "../../shared/messages.js";

const TOAST_MS = 6000;
const TOAST_WITH_BUTTON_MS = 12000;

let serial = 0;

/**
 * A sheet with a form in it: `send` gets the values; when it throws, the form says why and stays.
 * @param {string} title
 * @param {object} what
 * @param {(HTMLElement | null | false)[]} what.fields
 * @param {string} what.submit the button's words
 * @param {boolean} [what.danger]
 * @param {boolean} [what.wide]
 * @param {(values: Record<string, any>, key: string) => Promise<void>} what.send
 * @param {(error: ApiError) => boolean} [what.refused]
 */
export function openForm(title, { fields, submit, danger, wide, send, refused }) {
  const sheet = openSheet(title, { wide });
  const id = `form-${++serial}`;
  const form = h("form", { id, class: "stack" }, fields.filter(Boolean));
  sheet.body.append(form);
  const button = h("button", { type: "submit", form: id, class: danger ? "button danger" : "button primary" }, submit);
  show(sheet.foot, h("button", { type: "button", class: "button", onclick: sheet.close }, t("dashboard.cancel")), button);
  sends(
    form,
    async (values, key) => {
      await send(values, key);
      sheet.close();
    },
    { refused },
  );
  /** @type {HTMLElement | null} */ (form.querySelector("input:not([type=checkbox]), select, textarea"))?.focus();
  return { ...sheet, form };
}

/**
 * Asks for a reason, with the usual ones at hand.
 * @param {object} what
 * @param {string} what.title
 * @param {string} [what.text]
 * @param {string} what.label
 * @param {string[]} what.usual
 * @param {string} what.submit
 * @param {(reason: string) => Promise<void>} what.send
 */
export function askReason({ title, text, label, usual, submit, send }) {
  const reason = field({ name: "reason", label, attributes: { maxlength: 200, autocomplete: "off" } });
  const input = /** @type {HTMLInputElement} */ (reason.querySelector("input"));
  const chips = usual.map((words) => h("button", { type: "button", class: "chip", onclick: () => (input.value = words) }, words));
  openForm(title, {
    fields: [text ? h("p", null, text) : null, h("div", { class: "row", role: "group", aria: { label: t("dashboard.usualReasons") } }, chips), reason],
    submit,
    danger: true,
    send: (values) => send(values.reason),
  });
}

/**
 * Asks before something that cannot be taken back.
 * @param {object} what
 * @param {string} what.title
 * @param {string} what.text
 * @param {string} what.submit
 * @param {boolean} [what.danger]
 * @param {() => Promise<void>} what.send
 */
export function confirmFirst({ title, text, submit, danger = true, send }) {
  const sheet = openForm(title, { fields: [h("p", null, text)], submit, danger, send });
  /** @type {HTMLElement | null} */ (sheet.foot.querySelector("button"))?.focus();
}

/**
 * Does what a button is for: it rests meanwhile, and a refusal is said.
 * @param {HTMLElement | null} button
 * @param {() => Promise<void>} work
 */
export async function doing(button, work) {
  if (button?.getAttribute("aria-busy") === "true") return;
  rest(/** @type {HTMLButtonElement} */ (button), true);
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast(error.errors[0]?.detail ?? error.detail, { bad: true });
  } finally {
    rest(/** @type {HTMLButtonElement} */ (button), false);
  }
}

/**
 * Says what was done, for a few seconds; with a way back where there is one.
 * @param {string} words
 * @param {{bad?: boolean, action?: string, act?: () => Promise<void>}} [options]
 */
export function toast(words, { bad = false, action, act } = {}) {
  const message = h("div", { class: "toast", role: bad ? "alert" : "status" }, bad && icon("alert"), h("span", { class: "grow" }, words));
  if (action && act) {
    const button = h("button", { type: "button", class: "button" }, action);
    button.addEventListener("click", () => doing(button, act).then(() => message.remove()));
    message.append(button);
  }
  toasts().append(message);
  setTimeout(() => message.remove(), action ? TOAST_WITH_BUTTON_MS : TOAST_MS);
}

const box = h("div", { class: "toasts" });

/** Over an open sheet too, as a modal sheet makes all beside it lifeless; what is said outlives the sheet. */
function toasts() {
  const sheet = [...document.querySelectorAll("dialog[open]")].at(-1);
  const home = sheet ?? document.body;
  if (box.parentElement === home) return box;
  home.append(box);
  sheet?.addEventListener("close", toasts, { once: true });
  return box;
}
