// @ts-check
/** A product's row on the shelf list: its cells, and price and stock that are edited where they stand. */

import { picture } from "../../components/picture.js";
import { ApiError, put } from "../../shared/api.js";
import { dayOf } from "../../shared/dates.js";
import { h, icon } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { rupees } from "../../shared/money.js";
import { toast } from "./floating.js";
import { expiresInDays } from "./goods.js";
import { amount, iconButton } from "./parts.js";
import { openProduct } from "./product-sheet.js";

/**
 * What the parts of this place share.
 * @typedef {object} ShelfList
 * @property {Map<string, any>} goods
 * @property {(id: string) => Promise<void>} refresh reads a product anew and shows it
 * @property {() => Promise<void>} refreshAll
 * @property {(id: string) => void} forget
 * @property {(right: string) => boolean} may
 * @property {boolean} isOwner
 * @property {(id: string, on: boolean) => void} choose
 */

const GRAMS = 1000;
const SOON_DAYS = 7;

/** @param {ShelfList} shelf @returns {import("./lists.js").Column[]} */
export function productColumns(shelf) {
  return [
    { name: "pick", head: t("dashboard.inventory.choose"), hidden: true, cell: (product) => pick(shelf, product) },
    { name: "image", head: t("dashboard.inventory.picture"), hidden: true, cell: (product) => picture(small(product), "small") },
    { name: "name", head: t("dashboard.inventory.name"), cell: (product) => named(shelf, product) },
    { name: "price", head: t("dashboard.inventory.price"), cell: (product) => [onCard("price"), shelf.may("prices") ? priceCell(shelf, product) : rupees(product.price)] },
    { name: "stock", head: t("dashboard.inventory.stock"), cell: (product) => [onCard("stock"), ...stockCell(shelf, product)] },
    { name: "expiry", head: t("dashboard.inventory.expiry"), cell: (product) => expiry(product) },
    { name: "menu", head: t("dashboard.inventory.menu"), hidden: true, cell: (product) => iconButton("more", t("dashboard.inventory.menuOf", { name: product.name }), () => openProduct(shelf, product.id)) },
  ];
}

/** On a card the column's heading stands over each value. @param {string} name */
function onCard(name) {
  return h("span", { class: "only-card small muted", aria: { hidden: "true" } }, t(`dashboard.inventory.${name}`));
}

/** A row needs no large picture. @param {any} product */
export function small(product) {
  return { ...product, imageUrl: product.imageUrl?.replace(/\/large$/, "/small") };
}

/** @param {ShelfList} shelf @param {any} product */
function pick(shelf, product) {
  const tick = h("input", { type: "checkbox", data: { act: "choose" }, aria: { label: t("dashboard.inventory.chooseOne", { name: product.name }) } });
  tick.addEventListener("change", () => shelf.choose(product.id, tick.checked));
  return h("label", { class: "tick" }, tick);
}

/** @param {ShelfList} shelf @param {any} product */
function named(shelf, product) {
  return [
    h("button", { type: "button", class: "link strong", data: { act: "open" }, onclick: () => openProduct(shelf, product.id) }, product.name),
    h("span", { class: "small muted" }, [product.unit, product.category].filter(Boolean).join(" · ")),
  ];
}

/** @param {ShelfList} shelf @param {any} product */
function priceCell(shelf, product) {
  const price = editable({
    value: String(product.price),
    label: t("dashboard.inventory.priceOf", { name: product.name }),
    name: "price",
    save: async (text) => {
      const asked = Number(text);
      await put(`/api/products/${product.id}`, { price: asked });
      await shelf.refresh(product.id);
      undoable(shelf, product, t("dashboard.inventory.didPrice", { name: product.name, to: rupees(asked), from: rupees(product.price) }), { price: product.price });
    },
  });
  return h("span", { class: "with-unit" }, h("span", { aria: { hidden: "true" } }, "₹"), price, product.soldBy === "weight" ? h("span", { class: "small muted" }, t("dashboard.inventory.perKilogram")) : null);
}

