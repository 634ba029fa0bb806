// @ts-check
/** The shopkeeper's own account: another password, and where she is signed in. */

import { get, put, remove } from "../../shared/api.js";
import { moment } from "../../shared/dates.js";
import { h, show } from "../../shared/dom.js";
import { field, sends } from "../../shared/forms.js";
import { t } from "../../shared/messages.js";
import { doing, toast } from "./floating.js";

/** @param {import("../dashboard.js").Desk} desk @returns {Promise<HTMLElement[]>} */
export async function accountSections(desk) {
  const list = h("ul", { class: "list" });
  const load = async () => show(list, ...(await get("/api/account/sessions", { signal: desk.signal })).map(sessionRow));
  await load();
  return [passwordSection(load), h("section", { class: "card" }, h("h2", null, t("profile.sessions")), list)];

  /** @param {any} session */
  function sessionRow({ id, device, lastUsedAt, current }) {
    const end = h("button", { type: "button", class: "button", aria: { label: t("profile.endNamed", { device }) } }, t("profile.end"));
    end.addEventListener("click", () =>
      doing(end, async () => {
        await remove(`/api/account/sessions/${id}`);
        await load();
      }),
    );
    return h("li", { class: "row apart" }, h("span", { class: "grow" }, h("span", { class: "strong" }, device || t("dashboard.settings.someDevice")), h("span", { class: "small muted block" }, moment(lastUsedAt))), current ? h("span", { class: "state", data: { tone: "leaf" } }, t("profile.here")) : end);
  }
}

/** @param {() => Promise<void>} ended the other sessions are over */
function passwordSection(ended) {
  const form = h(
    "form",
    { class: "stack", id: "settings-password" },
    field({ name: "current", label: t("profile.currentPassword"), type: "password", attributes: { autocomplete: "current-password" } }),
    field({ name: "new", label: t("profile.newPassword"), type: "password", hint: t("register.passwordHint"), attributes: { autocomplete: "new-password", minlength: 8 } }),
    h("div", { class: "row" }, h("button", { type: "submit", class: "button primary" }, t("profile.change"))),
  );
  sends(form, async () => {
    const typed = new FormData(form);
    await put("/api/account/password", { current: typed.get("current"), new: typed.get("new") });
    form.reset();
    toast(t("profile.changed"));
    await ended();
  });
  return h("section", { class: "card" }, h("h2", null, t("profile.password")), form);
}
