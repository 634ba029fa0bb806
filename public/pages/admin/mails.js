// @ts-check
/** The outbox: what waits to be mailed, what went out, what could not; codes are not shown. */

import { openSheet } from "../../components/sheet.js";
import { withQuery } from "../../shared/api.js";
import { moment } from "../../shared/dates.js";
import { empty, h, show, state } from "../../shared/dom.js";
import { t, word } from "../../shared/messages.js";
import { placeHead } from "../dashboard/parts.js";
import { pagedTable } from "./pages.js";

const TONES = /** @type {Record<string, string>} */ ({ waiting: "marigold", sent: "leaf", dead: "chilli" });

/** @param {import("../admin.js").Desk} desk */
export async function enter(desk) {
  const list = pagedTable({
    kind: "admin-mails",
    label: t("admin.places.mails"),
    columns: columns(),
    path: () => withQuery("/api/admin/outbox", { limit: 50 }),
    none: () => empty({ icon: "note", title: t("admin.mails.none"), text: t("admin.mails.noneText") }),
    signal: desk.signal,
  });
  show(desk.root, placeHead(t("admin.places.mails")), h("p", { class: "muted" }, t("admin.mails.text")), list.element);
  await list.load();
}

/** @returns {import("../dashboard/lists.js").Column[]} */
function columns() {
  return [
    { name: "what", head: t("admin.mails.what"), cell: (mail) => [h("button", { type: "button", class: "link strong", onclick: () => openMail(mail) }, titleOf(mail)), h("span", { class: "small muted address" }, [mail.subject && kindOf(mail), mail.to].filter(Boolean).join(" · "))] },
    { name: "standing", head: t("admin.mails.state"), cell: (mail) => state(t(`admin.mails.states.${mail.state}`), TONES[mail.state]) },
    { name: "trouble", head: t("admin.mails.trouble"), cell: (mail) => (mail.trouble ? h("span", { class: "small" }, mail.trouble) : null) },
    { name: "at", head: t("admin.mails.at"), cell: (mail) => moment(mail.at) },
  ];
}

/** @param {any} mail */
function kindOf(mail) {
  return word("admin.mails.templates", mail.template);
}

/** @param {any} mail */
function titleOf(mail) {
  return mail.subject || kindOf(mail);
}

/** What it says, with its codes masked. @param {any} mail */
function openMail(mail) {
  const sheet = openSheet(titleOf(mail), { wide: true });
  const standing = mail.sentAt ? t("admin.mails.sentAt", { at: moment(mail.sentAt) }) : mail.attempts > 0 && mail.dueAt && t("admin.mails.attempts", { attempts: mail.attempts, at: moment(mail.dueAt) });
  show(
    sheet.body,
    h("p", { class: "row wide" }, state(t(`admin.mails.states.${mail.state}`), TONES[mail.state]), h("span", { class: "small muted address" }, t("admin.mails.to", { address: mail.to }))),
    standing && h("p", { class: "small muted" }, standing),
    mail.trouble && h("p", { class: "small bad" }, mail.trouble),
    h("p", { class: "keep-lines address" }, mail.text),
  );
}
