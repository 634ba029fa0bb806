// @ts-check
/** Staff who write goods without a permit are asked for the code that the shopkeeper gets by mail; then it goes on. */

import { openSheet } from "../../components/sheet.js";
import { onPermitNeeded, post } from "../../shared/api.js";
import { moment } from "../../shared/dates.js";
import { h, show } from "../../shared/dom.js";
import { field, sends } from "../../shared/forms.js";
import { t } from "../../shared/messages.js";
import { doing, toast } from "./floating.js";

/** @type {Promise<boolean> | null} */
let asking = null;

/** Whatever is refused for want of a permit is tried again with one: all that was refused meanwhile share the question. */
export function offerPermits() {
  onPermitNeeded(() => {
    asking ??= ask().finally(() => (asking = null));
    return asking;
  });
}

/** @returns {Promise<boolean>} whether there is a permit now */
function ask() {
  return new Promise((tell) => {
    let given = false;
    const sheet = openSheet(t("dashboard.permit.title"), { closed: () => tell(given) });
    const send = h("button", { type: "button", class: "button primary", onclick: () => doing(send, sendCode) }, t("dashboard.permit.ask"));
    show(sheet.body, h("p", null, t("dashboard.permit.text")), send);
    sheet.foot.remove();
    send.focus();

    async function sendCode() {
      await post("/api/staff/permits");
      const form = h(
        "form",
        { class: "stack" },
        h("p", { role: "status" }, t("dashboard.permit.sent")),
        field({ name: "code", label: t("dashboard.permit.code"), attributes: { inputmode: "numeric", autocomplete: "one-time-code", maxlength: 6 } }),
        h("div", { class: "row" }, h("button", { type: "submit", class: "button primary" }, t("dashboard.permit.goOn")), again()),
      );
      sends(form, async ({ code }) => {
        const { permitUntil } = await post("/api/staff/permits/confirm", { code });
        given = true;
        sheet.close();
        toast(t("dashboard.permit.given", { moment: moment(permitUntil) }));
      });
      show(sheet.body, form);
      form.querySelector("input")?.focus();
    }

    function again() {
      const button = h("button", { type: "button", class: "button", onclick: () => doing(button, sendCode) }, t("dashboard.permit.again"));
      return button;
    }
  });
}
