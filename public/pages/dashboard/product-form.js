// @ts-check
/** Entering a product, and changing what is said of it. */

import { ApiError, get, post, put } from "../../shared/api.js";
import { h } from "../../shared/dom.js";
import { field } from "../../shared/forms.js";
import { t } from "../../shared/messages.js";
import { openForm, toast } from "./floating.js";
import { sendPicture } from "./product-picture.js";

/** @typedef {import("./product-cells.js").ShelfList} ShelfList */

const NUMBERS = ["price", "mrp", "cost", "gstRate", "lowStockAt", "stock"];
const GRAMS = 1000;

/** @param {ShelfList} shelf */
export async function openNewProduct(shelf) {
  const sheet = openForm(t("dashboard.inventory.add"), {
    wide: true,
    fields: fieldsOf(shelf, null),
    submit: t("dashboard.inventory.add"),
    send: async (values, key) => {
      const product = await post("/api/products", asBody(values, {}), { key });
      await keepPicture(product.id, sheet.form);
      await shelf.refresh(product.id);
      toast(t("dashboard.inventory.didAdd", { name: product.name }));
    },
  });
  followUnit(sheet.form);
  await suggestCategories(sheet.form);
}

/** @param {ShelfList} shelf @param {any} product */
export async function openEdit(shelf, product) {
  const before = asTyped(product);
  const sheet = openForm(t("dashboard.inventory.editTitle", { name: product.name }), {
    wide: true,
    fields: fieldsOf(shelf, product),
    submit: t("dashboard.save"),
    send: async (values) => {
      const changes = asBody(values, before);
      if (Object.keys(changes).length) await put(`/api/products/${product.id}`, changes);
      await keepPicture(product.id, sheet.form);
      await shelf.refresh(product.id);
      toast(t("dashboard.inventory.didSave", { name: values.name }));
    },
  });
  followUnit(sheet.form);
  await suggestCategories(sheet.form);
}

/** @param {ShelfList} shelf @param {any} product null for a new one */
function fieldsOf(shelf, product) {
  const typed = product ? asTyped(product) : /** @type {Record<string, any>} */ ({ soldBy: "piece" });
  const one = (/** @type {string} */ name, /** @type {Partial<import("../../shared/forms.js").Field>} */ more = {}) =>
    field({ name, label: t(`dashboard.fields.${name}`), value: typed[name] ?? "", optional: true, ...more });
  const money = { type: "number", attributes: { inputmode: "decimal", min: "0", step: "0.01" } };
  const soldBy = one("soldBy", { type: "select", optional: false, choices: [["piece", t("dashboard.fields.byPiece")], ["weight", t("dashboard.fields.byWeight")]] });
  const goods = shelf.may("inventory");
  const prices = shelf.may("prices");
  const days = !product || product.batches.length === 1;
  const main = [
    goods && one("name", { optional: false, attributes: { maxlength: 200, autocomplete: "off" } }),
    goods && h("div", { class: "pair" }, one("category", { optional: false, attributes: { maxlength: 200, list: "category-names", autocomplete: "off" } }), one("unit", { hint: t("dashboard.fields.unitHint"), attributes: { maxlength: 50 } })),
    goods && soldBy,
    prices && h("div", { class: "pair" }, one("price", { ...money, optional: false }), one("mrp", money), one("cost", { ...money, hint: t("dashboard.fields.costHint") })),
    !product && h("div", { class: "pair" }, one("stock", { ...money, optional: false, value: "0", attributes: { inputmode: "decimal", min: "0", step: "any" } }), one("expiresOn", { type: "date" })),
    goods && picture(),
  ];
  const more = goods && h(
    "details",
    { class: "more-fields" },
    h("summary", { class: "button plain" }, t("dashboard.fields.more")),
    h(
      "div",
      { class: "stack" },
      one("description", { type: "textarea", attributes: { maxlength: 1000 } }),
      product && days && h("div", { class: "pair" }, one("expiresOn", { type: "date" })),
      days && h("div", { class: "pair" }, one("batchNo", { attributes: { maxlength: 50 } }), one("manufacturedOn", { type: "date" })),
      h("div", { class: "pair" }, one("lowStockAt", { type: "number", hint: t("dashboard.fields.lowStockAtHint"), attributes: { inputmode: "decimal", min: "0", step: "any" } }), one("restockOn", { type: "date" })),
      h("div", { class: "pair" }, one("barcode", { attributes: { inputmode: "numeric", maxlength: 50 } }), one("hsn", { attributes: { inputmode: "numeric", maxlength: 8 } }), one("gstRate", money)),
    ),
  );
  return [...main, more, h("datalist", { id: "category-names" })];
}

