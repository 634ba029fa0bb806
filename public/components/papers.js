// @ts-check
/** The papers of an order: its bill and its credit note, each in a tab of its own, ready to print. */

import { h, icon } from "../shared/dom.js";
import { t } from "../shared/messages.js";
import { isStale, refreshSession } from "../shared/session.js";

/** @param {any} order @param {string} [kind] what the links look like @returns {HTMLElement[]} one link for each paper it has */
export function paperLinks(order, kind = "button") {
  return order.papers.map((/** @type {string} */ paper) => paperLink(order.id, paper, t(`papers.${paper}`), kind));
}

/** @param {string} orderId @param {string} paper "invoice" or "credit-note" @param {string} words @param {string} [kind] */
export function paperLink(orderId, paper, words, kind = "button") {
  return pageLink(`/api/orders/${orderId}/${paper}`, words, kind, "print");
}

/** What the server itself shows or hands out. @param {string} href @param {string} words @param {string} kind what the link looks like @param {string} drawing */
export function pageLink(href, words, kind, drawing) {
  return h("a", { class: kind, href, target: "_blank", rel: "noopener", onclick: (/** @type {Event} */ event) => open(event, href) }, icon(drawing), words);
}

/** The new tab cannot renew a sign-in that is about to end, so that is done first. @param {Event} event @param {string} href */
async function open(event, href) {
  if (!isStale()) return;
  event.preventDefault();
  const welcome = await refreshSession().catch(() => false);
  if (welcome) window.open(href, "_blank", "noopener");
  else location.reload();
}
