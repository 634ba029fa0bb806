// @ts-check
/** Light, dark, or as the device says. */

import { h } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";

const KEY = "theme";

export function themeChoice() {
  const chosen = localStorage.getItem(KEY) ?? "auto";
  const choice = (/** @type {string} */ value) =>
    h("label", { class: "choice" }, h("input", { type: "radio", name: "theme", value, checked: value === chosen, onchange: () => choose(value) }), t(`profile.themes.${value}`));
  return h("fieldset", { class: "card stack close" }, h("legend", { class: "visually-hidden" }, t("profile.theme")), h("h2", null, t("profile.theme")), h("div", { class: "row wide" }, ["auto", "light", "dark"].map(choice)));
}

/** @param {string} theme as shared/theme.js reads it before the first paint */
function choose(theme) {
  if (theme === "auto") {
    localStorage.removeItem(KEY);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(KEY, theme);
    document.documentElement.dataset.theme = theme;
  }
}
