// @ts-check
/** The sealed payment log: every step of money, each row sealed with the one before, and a check that none was changed. */

import { get, getPage } from "../../shared/api.js";
import { moment } from "../../shared/dates.js";
import { empty, failed, h, icon, notice, show, skeleton } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { bill, count } from "../../shared/money.js";
import { doing } from "./floating.js";
import { row, table, whenNear } from "./lists.js";
import { number } from "./parts.js";

/** @param {HTMLElement} page @param {AbortSignal} signal */
export async function showLog(page, signal) {
  const verdict = h("div", { role: "status" });
  const check = h("button", { type: "button", class: "button", onclick: () => doing(check, () => verify(verdict)) }, icon("done"), t("dashboard.log.check"));
  const columns = logColumns();
  const list = table("log", t("dashboard.payments.log"), columns);
  const end = h("div");
  show(page, h("div", { class: "row apart log-head" }, h("p", { class: "muted" }, t("dashboard.log.text")), check), verdict, end);
  show(end, skeleton(4));
  /** @type {string | null} */
  let next = "/api/shopkeeper/payments/log?limit=100";
  await more();
  whenNear(end, more, signal);

  async function more() {
    if (!next) return;
    const path = next;
    next = null;
    try {
      const found = await getPage(path, { signal });
      next = found.next;
      list.body.append(...found.rows.map((entry) => row(columns, entry)));
      if (!list.element.isConnected && found.rows.length) end.before(h("div", { class: "rows-wrap" }, list.element));
      show(end, !list.body.childElementCount && empty({ icon: "cash", title: t("dashboard.log.none"), text: t("dashboard.log.noneText") }));
    } catch (error) {
      next = path;
      if (!signal.aborted) show(end, failed(error, more));
    }
  }
}

/** @param {HTMLElement} place */
async function verify(place) {
  const { ok, rows, firstBadRow } = await get("/api/shopkeeper/payments/log/verification");
  const words = ok ? t("dashboard.log.whole", { rows: count(rows) }) : t("dashboard.log.broken", { row: count(firstBadRow) });
  show(place, notice(ok ? "leaf" : "chilli", ok ? "done" : "alert", words));
}

/** @returns {import("./lists.js").Column[]} */
function logColumns() {
  return [
    { name: "seq", head: t("dashboard.log.seq"), number: true, cell: ({ seq }) => count(seq) },
    { name: "at", head: t("dashboard.log.at"), cell: ({ at }) => moment(at) },
    { name: "event", head: t("dashboard.log.event"), cell: ({ event, note }) => [h("span", null, t(`dashboard.paymentEvents.${event}`)), note ? h("span", { class: "small muted" }, note) : null] },
    { name: "order", head: t("dashboard.log.order"), cell: ({ orderId }) => h("a", { href: `#orders/${orderId}` }, number(orderId)) },
    { name: "amount", head: t("dashboard.log.amount"), number: true, cell: ({ amount }) => bill(amount) },
    { name: "method", head: t("dashboard.log.method"), cell: ({ method, utr }) => [t(`dashboard.methods.${method}`), utr ? h("span", { class: "small muted nowrap" }, utr.replace(/(\d{4})(?=\d)/g, "$1 ")) : null] },
    { name: "seal", head: t("dashboard.log.seal"), cell: ({ hash }) => h("code", { class: "small muted", title: hash }, hash.slice(0, 10)) },
  ];
}
