// @ts-check
/**
 * Every word a person reads comes from messages/<language>.js. A second language is a second file there and its
 * name in LANGUAGES; nothing else changes.
 */

const LANGUAGES = ["en"];
const chosen = choose();
/** @type {Record<string, any>} */
const words = (await import(`./messages/${chosen}.js`)).default;

/** For Intl: how numbers and dates are written. @type {string} */
export const locale = words.locale;

document.documentElement.lang = chosen;

/** @returns {string} the person's own choice, else her browser's first language that we have */
function choose() {
  let own = null;
  try {
    own = localStorage.getItem("language");
  } catch {
    // Storage is switched off: her browser's languages decide.
  }
  const wanted = [own, ...navigator.languages].map((tag) => (tag ?? "").split("-")[0]);
  return wanted.find((tag) => LANGUAGES.includes(tag)) ?? LANGUAGES[0];
}

/**
 * Words that only some pages need, from messages/<language>.<section>.js; they answer to "<section>.…".
 * @param {string} section as "dashboard"
 */
export async function learn(section) {
  words[section] = (await import(`./messages/${chosen}.${section}.js`)).default;
}

/**
 * The words for `key`, as "cart.empty"; a message that needs values is a function of them.
 * @param {string} key @param {Record<string, any>} [values] @returns {string}
 */
export function t(key, values = {}) {
  const found = find(key);
  if (found === undefined) throw new Error(`No words for ${key}`);
  return typeof found === "function" ? found(values) : found;
}

/**
 * The words for a value the server sent, or that value itself when we have none.
 * @param {string} group as "status" @param {string} value as "placed"
 */
export function word(group, value) {
  const found = find(group)?.[value];
  return typeof found === "string" ? found : value;
}

/** @param {string} key */
function find(key) {
  return key.split(".").reduce((/** @type {any} */ at, part) => at?.[part], words);
}

/**
 * Fills in the words of static HTML: `data-t` is text, `data-t-label` an aria-label, `data-t-placeholder` a placeholder.
 * @param {ParentNode} [root]
 */
export function say(root = document) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.getAttribute("data-t") ?? "");
  for (const element of root.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", t(element.getAttribute("data-t-label") ?? ""));
  for (const element of root.querySelectorAll("[data-t-placeholder]")) element.setAttribute("placeholder", t(element.getAttribute("data-t-placeholder") ?? ""));
}
