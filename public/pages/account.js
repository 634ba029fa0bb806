// @ts-check
/** One's own account, whoever one is: the address and its proof, the phone number, reminders, and leaving. */

import { codeField } from "../components/code-field.js";
import { get, patch, post, remove } from "../shared/api.js";
import { forgetCart } from "../shared/cart.js";
import { byId, failed, h, notice, show, skeleton, state } from "../shared/dom.js";
import { clearErrors, field, sends, showErrors } from "../shared/forms.js";
import { frame } from "../shared/frame.js";
import { learn, t } from "../shared/messages.js";
import { forgetSession, worksHere } from "../shared/session.js";

start();

async function start() {
  await learn("account");
  if (!frame({ page: "profile", needsSignIn: true })) return;
  document.title = t("account.title");
  show(byId("main"), skeleton(5));
  try {
    render(await get("/api/account"));
  } catch (error) {
    show(byId("main"), failed(error, start));
  }
}

/** @param {any} account @param {string} [said] what has just been done */
function render(account, said) {
  const back = worksHere() ? "/dashboard.html" : "/profile.html";
  show(
    byId("main"),
    h(
      "div",
      { class: "stack loose" },
      h("h1", null, t("account.title")),
      h("div", { role: "status" }, said && notice("leaf", "check", said)),
      email(account),
      phone(account),
      account.role === "customer" && reminders(account),
      leaving(account),
      h("p", null, h("a", { href: back }, t("account.back"))),
    ),
  );
}

/** @param {any} account */
function email(account) {
  const card = h("section", { class: "card stack", id: "email" });
  const mark = account.emailConfirmed ? state(t("account.confirmed"), "leaf") : state(t("account.notConfirmed"), "marigold");
  const head = () => [h("h2", null, t("account.email")), h("div", { class: "row apart" }, h("span", { class: "break" }, account.email), mark)];
  const draw = () => show(card, head(), !account.emailConfirmed && proof(account), change("account.changeEmail", () => ask()));
  const ask = () => askFor(card, head(), { name: "email", label: t("account.newEmail"), type: "email", path: "/api/account/email", words: (target) => t("account.emailText", { target }), done: "account.emailDone", leave: draw });
  draw();
  return card;
}

/** @param {any} account */
function phone(account) {
  const card = h("section", { class: "card stack", id: "phone" });
  const head = () => [h("h2", null, t("account.phone")), h("p", null, account.phone)];
  const draw = () => show(card, head(), change("account.changePhone", () => ask()));
  const ask = () => askFor(card, head(), { name: "phone", label: t("account.newPhone"), type: "tel", path: "/api/account/phone", words: () => t("account.phoneText", account), done: "account.phoneDone", leave: draw });
  draw();
  return card;
}

/** The address she has: the code of the welcome mail, or another one. @param {any} account */
function proof(account) {
  const said = h("div", { role: "status" });
  const form = h("form", { id: "proof", class: "stack" }, h("p", { class: "muted" }, t("account.confirmText", account)), codeField(), h("button", { type: "submit", class: "button primary" }, t("account.confirm")), said);
  sends(form, async ({ code }) => render(await post("/api/account/email/confirmation", { code }), t("account.confirmDone")));
  const again = async () => {
    clearErrors(form);
    try {
      await post("/api/account/email/code");
      show(said, notice("leaf", "check", t("account.sentAgain")));
    } catch (error) {
      showErrors(form, /** @type {Error} */ (error).message, []);
    }
  };
  return h("div", { class: "stack" }, form, h("p", { class: "muted" }, t("account.again"), " ", h("button", { type: "button", class: "button plain", onclick: again }, t("account.askAgain"))));
}

/**
 * First what it shall be and the password, then the code that was mailed.
 * @param {HTMLElement} card @param {Node[]} head
 * @param {{name: string, label: string, type: string, path: string, words: (target: string) => string, done: string, leave: () => void}} wish
 */
function askFor(card, head, { name, label, type, path, words, done, leave }) {
  const form = h(
    "form",
    { class: "stack" },
    field({ name, label, type, attributes: { autocomplete: type } }),
    field({ name: "password", label: t("account.passwordNow"), type: "password", attributes: { autocomplete: "current-password" } }),
    h("div", { class: "row" }, h("button", { type: "submit", class: "button primary" }, t("account.mailCode")), stay(leave)),
  );
  sends(form, async (values) => {
    await post(path, values);
    takeCode(values[name]);
  });
  const takeCode = (/** @type {string} */ target) => {
    const last = h("form", { class: "stack" }, h("p", { class: "muted" }, words(target)), codeField(), h("div", { class: "row" }, h("button", { type: "submit", class: "button primary" }, label), stay(leave)));
    sends(last, async ({ code }) => render(await post(`${path}/confirmation`, { code }), t(done, { target })));
    open(last);
  };
  const open = (/** @type {HTMLFormElement} */ shown) => {
    show(card, head, shown);
    shown.querySelector("input")?.focus();
  };
  open(form);
}

/** @param {any} account */
function reminders(account) {
  const said = h("div", { role: "status" });
  const keep = async (/** @type {Event} */ event) => {
    const box = /** @type {HTMLInputElement} */ (event.target);
    try {
      await patch("/api/account", { reminders: box.checked });
      show(said, notice("leaf", "check", t("account.remindersSaved")));
    } catch (error) {
      box.checked = !box.checked;
      show(said, notice("chilli", "alert", /** @type {Error} */ (error).message));
    }
  };
  const box = h("input", { type: "checkbox", name: "reminders", checked: account.reminders, onchange: keep });
  return h("section", { class: "card stack", id: "reminders" }, h("h2", null, t("account.reminders")), h("label", { class: "choice" }, box, t("account.remindersText")), said);
}

/** @param {any} account */
function leaving(account) {
  const card = h("section", { class: "card stack", id: "leave" });
  const draw = () => show(card, h("h2", null, t("account.leave")), h("button", { type: "button", class: "button danger", onclick: () => ask() }, t("account.leave")));
  const ask = () => {
    const sure = h("input", { type: "checkbox", id: "sure" });
    const form = h(
      "form",
      { class: "stack" },
      h("p", null, t("account.leaveText")),
      account.role === "shopkeeper" && h("p", { class: "strong" }, t("account.leaveShop")),
      h("label", { class: "choice" }, sure, t("account.leaveSure")),
      field({ name: "password", label: t("account.passwordNow"), type: "password", attributes: { autocomplete: "current-password" } }),
      h("div", { class: "row" }, h("button", { type: "submit", class: "button danger" }, t("account.leaveGo")), stay(draw)),
    );
    sends(form, async ({ password }) => {
      if (!sure.checked) return showErrors(form, t("account.leaveUnsure"), []);
      await remove("/api/account", { body: { password } });
      left();
    });
    show(card, h("h2", null, t("account.leave")), form);
    sure.focus();
  };
  draw();
  return card;
}

function left() {
  forgetSession();
  forgetCart();
  show(byId("main"), h("div", { class: "stack loose" }, h("h1", null, t("account.left")), h("p", { class: "muted" }, t("account.leftText")), h("a", { href: "/", class: "button primary block" }, t("account.toShop"))));
  byId("main").focus();
}

/** @param {string} key @param {() => void} go */
function change(key, go) {
  return h("div", null, h("button", { type: "button", class: "button", onclick: go }, t(key)));
}

/** @param {() => void} leave */
function stay(leave) {
  return h("button", { type: "button", class: "button", onclick: leave }, t("account.stay"));
}
