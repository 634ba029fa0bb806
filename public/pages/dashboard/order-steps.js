// @ts-check
/** What the shop does with an order: pack, send off, deliver, take back, call off. */

import { post, put } from "../../shared/api.js";
import { h, icon } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { askReason, doing, openForm, toast } from "./floating.js";
import { number } from "./parts.js";
import { noteOrder } from "./waiting.js";

/** The next state of an order, and the picture of the step there. */
const NEXT = /** @type {Record<string, {status: string, icon: string}>} */ ({
  placed: { status: "packed", icon: "box" },
  packed: { status: "dispatched", icon: "truck" },
  dispatched: { status: "delivered", icon: "done" },
});
const CANCELLABLE = ["awaiting_payment", "placed", "packed"];

/** One primary button for the next step, and what else its state asks for. @param {any} order */
export function stepButtons(order) {
  const next = NEXT[order.status];
  const whole = order.short.length > 0 && order.short.length === order.items.length && order.status === "placed";
  if (next && !whole) {
    const words = t(`dashboard.steps.${order.pickup ? "pickup." : ""}${next.status}`);
    return h("button", { type: "button", class: "button primary", data: { act: "step" }, onclick: (/** @type {Event} */ event) => step(event, order, next.status) }, icon(next.icon), words);
  }
  if (order.status === "return_requested") {
    return h(
      "div",
      { class: "row" },
      h("button", { type: "button", class: "button primary", data: { act: "take-back" }, onclick: () => takeBack(order) }, icon("undo"), t("dashboard.steps.takeBack")),
      h("button", { type: "button", class: "button", data: { act: "decline" }, onclick: () => decline(order) }, t("dashboard.steps.decline")),
    );
  }
  if (order.payment.status === "claimed") return h("a", { class: "button primary", data: { act: "check" }, href: `#payments/${order.id}` }, icon("cash"), t("dashboard.steps.checkPayment"));
  if (whole) return h("button", { type: "button", class: "button danger", data: { act: "cancel" }, onclick: () => cancel(order) }, t("dashboard.steps.cancel"));
  return null;
}

/** @param {any} order @returns {HTMLElement | null} */
export function cancelButton(order) {
  if (!CANCELLABLE.includes(order.status)) return null;
  return h("button", { type: "button", class: "button danger", onclick: () => cancel(order) }, t("dashboard.steps.cancel"));
}

/** @param {Event} event @param {any} order @param {string} status */
function step(event, order, status) {
  return doing(/** @type {HTMLElement} */ (event.currentTarget), async () => {
    noteOrder(await put(`/api/orders/${order.id}/status`, { status }));
    toast(t(`dashboard.steps.did.${status}`, { number: number(order.id) }));
  });
}

/** @param {any} order */
function takeBack(order) {
  const choice = (/** @type {string} */ value, /** @type {string} */ words, /** @type {boolean} */ chosen) =>
    h("label", { class: "choice card" }, h("input", { type: "radio", name: "restock", value, checked: chosen }), h("span", null, words));
  openForm(t("dashboard.steps.takeBack"), {
    fields: [
      h("p", null, t("dashboard.steps.takeBackText")),
      h("fieldset", { class: "stack close" }, h("legend", { class: "visually-hidden" }, t("dashboard.steps.restock")), choice("no", t("dashboard.steps.restockNo"), true), choice("yes", t("dashboard.steps.restockYes"), false)),
    ],
    submit: t("dashboard.steps.takeBack"),
    send: async ({ restock }) => {
      noteOrder(await put(`/api/orders/${order.id}/status`, { status: "returned", restock: restock === "yes" }));
      toast(t("dashboard.steps.did.returned", { number: number(order.id) }));
    },
  });
}

/** @param {any} order */
function decline(order) {
  askReason({
    title: t("dashboard.steps.declineTitle", { number: number(order.id), name: order.customerName }),
    text: t("dashboard.steps.declineText"),
    label: t("dashboard.steps.reason"),
    usual: ["used", "late", "food"].map((reason) => t(`dashboard.steps.declineReasons.${reason}`)),
    submit: t("dashboard.steps.decline"),
    send: async (reason) => {
      noteOrder(await put(`/api/orders/${order.id}/status`, { status: "delivered", reason }));
      toast(t("dashboard.steps.did.declined", { number: number(order.id) }));
    },
  });
}

/** @param {any} order */
function cancel(order) {
  const paid = order.payment.status === "settled";
  askReason({
    title: t("dashboard.steps.cancelTitle", { number: number(order.id), name: order.customerName }),
    text: t(paid ? "dashboard.steps.cancelPaid" : "dashboard.steps.cancelText"),
    label: t("dashboard.steps.reason"),
    usual: ["soldOut", "asked", "tooFar"].map((reason) => t(`dashboard.steps.reasons.${reason}`)),
    submit: t("dashboard.steps.cancel"),
    send: async (reason) => {
      noteOrder(await post(`/api/orders/${order.id}/cancellation`, { reason }));
      toast(t("dashboard.steps.did.cancelled", { number: number(order.id) }));
    },
  });
}
