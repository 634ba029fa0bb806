// @ts-check
/** All accounts: found by name, e-mail or phone, opened, given another role, suspended, signed out. */

import { openSheet } from "../../components/sheet.js";
import { patch, post, remove, withQuery } from "../../shared/api.js";
import { day } from "../../shared/dates.js";
import { afterQuiet, empty, h, icon, show, state } from "../../shared/dom.js";
import { field } from "../../shared/forms.js";
import { t } from "../../shared/messages.js";
import { confirmFirst, openForm, toast } from "../dashboard/floating.js";
import { callLink, chipBar, placeHead } from "../dashboard/parts.js";
import { pagedTable } from "./pages.js";

const FILTERS = /** @type {Record<string, Record<string, string>>} */ ({ all: {}, customer: { role: "customer" }, shopkeeper: { role: "shopkeeper" }, staff: { role: "staff" }, admin: { state: "admin" }, suspended: { state: "suspended" } });
const QUIET_MS = 200;

/** @param {import("../admin.js").Desk} desk */
export async function enter(desk) {
  const wanted = { q: "", filter: "all" };
  const search = h("input", { type: "search", placeholder: t("admin.people.search"), aria: { label: t("admin.people.search") }, autocomplete: "off" });
  const bar = chipBar(t("admin.people.filter"), (name) => {
    wanted.filter = name;
    drawBar();
    list.load();
  });
  const list = pagedTable({
    kind: "admin-people",
    label: t("admin.places.people"),
    columns: columns(),
    path: () => withQuery("/api/admin/users", { q: wanted.q, ...FILTERS[wanted.filter], limit: 50 }),
    none: () => empty({ icon: "search", title: t("admin.people.none"), text: t("admin.people.noneText") }),
    signal: desk.signal,
  });
  const find = afterQuiet(QUIET_MS, () => {
    wanted.q = search.value.trim();
    list.load();
  });
  search.addEventListener("input", find);
  drawBar();
  show(
    desk.root,
    placeHead(t("admin.places.people"), h("button", { type: "button", class: "button primary", onclick: () => openNew(list.load) }, icon("plus"), t("admin.people.add"))),
    h("label", { class: "search" }, icon("search"), search),
    bar.element,
    list.element,
  );
  await list.load();

  function drawBar() {
    bar.draw(Object.keys(FILTERS).map((name) => ({ name, words: t(`admin.people.filters.${name}`) })), wanted.filter);
  }

  /** @returns {import("../dashboard/lists.js").Column[]} */
  function columns() {
    return [
      { name: "name", head: t("admin.people.name"), cell: (user) => [h("button", { type: "button", class: "link strong", onclick: () => openPerson(user, desk.me, list.load) }, nameOf(user)), user.shopName && h("span", { class: "small muted" }, user.shopName)] },
      { name: "reach", head: t("admin.people.reach"), cell: (user) => [user.phone ? callLink(user.phone, nameOf(user)) : null, h("span", { class: "small address" }, user.email)] },
      { name: "role", head: t("admin.people.role"), cell: (user) => [t(`admin.roles.${user.role}`), ...marks(user)] },
      { name: "since", head: t("admin.people.since"), cell: (user) => day(user.createdAt) },
    ];
  }
}

/** @param {any} user */
function nameOf(user) {
  return `${user.firstName} ${user.lastName}`.trim() || t("admin.people.gone");
}

/** @param {any} user */
function marks(user) {
  return [user.isAdmin && state(t("admin.people.isAdmin"), "sky"), user.suspended && state(t("admin.people.isSuspended"), "chilli")];
}

