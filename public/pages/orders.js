// @ts-check
/** My orders: those on the way, those delivered, those that came to nothing. */

import { getPage, withQuery } from "../shared/api.js";
import { moment } from "../shared/dates.js";
import { asked, byId, empty, failed, h, show, skeleton, state } from "../shared/dom.js";
import { onNews } from "../shared/events.js";
import { frame } from "../shared/frame.js";
import { t, word } from "../shared/messages.js";
import { rupees } from "../shared/money.js";
import { toneOf } from "../shared/tones.js";

const PAGE = 20;
const LONGEST_PAGE = 200;
const TABS = ["current", "past", "cancelled"];
let tab = TABS.includes(asked("state")) ? asked("state") : "current";
/** @type {string | null} */
let next = null;
/** What is drawn, so that news that change nothing leave the order she is just pressing in its place. */
let drawn = "";

start();

function start() {
  if (!frame({ page: "orders", needsSignIn: true })) return;
  document.title = t("orders.title");
  const tabs = h("nav", { class: "tabs", aria: { label: t("orders.tabs") } }, TABS.map(tabButton));
  show(byId("main"), h("div", { class: "stack" }, h("h1", null, t("orders.title")), tabs, h("div", { id: "list", class: "stack" })));
  load();
  onNews(["order", "payment"], load);
}

/** @param {string} name */
function tabButton(name) {
  const button = h("button", { type: "button", aria: { current: name === tab } }, t(`orders.${name}`));
  button.addEventListener("click", () => {
    tab = name;
    for (const other of button.parentElement?.children ?? []) other.setAttribute("aria-current", String(other === button));
    history.replaceState(null, "", withQuery("/orders.html", { state: tab }));
    drawn = "";
    show(byId("list"), skeleton(3));
    load();
  });
  return button;
}

async function load() {
  const mine = tab;
  if (!byId("list").children.length) show(byId("list"), skeleton(3));
  const many = document.querySelectorAll("#orders > li").length;
  try {
    const page = await getPage(withQuery("/api/customer/orders", { state: mine, limit: Math.min(Math.max(PAGE, many), LONGEST_PAGE) }));
    if (mine !== tab) return;
    next = page.next;
    const now = JSON.stringify(page);
    if (drawn !== now) render(page.rows);
    drawn = now;
  } catch (error) {
    if (mine !== tab) return;
    drawn = "";
    show(byId("list"), failed(error, load));
  }
}

/** @param {any[]} orders */
function render(orders) {
  if (orders.length === 0) {
    const action = h("a", { class: "button", href: "/" }, t("cart.toShop"));
    return show(byId("list"), empty({ icon: "orders", title: t(`orders.noneTitle.${tab}`), text: t("orders.noneText"), action }));
  }
  show(byId("list"), h("ul", { class: "stack", id: "orders" }, orders.map(card)), moreButton());
}

/** @param {any} order */
function card(order) {
  const [first, ...others] = order.items;
  return h(
    "li",
    null,
    h(
      "a",
      { class: "card", href: `/order.html?id=${order.id}` },
      h(
        "span",
        { class: "stack close" },
        h("span", { class: "row apart" }, state(word("status", order.status), toneOf(order.status)), h("span", { class: "strong money" }, rupees(order.total))),
        h("strong", null, t("orders.summary", { first: first.name, others: others.length })),
        h("span", { class: "small muted" }, `${order.shopName} · ${moment(order.date)}`),
      ),
    ),
  );
}

function moreButton() {
  if (!next) return null;
  const button = h("button", { type: "button", class: "button block" }, t("more"));
  button.addEventListener("click", async () => {
    button.setAttribute("aria-busy", "true");
    try {
      const page = await getPage(/** @type {string} */ (next));
      next = page.next;
      byId("orders").append(...page.rows.map(card));
      button.replaceWith(...[moreButton()].filter((node) => node !== null));
    } catch (error) {
      drawn = "";
      button.replaceWith(failed(error, load));
    }
  });
  return button;
}
