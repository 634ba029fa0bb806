// @ts-check
/** The cart: what is in it at today's prices, and what has changed since it was put there. */

import { picture } from "../components/picture.js";
import { stepper } from "../components/stepper.js";
import { amount, available, cartItems, freshenCart, joinCarts, onCart, setQuantity, step } from "../shared/cart.js";
import { byId, empty, failed, h, icon, notice, show, skeleton } from "../shared/dom.js";
import { frame, nameShop, shopAddress } from "../shared/frame.js";
import { whenBack } from "../shared/line.js";
import { t } from "../shared/messages.js";
import { lineTotal, rupees, sum } from "../shared/money.js";
import { worksHere } from "../shared/session.js";

/** What was found out about the goods today, by id. @type {Map<string, import("../shared/cart.js").Change>} */
let changes = new Map();

start();

async function start() {
  frame({ page: "cart" });
  document.title = t("cart.title");
  onCart(follow);
  await load();
}

async function load() {
  if (cartItems().length) show(byId("main"), skeleton(4));
  try {
    if (cartItems().length === 0) await joinCarts();
    changes = await freshenCart();
    render();
  } catch (error) {
    // Out of the shop's reach she sees her cart as she left it; the prices are looked at again when it is back.
    if (/** @type {any} */ (error).status !== 0 || cartItems().length === 0) return show(byId("main"), failed(error, load));
    render();
    whenBack(load);
  }
}

/** A changed quantity redraws only what it changes; a line that came or went redraws all. */
function follow() {
  const lines = document.getElementById("lines");
  if (!lines) return;
  if (cartItems().length !== lines.children.length) {
    const had = lines.contains(document.activeElement);
    render();
    if (had) byId("main").focus();
    return;
  }
  for (const item of cartItems()) {
    byId(`sum-${item.id}`).textContent = rupees(lineTotal(item, item.quantity));
    show(byId(`change-${item.id}`), change(item));
  }
  show(byId("sums"), sums());
}

function render() {
  const items = cartItems();
  if (items.length === 0) {
    const action = h("a", { class: "button primary", href: shopAddress() }, t("cart.toShop"));
    return show(byId("main"), h("h1", { class: "visually-hidden" }, t("cart.title")), empty({ icon: "cart", title: t("cart.emptyTitle"), text: t("cart.emptyText"), action }));
  }
  nameShop(items[0].shopName ?? t("frame.shop"));
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
  const price = item.soldBy === "weight" ? `${rupees(item.price)} ${t("shop.perKilo")}` : rupees(item.price);
  return h(
    "li",
    null,
    h(
      "div",
      { class: "line editable" },
      picture(item, "small"),
      h("div", null, h("h2", { class: "name" }, item.name), h("p", { class: "small muted" }, [item.unit, price].filter(Boolean).join(" · "))),
      stepper(item, item.quantity, (quantity) => setQuantity(item, quantity)),
      h("p", { class: "end", id: `sum-${item.id}` }, rupees(lineTotal(item, item.quantity))),
    ),
    h("div", { class: "change", id: `change-${item.id}`, role: "status" }, change(item)),
  );
}

/** What is different from when she put it in, and how to mend it. @param {import("../shared/cart.js").Item} item */
function change(item) {
  const { was, gone } = changes.get(item.id) ?? {};
  const left = available(item);
  return [
    was !== undefined && h("p", { class: "small" }, t("cart.priceChanged", { was: rupees(was), now: rupees(item.price) })),
    (gone || left < item.quantity) && h("p", { class: "small bad strong" }, problem(item, gone)),
    left < step(item) && mend(item, 0, t("cart.remove", item)),
    left >= step(item) && left < item.quantity && mend(item, left, t("cart.take", { name: item.name, amount: amount(item, left) })),
  ];
}

/** @param {import("../shared/cart.js").Item} item @param {boolean | undefined} gone */
function problem(item, gone) {
  if (gone) return t("cart.gone");
  return item.stock < step(item) ? t("cart.soldOut") : t("cart.onlyLeft", { amount: amount(item, item.stock) });
}

/** @param {import("../shared/cart.js").Item} item @param {number} quantity @param {string} words */
function mend(item, quantity, words) {
  const button = h("button", { type: "button", class: quantity ? "button" : "button danger" }, icon(quantity ? "check" : "trash", "small"), words);
  button.addEventListener("click", () => {
    setQuantity(item, quantity);
    if (quantity) {
      render();
      byId("main").focus();
    }
  });
  return button;
}

function sums() {
  const items = cartItems();
  const total = sum(items.map((item) => lineTotal(item, item.quantity)));
  return [h("dl", { class: "facts" }, h("dt", null, t("cart.goods")), h("dd", null, rupees(total))), ...wayOn(), h("a", { class: "button plain block", href: shopAddress() }, t("cart.toShop"))];
}

function wayOn() {
  if (worksHere()) return [notice("", "info", t("cart.forCustomers"))];
  const said = h("div", { role: "alert" });
  const go = h("a", { class: "button primary block", href: "/checkout.html" }, t("cart.checkout"), icon("forward"));
  go.addEventListener("click", (event) => {
    if (cartItems().every((item) => available(item) === item.quantity)) return;
    event.preventDefault();
    show(said, notice("chilli", "alert", t("cart.mendFirst")));
  });
  return [said, go];
}
