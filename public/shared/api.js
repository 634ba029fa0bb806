// @ts-check
/** Calls to the shop's server: JSON both ways, refusals as ApiError, the session kept fresh, and the server's own clock. */

import { heard, lost } from "./line.js";
import { forgetSession, isStale, refreshSession, session } from "./session.js";
import { t } from "./messages.js";

/** A call that did not do what was asked. `status` 0: the server could not be reached. */
export class ApiError extends Error {
  /** @param {number} status @param {Record<string, any>} problem */
  constructor(status, problem) {
    super(problem.detail ?? problem.error ?? t("errors.unexpected"));
    this.name = "ApiError";
    this.status = status;
    /** What to tell the person. @type {string} */
    this.detail = this.message;
    /** Every wrong field. @type {{pointer: string, detail: string}[]} */
    this.errors = problem.errors ?? [];
    /** The whole problem document, as `lines` and `total` of a refused order. @type {Record<string, any>} */
    this.problem = problem;
  }
}

/**
 * @typedef {object} Options
 * @property {unknown} [body] sent as JSON; a file as it is
 * @property {string} [key] Idempotency-Key: one per attempt of a person, the same again when it is repeated
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 */

let clockAheadMs = 0;

const PERMIT_NEEDED = "/problems/permit-needed";
let askPermit = async () => false;

/** What is refused for want of a permit is sent again when `ask` has got one. @param {() => Promise<boolean>} ask */
export function onPermitNeeded(ask) {
  askPermit = ask;
}

/** @returns {number} the server's clock, in milliseconds since 1970; phones are often minutes off */
export function serverNow() {
  return Date.now() + clockAheadMs;
}

/** @param {string} path @param {Options} [options] @returns {Promise<any>} */
export const get = (path, options) => call("GET", path, options);
/** @param {string} path @param {unknown} [body] @param {Options} [options] @returns {Promise<any>} */
export const post = (path, body, options) => call("POST", path, { ...options, body: body ?? {} });
/** @param {string} path @param {unknown} body @param {Options} [options] @returns {Promise<any>} */
export const put = (path, body, options) => call("PUT", path, { ...options, body });
/** @param {string} path @param {unknown} body @param {Options} [options] @returns {Promise<any>} */
export const patch = (path, body, options) => call("PATCH", path, { ...options, body });
/** @param {string} path @param {Options} [options] @returns {Promise<any>} */
export const remove = (path, options) => call("DELETE", path, options);

/**
 * One page of a list.
 * @param {string} path @param {Options} [options]
 * @returns {Promise<{rows: any[], next: string | null, total: number | null}>} `next` is the path of the page after it
 */
export async function getPage(path, options) {
  const response = await send("GET", path, options ?? {});
  const total = response.headers.get("X-Total-Count");
  return { rows: await response.json(), next: nextLink(response.headers.get("Link")), total: total === null ? null : Number(total) };
}

/** Whoever works here and wants to leave is let go, also when the shop cannot be reached. */
export async function signOut() {
  await post("/api/auth/logout").catch(() => undefined);
  await forgetSession();
  location.replace("/login.html");
}

/** @param {string} path @param {Record<string, unknown>} values those that are empty are left out */
export function withQuery(path, values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== "" && value !== null && value !== undefined && value !== false) query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** @param {string} method @param {string} path @param {Options} [options] */
async function call(method, path, options) {
  const response = await send(method, path, options ?? {});
  if (response.status === 204 || response.status === 202) return readJson(response, null);
  return readJson(response, {});
}

/** @param {string} method @param {string} path @param {Options} options @returns {Promise<Response>} a success */
async function send(method, path, options) {
  if (isStale()) await refreshQuietly();
  let response = await fetchOnce(method, path, options);
  if (response.status === 401 && session() && !path.startsWith("/api/auth/login")) {
    if (await refreshQuietly()) response = await fetchOnce(method, path, options);
    if (response.status === 401) forgetSession();
  }
  if (response.ok) return response;
  const problem = await readJson(response, {});
  if (problem.type === PERMIT_NEEDED && (await askPermit())) return send(method, path, options);
  throw new ApiError(response.status, problem);
}

/** Refreshing while the server is away is no reason to sign anybody out. */
async function refreshQuietly() {
  try {
    return await refreshSession();
  } catch {
    return false;
  }
}

/** @param {string} method @param {string} path @param {Options} options */
async function fetchOnce(method, path, { body, key, headers, signal }) {
  /** @type {Record<string, string>} */
  const sent = { Accept: "application/json", ...headers };
  if (body !== undefined && !(body instanceof Blob)) sent["Content-Type"] = "application/json";
  if (key) sent["Idempotency-Key"] = key;
  try {
    const response = await fetch(path, { method, headers: sent, body: body === undefined || body instanceof Blob ? body : JSON.stringify(body), signal });
    heard(response.headers.get("X-Kept-Since"));
    const date = Date.parse(response.headers.get("Date") ?? "");
    // The header counts whole seconds: on average half of one has passed.
    if (date) clockAheadMs = date + 500 - Date.now();
    return response;
  } catch (error) {
    if (signal?.aborted) throw error;
    lost();
    throw new ApiError(0, { detail: t("errors.offline") });
  }
}

/** @param {Response} response @param {any} otherwise */
async function readJson(response, otherwise) {
  try {
    return await response.json();
  } catch {
    return otherwise;
  }
}

/** @param {string | null} header @returns {string | null} */
function nextLink(header) {
  const found = /<([^>]+)>;\s*rel="?next"?/.exec(header ?? "");
  if (!found) return null;
  const address = new URL(found[1], location.href);
  return address.pathname + address.search;
}