function picture() {
  return h(
    "div",
    { class: "field" },
    h("label", { for: "field-picture" }, t("dashboard.fields.picture"), h("span", { class: "optional" }, ` ${t("optional")}`)),
    h("input", { type: "file", id: "field-picture", accept: "image/*", data: { picture: "" } }),
  );
}

/** The product itself is kept by now: a picture that is none is said, and can be given later. @param {string} productId @param {HTMLFormElement} form */
async function keepPicture(productId, form) {
  const file = /** @type {HTMLInputElement | null} */ (form.querySelector("[data-picture]"))?.files?.[0];
  if (!file) return;
  try {
    await sendPicture(productId, file);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast(error.errors[0]?.detail ?? error.detail, { bad: true });
  }
}

/** Weighed goods are counted in kilograms here. @param {HTMLFormElement} form */
function followUnit(form) {
  const soldBy = /** @type {HTMLSelectElement | null} */ (form.elements.namedItem("soldBy"));
  if (!soldBy) return;
  const draw = () => {
    for (const name of ["stock", "price", "lowStockAt"]) {
      const label = form.querySelector(`label[for="field-${name}"]`)?.firstChild;
      if (label) label.textContent = t(`dashboard.fields.${name}${soldBy.value === "weight" ? "Weighed" : ""}`);
    }
  };
  soldBy.addEventListener("change", draw);
  draw();
}

/** @param {HTMLFormElement} form */
async function suggestCategories(form) {
  const names = form.querySelector("#category-names");
  if (!names) return;
  const categories = await get("/api/categories");
  names.replaceChildren(...categories.map((/** @type {any} */ category) => h("option", { value: category.name })));
}

/** A product as its form shows it. @param {any} product @returns {Record<string, any>} */
function asTyped(product) {
  const batch = product.batches?.length === 1 ? product.batches[0] : {};
  const weighed = product.soldBy === "weight" && product.lowStockAt !== null;
  const typed = { ...product, batchNo: batch.batchNo, manufacturedOn: batch.manufacturedOn, expiresOn: batch.expiresOn, lowStockAt: weighed ? product.lowStockAt / GRAMS : product.lowStockAt };
  return Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, value === null || value === undefined ? "" : String(value)]));
}

/** What the form says, as the server takes it; of a product that is there, only what is other than before. @param {Record<string, any>} values @param {Record<string, string>} before */
function asBody(values, before) {
  const weighed = (values.soldBy ?? before.soldBy) === "weight";
  const isNew = Object.keys(before).length === 0;
  const names = isNew ? Object.keys(values) : ["name", "category", "unit", "soldBy", "price", "mrp", "cost", "description", "batchNo", "manufacturedOn", "expiresOn", "lowStockAt", "restockOn", "barcode", "hsn", "gstRate"];
  /** @type {Record<string, any>} */
  const body = {};
  for (const name of names) {
    const text = values[name] ?? "";
    if (!isNew && (text === (before[name] ?? "") || !document.getElementById(`field-${name}`))) continue;
    const scale = weighed && (name === "stock" || name === "lowStockAt") ? GRAMS : 1;
    body[name] = text === "" ? null : !NUMBERS.includes(name) ? text : scale === 1 ? Number(text) : Math.round(Number(text) * scale);
  }
  return body;
}
