// @ts-check
/** One product on the shelf: its picture, name and price, what can be done with it, and all about it on a sheet. */

import { h, state } from "../shared/dom.js";
import { t } from "../shared/messages.js";
import { rupees } from "../shared/money.js";
import { buying } from "./buying.js";
import { picture } from "./picture.js";

const FEW_LEFT = 5;

/** @typedef {{product: any, element: HTMLLIElement, draw: (quantity?: number) => void}} Tile */

/**
 * @param {any} product as the shop shows it @param {(product: any) => void} open shows all about it
 * @returns {Tile}
 */
export function productTile(product, open) {
  const { element: act, draw } = buying(product);
  const weighed = product.soldBy === "weight";
  const few = product.stock > 0 && product.stock <= FEW_LEFT && !weighed;
  const element = h(
    "li",
    { class: "tile", data: product.stock > 0 ? {} : { gone: "" } },
    picture(product),
    few && state(t("shop.left", { count: product.stock }), "marigold"),
    h(
      "div",
      { class: "about" },
      h("h2", { class: "name" }, h("button", { type: "button", aria: { haspopup: "dialog" }, onclick: () => open(product) }, product.name)),
      product.unit && h("p", { class: "small muted" }, product.unit),
      price(product, weighed),
    ),
    act,
  );
  return { product, element, draw };
}

/** @param {any} product @param {boolean} weighed */
function price(product, weighed) {
  const before = product.mrp > product.price && h("s", null, h("span", { class: "visually-hidden" }, `${t("shop.mrp")} `), rupees(product.mrp));
  return h("p", { class: "price" }, rupees(product.price), weighed && h("small", null, t("shop.perKilo")), before);
}
