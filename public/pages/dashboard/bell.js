// @ts-check
/** The desk's bell: two short notes when an order comes in, one when money is said to be there. Silent when she wishes. */

import { keep, onKept, recall } from "../../shared/store.js";

const KEY = "bell-muted";
const NOTES = { order: [880, 1174.7], payment: [1318.5] };
const NOTE_SECONDS = 0.18;
const HOLD_MS = 1500;

/** @type {AudioContext | null} */
let audio = null;
/** @type {Set<() => void>} */
const listeners = new Set();

/** @returns {boolean} */
export function isMuted() {
  return recall(KEY) === true;
}

/** @param {boolean} muted */
export function setMuted(muted) {
  keep(KEY, muted || null);
  tellAll();
  if (!muted) ring("payment");
}

/** @param {() => void} tell when the switch was turned, here or in another tab, and when the bell woke @param {AbortSignal} [signal] */
export function onMuted(tell, signal) {
  listeners.add(tell);
  signal?.addEventListener("abort", () => listeners.delete(tell));
}

function tellAll() {
  for (const tell of listeners) tell();
}

/** Browsers let a page sound only after its person has touched it once. @returns {boolean} */
export function isAsleep() {
  return navigator.userActivation?.hasBeenActive === false;
}

export function prepareBell() {
  onKept(KEY, tellAll);
  // The touch itself comes first: the browser counts it after telling the page.
  const wake = () => setTimeout(tellAll);
  addEventListener("pointerup", wake, { once: true });
  addEventListener("keyup", wake, { once: true });
}

/**
 * Rings in one of the tabs that heard of it. (Browsers offer locks over HTTPS and on localhost; elsewhere each rings.)
 * @param {keyof typeof NOTES} what @param {string} id of what came
 */
export function ringOnce(what, id) {
  if (!navigator.locks) return ring(what);
  navigator.locks.request(`ring-${what}-${id}`, { ifAvailable: true }, (lock) => lock && ringAndHold(what));
}

/** @param {keyof typeof NOTES} what @returns {Promise<void>} ends when the other tabs have heard of it too */
function ringAndHold(what) {
  ring(what);
  return new Promise((resolve) => setTimeout(resolve, HOLD_MS));
}

/** @param {keyof typeof NOTES} what */
function ring(what) {
  if (isMuted() || isAsleep()) return;
  audio ??= new AudioContext();
  audio.resume();
  NOTES[what].forEach((hertz, at) => note(/** @type {AudioContext} */ (audio), hertz, at * NOTE_SECONDS));
}

/** @param {AudioContext} context @param {number} hertz @param {number} after seconds from now */
function note(context, hertz, after) {
  const begin = context.currentTime + after;
  const tone = context.createOscillator();
  const loudness = context.createGain();
  tone.frequency.value = hertz;
  loudness.gain.setValueAtTime(0.0001, begin);
  loudness.gain.exponentialRampToValueAtTime(0.25, begin + 0.02);
  loudness.gain.exponentialRampToValueAtTime(0.0001, begin + NOTE_SECONDS);
  tone.connect(loudness).connect(context.destination);
  tone.start(begin);
  tone.stop(begin + NOTE_SECONDS);
}
