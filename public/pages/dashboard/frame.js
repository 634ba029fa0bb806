// @ts-check
/** What stands around every place of the desk: the bar under the thumb or the rail, the top line, sound and sign-out. */

import { get, signOut } from "../../shared/api.js";
import { byId, h, icon, show } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { isAsleep, isMuted, onMuted, setMuted } from "./bell.js";
import { onWaiting, waiting } from "./waiting.js";

/** @typedef {import("../dashboard.js").Me} Me */
/**
 * @typedef {object} Place
 * @property {string} name as in the address
 * @property {string} icon
 * @property {string[]} [needs] one of these rights lets her in; none: everybody of the shop
 * @property {"bar" | "rail"} [in] "bar": also under the thumb on a phone; "rail": on a phone it is found under More
 * @property {() => Promise<any>} load
 */

/** @type {Place[]} */
const PLACES = [
  { name: "home", icon: "home", in: "rail", load: () => import("./home.js") },
  { name: "orders", icon: "orders", needs: ["orders"], in: "bar", load: () => import("./orders.js") },
  { name: "payments", icon: "cash", needs: ["payments"], in: "bar", load: () => import("./payments.js") },
  { name: "inventory", icon: "box", needs: ["inventory", "prices"], in: "bar", load: () => import("./inventory.js") },
  { name: "analytics", icon: "chart", needs: ["reports"], in: "rail", load: () => import("./analytics.js") },
  { name: "reports", icon: "download", needs: ["reports"], in: "rail", load: () => import("./reports.js") },
  { name: "customers", icon: "users", needs: ["customers"], in: "rail", load: () => import("./customers.js") },
  // No right lets staff in here.
  { name: "staff", icon: "staff", needs: ["staff"], in: "rail", load: () => import("./staff.js") },
  { name: "notices", icon: "bell", in: "rail", load: () => import("./notices.js") },
  { name: "settings", icon: "settings", in: "rail", load: () => import("./settings.js") },
  { name: "more", icon: "menu", load: () => import("./more.js") },
];

let titleNow = "";

/** @param {Me} me @param {string} right @returns {boolean} the shopkeeper may do everything, her staff what she allowed */
export function mayDo(me, right) {
  return me.userRole === "shopkeeper" || me.permissions.includes(right);
}

/** @param {Me} me @returns {Place[]} the first is where she begins */
export function placesOf(me) {
  return PLACES.filter(({ needs }) => !needs || needs.some((right) => mayDo(me, right)));
}

/** Fetches what a place is made of while its numbers are still asked for. @param {string} name */
export function fetchEarly(name) {
  (PLACES.find((place) => place.name === name) ?? PLACES[0]).load().catch(() => undefined);
}

/** @param {Me} me */
export function showFrame(me) {
  const skip = byId("skip");
  skip.textContent = t("dashboard.skip");
  skip.addEventListener("click", skipToMain);
  byId("places").setAttribute("aria-label", t("dashboard.placesLabel"));
  const names = [h("span", { class: "name" }), h("span", { class: "name" })];
  drawPlaces(me, names[0]);
  drawTop(names[1]);
  drawCounts();
  onWaiting(drawCounts);
  nameShop(me, names);
}

/** @param {Event} event the address names the place, so the link must not change it */
function skipToMain(event) {
  event.preventDefault();
  byId("main").focus();
}

/** @param {Me} me @param {HTMLElement} name */
function drawPlaces(me, name) {
  const links = placesOf(me).map((place) => {
    const where = place.in === "rail" ? "only-rail" : place.in === "bar" ? "" : "only-bar";
    return h("a", { href: `#${place.name}`, class: where, data: { place: place.name } }, icon(place.icon), h("span", null, t(`dashboard.places.${place.name}`)), counter(place.name));
  });
  show(
    byId("places"),
    h("a", { class: "brand", href: "#home" }, icon("shop"), name),
    links,
    h("div", { class: "only-rail rail-end" }, me.isAdmin && adminLink(), accountLink(), soundButton("rail"), signOutButton()),
  );
}

/** @param {HTMLElement} name */
function drawTop(name) {
  const notices = h("a", { class: "icon-button", href: "#notices", aria: { label: t("dashboard.places.notices") } }, icon("bell"), counter("notices"));
  show(byId("top"), h("a", { class: "brand", href: "#home" }, icon("shop"), name), h("div", { class: "row whole push" }, soundButton("top"), notices));
}

/** @param {string} place */
function counter(place) {
  const calm = place === "inventory" ? " calm" : "";
  return h("span", { class: `count${calm}`, data: { count: place } });
}

/** The red numbers: what waits in each place, and in the window's title for who looks elsewhere. */
function drawCounts() {
  const { toPack, returns, toConfirm, refunds, stats, unread } = waiting();
  const urgent = toPack + returns + toConfirm + refunds;
  document.title = `${urgent ? `(${urgent}) ` : ""}${titleNow}`;
  const counts = { orders: toPack + returns, payments: toConfirm + refunds, inventory: stats?.lowStockCount ?? 0, notices: unread };
  for (const [place, number] of Object.entries(counts)) {
    for (const mark of document.querySelectorAll(`[data-count="${place}"]`)) {
      const words = h("span", { class: "visually-hidden" }, ` ${t("dashboard.waits")}`);
      mark.replaceChildren(...(number ? [number > 99 ? "99+" : String(number), words] : []));
    }
  }
}

/** @param {Place} place where she is now */
export function markPlace(place) {
  titleNow = `${t(`dashboard.places.${place.name}`)} · ${t("dashboard.title")}`;
  drawCounts();
  for (const link of document.querySelectorAll("[data-place]")) link.removeAttribute("aria-current");
  const shown = place.in === "rail" ? [place.name, "more"] : [place.name];
  for (const name of shown) document.querySelector(`[data-place="${name}"]`)?.setAttribute("aria-current", "page");
}

/** The bell's switch. @param {"top" | "rail" | "menu"} where @param {AbortSignal} [signal] when it is gone */
export function soundButton(where, signal) {
  const button = h("button", { type: "button", class: where === "top" ? "icon-button" : "" });
  const draw = () => {
    const state = isMuted() ? "off" : isAsleep() ? "asleep" : "on";
    const words = t(`dashboard.sound.${state}`);
    button.setAttribute("aria-pressed", String(state !== "off"));
    button.toggleAttribute("data-asleep", state === "asleep");
    show(button, icon(isMuted() ? "mute" : "sound"), h("span", { class: where === "top" ? "visually-hidden" : "" }, words));
  };
  // The touch that wakes the bell is not meant to silence it.
  button.addEventListener("click", () => button.hasAttribute("data-asleep") || setMuted(!isMuted()));
  onMuted(draw, signal);
  draw();
  return button;
}

/** For who looks after the installation too. */
export function adminLink() {
  return h("a", { href: "/admin.html" }, icon("key"), h("span", null, t("dashboard.admin")));
}

/** Her own address, number and password, and leaving. */
export function accountLink() {
  return h("a", { href: "/account.html" }, icon("user"), h("span", null, t("dashboard.account")));
}

export function signOutButton() {
  return h("button", { type: "button", onclick: signOut }, icon("out"), h("span", null, t("dashboard.signOut")));
}

/** @param {Me} me @param {HTMLElement[]} names */
async function nameShop(me, names) {
  const shop = await get(`/api/shops/${me.shopId}`);
  for (const name of names) name.textContent = shop.name;
}
