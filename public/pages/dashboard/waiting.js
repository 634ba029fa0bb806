// @ts-check
/**
 * What waits for the shop right now: its open orders, the payments at the desk, the shop at a glance, unread notices.
 * Loaded once, kept true by the news, loaded anew after a break. Places draw from here and are told when it changes.
 */

import { ApiError, get, getPage } from "../../shared/api.js";
import { afterQuiet } from "../../shared/dom.js";
import { onNews } from "../../shared/events.js";
import { t } from "../../shared/messages.js";
import { rupees } from "../../shared/money.js";
import { prepareBell, ringOnce } from "./bell.js";
import { toast } from "./floating.js";
import { mayDo } from "./frame.js";
import { isNew, markSeen, noteOrders } from "./unseen.js";

const OPEN = ["awaiting_payment", "placed", "packed", "dispatched", "return_requested"];
const ALL_OPEN = `/api/shopkeeper/orders?limit=200&status=${OPEN.join(",")}`;
const AT_DESK = ["claimed", "refund_due", "settled", "pending"];
const TOGETHER_MS = 60;
const STATS_MS = 400;

/** @type {import("../dashboard.js").Me} */
let me;
/** @type {Map<string, any>} open orders by id */
const orders = new Map();
/** @type {Map<string, any>} payments by order id */
const payments = new Map();
/** @type {any} */
let stats = null;
let unread = 0;

/** @type {Set<(news: import("../../shared/events.js").News) => void>} */
const listeners = new Set();
/** @type {Set<string>} orders that the news named and that are not read yet */
const named = new Set();

/** @param {import("../dashboard.js").Me} person */
export async function beginWaiting(person) {
  me = person;
  prepareBell();
  await loadAll();
  tellAll({ kind: "again" });
  onNews(["order", "payment", "stock", "product", "notice"], hear);
}

/** @returns {{orders: any[], payments: any[], toPack: number, returns: number, toConfirm: number, refunds: number, stats: any, unread: number}} newest first */
export function waiting() {
  const open = [...orders.values()].sort(newestFirst);
  const desk = [...payments.values()].sort(newestFirst);
  const withStatus = (/** @type {string} */ status) => desk.filter((row) => row.payment.status === status).length;
  return {
    orders: open,
    payments: desk,
    toPack: open.filter((order) => order.status === "placed").length,
    returns: open.filter((order) => order.status === "return_requested").length,
    toConfirm: withStatus("claimed"),
    refunds: withStatus("refund_due"),
    stats,
    unread,
  };
}

/**
 * @param {(news: import("../../shared/events.js").News) => void} tell what changed: "order", "payment", "product",
 * "stats", "notice", or "again" for everything
 * @param {AbortSignal} [signal] stops telling
 */
export function onWaiting(tell, signal) {
  listeners.add(tell);
  signal?.addEventListener("abort", () => listeners.delete(tell));
}

/** An order as the server has just answered it, after a step that was made here. @param {any} order */
export function noteOrder(order) {
  markSeen([order.id]);
  keepOrder(order);
  tellAll({ kind: "order", id: order.id });
  reloadStats();
}

/** Reads an order anew, after a step of its payment that was made here. @param {string} id */
export async function readOrder(id) {
  noteOrder(await get(`/api/orders/${id}`));
}

/** A notice was read. */
export function noteRead() {
  unread = Math.max(0, unread - 1);
  tellAll({ kind: "notice" });
}

/** @param {{date: string, id?: string}} one @param {{date: string, id?: string}} other */
function newestFirst(one, other) {
  return one.date < other.date ? 1 : one.date > other.date ? -1 : 0;
}

/** @param {import("../../shared/events.js").News} news */
function tellAll(news) {
  for (const tell of [...listeners]) tell(news);
}

async function loadAll() {
  await Promise.all([loadOrders(), loadPayments(), loadStats(), loadUnread()]);
}

async function loadOrders() {
  if (!mayDo(me, "orders")) return;
  const { rows } = await getPage(ALL_OPEN);
  orders.clear();
  for (const row of rows) orders.set(row.id, row);
  noteOrders(rows);
}

async function loadPayments() {
  if (!mayDo(me, "payments")) return;
  const [desk, pending] = await Promise.all([get("/api/shopkeeper/payments?limit=200"), get("/api/shopkeeper/payments?status=pending&limit=200")]);
  payments.clear();
  for (const row of [...desk, ...pending]) payments.set(row.orderId, row);
}

async function loadStats() {
  stats = await get("/api/shopkeeper/stats");
}

async function loadUnread() {
  unread = (await get("/api/notifications?limit=50")).filter((/** @type {any} */ row) => !row.read).length;
}

const reloadStats = afterQuiet(STATS_MS, async () => {
  await loadStats();
  tellAll({ kind: "stats" });
});

/** @param {import("../../shared/events.js").News} news */
async function hear(news) {
  if (news.kind === "again") {
    await loadAll();
    tellAll(news);
  } else if (news.kind === "order" || news.kind === "payment") {
    named.add(String(news.id));
    readNamed();
    reloadStats();
  } else if (news.kind === "notice") {
    await loadUnread();
    tellAll(news);
  } else {
    tellAll({ kind: "product", id: news.id, gone: news.gone });
    reloadStats();
  }
}

/** One step of an order rings several times (order, payment): it is read once. */
const readNamed = afterQuiet(TOGETHER_MS, async () => {
  const ids = [...named];
  named.clear();
  await Promise.all(ids.map(hearOrder));
});

/** @param {string} id */
async function hearOrder(id) {
  if (!mayDo(me, "orders") && !mayDo(me, "payments")) return;
  let order;
  try {
    order = await get(`/api/orders/${id}`);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return;
    throw error;
  }
  const claimedBefore = payments.get(id)?.payment.status === "claimed";
  const arrived = mayDo(me, "orders") && isNew(order) && OPEN.includes(order.status);
  keepOrder(order, arrived);
  if (arrived) {
    ringOnce("order", id);
    toast(t("dashboard.arrived", { name: order.customerName, total: rupees(order.total) }));
  } else if (order.payment.status === "claimed" && !claimedBefore && mayDo(me, "payments")) {
    ringOnce("payment", id);
    toast(t("dashboard.claimArrived", { name: order.customerName, total: rupees(order.payment.amount) }));
  }
  tellAll({ kind: "order", id });
}

/** @param {any} order @param {boolean} [arrived] */
function keepOrder(order, arrived) {
  if (mayDo(me, "orders")) {
    if (OPEN.includes(order.status)) orders.set(order.id, order);
    else orders.delete(order.id);
    noteOrders([order], arrived);
  }
  if (mayDo(me, "payments")) {
    if (AT_DESK.includes(order.payment.status)) payments.set(order.id, deskRow(order));
    else payments.delete(order.id);
  }
}

/** @param {any} order as the desk's list would show it */
function deskRow(order) {
  const { id, customerName, customerPhone, status, date, total, itemCount, payment } = order;
  return { orderId: id, customerName, customerPhone, orderStatus: status, date, total, itemCount, payment };
}
