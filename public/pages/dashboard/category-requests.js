// @ts-check
/** Categories that staff would like: they ask, the shopkeeper approves or declines. */

import { get, post, put } from "../../shared/api.js";
import { failed, h, icon, show, skeleton, state } from "../../shared/dom.js";
import { onNews } from "../../shared/events.js";
import { field, sends } from "../../shared/forms.js";
import { t } from "../../shared/messages.js";
import { doing, toast } from "./floating.js";
import { keepRows } from "./lists.js";
import { ageOf } from "./parts.js";

const TONES = /** @type {Record<string, string>} */ ({ pending: "marigold", approved: "leaf", declined: "chilli" });

/**
 * What waits for the shopkeeper's word; nothing at all while nothing does.
 * @param {() => Promise<void>} answered a category may be there now
 */
export function requestsToAnswer(answered) {
  const section = h("section", { class: "stack close" });
  const heading = h("h3", null, t("dashboard.requests.waiting"));
  const list = h("ul", { class: "list" });
  const load = async () => {
    try {
      const rows = await get("/api/category-requests?status=pending");
      keepRows(list, rows, ({ id }) => id, requestRow);
      if (rows.length === 0) show(section);
      else if (!section.contains(list)) show(section, heading, list);
    } catch (error) {
      show(section, failed(error, load));
    }
  };
  load();
  keepFresh(section, load);
  return section;

  /** @param {any} request */
  function requestRow({ id, name, askedBy, askedAt }) {
    const button = (/** @type {string} */ status, /** @type {string} */ kind) => {
      const element = h("button", { type: "button", class: `button ${kind}`, aria: { label: t(`dashboard.requests.${status}Named`, { name }) } }, t(`dashboard.requests.${status}It`));
      element.addEventListener("click", () =>
        doing(element, async () => {
          await put(`/api/category-requests/${id}`, { status });
          toast(t(`dashboard.requests.did.${status}`, { name }));
          await Promise.all([load(), answered()]);
        }),
      );
      return element;
    };
    return h(
      "li",
      { class: "row whole wraps" },
      h("span", { class: "grow" }, h("span", { class: "strong" }, name), h("span", { class: "small muted block" }, t("dashboard.requests.by", { name: askedBy }), " · ", ageOf(askedAt, true))),
      h("span", { class: "row whole" }, button("approved", "primary"), button("declined", "")),
    );
  }
}

/** Loads anew when somebody has asked or answered, for as long as it is shown. @param {HTMLElement} element @param {() => void} load */
function keepFresh(element, load) {
  const stop = onNews(["category-request"], () => (element.isConnected ? load() : stop()));
}

/** What staff asked for, and a form to ask for more. */
export function ownRequests() {
  const list = h("ul", { class: "list" });
  const form = h("form", { class: "row whole end-aligned" }, field({ name: "name", label: t("dashboard.requests.wish"), attributes: { maxlength: 200, autocomplete: "off" } }), h("button", { type: "submit", class: "button primary" }, t("dashboard.requests.ask")));
  sends(form, async (values, key) => {
    await post("/api/category-requests", values, { key });
    form.reset();
    toast(t("dashboard.requests.didAsk"));
    await load();
  });
  show(list, skeleton(2));
  load();
  keepFresh(list, load);
  return h("section", { class: "stack close" }, h("p", { class: "muted" }, t("dashboard.requests.text")), form, list);

  async function load() {
    try {
      const rows = await get("/api/category-requests?limit=20");
      show(list, rows.map(ownRow));
    } catch (error) {
      show(list, failed(error, load));
    }
  }

  /** @param {any} request */
  function ownRow({ name, status, askedBy }) {
    return h("li", { class: "row whole" }, icon("tag"), h("span", { class: "grow" }, h("span", { class: "strong" }, name), h("span", { class: "small muted block" }, t("dashboard.requests.by", { name: askedBy }))), state(t(`dashboard.requests.states.${status}`), TONES[status]));
  }
}
