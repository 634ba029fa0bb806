// @ts-check
/** How customers pay by UPI: the shop's UPI id, or the picture of the QR that hangs at the counter. */

import { ApiError, get, put } from "../../shared/api.js";
import { h, icon, notice, show } from "../../shared/dom.js";
import { field, sends } from "../../shared/forms.js";
import { t } from "../../shared/messages.js";
import { doing, toast } from "./floating.js";
import { dataUrl } from "./product-picture.js";

/** @param {any} shop */
export function payingSection(shop) {
  const upi = field({ name: "upiId", label: t("dashboard.settings.upiId"), value: shop.upiId ?? "", optional: true, hint: t("dashboard.settings.upiIdHint"), attributes: { autocapitalize: "none", spellcheck: "false", inputmode: "email", autocomplete: "off", maxlength: 100 } });
  const form = h("form", { class: "stack", id: "settings-paying" }, upi, h("div", { class: "row" }, h("button", { type: "submit", class: "button primary" }, t("dashboard.save"))));
  const shown = h("div", { class: "own-qr" });
  const said = h("div", { role: "status" });
  sends(form, async (values) => {
    const answer = await put("/api/shopkeeper/update-qr", { upiId: values.upiId ?? "" });
    toast(t("dashboard.settings.saved"));
    await showQr(shown, answer);
  });
  showQr(shown, shop);
  return h(
    "section",
    { class: "card" },
    h("h2", null, t("dashboard.settings.sections.paying")),
    h("div", { class: "paying" }, h("div", { class: "stack" }, form, upload(form, shown, said), said), shown),
  );
}

/** @param {HTMLFormElement} form @param {HTMLElement} shown @param {HTMLElement} said */
function upload(form, shown, said) {
  const input = h("input", { type: "file", accept: "image/*", id: "qr-file", class: "visually-hidden", tabindex: -1, aria: { hidden: "true" } });
  const button = h("button", { type: "button", class: "button", onclick: () => input.click() }, icon("upload"), t("dashboard.settings.uploadQr"));
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) doing(button, () => sendQr(file));
  });
  return h("div", { class: "stack close" }, h("p", { class: "small muted" }, t("dashboard.settings.uploadQrHint")), h("div", { class: "row" }, button), input);

  /** @param {File} file */
  async function sendQr(file) {
    show(said);
    try {
      const answer = await put("/api/shopkeeper/update-qr", { qrCodeUrl: await dataUrl(file) });
      /** @type {any} */ (form.elements.namedItem("upiId")).value = answer.upiId ?? "";
      show(said, notice("leaf", "done", t("dashboard.settings.qrRead", { upiId: answer.upiId })));
      await showQr(shown, answer);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      show(said, notice("chilli", "alert", error.errors[0]?.detail ?? error.detail));
    } finally {
      input.value = "";
    }
  }
}

/** The QR that customers would pay to. @param {HTMLElement} place @param {{upiId: string | null, hasQrPicture: boolean}} known */
async function showQr(place, known) {
  if (!known.upiId && !known.hasQrPicture) return show(place, h("p", { class: "small muted centred" }, t("dashboard.settings.noQr")));
  const { qrCodeUrl, upiId } = await get("/api/shop/qr");
  show(place, h("img", { src: qrCodeUrl, width: 168, height: 168, alt: t("dashboard.settings.qrAlt", { upiId: upiId ?? "" }) }));
}
