// @ts-check
/** The payment desk: what customers say they have paid, what goes back, what is collected in cash, and the sealed log. */

import { empty, h, icon, show } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { bill, count, inCash, sum } from "../../shared/money.js";
import { keepRows } from "./lists.js";
import { ageOf, callLink, number, placeHead } from "./parts.js";
import { showLog } from "./payment-log.js";
import { paymentButtons } from "./payment-steps.js";
import { onWaiting, waiting } from "./waiting.js";

/** @typedef {import("../dashboard.js").Desk} Desk */

const OVER = ["cancelled", "expired", "returned"];

/** The desk's parts, those first that wait for her. */
const SECTIONS = /** @type {{name: string, holds: (row: any) => boolean}[]} */ ([
  { name: "claimed", holds: ({ payment }) => payment.status === "claimed" },
  { name: "refunds", holds: ({ payment }) => payment.status === "refund_due" },
  { name: "collect", holds: ({ payment, orderStatus }) => payment.status === "pending" && payment.method !== "UPI" && !OVER.includes(orderStatus) },
  { name: "paying", holds: ({ payment, orderStatus }) => payment.status === "pending" && payment.method === "UPI" && !OVER.includes(orderStatus) },
  { name: "settled", holds: ({ payment }) => payment.status === "settled" },
]);

/** @param {Desk} desk */
export function enter(desk) {
  const isOwner = desk.me.userRole === "shopkeeper";
  const tabs = h("nav", { class: "tabs", aria: { label: t("dashboard.places.payments") } });
  const page = h("div", { class: "stack loose" });
  const parts = SECTIONS.map(({ name, holds }) => ({ name, holds, ...section(name) }));
  const calm = h("div");
  let isLog = false;
  show(desk.root, placeHead(t("dashboard.places.payments")), isOwner && tabs, page);
  onWaiting(() => isLog || render(), desk.signal);
  turn(desk.rest);
  return turn;

  /** @param {string[]} rest "log", or the order whose payment is meant */
  function turn([what]) {
    isLog = what === "log" && isOwner;
    drawTabs();
    if (isLog) return showLog(page, desk.signal);
    show(page, calm, parts.map((part) => part.element));
    render();
    if (what) showMeant(what);
  }

  /** The payment that a notice or an order leads to; one that is no longer at the desk is in its order. @param {string} orderId */
  function showMeant(orderId) {
    const row = document.getElementById(`payment-${orderId}`);
    if (!row) {
      if (desk.may("orders")) location.replace(`#orders/${orderId}`);
      return;
    }
    row.dataset.meant = "";
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
  }

  function drawTabs() {
    const tab = (/** @type {string} */ hash, /** @type {string} */ words, /** @type {boolean} */ current) => h("a", { href: hash, aria: { current: current ? "page" : null } }, words);
    show(tabs, tab("#payments", t("dashboard.payments.desk"), !isLog), tab("#payments/log", t("dashboard.payments.log"), isLog));
  }

  function render() {
    const rows = waiting().payments;
    for (const { name, holds, element, list, heading } of parts) {
      const held = rows.filter(holds);
      element.hidden = held.length === 0;
      show(heading, h("span", { id: `desk-${name}` }, t(`dashboard.payments.sections.${name}`)), h("span", { class: name === "claimed" || name === "refunds" ? "count" : "count calm" }, count(held.length)), h("span", { class: "muted push money" }, bill(sum(held.map(amountOf)))));
      keepRows(list, held, (row) => row.orderId, (row) => deskRow(row, name));
    }
    const waits = rows.some((row) => parts[0].holds(row) || parts[1].holds(row));
    show(calm, !waits && empty({ icon: "done", title: t("dashboard.payments.none"), text: t("dashboard.payments.noneText") }));
  }
}

/** @param {string} name */
function section(name) {
  const heading = h("h2", { class: "row" });
  const list = h("ul", { class: "desk-rows" });
  return { heading, list, element: h("section", { class: "stack close", aria: { labelledby: `desk-${name}` } }, heading, list) };
}

/** @param {any} row */
function amountOf({ payment }) {
  return payment.status === "refund_due" ? payment.refundDue : payment.status === "settled" ? payment.settled : payment.amount;
}

/** @param {any} row @param {string} where */
function deskRow(row, where) {
  const { orderId, customerName, customerPhone, payment, orderStatus } = row;
  const amount = amountOf(row);
  const isCash = payment.method === "Cash" && (where === "collect" || where === "refunds");
  const when = { claimed: payment.claimedAt, settled: payment.settledAt }[where] ?? row.date;
  return h(
    "li",
    { class: "desk-row", id: `payment-${orderId}`, tabindex: -1 },
    h("span", { class: "figure" }, bill(amount)),
    h(
      "div",
      { class: "about" },
      h("a", { class: "open-order", href: `#orders/${orderId}` }, h("span", { class: "name" }, customerName), h("span", { class: "order-number" }, number(orderId))),
      h("span", { class: "small muted" }, `${t(`dashboard.methods.${payment.method}`)} · ${t(`dashboard.payments.when.${where}`)} `, ageOf(when, true)),
      isCash && inCash(amount) !== amount && h("span", { class: "small muted" }, t("dashboard.payments.inCash", { amount: bill(inCash(amount)) })),
      payment.utr && h("span", { class: "utr" }, h("span", { class: "visually-hidden" }, "UTR "), payment.utr.replace(/(\d{4})(?=\d)/g, "$1 ")),
      OVER.includes(orderStatus) && where === "claimed" && h("span", { class: "small bad" }, icon("alert", "small"), t(`dashboard.payments.over.${orderStatus}`)),
      callLink(customerPhone, customerName),
    ),
    where === "settled" ? h("span", { class: "state", data: { tone: "leaf" } }, t("dashboard.money.settled")) : paymentButtons({ id: orderId, customerName, status: orderStatus, payment }),
  );
}
