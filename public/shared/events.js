// @ts-check
/**
 * News from the shop, live: one stream per browser, however many tabs. The tab that holds the lock listens and passes
 * on what it hears. News are hints: after a break everybody gets "again" and loads anew what is on the screen.
 */

import { isStale, refreshSession, session } from "./session.js";

const KINDS = ["order", "payment", "stock", "product", "category-request", "notice"];
const SLOWEST_MS = 30_000;

/** @typedef {{kind: string, id?: string, [more: string]: any}} News */

/** @type {Set<(news: News) => void>} */
const listeners = new Set();
/** @type {BroadcastChannel | null} */
let channel = null;

/**
 * @param {string[]} kinds "order", "payment", "stock", "product", "category-request", "notice"
 * @param {(news: News) => void} tell also called with kind "again": load anew
 * @returns {() => void} stops listening
 */
export function onNews(kinds, tell) {
  const listener = (/** @type {News} */ news) => {
    if (news.kind === "again" || kinds.includes(news.kind)) tell(news);
  };
  listeners.add(listener);
  if (!channel) begin();
  return () => listeners.delete(listener);
}

/** Everybody on this page loads anew. */
export function again() {
  hear({ kind: "again" });
}

function begin() {
  channel = new BroadcastChannel("news");
  channel.onmessage = (event) => hear(event.data);
  // A phone that slept, or a page brought back from the browser's cache, has missed things.
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && hear({ kind: "again" }));
  if (!session()) return;
  if (navigator.locks) navigator.locks.request("news", () => listenUntilClosed(pass));
  else listenWhileVisible();
}

/** @param {News} news */
function hear(news) {
  for (const listener of [...listeners]) listener(news);
}

/** @param {News} news to this tab and to the others */
function pass(news) {
  channel?.postMessage(news);
  hear(news);
}

/** Without locks (plain HTTP) each tab listens for itself, but only while somebody looks at it. */
function listenWhileVisible() {
  /** @type {AbortController | null} */
  let open = null;
  const turn = () => {
    if (document.visibilityState === "visible" && !open) {
      open = new AbortController();
      listenUntilClosed(hear, open.signal);
    } else if (document.visibilityState === "hidden") {
      open?.abort();
      open = null;
    }
  };
  document.addEventListener("visibilitychange", turn);
  turn();
}

/**
 * @param {(news: News) => void} tell @param {AbortSignal} [signal]
 * @returns {Promise<void>} ends with the session, the signal, or the tab
 */
async function listenUntilClosed(tell, signal) {
  let waitMs = 1000;
  while (session() && !signal?.aborted) {
    if (isStale()) await refreshSession().catch(() => false);
    const opened = await listenOnce(tell, signal);
    waitMs = opened ? 1000 : Math.min(waitMs * 2, SLOWEST_MS);
    await pause(waitMs, signal);
  }
}

/**
 * @param {(news: News) => void} tell @param {AbortSignal} [signal]
 * @returns {Promise<boolean>} whether it had been open, once it broke
 */
function listenOnce(tell, signal) {
  return new Promise((resolve) => {
    const source = new EventSource("/api/events");
    let opened = false;
    const end = () => {
      source.close();
      resolve(opened);
    };
    source.onopen = () => {
      opened = true;
      // The first time too: something may have happened since the page was loaded.
      tell({ kind: "again" });
    };
    source.onerror = end;
    signal?.addEventListener("abort", end);
    for (const kind of KINDS) source.addEventListener(kind, (event) => tell({ ...JSON.parse(/** @type {MessageEvent} */ (event).data), kind }));
  });
}

/** @param {number} milliseconds @param {AbortSignal} [signal] */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", resolve);
  });
}
