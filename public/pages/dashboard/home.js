// @ts-check
/** The first screen: what must I do now? Then how today goes against the same weekday last week, and the seven days. */

import { get } from "../../shared/api.js";
import { afterQuiet, empty, failed, h, icon, notice, show, skeleton } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { count, rupees } from "../../shared/money.js";
import { salesFigure } from "./figures.js";
import { keepRows } from "./lists.js";
import { placeHead } from "./parts.js";
import { onWaiting, waiting } from "./waiting.js";

/** @typedef {import("../dashboard.js").Desk} Desk */

const TWO_WEEKS = "/api/shopkeeper/analytics?days=14";
const WEEK = 7;
const QUIET_MS = 600;

/** @param {Desk} desk */
export async function enter(desk) {
  const todo = h("div", { class: "todo" });
  const hints = h("div", { class: "stack", hidden: true });
  const today = h("div", { class: "todo" });
  const week = h("section", { class: "card stack" });
  const sales = salesFigure(desk.signal);
  let lastWeek = /** @type {number | null} */ (null);
  show(desk.root, placeHead(t("dashboard.home.title")), hints, todo, h("h2", null, t("dashboard.home.today")), today, desk.may("reports") && week);
  show(week, skeleton(4));
  render();
  onWaiting(render, desk.signal);
  onWaiting(afterQuiet(QUIET_MS, loadWeeks), desk.signal);
  await Promise.all([loadWeeks(), loadHints()]);

  function render() {
    keepRows(todo, todoCards(desk), ({ name }) => name, todoCard);
    keepRows(today, todayCards(lastWeek), ({ name }) => name, figure);
  }

  async function loadWeeks() {
    if (!desk.may("reports") || desk.signal.aborted) return;
    try {
      const found = await get(TWO_WEEKS, { signal: desk.signal });
      lastWeek = found.salesData[WEEK - 1];
      render();
      if (!sales.element.isConnected) show(week, h("h2", null, t("dashboard.home.week")), sales.element, h("a", { href: "#analytics" }, t("dashboard.home.allFigures")));
      sales.draw({ days: found.days.slice(WEEK), now: found.salesData.slice(WEEK), orders: found.ordersData.slice(WEEK), before: found.salesData.slice(0, WEEK) });
    } catch (error) {
      if (!desk.signal.aborted) show(week, failed(error, loadWeeks));
    }
  }

  /** What a new shop still lacks, so that its first order can come and be paid. */
  async function loadHints() {
    const goods = waiting().stats.totalProducts === 0 && desk.may("inventory");
    const shop = desk.may("settings") ? await get("/api/shopkeeper/shop", { signal: desk.signal }) : null;
    hints.hidden = !goods && shop?.upiId && shop.open;
    const toSettings = h("a", { class: "button", href: "#settings" }, t("dashboard.home.enterUpi"));
    show(
      hints,
      goods && empty({ icon: "box", title: t("dashboard.home.noGoods"), text: t("dashboard.home.noGoodsText"), action: h("a", { class: "button primary", href: "#inventory" }, icon("plus"), t("dashboard.inventory.add")) }),
      shop && !shop.upiId && notice("marigold", "qr", h("div", { class: "row apart" }, h("span", { class: "grow" }, t("dashboard.home.noUpi")), toSettings)),
      shop && !shop.open && notice("marigold", "shop", h("div", { class: "row apart" }, h("span", { class: "grow" }, t("dashboard.home.closed")), h("a", { class: "button", href: "#settings" }, t("dashboard.home.openIt")))),
    );
  }
}

/** What must be done now: each number is a link to the list that makes it. @param {Desk} desk */
function todoCards(desk) {
  const { toPack, returns, toConfirm, refunds, stats } = waiting();
  const goods = desk.may("inventory") || desk.may("prices");
  const cards = [
    desk.may("orders") && { name: "toPack", href: "#orders/placed", icon: "orders", number: toPack, urgent: true },
    desk.may("payments") && { name: "toConfirm", href: "#payments", icon: "cash", number: toConfirm, urgent: true },
    desk.may("orders") && returns > 0 && { name: "returns", href: "#orders/returns", icon: "undo", number: returns, urgent: true },
    desk.may("payments") && refunds > 0 && { name: "refunds", href: "#payments", icon: "refund", number: refunds, urgent: true },
    goods && { name: "toReorder", href: "#inventory/low", icon: "box", number: stats.lowStockCount, urgent: false },
    goods && { name: "expiring", href: "#inventory/expiring", icon: "clock", number: stats.expiringSoon, urgent: false },
  ];
  return cards.filter((card) => card !== false);
}

/** @param {{name: string, href: string, icon: string, number: number, urgent: boolean}} card */
function todoCard({ name, href, icon: iconName, number, urgent }) {
  const tone = number === 0 ? "done" : urgent ? "urgent" : "soon";
  return h(
    "a",
    { class: "card stat", href, data: { tone, stat: name, act: name } },
    h("span", { class: "label row" }, icon(iconName), t(`dashboard.home.todo.${name}`)),
    h("span", { class: "figure" }, count(number)),
  );
}

/** @param {number | null} lastWeek sales of this weekday a week ago */
function todayCards(lastWeek) {
  const { stats } = waiting();
  return [
    { name: "todaySales", figure: rupees(stats.todaySales), under: lastWeek === null ? "" : t("dashboard.home.lastWeek", { sales: rupees(lastWeek) }) },
    { name: "todayOrders", figure: count(stats.todayOrders), under: t("dashboard.home.allOrders", { orders: count(stats.totalOrders) }) },
    { name: "profitToday", figure: rupees(stats.profitToday), under: t("dashboard.home.profitHint") },
    { name: "monthSales", figure: rupees(stats.monthSales), under: t("dashboard.home.lastMonth", { sales: rupees(stats.previousMonthSales) }) },
  ];
}

/** @param {{name: string, figure: string, under: string}} card */
function figure({ name, figure: words, under }) {
  return h("div", { class: "card stat", data: { stat: name } }, h("span", { class: "label" }, t(`dashboard.home.${name}`)), h("span", { class: "figure" }, words), h("span", { class: "small muted" }, under));
}
