// @ts-check
/** Everything there is to know about a product, over the page. */

import { dayOf } from "../shared/dates.js";
import { h, show } from "../shared/dom.js";
import { t } from "../shared/messages.js";
import { rupees } from "../shared/money.js";
import { buying } from "./buying.js";
import { picture } from "./picture.js";
import { openSheet } from "./sheet.js";
import { backOn } from "./when-back.js";

/** @param {any} product as the shop shows it */
export function openProduct(product) {
  const sheet = openSheet(product.name);
  const kilo = product.soldBy === "weight" ? ` ${t("shop.perKilo")}` : "";
  /** @type {[string, any][]} */
  const facts = [
    [t("shop.price"), rupees(product.price) + kilo],
    [t("shop.mrp"), product.mrp && rupees(product.mrp) + kilo],
    [t("shop.unit"), product.unit],
    [t("shop.category"), product.category],
    [t("shop.best"), product.expiresOn && dayOf(product.expiresOn)],
    [t("shop.restock"), backOn(product)],
    [t("shop.seller"), product.shopName],
  ];
  const known = facts.filter(([, value]) => value);
  show(
    sheet.body,
    picture(product),
    product.description && h("p", { class: "keep-lines" }, product.description),
    h("dl", { class: "facts" }, known.map(([name, value]) => [h("dt", { class: "muted" }, name), h("dd", null, value)]).flat()),
  );
  show(sheet.foot, buying(product).element);
}
