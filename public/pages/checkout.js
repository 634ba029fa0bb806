// @ts-check
/** Checking out on one page: where it goes, how it is paid, what it comes to, and one button that says the amount. */

import { ApiError, get, post } from "../shared/api.js";
import { amount, available, cartItems, cartShop, emptyCart, freshenCart, replaceCart } from "../shared/cart.js";
import { byId, failed, h, icon, show, skeleton } from "../shared/dom.js";
import { attempts, field, sends, showErrors, showRefusal } from "../shared/forms.js";
import { frame, nameShop } from "../shared/frame.js";
import { t } from "../shared/messages.js";
import { lineTotal, rupees, sum } from "../shared/money.js";
import { worksHere } from "../shared/session.js";
import { stateField } from "../shared/states.js";

/** @type {any} */
let shop;
/** @type {any} */
let customer;
let pickup = false;
let method = "UPI";
const attempt = attempts();

start();

async function start() {
  if (!frame({ needsSignIn: true })) return;
  document.title = t("checkout.title");
  if (worksHere() || cartItems().length === 0) return location.replace("/cart.html");
  show(byId("main"), skeleton(5));
  try {
    [shop, customer] = await Promise.all([get(`/api/shops/${cartShop()}`), get("/api/customer/profile")]);
    method = shop.paymentMethods.includes("UPI") ? "UPI" : shop.paymentMethods[0];
    nameShop(shop.name);
    render();
  } catch (error) {
    show(byId("main"), failed(error, start));
  }
}

function render() {
  const form = h(
    "form",
    { id: "checkout", class: "stack" },
    h("div", { class: "halves" }, h("div", { class: "stack loose" }, how(), address(), payment(), field({ name: "note", label: t("checkout.note"), type: "textarea", optional: true, attributes: { maxlength: 1000 } }), business()), h("div", { class: "card stack follows", id: "sums" })),
  );
  form.addEventListener("change", (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    // A text that she leaves changes no sum, and a button that is drawn anew under her finger would miss the press.
    if (input.type !== "radio") return;
    if (input.name === "how") pickup = input.value === "fetch";
    if (input.name === "paymentMethod") method = input.value;
    byId("address").hidden = pickup;
    show(byId("sums"), sums());
  });
  sends(form, order, { refused: (error) => refused(form, error) });
  show(byId("main"), h("div", { class: "stack" }, h("h1", null, t("checkout.title")), form));
  byId("address").hidden = pickup;
  show(byId("sums"), sums());
}

function how() {
  const minutes = shop.deliveryMinutes;
  return h(
    "fieldset",
    { class: "stack close" },
    h("legend", null, t("checkout.how")),
    h(
      "div",
      { class: "pair" },
      choice("how", "deliver", "truck", t("checkout.deliver"), minutes ? t("checkout.deliverIn", { minutes }) : "", !pickup),
      choice("how", "fetch", "shop", t("checkout.fetch"), shop.address || t("checkout.fetchHint"), pickup),
    ),
  );
}

function address() {
  const name = (/** @type {string} */ part) => `deliveryAddress.${part}`;
  return h(
    "div",
    { class: "stack", id: "address" },
    field({ name: name("line"), label: t("checkout.line"), value: customer.address, attributes: { autocomplete: "street-address" } }),
    h(
      "div",
      { class: "pair" },
      field({ name: name("city"), label: t("checkout.city"), value: customer.city, attributes: { autocomplete: "address-level2" } }),
      field({ name: name("pincode"), label: t("checkout.pincode"), value: customer.pincode, check: wrongPincode, attributes: { autocomplete: "postal-code", inputmode: "numeric" } }),
    ),
    stateField({ name: name("state"), label: t("checkout.state"), value: customer.state }),
  );
}

/** @param {string} text */
function wrongPincode(text) {
  return /^[1-9]\d{5}$/.test(text.replace(/\s/g, "")) ? "" : t("checkout.wrongPincode");
}

function payment() {
  const icons = { UPI: "qr", Cash: "cash", Card: "card" };
  const methods = ["UPI", "Cash", "Card"].filter((one) => shop.paymentMethods.includes(one));
  return h(
    "fieldset",
    { class: "stack close" },
    h("legend", null, t("checkout.pay")),
    methods.map((one) => choice("paymentMethod", one, /** @type {any} */ (icons)[one], t(`method.${one}`), t(`methodHint.${one}`), one === method)),
  );
}

/** A business that buys from a registered shop gets its tax back with a bill that names it. */
function business() {
  const attributes = { autocapitalize: "characters", autocomplete: "on", spellcheck: "false", maxlength: 20 };
  return shop.gstNumber && field({ name: "gstNumber", label: t("checkout.gstNumber"), hint: t("checkout.gstNumberHint"), optional: true, attributes });
}

