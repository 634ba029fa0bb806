// @ts-check
/** Many products at once: their price by percent, their category, their low-stock level; and the way back. */

import { patch } from "../../shared/api.js";
import { h, show } from "../../shared/dom.js";
import { field } from "../../shared/forms.js";
import { t } from "../../shared/messages.js";
import { count } from "../../shared/money.js";
import { openForm, toast } from "./floating.js";

/** @typedef {import("./product-cells.js").ShelfList} ShelfList */

const MOST_ROWS = 500;

/** @param {ShelfList} shelf @param {Set<string>} chosen ids @param {() => void} redraw the list */
export function bulkBar(shelf, chosen, redraw) {
  const element = h("div", { class: "bulk", role: "region", aria: { label: t("dashboard.bulk.label") } });
  render();
  return { element, render };

  function render() {
    element.hidden = chosen.size === 0;
    if (element.hidden) return;
    const button = (/** @type {string} */ words, /** @type {() => void} */ act) => h("button", { type: "button", class: "button compact", onclick: act }, words);
    show(
      element,
      h("strong", { role: "status" }, t("dashboard.bulk.chosen", { number: count(chosen.size) })),
      shelf.may("prices") && button(t("dashboard.bulk.price"), askPrice),
      shelf.may("inventory") && button(t("dashboard.bulk.category"), askCategory),
      shelf.may("inventory") && button(t("dashboard.bulk.level"), askLevel),
      button(t("dashboard.bulk.none"), clear),
    );
  }

  function clear() {
    chosen.clear();
    redraw();
  }

  function askPrice() {
    openForm(t("dashboard.bulk.price"), {
      fields: [
        field({ name: "percent", label: t("dashboard.bulk.percent"), hint: t("dashboard.bulk.percentHint"), type: "number", attributes: { inputmode: "decimal", step: "any", min: "-90", max: "400" } }),
        h("label", { class: "choice" }, h("input", { type: "checkbox", name: "whole", value: "yes", checked: true }), t("dashboard.bulk.whole")),
      ],
      submit: t("dashboard.bulk.change", { number: count(chosen.size) }),
      send: ({ percent, whole }) => change((product) => ({ price: changedPrice(product.price, Number(percent), Boolean(whole)) }), (product) => ({ price: product.price })),
    });
  }

  function askCategory() {
    openForm(t("dashboard.bulk.category"), {
      fields: [field({ name: "category", label: t("dashboard.fields.category"), attributes: { maxlength: 200, autocomplete: "off" } })],
      submit: t("dashboard.bulk.change", { number: count(chosen.size) }),
      send: ({ category }) => change(() => ({ category }), (product) => ({ category: product.category })),
    });
  }

  function askLevel() {
    openForm(t("dashboard.bulk.level"), {
      fields: [field({ name: "level", label: t("dashboard.fields.lowStockAt"), hint: t("dashboard.bulk.levelHint"), type: "number", attributes: { inputmode: "numeric", min: "0", step: "1" } })],
      submit: t("dashboard.bulk.change", { number: count(chosen.size) }),
      send: ({ level }) => change((product) => ({ lowStockAt: Number(level) * (product.soldBy === "weight" ? 1000 : 1) }), (product) => ({ lowStockAt: product.lowStockAt })),
    });
  }

  /** @param {(product: any) => Record<string, any>} to @param {(product: any) => Record<string, any>} from */
  async function change(to, from) {
    const products = [...chosen].map((id) => shelf.goods.get(id));
    const before = products.map((product) => ({ id: product.id, ...from(product) }));
    const refused = await send(shelf, products.map((product) => ({ id: product.id, ...to(product) })));
    const done = before.filter(({ id }) => !refused.has(id));
    toast(t("dashboard.bulk.did", { number: count(done.length) }), { action: t("dashboard.undo"), act: async () => void (await send(shelf, done)) });
    if (!refused.size) return clear();
    chosen.clear();
    for (const id of refused.keys()) chosen.add(id);
    redraw();
    const [id, why] = [...refused][0];
    toast(t("dashboard.bulk.refused", { number: count(refused.size), name: shelf.goods.get(id)?.name ?? "", why }), { bad: true });
  }
}

/** @param {ShelfList} shelf @param {{id: string}[]} rows @returns {Promise<Map<string, string>>} what refused, by product */
async function send(shelf, rows) {
  const refused = new Map();
  for (let start = 0; start < rows.length; start += MOST_ROWS) {
    const answers = await patch("/api/products", rows.slice(start, start + MOST_ROWS));
    for (const { id, status, error } of answers) if (status !== 200) refused.set(id, error);
  }
  await shelf.refreshAll();
  return refused;
}

/** @param {number} price @param {number} percent @param {boolean} whole */
function changedPrice(price, percent, whole) {
  const exact = Math.round(price * (100 + percent)) / 100;
  return Math.max(whole ? 1 : 0.01, whole ? Math.round(exact) : exact);
}
