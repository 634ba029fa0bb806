// @ts-check
/** Who did what to a product: received, counted, wasted, priced, changed. */

import { getPage } from "../../shared/api.js";
import { moment } from "../../shared/dates.js";
import { failed, h, show, skeleton } from "../../shared/dom.js";
import { t, word } from "../../shared/messages.js";
import { rupees } from "../../shared/money.js";
import { amount } from "./parts.js";

/**
 * What happened to a product, the newest first, and older rows as she asks for them: `more` shows the next ones in
 * `list`, `under` is where the button for them is.
 * @param {HTMLElement} list
 * @param {string | null} next the path of its first page
 * @param {(row: any) => HTMLElement} make
 * @param {() => HTMLElement | null} none what stands there when there is nothing
 */
export function olderRows(list, next, make, none = () => null) {
  const under = h("div");
  return { under, more };

  async function more() {
    if (!next) return;
    show(under, skeleton(2));
    try {
      const page = await getPage(next);
      next = page.next;
      list.append(...page.rows.map(make));
      show(under, next ? h("button", { type: "button", class: "button", onclick: more }, t("dashboard.stock.older")) : !list.childElementCount && none());
    } catch (error) {
      show(under, failed(error, more));
    }
  }
}

/** Closed until she opens it, and asked for only then. @param {any} product */
export function historySection(product) {
  const list = h("ul", { class: "list" });
  const { under, more } = olderRows(list, `/api/products/${product.id}/history?limit=20`, deedRow);
  const element = h("details", { class: "more-fields" }, h("summary", { class: "button" }, t("dashboard.deeds.title")), list, under);
  element.addEventListener("toggle", () => element.open && !list.childElementCount && more());
  return element;

  /** @param {any} deed */
  function deedRow({ at, what, by, quantity, reason, prices, fields }) {
    const facts = [quantity !== undefined && `${what === "wasted" || quantity < 0 ? "−" : "+"}${amount(product, Math.abs(quantity))}`, ...priceFacts(prices ?? {}), fields?.map((/** @type {string} */ name) => word("dashboard.fields", name)).join(", "), reason].filter(Boolean);
    return h(
      "li",
      { class: "stack tight" },
      h("span", null, h("strong", null, t(`dashboard.deeds.${what}`)), facts.length > 0 && `: ${facts.join(" · ")}`),
      h("span", { class: "small muted" }, `${word("dashboard.deeds.others", by)} · ${moment(at)}`),
    );
  }
}

/** @param {Record<string, (number | null)[]>} prices */
function priceFacts(prices) {
  const said = (/** @type {number | null} */ price) => (price === null ? "–" : rupees(price));
  return Object.entries(prices).map(([name, [before, after]]) => t(`dashboard.deeds.prices.${name}`, { before: said(before), after: said(after) }));
}
