// @ts-check
/**
 * Lists of the desk: one table that is a table where there is room and a list of cards on a phone, whose rows stay
 * the same elements as long as what they show stays the same.
 */

import { h } from "../../shared/dom.js";

/**
 * @typedef {object} Column
 * @property {string} name the cell's class
 * @property {string} head its heading; hidden ones are read aloud only
 * @property {boolean} [hidden]
 * @property {boolean} [number]
 * @property {(row: any) => Node | string | (Node | string | false | null)[] | null} cell
 */

/**
 * A table's frame. The roles are written out, because a browser forgets them where rows are laid out as cards.
 * @param {string} kind its class: the style sheet says how wide the columns are
 * @param {string} label
 * @param {Column[]} columns
 */
export function table(kind, label, columns) {
  const heads = columns.map(({ name, head, hidden, number }) =>
    h("th", { role: "columnheader", scope: "col", class: number ? `${name} number` : name }, hidden ? h("span", { class: "visually-hidden" }, head) : head),
  );
  const body = h("tbody", { role: "rowgroup" });
  const element = h("table", { role: "table", class: `rows ${kind}`, aria: { label } }, h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads)), body);
  return { element, body };
}

/** @param {Column[]} columns @param {any} item @param {Record<string, any>} [properties] of the row */
export function row(columns, item, properties) {
  const cells = columns.map(({ name, number, cell }) => h("td", { role: "cell", class: number ? `${name} number` : name }, /** @type {any} */ (cell(item))));
  return h("tr", { role: "row", ...properties }, cells);
}

/** @type {WeakMap<Element, Map<string, {mark: string, element: HTMLElement}>>} */
const kept = new WeakMap();

/**
 * Shows these items as the parent's children. What shows the same stays the same element, with its focus and what was
 * typed into it; a changed one is replaced and keeps the focus at the same control; the others move only when they must.
 * @param {Element} parent
 * @param {any[]} items
 * @param {(item: any) => string} keyOf
 * @param {(item: any) => HTMLElement} make
 * @param {(item: any) => string} [markOf] what the element shows; all of the item unless said
 */
export function keepRows(parent, items, keyOf, make, markOf = JSON.stringify) {
  const before = kept.get(parent) ?? new Map();
  const after = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const mark = markOf(item);
    const old = before.get(key);
    const element = old?.mark === mark ? old.element : make(item);
    if (old && element !== old.element) takePlace(old.element, element);
    after.set(key, { mark, element });
  }
  for (const [key, { element }] of before) if (after.get(key)?.element !== element) element.remove();
  let at = parent.firstElementChild;
  for (const { element } of after.values()) {
    if (at && element === at) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
  kept.set(parent, after);
}

/** @param {HTMLElement} old @param {HTMLElement} element */
function takePlace(old, element) {
  const focused = document.activeElement;
  const name = old.contains(focused) && focused?.closest("[data-act]")?.getAttribute("data-act");
  old.replaceWith(element);
  if (!name) return;
  const same = /** @type {HTMLElement | null} */ (element.querySelector(`[data-act="${name}"]`) ?? element.querySelector("button, a, input"));
  same?.focus({ preventScroll: true });
}

/**
 * Calls when the end of a list comes into view, so that the next rows are there before she asks.
 * @param {Element} end @param {() => void} more @param {AbortSignal} signal
 */
export function whenNear(end, more, signal) {
  const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && more(), { rootMargin: "600px" });
  observer.observe(end);
  signal.addEventListener("abort", () => observer.disconnect());
}
