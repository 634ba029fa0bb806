// @ts-check
/** A new picture of a product, as from a phone's camera: made small before it travels. */

import { put } from "../../shared/api.js";
import { h } from "../../shared/dom.js";

const LONGEST_SIDE = 1600;
const QUALITY = 0.85;

/** @param {string} productId @param {File} file */
export async function sendPicture(productId, file) {
  await put(`/api/products/${productId}/image`, { image: await smallPicture(file) });
}

/** A phone's picture has many megabytes: nobody wants to pay for sending them. What cannot be read here goes as it is. @param {File} file @returns {Promise<string>} a data URL */
export async function smallPicture(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = h("canvas", { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
    /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", QUALITY);
  } catch {
    return dataUrl(file);
  }
}

/** @param {Blob} file @returns {Promise<string>} */
export function dataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
