// A person may ask for light or dark whatever her device says. Runs before the first paint, so nothing flashes.
(() => {
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is switched off: the device decides.
  }
})();
