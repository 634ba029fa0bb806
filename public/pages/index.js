// @ts-check
/** The customer's shop: what there is, by category and by word, and into the cart with it. */

import { picture } from "../components/picture.js";
import { stepper } from "../components/stepper.js";
import { get, getPage, withQuery } from "../shared/api.js";
import { cartCount, cartItems, cartShop, emptyCart, onCart, quantityOf, setQuantity, step } from "../shared/cart.js";
import { dayOf } from "../shared/dates.js";
import { afterQuiet, asked, byId, empty, failed, h, icon, notice, show, skeleton, state } from "../shared/dom.js";
import { onNews } from "../shared/events.js";
import { frame, nameShop } from "../shared/frame.js";
import { t } from "../shared/messages.js";
import { lineTotal, rupees, sum } from "../shared/money.js";
import { session } from "../shared/session.js";

const PAGE = 40;
const FEW_LEFT = 5;
const QUIET_MS = 250;

/** @type {any} */
let shop = null;
const wanted = { q: asked("q"), category: asked("category") };
/** @type {Map<string, {product: any, tile: HTMLElement}>} */
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
    for (const { product, tile } of shown.values()) show(act(tile), action(product));
  });
  try {
    const chosen = await chooseShop();
    if (chosen) await openShop(chosen);
  } catch (error) {
    show(byId("main"), failed(error, start));
  }
}

/** @returns {Promise<string | null>} the shop to show; with one shop nobody is asked */
async function chooseShop() {
  const shops = await get("/api/shops");
  const named = asked("shop");
  if (named || shops.length === 1) return named || shops[0].id;
  if (shops.length === 0) {
    const action = h("a", { class: "button primary", href: "/login.html?new=shopkeeper" }, t("register.title"));
    show(byId("main"), empty({ icon: "shop", title: t("shop.noneTitle"), text: t("shop.noneText"), action }));
    return null;
  }
  const cards = shops.map((/** @type {any} */ one) =>
    h("a", { class: "card", href: `/?shop=${one.id}` }, h("h2", null, one.name), h("p", { class: "muted" }, one.address), openState(one)),
  );
  show(byId("main"), h("div", { class: "stack" }, h("h1", null, t("shop.chooseTitle")), h("div", { class: "columns" }, cards)));
  return null;
}

/** @param {string} id */
async function openShop(id) {
  shop = await get(`/api/shops/${id}`);
  document.title = shop.name;
  nameShop(shop.name, openState(shop));
  show(byId("main"), h("div", { class: "stack" }, head(), h("div", { id: "goods", class: "stack" })));
  await load();
  // Strangers have no stream of news; what they put into an order is checked by the shop anyway.
  if (session()) onNews(["stock", "product"], refresh);
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
  return h(
    "div",
    { class: "shop-bar" },
    h("h1", { class: "visually-hidden" }, shop.name),
    h("label", { class: "search" }, icon("search"), search),
    chips,
  );
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

async function load() {
  const mine = ++asking;
  const waiting = setTimeout(() => mine === asking && show(byId("goods"), grey()), 150);
  try {
    const page = await getPage(withQuery("/api/products", { shopId: shop.id, q: wanted.q, category: wanted.category, limit: PAGE }));
    if (mine !== asking) return;
    remember();
    render(page.rows, page.next);
  } catch (error) {
    if (mine === asking) show(byId("goods"), failed(error, load));
  } finally {
    clearTimeout(waiting);
  }
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
  const tiles = h("ul", { class: "tiles", id: "tiles" }, rows.map(tile));
  const said = h("p", { class: "visually-hidden", role: "status" }, t("shop.found", { count: rows.length }));
  const closed = !shop.open && notice("marigold", "clock", shop.openingHours || t("shop.closed"));
  show(byId("goods"), closed, said, tiles, moreButton());
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
    button.setAttribute("aria-busy", "true");
    try {
      const page = await getPage(/** @type {string} */ (nextPage));
      nextPage = page.next;
      byId("tiles").append(...page.rows.map(tile));
      button.replaceWith(...[moreButton()].filter((node) => node !== null));
    } catch (error) {
      button.replaceWith(failed(error, () => load()));
    }
  });
  return button;
}

