// @ts-check
/** One product, opened: its batches, its stock book, and everything that may be done with it. */

import { picture } from "../../components/picture.js";
import { openSheet } from "../../components/sheet.js";
import { remove } from "../../shared/api.js";
import { dayOf, moment } from "../../shared/dates.js";
import { h, icon, show } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { rupees } from "../../shared/money.js";
import { confirmFirst, doing, toast } from "./floating.js";
import { amount, number } from "./parts.js";
import { small } from "./product-cells.js";
import { openEdit } from "./product-form.js";
import { historySection, olderRows } from "./product-history.js";
import { sendPicture } from "./product-picture.js";
import { openBatch, openCount, openReceive, openWaste } from "./stock-sheets.js";

/** @typedef {import("./product-cells.js").ShelfList} ShelfList */

/** @param {ShelfList} shelf @param {string} id */
export function openProduct(shelf, id) {
  const product = shelf.goods.get(id);
  const sheet = openSheet(product.name, { wide: true });
  const goods = shelf.may("inventory");
  const then = (/** @type {(shelf: ShelfList, product: any) => void} */ open) => () => {
    sheet.close();
    open(shelf, shelf.goods.get(id) ?? product);
  };
  const action = (/** @type {string} */ picture, /** @type {string} */ words, /** @type {() => void} */ act, danger = false) =>
    h("li", null, h("button", { type: "button", class: danger ? "bad" : "", onclick: act }, icon(picture), words));
  const book = h("section", { class: "stack close" });
  show(
    sheet.body,
    head(product),
    h(
      "ul",
      { class: "menu two" },
      goods && action("download", t("dashboard.stock.receive"), then(openReceive)),
      goods && action("check", t("dashboard.stock.count"), then(openCount)),
      goods && action("trash", t("dashboard.stock.waste"), then(openWaste)),
      (goods || shelf.may("prices")) && action("edit", t("dashboard.inventory.edit"), then(openEdit)),
      goods && h("li", null, pictureButton(shelf, product)),
      goods && action("close", t("dashboard.inventory.delete"), () => askDelete(shelf, product, sheet.close), true),
    ),
    batches(shelf, product, then),
    goods && book,
    goods && historySection(product),
  );
  sheet.foot.remove();
  if (goods) showBook(book, product);
}

/** @param {any} product */
function head(product) {
  /** @type {(string[] | false)[]} */
  const facts = [
    [t("dashboard.inventory.stock"), amount(product, product.stock)],
    [t("dashboard.inventory.heldLabel"), amount(product, product.held ?? 0)],
    [t("dashboard.inventory.price"), rupees(product.price)],
    product.mrp !== null && [t("dashboard.fields.mrp"), rupees(product.mrp)],
    product.cost !== null && product.cost !== undefined && [t("dashboard.fields.cost"), rupees(product.cost)],
  ];
  return h(
    "div",
    { class: "product-head" },
    picture(small(product), "small"),
    h("dl", { class: "figures" }, facts.map((fact) => fact && h("div", null, h("dt", { class: "small muted" }, fact[0]), h("dd", { class: "strong" }, fact[1])))),
  );
}

/** @param {ShelfList} shelf @param {any} product */
function pictureButton(shelf, product) {
  const input = h("input", { type: "file", accept: "image/*", class: "visually-hidden", tabindex: -1, aria: { hidden: "true" } });
  const button = h("button", { type: "button", onclick: () => input.click() }, icon("camera"), t(product.imageUrl ? "dashboard.inventory.otherPicture" : "dashboard.inventory.takePicture"));
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (!file) return;
    doing(button, async () => {
      await sendPicture(product.id, file);
      await shelf.refresh(product.id);
      toast(t("dashboard.inventory.didPicture", { name: product.name }));
      const fresh = picture(small(shelf.goods.get(product.id)), "small");
      button.closest(".sheet")?.querySelector(".product-head > .picture")?.replaceWith(fresh);
    });
  });
  return [button, input];
}

/** @param {ShelfList} shelf @param {any} product @param {() => void} close */
function askDelete(shelf, product, close) {
  confirmFirst({
    title: t("dashboard.inventory.deleteTitle", { name: product.name }),
    text: t("dashboard.inventory.deleteText", { amount: amount(product, product.stock) }),
    submit: t("dashboard.inventory.delete"),
    send: async () => {
      const { deletedProduct } = await remove(`/api/products/${product.id}`);
      shelf.forget(product.id);
      close();
      toast(t("dashboard.inventory.didDelete", { name: deletedProduct }));
    },
  });
}

/**
 * @param {ShelfList} shelf @param {any} product
 * @param {(open: (shelf: ShelfList, product: any) => void) => () => void} then
 */
function batches(shelf, product, then) {
  if (!product.batches?.length) return null;
  const rows = product.batches.map((/** @type {any} */ batch) => {
    const facts = [
      batch.expiresOn && t("dashboard.stock.expires", { day: dayOf(batch.expiresOn) }),
      batch.batchNo,
      t("dashboard.stock.received", { day: moment(batch.receivedAt) }),
      batch.cost !== null && t("dashboard.stock.bought", { cost: rupees(batch.cost) }),
    ].filter(Boolean);
    const edit = h("button", { type: "button", class: "icon-button", aria: { label: t("dashboard.stock.editBatch") }, onclick: then((list, fresh) => openBatch(list, fresh, batch)) }, icon("edit"));
    return h("li", { class: "row whole" }, h("strong", { class: "batch-amount" }, amount(product, batch.quantity)), h("span", { class: "grow small muted" }, facts.join(" · ")), shelf.may("inventory") && edit);
  });
  return h("section", { class: "stack tight" }, h("h3", null, t("dashboard.stock.batches")), h("ul", { class: "list" }, rows));
}

/** @param {HTMLElement} section @param {any} product */
async function showBook(section, product) {
  const list = h("ul", { class: "list book" });
  const none = () => h("p", { class: "muted" }, t("dashboard.stock.noBook"));
  const { under, more } = olderRows(list, `/api/products/${product.id}/movements?limit=10`, (movement) => movementRow(product, movement), none);
  show(section, h("h3", null, t("dashboard.stock.book")), list, under);
  await more();
}

const OUT = ["sold", "wasted", "held"];

/** @param {any} product @param {any} movement */
function movementRow(product, { kind, quantity, stockAfter, at, orderId, reason }) {
  const signed = OUT.includes(kind) ? -Math.abs(quantity) : quantity;
  const sign = signed > 0 ? "+" : "−";
  return h(
    "li",
    { class: "row whole" },
    h("strong", { class: signed < 0 ? "batch-amount" : "batch-amount good" }, `${sign}${amount(product, Math.abs(signed))}`),
    h(
      "span",
      { class: "grow small" },
      h("span", null, t(`dashboard.stock.kinds.${kind}`), orderId ? " · " : null, orderId ? h("a", { href: `#orders/${orderId}` }, number(orderId)) : null, reason ? ` · ${reason}` : null),
      h("span", { class: "muted block" }, `${moment(at)} · ${t("dashboard.stock.after", { amount: amount(product, stockAfter) })}`),
    ),
  );
}
