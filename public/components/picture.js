// @ts-check
/** A product's picture in a box that never moves; without one, a drawing of its category. */

import { drawing, h } from "../shared/dom.js";

/** Which drawing and colour a category gets, by a word in its name. @type {[RegExp, string, string][]} */
const DRAWINGS = [
  [/dairy|milk|paneer|curd|doodh/i, "dairy", "sky"],
  [/dal|pulse|bean|lentil/i, "pulses", "marigold"],
  [/atta|rice|grain|flour|cereal/i, "grain", "marigold"],
  [/biscuit|cookie/i, "biscuits", "clay"],
  [/snack|namkeen|chips|noodle/i, "snacks", "chilli"],
  [/tea|coffee/i, "tea", "clay"],
  [/drink|juice|water|soda|beverage/i, "drinks", "sky"],
  [/fruit/i, "fruit", "chilli"],
  [/vegetable|sabzi|greens/i, "vegetables", "leaf"],
  [/bread|bakery|cake/i, "bakery", "clay"],
  [/sweet|chocolate|mithai|sugar/i, "sweets", "chilli"],
  [/spice|masala|salt/i, "spices", "chilli"],
  [/oil|ghee/i, "oil", "marigold"],
  [/egg/i, "eggs", "clay"],
  [/clean|household|home|detergent|laundry/i, "home", "sky"],
  [/soap|care|shampoo|beauty|hygiene|tooth/i, "soap", "leaf"],
  [/baby/i, "baby", "sky"],
  [/paper|station|book|pen/i, "paper", "sky"],
  [/frozen|ice/i, "frozen", "sky"],
  [/medic|health|pharma/i, "medicine", "leaf"],
];

/**
 * @param {{name: string, category?: string, imageUrl?: string | null}} product @param {string} [size] "small" for a line
 * @returns {HTMLDivElement}
 */
export function picture(product, size = "") {
  const [, name, tone] = DRAWINGS.find(([words]) => words.test(`${product.category ?? ""}`)) ?? DRAWINGS.find(([words]) => words.test(product.name)) ?? [null, "basket", "leaf"];
  const box = h("div", { class: `picture ${size}`.trim(), data: { tone } });
  box.append(drawing(`/icons/tiles.svg#${name}`));
  if (product.imageUrl) {
    // The name stands beside it: for a screen reader the picture says nothing more.
    const image = h("img", { src: product.imageUrl, alt: "", loading: "lazy", decoding: "async", width: 240, height: 192 });
    image.addEventListener("error", () => image.remove());
    box.append(image);
  }
  return box;
}
