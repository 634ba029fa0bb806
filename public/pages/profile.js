// @ts-check
/** The customer herself: her details, her password, where she is signed in, and her notices. */

import { pageLink } from "../components/papers.js";
import { get, patch, post, put, remove } from "../shared/api.js";
import { age, moment } from "../shared/dates.js";
import { forgetCart } from "../shared/cart.js";
import { byId, failed, h, icon, notice, show, skeleton, state } from "../shared/dom.js";
import { field, sends } from "../shared/forms.js";
import { frame } from "../shared/frame.js";
import { t } from "../shared/messages.js";
import { rupees } from "../shared/money.js";
import { forgetSession } from "../shared/session.js";
import { stateField } from "../shared/states.js";

start();

async function start() {
  if (!frame({ page: "profile", needsSignIn: true })) return;
  document.title = t("profile.title");
  show(byId("main"), skeleton(5));
  try {
    const [customer, sessions, notices] = await Promise.all([get("/api/customer/profile"), get("/api/account/sessions"), get("/api/notifications?limit=10")]);
    render(customer, sessions, notices);
  } catch (error) {
    show(byId("main"), failed(error, start));
  }
}

/** @param {any} customer @param {any[]} sessions @param {any[]} notices */
function render(customer, sessions, notices) {
  show(
    byId("main"),
    h(
      "div",
      { class: "stack loose" },
      h(
        "div",
        { class: "stack tight" },
        h("h1", { id: "name" }, `${customer.firstName} ${customer.lastName}`),
        h("p", { class: "muted" }, t("profile.about", { orders: customer.totalOrders, spent: rupees(customer.totalSpent) })),
        h("p", { class: "muted small" }, `${customer.phone} · ${customer.email}`),
        h("p", { class: "row" }, h("a", { href: "/account.html" }, t("profile.account")), !customer.emailConfirmed && state(t("profile.notConfirmed"), "marigold")),
        h("p", { class: "row" }, pageLink("/api/reports/monthly", t("profile.month"), "button", "print")),
      ),
      noticeList(notices),
      details(customer),
      password(),
      themes(),
      h("section", { class: "card stack", id: "sessions", aria: { labelledby: "where" } }, sessionList(sessions)),
      h("button", { type: "button", class: "button danger block", onclick: signOut }, icon("out"), t("profile.signOut")),
    ),
  );
}

/** @param {any[]} notices */
function noticeList(notices) {
  const rows = notices.map((one) => {
    const seen = () => {
      if (!one.read) put(`/api/notifications/${one.id}/read`, {}).catch(() => undefined);
    };
    return h("li", null, h("a", { href: one.link || "/orders.html", class: one.read ? "" : "strong", onclick: seen }, one.text), h("p", { class: "small muted" }, age(one.at)));
  });
  return h("section", { class: "card", aria: { labelledby: "notices" } }, h("h2", { id: "notices" }, t("profile.notices")), rows.length ? h("ul", { class: "list" }, rows) : h("p", { class: "muted" }, t("profile.noNotices")));
}

/** @param {any} customer */
function details(customer) {
  const said = h("div", { role: "status" });
  const one = (/** @type {string} */ name, /** @type {string} */ key, /** @type {Record<string, any>} */ attributes, optional = true) => field({ name, label: t(`register.${key}`), value: customer[name] ?? "", optional, attributes });
  const form = h(
    "form",
    { id: "details", class: "card stack" },
    h("h2", null, t("profile.details")),
    h("div", { class: "pair" }, one("firstName", "firstName", { autocomplete: "given-name" }, false), one("lastName", "lastName", { autocomplete: "family-name" }, false)),
    one("address", "address", { autocomplete: "street-address" }),
    h("div", { class: "pair" }, one("city", "city", { autocomplete: "address-level2" }), one("pincode", "pincode", { autocomplete: "postal-code", inputmode: "numeric" })),
    stateField({ name: "state", label: t("register.state"), value: customer.state ?? "", optional: true }),
    said,
    h("button", { type: "submit", class: "button primary" }, t("profile.save")),
  );
  sends(form, async (values) => {
    const emptied = Object.fromEntries(["address", "city", "pincode", "state"].map((name) => [name, ""]));
    await patch("/api/account", { ...emptied, ...values });
    byId("name").textContent = `${values.firstName} ${values.lastName}`;
    show(said, notice("leaf", "check", t("profile.saved")));
  });
  return form;
}

function password() {
  const said = h("div", { role: "status" });
  const form = h(
    "form",
    { id: "password", class: "card stack" },
    h("h2", null, t("profile.password")),
    field({ name: "current", label: t("profile.currentPassword"), type: "password", attributes: { autocomplete: "current-password" } }),
    field({ name: "new", label: t("profile.newPassword"), hint: t("register.passwordHint"), type: "password", attributes: { autocomplete: "new-password", minlength: 8 } }),
    said,
    h("button", { type: "submit", class: "button" }, t("profile.change")),
  );
  sends(form, async () => {
    // Passwords go as they were typed, also with a space at the end.
    const typed = new FormData(form);
    await put("/api/account/password", { current: typed.get("current"), new: typed.get("new") });
    form.reset();
    show(said, notice("leaf", "check", t("profile.changed")));
  });
  return form;
}

function themes() {
  const chosen = localStorage.getItem("theme") ?? "auto";
  const choose = (/** @type {string} */ theme) => {
    if (theme === "auto") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };
  return h(
    "fieldset",
    { class: "card stack close" },
    h("legend", { class: "visually-hidden" }, t("profile.theme")),
    h("h2", { aria: { hidden: "true" } }, t("profile.theme")),
    ["auto", "light", "dark"].map((theme) =>
      h("label", { class: "choice" }, h("input", { type: "radio", name: "theme", value: theme, checked: theme === chosen, onchange: () => choose(theme) }), t(`profile.themes.${theme}`)),
    ),
  );
}

/** @param {any[]} sessions */
function sessionList(sessions) {
  return [
    h("h2", { id: "where" }, t("profile.sessions")),
    h(
      "ul",
      { class: "list" },
      sessions.map((one) =>
        h(
          "li",
          { class: "row apart" },
          h("div", null, h("strong", null, one.device), h("p", { class: "small muted" }, t("profile.since", { moment: moment(one.createdAt) }))),
          one.current ? state(t("profile.here"), "leaf") : h("button", { type: "button", class: "button", aria: { label: t("profile.endNamed", one) }, onclick: () => end(one.id) }, t("profile.end")),
        ),
      ),
    ),
  ];
}

/** @param {string} sessionId */
async function end(sessionId) {
  try {
    await remove(`/api/account/sessions/${sessionId}`);
    show(byId("sessions"), sessionList(await get("/api/account/sessions")));
  } catch (error) {
    show(byId("sessions"), failed(error, () => end(sessionId)));
  }
}

async function signOut() {
  // Whoever wants to leave is let go, also when the shop cannot be reached.
  await post("/api/auth/logout").catch(() => undefined);
  await forgetSession();
  forgetCart();
  location.assign("/");
}
