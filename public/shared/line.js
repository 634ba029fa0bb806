// @ts-check
/** Whether the shop can be reached. Only calls know: a phone says "online" also where there is no network. */

const LOOK_MS = 4000;

/** @typedef {{reached: boolean, since: Date | null}} Line `since`: of when what is shown is, when it was kept */

/** @type {Line} */
let line = { reached: true, since: null };
/** @type {Set<(line: Line) => void>} */
const listeners = new Set();
/** @type {ReturnType<typeof setInterval> | undefined} */
let looking;

/** @param {(line: Line) => void} tell called when the shop is lost, and when it is there again */
export function onLine(tell) {
  listeners.add(tell);
  if (!line.reached) tell(line);
}

/** @param {() => void} call once, as soon as the shop is there again */
export function whenBack(call) {
  const listener = (/** @type {Line} */ { reached }) => {
    if (!reached) return;
    listeners.delete(listener);
    call();
  };
  listeners.add(listener);
}

/** The shop has answered. @param {string | null} keptSince the answer was kept since then, null: it is from now */
export function heard(keptSince) {
  if (keptSince === null) turn({ reached: true, since: null });
  else turn({ reached: false, since: keptSince ? new Date(keptSince) : null });
}

/** The shop has not answered. */
export function lost() {
  turn({ reached: false, since: line.since });
}

/** @param {Line} now */
function turn(now) {
  const changed = now.reached !== line.reached || (now.since !== null && line.since === null);
  line = now;
  if (!changed) return;
  clearInterval(looking);
  if (!now.reached) looking = setInterval(look, LOOK_MS);
  for (const tell of [...listeners]) tell(now);
}

/** The shop is back when it answers, whoever asked. */
async function look() {
  try {
    const response = await fetch("/healthz", { cache: "no-store" });
    if (response.ok) heard(null);
  } catch {
    // Still away: the next look comes by itself.
  }
}
addEventListener("online", () => line.reached || look());
