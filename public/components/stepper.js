// @ts-check
/** How much of a product: [−] 2 [+]. It answers at once; whoever made it decides what a change means. */

import { amount, step } from "../shared/cart.js";
import { h, icon } from "../shared/dom.js";
import { t } from "../shared/messages.js";

/**
 * @param {{name: string, stock: number, soldBy?: string}} product
 * @param {number} quantity
 * @param {(quantity: number) => void} change
 * @returns {HTMLDivElement}
 */
export function stepper(product, quantity, change) {
  const shown = h("span", { class: "amount", role: "status" });
  const less = h("button", { type: "button", aria: { label: t("shop.less", product) } }, icon("minus"));
  const more = h("button", { type: "button", aria: { label: t("shop.moreOf", product) } }, icon("plus"));
  const box = h("div", { class: "stepper" }, less, shown, more);

  const draw = () => {
    const words = amount(product, quantity);
    shown.replaceChildren(
      h("span", { aria: { hidden: "true" } }, words),
      h("span", { class: "visually-hidden" }, t("shop.inCart", { name: product.name, amount: words })),
    );
    more.setAttribute("aria-disabled", String(quantity + step(product) > product.stock));
  };
  const turn = (/** @type {number} */ by) => {
    if (by > 0 && quantity + by > product.stock) return;
    quantity = Math.max(0, quantity + by);
    draw();
    change(quantity);
  };
  less.addEventListener("click", () => turn(-step(product)));
  more.addEventListener("click", () => turn(step(product)));
  draw();
  return box;
}
