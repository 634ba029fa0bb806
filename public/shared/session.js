// @ts-check
/**
 * Who is signed in on this browser. The proof is a cookie that scripts cannot see; what is kept here is only a note
 * of who that is and until when, so that a visitor who never signed in costs no request.
 */

import { keep, onKept, recall } from "./store.js";

/** @typedef {{userId: string, userName: string, userRole: string, isAdmin: boolean, freshUntil: number}} Session */

const KEY = "session";
const EARLY_MS = 30_000;
/** Where the service worker keeps her own orders. */
const OWN = "own";

/** @type {Promise<boolean> | null} */
let refreshing = null;

/** @returns {Session | null} */
export function session() {
  return recall(KEY);
}

/** @param {any} answer of register, login, refresh or an accepted invitation */
export function rememberSession(answer) {
  const { userId, userName, userRole, isAdmin, expiresIn } = answer;
  if (recall(KEY)?.userId !== userId) forgetKept();
  keep(KEY, { userId, userName, userRole, isAdmin, freshUntil: Date.now() + expiresIn * 1000 });
}

/** @returns {Promise<void>} when nothing of hers is kept here any more */
export function forgetSession() {
  keep(KEY, null);
  return forgetKept();
}

/**
 * What is kept of her for a time without a network does not outlive her session. The page throws it away itself: after a
 * reload with shift no worker serves it. The worker is told too, for what it is asking for just now.
 */
async function forgetKept() {
  const workers = navigator.serviceWorker;
  workers?.controller?.postMessage("signed-out");
  try {
    await window.caches?.delete(OWN);
    if (!workers?.controller) (await workers?.getRegistration())?.active?.postMessage("signed-out");
  } catch {
    // A browser that forbids keeping anything has nothing to forget.
  }
}

/** @param {(session: Session | null) => void} tell when another tab signs in or out */
export function onSession(tell) {
  onKept(KEY, tell);
}

/** @returns {boolean} a shopkeeper, her staff, or an admin of the installation */
export function worksHere() {
  const role = session()?.userRole;
  return role === "shopkeeper" || role === "staff";
}

/** @returns {boolean} whether the access cookie is about to end, or has */
export function isStale() {
  const now = session();
  return now !== null && now.freshUntil - EARLY_MS < Date.now();
}

/**
 * Takes a new access cookie, once however many calls and tabs need it: the old refresh token dies with its use.
 * @returns {Promise<boolean>} false: she has to sign in again
 */
export function refreshSession() {
  const before = session()?.freshUntil ?? 0;
  refreshing ??= alone("refresh", () => refreshOnce(before)).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** @param {number} before what the caller knew; another tab may have refreshed while we waited */
async function refreshOnce(before) {
  const now = session();
  if (!now) return false;
  if (now.freshUntil !== before && !isStale()) return true;
  const response = await fetch("/api/auth/refresh", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
  if (response.ok) {
    rememberSession({ ...now, ...(await response.json()) });
    return true;
  }
  if (response.status === 401 || response.status === 403) forgetSession();
  return false;
}

/**
 * Only one tab at a time. Browsers offer locks over HTTPS and on localhost only; over a shop's own network a phone
 * shows one tab, and the note of the session is looked at again just before.
 * @template Result
 * @param {string} name @param {() => Promise<Result>} work @returns {Promise<Result>}
 */
function alone(name, work) {
  return navigator.locks ? /** @type {Promise<any>} */ (navigator.locks.request(name, work)) : work();
}
