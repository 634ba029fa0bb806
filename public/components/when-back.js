// @ts-check
/** A product that is sold out: until when, and the wish to be told when it is back. */

import { post, withQuery } from "../shared/api.js";
import { step } from "../shared/cart.js";
import { dayOf, shopDay } from "../shared/dates.js";
import { h, show } from "../shared/dom.js";
import { t } from "../shared/messages.js";
import { session, worksHere } from "../shared/session.js";

/** What she asked for on this page: its tile and its sheet both say so. @type {Set<string>} */
const asked = new Set();

/**
 * A day that has gone by promises nothing, nor is one waited for while there are goods.
 * @param {any} product as the shop shows it @returns {string} the day its goods are expected, as "Tue 15 Jan", or ""
 */
export function backOn(product) {
  const { restockOn, stock } = product;
  return restockOn && stock < step(product) && restockOn >= shopDay() ? dayOf(restockOn) : "";
}

/** @param {any} product as the shop shows it, of which there is nothing left @returns {HTMLElement} */
export function whenBack(product) {
  const element = h("div", { class: "when-back" });
  const name = t("shop.tellMeNamed", product);

  /** @param {string} [refusal] why asking did not work */
  const draw = (refusal) => {
    const day = backOn(product);
    show(element, h("p", { class: "gone" }, t("shop.gone"), day && h("small", null, t("shop.back", { day }))), wish(), refusal && h("p", { class: "small", role: "alert" }, refusal));
  };

  const wish = () => {
    if (worksHere() || product.stock > 0) return null;
    if (asked.has(product.id)) return h("p", { class: "small", role: "status", tabindex: "-1" }, t("shop.willTell"));
    if (session()) return h("button", { type: "button", class: "button", aria: { label: name }, onclick: ask }, t("shop.tellMe"));
    const back = withQuery("/", { shop: product.shopId, product: product.id });
    return h("a", { class: "button", href: withQuery("/login.html", { next: back }), aria: { label: name } }, t("shop.tellMe"));
  };

  const ask = async (/** @type {Event} */ event) => {
    /** @type {Element} */ (event.currentTarget).setAttribute("aria-busy", "true");
    try {
      await post(`/api/products/${product.id}/back-in-stock`);
      asked.add(product.id);
      draw();
      /** @type {HTMLElement | null} */ (element.querySelector("[role=status]"))?.focus();
    } catch (error) {
      draw(/** @type {Error} */ (error).message);
    }
  };

  draw();
  return element;
}