/** @param {string} name @param {string} value @param {string} iconName @param {string} words @param {string} hint @param {boolean} checked */
function choice(name, value, iconName, words, hint, checked) {
  return h(
    "label",
    { class: "choice card" },
    h("input", { type: "radio", name, value, checked }),
    icon(iconName),
    h("span", { class: "grow" }, h("strong", null, words), hint && [h("br"), h("span", { class: "small muted" }, hint)]),
  );
}

function costs() {
  const goods = sum(cartItems().map((item) => lineTotal(item, item.quantity)));
  const free = pickup || (shop.freeDeliveryMinimum !== null && goods >= shop.freeDeliveryMinimum);
  const delivery = free ? 0 : shop.deliveryFee;
  return { goods, delivery, total: sum([goods, delivery]) };
}

function sums() {
  const { goods, delivery, total } = costs();
  const saved = !pickup && delivery > 0 && shop.freeDeliveryMinimum;
  return [
    h("h2", null, t("checkout.sum")),
    h(
      "ul",
      { class: "stack close small" },
      cartItems().map((item) => h("li", { class: "row apart whole" }, h("span", { class: "grow" }, `${amount(item, item.quantity)} × ${item.name}`), h("span", { class: "money" }, rupees(lineTotal(item, item.quantity))))),
    ),
    h(
      "dl",
      { class: "facts" },
      h("dt", null, t("checkout.goods")),
      h("dd", null, rupees(goods)),
      !pickup && [h("dt", null, t("checkout.delivery")), h("dd", null, delivery ? rupees(delivery) : t("checkout.free"))],
      h("dt", { class: "sum" }, t("checkout.total")),
      h("dd", { class: "sum" }, rupees(total)),
    ),
    saved && h("p", { class: "small muted" }, t("checkout.freeFrom", { amount: rupees(shop.freeDeliveryMinimum) })),
    h("button", { type: "submit", class: "button primary block" }, t(method === "UPI" ? "checkout.placeAndPay" : "checkout.place", { amount: rupees(total) })),
  ];
}

/** @param {Record<string, any>} values */
async function order(values) {
  const { deliveryAddress, note, gstNumber } = values;
  const wish = {
    items: cartItems().map(({ id, quantity }) => ({ id, quantity })),
    paymentMethod: method,
    note,
    gstNumber,
    expectedTotal: costs().total,
    ...(pickup ? { pickup } : { deliveryAddress: { ...deliveryAddress, pincode: deliveryAddress.pincode.replace(/\s/g, "") } }),
  };
  const placed = await post("/api/orders", wish, { key: attempt.keyFor(wish) });
  emptyCart();
  location.assign(method === "UPI" ? `/pay.html?order=${placed.orderId}` : `/order.html?id=${placed.orderId}`);
}

/**
 * Too little in stock, another price or another fee is mended here, not by starting over.
 * @param {HTMLFormElement} form @param {ApiError} error @returns {boolean}
 */
function refused(form, error) {
  const aboutGoods = error.status === 409 ? error.problem.lines || error.problem.total !== undefined : error.errors.some(({ pointer }) => pointer.startsWith("/items"));
  if (aboutGoods) mend(form, error).catch(() => showRefusal(form, error));
  return Boolean(aboutGoods);
}

/** @param {HTMLFormElement} form @param {ApiError} error */
async function mend(form, error) {
  /** @type {import("../shared/cart.js").Item[]} */
  const before = cartItems();
  const changes = await freshenCart();
  shop = await get(`/api/shops/${cartShop()}`);
  // Between the refusal and now somebody may have put his back: what was refused is what she is told.
  const refusedAt = new Map((error.problem.lines ?? []).map((/** @type {any} */ line) => [line.id, line.available]));
  const items = cartItems().map((item) => ({ ...item, stock: Math.min(item.stock, refusedAt.get(item.id) ?? item.stock) }));
  replaceCart(items.map((item) => ({ ...item, quantity: available(item) })).filter((item) => item.quantity > 0));
  if (cartItems().length === 0) return location.assign("/cart.html");
  show(byId("sums"), sums());
  const said = items.map((item, at) => whatChanged(item, before[at].price, changes.get(item.id)?.gone)).filter(Boolean);
  showErrors(form, t("checkout.changed"), said.map((detail) => ({ pointer: "", detail })));
}

/** @param {import("../shared/cart.js").Item} item as it is now @param {number} was its price before @param {boolean} [gone] */
function whatChanged(item, was, gone) {
  const left = available(item);
  const { name } = item;
  if (gone) return t("checkout.gone", { name });
  if (left === 0) return t("checkout.soldOut", { name });
  if (left < item.quantity) return t("checkout.onlyLeft", { name, amount: amount(item, left) });
  return was === item.price ? "" : t("checkout.nowCosts", { name, was: rupees(was), now: rupees(item.price) });
}
