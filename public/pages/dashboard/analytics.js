// @ts-check
/** What was sold over some days: how much, of what, when, and how it was paid. */

import { get, withQuery } from "../../shared/api.js";
import { daysBetween, shopDay } from "../../shared/dates.js";
import { afterQuiet, failed, h, show, skeleton } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { count, rupees, sum } from "../../shared/money.js";
import { bars, figure, ring, salesFigure } from "./figures.js";
import { chipBar, placeHead } from "./parts.js";
import { onWaiting } from "./waiting.js";

/** @typedef {ReturnType<typeof import("./figures.js").figure>} Figure */

/** @typedef {import("../dashboard.js").Desk} Desk */

const RANGES = [7, 30, 90];
const LONGEST_DAYS = 366;
const QUIET_MS = 800;
const MOST_SLICES = 6;
const DAY_MS = 86_400_000;

/** @param {Desk} desk */
export async function enter(desk) {
  const state = { days: 7, from: "", to: "" };
  const ranges = chipBar(t("dashboard.figures.days"), chooseRange);
  const bar = h("div", { class: "row tools" }, ranges.element, h("div", { class: "row" }, dayField("from"), dayField("to")));
  const totals = h("div", { class: "todo" });
  const sales = salesFigure(desk.signal);
  const charts = { categories: figure(desk.signal, { open: true }), top: figure(desk.signal), weekdays: figure(desk.signal, { low: true }), hours: figure(desk.signal, { low: true }), mix: figure(desk.signal, { open: true }) };
  const lowest = h("div");
  const page = h("div", { class: "stack" });
  show(desk.root, placeHead(t("dashboard.places.analytics")), bar, page);
  show(page, skeleton(8));
  drawRanges();
  onWaiting(afterQuiet(QUIET_MS, load), desk.signal);
  await load();

  async function load() {
    if (desk.signal.aborted) return;
    try {
      const now = periodOf(state);
      const before = beforeOf(now);
      const [found, past] = await Promise.all([ask(now), before ? ask(before) : null]);
      if (desk.signal.aborted) return;
      if (!totals.isConnected) layOut();
      draw(found, past);
    } catch (error) {
      if (desk.signal.aborted) return;
      show(page, failed(error, load));
    }
  }

  /** @param {{from: string, to: string}} period */
  function ask(period) {
    return get(withQuery("/api/shopkeeper/analytics", period), { signal: desk.signal });
  }

  function layOut() {
    const card = (/** @type {string} */ name, /** @type {HTMLElement} */ element) => h("section", { class: "card stack", data: { figure: name } }, h("h2", null, t(`dashboard.figures.titles.${name}`)), element);
    show(
      page,
      totals,
      card("sales", sales.element),
      h("div", { class: "figures-grid" }, card("categories", charts.categories.element), card("top", charts.top.element), card("weekdays", charts.weekdays.element), card("hours", charts.hours.element), card("mix", charts.mix.element), card("lowest", lowest)),
    );
  }

  /** @param {any} found @param {any} past of the days before, null when they are too many */
  function draw(found, past) {
    show(totals, ...totalCards(found, past));
    sales.draw({ days: found.days, now: found.salesData, orders: found.ordersData, before: past?.salesData ?? [] });
    drawCategories(charts.categories, found);
    drawTop(charts.top, found);
    drawCounts(charts.weekdays, "weekdays", t("dashboard.figures.weekdayNames").split(" "), found.weekdayOrders);
    drawCounts(charts.hours, "hours", found.hourOrders.map((/** @type {number} */ _, /** @type {number} */ hour) => t("dashboard.figures.hour", { hour })), found.hourOrders);
    drawMix(charts.mix, found.paymentMix);
    show(lowest, lowestTable(found.stockByProduct));
  }

  /** @param {"from" | "to"} name */
  function dayField(name) {
    const input = h("input", { type: "date", class: "input", name, max: shopDay() });
    input.addEventListener("change", () => {
      state[name] = input.value;
      if (!state.from || !state.to) return;
      drawRanges();
      load();
    });
    return h("label", { class: "day" }, h("span", null, t(`dashboard.orders.${name}`)), input);
  }

  /** @param {string} days */
  function chooseRange(days) {
    Object.assign(state, { days: Number(days), from: "", to: "" });
    for (const input of bar.querySelectorAll("input")) input.value = "";
    drawRanges();
    load();
  }

  function drawRanges() {
    const choices = RANGES.map((days) => ({ name: String(days), words: t("dashboard.figures.range", { days }) }));
    ranges.draw(choices, state.from && state.to ? "" : String(state.days));
  }
}

/** @param {{days: number, from: string, to: string}} state @returns {{from: string, to: string}} */
function periodOf({ days, from, to }) {
  if (from && to) return { from, to };
  return { from: dayBefore(shopDay(), days - 1), to: shopDay() };
}

/** As many days, just before. @param {{from: string, to: string}} period */
function beforeOf({ from, to }) {
  const days = daysBetween(from, to) + 1;
  if (days < 1 || days > LONGEST_DAYS) return null;
  return { from: dayBefore(from, days), to: dayBefore(from, 1) };
}

