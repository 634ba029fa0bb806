// @ts-check
/** Charts in the shop's colours. Chart.js is large and only the dashboard draws: it is fetched when first needed. */

/** @typedef {Record<"ink" | "muted" | "line" | "leaf" | "marigold" | "chilli" | "sky" | "clay" | "raised" | "surface", string>} Colours */

/** @type {Promise<any> | null} */
let loading = null;

/** @returns {Promise<any>} the Chart class */
export function loadChart() {
  loading ??= import(CHART_ADDRESS).then(() => /** @type {any} */ (globalThis).Chart);
  return loading;
}

const CHART_ADDRESS = "/vendor/chart-4.2.0.js";

/** The colours of the moment, from the tokens. @returns {Colours} */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["ink", "muted", "line", "leaf", "marigold", "chilli", "sky", "clay", "raised", "surface"];
  return /** @type {any} */ (Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])));
}

/**
 * Draws a chart and redraws it when light turns to dark. The same numbers belong into a table beside it.
 * @param {HTMLCanvasElement} canvas with `role="img"` and an aria-label
 * @param {(colours: Colours) => Record<string, any>} configure Chart.js configuration in these colours
 * @returns {Promise<{update: () => void, stop: () => void}>} `update` asks `configure` again
 */
export async function drawChart(canvas, configure) {
  const Chart = await loadChart();
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 13;
  Chart.defaults.animation = still ? false : { duration: 160 };
  Chart.defaults.maintainAspectRatio = false;
  let chart = new Chart(canvas, inColours(Chart, configure));
  const update = () => {
    chart.destroy();
    chart = new Chart(canvas, inColours(Chart, configure));
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const themed = new MutationObserver(update);
  dark.addEventListener("change", update);
  themed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const stop = () => {
    dark.removeEventListener("change", update);
    themed.disconnect();
    chart.destroy();
  };
  return { update, stop };
}

/** @param {any} Chart @param {(colours: Colours) => Record<string, any>} configure */
function inColours(Chart, configure) {
  const now = colours();
  Chart.defaults.color = now.muted;
  Chart.defaults.borderColor = now.line;
  return configure(now);
}
