// @ts-check
/** What the browser remembers between visits; a browser that forbids it just forgets. */

/** @param {string} key @returns {any} what was kept, or null */
export function recall(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} key @param {unknown} value null forgets it */
export function keep(key, value) {
  try {
    if (value === null || value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Full or forbidden: the page goes on with what it holds in memory.
  }
}

/**
 * Tells when another tab changed it.
 * @param {string} key @param {(value: any) => void} tell
 */
export function onKept(key, tell) {
  addEventListener("storage", (event) => {
    if (event.key === key) tell(recall(key));
  });
}

/** @returns {string} 32 random hex digits; `crypto.randomUUID` is missing where the shop is reached over plain HTTP */
export function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
