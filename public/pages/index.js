// @ts-check
/** The customer's shop: what there is, by category and by word, and into the cart with it. */

import { openProduct } from "../components/product-sheet.js";
import { productTile } from "../components/product-tile.js";
import { get, getPage, withQuery } from "../shared/api.js";
import { cartItems, onCart } from "../shared/cart.js";
import { afterQuiet, asked, byId, empty, failed, h, icon, notice, show, skeleton, state } from "../shared/dom.js";
import { onNews } from "../shared/events.js";
import { enterShop, frame } from "../shared/frame.js";
import { t } from "../shared/messages.js";
import { lineTotal, rupees, sum } from "../shared/money.js";
import { session } from "../shared/session.js";

const PAGE = 40;
const LONGEST_PAGE = 200;
const QUIET_MS = 250;
const PATIENCE_MS = 150;

/** @type {any} */
let shop = null;
const wanted = { q: asked("q"), category: asked("category") };
/** The product that a notice or a mail led her to. */
const named = asked("product");
/** @type {Map<string, import("../components/product-tile.js").Tile>} */
const shown = new Map();
/** @type {string | null} */
let nextPage = null;
let asking = 0;

start();

async function start() {
  frame({ page: "shop" });
  show(byId("main"), skeleton(4));
  drawCartBar();
  onCart(() => {
    drawCartBar();
    const quantities = new Map(cartItems().map(({ id, quantity }) => [id, quantity]));
    for (const { product, draw } of shown.values()) draw(quantities.get(product.id) ?? 0);
  });
  await open();
}

async function open() {
  try {
    const shops = await get("/api/shops");
    const id = asked("shop") || (shops.length === 1 ? shops[0].id : "");
    if (id) await openShop(id, shops.length > 1);
    else chooseShop(shops);
  } catch (error) {
    show(byId("main"), failed(error, open));
  }
}

/** With one shop nobody is asked. @param {any[]} shops */
function chooseShop(shops) {
  enterShop(t("frame.shop"), "/");
  if (shops.length === 0) {
    const action = h("a", { class: "button primary", href: "/login.html?new=shopkeeper" }, t("register.title"));
    show(byId("main"), empty({ icon: "shop", title: t("shop.noneTitle"), text: t("shop.noneText"), action }));
    return;
  }
  const cards = shops.map((one) =>
    h("a", { class: "card stack close", href: withQuery("/", { shop: one.id }) }, h("div", { class: "row apart whole" }, h("h2", null, one.name), openState(one)), h("p", { class: "muted" }, [one.address, one.city].filter(Boolean).join(", "))),
  );
  show(byId("main"), h("div", { class: "stack" }, h("h1", null, t("shop.chooseTitle")), h("div", { class: "columns" }, cards)));
}

/** @param {string} id @param {boolean} others whether there are other shops here */
async function openShop(id, others) {
  shop = await get(`/api/shops/${id}`);
  document.title = shop.name;
  enterShop(shop.name, withQuery("/", { shop: others && id }), openState(shop));
  const elsewhere = others && h("p", null, h("a", { class: "button plain", href: "/" }, icon("back", "small"), t("shop.other")));
  show(byId("main"), h("div", { class: "stack" }, elsewhere, head(), h("p", { class: "visually-hidden", role: "status", id: "found" }), h("div", { id: "goods", class: "stack" })));
  await load();
  if (named) openNamed();
  // Strangers have no stream of news; what they put into an order is checked by the shop anyway.
  onNews(["stock", "product"], refresh);
}

function head() {
  const search = h("input", { type: "search", value: wanted.q, placeholder: t("shop.search"), aria: { label: t("shop.search") }, enterkeyhint: "search" });
  const look = afterQuiet(QUIET_MS, () => {
    wanted.q = search.value.trim();
    load();
  });
  search.addEventListener("input", look);
  const names = shop.categories.filter((/** @type {any} */ one) => one.products > 0);
  const chips = names.length > 1 && h("nav", { class: "chips", id: "chips", aria: { label: t("shop.categories") } }, [{ id: "", name: t("shop.all") }, ...names].map(chip));
  return h("div", { class: "shop-bar" }, h("h1", { class: "visually-hidden" }, shop.name), h("label", { class: "search" }, icon("search"), search), chips);
}

/** @param {{id: string, name: string}} category */
function chip(category) {
  const button = h("button", { type: "button", class: "chip", aria: { pressed: wanted.category === category.id } }, category.name);
  button.addEventListener("click", () => {
    wanted.category = category.id;
    for (const other of byId("chips").children) other.setAttribute("aria-pressed", String(other === button));
    button.scrollIntoView({ block: "nearest", inline: "center" });
    load();
  });
  return button;
}

/** @param {{open: boolean}} one */
function openState(one) {
  return one.open ? state(t("shop.open"), "leaf") : state(t("shop.closed"), "chilli");
}

