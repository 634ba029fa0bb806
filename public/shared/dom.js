// @ts-check
/** Small tools to put things on the page. Text is always text: nothing here ever parses HTML. */

import { whenBack } from "./line.js";
import { t } from "./messages.js";

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * One element: `h("button", {class: "button", onclick: go}, "Go")`.
 * `on…` are listeners, `data` and `aria` are objects, true and false set and leave out an attribute.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any> | null} [properties]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) setProperty(element, name, value);
  add(element, children);
  return element;
}

/** @param {HTMLElement} element @param {string} name @param {any} value */
function setProperty(element, name, value) {
  if (value === undefined || value === null) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "data") Object.assign(element.dataset, withoutNothing(value));
  else if (name === "aria") for (const [key, word] of Object.entries(withoutNothing(value))) element.setAttribute(`aria-${key}`, String(word));
  else if (name === "value" || name === "checked" || name === "selected" || name === "disabled") /** @type {any} */ (element)[name] = value;
  else if (value === true) element.setAttribute(name, "");
  else if (value !== false) element.setAttribute(name, String(value));
}

/** @param {Record<string, any>} values */
function withoutNothing(values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}

/** @param {Element | DocumentFragment} parent @param {(Child | Child[])[]} children */
export function add(parent, children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : String(child));
  }
}

/**
 * Puts these children in place of what was there.
 * @param {Element} parent @param {...(Child | Child[])} children
 */
export function show(parent, ...children) {
  parent.replaceChildren();
  add(parent, children);
}

/** @param {string} name of a drawing in icons/sprite.svg @param {string} [size] "small" for 18 px */
export function icon(name, size = "") {
  return drawing(`/icons/sprite.svg#${name}`, `icon ${size}`.trim());
}

/** @param {string} reference @param {string} [className] @returns {SVGSVGElement} hidden from screen readers: words stand beside it */
export function drawing(reference, className) {
  const svg = document.createElementNS(SVG, "svg");
  if (className) svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", reference);
  svg.append(use);
  return svg;
}

/**
 * @param {string} id @returns {any} the element; the page's own HTML has it
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`This page has no #${id}`);
  return element;
}

/** What an address of ours says after the question mark. @param {string} name */
export function asked(name) {
  return new URLSearchParams(location.search).get(name) ?? "";
}

/**
 * Calls once things have been quiet for a while.
 * @template {any[]} Arguments
 * @param {number} milliseconds @param {(...args: Arguments) => void} call
 * @returns {(...args: Arguments) => void}
 */
export function afterQuiet(milliseconds, call) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...args), milliseconds);
  };
}

/**
 * Copies text, also where the shop is reached over plain HTTP and browsers offer no clipboard.
 * @param {string} text @returns {Promise<boolean>}
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h("textarea", { value: text, class: "visually-hidden", readonly: true });
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}

/** Grey shapes while something loads. @param {number} [lines] */
export function skeleton(lines = 3) {
  const words = h("span", { class: "visually-hidden" }, t("loading"));
  const bars = Array.from({ length: lines }, (_, at) => h("div", { class: at ? "skeleton line" : "skeleton title" }));
  return h("div", { class: "stack", role: "status" }, words, bars);
}

/**
 * A state that says what to do next.
 * @param {{icon: string, title: string, text?: string, action?: Node}} what
 */
export function empty({ icon: name, title, text, action }) {
  return h("div", { class: "empty" }, icon(name), h("h2", null, title), text && h("p", null, text), action);
}

/**
 * Something could not be loaded: says why, and offers to try again, or to sign in again.
 * @param {unknown} error @param {() => void} again
 */
export function failed(error, again) {
  const { status, detail = t("errors.unexpected") } = /** @type {any} */ (error);
  const signIn = `/login.html?next=${encodeURIComponent(location.pathname + location.search)}`;
  const action = status === 401 ? h("a", { class: "button primary", href: signIn }, t("frame.signIn")) : h("button", { class: "button", type: "button", onclick: again }, icon("repeat"), t("tryAgain"));
  if (status === 0) whenBack(again);
  return h("div", { role: "alert" }, empty({ icon: status === 0 ? "offline" : "alert", title: t("errors.title"), text: detail, action }));
}

/** @param {string} tone leaf, marigold, chilli, sky or "" @param {string} iconName @param {...(Child | Child[])} words */
export function notice(tone, iconName, ...words) {
  return h("div", { class: "notice", data: tone ? { tone } : {} }, icon(iconName), h("div", { class: "grow" }, ...words));
}

/** A state as a word and a colour. @param {string} word @param {string} [tone] */
export function state(word, tone = "") {
  return h("span", { class: "state", data: tone ? { tone } : {} }, word);
}
