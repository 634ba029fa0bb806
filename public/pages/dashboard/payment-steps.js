// @ts-check
/** What the shop does about money: it is there, it is not, another amount came, it was paid back. */

import { post } from "../../shared/api.js";
import { h, icon } from "../../shared/dom.js";
import { field } from "../../shared/forms.js";
import { t } from "../../shared/messages.js";
import { bill } from "../../shared/money.js";
import { askReason, confirmFirst, doing, openForm, toast } from "./floating.js";
import { number } from "./parts.js";
import { readOrder } from "./waiting.js";

/** @typedef {{id: string, customerName: string, status: string, payment: any}} Owing an order as far as its money goes */

/** What may be done about an order's money. @param {Owing} order @returns {HTMLElement | null} */
export function paymentButtons(order) {
  const { status, method } = order.payment;
  if (status === "claimed") {
    return h("div", { class: "row pay-steps" }, confirmButton(order, t("dashboard.payments.confirm")), quiet("reject", t("dashboard.payments.reject"), () => reject(order)), quiet("other", t("dashboard.payments.other"), () => otherAmount(order)));
  }
  if (status === "refund_due") return h("div", { class: "row pay-steps" }, h("button", { type: "button", class: "button primary", data: { act: "refund" }, onclick: () => refund(order) }, icon("refund"), t("dashboard.payments.refund")));
  if (status === "pending" && method !== "UPI") return h("div", { class: "row pay-steps" }, confirmButton(order, t("dashboard.payments.taken")));
  if (status === "pending") return h("div", { class: "row pay-steps" }, quiet("came", t("dashboard.payments.cameWithout"), () => cameWithout(order)));
  return null;
}

/** @param {string} name @param {string} words @param {() => void} act */
function quiet(name, words, act) {
  return h("button", { type: "button", class: "button", data: { act: name }, onclick: act }, words);
}

/** @param {Owing} order @param {string} words */
function confirmButton(order, words) {
  const confirm = (/** @type {Event} */ event) =>
    doing(/** @type {HTMLElement} */ (event.currentTarget), async () => settled(order, await post(`/api/orders/${order.id}/payment/confirmation`, {})));
  return h("button", { type: "button", class: "button primary", data: { act: "confirm" }, onclick: confirm }, icon("check"), words);
}

/** @param {Owing} order @param {any} answer */
async function settled(order, answer) {
  const words = answer.status === "refund_due" ? "dashboard.payments.didRefundDue" : "dashboard.payments.didConfirm";
  toast(t(words, { amount: bill(answer.settled), name: order.customerName }));
  await readOrder(order.id);
}

/** @param {Owing} order */
function reject(order) {
  askReason({
    title: t("dashboard.payments.rejectTitle", { name: order.customerName }),
    text: t("dashboard.payments.rejectText"),
    label: t("dashboard.steps.reason"),
    usual: ["notThere", "wrongNumber"].map((reason) => t(`dashboard.payments.reasons.${reason}`)),
    submit: t("dashboard.payments.reject"),
    send: async (reason) => {
      await post(`/api/orders/${order.id}/payment/rejection`, { reason });
      toast(t("dashboard.payments.didReject", { name: order.customerName }));
      await readOrder(order.id);
    },
  });
}

/** She says what came; when that is not what is owed, the server says so and she is asked once more. @param {Owing} order */
function otherAmount(order) {
  openForm(t("dashboard.payments.other"), {
    fields: [
      h("p", null, t("dashboard.payments.otherText", { amount: bill(order.payment.amount) })),
      field({ name: "amount", label: t("dashboard.payments.cameAmount"), type: "number", attributes: { inputmode: "decimal", min: "0.01", step: "0.01" } }),
    ],
    submit: t("dashboard.payments.goOn"),
    send: async ({ amount }) => settled(order, await post(`/api/orders/${order.id}/payment/confirmation`, { amount: Number(amount) })),
    refused: (error) => error.status === 409 && !error.errors.length && acceptOther(order, error.detail),
  });
}

/** @param {Owing} order @param {string} said what the server refused: what is owed, and what came */
function acceptOther(order, said) {
  const input = /** @type {HTMLInputElement} */ (document.querySelector("dialog[open] [name=amount]"));
  const amount = Number(input.value);
  /** @type {HTMLDialogElement | null} */ (input.closest("dialog"))?.close();
  confirmFirst({
    title: t("dashboard.payments.acceptTitle", { owed: bill(order.payment.amount), came: bill(amount) }),
    text: `${said} ${t("dashboard.payments.acceptText")}`,
    submit: t("dashboard.payments.accept", { came: bill(amount) }),
    danger: false,
    send: async () => settled(order, await post(`/api/orders/${order.id}/payment/confirmation`, { amount, accept: true })),
  });
  return true;
}

/** Money that came although the customer sent no UTR: the shopkeeper found it in her bank. @param {Owing} order */
function cameWithout(order) {
  openForm(t("dashboard.payments.cameWithout"), {
    fields: [
      h("p", null, t("dashboard.payments.cameWithoutText", { amount: bill(order.payment.amount), name: order.customerName })),
      field({ name: "utr", label: t("dashboard.payments.utrLabel"), optional: true, attributes: { inputmode: "numeric", autocomplete: "off", maxlength: 16 } }),
    ],
    submit: t("dashboard.payments.confirm"),
    send: async ({ utr }) => settled(order, await post(`/api/orders/${order.id}/payment/confirmation`, utr ? { utr } : {})),
  });
}

/** @param {Owing} order */
function refund(order) {
  openForm(t("dashboard.payments.refundTitle", { amount: bill(order.payment.refundDue), name: order.customerName }), {
    fields: [
      h("p", null, t("dashboard.payments.refundText")),
      field({ name: "reference", label: t("dashboard.payments.reference"), hint: t("dashboard.payments.referenceHint"), attributes: { maxlength: 200, autocomplete: "off" } }),
    ],
    submit: t("dashboard.payments.refunded"),
    send: async ({ reference }) => {
      await post(`/api/orders/${order.id}/payment/refund`, { reference });
      toast(t("dashboard.payments.didRefund", { name: order.customerName, number: number(order.id) }));
      await readOrder(order.id);
    },
  });
}
