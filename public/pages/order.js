// @ts-check
/** One order: where it is, what is in it, and what can still be done about it. */

import { paperLinks } from "../components/papers.js";
import { picture } from "../components/picture.js";
import { stepper } from "../components/stepper.js";
import { get, patch, post, withQuery } from "../shared/api.js";
import { amount, itemOf, replaceCart, step } from "../shared/cart.js";
import { dayOf, moment } from "../shared/dates.js";
import { afterQuiet, asked, byId, failed, h, icon, notice, show, skeleton, state } from "../shared/dom.js";
import { onNews } from "../shared/events.js";
import { field, sends, showErrors } from "../shared/forms.js";
import { frame, nameShop } from "../shared/frame.js";
import { t, word } from "../shared/messages.js";
import { bill, inCash, rupees } from "../shared/money.js";
import { toneOf } from "../shared/tones.js";

const WAY = ["placed", "packed", "dispatched", "delivered"];
const CHANGEABLE = ["awaiting_payment", "placed"];
const QUIET_MS = 250;
const MOST_FOUND = 8;

const id = asked("id");
/** @type {any} */
let order;
/** @type {any} */
let shop;
/** What she is about to do: "" looks on, "edit", "cancel" and "return" show their form. */
let doing = "";
/** What came of what she did; it stays when news draw the page anew. @type {Node | null} */
let outcome = null;
/** What is drawn, so that news that change nothing leave the button she is just pressing in its place. */
let drawn = "";

start();

async function start() {
  if (!frame({ page: "orders", needsSignIn: true })) return;
  show(byId("main"), skeleton(6));
  await load();
  onNews(["order", "payment"], (news) => {
    if (news.kind === "again" || news.id === id) load();
  });
}

async function load() {
  try {
    order = await get(`/api/orders/${id}`);
    shop ??= await get(`/api/shops/${order.shopId}`).catch(() => null);
    document.title = t("order.title", { number: number() });
    nameShop(order.shopName);
    // A form she is filling in is not taken from under her hands.
    if (!doing && drawn !== contents()) render();
  } catch (error) {
    if (!order) show(byId("main"), failed(error, load));
  }
}

/** @param {string} what */
function turnTo(what) {
  doing = what;
  outcome = null;
  render();
  if (what) byId(what).scrollIntoView({ block: "nearest" });
  (what ? byId(what).querySelector("input, textarea, button") : byId("main"))?.focus();
}

function number() {
  return id.slice(0, 8);
}

function contents() {
  return JSON.stringify([order, shop]);
}

function render() {
  drawn = contents();
  show(
    byId("main"),
    h(
      "div",
      { class: "stack loose" },
      head(),
      h("div", { class: "halves" }, h("div", { class: "stack loose" }, where(), doing === "edit" ? editForm() : lines()), h("div", { class: "stack follows" }, money(), place(), next())),
    ),
  );
}

function head() {
  return h(
    "div",
    { class: "stack close" },
    h("a", { class: "row", href: "/orders.html" }, icon("back", "small"), t("order.all")),
    h("div", { class: "row apart" }, h("h1", null, t("order.title", { number: number() })), h("span", { role: "status" }, state(word("status", order.status), toneOf(order.status)))),
    h("p", { class: "muted" }, `${order.shopName} · ${moment(order.date)}`),
  );
}

function where() {
  return h("section", { class: "card stack", aria: { labelledby: "steps" } }, h("h2", { id: "steps" }, t("order.steps")), h("ol", { class: "timeline" }, steps()));
}

/** What has happened, with its time; then what is still to come. */
function steps() {
  const last = order.history.length - 1;
  const bad = ["cancelled", "expired", "returned"];
  const past = order.history.map((/** @type {any} */ step, /** @type {number} */ at) =>
    h(
      "li",
      { data: { step: at < last ? "done" : bad.includes(step.status) ? "bad" : "now" } },
      h("strong", null, word("status", step.status)),
      h("p", { class: "small muted" }, moment(step.at)),
      step.note && h("p", { class: "small" }, step.note),
    ),
  );
  const at = WAY.indexOf(order.status);
  const future = at < 0 && order.status !== "awaiting_payment" ? [] : WAY.slice(at + 1);
  const until = order.deliverBy && future.length > 0 ? t("order.by", { moment: moment(order.deliverBy) }) : "";
  return [
    ...past,
    ...future.map((status) => h("li", { data: { step: "next" } }, h("span", null, word("status", status)), status === "delivered" && until && h("p", { class: "small" }, until))),
    order.pickupOn && order.status === "return_requested" && h("li", { data: { step: "next" } }, t("order.pickup", { day: dayOf(order.pickupOn) })),
  ];
}

