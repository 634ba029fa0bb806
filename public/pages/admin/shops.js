// @ts-check
/** All shops: those that wait are let in, others suspended, and both can be taken back. */

import { patch, withQuery } from "../../shared/api.js";
import { day } from "../../shared/dates.js";
import { empty, h, show, state } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { confirmFirst, doing, toast } from "../dashboard/floating.js";
import { chipBar, placeHead } from "../dashboard/parts.js";
import { pagedTable } from "./pages.js";

const FILTERS = ["all", "waiting", "suspended"];

/** @param {import("../admin.js").Desk} desk */
export async function enter(desk) {
  let filter = FILTERS.includes(desk.rest[0]) ? desk.rest[0] : "all";
  const bar = chipBar(t("admin.shops.filter"), (name) => {
    filter = name;
    drawBar();
    list.load();
  });
  const list = pagedTable({
    kind: "admin-shops",
    label: t("admin.places.shops"),
    columns: columns(),
    path: () => withQuery("/api/admin/shops", { state: filter === "all" ? "" : filter, limit: 50 }),
    none: () => empty({ icon: "shop", title: t("admin.shops.none"), text: t("admin.shops.noneText") }),
    signal: desk.signal,
  });
  drawBar();
  show(desk.root, placeHead(t("admin.places.shops")), bar.element, list.element);
  await list.load();

  function drawBar() {
    bar.draw(FILTERS.map((name) => ({ name, words: t(`admin.shops.filters.${name}`) })), filter);
  }

  /** @returns {import("../dashboard/lists.js").Column[]} */
  function columns() {
    return [
      { name: "name", head: t("admin.shops.name"), cell: (shop) => [h("strong", null, shop.name), h("span", { class: "small muted" }, [shop.address, shop.city].filter(Boolean).join(", "))] },
      { name: "owner", head: t("admin.shops.owner"), cell: (shop) => [shop.ownerName ?? "–", h("span", { class: "small muted address" }, shop.ownerEmail ?? "")] },
      { name: "standing", head: t("admin.shops.state"), cell: (shop) => [shopState(shop), h("span", { class: "small muted" }, day(shop.createdAt))] },
      { name: "steps", head: t("admin.shops.steps"), hidden: true, cell: steps },
    ];
  }

  /** @param {any} shop */
  function steps(shop) {
    const button = (/** @type {string} */ words, /** @type {Record<string, boolean>} */ wish, kind = "") => {
      const element = h("button", { type: "button", class: `button ${kind}`, aria: { label: t(`admin.shops.${words}Named`, { name: shop.name }) } }, t(`admin.shops.${words}`));
      const work = async () => {
        await patch(`/api/admin/shops/${shop.id}`, wish);
        toast(t(`admin.shops.did.${words}`, { name: shop.name }));
        await list.load();
      };
      const ask = () => confirmFirst({ title: t("admin.shops.suspendTitle", { name: shop.name }), text: t("admin.shops.suspendText"), submit: t("admin.shops.suspend"), send: work });
      element.addEventListener("click", () => (words === "suspend" ? ask() : doing(element, work)));
      return element;
    };
    return [h("div", { class: "row" }, !shop.approved && button("approve", { approved: true }, "primary"), shop.suspended ? button("reactivate", { suspended: false }) : button("suspend", { suspended: true }))];
  }
}

/** @param {any} shop */
function shopState(shop) {
  if (shop.suspended) return state(t("admin.shops.states.suspended"), "chilli");
  if (!shop.approved) return state(t("admin.shops.states.waiting"), "marigold");
  return state(t(shop.open ? "admin.shops.states.open" : "admin.shops.states.closed"), shop.open ? "leaf" : "");
}
