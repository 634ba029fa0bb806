// @ts-check
/**
 * Which orders nobody has looked at yet. An order is new until it has been on the screen while somebody touched the page;
 * that is remembered, so a reload does not hide what came in overnight.
 */

import { keep, recall } from "../../shared/store.js";

const KEY = "orders-unseen";
const LOOK_MS = 700;

/** @typedef {{newest: string, ids: string[]}} Unseen */

/** @returns {Unseen | null} */
const kept = () => recall(KEY);
/** @type {Set<string>} what this page has met */
const met = new Set();

/** @param {any} order @returns {boolean} whether it came in after everything known here */
export function isNew(order) {
  return !met.has(order.id) && order.date >= (kept()?.newest ?? "");
}

/**
 * Remembers orders. Unseen are those that `arrived` before our eyes, and those newer than all that were known, but not
 * on the very first visit.
 * @param {any[]} orders @param {boolean} [arrived]
 */
export function noteOrders(orders, arrived = false) {
  const before = kept();
  const fresh = orders.filter((order) => arrived || (before && !met.has(order.id) && order.date > before.newest));
  const ids = [...new Set([...(before?.ids ?? []), ...fresh.map((order) => order.id)])];
  const newest = [before?.newest ?? "", ...orders.map((order) => order.date)].sort().at(-1) ?? "";
  for (const order of orders) met.add(order.id);
  keep(KEY, { newest, ids: ids.slice(-200) });
}

/** @param {string} id */
export function isUnseen(id) {
  return kept()?.ids.includes(id) ?? false;
}

/** @param {string[]} seen */
export function markSeen(seen) {
  const before = kept();
  if (before && seen.length) keep(KEY, { ...before, ids: before.ids.filter((id) => !seen.includes(id)) });
}

/**
 * Watches rows with `data-unseen`: once one has been in view for a moment, the next touch or key means that it was seen.
 * @param {(ids: string[]) => void} tell which were seen
 * @param {AbortSignal} signal
 * @returns {(row: Element) => void} watches one more row
 */
export function watchUnseen(tell, signal) {
  /** @type {Map<Element, number>} since when each is in view */
  const inView = new Map();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) inView.set(target, performance.now());
      else inView.delete(target);
    }
  });
  const touch = () => {
    const looked = [...inView].filter(([row, since]) => row.isConnected && performance.now() - since > LOOK_MS).map(([row]) => row);
    const ids = looked.map((row) => /** @type {HTMLElement} */ (row).dataset.unseen ?? "");
    for (const row of looked) {
      observer.unobserve(row);
      inView.delete(row);
      row.removeAttribute("data-unseen");
    }
    if (!ids.length) return;
    markSeen(ids);
    tell(ids);
  };
  addEventListener("pointerdown", touch, { signal });
  addEventListener("keydown", touch, { signal });
  signal.addEventListener("abort", () => observer.disconnect());
  return (row) => observer.observe(row);
}
