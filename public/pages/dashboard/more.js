// @ts-check
/** On a phone: the places that are not under the thumb, light or dark, sound, and the way out. */

import { h, icon, show } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { accountLink, adminLink, placesOf, signOutButton, soundButton } from "./frame.js";
import { placeHead } from "./parts.js";
import { themeChoice } from "./theme-choice.js";

/** @param {import("../dashboard.js").Desk} desk */
export function enter(desk) {
  const links = placesOf(desk.me)
    .filter((place) => place.in === "rail")
    .map((place) => h("li", null, h("a", { href: `#${place.name}` }, icon(place.icon), t(`dashboard.places.${place.name}`))));
  show(
    desk.root,
    placeHead(t("dashboard.places.more")),
    h("ul", { class: "menu card" }, links, desk.me.isAdmin && h("li", null, adminLink()), h("li", null, soundButton("menu", desk.signal)), h("li", null, h("a", { href: "/" }, icon("shop"), t("dashboard.seeShop"))), h("li", null, accountLink()), h("li", null, signOutButton())),
    themeChoice(),
  );
}