/** @param {any} user @param {import("../admin.js").Me} me @param {() => Promise<void>} changed */
function openPerson(user, me, changed) {
  const sheet = openSheet(nameOf(user));
  const isMe = user.id === me.userId;
  const path = `/api/admin/users/${user.id}`;
  const facts = [user.email, user.phone, user.shopName, t("admin.people.sinceDay", { day: day(user.createdAt) })].filter(Boolean);
  /** @param {string} words @param {Record<string, any>} wish @param {boolean} [danger] */
  const change = (words, wish, danger = false) => action(t(`admin.people.${words}`), () => ask(words, danger, () => patch(path, wish)), danger);
  show(
    sheet.body,
    h("p", { class: "row" }, state(t(`admin.roles.${user.role}`)), ...marks(user)),
    h("p", { class: "muted address" }, facts.join(" · ")),
    isMe && h("p", null, t("admin.people.isMe")),
    h(
      "ul",
      { class: "menu" },
      !isMe && (user.suspended ? change("reactivate", { suspended: false }) : change("suspend", { suspended: true }, true)),
      action(t("admin.people.endSessions"), () => ask("endSessions", true, () => remove(`${path}/sessions`))),
      !isMe && (user.isAdmin ? change("takeAdmin", { isAdmin: false }, true) : change("makeAdmin", { isAdmin: true })),
      user.role !== "shopkeeper" && action(t("admin.people.makeShopkeeper"), askShop),
      user.role !== "customer" && change("makeCustomer", { role: "customer" }, true),
      h("li", null, h("a", { href: `#log/${user.id}`, onclick: sheet.close }, t("admin.people.log"))),
    ),
  );
  sheet.foot.remove();

  /** @param {string} words @param {() => void} act @param {boolean} [danger] */
  function action(words, act, danger = false) {
    return h("li", null, h("button", { type: "button", class: danger ? "bad" : "", onclick: act }, words));
  }

  /** @param {string} words @param {boolean} danger @param {() => Promise<any>} work */
  function ask(words, danger, work) {
    confirmFirst({
      title: t(`admin.people.ask.${words}.title`, { name: nameOf(user) }),
      text: t(`admin.people.ask.${words}.text`, { name: nameOf(user) }),
      submit: t(`admin.people.${words}`),
      danger,
      send: () => done(work),
    });
  }

  function askShop() {
    openForm(t("admin.people.ask.makeShopkeeper.title", { name: nameOf(user) }), {
      fields: [h("p", null, t("admin.people.ask.makeShopkeeper.text")), field({ name: "shopName", label: t("register.shopName"), optional: true }), field({ name: "shopAddress", label: t("register.shopAddress"), optional: true })],
      submit: t("admin.people.makeShopkeeper"),
      send: (values) => done(() => patch(path, { ...values, role: "shopkeeper" })),
    });
  }

  /** @param {() => Promise<any>} work */
  async function done(work) {
    await work();
    sheet.close();
    toast(t("admin.people.done", { name: nameOf(user) }));
    await changed();
  }
}

/** @param {() => Promise<void>} changed */
function openNew(changed) {
  const role = field({ name: "role", label: t("admin.people.role"), type: "select", choices: [["customer", t("admin.roles.customer")], ["shopkeeper", t("admin.roles.shopkeeper")]] });
  const shop = h("div", { class: "stack", hidden: true }, field({ name: "shopName", label: t("register.shopName") }), field({ name: "shopAddress", label: t("register.shopAddress") }));
  const select = /** @type {HTMLSelectElement} */ (role.querySelector("select"));
  const turn = () => {
    shop.hidden = select.value !== "shopkeeper";
    for (const input of shop.querySelectorAll("input")) input.disabled = shop.hidden;
  };
  select.addEventListener("change", turn);
  turn();
  openForm(t("admin.people.add"), {
    fields: [
      role,
      h("div", { class: "pair" }, field({ name: "firstName", label: t("register.firstName"), attributes: { autocomplete: "off" } }), field({ name: "lastName", label: t("register.lastName"), attributes: { autocomplete: "off" } })),
      field({ name: "email", label: t("register.email"), type: "email", attributes: { autocomplete: "off" } }),
      field({ name: "phone", label: t("register.phone"), type: "tel", attributes: { autocomplete: "off", inputmode: "tel" } }),
      field({ name: "password", label: t("admin.people.password"), type: "password", hint: t("admin.people.passwordHint"), attributes: { autocomplete: "new-password", minlength: 8 } }),
      shop,
    ],
    submit: t("admin.people.open"),
    send: async (values, key) => {
      const user = await post("/api/admin/users", values, { key });
      toast(t("admin.people.done", { name: nameOf(user) }));
      await changed();
    },
  });
}
