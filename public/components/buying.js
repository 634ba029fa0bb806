// @ts-check
/** What can be done with a product just now: put it into the cart, take more or less of it, or wait for it. */

import { cartShop, emptyCart, quantityOf, setQuantity, step } from "../shared/cart.js";
import { h, show } from "../shared/dom.js";
import { t } from "../shared/messages.js";
import { stepper } from "./stepper.js";
import { whenBack } from "./when-back.js";

/**
 * @param {any} product as the shop shows it
 * @returns {{element: HTMLDivElement, draw: (quantity?: number) => void}} `draw` follows the cart; it costs nothing when nothing changed
 */
export function buying(product) {
  const element = h("div", { class: "act" });
  let drawn = -1;

  const draw = (quantity = quantityOf(product.id)) => {
    if (quantity === drawn) return;
    const had = element.contains(document.activeElement);
    const more = quantity > drawn;
    drawn = quantity;
    show(element, quantity > 0 ? stepper(product, quantity, change) : offer());
    if (had) focusIn(more);
  };

  /** The focus stays where the thumb is, also when the button becomes a stepper. @param {boolean} more */
  const focusIn = (more) => {
    const buttons = [...element.querySelectorAll("button")];
    (more ? buttons.at(-1) : buttons[0])?.focus();
  };

  const change = (/** @type {number} */ quantity) => {
    // The stepper shows its own number: only when it comes or goes must anything be drawn.
    if (quantity > 0 && drawn > 0) drawn = quantity;
    setQuantity(product, quantity);
    draw();
  };

  const offer = () => {
    if (product.stock < step(product)) return whenBack(product);
    return h("button", { type: "button", class: "button", aria: { label: t("shop.addNamed", product) }, onclick: add }, t("shop.add"));
  };

  const add = () => {
    const other = cartShop();
    if (other && other !== product.shopId) askToStart();
    else change(step(product));
  };

  /** One order is for one shop: the cart starts anew only if she says so. */
  const askToStart = () => {
    const start = h("button", { type: "button", class: "button primary block" }, t("cart.start"));
    const keep = h("button", { type: "button", class: "button block" }, t("cart.keep"));
    start.addEventListener("click", () => {
      emptyCart();
      change(step(product));
    });
    keep.addEventListener("click", () => {
      drawn = -1;
      draw();
    });
    show(element, h("div", { class: "stack close", role: "alert" }, h("p", { class: "small" }, t("cart.otherShop", { name: product.shopName })), start, keep));
    start.focus();
  };

  draw();
  return { element, draw };
}