/** What she asked for, from its beginning. */
async function load() {
  const mine = ++asking;
  const waiting = setTimeout(() => mine === asking && show(byId("goods"), grey()), PATIENCE_MS);
  try {
    const page = await getPage(address(PAGE));
    if (mine !== asking) return;
    remember();
    render(page.rows, page.next);
    byId("found").textContent = t("shop.found", { count: page.rows.length });
  } catch (error) {
    if (mine === asking) show(byId("goods"), failed(error, load));
  } finally {
    clearTimeout(waiting);
  }
}

/** @param {number} limit */
function address(limit) {
  return withQuery("/api/products", { shopId: shop.id, q: wanted.q, category: wanted.category, limit });
}

/** The address says what is shown, so that going back comes back to it. */
function remember() {
  history.replaceState(null, "", withQuery("/", { shop: asked("shop"), q: wanted.q, category: wanted.category }));
}

/** @param {any[]} rows @param {string | null} next */
function render(rows, next) {
  shown.clear();
  nextPage = next;
  if (rows.length === 0) return show(byId("goods"), nothing());
  const closed = !shop.open && notice("marigold", "clock", h("p", { class: "strong" }, t("shop.closedNow")), shop.openingHours && h("p", null, shop.openingHours));
  show(byId("goods"), closed, h("ul", { class: "tiles", id: "tiles" }, rows.map(tile)), moreButton());
}

/** @param {any} product */
function tile(product) {
  const made = productTile(product, openProduct);
  shown.set(product.id, made);
  return made.element;
}

/** What has gone from sale since is not there to be opened: the shop is what she sees then. */
async function openNamed() {
  const product = shown.get(named)?.product ?? (await get(`/api/products/${named}`).catch(() => null));
  if (product) openProduct(product);
}

function nothing() {
  if (!wanted.q && !wanted.category) return empty({ icon: "box", title: t("shop.emptyTitle"), text: t("shop.emptyText") });
  const all = h("a", { class: "button", href: withQuery("/", { shop: asked("shop") }) }, t("shop.showAll"));
  return empty({ icon: "search", title: t("shop.nothingTitle"), text: t("shop.nothingText"), action: all });
}

function moreButton() {
  if (!nextPage) return null;
  const button = h("button", { type: "button", class: "button block" }, t("more"));
  button.addEventListener("click", async () => {
    const mine = asking;
    button.setAttribute("aria-busy", "true");
    try {
      const page = await getPage(/** @type {string} */ (nextPage));
      if (mine !== asking) return;
      nextPage = page.next;
      const tiles = page.rows.map(tile);
      byId("tiles").append(...tiles);
      button.replaceWith(...[moreButton()].filter((node) => node !== null));
      // Whoever goes by keyboard goes on with the first of the new ones.
      tiles[0]?.querySelector("button")?.focus({ preventScroll: true });
    } catch (error) {
      button.replaceWith(failed(error, load));
    }
  });
  return button;
}

function drawCartBar() {
  const bar = byId("cart-bar");
  const items = cartItems();
  bar.hidden = items.length === 0;
  document.body.classList.toggle("has-cart", items.length > 0);
  if (items.length === 0) return;
  bar.setAttribute("aria-label", t("frame.cart"));
  const total = sum(items.map((item) => lineTotal(item, item.quantity)));
  const words = `${t("shop.items", { count: items.length })} · ${rupees(total)}`;
  show(bar, h("a", { href: "/cart.html" }, h("span", null, words), h("span", { class: "go" }, t("shop.viewCart"), icon("forward"))));
}

function grey() {
  return h("div", { class: "tiles", aria: { hidden: "true" } }, Array.from({ length: 6 }, () => h("div", { class: "skeleton box" })));
}

/** @param {import("../shared/events.js").News} news */
function refresh(news) {
  const known = news.id ? shown.get(news.id) : undefined;
  if (news.kind !== "stock") loadAgainSoon();
  else if (known) swap(known, { ...known.product, stock: news.stock });
}

/** @param {import("../components/product-tile.js").Tile} old @param {any} product as it is now */
function swap(old, product) {
  const focused = old.element.contains(document.activeElement) ? document.activeElement : null;
  old.element.replaceWith(tile(product));
  if (!focused) return;
  const buttons = [...(shown.get(product.id)?.element.querySelectorAll("button") ?? [])];
  (buttons.find((button) => button.ariaLabel === focused.ariaLabel) ?? buttons[0])?.focus();
}

const loadAgainSoon = afterQuiet(500, loadAgain);

/** As much as is on the screen, where it is on the screen: only what has changed is drawn anew. */
async function loadAgain() {
  const mine = asking;
  const many = Math.max(PAGE, shown.size);
  try {
    const rows = [];
    /** @type {string | null} */
    let next = address(Math.min(many, LONGEST_PAGE));
    while (next && rows.length < many) {
      const page = await getPage(next);
      rows.push(...page.rows);
      next = page.next;
    }
    if (mine !== asking) return;
    const before = [...shown.values()];
    const same = rows.length === before.length && rows.every((row, at) => row.id === before[at].product.id);
    if (!same) return render(rows, next);
    for (const [at, row] of rows.entries()) if (JSON.stringify(row) !== JSON.stringify(before[at].product)) swap(before[at], row);
  } catch {
    // What is on the screen stays: the next news, or her next step, asks again.
  }
}
