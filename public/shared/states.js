// @ts-check
/** The States and Union Territories of India, as a field to choose from. The server knows the same ones. */

import { field } from "./forms.js";
import { t } from "./messages.js";

const STATES = [
  "Andaman and Nicobar Islands", "Andhra Pradesh", "Arunachal Pradesh", "Assam", "Bihar", "Chandigarh",
  "Chhattisgarh", "Dadra and Nagar Haveli and Daman and Diu", "Delhi", "Goa", "Gujarat", "Haryana",
  "Himachal Pradesh", "Jammu and Kashmir", "Jharkhand", "Karnataka", "Kerala", "Ladakh", "Lakshadweep",
  "Madhya Pradesh", "Maharashtra", "Manipur", "Meghalaya", "Mizoram", "Nagaland", "Odisha", "Puducherry", "Punjab",
  "Rajasthan", "Sikkim", "Tamil Nadu", "Telangana", "Tripura", "Uttar Pradesh", "Uttarakhand", "West Bengal",
];

/** @param {import("./forms.js").Field} wanted all but its type and choices @returns {HTMLDivElement} */
export function stateField(wanted) {
  const choices = /** @type {[string, string][]} */ ([["", t("chooseState")], ...STATES.map((name) => [name, name])]);
  return field({ ...wanted, type: "select", choices, attributes: { autocomplete: "address-level1", ...wanted.attributes } });
}
