// @ts-check
/** Times in the shop's own timezone, wherever the person stands: "Fri 21 Nov, 4:05 pm". */

import { locale, t } from "./messages.js";
import { serverNow } from "./api.js";

export const SHOP_TIMEZONE = "Asia/Kolkata";

const dayParts = new Intl.DateTimeFormat(locale, { timeZone: SHOP_TIMEZONE, weekday: "short", day: "numeric", month: "short" });
const yearPart = new Intl.DateTimeFormat(locale, { timeZone: SHOP_TIMEZONE, year: "numeric" });
const timePart = new Intl.DateTimeFormat(locale, { timeZone: SHOP_TIMEZONE, hour: "numeric", minute: "2-digit", hour12: true });
// Sweden writes dates as 2026-11-21, which is how the shop writes its days.
const isoPart = new Intl.DateTimeFormat("sv-SE", { timeZone: SHOP_TIMEZONE });

/** @param {string | number | Date} instant @returns {string} "Fri 21 Nov", with the year when it is another one */
export function day(instant) {
  const date = new Date(instant);
  const words = dayParts.format(date).replaceAll(",", "");
  return yearPart.format(date) === yearPart.format(serverNow()) ? words : `${words} ${yearPart.format(date)}`;
}

/** @param {string | number | Date} instant @returns {string} "4:05 pm" */
export function clock(instant) {
  return timePart.format(new Date(instant)).replace(/[\u202f\u00a0]/g, " ").toLowerCase();
}

/** @param {string | number | Date} instant @returns {string} "Fri 21 Nov, 4:05 pm" */
export function moment(instant) {
  return `${day(instant)}, ${clock(instant)}`;
}

/** A date without a time, as "2026-11-21". @param {string} date @returns {string} "Sat 21 Nov" */
export function dayOf(date) {
  return day(`${date}T12:00:00+05:30`);
}

/** @param {string | number | Date} [instant] @returns {string} "2026-11-21", the shop's day */
export function shopDay(instant = serverNow()) {
  return isoPart.format(new Date(instant));
}

/** @param {string} from @param {string} to both "2026-11-21" @returns {number} whole days between */
export function daysBetween(from, to) {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** @param {string | number | Date} instant @returns {string} "just now", "4 min", "2 h", then the day */
export function age(instant) {
  const minutes = Math.floor((serverNow() - new Date(instant).getTime()) / 60_000);
  if (minutes < 1) return t("ages.now");
  if (minutes < 60) return t("ages.minutes", { minutes });
  if (minutes < 24 * 60) return t("ages.hours", { hours: Math.floor(minutes / 60) });
  return day(instant);
}

/** @param {number} milliseconds @returns {string} "09:12" */
export function countdown(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}
