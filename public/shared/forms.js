// @ts-check
/**
 * Forms that say what is wrong: a summary that takes the focus and links to each field, the same words beside the
 * field, everything typed kept, the button resting while the server thinks, and one key per attempt.
 */

import { ApiError } from "./api.js";
import { h, icon } from "./dom.js";
import { t } from "./messages.js";
import { randomKey } from "./store.js";

/**
 * @typedef {object} Field
 * @property {string} name as the server calls it; "deliveryAddress.line" for one inside another
 * @property {string} label
 * @property {string} [type] of the input; "select" and "textarea" too
 * @property {string | number} [value]
 * @property {string} [hint]
 * @property {boolean} [optional]
 * @property {[string, string][]} [choices] of a select: value, words
 * @property {Record<string, any>} [attributes] autocomplete, inputmode, maxlength, ...
 * @property {(text: string) => string} [check] words for what is wrong, or ""
 */

/** @param {Field} field @returns {HTMLDivElement} label, input, hint and the place for its error */
export function field(field) {
  const id = `field-${field.name.replaceAll(".", "-")}`;
  const hint = field.hint && h("p", { class: "hint", id: `${id}-hint` }, field.hint);
  const error = h("p", { class: "error", id: `${id}-error` });
  const input = control(field, id, hint ? `${id}-hint ${id}-error` : `${id}-error`);
  if (field.check) checks.set(input, field.check);
  const label = h("label", { for: id }, field.label, field.optional && h("span", { class: "optional" }, ` ${t("optional")}`));
  return h("div", { class: "field" }, label, hint, field.type === "password" ? withEye(input) : input, error);
}

/** @type {WeakMap<Element, (text: string) => string>} */
const checks = new WeakMap();

/** @param {Field} field @param {string} id @param {string} describedBy @returns {any} */
function control({ name, type = "text", value = "", optional, choices = [], attributes = {} }, id, describedBy) {
  const common = { id, name, required: !optional, aria: { describedby: describedBy }, ...attributes };
  if (type === "textarea") return h("textarea", { ...common, value });
  if (type === "password") return h("input", { ...common, type, data: { asTyped: "" } });
  if (type !== "select") return h("input", { ...common, type, value });
  return h("select", common, choices.map(([key, words]) => h("option", { value: key, selected: key === value }, words)));
}

/** @param {HTMLInputElement} input */
function withEye(input) {
  const button = h("button", { type: "button", class: "icon-button", aria: { label: t("password.show"), pressed: "false" } }, icon("eye"));
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.setAttribute("aria-label", t(shown ? "password.hide" : "password.show"));
    button.replaceChildren(icon(shown ? "hidden" : "eye"));
  });
  return h("div", { class: "with" }, input, button);
}

/**
 * Makes a form send itself. `send` gets the values and the attempt's key; what it throws is shown and nothing is lost.
 * A repeated press of the same values repeats the same key, so the server answers again instead of doing it twice.
 * @param {HTMLFormElement} form
 * @param {(values: Record<string, any>, key: string) => Promise<void>} send
 * @param {{refused?: (error: ApiError) => boolean}} [handlers] `refused` returns true when it has shown the error itself
 */
export function sends(form, send, handlers = {}) {
  const attempt = attempts();
  form.noValidate = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = submitButton(form);
    if (button?.getAttribute("aria-busy") === "true") return;
    clearErrors(form);
    const wrong = wrongFields(form);
    if (wrong.length) return showErrors(form, t("errors.fields"), wrong);
    const values = valuesOf(form);
    rest(button, true);
    try {
      await send(values, attempt.keyFor(values));
      attempt.done();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!handlers.refused?.(error)) showRefusal(form, error);
    } finally {
      rest(button, false);
    }
  });
}

/** One key for one wish: repeated as long as the wish stays the same and has not come true. */
export function attempts() {
  let key = "";
  let wish = "";
  return {
    /** @param {unknown} body @returns {string} */
    keyFor(body) {
      const now = JSON.stringify(body);
      if (now !== wish || !key) [wish, key] = [now, randomKey()];
      return key;
    },
    done() {
      key = "";
    },
  };
}

/** @param {HTMLFormElement} form @returns {HTMLButtonElement | null} */
function submitButton(form) {
  return /** @type {any} */ (form.querySelector('[type="submit"]') ?? document.querySelector(`[type="submit"][form="${form.id}"]`));
}

