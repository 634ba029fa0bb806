// @ts-check
/** Long work that the shop does beside: asked again and again how far it is, until it is done. */

import { get } from "../../shared/api.js";

const EVERY_MS = 700;

/**
 * Follows an export or an import to its end.
 * @param {string} path @param {(errand: any) => void} seen hears how far it is @param {AbortSignal} signal
 * @returns {Promise<any>} as it ended: done or failed
 */
export async function follow(path, seen, signal) {
  for (;;) {
    const errand = await get(path, { signal });
    seen(errand);
    if (errand.status === "done" || errand.status === "failed") return errand;
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    signal.throwIfAborted();
  }
}
