// @ts-check
/** Which colour a state has: leaf goes well, marigold waits for somebody, chilli went wrong. */

/** @type {Record<string, string>} */
const TONES = {
  awaiting_payment: "marigold",
  placed: "sky",
  packed: "sky",
  dispatched: "sky",
  delivered: "leaf",
  return_requested: "marigold",
  expired: "chilli",
  pending: "marigold",
  claimed: "sky",
  settled: "leaf",
  refund_due: "marigold",
  refunded: "leaf",
};

/** @param {string} status of an order or of a payment */
export function toneOf(status) {
  return TONES[status] ?? "";
}