/** @param {any} product @returns {HTMLLIElement} */
function tile(product) {
  const dear = product.mrp > product.price;
  const li = h(
    "li",
    { class: "tile", data: product.stock > 0 ? {} : { gone: "" } },
    picture(product),
    product.stock > 0 && product.stock <= FEW_LEFT && product.soldBy !== "weight" && state(t("shop.left", { count: product.stock }), "marigold"),
    h(
      "div",
      { class: "about" },
      h("h2", { class: "name" }, product.name),
      h("p", { class: "small muted" }, product.unit || (product.soldBy === "weight" ? t("shop.perKilo") : " ")),
      h("p", { class: "price" }, rupees(product.price), dear && h("s", null, h("span", { class: "visually-hidden" }, t("shop.mrp", { price: "" })), rupees(product.mrp))),
    ),
    h("div", { class: "act" }, action(product)),
  );
  shown.set(product.id, { product, tile: li });
  return li;
}

/** @param {Element} tile @returns {Element} */
function act(tile) {
  return /** @type {Element} */ (tile.querySelector(".act"));
}

/** @param {any} product what can be done with it: add it, more or less of it, or wait */
function action(product) {
  const quantity = quantityOf(product.id);
  if (quantity > 0) {
    const box = stepper(product, quantity, (now) => change(product, now));
    return box;
  }
  if (product.stock < step(product)) {
    return h("p", { class: "gone" }, t("shop.gone"), product.restockOn && h("small", null, t("shop.back", { day: dayOf(product.restockOn) })));
  }
  return h("button", { type: "button", class: "button", aria: { label: t("shop.addNamed", product) }, onclick: () => add(product) }, t("shop.add"));
}

/** @param {any} product */
function add(product) {
  const other = cartShop();
  if (other && other !== product.shopId) return askToStart(product);
  change(product, step(product));
}

/** @param {any} product @param {number} quantity */
function change(product, quantity) {
  const tile = shown.get(product.id)?.tile;
  const had = tile?.contains(document.activeElement);
  const before = quantityOf(product.id);
  setQuantity(product, quantity);
  // The focus stays where the thumb is, also when the button becomes a stepper.
  if (tile && had) {
    const buttons = act(tile).querySelectorAll("button");
    const next = quantity > before ? buttons[buttons.length - 1] : buttons[0];
    next?.focus();
  }
}

/** @param {any} product one order is for one shop: the cart starts anew only if she says so */
function askToStart(product) {
  const tile = shown.get(product.id)?.tile;
  if (!tile) return;
  const start = h("button", { type: "button", class: "button primary block" }, t("cart.start"));
  const keep = h("button", { type: "button", class: "button block" }, t("cart.keep"));
  start.addEventListener("click", () => {
    emptyCart();
    change(product, step(product));
  });
  keep.addEventListener("click", () => show(act(tile), action(product)));
  show(act(tile), h("div", { class: "stack close", role: "alert" }, h("p", { class: "small" }, t("cart.otherShop", { name: product.shopName })), start, keep));
  start.focus();
}

function drawCartBar() {
  const bar = byId("cart-bar");
  const items = cartItems();
  bar.hidden = items.length === 0;
  document.body.classList.toggle("has-cart", items.length > 0);
  if (items.length === 0) return;
  const total = sum(items.map((item) => lineTotal(item, item.quantity)));
  const words = `${t("shop.items", { count: cartCount() })} · ${rupees(total)}`;
  show(bar, h("a", { href: "/cart.html" }, h("span", null, words), h("span", { class: "go" }, t("shop.viewCart"), icon("forward"))));
}

function grey() {
  return h("div", { class: "tiles", aria: { hidden: "true" } }, Array.from({ length: 6 }, () => h("div", { class: "skeleton box" })));
}

/** @param {import("../shared/events.js").News} news */
function refresh(news) {
  const known = news.id ? shown.get(news.id) : undefined;
  if (news.kind === "stock" && known) {
    const fresh = tile({ ...known.product, stock: news.stock });
    known.tile.replaceWith(fresh);
  } else if (news.kind !== "stock") soon();
}

const soon = afterQuiet(500, () => load());
