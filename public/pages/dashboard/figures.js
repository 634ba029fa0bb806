// @ts-check
/** The charts of the desk, each with the same numbers in a table for who cannot see it, or wants to know exactly. */

import { drawChart } from "../../shared/chart.js";
import { dayOf } from "../../shared/dates.js";
import { h, show } from "../../shared/dom.js";
import { t } from "../../shared/messages.js";
import { count, rupees, shortRupees, sum } from "../../shared/money.js";

const LONGEST_LABEL = 20;

/** @typedef {ReturnType<typeof import("../../shared/chart.js").colours>} Colours */
/**
 * @typedef {object} Numbers
 * @property {string[]} heads of the table
 * @property {(string | number)[][]} rows of the table
 * @property {string} says in one sentence what the chart shows
 * @property {boolean} some whether there is anything to show
 * @property {number} [slices] so many of the first rows have a colour of their own in the ring, the others its last
 */

/**
 * A place for a chart. `show` draws it, or what will appear here while there is nothing yet.
 * @param {AbortSignal} signal stops drawing
 * @param {{low?: boolean, open?: boolean}} [options] `open`: the table stands beside the chart
 */
export function figure(signal, { low = false, open = false } = {}) {
  const canvas = h("canvas", { role: "img" });
  const box = h("div", { class: low ? "chart low" : "chart" }, canvas);
  const table = h("table", { class: "table small" });
  const numbers = open ? h("div", { class: "table-wrap" }, table) : h("details", { class: "numbers" }, h("summary", { class: "small" }, t("dashboard.figures.numbers")), h("div", { class: "table-wrap" }, table));
  const nothing = h("p", { class: "muted centred nothing" }, t("dashboard.figures.nothing"));
  const element = h("div", { class: open ? "figure-box beside" : "figure-box stack close" }, box, numbers, nothing);
  /** @type {Promise<{update: () => void, stop: () => void}> | null} */
  let drawing = null;
  /** @type {(colours: Colours) => Record<string, any>} */
  let configure = () => ({});
  signal.addEventListener("abort", () => drawing?.then((chart) => chart.stop()));
  return { element, draw };

  /** @param {Numbers} what @param {(colours: Colours) => Record<string, any>} how */
  async function draw(what, how) {
    box.hidden = numbers.hidden = !what.some;
    nothing.hidden = what.some;
    if (!what.some) return;
    canvas.setAttribute("aria-label", what.says);
    show(table, h("thead", null, h("tr", null, what.heads.map((head, at) => h("th", { scope: "col", class: at ? "number" : "" }, head)))), h("tbody", null, what.rows.map((row, at) => tableRow(row, what.slices && Math.min(at, what.slices - 1)))));
    configure = how;
    if (drawing) (await drawing).update();
    else drawing = drawChart(canvas, (colours) => configure(colours));
  }
}

/** @param {(string | number)[]} cells @param {number} [slice] of the ring that shows it */
function tableRow([first, ...rest], slice) {
  return h("tr", null, h("th", { scope: "row" }, slice !== undefined && h("span", { class: "swatch", data: { slice } }), first), rest.map((cell) => h("td", { class: "number" }, cell)));
}

/**
 * Sales day by day, the time before muted behind them.
 * @param {AbortSignal} signal
 */
export function salesFigure(signal) {
  const { element, draw } = figure(signal);
  return {
    element,
    /** @param {{days: string[], now: number[], orders: number[], before: number[]}} sales */
    draw({ days, now, orders, before }) {
      const rows = days.map((day, at) => [dayOf(day), rupees(now[at]), count(orders[at]), rupees(before[at] ?? 0)]);
      const says = t("dashboard.figures.salesSay", { days: days.length, sales: rupees(sum(now)), before: rupees(sum(before)) });
      const heads = ["day", "sales", "orders", "before"].map((name) => t(`dashboard.figures.${name}`));
      const labels = days.map((day) => (days.length <= 7 ? dayOf(day).split(" ")[0] : dayOf(day).split(" ").slice(1).join(" ")));
      return draw({ heads, rows, says, some: [...now, ...before].some((amount) => amount > 0) }, (colours) => salesConfig(colours, labels, now, before));
    },
  };
}

