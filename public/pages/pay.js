// @ts-check
/** Paying by UPI: the QR of the exact amount, the time that is left, and the UTR for the shop. */

import { get, post, serverNow } from "../shared/api.js";
import { countdown } from "../shared/dates.js";
import { asked, byId, copyText, failed, h, icon, notice, show, skeleton } from "../shared/dom.js";
import { onNews } from "../shared/events.js";
import { field, sends } from "../shared/forms.js";
import { frame, nameShop } from "../shared/frame.js";
import { t } from "../shared/messages.js";
import { bill } from "../shared/money.js";

const id = asked("order");
/** What is drawn, so that news that change nothing leave what she types alone. */
let drawn = "";
/** @type {ReturnType<typeof setInterval> | undefined} */
let ticking;

start();

async function start() {
  if (!frame({ needsSignIn: true })) return;
  show(byId("main"), skeleton(5));
  await load();
  onNews(["order", "payment"], (news) => {
    if (news.kind === "again" || news.id === id) load();
  });
}

async function load() {
  try {
    render(await get(`/api/orders/${id}`));
  } catch (error) {
    if (!drawn) show(byId("main"), failed(error, load));
  }
}

/** @param {any} order */
function render(order) {
  const { payment } = order;
  const now = [order.status, payment.status, payment.reference, payment.utr].join(" ");
  if (now === drawn) return;
  drawn = now;
  clearInterval(ticking);
  document.title = t("pay.title", { amount: bill(payment.amount) });
  nameShop(order.shopName);
  show(byId("main"), h("div", { class: "stack loose", id: "pay" }, head(order), body(order)));
}

/** @param {any} order */
function head(order) {
  return h(
    "div",
    { class: "row whole" },
    h("a", { class: "icon-button", href: `/order.html?id=${order.id}`, aria: { label: t("pay.back") } }, icon("back")),
    h("h1", null, t("pay.title", { amount: bill(order.payment.amount) })),
  );
}

/** @param {any} order */
function body(order) {
  const { payment, shopName: shop } = order;
  const amount = bill(payment.refundDue || payment.refunded);
  if (payment.method !== "UPI") return says("", "info", t("pay.nothingTitle"), "", order);
  if (payment.status === "settled") return says("leaf", "done", t("pay.settledTitle"), t("pay.settledText", { shop }), order);
  if (payment.status === "claimed") return says("sky", "clock", t("pay.claimedTitle"), t("pay.claimedText", { utr: payment.utr, shop }), order);
  if (payment.status === "refund_due") return says("marigold", "refund", t("pay.refundTitle"), t("pay.refundText", { amount, shop }), order);
  if (payment.status === "refunded") return says("leaf", "refund", t("pay.refundedTitle"), "", order);
  if (order.status === "cancelled") return says("", "info", t("pay.cancelledTitle"), "", order);
  if (!payment.upiUri) return [says("chilli", "clock", t("pay.expiredTitle"), t("pay.expiredText"), null), claimForm(order)];
  return [rejection(order), code(order), ways(payment), claimForm(order)];
}

/** @param {string} tone @param {string} iconName @param {string} title @param {string} text @param {any} order null: nowhere to go on to */
function says(tone, iconName, title, text, order) {
  const go = order && h("a", { class: "button primary block", href: `/order.html?id=${order.id}` }, t("pay.view"));
  return h("div", { class: "stack", role: "status" }, notice(tone, iconName, h("h2", null, title), text && h("p", null, text)), go);
}

/** @param {any} order */
function rejection(order) {
  const last = order.payment.history.filter((/** @type {any} */ step) => step.event !== "renewed").at(-1);
  if (last?.event !== "rejected") return null;
  return h("div", { role: "alert" }, notice("chilli", "alert", h("p", { class: "strong" }, t("pay.rejected", { shop: order.shopName, reason: last.note })), h("p", null, t("pay.rejectedAgain"))));
}

/** @param {any} order */
function code(order) {
  const { payment } = order;
  const image = h("img", { src: payment.qrUrl, width: 280, height: 280, alt: t("pay.qr", { amount: bill(payment.amount), shop: order.shopName }) });
  const left = h("p", { class: "lead strong", role: "timer" });
  const box = h("div", { class: "qr" }, h("div", { class: "paper" }, image), h("p", { class: "strong" }, t("pay.scan")), left);
  const tick = () => {
    const milliseconds = Date.parse(payment.expiresAt) - serverNow();
    left.textContent = t("pay.left", { time: countdown(milliseconds) });
    if (milliseconds > 0) return;
    clearInterval(ticking);
    box.dataset.over = "";
    left.textContent = t("pay.expiredTitle");
    // The shop's clock ends the order a moment later; the news of it redraws the page.
    setTimeout(load, 5000);
  };
  clearInterval(ticking);
  ticking = setInterval(tick, 500);
  tick();
  return box;
}

/** @param {any} payment the app on this phone, or by hand */
function ways(payment) {
  return h(
    "div",
    { class: "stack close" },
    h("a", { class: "button primary block only-phone", href: payment.upiUri }, icon("phone"), t("pay.openApp")),
    h("p", { class: "small muted only-phone centred" }, t("pay.appHint")),
    h("div", { class: "copies" }, copyRow(t("pay.upiId"), payment.upiId, payment.upiId), copyRow(t("pay.amount"), bill(payment.amount), payment.amount.toFixed(2))),
  );
}

/** @param {string} label @param {string} shown @param {string} copied */
function copyRow(label, shown, copied) {
  const button = h("button", { type: "button", class: "button plain", aria: { label: `${t("copy")}: ${label}` } }, icon("copy", "small"), t("copy"));
  button.addEventListener("click", async () => {
    if (await copyText(copied)) show(button, icon("check", "small"), t("copied"));
  });
  return h("div", null, h("span", null, h("span", { class: "small muted" }, label), h("br"), h("code", null, shown)), button);
}

/** @param {any} order */
function claimForm(order) {
  const form = h(
    "form",
    { id: "claim", class: "stack" },
    field({ name: "utr", label: t("pay.utr"), hint: t("pay.utrHint"), check: wrongUtr, attributes: { inputmode: "numeric", autocomplete: "off", maxlength: 16 } }),
    h("button", { type: "submit", class: "button block" }, t("pay.tell")),
  );
  sends(form, async ({ utr }) => {
    await post(`/api/orders/${order.id}/payment/claim`, { utr: utr.replace(/\s/g, "") });
    await load();
    byId("main").focus();
  });
  return h("section", { class: "card stack", aria: { labelledby: "paid" } }, h("h2", { id: "paid" }, t("pay.paid")), form);
}

/** @param {string} text */
function wrongUtr(text) {
  return /^\d{12}$/.test(text.replace(/\s/g, "")) ? "" : t("pay.wrongUtr");
}
