// @ts-check
/** A long list, page by page as she comes to its end. */

import { getPage } from "../../shared/api.js";
import { failed, h, show, skeleton } from "../../shared/dom.js";
import { row, table, whenNear } from "../dashboard/lists.js";

/**
 * @param {object} what
 * @param {string} what.kind its class: the style sheet says how wide the columns are
 * @param {string} what.label
 * @param {import("../dashboard/lists.js").Column[]} what.columns
 * @param {() => string} what.path of its first page, as it is to be now
 * @param {() => HTMLElement} what.none what stands there when there is nothing
 * @param {AbortSignal} what.signal
 */
export function pagedTable({ kind, label, columns, path, none, signal }) {
  const list = table(kind, label, columns);
  const wrap = h("div", { class: "rows-wrap" }, list.element);
  const under = h("div");
  /** @type {string | null} */
  let next = null;
  let turn = 0;
  whenNear(under, () => next && more(turn), signal);
  return { element: h("div", { class: "stack" }, wrap, under), load };

  async function load() {
    turn += 1;
    next = path();
    list.body.replaceChildren();
    wrap.hidden = true;
    show(under, skeleton(6));
    await more(turn);
  }

  /** @param {number} mine a later search makes this one's answer stale */
  async function more(mine) {
    if (!next) return;
    const here = next;
    next = null;
    try {
      const page = await getPage(here, { signal });
      if (mine !== turn) return;
      next = page.next;
      list.body.append(...page.rows.map((item) => row(columns, item)));
      wrap.hidden = !list.body.childElementCount;
      show(under, wrap.hidden && none());
    } catch (error) {
      if (signal.aborted || mine !== turn) return;
      next = here;
      show(under, failed(error, () => more(mine)));
    }
  }
}
