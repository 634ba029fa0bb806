// @ts-check
/** Rupees as a shopkeeper writes them: ₹1,24,500, and paise only when there are any. */

import { locale } from "./messages.js";

const whole = new Intl.NumberFormat(locale, { style: "currency", currency: "INR", minimumFractionDigits: 0, maximumFractionDigits: 0 });
const exact = new Intl.NumberFormat(locale, { style: "currency", currency: "INR", minimumFractionDigits: 2, maximumFractionDigits: 2 });
const plain = new Intl.NumberFormat(locale);

/** @param {number} amount in rupees @returns {string} "₹28", "₹28.50" */
export function rupees(amount) {
  return Number.isInteger(amount) ? whole.format(amount) : exact.format(amount);
}

/** @param {number} amount in rupees @returns {string} "₹28.00", for bills and payments */
export function bill(amount) {
  return exact.format(amount);
}

/** What is asked for in cash: there are no coins for paise, so the bill is rounded to the rupee, half a rupee up. @param {number} amount */
export function inCash(amount) {
  return Math.floor((Math.round(amount * 100) + 50) / 100);
}

/** @param {number} number @returns {string} "1,24,500" */
export function count(number) {
  return plain.format(number);
}

/**
 * What a line costs. Weighed goods: the price is for a kilogram and the quantity in grams; half a paisa goes up, as on the bill.
 * @param {{price: number, soldBy?: string}} product @param {number} quantity @returns {number} rupees
 */
export function lineTotal(product, quantity) {
  const paise = Math.round(product.price * 100);
  const total = product.soldBy === "weight" ? Math.floor((paise * quantity + 500) / 1000) : paise * quantity;
  return total / 100;
}

/** Adds rupees without the dust of binary fractions. @param {number[]} amounts */
export function sum(amounts) {
  return amounts.reduce((paise, amount) => paise + Math.round(amount * 100), 0) / 100;
}

/** @param {number} amount in rupees @returns {string} "₹1.2L", "₹12k": for the axis of a chart */
export function shortRupees(amount) {
  if (Math.abs(amount) >= 1e7) return `₹${trim(amount / 1e7)}Cr`;
  if (Math.abs(amount) >= 1e5) return `₹${trim(amount / 1e5)}L`;
  if (Math.abs(amount) >= 1e3) return `₹${trim(amount / 1e3)}k`;
  return rupees(amount);
}

/** @param {number} number */
function trim(number) {
  return String(Math.round(number * 10) / 10);
}
