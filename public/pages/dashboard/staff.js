// @ts-check
/** Who works in the shop: invited by mail, allowed this and that, and parted from. Only the shopkeeper comes here. */

import { get, patch, post, remove } from "../../shared/api.js";
import { day } from "../../shared/dates.js";
import { empty, failed, h, icon, show, skeleton, state } from "../../shared/dom.js";
import { field } from "../../shared/forms.js";
import { t } from "../../shared/messages.js";
import { confirmFirst, openForm, toast } from "./floating.js";
import { iconButton, placeHead } from "./parts.js";

const PERMISSIONS = ["orders", "payments", "inventory", "prices", "customers", "reports", "settings"];
const TONES = /** @type {Record<string, string>} */ ({ active: "leaf", invited: "marigold", suspended: "chilli" });

/** @param {import("../dashboard.js").Desk} desk */
export async function enter(desk) {
  const list = h("ul", { class: "people" });
  const under = h("div");
  show(desk.root, placeHead(t("dashboard.places.staff"), h("button", { type: "button", class: "button primary", onclick: invite }, icon("plus"), t("dashboard.staff.invite"))), h("p", { class: "muted" }, t("dashboard.staff.text")), list, under);
  show(under, skeleton(4));
  await load();

  async function load() {
    try {
      const people = await get("/api/shopkeeper/staff", { signal: desk.signal });
      show(list, ...people.map(personRow));
      show(under, !people.length && empty({ icon: "staff", title: t("dashboard.staff.none"), text: t("dashboard.staff.noneText") }));
    } catch (error) {
      if (!desk.signal.aborted) show(under, failed(error, load));
    }
  }

  /** @param {any} person */
  function personRow(person) {
    const name = `${person.firstName} ${person.lastName}`;
    const when = person.state === "invited" ? t("dashboard.staff.until", { day: day(person.expiresAt) }) : t("dashboard.staff.since", { day: day(person.since) });
    const may = person.permissions.map((/** @type {string} */ right) => h("li", { class: "state" }, t(`dashboard.staff.rights.${right}`)));
    return h(
      "li",
      { class: "card stack close" },
      h(
        "div",
        { class: "row whole" },
        h("div", { class: "grow" }, h("h2", { class: "lead strong" }, name), h("p", { class: "small muted address" }, person.email)),
        state(t(`dashboard.staff.states.${person.state}`), TONES[person.state]),
      ),
      h("p", { class: "small muted" }, when),
      may.length ? h("ul", { class: "row rights", aria: { label: t("dashboard.staff.may") } }, may) : h("p", null, t("dashboard.staff.mayNothing")),
      h(
        "div",
        { class: "row whole" },
        h("button", { type: "button", class: "button grow", aria: { label: t("dashboard.staff.changeNamed", { name }) }, onclick: () => change(person, name) }, icon("edit"), t("dashboard.staff.change")),
        iconButton("trash", t("dashboard.staff.remove", { name }), () => part(person, name)),
      ),
    );
  }

  function invite() {
    openForm(t("dashboard.staff.invite"), {
      fields: [
        h("div", { class: "pair" }, field({ name: "firstName", label: t("register.firstName"), attributes: { autocomplete: "off" } }), field({ name: "lastName", label: t("register.lastName"), attributes: { autocomplete: "off" } })),
        field({ name: "email", label: t("register.email"), type: "email", hint: t("dashboard.staff.emailHint"), attributes: { autocomplete: "off" } }),
        rightsField([]),
      ],
      submit: t("dashboard.staff.send"),
      send: async ({ firstName, lastName, email, ...ticked }, key) => {
        await post("/api/shopkeeper/staff", { firstName, lastName, email, permissions: rightsOf(ticked) }, { key });
        toast(t("dashboard.staff.didInvite", { email }));
        await load();
      },
    });
  }

  /** @param {any} person @param {string} name */
  function change(person, name) {
    openForm(t("dashboard.staff.changeNamed", { name }), {
      fields: [rightsField(person.permissions)],
      submit: t("dashboard.save"),
      send: async (ticked) => {
        await patch(`/api/shopkeeper/staff/${person.id}`, { permissions: rightsOf(ticked) });
        toast(t("dashboard.staff.didChange", { name }));
        await load();
      },
    });
  }

  /** @param {any} person @param {string} name */
  function part({ id, state: now }, name) {
    confirmFirst({
      title: t(now === "invited" ? "dashboard.staff.takeBackTitle" : "dashboard.staff.removeTitle", { name }),
      text: t(now === "invited" ? "dashboard.staff.takeBackText" : "dashboard.staff.removeText", { name }),
      submit: t(now === "invited" ? "dashboard.staff.takeBack" : "dashboard.staff.removeIt"),
      send: async () => {
        await remove(`/api/shopkeeper/staff/${id}`);
        toast(t("dashboard.staff.didRemove", { name }));
        await load();
      },
    });
  }
}

/** @param {string[]} ticked */
function rightsField(ticked) {
  const boxes = PERMISSIONS.map((right) =>
    h(
      "label",
      { class: "choice", for: `may-${right}` },
      h("input", { type: "checkbox", name: right, id: `may-${right}`, value: "yes", checked: ticked.includes(right), aria: { describedby: `may-${right}-hint` } }),
      h("span", { class: "grow" }, h("span", { class: "strong" }, t(`dashboard.staff.rights.${right}`)), h("span", { class: "small muted block", id: `may-${right}-hint` }, t(`dashboard.staff.rightHints.${right}`))),
    ),
  );
  return h("fieldset", { class: "stack tight" }, h("legend", { class: "strong" }, t("dashboard.staff.may")), boxes);
}

/** @param {Record<string, any>} ticked */
function rightsOf(ticked) {
  return PERMISSIONS.filter((right) => ticked[right]);
}
