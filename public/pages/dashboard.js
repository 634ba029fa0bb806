// @ts-check
/** The shopkeeper's desk: sees who is there, shows the places she may enter, and opens the one that the address names. */

import { ApiError, get } from "../shared/api.js";
import { byId, failed, h, show, skeleton } from "../shared/dom.js";
import { learn } from "../shared/messages.js";
import { onSession, session, worksHere } from "../shared/session.js";
import { fetchEarly, markPlace, mayDo, placesOf, showFrame } from "./dashboard/frame.js";
import { offerPermits } from "./dashboard/permit.js";
import { beginWaiting } from "./dashboard/waiting.js";
import { keepAgesTrue } from "./dashboard/parts.js";

/** @typedef {{userId: string, userName: string, userRole: string, isAdmin: boolean, shopId?: string, permissions: string[]}} Me */
/**
 * What a place is given: where to draw, what stands in the address after its name, and whom it serves.
 * @typedef {{root: HTMLElement, rest: string[], me: Me, may: (permission: string) => boolean, signal: AbortSignal}} Desk
 */

/** @type {{name: string, close: AbortController, turn: ((rest: string[]) => void) | void} | null} */
let open = null;

start();

async function start() {
  await learn("dashboard");
  if (!session()) return signIn();
  if (!worksHere()) return location.replace("/");
  onSession((now) => now || signIn());
  const main = byId("main");
  show(main, skeleton(6));
  fetchEarly(location.hash.slice(1).split("/")[0]);
  try {
    const me = await get("/api/auth/me");
    showFrame(me);
    keepAgesTrue();
    offerPermits();
    await beginWaiting(me);
    addEventListener("hashchange", () => go(me, true));
    await go(me, false);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return signIn();
    show(main, failed(error, () => location.reload()));
  }
}

function signIn() {
  location.replace(`/login.html?next=${encodeURIComponent(location.pathname + location.hash)}`);
}

/** @param {Me} me @param {boolean} moved by the person: then the heading takes the focus, so that a reader begins there */
async function go(me, moved) {
  const [name, ...rest] = location.hash.slice(1).split("/");
  const place = placesOf(me).find((each) => each.name === name) ?? placesOf(me)[0];
  if (open?.name === place.name && open.turn) return open.turn(rest);
  open?.close.abort();
  const close = new AbortController();
  const here = { name: place.name, close, turn: undefined };
  open = here;
  markPlace(place);
  const main = byId("main");
  const root = h("div", { class: "stack place" });
  show(main, root);
  scrollTo(0, 0);
  try {
    const { enter } = await place.load();
    if (close.signal.aborted) return;
    here.turn = await enter({ root, rest, me, may: (/** @type {string} */ right) => mayDo(me, right), signal: close.signal });
  } catch (error) {
    if (close.signal.aborted) return;
    show(root, failed(error, () => go(me, true)));
    if (!(error instanceof ApiError)) throw error;
  }
  // A place that leads to one row has put the focus there already.
  if (moved && !root.contains(document.activeElement)) main.querySelector("h1")?.focus({ preventScroll: true });
}
