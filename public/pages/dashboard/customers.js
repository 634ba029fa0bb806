// @ts-check
/** Who bought here: how often, for how much, when last. */

import { getPage } from "../../shared/api.js";
import { day } from "../../shared/dates.js";
import { empty, failed, h, show, skeleton } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { count, rupees } from "../../shared/money.js";
import { row, table, whenNear } from "./lists.js";
import { callLink, placeHead } from "./parts.js";

/** @param {import("../dashboard.js").Desk} desk */
export async function enter(desk) {
  const columns = customerColumns();
  const list = table("customers", t("dashboard.places.customers"), columns);
  const wrap = h("div", { class: "rows-wrap" }, list.element);
  const under = h("div");
  /** @type {string | null} */
  let next = "/api/shopkeeper/customers?limit=50";
  wrap.hidden = true;
  show(desk.root, placeHead(t("dashboard.places.customers")), wrap, under);
  show(under, skeleton(6));
  whenNear(under, more, desk.signal);
  await more();

  async function more() {
    if (!next) return;
    const path = next;
    next = null;
    try {
      const page = await getPage(path, { signal: desk.signal });
      next = page.next;
      list.body.append(...page.rows.map((customer) => row(columns, customer)));
      wrap.hidden = !list.body.childElementCount;
      show(under, wrap.hidden && empty({ icon: "users", title: t("dashboard.customers.none"), text: t("dashboard.customers.noneText") }));
    } catch (error) {
      next = path;
      if (!desk.signal.aborted) show(under, failed(error, more));
    }
  }
}

/** @returns {import("./lists.js").Column[]} */
function customerColumns() {
  const name = (/** @type {any} */ customer) => `${customer.firstName} ${customer.lastName}`.trim() || t("dashboard.customers.gone");
  return [
    { name: "name", head: t("dashboard.customers.name"), cell: (customer) => [h("strong", null, name(customer)), h("span", { class: "small muted" }, [customer.address, customer.city].filter(Boolean).join(", "))] },
    { name: "reach", head: t("dashboard.customers.reach"), cell: (customer) => [customer.phone ? callLink(customer.phone, name(customer)) : null, customer.email ? h("a", { class: "small", href: `mailto:${customer.email}` }, customer.email) : null] },
    { name: "orders", head: t("dashboard.customers.orders"), number: true, cell: (customer) => [count(customer.totalOrders), h("span", { class: "only-card small muted" }, t("dashboard.customers.ordersWord", { orders: customer.totalOrders }))] },
    { name: "spent", head: t("dashboard.customers.spent"), number: true, cell: (customer) => h("strong", null, rupees(customer.totalSpent)) },
    { name: "last", head: t("dashboard.customers.last"), cell: (customer) => (customer.lastOrderAt ? day(customer.lastOrderAt) : "–") },
  ];
}
