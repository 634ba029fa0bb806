// @ts-check
/** Small parts that several places of the desk are made of. */

import { serverNow } from "../../shared/api.js";
import { h, icon, state } from "../../shared/dom.js";
import { age, moment } from "../../shared/dates.js";
import { t } from "../../shared/messages.js";
import { count } from "../../shared/money.js";
import { keepRows } from "./lists.js";

const AGE_MS = 20_000;
const DAY_MINUTES = 24 * 60;

/** @param {string} title @param {...(Node | false | null | undefined)} actions the head of a place */
export function placeHead(title, ...actions) {
  return h("div", { class: "row apart place-head" }, h("h1", { tabindex: -1 }, title), h("div", { class: "row" }, ...actions));
}

/** @param {string} id @returns {string} "#3fa9c1d2", as a person says it */
export function number(id) {
  return `#${id.slice(0, 8)}`;
}

/** @param {string} instant @param {boolean} [ago] @returns {HTMLTimeElement} "4 min" or "4 min ago", which stays true by itself */
export function ageOf(instant, ago = false) {
  return h("time", { datetime: instant, title: moment(instant), data: { age: ago ? "ago" : "" } }, ageWords(instant, ago));
}

/** @param {string} instant @param {boolean} ago */
function ageWords(instant, ago) {
  const minutes = (serverNow() - Date.parse(instant)) / 60_000;
  return ago && minutes >= 1 && minutes < DAY_MINUTES ? t("dashboard.ago", { age: age(instant) }) : age(instant);
}

export function keepAgesTrue() {
  setInterval(() => {
    for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (document.querySelectorAll("time[data-age]"))) time.textContent = ageWords(time.dateTime, time.dataset.age === "ago");
  }, AGE_MS);
}

/** Goods as she says them: "3", or "1.5 kg" and "750 g" when they are weighed. @param {{soldBy?: string}} product @param {number} quantity */
export function amount(product, quantity) {
  if (product.soldBy !== "weight") return count(quantity);
  return Math.abs(quantity) < 1000 ? t("dashboard.grams", { grams: quantity }) : t("dashboard.kilograms", { kilograms: count(quantity / 1000) });
}

/** How much to pack: "2 ×", or "1.5 kg". @param {{soldBy?: string}} line @param {number} quantity */
export function toPack(line, quantity) {
  return line.soldBy === "weight" ? amount(line, quantity) : `${count(quantity)} ×`;
}

/** A phone number that calls. @param {string} phone @param {string} name */
export function callLink(phone, name) {
  return h("a", { class: "call", href: `tel:+91${phone}`, aria: { label: t("dashboard.call", { name }) } }, icon("call", "small"), `${phone.slice(0, 5)} ${phone.slice(5)}`);
}

const MONEY_TONES = /** @type {Record<string, string>} */ ({ claimed: "marigold", settled: "leaf", refund_due: "chilli", refunded: "sky", voided: "" });

/** What became of the money, as a word and a colour. @param {any} payment */
export function moneyState(payment) {
  if (payment.status !== "pending") return state(t(`dashboard.money.${payment.status}`), MONEY_TONES[payment.status]);
  return payment.method === "UPI" ? state(t("dashboard.money.unpaid")) : state(t(`dashboard.money.collect${payment.method}`), "sky");
}

const ORDER_TONES = /** @type {Record<string, string>} */ ({
  placed: "marigold", packed: "sky", dispatched: "sky", delivered: "leaf", return_requested: "chilli", cancelled: "", expired: "", returned: "",
});

/** @param {any} order */
export function orderState(order) {
  return state(t(`dashboard.status.${order.status}`), ORDER_TONES[order.status]);
}

/** A button with words for who cannot see its picture. @param {string} iconName @param {string} label @param {(event: Event) => void} act */
export function iconButton(iconName, label, act) {
  return h("button", { type: "button", class: "icon-button", aria: { label }, onclick: act }, icon(iconName));
}

/**
 * Filters as chips, with how many each would show.
 * @param {string} label @param {(name: string) => void} choose
 */
export function chipBar(label, choose) {
  const element = h("div", { class: "chips", role: "group", aria: { label } });
  return { element, draw };

  /** @param {{name: string, words: string, number?: number}[]} choices @param {string} chosen */
  function draw(choices, chosen) {
    const chips = choices.map((choice) => ({ ...choice, pressed: String(choice.name === chosen) }));
    keepRows(element, chips, ({ name }) => name, ({ name, words, number: many, pressed }) =>
      h("button", { type: "button", class: "chip", data: { act: name }, aria: { pressed }, onclick: () => choose(name) }, words, many !== undefined && h("span", { class: "muted-count" }, count(many))),
    );
  }
}
