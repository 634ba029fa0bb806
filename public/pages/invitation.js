// @ts-check
/** Somebody was invited to work in a shop: she chooses a password and is in. The link in her mail carries the code. */

import { post } from "../shared/api.js";
import { byId, h, show } from "../shared/dom.js";
import { field, sends } from "../shared/forms.js";
import { frame } from "../shared/frame.js";
import { t } from "../shared/messages.js";
import { rememberSession } from "../shared/session.js";

start();

function start() {
  frame();
  document.title = t("invitation.title");
  const code = location.hash.slice(1);
  // Out of the address: it is nobody else's, and good once.
  history.replaceState(null, "", location.pathname);
  const form = h(
    "form",
    { id: "invitation", class: "stack" },
    field({ name: "code", label: t("invitation.code"), hint: t("invitation.codeHint"), value: code, attributes: { autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: 200 } }),
    field({ name: "password", label: t("invitation.password"), type: "password", hint: t("register.passwordHint"), attributes: { autocomplete: "new-password", minlength: 8 } }),
    h("button", { type: "submit", class: "button primary block" }, t("invitation.accept")),
  );
  sends(form, async (values, key) => {
    rememberSession(await post("/api/staff/invitations/accept", values, { key }));
    location.replace("/dashboard.html");
  });
  show(byId("main"), h("div", { class: "stack loose" }, h("h1", null, t("invitation.title")), h("p", { class: "muted" }, t("invitation.text")), form));
  /** @type {HTMLInputElement} */ (form.querySelector(code ? '[name="password"]' : '[name="code"]')).focus();
}
