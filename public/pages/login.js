// @ts-check
/** Coming in: sign in, or create an account as customer or shopkeeper. */

import { post } from "../shared/api.js";
import { joinCarts } from "../shared/cart.js";
import { asked, byId, h, icon, show } from "../shared/dom.js";
import { field, sends } from "../shared/forms.js";
import { frame } from "../shared/frame.js";
import { t } from "../shared/messages.js";
import { rememberSession, session, worksHere } from "../shared/session.js";
import { stateField } from "../shared/states.js";

start();

function start() {
  if (session()) return goOn();
  frame({ page: "login" });
  const wanted = asked("new");
  if (wanted) register(wanted);
  else signIn();
}

function signIn() {
  document.title = t("signIn.title");
  const form = h(
    "form",
    { id: "sign-in", class: "stack" },
    field({ name: "who", label: t("signIn.who"), attributes: { autocomplete: "username", autocapitalize: "none", spellcheck: "false" } }),
    field({ name: "password", label: t("signIn.password"), type: "password", attributes: { autocomplete: "current-password" } }),
    h("button", { type: "submit", class: "button primary block" }, t("signIn.go")),
  );
  sends(form, async ({ who, password }) => welcome(await post("/api/auth/login", { ...named(who), password })));
  const other = h("p", { class: "centred" }, t("signIn.newHere"), " ", link(t("signIn.register"), () => register("customer")));
  const forgot = h("p", { class: "centred" }, h("a", { href: "/forgot.html" }, t("signIn.forgot")));
  show(byId("main"), h("div", { class: "stack loose" }, h("h1", null, t("signIn.title")), form, forgot, other));
}

/** @param {string} who what she typed: an address, a number, or a name */
function named(who) {
  if (who.includes("@")) return { email: who };
  return /^[+\d][\d\s()-]{7,}$/.test(who) ? { phone: who } : { username: who };
}

/** @param {string} role customer or shopkeeper */
function register(role) {
  document.title = t("register.title");
  const roles = h(
    "fieldset",
    { class: "stack close" },
    h("legend", null, t("register.role")),
    h("div", { class: "pair" }, roleCard("customer", "cart", role), roleCard("shopkeeper", "shop", role)),
  );
  const rest = h("div", { class: "stack" });
  const form = h("form", { id: "register", class: "stack" }, roles, ...personFields(), rest, h("button", { type: "submit", class: "button primary block" }, t("register.go")));
  const draw = () => show(rest, role === "shopkeeper" ? shopFields() : addressFields());
  form.addEventListener("change", (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    if (input.name !== "role") return;
    role = input.value;
    draw();
  });
  draw();
  sends(form, async (values, key) => welcome(await post("/api/auth/register", values, { key })));
  const other = h("p", { class: "centred" }, t("register.known"), " ", link(t("register.signIn"), signIn));
  show(byId("main"), h("div", { class: "stack loose" }, h("h1", null, t("register.title")), form, other));
}

/** @param {string} value @param {string} iconName @param {string} chosen */
function roleCard(value, iconName, chosen) {
  return h(
    "label",
    { class: "choice card" },
    h("input", { type: "radio", name: "role", value, checked: value === chosen }),
    icon(iconName),
    h("span", { class: "grow" }, h("strong", null, t(`register.${value}`)), h("br"), h("span", { class: "small muted" }, t(`register.${value}Hint`))),
  );
}

function personFields() {
  return [
    h(
      "div",
      { class: "pair" },
      field({ name: "firstName", label: t("register.firstName"), attributes: { autocomplete: "given-name" } }),
      field({ name: "lastName", label: t("register.lastName"), attributes: { autocomplete: "family-name" } }),
    ),
    field({ name: "phone", label: t("register.phone"), hint: t("register.phoneHint"), type: "tel", check: wrongPhone, attributes: { autocomplete: "tel", inputmode: "tel" } }),
    field({ name: "email", label: t("register.email"), type: "email", attributes: { autocomplete: "email" } }),
    field({ name: "password", label: t("register.password"), hint: t("register.passwordHint"), type: "password", attributes: { autocomplete: "new-password", minlength: 8 } }),
  ];
}

function addressFields() {
  return [
    field({ name: "address", label: t("register.address"), hint: t("register.addressHint"), optional: true, attributes: { autocomplete: "street-address" } }),
    h(
      "div",
      { class: "pair" },
      field({ name: "city", label: t("register.city"), optional: true, attributes: { autocomplete: "address-level2" } }),
      field({ name: "pincode", label: t("register.pincode"), optional: true, attributes: { autocomplete: "postal-code", inputmode: "numeric" } }),
    ),
    stateField({ name: "state", label: t("register.state"), optional: true }),
  ];
}

function shopFields() {
  return [
    field({ name: "shopName", label: t("register.shopName"), attributes: { autocomplete: "organization" } }),
    field({ name: "shopAddress", label: t("register.shopAddress") }),
    field({ name: "upiId", label: t("register.upiId"), hint: t("register.upiHint"), optional: true, attributes: { autocapitalize: "none", spellcheck: "false", inputmode: "email" } }),
    field({ name: "gstNumber", label: t("register.gstNumber"), optional: true, attributes: { autocapitalize: "characters", spellcheck: "false" } }),
  ];
}

/** @param {string} text */
function wrongPhone(text) {
  return /^(?:\+?91|0)?[1-9]\d{9}$/.test(text.replace(/[\s()-]/g, "")) ? "" : t("register.wrongPhone");
}

/** @param {string} words @param {() => void} go */
function link(words, go) {
  const turn = () => {
    go();
    byId("main").focus();
  };
  return h("button", { type: "button", class: "button plain", onclick: turn }, words);
}

/** @param {any} answer */
async function welcome(answer) {
  rememberSession(answer);
  // A cart that could not be joined is still in this browser.
  await joinCarts().catch(() => undefined);
  goOn();
}

function goOn() {
  const next = asked("next");
  // Only to a page of ours: never to where a link from elsewhere wants her to go.
  const ours = /^\/(?![/\\])/.test(next);
  location.replace(ours ? next : worksHere() ? "/dashboard.html" : "/");
}
