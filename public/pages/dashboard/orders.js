// @ts-check
/** The orders of the shop: what is to be packed, what is on its way, and any old one by name, phone, number or day. */

import { getPage, withQuery } from "../../shared/api.js";
import { afterQuiet, empty, failed, h, icon, show, skeleton } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { bill } from "../../shared/money.js";
import { keepRows, row, table, whenNear } from "./lists.js";
import { openOrder } from "./order-sheet.js";
import { stepButtons } from "./order-steps.js";
import { ageOf, callLink, chipBar, moneyState, number, orderState, placeHead, toPack } from "./parts.js";
import { isUnseen, watchUnseen } from "./unseen.js";
import { onWaiting, waiting } from "./waiting.js";

/** @typedef {import("../dashboard.js").Desk} Desk */

/** What each filter shows; those without `past` are in hand already. */
const FILTERS = /** @type {Record<string, {statuses: string[], past?: boolean}>} */ ({
  now: { statuses: ["awaiting_payment", "placed", "packed", "dispatched", "return_requested"] },
  placed: { statuses: ["placed"] },
  packed: { statuses: ["packed"] },
  dispatched: { statuses: ["dispatched"] },
  returns: { statuses: ["return_requested"] },
  unpaid: { statuses: ["awaiting_payment"] },
  done: { statuses: ["delivered", "returned"], past: true },
  cancelled: { statuses: ["cancelled", "expired"], past: true },
});
const ID = /^[0-9a-f]{24}$/;
const TYPING_MS = 250;

/** @param {Desk} desk */
export function enter(desk) {
  const state = { filter: "now", q: "", from: "", to: "", past: /** @type {any[]} */ ([]), next: /** @type {string | null} */ (null), loading: /** @type {AbortController | null} */ (null) };
  /** @type {{close: () => void} | null} */
  let opened = null;
  const columns = orderColumns();
  const list = table("orders", t("dashboard.places.orders"), columns);
  const bar = chipBar(t("dashboard.orders.filter"), (name) => (location.hash = `#orders/${name}`));
  const under = h("div");
  const seen = watchUnseen(() => {}, desk.signal);
  const wrap = h("div", { class: "rows-wrap" }, list.element);
  show(desk.root, placeHead(t("dashboard.places.orders")), searchBar(state, load), bar.element, wrap, under);
  onWaiting((news) => render(news), desk.signal);
  whenNear(under, loadMore, desk.signal);
  turn(desk.rest);
  return turn;

  /** @param {string[]} rest a filter's name, or the order to open */
  function turn([what = "now"]) {
    opened?.close();
    opened = null;
    if (ID.test(what)) opened = openOrder(desk, what, () => `#orders/${state.filter}`);
    else if (FILTERS[what]) state.filter = what;
    load();
  }

  /** @returns {Promise<void>} */
  async function load() {
    state.loading?.abort();
    state.past = [];
    state.next = null;
    drawBar();
    if (!fromServer()) return render();
    const loading = new AbortController();
    state.loading = loading;
    show(under, skeleton(4));
    keepRows(list.body, [], String, () => h("tr"));
    wrap.hidden = true;
    try {
      await take(withQuery("/api/shopkeeper/orders", { status: state.q ? "" : FILTERS[state.filter].statuses.join(","), q: state.q, from: state.from, to: state.to, limit: 50 }), loading.signal);
    } catch (error) {
      if (!loading.signal.aborted) show(under, failed(error, load));
      return;
    }
    render();
  }

  /** @param {string} path @param {AbortSignal} signal */
  async function take(path, signal) {
    const page = await getPage(path, { signal });
    state.past.push(...page.rows);
    state.next = page.next;
  }

  async function loadMore() {
    const { next, loading } = state;
    if (!next || !loading || loading.signal.aborted) return;
    state.next = null;
    try {
      await take(next, loading.signal);
      render();
    } catch (error) {
      if (loading.signal.aborted) return;
      state.next = next;
      show(under, failed(error, loadMore));
    }
  }

  /** A search, days, and what is over are asked of the server; what is open is here. */
  function fromServer() {
    return Boolean(FILTERS[state.filter].past || state.q || state.from || state.to);
  }

  /** @param {{kind: string, id?: string}} [news] @returns {void} */
  function render(news) {
    if (news?.kind === "again" && fromServer()) return void load();
    const open = waiting().orders;
    if (news?.kind === "order" && fromServer()) {
      const changed = open.find((order) => order.id === news.id);
      if (changed) state.past = state.past.map((order) => (order.id === changed.id ? changed : order));
    }
    drawBar();
    const rows = fromServer() ? state.past : open.filter((order) => FILTERS[state.filter].statuses.includes(order.status));
    wrap.hidden = rows.length === 0;
    keepRows(list.body, rows, (order) => order.id, orderRow, (order) => JSON.stringify([order.status, order.payment.status, order.total, order.short, order.items]));
    show(under, rows.length === 0 && nothing());
  }

  /** @param {any} order */
  function orderRow(order) {
    const unseen = isUnseen(order.id);
    const element = row(columns, order, { class: "order", data: { unseen: unseen ? order.id : null, status: order.status } });
    if (unseen) seen(element);
    return element;
  }

  function drawBar() {
    const open = waiting().orders;
    const choices = Object.entries(FILTERS).map(([name, { statuses, past }]) => ({
      name,
      words: t(`dashboard.orders.filters.${name}`),
      number: past ? undefined : open.filter((order) => statuses.includes(order.status)).length,
    }));
    bar.draw(choices, state.filter);
  }

  function nothing() {
    if (state.q || state.from || state.to) return empty({ icon: "search", title: t("dashboard.orders.notFound"), text: t("dashboard.orders.notFoundText") });
    const words = state.filter === "now" ? "none" : "noneHere";
    return empty({ icon: "orders", title: t(`dashboard.orders.${words}`), text: t(`dashboard.orders.${words}Text`) });
  }
}

