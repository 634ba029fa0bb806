// @ts-check
/** The shop's own affairs: what customers see of it, how they pay, how they reach it, and who is signed in. */

import { get, put } from "../../shared/api.js";
import { failed, h, show, skeleton } from "../../shared/dom.js";
import { field, sends } from "../../shared/forms.js";
import { t } from "../../shared/messages.js";
import { stateField } from "../../shared/states.js";
import { accountSections } from "./account.js";
import { toast } from "./floating.js";
import { placeHead } from "./parts.js";
import { payingSection } from "./paying.js";
import { reachSection } from "./reach.js";
import { themeChoice } from "./theme-choice.js";

/** @typedef {import("../dashboard.js").Desk} Desk */

const NUMBERS = ["deliveryFee", "freeDeliveryMinimum", "lowStockAt", "paymentWindowMinutes", "deliveryMinutes"];
const TEXTS = ["name", "address", "city", "state", "pincode", "phone", "gstNumber", "openingHours"];

/** @param {Desk} desk */
export async function enter(desk) {
  const page = h("div", { class: "settings" });
  show(desk.root, placeHead(t("dashboard.places.settings")), page);
  show(page, skeleton(8));
  await load();

  async function load() {
    try {
      const shop = desk.may("settings") ? await get("/api/shopkeeper/shop", { signal: desk.signal }) : null;
      const reach = shop && (await reachSection(desk.signal));
      const account = await accountSections(desk);
      show(page, shop && openSection(shop), shop && desk.me.userRole === "shopkeeper" && payingSection(shop), shop && shopSection(shop), shop && rulesSection(shop), reach, ...account, themeChoice());
    } catch (error) {
      if (!desk.signal.aborted) show(page, failed(error, load));
    }
  }
}

/** Open or closed for orders, with one touch. @param {any} shop */
function openSection(shop) {
  const input = h("input", { type: "checkbox", role: "switch", checked: shop.open, id: "shop-open" });
  input.addEventListener("change", async () => {
    try {
      const now = await put("/api/shopkeeper/shop", { open: input.checked });
      toast(t(now.open ? "dashboard.settings.nowOpen" : "dashboard.settings.nowClosed"));
    } catch (error) {
      input.checked = !input.checked;
      toast(/** @type {any} */ (error).detail, { bad: true });
    }
  });
  return h("section", { class: "card" }, h("label", { class: "choice", for: "shop-open" }, input, h("span", null, h("strong", null, t("dashboard.settings.open")), h("span", { class: "small muted block" }, t("dashboard.settings.openHint")))));
}

/** @param {any} shop */
function shopSection(shop) {
  const one = textField(shop);
  return section("shop", [
    one("name", { optional: false }),
    one("address"),
    h("div", { class: "pair" }, one("city"), stateField({ name: "state", label: t("dashboard.settings.state"), value: shop.state, optional: true }), one("pincode", { attributes: { inputmode: "numeric", maxlength: 7 } })),
    h("div", { class: "pair" }, one("phone", { type: "tel", attributes: { inputmode: "tel" } }), one("gstNumber", { attributes: { autocapitalize: "characters", spellcheck: "false", maxlength: 20 } })),
    h("label", { class: "choice" }, h("input", { type: "checkbox", name: "gstComposition", value: "yes", checked: shop.gstComposition }), h("span", null, t("dashboard.settings.gstComposition"), h("span", { class: "small muted block" }, t("dashboard.settings.gstCompositionHint")))),
    one("openingHours", { type: "textarea", hint: t("dashboard.settings.openingHoursHint"), attributes: { maxlength: 500 } }),
  ]);
}

/** @param {any} shop */
function rulesSection(shop) {
  const one = textField(shop);
  const money = { type: "number", attributes: { inputmode: "decimal", min: "0", step: "0.01" } };
  const whole = { type: "number", attributes: { inputmode: "numeric", min: "0", step: "1" } };
  return section("rules", [
    h("div", { class: "pair" }, one("deliveryFee", { ...money, optional: false }), one("freeDeliveryMinimum", { ...money, hint: t("dashboard.settings.freeDeliveryMinimumHint") })),
    h("div", { class: "pair" }, one("deliveryMinutes", { ...whole, hint: t("dashboard.settings.deliveryMinutesHint") }), one("paymentWindowMinutes", { ...whole, optional: false, hint: t("dashboard.settings.paymentWindowMinutesHint") })),
    one("lowStockAt", { ...whole, optional: false, hint: t("dashboard.settings.lowStockAtHint") }),
  ]);
}

/** @param {any} shop */
function textField(shop) {
  return (/** @type {string} */ name, /** @type {Partial<import("../../shared/forms.js").Field>} */ more = {}) =>
    field({ name, label: t(`dashboard.settings.${name}`), value: shop[name] ?? "", optional: true, ...more });
}

/** A form that saves what stands in it. @param {string} name @param {HTMLElement[]} fields */
function section(name, fields) {
  const form = h("form", { class: "stack", id: `settings-${name}` }, fields, h("div", { class: "row" }, h("button", { type: "submit", class: "button primary" }, t("dashboard.save"))));
  sends(form, async (values) => {
    await put("/api/shopkeeper/shop", asBody(form, values));
    toast(t("dashboard.settings.saved"));
  });
  return h("section", { class: "card" }, h("h2", null, t(`dashboard.settings.sections.${name}`)), form);
}

/** All fields of the form; an emptied one is emptied there too. @param {HTMLFormElement} form @param {Record<string, string>} values */
function asBody(form, values) {
  /** @type {Record<string, any>} */
  const body = {};
  for (const name of [...TEXTS, ...NUMBERS]) {
    if (!form.elements.namedItem(name)) continue;
    const text = values[name] ?? "";
    body[name] = NUMBERS.includes(name) ? (text === "" ? null : Number(text)) : text;
  }
  if (form.elements.namedItem("gstComposition")) body.gstComposition = values.gstComposition === "yes";
  return body;
}
