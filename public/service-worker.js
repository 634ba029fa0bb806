// @ts-check
/**
 * Keeps the customer's shop open without a network: its pages as one version, the goods and her own orders as they were
 * last seen. The server writes the version and its files into the two lines below.
 *
 * Pages of one version are only ever shown with scripts of the same version: a new worker fetches all of its files, waits
 * until the person wants the new version, and then takes over. What is not for phones without a network, as the desk and an
 * invitation, comes from the server, and so does everything that it uses.
 */

const VERSION = "";
/** @type {Record<string, string>} each file's path and ETag */
const FILES = {};

const SHELL = `shell-${VERSION}`;
const CATALOGUE = "catalogue";
const OWN = "own";
const MOST_KEPT = 80;
const PATIENCE_MS = 6000;
const CATALOGUE_PATH = /^\/api\/(shops(\/[0-9a-f]+)?|categories|products(\/[0-9a-f]+)?)$/;
const OWN_PATH = /^\/api\/(customer\/orders|orders\/[0-9a-f]+)$/;
/** Whoever signs in, out or away leaves nothing of hers to the next. */
const SIGNS = /^\/api\/(auth\/(login|logout|register|reset-password)|account|staff\/invitations\/accept)$/;

const worker = /** @type {any} */ (self);
/** Rises when what is private is forgotten: what was asked for before is not kept any more. */
let generation = 0;

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(takeIn()));
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(takeOver()));
worker.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data === "take-over") worker.skipWaiting();
  if (event.data === "signed-out") event.waitUntil(forgetOwn());
});
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method !== "GET") {
    // Once more when the page has the answer: it says "signed-out" then.
    if (SIGNS.test(url.pathname)) event.waitUntil(forgetOwn());
  } else if (url.pathname in FILES) {
    event.respondWith(fileOf(event, url.pathname));
  } else if (OWN_PATH.test(url.pathname)) {
    event.respondWith(latest(event, OWN));
  } else if (CATALOGUE_PATH.test(url.pathname) && !url.searchParams.has("q")) {
    event.respondWith(latest(event, CATALOGUE));
  }
});

/** All files of this version, or none: one that has changed meanwhile belongs to the next. */
async function takeIn() {
  const shell = await caches.open(SHELL);
  await Promise.all(
    Object.entries(FILES).map(async ([path, etag]) => {
      const response = await fetch(path, { cache: "no-cache" });
      if (!response.ok || response.headers.get("ETag") !== etag) throw new Error(`${path} is not of version ${VERSION}`);
      await shell.put(path, response);
    }),
  );
}

async function takeOver() {
  for (const name of await caches.keys()) {
    if (name.startsWith("shell-") && name !== SHELL) await caches.delete(name);
  }
  await worker.clients.claim();
}

/** @param {any} event @param {string} path */
async function fileOf(event, path) {
  const asker = event.request.mode === "navigate" ? null : await worker.clients.get(event.clientId);
  if (asker && !(new URL(asker.url).pathname in FILES)) return fetch(event.request);
  const shell = await caches.open(SHELL);
  return (await shell.match(path)) ?? fetch(event.request);
}

/** What the shop says now; what it said last when it cannot be reached. @param {any} event @param {string} name */
async function latest(event, name) {
  const { request } = event;
  const asked = generation;
  const kept = await (await caches.open(name)).match(request);
  const answer = fetch(request);
  try {
    const response = await (kept ? inTime(answer) : answer);
    if (response.ok && mayKeep(response, name)) event.waitUntil(keep(name, request, response.clone(), asked));
    if (response.status === 401 && name === OWN) event.waitUntil(forgetOwn());
    return response;
  } catch (error) {
    if (!kept || asked !== generation) throw error;
    return asKept(kept);
  }
}

/** @param {Response} response @param {string} name what the shop's own people see of the goods is not for others */
function mayKeep(response, name) {
  return name === OWN || !/private/.test(response.headers.get("Cache-Control") ?? "");
}

/** @param {string} name @param {Request} request @param {Response} response @param {number} asked */
async function keep(name, request, response, asked) {
  const cache = await caches.open(name);
  if (asked !== generation) return;
  await cache.put(request, response);
  if (asked !== generation) await caches.delete(OWN);
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST_KEPT)).map((key) => cache.delete(key)));
}

/** Says of itself when it was said. @param {Response} kept */
function asKept(kept) {
  const headers = new Headers(kept.headers);
  headers.set("X-Kept-Since", kept.headers.get("Date") ?? "");
  headers.delete("Date");
  return new Response(kept.body, { status: kept.status, headers });
}

/** @param {Promise<Response>} answer */
function inTime(answer) {
  return Promise.race([answer, new Promise((_, refuse) => setTimeout(() => refuse(new Error("too slow")), PATIENCE_MS))]);
}

async function forgetOwn() {
  generation += 1;
  await caches.delete(OWN);
}
