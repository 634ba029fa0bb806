// @ts-check
/** One order, opened: everything about it, and what may be done. Stays true while it is open. */

import { paperLink, paperLinks } from "../../components/papers.js";
import { openSheet } from "../../components/sheet.js";
import { get } from "../../shared/api.js";
import { dayOf, moment } from "../../shared/dates.js";
import { failed, h, icon, show, skeleton } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { bill } from "../../shared/money.js";
import { cancelButton, stepButtons } from "./order-steps.js";
import { linesOf } from "./orders.js";
import { callLink, moneyState, number, orderState } from "./parts.js";
import { paymentButtons } from "./payment-steps.js";
import { onWaiting } from "./waiting.js";

/** @param {import("../dashboard.js").Desk} desk @param {string} id @param {() => string} back where she came from */
export function openOrder(desk, id, back) {
  const gone = new AbortController();
  desk.signal.addEventListener("abort", () => sheet.close());
  const sheet = openSheet(t("dashboard.order.title", { number: number(id) }), {
    wide: true,
    closed: () => {
      gone.abort();
      if (location.hash === `#orders/${id}`) location.hash = back();
    },
  });
  show(sheet.body, skeleton(5));
  onWaiting((news) => (news.kind === "again" || news.id === id) && load(), gone.signal);
  load();
  return sheet;

  async function load() {
    try {
      const order = await get(`/api/orders/${id}`, { signal: gone.signal });
      if (!gone.signal.aborted) render(order);
    } catch (error) {
      if (!gone.signal.aborted) show(sheet.body, failed(error, load));
    }
  }

  /** @param {any} order */
  function render(order) {
    show(
      sheet.body,
      h("div", { class: "row" }, orderState(order), moneyState(order.payment), h("span", { class: "muted small" }, moment(order.date))),
      linesOf(order, true),
      order.note && h("p", { class: "note" }, icon("note"), order.note),
      sums(order),
      h("div", { class: "columns" }, who(order), payment(order, desk.may("payments"))),
      history(order),
      h("div", { class: "row" }, papers(order), cancelButton(order)),
    );
    show(sheet.foot, stepButtons(order));
    sheet.foot.hidden = sheet.foot.childElementCount === 0;
  }
}

/** What can be printed: a slip to pack from, then the bill. @param {any} order */
function papers(order) {
  return order.status === "placed" ? paperLink(order.id, "invoice", t("dashboard.order.slip")) : paperLinks(order);
}

/** @param {any} order */
function sums(order) {
  return h(
    "dl",
    { class: "facts" },
    h("dt", { class: "muted" }, t("dashboard.order.delivery")), h("dd", null, bill(order.deliveryFee)),
    h("dt", { class: "sum" }, t("dashboard.order.total")), h("dd", { class: "sum" }, bill(order.total)),
  );
}

/** @param {any} order */
function who(order) {
  const { deliveryAddress: home, pickup, deliverBy, pickupOn } = order;
  return h(
    "section",
    { class: "stack tight" },
    h("h3", null, order.customerName),
    callLink(order.customerPhone, order.customerName),
    pickup ? h("p", null, t("dashboard.order.pickup")) : home && h("address", null, `${home.line}, ${home.city}, ${home.state} ${home.pincode}`),
    order.gstNumber && h("p", { class: "muted small" }, t("dashboard.order.gstNumber", { number: order.gstNumber })),
    deliverBy && h("p", { class: "muted small" }, t("dashboard.order.deliverBy", { moment: moment(deliverBy) })),
    pickupOn && h("p", { class: "muted small" }, t("dashboard.order.fetchOn", { day: dayOf(pickupOn) })),
  );
}

/** @param {any} order @param {boolean} may do something about it */
function payment(order, may) {
  return h(
    "section",
    { class: "stack close" },
    h("h3", null, t(`dashboard.methods.${order.paymentMethod}`)),
    order.payment.utr && h("p", { class: "money" }, t("dashboard.payments.utr", { utr: order.payment.utr.replace(/(\d{4})(?=\d)/g, "$1 ") })),
    h(
      "ul",
      { class: "small muted" },
      order.payment.history.map((/** @type {any} */ step) =>
        h("li", null, [t(`dashboard.paymentEvents.${step.event}`), bill(step.amount), moment(step.at), step.note].filter(Boolean).join(" · ")),
      ),
    ),
    may && paymentButtons(order),
  );
}

/** @param {any} order */
function history(order) {
  const last = order.history.length - 1;
  const bad = ["cancelled", "expired"];
  return h(
    "section",
    { class: "stack close" },
    h("h3", null, t("dashboard.order.history")),
    h(
      "ol",
      { class: "timeline" },
      order.history.map((/** @type {any} */ step, /** @type {number} */ at) =>
        h(
          "li",
          { data: { step: bad.includes(step.status) ? "bad" : at === last ? "now" : "done" } },
          h("strong", null, t(`dashboard.status.${step.status}`)),
          h("p", { class: "small muted" }, `${moment(step.at)} · ${t(`dashboard.by.${step.by}`)}`),
          step.note && h("p", { class: "small" }, step.note),
        ),
      ),
    ),
  );
}
