// @ts-check
/** The shop as an app of the phone: works without a network, says so, and offers a new version when there is one. */

import { moment } from "./dates.js";
import { h, icon } from "./dom.js";
import { again } from "./events.js";
import { onLine } from "./line.js";
import { t } from "./messages.js";

const WORKER = "/service-worker.js";

/** Draws what is to be said above the page, and lets the browser keep the shop. */
export function install() {
  const said = h("div", { class: "said", role: "status" });
  document.querySelector("main")?.before(said);
  const away = h("p", { class: "strip", data: { tone: "marigold" }, hidden: true });
  said.append(away);
  onLine(({ reached, since }) => {
    away.replaceChildren(icon("offline", "small"), since ? t("line.kept", { moment: moment(since.toISOString()) }) : t("line.away"));
    away.hidden = reached;
    // What is on the screen is as it was kept, or is missing.
    if (reached) again();
  });
  // Browsers offer this over HTTPS and on the shop's own machine only.
  if ("serviceWorker" in navigator) keepShop(said).catch(() => undefined);
}

/** @param {HTMLElement} said */
async function keepShop(said) {
  // The first visit has the network for itself.
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  const registration = await navigator.serviceWorker.register(/** @type {string} */ (trusted(WORKER)));
  if (registration.waiting) offer(said, registration.waiting);
  registration.addEventListener("updatefound", () => {
    const coming = registration.installing;
    coming?.addEventListener("statechange", () => {
      // The first of all takes over by itself: there was no older version.
      if (coming.state === "installed" && navigator.serviceWorker.controller) offer(said, coming);
    });
  });
}

/** Never unasked: she may be in the middle of something. @param {HTMLElement} said @param {ServiceWorker} coming */
function offer(said, coming) {
  const take = h("button", { type: "button", class: "button plain" }, t("line.takeNew"));
  take.addEventListener("click", () => {
    take.setAttribute("aria-busy", "true");
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
    coming.postMessage("take-over");
  });
  said.querySelector("[data-new]")?.remove();
  said.append(h("p", { class: "strip", data: { new: "" } }, h("span", null, t("line.new")), take));
}

/** Addresses of scripts need a policy of ours, by the shop's rule for trusted types. @param {string} address @returns {unknown} */
function trusted(address) {
  const types = /** @type {any} */ (window).trustedTypes;
  return types ? types.createPolicy("shop", { createScriptURL: () => address }).createScriptURL(address) : address;
}
