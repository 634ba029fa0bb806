// @ts-check
/** What stands around each of the customer's pages: the way to the content, the shop's name, the ways to go. */

import { cartCount, onCart } from "./cart.js";
import { byId, h, icon, show } from "./dom.js";
import { install } from "./install.js";
import { t } from "./messages.js";
import { session, worksHere } from "./session.js";
import { keep, recall } from "./store.js";

const KEY = "shop";

/**
 * Draws the top bar into #top, and sends home whoever must sign in first.
 * @param {{page?: string, needsSignIn?: boolean}} [options] `page` is the place that is marked: "shop", "cart", "orders", "profile"
 * @returns {boolean} false: the page is being left
 */
export function frame({ page = "", needsSignIn = false } = {}) {
  if (needsSignIn && !session()) {
    toSignIn();
    return false;
  }
  document.body.prepend(h("a", { class: "skip-link", href: "#main" }, t("skip")));
  const name = h("span", { class: "name" }, recall(KEY)?.name ?? t("frame.shop"));
  show(
    byId("top"),
    h("div", { class: "inside" }, h("a", { class: "brand", href: shopAddress() }, icon("shop"), name), h("nav", { aria: { label: t("frame.main") } }, links(page))),
  );
  reloadForAnother(session()?.userId);
  install();
  return true;
}

/** A page brought back from the browser's cache may be another person's. @param {string | undefined} userId */
function reloadForAnother(userId) {
  addEventListener("pageshow", (event) => event.persisted && session()?.userId !== userId && location.reload());
}

/** @returns {string} where the goods are: of the shop she was in last */
export function shopAddress() {
  return recall(KEY)?.href ?? "/";
}

/**
 * She is in this shop now: the top bar says so, also on the pages that she goes on to.
 * @param {string} shopName @param {string} href its goods @param {Node} [beside] such as whether it is open
 */
export function enterShop(shopName, href, beside) {
  keep(KEY, { name: shopName, href });
  document.querySelector(".top-bar .brand")?.setAttribute("href", href);
  nameShop(shopName, beside);
}

/** @param {string} shopName stands in the top bar of this page @param {Node} [beside] such as whether it is open */
export function nameShop(shopName, beside) {
  const brand = document.querySelector(".top-bar .brand");
  const name = brand?.querySelector(".name");
  if (name) name.textContent = shopName;
  if (beside) brand?.append(beside);
}

/** To the sign-in, and back here afterwards. */
export function toSignIn() {
  location.assign(`/login.html?next=${encodeURIComponent(location.pathname + location.search)}`);
}

/** @param {string} page */
function links(page) {
  const cart = place("/cart.html", "cart", t("frame.cart"), page === "cart");
  const count = h("span", { class: "count" });
  cart.append(count);
  const tell = () => {
    const items = cartCount();
    count.textContent = items ? String(items) : "";
    cart.setAttribute("aria-label", items ? t("frame.cartCount", { count: items }) : t("frame.cart"));
  };
  tell();
  onCart(tell);
  if (!session()) return [cart, place("/login.html", "enter", t("frame.signIn"), page === "login")];
  if (worksHere()) return [place("/dashboard.html", "chart", t("frame.dashboard"), false)];
  return [
    ...(session()?.isAdmin ? [place("/admin.html", "key", t("frame.admin"), false)] : []),
    cart,
    place("/orders.html", "orders", t("frame.orders"), page === "orders"),
    place("/profile.html", "user", t("frame.profile"), page === "profile"),
  ];
}

/** @param {string} href @param {string} iconName @param {string} words @param {boolean} current */
function place(href, iconName, words, current) {
  return h("a", { href, aria: { label: words, current: current ? "page" : null } }, icon(iconName), h("span", { class: "only-wide" }, words));
}