/** @param {{q: string, from: string, to: string}} state @param {() => void} load */
function searchBar(state, load) {
  const typed = afterQuiet(TYPING_MS, load);
  const search = h("input", { type: "search", placeholder: t("dashboard.orders.search"), aria: { label: t("dashboard.orders.search") }, autocomplete: "off" });
  search.addEventListener("input", () => {
    state.q = search.value.trim();
    typed();
  });
  const day = (/** @type {"from" | "to"} */ name) => {
    const input = h("input", { type: "date", class: "input", aria: { label: t(`dashboard.orders.${name}`) } });
    input.addEventListener("change", () => {
      state[name] = input.value;
      load();
    });
    return h("label", { class: "day" }, h("span", null, t(`dashboard.orders.${name}`)), input);
  };
  const days = h("details", { class: "days" }, h("summary", { class: "button" }, icon("calendar"), t("dashboard.orders.days")), h("div", { class: "row" }, day("from"), day("to")));
  return h("div", { class: "row tools" }, h("label", { class: "search grow" }, icon("search"), search), days);
}

/** @returns {import("./lists.js").Column[]} */
function orderColumns() {
  return [
    {
      name: "who",
      head: t("dashboard.orders.order"),
      cell: (order) => [
        h("a", { class: "open-order", href: `#orders/${order.id}`, data: { act: "open" } }, h("span", { class: "order-number" }, number(order.id)), h("span", { class: "name" }, order.customerName)),
        h("span", { class: "new-mark" }, t("dashboard.orders.new")),
        h("span", { class: "small muted" }, ageOf(order.date), order.pickup ? ` · ${t("dashboard.orders.pickup")}` : ""),
        callLink(order.customerPhone, order.customerName),
      ],
    },
    { name: "lines", head: t("dashboard.orders.toPack"), cell: (order) => [linesOf(order), order.note ? h("p", { class: "note small" }, icon("note", "small"), order.note) : null] },
    { name: "money", head: t("dashboard.orders.money"), cell: (order) => [h("strong", null, bill(order.total)), moneyState(order.payment), order.status !== "awaiting_payment" && orderState(order)] },
    { name: "step", head: t("dashboard.orders.next"), hidden: true, cell: (order) => stepButtons(order) },
  ];
}

/** The lines, with quantities large enough to pack from. @param {any} order @param {boolean} [priced] with what each costs */
export function linesOf(order, priced = false) {
  const missing = new Map(order.short.map((/** @type {any} */ short) => [short.id, short.missing]));
  return h(
    "ul",
    { class: "pack-lines" },
    order.items.map((/** @type {any} */ line) => {
      const short = missing.get(line.id);
      return h(
        "li",
        { data: short ? { short: "" } : {} },
        h("span", { class: "quantity" }, toPack(line, line.quantity)),
        h("span", { class: "grow" }, line.name, line.unit && line.soldBy !== "weight" ? h("span", { class: "muted small" }, ` ${line.unit}`) : null),
        priced && h("span", { class: "money" }, bill(line.lineTotal)),
        short ? h("span", { class: "short small" }, icon("alert", "small"), t("dashboard.orders.short", { missing: toPack(line, short) })) : null,
      );
    }),
  );
}
