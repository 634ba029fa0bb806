// @ts-check
/** The goods on the shelf: price and stock edited where they stand, batches, counts, and what is low or about to expire. */

import { afterQuiet, empty, failed, h, icon, show, skeleton } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { count, rupees } from "../../shared/money.js";
import { bulkBar } from "./bulk.js";
import { openCategories } from "./categories.js";
import { FILTERS, SORTS, costOf, readGoods, readOne, searching } from "./goods.js";
import { exportLink, importButton, openImport } from "./import.js";
import { keepRows, row, table, whenNear } from "./lists.js";
import { chipBar, placeHead } from "./parts.js";
import { productColumns } from "./product-cells.js";
import { openNewProduct } from "./product-form.js";
import { onWaiting } from "./waiting.js";

/** @typedef {import("../dashboard.js").Desk} Desk */

const AT_ONCE = 60;
const TOGETHER_MS = 120;
const MOST_ALONE = 20;

/** @param {Desk} desk */
export function enter(desk) {
  /** @type {Map<string, any>} */
  const goods = new Map();
  /** @type {Set<string>} */
  const chosen = new Set();
  const state = { filter: "all", q: "", category: "", sort: "name", shown: AT_ONCE, whole: false };
  const shelf = { goods, refresh, forget, refreshAll: readAll, may: desk.may, isOwner: desk.me.userRole === "shopkeeper", choose };
  const columns = productColumns(shelf);
  const list = table("goods", t("dashboard.places.inventory"), columns);
  const wrap = h("div", { class: "rows-wrap" }, list.element);
  const bar = chipBar(t("dashboard.inventory.filter"), (name) => (location.hash = `#inventory/${name}`));
  const worth = h("p", { class: "small muted", data: { stat: "stockCost" } });
  const under = h("div");
  const bulk = bulkBar(shelf, chosen, render);
  const mayAdd = desk.may("inventory");
  show(
    desk.root,
    placeHead(
      t("dashboard.places.inventory"),
      mayAdd && h("button", { type: "button", class: "button", onclick: () => openCategories(shelf) }, icon("tag"), h("span", { class: "words-wide" }, t("dashboard.inventory.categories"))),
      mayAdd && exportLink(),
      mayAdd && importButton(() => openImport(readAll)),
      mayAdd && h("button", { type: "button", class: "button primary", onclick: () => openNewProduct(shelf) }, icon("plus"), t("dashboard.inventory.add")),
    ),
    toolbar(),
    bar.element,
    worth,
    bulk.element,
    wrap,
    under,
  );
  /** @type {Set<string>} products that the news named and that are not read yet */
  const named = new Set();
  /** @type {Set<string>} */
  const gone = new Set();
  const readNamed = afterQuiet(TOGETHER_MS, async () => {
    const ids = [...named];
    named.clear();
    if (ids.length > MOST_ALONE) return readAll();
    await Promise.all(ids.map((id) => readOne(goods, id)));
    if (!desk.signal.aborted) render();
  });
  wrap.hidden = true;
  show(under, skeleton(8));
  onWaiting(hear, desk.signal);
  whenNear(under, showMore, desk.signal);
  turn(desk.rest);
  readAll();
  return turn;

  /** @param {string[]} rest a filter's name, or "requests": the categories that staff ask for */
  function turn([filter = "all"]) {
    if (filter === "requests" && mayAdd) {
      history.replaceState(null, "", "#inventory");
      openCategories(shelf);
    }
    state.filter = filter in FILTERS ? filter : "all";
    state.shown = AT_ONCE;
    if (goods.size || state.whole) render();
  }

  async function readAll() {
    try {
      await readGoods(goods, render, desk.signal);
      state.whole = true;
      render();
    } catch (error) {
      if (!desk.signal.aborted) show(under, failed(error, readAll));
    }
  }

  /** @param {import("../../shared/events.js").News} news */
  function hear(news) {
    if (news.kind === "again") readAll();
    if (news.kind !== "product") return;
    if (news.gone) forget(String(news.id));
    else if (!gone.has(String(news.id))) named.add(String(news.id));
    readNamed();
  }

  /** @param {string} id */
  async function refresh(id) {
    await readOne(goods, id);
    if (!desk.signal.aborted) render();
  }

  /** @param {string} id of a product that was taken from sale */
  function forget(id) {
    gone.add(id);
    named.delete(id);
    goods.delete(id);
    render();
  }

  /** @param {string} id @param {boolean} on */
  function choose(id, on) {
    if (on) chosen.add(id);
    else chosen.delete(id);
    bulk.render();
  }

  function found() {
    const wanted = searching(state.q);
    return [...goods.values()].filter((product) => (!state.category || product.category === state.category) && wanted(product));
  }

  function render() {
    const all = found();
    const rows = all.filter(FILTERS[state.filter]).sort(SORTS[state.sort]);
    drawBar(all);
    drawCategories();
    drawCost(rows);
    for (const id of chosen) if (!goods.has(id)) chosen.delete(id);
    bulk.render();
    keepRows(list.body, rows.slice(0, state.shown), (product) => product.id, productRow, (product) => JSON.stringify([product, chosen.has(product.id)]));
    wrap.hidden = rows.length === 0;
    show(under, rows.length ? rows.length > state.shown && moreButton(rows.length - state.shown) : state.whole ? nothing() : skeleton(8));
  }

  /** @param {any} product */
  function productRow(product) {
    const element = row(columns, product, { class: "product", data: { id: product.id } });
    const tick = /** @type {HTMLInputElement | null} */ (element.querySelector("[data-act=choose]"));
    if (tick) tick.checked = chosen.has(product.id);
    return element;
  }

  function showMore() {
    if (state.shown >= goods.size) return;
    state.shown += AT_ONCE;
    render();
  }

  /** @param {number} left */
  function moreButton(left) {
    return h("button", { type: "button", class: "button block", onclick: showMore }, t("dashboard.more", { left: count(left) }));
  }

  /** @param {any[]} all */
  function drawBar(all) {
    const choices = Object.entries(FILTERS).map(([name, holds]) => ({ name, words: t(`dashboard.inventory.filters.${name}`), number: all.filter(holds).length }));
    bar.draw(choices, state.filter);
  }

  /** @param {any[]} rows all that the list names, also those further down */
  function drawCost(rows) {
    const { cost, unknown } = costOf(rows);
    worth.hidden = !state.whole || rows.length === 0;
    show(worth, h("strong", null, t("dashboard.inventory.cost", { cost: rupees(cost) })), unknown > 0 && ` · ${t("dashboard.inventory.costUnknown", { count: unknown })}`);
  }

  function toolbar() {
    const search = h("input", { type: "search", placeholder: t("dashboard.inventory.search"), aria: { label: t("dashboard.inventory.search") }, autocomplete: "off" });
    search.addEventListener("input", () => change({ q: search.value }));
    const category = h("select", { class: "input", id: "shelf-category", aria: { label: t("dashboard.inventory.category") } });
    category.addEventListener("change", () => change({ category: category.value }));
    const sort = h("select", { class: "input", aria: { label: t("dashboard.inventory.sort") } }, Object.keys(SORTS).map((name) => h("option", { value: name }, t(`dashboard.inventory.sorts.${name}`))));
    sort.addEventListener("change", () => change({ sort: sort.value }));
    return h("div", { class: "row tools" }, h("label", { class: "search grow" }, icon("search"), search), h("div", { class: "row whole" }, category, sort));
  }

  function drawCategories() {
    const select = /** @type {HTMLSelectElement} */ (desk.root.querySelector("#shelf-category"));
    const names = [...new Set([...goods.values()].map((product) => product.category))].sort();
    const mark = names.join("\n");
    if (select.dataset.names === mark && select.options.length) return;
    select.dataset.names = mark;
    show(select, h("option", { value: "" }, t("dashboard.inventory.allCategories")), names.map((name) => h("option", { value: name, selected: name === state.category }, name)));
  }

  /** @param {Partial<typeof state>} to */
  function change(to) {
    Object.assign(state, to, { shown: AT_ONCE });
    render();
  }

  function nothing() {
    if (goods.size) return empty({ icon: "search", title: t("dashboard.inventory.notFound"), text: t(`dashboard.inventory.notFoundText.${state.filter}`) });
    const add = mayAdd ? h("button", { type: "button", class: "button primary", onclick: () => openNewProduct(shelf) }, icon("plus"), t("dashboard.inventory.add")) : undefined;
    return empty({ icon: "box", title: t("dashboard.inventory.none"), text: t("dashboard.inventory.noneText"), action: add });
  }
}
