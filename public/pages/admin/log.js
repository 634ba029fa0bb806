// @ts-check
/** The audit log: who did what to whom, the latest first; of everybody, or of one person. */

import { withQuery } from "../../shared/api.js";
import { moment } from "../../shared/dates.js";
import { empty, h, show } from "../../shared/dom.js";
import { t, word } from "../../shared/messages.js";
import { rupees } from "../../shared/money.js";
import { number, placeHead } from "../dashboard/parts.js";
import { pagedTable } from "./pages.js";

/** @param {import("../admin.js").Desk} desk `rest` may hold whose log it is */
export async function enter(desk) {
  const [target = ""] = desk.rest;
  const list = pagedTable({
    kind: "admin-log",
    label: t("admin.places.log"),
    columns: columns(),
    path: () => withQuery("/api/admin/audit", { target, limit: 50 }),
    none: () => empty({ icon: "clock", title: t("admin.log.none"), text: t("admin.log.noneText") }),
    signal: desk.signal,
  });
  show(desk.root, placeHead(t("admin.places.log")), target && h("p", null, h("a", { href: "#log" }, t("admin.log.all"))), list.element);
  await list.load();
}

/** @returns {import("../dashboard/lists.js").Column[]} */
function columns() {
  return [
    { name: "act", head: t("admin.log.act"), cell: (line) => [h("strong", null, word("admin.acts", line.act)), h("span", { class: "small muted" }, details(line.details))] },
    { name: "target", head: t("admin.log.target"), cell: (line) => line.targetName ?? line.details.name ?? number(line.target) },
    { name: "who", head: t("admin.log.who"), cell: (line) => [line.whoName ?? word("admin.log.others", line.who), line.shopName && h("span", { class: "small muted" }, line.shopName)] },
    { name: "at", head: t("admin.log.at"), cell: (line) => moment(line.at) },
  ];
}

/** How it was done, in words. @param {Record<string, any>} values as the log keeps them: money is paise, `before` and `after` are what changed */
function details({ name, prices, before, after, ...others }) {
  const said = (/** @type {any} */ value) => (Array.isArray(value) ? value.join(", ") || "–" : String(value));
  const paise = (/** @type {number | null} */ value) => (value === null ? "–" : rupees(value / 100));
  return [
    before !== undefined && `${said(before)} → ${said(after)}`,
    ...Object.entries(prices ?? {}).map(([kind, pair]) => t(`dashboard.deeds.prices.${kind}`, { before: paise(pair[0]), after: paise(pair[1]) })),
    ...Object.values(others).filter((value) => typeof value !== "boolean").map(said),
  ].filter(Boolean).join(" · ");
}
