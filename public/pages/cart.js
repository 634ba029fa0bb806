// @ts-check
/** The cart: what is in it at today's prices, and what has changed since it was put there. */

import { picture } from "../components/picture.js";
import { stepper } from "../components/stepper.js";
import { ApiError, get } from "../shared/api.js";
import { amount, cartItems, joinCarts, onCart, replaceCart, setQuantity, step } from "../shared/cart.js";
import { byId, empty, failed, h, icon, notice, show, skeleton } from "../shared/dom.js";
import { frame } from "../shared/frame.js";
import { t } from "../shared/messages.js";
import { lineTotal, rupees, sum } from "../shared/money.js";

/** What was found out about the goods today, by id. @type {Map<string, {was?: number, gone?: boolean}>} */
const changes = new Map();
let warned = false;

start();

async function start() {
  frame({ page: "cart" });
  document.title = t("cart.title");
  if (cartItems().length) show(byId("main"), skeleton(4));
  try {
    if (cartItems().length === 0) await joinCarts();
    await lookAgain();
    render();
    onCart(follow);
  } catch (error) {
    show(byId("main"), failed(error, start));
  }
}

/** Asks the shop for today's price and stock of everything in the cart. */
async function lookAgain() {
  const items = await Promise.all(
    cartItems().map(async (item) => {
      try {
        const now = await get(`/api/products/${item.id}`);
        if (now.price !== item.price) changes.set(item.id, { was: item.price });
        return { ...item, name: now.name, price: now.price, stock: now.stock, unit: now.unit, imageUrl: now.imageUrl, category: now.category };
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
        changes.set(item.id, { gone: true });
        return { ...item, stock: 0 };
      }
    }),
  );
  replaceCart(items);
}

/** A changed quantity redraws only the sums; a line that is gone redraws all. */
function follow() {
  if (cartItems().length !== document.querySelectorAll("#lines > li").length) render();
  else {
    for (const item of cartItems()) {
      const end = document.getElementById(`sum-${item.id}`);
      if (end) end.textContent = rupees(lineTotal(item, item.quantity));
    }
    show(byId("sums"), sums());
  }
}

function render() {
  const items = cartItems();
  if (items.length === 0) {
    const action = h("a", { class: "button primary", href: "/" }, t("cart.toShop"));
    return show(byId("main"), h("h1", { class: "visually-hidden" }, t("cart.title")), empty({ icon: "cart", title: t("cart.emptyTitle"), text: t("cart.emptyText"), action }));
  }
  show(
    byId("main"),
    h(
      "div",
      { class: "stack" },
      h("h1", null, t("cart.title")),
      h("div", { class: "halves" }, h("ul", { class: "list", id: "lines" }, items.map(line)), h("div", { class: "card stack follows", id: "sums" }, sums())),
    ),
  );
}

/** @param {import("../shared/cart.js").Item} item */
function line(item) {
  const change = changes.get(item.id) ?? {};
  const short = item.stock < item.quantity;
  const out = item.stock < step(item);
  return h(
    "li",
    null,
    h(
      "div",
      { class: "line editable" },
      picture(item, "small"),
      h("div", null, h("h2", { class: "strong" }, item.name), h("p", { class: "small muted" }, [item.unit, rupees(item.price)].filter(Boolean).join(" · "))),
      stepper(item, item.quantity, (quantity) => setQuantity(item, quantity)),
      h("p", { class: "end", id: `sum-${item.id}` }, rupees(lineTotal(item, item.quantity))),
    ),
    change.was !== undefined && h("p", { class: "small" }, t("cart.priceChanged", { was: rupees(change.was), now: rupees(item.price) })),
    change.gone && h("p", { class: "small bad strong" }, t("cart.gone")),
    !change.gone && short && h("p", { class: "small bad strong" }, out ? t("cart.soldOut") : t("cart.onlyLeft", { amount: amount(item, item.stock) })),
    (change.gone || out) && removeButton(item),
    !change.gone && short && !out && h("button", { type: "button", class: "button", onclick: () => redraw(item) }, t("cart.onlyLeft", { amount: amount(item, item.stock) })),
  );
}

/** @param {import("../shared/cart.js").Item} item takes as much as there is */
function redraw(item) {
  setQuantity(item, item.stock - (item.stock % step(item)));
  render();
}

/** @param {import("../shared/cart.js").Item} item */
function removeButton(item) {
  return h("button", { type: "button", class: "button plain danger", onclick: () => setQuantity(item, 0) }, icon("trash", "small"), t("cart.remove", item));
}

function sums() {
  const items = cartItems();
  const total = sum(items.map((item) => lineTotal(item, item.quantity)));
  const bad = items.some((item) => item.stock < item.quantity);
  const go = h("a", { class: "button primary block", href: "/checkout.html" }, t("cart.checkout"), icon("forward"));
  if (bad) {
    go.addEventListener("click", (event) => {
      event.preventDefault();
      warned = true;
      show(byId("sums"), sums());
    });
  }
  return [
    h("dl", { class: "facts" }, h("dt", null, t("cart.goods")), h("dd", null, rupees(total))),
    bad && warned && h("div", { role: "alert" }, notice("chilli", "alert", t("cart.mendFirst"))),
    go,
    h("a", { class: "button plain block", href: "/" }, t("cart.toShop")),
  ];
}
