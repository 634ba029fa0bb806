// @ts-check
/** How customers reach the shop: the address for their phones, and a QR of it to hang up at the counter. */

import { get } from "../../shared/api.js";
import { copyText, h, icon, notice } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { doing, toast } from "./floating.js";

/** @param {AbortSignal} signal @returns {Promise<HTMLElement>} */
export async function reachSection(signal) {
  const { address, qrCodeUrl } = await get("/api/shopkeeper/address", { signal });
  return h("section", { class: "card" }, h("h2", null, t("dashboard.settings.sections.reach")), address ? reached(address, qrCodeUrl) : notice("sky", "phone", t("dashboard.settings.onlyHere")));
}

/** @param {string} address @param {string} picture */
function reached(address, picture) {
  const copy = h("button", { type: "button", class: "button", onclick: () => doing(copy, copyAddress) }, icon("copy"), t("copy"));
  const copyAddress = async () => toast(t((await copyText(address)) ? "copied" : "errors.title"));
  return h(
    "div",
    { class: "paying" },
    h("div", { class: "stack" }, h("p", null, t("dashboard.settings.reachText")), h("p", { class: "lead strong address" }, h("a", { href: address }, address)), h("div", { class: "row" }, copy)),
    h("div", { class: "own-qr" }, h("img", { src: picture, width: 168, height: 168, alt: t("dashboard.settings.reachAlt", { address }) })),
  );
}