function lines() {
  const short = new Map(order.short.map((/** @type {any} */ one) => [one.id, one.missing]));
  return h(
    "section",
    { class: "card", aria: { labelledby: "lines" } },
    h("h2", { id: "lines" }, t("order.lines")),
    h(
      "ul",
      { class: "list" },
      order.items.map((/** @type {any} */ line) =>
        h(
          "li",
          null,
          h(
            "div",
            { class: "line" },
            picture(line, "small"),
            h("div", null, h("h3", null, line.name), h("p", { class: "small muted" }, `${amount(line, line.quantity)} × ${priceOf(line)}`)),
            h("p", { class: "end" }, rupees(line.lineTotal)),
          ),
          short.has(line.id) && h("p", { class: "small bad strong" }, t("order.short", { name: line.name, amount: amount(line, short.get(line.id)) })),
        ),
      ),
    ),
  );
}

/** @param {any} line */
function priceOf(line) {
  return line.soldBy === "weight" ? `${rupees(line.price)} ${t("shop.perKilo")}` : rupees(line.price);
}

function editForm() {
  /** @type {Map<string, number>} */
  const wanted = new Map(order.items.map((/** @type {any} */ line) => [line.id, line.quantity]));
  const list = h("ul", { class: "list" });
  const put = (/** @type {any} */ line, /** @type {number} */ quantity) => {
    wanted.set(line.id, quantity);
    const change = (/** @type {number} */ now) => wanted.set(line.id, now);
    const price = h("p", { class: "end" }, rupees(line.price), line.soldBy === "weight" && [h("br"), h("small", { class: "muted" }, t("shop.perKilo"))]);
    list.append(h("li", { class: "line editable" }, picture(line, "small"), h("h3", null, line.name), stepper(line, quantity, change), price));
  };
  // The order holds what is in it already: only the shop knows how much more there is.
  for (const line of order.items) put({ ...line, stock: Infinity }, line.quantity);
  const form = h(
    "form",
    { id: "edit", class: "card stack" },
    h("h2", null, t("order.edit")),
    list,
    otherGoods(wanted, (product) => put(product, step(product))),
    h("button", { type: "submit", class: "button primary" }, t("order.save")),
    h("button", { type: "button", class: "button", onclick: () => turnTo("") }, t("order.leave")),
  );
  sends(form, async () => {
    const items = [...wanted].filter(([, quantity]) => quantity > 0).map(([product, quantity]) => ({ id: product, quantity }));
    if (items.length === 0) return showErrors(form, t("order.nothingLeft"), []);
    order = await patch(`/api/orders/${id}`, { items });
    turnTo("");
    tell(notice("leaf", "check", t("order.saved")));
  });
  return form;
}

/**
 * Looks for what else the shop has, to go into the order.
 * @param {Map<string, number>} wanted what is in the form @param {(product: any) => void} put into the form with it
 */
function otherGoods(wanted, put) {
  const search = h("input", { id: "other", type: "search", placeholder: t("shop.search"), autocomplete: "off", enterkeyhint: "search" });
  const said = h("p", { class: "small muted", role: "status" });
  const found = h("ul", { class: "list" });
  let asking = 0;

  const look = async () => {
    const mine = ++asking;
    const q = search.value.trim();
    try {
      const rows = q ? await get(withQuery("/api/products", { shopId: order.shopId, q, inStock: true, limit: MOST_FOUND })) : [];
      if (mine !== asking) return;
      const goods = rows.filter((/** @type {any} */ product) => product.stock >= step(product));
      show(found, goods.map(result));
      said.textContent = q && (goods.length > 0 ? t("shop.found", { count: goods.length }) : t("shop.nothingTitle"));
    } catch (error) {
      if (mine !== asking) return;
      show(found);
      said.textContent = /** @type {Error} */ (error).message;
    }
  };

  const result = (/** @type {any} */ product) => {
    const there = h("p", { class: "small muted", tabindex: "-1" }, t("order.inIt"));
    const add = h("button", { type: "button", class: "button", aria: { label: t("order.addNamed", product) } }, t("shop.add"));
    add.addEventListener("click", () => {
      put(product);
      add.replaceWith(there);
      there.focus();
    });
    const price = [product.unit, priceOf(product)].filter(Boolean).join(" · ");
    return h("li", { class: "line" }, picture(product, "small"), h("div", null, h("h3", null, product.name), h("p", { class: "small muted" }, price)), wanted.has(product.id) ? there : add);
  };

  search.addEventListener("input", afterQuiet(QUIET_MS, look));
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    // It looks for goods, and does not save the change.
    event.preventDefault();
    look();
  });
  return h("div", { class: "stack close" }, h("label", { class: "strong", for: "other" }, t("order.add")), h("div", { class: "search" }, icon("search"), search), said, found);
}