/** @param {ShelfList} shelf @param {any} product */
function stockCell(shelf, product) {
  const tone = product.stock === 0 ? "out" : product.lowStock ? "low" : null;
  const mark = tone && h("span", { class: "small bad low-mark" }, t(`dashboard.inventory.marks.${tone}`));
  const held = product.held ? h("span", { class: "small muted" }, t("dashboard.inventory.held", { amount: amount(product, product.held) })) : null;
  if (!shelf.may("inventory")) return [h("span", { class: tone ? "bad strong" : "" }, amount(product, product.stock)), mark, held];
  const weighed = product.soldBy === "weight";
  const input = editable({
    value: String(weighed ? product.stock / GRAMS : product.stock),
    label: t(weighed ? "dashboard.inventory.stockOfKilograms" : "dashboard.inventory.stockOf", { name: product.name }),
    name: "stock",
    tone,
    save: async (text) => {
      const stock = weighed ? Math.round(Number(text) * GRAMS) : Number(text);
      // What she typed rests on what she saw: when somebody bought meanwhile, she is asked to look again.
      await put(`/api/products/${product.id}`, { stock }, { headers: { "If-Match": `"${product.version}"` } });
      await shelf.refresh(product.id);
      undoable(shelf, product, t("dashboard.inventory.didStock", { name: product.name, to: amount(product, stock), from: amount(product, product.stock) }), { stock: product.stock });
    },
    refused: () => shelf.refresh(product.id),
  });
  return [h("span", { class: "with-unit" }, input, weighed ? h("span", { class: "small muted" }, t("dashboard.inventory.kilogram")) : null), mark, held];
}

/**
 * An input that saves itself when it is left or Enter is pressed, and forgets with Escape.
 * @param {object} what
 * @param {string} what.value
 * @param {string} what.label
 * @param {string} what.name
 * @param {string | null} [what.tone]
 * @param {(text: string) => Promise<void>} what.save
 * @param {() => Promise<void>} [what.refused]
 */
function editable({ value, label, name, tone, save, refused }) {
  const input = h("input", { class: "input in-place", inputmode: "decimal", autocomplete: "off", value, data: { act: name, tone, was: value }, aria: { label } });
  let busy = false;
  const leave = async () => {
    const text = input.value.trim().replace(/[₹,\s]/g, "");
    if (busy || input.closest("[data-leaving]") || text === value) return;
    if (text === "" || !Number.isFinite(Number(text))) return back(t("dashboard.inventory.notANumber"));
    busy = true;
    input.setAttribute("aria-busy", "true");
    try {
      await save(text);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      back(error.errors[0]?.detail ?? error.detail);
      await refused?.();
    } finally {
      busy = false;
      input.removeAttribute("aria-busy");
    }
  };
  const back = (/** @type {string} */ why) => {
    input.value = value;
    toast(why, { bad: true });
  };
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", leave);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") leave();
    if (event.key === "Escape") input.value = value;
  });
  return input;
}

/** Says what was done and offers the way back. @param {ShelfList} shelf @param {any} product @param {string} words @param {Record<string, any>} before */
export function undoable(shelf, product, words, before) {
  toast(words, {
    action: t("dashboard.undo"),
    act: async () => {
      await put(`/api/products/${product.id}`, before);
      await shelf.refresh(product.id);
    },
  });
}

/** @param {any} product */
function expiry(product) {
  const days = expiresInDays(product);
  if (days === null) return null;
  const words = days < 0 ? t("dashboard.inventory.expired") : days === 0 ? t("dashboard.inventory.lastDay") : dayOf(product.expiresOn);
  return h("span", { class: "state", data: { tone: days <= SOON_DAYS ? "marigold" : null } }, days <= SOON_DAYS ? icon("clock", "small") : null, words);
}
