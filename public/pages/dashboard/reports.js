// @ts-check
/** Sales by product and by category, the report of a month, and files to keep. */

import { ApiError, get, post, withQuery } from "../../shared/api.js";
import { pageLink } from "../../components/papers.js";
import { moment, shopDay } from "../../shared/dates.js";
import { empty, failed, h, notice, show, skeleton } from "../../shared/dom.js";
import { learn, t } from "../../shared/messages.js";
import { count, rupees } from "../../shared/money.js";
import { randomKey } from "../../shared/store.js";
import { follow } from "./errands.js";
import { doing } from "./floating.js";
import { row, table } from "./lists.js";
import { amount, placeHead } from "./parts.js";

/** @typedef {import("../dashboard.js").Desk} Desk */

const USUAL_DAYS = 30;
const DAY_MS = 86_400_000;
const KINDS = { inventory: "", orders: "orders", customers: "customers", "sales-by-product": "", "sales-by-category": "" };
const OF_DAYS = new Set(["orders", "sales-by-product", "sales-by-category"]);

/** @param {Desk} desk */
export async function enter(desk) {
  await learn("reports");
  const state = { from: new Date(Date.parse(shopDay()) - (USUAL_DAYS - 1) * DAY_MS).toISOString().slice(0, 10), to: shopDay() };
  const tables = h("div", { class: "stack" });
  const files = h("ul", { class: "list files", aria: { label: t("reports.exports") } });
  show(desk.root, placeHead(t("dashboard.places.reports")), monthCard(), salesCard(), filesCard());
  await Promise.all([loadSales(), loadFiles()]);

  function monthCard() {
    return h("section", { class: "card stack" }, h("h2", null, t("reports.month")), h("p", { class: "muted" }, t("reports.monthText")), h("p", null, pageLink("/api/reports/monthly", t("reports.openMonth"), "button", "print")));
  }

  function salesCard() {
    return h("section", { class: "card stack" }, h("div", { class: "row apart tools" }, h("h2", null, t("reports.sales")), h("div", { class: "row", role: "group", aria: { label: t("reports.days") } }, dayField("from"), dayField("to"))), tables);
  }

  /** @param {"from" | "to"} name */
  function dayField(name) {
    const input = h("input", { type: "date", class: "input", name, value: state[name], max: shopDay() });
    input.addEventListener("change", () => {
      if (!input.value) return;
      state[name] = input.value;
      loadSales();
    });
    return h("label", { class: "day" }, h("span", null, t(`reports.${name}`)), input);
  }

  async function loadSales() {
    show(tables, skeleton(6));
    try {
      const found = await get(withQuery("/api/shopkeeper/sales", state), { signal: desk.signal });
      if (!found.products.length) return show(tables, empty({ icon: "chart", title: t("reports.nothing"), text: t("reports.nothingText") }));
      show(
        tables,
        h("h3", null, t("reports.byCategory")),
        listOf("categories", t("reports.byCategory"), categoryColumns(), found.categories),
        h("h3", null, t("reports.byProduct")),
        listOf("products", t("reports.byProduct"), productColumns(), found.products),
        found.productCount > found.products.length && h("p", { class: "small muted" }, t("reports.most", { shown: count(found.products.length), all: count(found.productCount) })),
      );
    } catch (error) {
      if (!desk.signal.aborted) show(tables, failed(error, loadSales));
    }
  }

  function filesCard() {
    const kinds = Object.entries(KINDS).filter(([, needs]) => !needs || desk.may(needs));
    const select = h("select", { class: "input", id: "export-kind" }, kinds.map(([name]) => h("option", { value: name }, t(`reports.kinds.${name}`))));
    const only = h("input", { type: "checkbox", name: "ofDays" });
    const choice = h("label", { class: "choice" }, only, t("reports.ofDays"));
    const drawChoice = () => (choice.hidden = !OF_DAYS.has(select.value));
    const said = h("div", { role: "status" });
    const button = h("button", { type: "button", class: "button primary", onclick: () => doing(button, () => order(select.value, only.checked && OF_DAYS.has(select.value), said)) }, t("reports.order"));
    select.addEventListener("change", drawChoice);
    drawChoice();
    return h(
      "section",
      { class: "card stack" },
      h("h2", null, t("reports.exports")),
      h("p", { class: "muted" }, t("reports.exportsText")),
      h("div", { class: "row" }, h("label", { class: "visually-hidden", for: "export-kind" }, t("reports.kind")), select, button),
      choice,
      said,
      files,
    );
  }

  /** @param {string} kind @param {boolean} ofDays @param {HTMLElement} said */
  async function order(kind, ofDays, said) {
    show(said);
    try {
      const errand = await post("/api/exports", { kind, ...(ofDays ? state : {}) }, { key: randomKey() });
      files.querySelector(".nothing")?.remove();
      files.prepend(fileRow(errand));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      show(said, notice("chilli", "alert", error.detail));
    }
  }

  async function loadFiles() {
    try {
      const found = await get("/api/exports", { signal: desk.signal });
      show(files, found.length ? found.map(fileRow) : h("li", { class: "nothing muted" }, t("reports.none")));
    } catch (error) {
      if (!desk.signal.aborted) show(files, h("li", null, failed(error, loadFiles)));
    }
  }

  /** A file, which draws itself anew until it is written. @param {any} errand */
  function fileRow(errand) {
    const element = h("li", { class: "row apart", data: { export: errand.id } });
    draw(errand);
    if (errand.status === "waiting" || errand.status === "working") follow(`/api/exports/${errand.id}`, draw, desk.signal).catch(lost);
    return element;

    /** @param {any} now */
    function draw(now) {
      const name = t(`reports.kinds.${now.kind}`);
      const link = now.file ? pageLink(now.file, t("reports.download"), "button", "download") : null;
      link?.setAttribute("aria-label", t("reports.downloadOne", { name }));
      show(element, h("div", { class: "stack tight grow" }, h("strong", null, name), h("span", { class: "small muted", role: "status" }, stateOf(now)), now.status === "working" && h("progress", { max: 100, value: now.progress, aria: { label: name } })), link);
    }

    /** @param {unknown} error */
    function lost(error) {
      if (desk.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      show(element, notice("chilli", "alert", error.detail));
    }
  }
}

/** @param {any} errand */
function stateOf(errand) {
  if (errand.status === "failed") return errand.error;
  if (errand.status === "done") return `${moment(errand.at)} · ${t("reports.rows", { number: count(errand.rows) })}`;
  return errand.status === "waiting" ? t("reports.waiting") : t("reports.writing", { percent: errand.progress });
}

/** @param {string} kind @param {string} label @param {import("./lists.js").Column[]} columns @param {any[]} rows */
function listOf(kind, label, columns, rows) {
  const list = table(`sales ${kind}`, label, columns);
  list.body.append(...rows.map((one) => row(columns, one)));
  return h("div", { class: "rows-wrap" }, list.element);
}

/** @param {any} one */
const share = (one) => t("reports.shareOf", { share: one.share.toFixed(1) });

/** @returns {import("./lists.js").Column[]} */
function productColumns() {
  return [
    { name: "name", head: t("reports.product"), cell: (one) => [h("strong", null, one.name), h("span", { class: "small muted" }, one.category)] },
    { name: "sold", head: t("reports.quantity"), number: true, cell: (one) => [amount(one, one.quantity), h("span", { class: "small muted" }, t("reports.ordersWord", { number: count(one.orders) }))] },
    { name: "revenue", head: t("reports.revenue"), number: true, cell: (one) => [h("strong", null, rupees(one.revenue)), h("span", { class: "small muted" }, t("reports.profitOf", { profit: rupees(one.profit) }))] },
    { name: "share", head: t("reports.share"), number: true, cell: (one) => [share(one), h("span", { class: "small muted" }, t("reports.categoryShareOf", { share: one.categoryShare.toFixed(1), category: one.category }))] },
  ];
}

/** @returns {import("./lists.js").Column[]} */
function categoryColumns() {
  return [
    { name: "name", head: t("reports.category"), cell: (one) => h("strong", null, one.name) },
    { name: "sold", head: t("reports.products"), number: true, cell: (one) => t("reports.productsWord", { number: count(one.products) }) },
    { name: "revenue", head: t("reports.revenue"), number: true, cell: (one) => [h("strong", null, rupees(one.revenue)), h("span", { class: "small muted" }, t("reports.profitOf", { profit: rupees(one.profit) }))] },
    { name: "share", head: t("reports.share"), number: true, cell: share },
  ];
}