/** @param {string} day @param {number} many */
function dayBefore(day, many) {
  return new Date(Date.parse(day) - many * DAY_MS).toISOString().slice(0, 10);
}

/** @param {any} found @param {any} past */
function totalCards(found, past) {
  const card = (/** @type {string} */ name, /** @type {string} */ now, /** @type {string | null} */ before) =>
    h("div", { class: "card stat", data: { stat: name } }, h("span", { class: "label" }, t(`dashboard.figures.${name}`)), h("span", { class: "figure" }, now), before !== null && h("span", { class: "small muted" }, t("dashboard.figures.wasBefore", { before })));
  const orders = (/** @type {any} */ of) => sum(of.ordersData);
  const money = (/** @type {any} */ of) => sum(of.salesData);
  const average = (/** @type {any} */ of) => rupees(orders(of) ? Math.round(money(of) / orders(of)) : 0);
  return [
    card("sales", rupees(money(found)), past && rupees(money(past))),
    card("orders", count(orders(found)), past && count(orders(past))),
    card("average", average(found), past && average(past)),
    card("profit", rupees(found.profit), past && rupees(past.profit)),
  ];
}

/** The largest categories by themselves, the others together. @param {Figure} chart @param {any} found */
function drawCategories(chart, { categoryLabels, categoryRevenue, categoryData }) {
  const all = categoryLabels.map((/** @type {string} */ name, /** @type {number} */ at) => ({ name, revenue: categoryRevenue[at], products: categoryData[at] }));
  all.sort((/** @type {any} */ one, /** @type {any} */ other) => other.revenue - one.revenue);
  const sold = all.filter((/** @type {any} */ category) => category.revenue > 0);
  const large = sold.length > MOST_SLICES ? sold.slice(0, MOST_SLICES - 1) : sold;
  const others = sum(sold.slice(large.length).map((/** @type {any} */ category) => category.revenue));
  const slices = others ? [...large, { name: t("dashboard.figures.others"), revenue: others }] : large;
  const rows = all.map((/** @type {any} */ category) => [category.name, rupees(category.revenue), count(category.products)]);
  const heads = ["category", "sales", "products"].map((name) => t(`dashboard.figures.${name}`));
  const says = t("dashboard.figures.categoriesSay", { name: slices[0]?.name ?? "", sales: rupees(slices[0]?.revenue ?? 0) });
  const [names, values] = [slices.map((/** @type {any} */ slice) => slice.name), slices.map((/** @type {any} */ slice) => slice.revenue)];
  chart.draw({ heads, rows, says, some: sold.length > 0, slices: slices.length }, (colours) => ring(colours, names, values, true));
}

/** @param {Figure} chart @param {any} found */
function drawTop(chart, { topProducts }) {
  const rows = topProducts.map((/** @type {any} */ product) => [product.name, rupees(product.revenue), count(product.quantity)]);
  const heads = ["product", "sales", "quantity"].map((name) => t(`dashboard.figures.${name}`));
  const says = t("dashboard.figures.topSay", { name: topProducts[0]?.name ?? "", sales: rupees(topProducts[0]?.revenue ?? 0) });
  const [names, values] = [topProducts.map((/** @type {any} */ product) => product.name), topProducts.map((/** @type {any} */ product) => product.revenue)];
  chart.draw({ heads, rows, says, some: topProducts.length > 0 }, (colours) => bars(colours, names, values, { lying: true, money: true }));
}

/** @param {Figure} chart @param {string} name @param {string[]} labels @param {number[]} orders */
function drawCounts(chart, name, labels, orders) {
  const most = orders.indexOf(Math.max(...orders));
  const heads = [t(`dashboard.figures.${name}`), t("dashboard.figures.orders")];
  const rows = labels.map((label, at) => [label, count(orders[at])]);
  chart.draw({ heads, rows, says: t("dashboard.figures.mostSay", { label: labels[most] }), some: orders.some((number) => number > 0) }, (colours) => bars(colours, labels, orders));
}

/** @param {Figure} chart @param {Record<string, number>} mix */
function drawMix(chart, mix) {
  const names = Object.keys(mix);
  const labels = names.map((name) => t(`dashboard.methods.${name}`));
  const values = names.map((name) => mix[name]);
  const heads = [t("dashboard.figures.method"), t("dashboard.figures.orders")];
  const says = labels.map((label, at) => `${label}: ${count(values[at])}`).join(", ");
  chart.draw({ heads, rows: labels.map((label, at) => [label, count(values[at])]), says, some: values.some((number) => number > 0), slices: values.length }, (colours) => ring(colours, labels, values, false));
}

/** @param {{id: string, name: string, stock: number}[]} products */
function lowestTable(products) {
  const rows = products.map(({ name, stock }) => h("tr", null, h("th", { scope: "row" }, name), h("td", { class: stock === 0 ? "number bad" : "number" }, count(stock))));
  const head = h("thead", null, h("tr", null, h("th", { scope: "col" }, t("dashboard.figures.product")), h("th", { scope: "col", class: "number" }, t("dashboard.figures.left"))));
  return h("div", { class: "table-wrap short", tabindex: 0, role: "region", aria: { label: t("dashboard.figures.titles.lowest") } }, h("table", { class: "table small" }, head, h("tbody", null, rows)));
}
