// @ts-check
/**
 * The cart: kept in this browser for everybody, and at the shop for whoever is signed in, so that it follows her from
 * phone to laptop. What is in it is shown at once; the shop hears of it a moment later.
 */

import { ApiError, get, put } from "./api.js";
import { afterQuiet } from "./dom.js";
import { session, worksHere } from "./session.js";
import { keep, onKept, recall } from "./store.js";

/** @typedef {{id: string, quantity: number, name: string, price: number, unit: string, soldBy: string, imageUrl?: string, category?: string, stock: number, shopId: string, shopName?: string}} Item */

const KEY = "cart";
const GRAMS_STEP = 250;

/** @type {Set<() => void>} */
const listeners = new Set();
onKept(KEY, () => tell());
// A page brought back from the browser's cache has missed what was put in since.
addEventListener("pageshow", (event) => event.persisted && tell());

/** @returns {Item[]} */
export function cartItems() {
  return recall(KEY)?.items ?? [];
}

/** @returns {number} how many products are in it */
export function cartCount() {
  return cartItems().length;
}

/** @param {string} id @returns {number} pieces, or grams; 0 when it is not in the cart */
export function quantityOf(id) {
  return cartItems().find((item) => item.id === id)?.quantity ?? 0;
}

/** @param {() => void} listener called when the cart changed, here or in another tab */
export function onCart(listener) {
  listeners.add(listener);
}

/** @param {{soldBy?: string}} product @returns {number} what one press adds: a piece, or 250 g */
export function step(product) {
  return product.soldBy === "weight" ? GRAMS_STEP : 1;
}

/** @param {{soldBy?: string}} product @param {number} quantity @returns {string} "2", "750 g", "1.5 kg" */
export function amount(product, quantity) {
  if (product.soldBy !== "weight") return String(quantity);
  return quantity < 1000 ? `${quantity} g` : `${quantity / 1000} kg`;
}

/** @param {any} product as the shop shows it @param {number} quantity 0 takes it out */
export function setQuantity(product, quantity) {
  const items = cartItems();
  const at = items.findIndex((item) => item.id === product.id);
  if (quantity <= 0) items.splice(at, at < 0 ? 0 : 1);
  else if (at < 0) items.push(itemOf(product, quantity));
  else items[at] = itemOf(product, quantity);
  keepItems(items);
}

/** @param {any} product as the shop shows it @param {number} quantity @returns {Item} what the cart keeps of it */
export function itemOf(product, quantity) {
  const { id, name, price, unit, soldBy, imageUrl, category, stock, shopId, shopName } = product;
  return { id, quantity, name, price, unit, soldBy, imageUrl, category, stock, shopId, shopName };
}

/** @param {Item[]} items */
export function replaceCart(items) {
  keepItems(items);
}

export function emptyCart() {
  keepItems([]);
}

/** @returns {string | null} the shop whose goods are in the cart */
export function cartShop() {
  return cartItems()[0]?.shopId ?? null;
}

/**
 * Brings the cart of this browser and the one at the shop together, once after signing in: what is here wins.
 * @returns {Promise<void>}
 */
export async function joinCarts() {
  if (!isCustomer()) return;
  const { items } = await get("/api/cart");
  const here = cartItems();
  const shopId = here[0]?.shopId;
  const there = items.filter((/** @type {any} */ item) => item.name && !here.some((one) => one.id === item.id) && (!shopId || item.shopId === shopId));
  keepItems([...here, ...there]);
}

/** @typedef {{was?: number, gone?: boolean}} Change what was found out about a product: what it cost before, or that it is sold no more */

/**
 * Asks the shop for today's price and stock of everything in the cart.
 * @returns {Promise<Map<string, Change>>} what has changed, by product
 */
export async function freshenCart() {
  /** @type {Map<string, Change>} */
  const changes = new Map();
  const items = await Promise.all(
    cartItems().map(async (item) => {
      try {
        const now = await get(`/api/products/${item.id}`);
        if (now.price !== item.price) changes.set(item.id, { was: item.price });
        return itemOf(now, item.quantity);
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
        changes.set(item.id, { gone: true });
        return { ...item, stock: 0 };
      }
    }),
  );
  if (items.length) keepItems(items);
  return changes;
}

/** @param {Item} item @returns {number} as much of what she wants as the shop has, in whole steps */
export function available(item) {
  return item.stock < item.quantity ? item.stock - (item.stock % step(item)) : item.quantity;
}

/** Leaves nothing of the cart in this browser; at the shop it stays for her next visit. */
export function forgetCart() {
  unsent = false;
  keep(KEY, null);
  tell();
}

function isCustomer() {
  return session() !== null && !worksHere();
}

/** @param {Item[]} items */
function keepItems(items) {
  keep(KEY, { items });
  unsent = true;
  tell();
  sendSoon();
}

/** What the shop has not heard of yet. */
let unsent = false;

const sendSoon = afterQuiet(600, () => send());
// A page that is being left has no time to wait: the browser sends the rest for it.
addEventListener("pagehide", () => send(true));

/** @param {boolean} [leaving] */
async function send(leaving = false) {
  if (!unsent || !isCustomer()) return;
  unsent = false;
  const body = { items: cartItems().map(({ id, quantity }) => ({ id, quantity })) };
  if (leaving) {
    fetch("/api/cart", { method: "PUT", keepalive: true, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }).catch(() => undefined);
    return;
  }
  try {
    await put("/api/cart", body);
  } catch {
    // The cart is safe in this browser; the shop hears of it with the next change.
    unsent = true;
  }
}

function tell() {
  for (const listener of [...listeners]) listener();
}