function money() {
  const { payment } = order;
  return h(
    "section",
    { class: "card stack", aria: { labelledby: "money" } },
    h("div", { class: "row apart" }, h("h2", { id: "money" }, t("order.payment")), state(word("paymentStatus", payment.status), toneOf(payment.status))),
    h(
      "dl",
      { class: "facts" },
      h("dt", null, t("order.goods")),
      h("dd", null, bill(order.subtotal)),
      order.deliveryFee > 0 && [h("dt", null, t("order.delivery")), h("dd", null, bill(order.deliveryFee))],
      h("dt", { class: "sum" }, `${t("order.total")} · ${word("method", order.paymentMethod)}`),
      h("dd", { class: "sum" }, bill(order.total)),
      handed(order.total) !== order.total && [h("dt", null, t("order.inCash")), h("dd", null, bill(handed(order.total)))],
    ),
    payment.refundDue > 0 && notice("marigold", "refund", t("order.refundDue", { amount: bill(handed(payment.refundDue)) })),
    payment.refunded > 0 && notice("leaf", "refund", t("order.refunded", { amount: bill(handed(payment.refunded)) })),
    paperLinks(order, "button block"),
    toPay() && h("a", { class: "button primary block", href: `/pay.html?order=${id}` }, icon("qr"), t("order.payNow")),
  );
}

/** What changes hands of an amount: cash is rounded, as on the bill. @param {number} amount */
function handed(amount) {
  return order.paymentMethod === "Cash" ? inCash(amount) : amount;
}

/** UPI that is still to be paid, also too late: the page there takes the UTR. */
function toPay() {
  const open = order.status === "awaiting_payment" || order.status === "expired";
  return order.paymentMethod === "UPI" && open && ["pending", "voided"].includes(order.payment.status);
}

function place() {
  const address = order.deliveryAddress;
  return h(
    "section",
    { class: "card stack close" },
    address
      ? [h("h2", null, t("order.address")), h("p", null, [address.line, address.city, address.pincode, address.state].filter(Boolean).join(", "))]
      : h("p", { class: "row" }, icon("shop"), t("order.fetch")),
    order.note && h("p", null, h("strong", null, t("order.note")), h("br"), order.note),
    order.gstNumber && h("p", null, h("strong", null, t("order.gstNumber")), h("br"), order.gstNumber),
  );
}

function next() {
  if (doing === "cancel") return reasonForm("cancel", t("order.cancelTitle"), "", t("order.cancelGo"), t("order.keep"), "cancellation");
  if (doing === "return") return reasonForm("return", t("order.returnTitle"), t("order.returnHint"), t("order.returnGo"), t("order.keep"), "return");
  const changeable = CHANGEABLE.includes(order.status) && order.payment.status === "pending";
  return h(
    "section",
    { class: "card stack close", aria: { labelledby: "help" } },
    h("h2", { id: "help" }, t("order.help")),
    h("button", { type: "button", class: "button block", onclick: again }, icon("repeat"), t("order.again")),
    changeable && h("button", { type: "button", class: "button block", onclick: () => turnTo("edit") }, icon("edit"), t("order.edit")),
    order.status === "delivered" && h("button", { type: "button", class: "button block", onclick: () => turnTo("return") }, icon("undo"), t("order.askReturn")),
    shop?.phone && h("a", { class: "button block", href: `tel:+91${shop.phone}` }, icon("call"), t("order.call", { shop: order.shopName })),
    CHANGEABLE.includes(order.status) && h("button", { type: "button", class: "button danger block", onclick: () => turnTo("cancel") }, icon("close"), t("order.cancel")),
    h("div", { id: "outcome", role: "status" }, outcome),
  );
}

/** @param {string} name @param {string} title @param {string} hint @param {string} go @param {string} stay @param {string} call */
function reasonForm(name, title, hint, go, stay, call) {
  const form = h(
    "form",
    { id: name, class: "card stack" },
    h("h2", null, title),
    hint && h("p", null, hint),
    field({ name: "reason", label: t("order.reason"), attributes: { maxlength: 1000 } }),
    h("button", { type: "submit", class: name === "cancel" ? "button danger" : "button primary" }, go),
    h("button", { type: "button", class: "button", onclick: () => turnTo("") }, stay),
  );
  sends(form, async ({ reason }) => {
    order = await post(`/api/orders/${id}/${call}`, { reason });
    turnTo("");
  });
  return form;
}

/** @param {Node} words */
function tell(words) {
  outcome = words;
  show(byId("outcome"), words);
}

async function again() {
  try {
    const { items, missing } = await post(`/api/orders/${id}/reorder`);
    const goods = await Promise.all(items.map(async (/** @type {any} */ item) => itemOf(await get(`/api/products/${item.id}`), item.quantity)));
    if (goods.length) replaceCart(goods);
    if (missing.length === 0) return location.assign("/cart.html");
    const names = missing.map((/** @type {any} */ one) => one.name).join(", ");
    const go = goods.length > 0 && h("a", { class: "button", href: "/cart.html" }, t("shop.viewCart"));
    tell(notice("marigold", "info", h("p", null, t("order.againMissing", { names })), go));
  } catch (error) {
    tell(failed(error, again));
  }
}
