// @ts-check
/** The link in a reminder: opening it ends them, and the page says so. */

import { post } from "../shared/api.js";
import { asked, byId, failed, h, show } from "../shared/dom.js";
import { frame } from "../shared/frame.js";
import { learn, t } from "../shared/messages.js";

start();

async function start() {
  await learn("account");
  frame();
  document.title = t("account.stopped");
  show(byId("main"), h("p", { class: "muted", role: "status" }, t("account.stopping")));
  try {
    await post(`/api/unsubscribe/${encodeURIComponent(asked("token"))}`);
    say("account.stopped", t("account.stoppedText"), " ", h("a", { href: "/account.html" }, t("account.startAgain")));
  } catch (error) {
    if (/** @type {any} */ (error).status === 404) say("account.brokenLink", /** @type {Error} */ (error).message);
    else show(byId("main"), failed(error, start));
  }
}

/** @param {string} title @param {...(Node | string)} words */
function say(title, ...words) {
  document.title = t(title);
  show(byId("main"), h("div", { class: "stack loose", role: "status" }, h("h1", null, t(title)), h("p", null, words)));
}
