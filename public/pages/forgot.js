// @ts-check
/** A forgotten password: first the address, then the code that was mailed to it and a new password. */

import { post } from "../shared/api.js";
import { codeField } from "../components/code-field.js";
import { asked, byId, h, icon, notice, show } from "../shared/dom.js";
import { field, sends } from "../shared/forms.js";
import { frame } from "../shared/frame.js";
import { learn, t } from "../shared/messages.js";

start();

async function start() {
  await learn("account");
  frame({ page: "login" });
  document.title = t("account.forgotTitle");
  ask();
}

function ask() {
  const form = h(
    "form",
    { id: "forgot", class: "stack" },
    h("p", { class: "muted" }, t("account.forgotText")),
    field({ name: "email", label: t("account.email"), type: "email", value: asked("email"), attributes: { autocomplete: "username", autocapitalize: "none", spellcheck: "false" } }),
    h("button", { type: "submit", class: "button primary block" }, t("account.mailCode")),
  );
  sends(form, async ({ email }) => {
    await post("/api/auth/forgot-password", { email });
    reset(email);
  });
  turn(h("h1", null, t("account.forgotTitle")), form);
}

/** @param {string} email */
function reset(email) {
  const said = h("div", { role: "status" });
  const form = h(
    "form",
    { id: "reset", class: "stack" },
    h("p", { class: "muted" }, t("account.resetText", { email })),
    // So that password managers know whose password it is.
    h("input", { type: "email", value: email, autocomplete: "username", hidden: true, aria: { hidden: "true" } }),
    codeField(),
    field({ name: "password", label: t("account.newPassword"), hint: t("register.passwordHint"), type: "password", attributes: { autocomplete: "new-password", minlength: 8 } }),
    h("button", { type: "submit", class: "button primary block" }, t("account.setPassword")),
    said,
  );
  sends(form, async ({ code, password }) => {
    await post("/api/auth/reset-password", { email, code, password });
    done();
  });
  const again = async () => {
    await post("/api/auth/forgot-password", { email });
    show(said, notice("leaf", "check", t("account.sentAgain")));
  };
  const another = h("p", { class: "centred muted" }, t("account.again"), " ", h("button", { type: "button", class: "button plain", onclick: again }, t("account.askAgain")));
  turn(h("h1", null, t("account.resetTitle")), form, another);
  /** @type {HTMLElement | null} */ (form.querySelector("input:not([hidden])"))?.focus();
}

function done() {
  turn(
    h("h1", null, icon("check"), " ", t("account.resetDone")),
    h("p", { class: "muted" }, t("account.resetDoneText")),
    h("a", { href: "/login.html", class: "button primary block" }, t("account.signIn")),
  );
  byId("main").focus();
}

/** @param {...Node} parts */
function turn(...parts) {
  show(byId("main"), h("div", { class: "stack loose" }, parts));
}
