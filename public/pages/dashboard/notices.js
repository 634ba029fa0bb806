// @ts-check
/** What happened, line by line, until it is read. */

import { getPage, put } from "../../shared/api.js";
import { empty, failed, h, icon, show, skeleton } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { doing } from "./floating.js";
import { keepRows, whenNear } from "./lists.js";
import { ageOf, placeHead } from "./parts.js";
import { noteRead, onWaiting } from "./waiting.js";

const ICONS = /** @type {Record<string, string>} */ ({ order: "orders", payment: "cash", stock: "box", "category-request": "tag" });
const FIRST = "/api/notifications?limit=50";

/** @param {import("../dashboard.js").Desk} desk */
export async function enter(desk) {
  /** @type {any[]} */
  let rows = [];
  /** @type {string | null} */
  let next = null;
  const list = h("ul", { class: "notices" });
  const under = h("div");
  const readAll = h("button", { type: "button", class: "button", onclick: () => doing(readAll, markAll) }, icon("check"), t("dashboard.notices.readAll"));
  show(desk.root, placeHead(t("dashboard.places.notices"), readAll), list, under);
  show(under, skeleton(6));
  onWaiting((news) => (news.kind === "notice" && news.id) || news.kind === "again" ? load() : undefined, desk.signal);
  whenNear(under, more, desk.signal);
  await load();

  async function load() {
    try {
      const page = await getPage(FIRST, { signal: desk.signal });
      rows = page.rows;
      next = page.next;
      render();
    } catch (error) {
      if (!desk.signal.aborted) show(under, failed(error, load));
    }
  }

  async function more() {
    if (!next) return;
    const path = next;
    next = null;
    try {
      const page = await getPage(path, { signal: desk.signal });
      rows.push(...page.rows);
      next = page.next;
      render();
    } catch (error) {
      if (desk.signal.aborted) return;
      next = path;
      show(under, failed(error, more));
    }
  }

  function render() {
    readAll.hidden = rows.every((notice) => notice.read);
    keepRows(list, rows, (notice) => notice.id, noticeRow);
    show(under, !rows.length && empty({ icon: "bell", title: t("dashboard.notices.none"), text: t("dashboard.notices.noneText") }));
  }

  /** @param {any} notice */
  function noticeRow(notice) {
    // A notice of another page of ours leads there; one of the desk stays on it.
    const link = notice.link.replace(/^\/dashboard\.html/, "") || "#home";
    return h(
      "li",
      { class: "notice-row", data: { read: String(notice.read) } },
      h("a", { href: link, onclick: () => read(notice) }, icon(ICONS[notice.kind] ?? "info"), h("span", { class: "grow" }, notice.text, !notice.read && h("span", { class: "visually-hidden" }, ` (${t("dashboard.notices.unread")})`)), h("span", { class: "small muted nowrap" }, ageOf(notice.at))),
    );
  }

  /** @param {any} notice */
  async function read(notice) {
    if (notice.read) return;
    await put(`/api/notifications/${notice.id}/read`, {});
    rows = rows.map((row) => (row.id === notice.id ? { ...row, read: true } : row));
    noteRead();
    render();
  }

  async function markAll() {
    for (const notice of rows.filter((row) => !row.read)) await read(notice);
  }
}
