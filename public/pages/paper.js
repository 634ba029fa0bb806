// @ts-check
/** A bill, as it will be printed. */

document.getElementById("print")?.addEventListener("click", () => print());
