// @ts-check
/** The shop's goods as the desk has them in hand: all read page by page, found at once, kept true by the news. */

import { ApiError, get, getPage } from "../../shared/api.js";
import { daysBetween, shopDay } from "../../shared/dates.js";
import { lineTotal, sum } from "../../shared/money.js";

const SOON_DAYS = 7;

/** @type {Record<string, (product: any) => boolean>} */
export const FILTERS = {
  all: () => true,
  low: (product) => product.lowStock,
  out: (product) => product.stock === 0,
  expiring: (product) => expiresInDays(product) !== null && /** @type {number} */ (expiresInDays(product)) <= SOON_DAYS,
};

/** @type {Record<string, (one: any, other: any) => number>} */
export const SORTS = {
  name: (one, other) => one.name.localeCompare(other.name),
  stock: (one, other) => one.stock - other.stock || one.name.localeCompare(other.name),
  price: (one, other) => one.price - other.price || one.name.localeCompare(other.name),
  expiry: (one, other) => (one.expiresOn ?? "9").localeCompare(other.expiresOn ?? "9") || one.name.localeCompare(other.name),
};

/** @param {any} product @returns {number | null} whole days until its nearest batch expires, 0 on its last selling day */
export function expiresInDays(product) {
  return product.expiresOn ? daysBetween(shopDay(), product.expiresOn) : null;
}

/**
 * Reads all goods, telling after each page.
 * @param {Map<string, any>} goods by id @param {() => void} tell @param {AbortSignal} signal
 */
export async function readGoods(goods, tell, signal) {
  /** @type {string | null} */
  let next = "/api/products?limit=200&sort=name";
  const read = new Set();
  while (next) {
    const page = await getPage(next, { signal });
    for (const product of page.rows) {
      read.add(product.id);
      goods.set(product.id, product);
    }
    next = page.next;
    tell();
  }
  for (const id of goods.keys()) if (!read.has(id)) goods.delete(id);
  tell();
}

/** Reads one product anew; one that is no longer on sale leaves. @param {Map<string, any>} goods @param {string} id */
export async function readOne(goods, id) {
  try {
    goods.set(id, await get(`/api/products/${id}`));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    goods.delete(id);
  }
}

/**
 * What lies on the shelf has cost, batch by batch: what each cost itself, or else what its product usually does.
 * @param {Iterable<any>} products @returns {{cost: number, unknown: number}} in rupees, and of how many products it is not known
 */
export function costOf(products) {
  const costs = [];
  let unknown = 0;
  for (const product of products) {
    const lots = product.batches.filter((/** @type {any} */ batch) => batch.quantity > 0);
    const known = lots.filter((/** @type {any} */ batch) => (batch.cost ?? product.cost) !== null);
    if (known.length < lots.length) unknown += 1;
    for (const batch of known) costs.push(lineTotal({ price: batch.cost ?? product.cost, soldBy: product.soldBy }, batch.quantity));
  }
  return { cost: sum(costs), unknown };
}

/** What is typed finds by the beginning of any word, without accents. @param {string} text @returns {(product: any) => boolean} */
export function searching(text) {
  const wanted = words(text);
  return (product) => {
    const its = words(`${product.name} ${product.category} ${product.barcode ?? ""}`);
    return wanted.every((word) => its.some((own) => own.startsWith(word)));
  };
}

/** @param {string} text */
function words(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}
