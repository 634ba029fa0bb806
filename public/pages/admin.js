// @ts-check
/** Who looks after the installation: all accounts, all shops, the mails that wait, and the log of who did what. */

import { ApiError, get, signOut } from "../shared/api.js";
import { byId, failed, h, icon, show, skeleton } from "../shared/dom.js";
import { learn, t } from "../shared/messages.js";
import { onSession, session, worksHere } from "../shared/session.js";

/** @typedef {{userId: string, userName: string, userRole: string, isAdmin: boolean}} Me */
/**
 * What a place is given: where to draw, what stands in the address after its name, and whom it serves.
 * @typedef {{root: HTMLElement, rest: string[], me: Me, signal: AbortSignal}} Desk
 */

const PLACES = [
  { name: "people", icon: "users", load: () => import("./admin/people.js") },
  { name: "shops", icon: "shop", load: () => import("./admin/shops.js") },
  { name: "mails", icon: "note", load: () => import("./admin/mails.js") },
  { name: "log", icon: "clock", load: () => import("./admin/log.js") },
];

let close = new AbortController();

start();

async function start() {
  await Promise.all([learn("dashboard"), learn("admin")]);
  if (!session()) return signIn();
  onSession((now) => now || signIn());
  show(byId("main"), skeleton(6));
  try {
    const me = await get("/api/auth/me");
    if (!me.isAdmin) return location.replace("/");
    drawFrame();
    addEventListener("hashchange", () => go(me, true));
    await go(me, false);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return signIn();
    show(byId("main"), failed(error, () => location.reload()));
  }
}

function signIn() {
  location.replace(`/login.html?next=${encodeURIComponent(location.pathname + location.hash)}`);
}

function drawFrame() {
  const skip = byId("skip");
  skip.textContent = t("skip");
  skip.addEventListener("click", (/** @type {Event} */ event) => {
    event.preventDefault();
    byId("main").focus();
  });
  byId("places").setAttribute("aria-label", t("admin.placesLabel"));
  const back = worksHere() ? h("a", { href: "/dashboard.html" }, icon("chart"), h("span", null, t("frame.dashboard"))) : h("a", { href: "/" }, icon("shop"), h("span", null, t("frame.shop")));
  show(
    byId("places"),
    h("a", { class: "brand", href: "#people" }, icon("key"), h("span", { class: "name" }, t("admin.title"))),
    PLACES.map(({ name, icon: picture }) => h("a", { href: `#${name}`, data: { place: name } }, icon(picture), h("span", null, t(`admin.places.${name}`)))),
    h("div", { class: "only-rail rail-end" }, back, h("button", { type: "button", onclick: signOut }, icon("out"), h("span", null, t("dashboard.signOut")))),
  );
  const out = h("button", { type: "button", class: "icon-button", aria: { label: t("dashboard.signOut") }, onclick: signOut }, icon("out"));
  const home = h("a", { class: "icon-button", href: worksHere() ? "/dashboard.html" : "/", aria: { label: t(worksHere() ? "frame.dashboard" : "frame.shop") } }, icon(worksHere() ? "chart" : "shop"));
  show(byId("top"), h("a", { class: "brand", href: "#people" }, icon("key"), h("span", { class: "name" }, t("admin.title"))), h("div", { class: "row whole push" }, home, out));
}

/** @param {Me} me @param {boolean} moved by the person: then the heading takes the focus, so that a reader begins there */
async function go(me, moved) {
  const [name, ...rest] = location.hash.slice(1).split("/");
  const place = PLACES.find((each) => each.name === name) ?? PLACES[0];
  close.abort();
  close = new AbortController();
  const { signal } = close;
  document.title = `${t(`admin.places.${place.name}`)} · ${t("admin.title")}`;
  for (const link of document.querySelectorAll("[data-place]")) link.removeAttribute("aria-current");
  document.querySelector(`[data-place="${place.name}"]`)?.setAttribute("aria-current", "page");
  const root = h("div", { class: "stack place" });
  show(byId("main"), root);
  scrollTo(0, 0);
  try {
    const { enter } = await place.load();
    if (!signal.aborted) await enter({ root, rest, me, signal });
  } catch (error) {
    if (signal.aborted) return;
    show(root, failed(error, () => go(me, true)));
    if (!(error instanceof ApiError)) throw error;
  }
  if (moved && !root.contains(document.activeElement)) root.querySelector("h1")?.focus({ preventScroll: true });
}