/** @param {Colours} colours @param {string[]} labels @param {number[]} now @param {number[]} before */
function salesConfig(colours, labels, now, before) {
  const line = (/** @type {string} */ label, /** @type {number[]} */ data, /** @type {object} */ more) => ({ label, data, pointRadius: labels.length > 31 ? 0 : 3, ...more });
  return {
    type: "line",
    data: {
      labels,
      datasets: [
        line(t("dashboard.figures.now"), now, { borderColor: colours.leaf, backgroundColor: colours.leaf, borderWidth: 3 }),
        line(t("dashboard.figures.before"), before, { borderColor: colours.muted, backgroundColor: colours.muted, borderWidth: 2, borderDash: [4, 4], pointRadius: 0 }),
      ],
    },
    options: {
      interaction: { mode: "index", intersect: false },
      plugins: {
        legend: { position: "top", align: "end", labels: { usePointStyle: true, pointStyle: "line", boxWidth: 24 } },
        tooltip: { callbacks: { label: (/** @type {any} */ item) => ` ${item.dataset.label}: ${rupees(item.parsed.y)}` } },
      },
      scales: { x: quietAxis(), y: rupeeAxis(colours) },
    },
  };
}

/** Bars, each with its number at its end. @param {Colours} colours @param {string[]} labels @param {number[]} values @param {{lying?: boolean, money?: boolean}} [how] */
export function bars(colours, labels, values, { lying = false, money = false } = {}) {
  const numbers = lying ? { x: money ? rupeeAxis(colours) : countAxis(colours), y: quietAxis(true) } : { x: quietAxis(), y: money ? rupeeAxis(colours) : countAxis(colours) };
  return {
    type: "bar",
    data: { labels, datasets: [{ data: values, backgroundColor: colours.leaf, borderRadius: 4, maxBarThickness: 28 }] },
    options: {
      indexAxis: lying ? "y" : "x",
      plugins: { legend: { display: false }, tooltip: { callbacks: { label: (/** @type {any} */ item) => ` ${money ? rupees(item.raw) : count(item.raw)}` } } },
      scales: numbers,
    },
  };
}

/** A ring of shares in the shop's colours. @param {Colours} colours @param {string[]} labels @param {number[]} values @param {boolean} money */
export function ring(colours, labels, values, money) {
  return {
    type: "doughnut",
    data: { labels, datasets: [{ data: values, backgroundColor: ringColours(colours, values.length), borderColor: colours.raised, borderWidth: 3 }] },
    options: { cutout: "62%", plugins: { legend: { display: false }, tooltip: { callbacks: { label: (/** @type {any} */ item) => ` ${item.label}: ${money ? rupees(item.raw) : count(item.raw)}` } } } },
  };
}

/** @param {Colours} colours @param {number} many */
function ringColours({ leaf, marigold, sky, chilli, clay, muted }, many) {
  const own = [leaf, marigold, sky, chilli, clay, muted];
  return Array.from({ length: many }, (_, at) => own[at % own.length]);
}

/** @param {boolean} [every] label is shown, cut where it is long */
function quietAxis(every = false) {
  const ticks = every ? { autoSkip: false, callback: /** @this {any} */ function (/** @type {number} */ at) { return cut(this.getLabelForValue(at)); } } : { maxRotation: 0, autoSkipPadding: 12 };
  return { grid: { display: false }, border: { display: false }, ticks };
}

/** @param {string} name */
function cut(name) {
  return name.length > LONGEST_LABEL ? `${name.slice(0, LONGEST_LABEL - 1)}…` : name;
}

/** @param {Colours} colours */
function rupeeAxis(colours) {
  return { beginAtZero: true, grid: { color: colours.line }, border: { display: false }, ticks: { maxTicksLimit: 5, callback: (/** @type {number} */ value) => shortRupees(value) } };
}

/** @param {Colours} colours */
function countAxis(colours) {
  return { beginAtZero: true, grid: { color: colours.line }, border: { display: false }, ticks: { precision: 0, maxTicksLimit: 5 } };
}
