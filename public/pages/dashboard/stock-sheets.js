// @ts-check
/** Goods that come in, are counted, spoil: the sheets in which she says so. */

import { patch, post } from "../../shared/api.js";
import { dayOf } from "../../shared/dates.js";
import { h } from "../../shared/dom.js";
import { field } from "../../shared/forms.js";
import { t } from "../../shared/messages.js";
import { openForm, toast } from "./floating.js";
import { amount } from "./parts.js";

/** @typedef {import("./product-cells.js").ShelfList} ShelfList */

const GRAMS = 1000;

/** @param {ShelfList} shelf @param {any} product */
export function openReceive(shelf, product) {
  openForm(t("dashboard.stock.receiveTitle", { name: product.name }), {
    fields: [quantityField(product, "quantity", t("dashboard.stock.howMuch")), ...batchFields(shelf, {})],
    submit: t("dashboard.stock.receive"),
    send: async (values, key) => {
      const quantity = quantityOf(product, values.quantity);
      await post(`/api/products/${product.id}/batches`, batchBody({ ...values, quantity: null }, { quantity }), { key });
      await shelf.refresh(product.id);
      toast(t("dashboard.stock.didReceive", { amount: amount(product, quantity), name: product.name }));
    },
  });
}

/** @param {ShelfList} shelf @param {any} product */
export function openCount(shelf, product) {
  const onShelf = product.stock + product.held;
  openForm(t("dashboard.stock.countTitle", { name: product.name }), {
    fields: [
      h("p", null, t(product.held ? "dashboard.stock.countTextHeld" : "dashboard.stock.countText", { amount: amount(product, onShelf), held: amount(product, product.held) })),
      quantityField(product, "quantity", t("dashboard.stock.counted"), onShelf),
      field({ name: "reason", label: t("dashboard.stock.reason"), value: t("dashboard.stock.usualCount"), attributes: { maxlength: 200 } }),
    ],
    submit: t("dashboard.stock.count"),
    send: async (values, key) => {
      const quantity = quantityOf(product, values.quantity);
      await post(`/api/products/${product.id}/counts`, { quantity, reason: values.reason }, { key });
      await shelf.refresh(product.id);
      toast(t("dashboard.stock.didCount", { amount: amount(product, quantity), name: product.name }));
    },
  });
}

/** @param {ShelfList} shelf @param {any} product */
export function openWaste(shelf, product) {
  const choices = product.batches.map((/** @type {any} */ batch) => {
    const facts = [amount(product, batch.quantity), batch.expiresOn && t("dashboard.stock.expires", { day: dayOf(batch.expiresOn) }), batch.batchNo];
    return [batch.id, facts.filter(Boolean).join(" · ")];
  });
  openForm(t("dashboard.stock.wasteTitle", { name: product.name }), {
    fields: [
      quantityField(product, "quantity", t("dashboard.stock.howMuchWaste")),
      product.batches.length > 1 && field({ name: "batchId", type: "select", label: t("dashboard.stock.ofBatch"), optional: true, choices: [["", t("dashboard.stock.firstExpiring")], ...choices] }),
      field({ name: "reason", label: t("dashboard.stock.reason"), attributes: { maxlength: 200 } }),
    ],
    submit: t("dashboard.stock.waste"),
    danger: true,
    send: async (values, key) => {
      const quantity = quantityOf(product, values.quantity);
      await post(`/api/products/${product.id}/wastage`, { ...values, quantity }, { key });
      await shelf.refresh(product.id);
      toast(t("dashboard.stock.didWaste", { amount: amount(product, quantity), name: product.name }));
    },
  });
}

/** @param {ShelfList} shelf @param {any} product @param {any} batch */
export function openBatch(shelf, product, batch) {
  openForm(t("dashboard.stock.editBatch"), {
    fields: [h("p", { class: "muted" }, `${product.name} · ${amount(product, batch.quantity)}`), ...batchFields(shelf, batch)],
    submit: t("dashboard.save"),
    send: async (values) => {
      await patch(`/api/products/${product.id}/batches/${batch.id}`, batchBody(values, {}));
      await shelf.refresh(product.id);
      toast(t("dashboard.inventory.didSave", { name: product.name }));
    },
  });
}

/** @param {any} product @param {string} name @param {string} label @param {number} [value] as the shop counts it */
function quantityField(product, name, label, value) {
  const weighed = product.soldBy === "weight";
  const shown = value === undefined ? "" : weighed ? value / GRAMS : value;
  return field({ name, label: weighed ? t("dashboard.stock.inKilograms", { label }) : label, type: "number", value: shown, attributes: { inputmode: "decimal", min: "0", step: weighed ? "0.001" : "1" } });
}

/** @param {any} product @param {string} text */
function quantityOf(product, text) {
  return product.soldBy === "weight" ? Math.round(Number(text) * GRAMS) : Number(text);
}

/** @param {ShelfList} shelf @param {any} batch */
function batchFields(shelf, batch) {
  const money = { type: "number", optional: true, attributes: { inputmode: "decimal", min: "0", step: "0.01" } };
  const one = (/** @type {string} */ name, /** @type {object} */ more) => field({ name, label: t(`dashboard.fields.${name}`), value: batch[name] ?? "", optional: true, ...more });
  return [
    h("div", { class: "pair" }, one("expiresOn", { type: "date" }), one("manufacturedOn", { type: "date" })),
    one("batchNo", { attributes: { maxlength: 50, autocomplete: "off" } }),
    shelf.may("prices") && h("div", { class: "pair" }, one("cost", { ...money, hint: t("dashboard.fields.costHint") }), one("mrp", money)),
  ].filter(Boolean);
}

/** @param {Record<string, any>} values @param {Record<string, any>} more */
function batchBody(values, more) {
  const shown = (/** @type {string} */ name) => document.getElementById(`field-${name}`) !== null;
  /** @type {Record<string, any>} */
  const body = { ...more };
  for (const name of ["expiresOn", "manufacturedOn", "batchNo", "cost", "mrp"]) {
    if (!shown(name)) continue;
    const text = values[name] ?? null;
    body[name] = text !== null && (name === "cost" || name === "mrp") ? Number(text) : text;
  }
  return body;
}
