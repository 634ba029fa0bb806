// @ts-check
/** The shelves of the shop: new ones, other names, and one that goes with all that stands on it. */

import { openSheet } from "../../components/sheet.js";
import { get, post, put, remove } from "../../shared/api.js";
import { failed, h, icon, show, skeleton } from "../../shared/dom.js";
import { field, sends } from "../../shared/forms.js";
import { t } from "../../shared/messages.js";
import { count } from "../../shared/money.js";
import { ownRequests, requestsToAnswer } from "./category-requests.js";
import { confirmFirst, openForm, toast } from "./floating.js";

/** @typedef {import("./product-cells.js").ShelfList} ShelfList */

/** @param {ShelfList} shelf */
export function openCategories(shelf) {
  const sheet = openSheet(t("dashboard.inventory.categories"));
  const list = h("ul", { class: "list" });
  show(list, skeleton(4));
  sheet.foot.remove();
  load();
  if (!shelf.isOwner) return show(sheet.body, list, h("h3", null, t("dashboard.requests.title")), ownRequests());
  const form = h("form", { class: "row whole end-aligned" }, field({ name: "name", label: t("dashboard.category.new"), attributes: { maxlength: 200, autocomplete: "off" } }), h("button", { type: "submit", class: "button primary" }, t("dashboard.category.add")));
  sends(form, async (values, key) => {
    const made = await post("/api/categories", values, { key });
    form.reset();
    toast(t("dashboard.category.didAdd", { name: made.name }));
    await load();
  });
  const requests = requestsToAnswer(async () => void (await Promise.all([load(), shelf.refreshAll()])));
  show(sheet.body, requests, form, list);

  async function load() {
    try {
      const rows = await get("/api/categories");
      show(list, rows.length ? rows.map(categoryRow) : h("li", { class: "muted" }, t("dashboard.category.none")));
    } catch (error) {
      show(list, failed(error, load));
    }
  }

  /** @param {any} category */
  function categoryRow(category) {
    const { name, products } = category;
    const button = (/** @type {string} */ picture, /** @type {string} */ label, /** @type {() => void} */ act) => h("button", { type: "button", class: "icon-button", aria: { label }, onclick: act }, icon(picture));
    return h(
      "li",
      { class: "row whole" },
      h("span", { class: "grow" }, h("span", { class: "strong" }, name), h("span", { class: "small muted block" }, t("dashboard.category.products", { products: count(products) }))),
      shelf.isOwner && button("edit", t("dashboard.category.rename", { name }), () => rename(category)),
      shelf.isOwner && button("trash", t("dashboard.category.delete", { name }), () => askDelete(category)),
    );
  }

  /** @param {any} category */
  function rename({ id, name }) {
    openForm(t("dashboard.category.rename", { name }), {
      fields: [field({ name: "otherName", label: t("dashboard.category.name"), value: name, attributes: { maxlength: 200 } })],
      submit: t("dashboard.save"),
      send: async (values) => {
        await put(`/api/categories/${id}`, { name: values.otherName });
        await Promise.all([load(), shelf.refreshAll()]);
      },
    });
  }

  /** @param {any} category */
  function askDelete({ id, name, products }) {
    confirmFirst({
      title: t("dashboard.category.delete", { name }),
      text: t(products ? "dashboard.category.deleteText" : "dashboard.category.deleteEmpty", { products: count(products) }),
      submit: t("dashboard.category.deleteIt"),
      send: async () => {
        await remove(`/api/categories/${id}`);
        toast(t("dashboard.category.didDelete", { name }));
        await Promise.all([load(), shelf.refreshAll()]);
      },
    });
  }
}