/** The button keeps its focus while it rests: it is not `disabled`. @param {HTMLButtonElement | null} button @param {boolean} resting */
export function rest(button, resting) {
  if (!button) return;
  button.setAttribute("aria-busy", String(resting));
  button.setAttribute("aria-disabled", String(resting));
}

/** @param {HTMLFormElement} form @returns {Record<string, any>} by name; empty ones left out, "a.b" goes into a */
export function valuesOf(form) {
  /** @type {Record<string, any>} */
  const values = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string" || value.trim() === "") continue;
    const parts = name.split(".");
    const last = /** @type {string} */ (parts.pop());
    const home = parts.reduce((at, part) => (at[part] ??= {}), values);
    home[last] = asTyped(form, name) ? value : value.trim();
  }
  return values;
}

/** A password's spaces belong to it. @param {HTMLFormElement} form @param {string} name */
function asTyped(form, name) {
  const input = form.elements.namedItem(name);
  return input instanceof HTMLInputElement && "asTyped" in input.dataset;
}

/** @param {HTMLFormElement} form @returns {{pointer: string, detail: string}[]} what the browser can already see */
function wrongFields(form) {
  const wrong = [];
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input, select, textarea"))) {
    if (input.disabled || input.closest("[hidden]")) continue;
    const detail = whatIsWrong(form, input);
    if (detail) wrong.push({ pointer: `/${input.name.replaceAll(".", "/")}`, detail });
  }
  return wrong;
}

/** @param {HTMLFormElement} form @param {HTMLInputElement} input */
function whatIsWrong(form, input) {
  const label = labelOf(form, input);
  const text = input.value.trim();
  if (input.required && text === "") return t("errors.required", { label });
  if (text === "") return "";
  const own = checks.get(input)?.(text);
  if (own) return own;
  if (input.type === "email" && input.validity.typeMismatch) return t("errors.email");
  if (input.minLength > 0 && text.length < input.minLength) return t("errors.tooShort", { label, length: input.minLength });
  if (input.type === "number" && !input.validity.valid) return t("errors.number", { label });
  return "";
}

/** @param {HTMLFormElement} form @param {HTMLElement} input */
function labelOf(form, input) {
  const label = form.querySelector(`label[for="${input.id}"]`);
  return label?.firstChild?.textContent?.trim() ?? "";
}

/** @param {HTMLFormElement} form @param {ApiError} error */
export function showRefusal(form, error) {
  showErrors(form, error.errors.length ? t("errors.fields") : error.detail, error.errors);
}

/**
 * @param {HTMLFormElement} form @param {string} title
 * @param {{pointer: string, detail: string}[]} errors those that no field of this form has stand in the summary alone
 */
export function showErrors(form, title, errors) {
  const items = errors.map(({ pointer, detail }) => {
    const input = inputFor(form, pointer);
    if (!input) return h("li", null, detail);
    input.setAttribute("aria-invalid", "true");
    const place = form.querySelector(`#${input.id}-error`);
    place?.replaceChildren(icon("alert", "small"), detail);
    return h("li", null, h("a", { href: `#${input.id}`, onclick: (/** @type {Event} */ event) => jump(event, input) }, detail));
  });
  const summary = h("div", { class: "error-summary", role: "alert", tabindex: -1 }, h("h2", null, title), items.length > 0 && h("ul", null, items));
  form.prepend(summary);
  summary.focus();
}

/** @param {Event} event @param {HTMLElement} input */
function jump(event, input) {
  event.preventDefault();
  input.focus();
}

/** @param {HTMLFormElement} form @param {string} pointer "/deliveryAddress/line" @returns {HTMLInputElement | null} */
function inputFor(form, pointer) {
  const name = pointer.replace(/^#?\/?/, "").replaceAll("/", ".");
  const found = form.elements.namedItem(name);
  return found instanceof HTMLElement && found.id ? /** @type {HTMLInputElement} */ (found) : null;
}

/** @param {HTMLFormElement} form */
export function clearErrors(form) {
  form.querySelector(":scope > .error-summary")?.remove();
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  for (const place of form.querySelectorAll(".field .error")) place.replaceChildren();
}
