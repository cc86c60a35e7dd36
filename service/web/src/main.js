// What every page gains from a script: suggestions while typing, the source of a fact on hover, light and dark at once.
import { suggestions } from "./lib/suggest.js";

for (const input of document.querySelectorAll("input[data-suggest]")) suggestions(input);

// Sources open on click, tap and Enter by themselves; with a mouse, hovering is enough. Escape and a click elsewhere close.
const sources = document.querySelectorAll("details.source");
if (matchMedia("(hover: hover)").matches) {
  for (const source of sources) {
    let opened = false;
    source.addEventListener("pointerenter", () => { if (!source.open) { source.open = opened = true; } });
    source.addEventListener("pointerleave", () => { if (opened) { source.open = opened = false; } });
    source.querySelector("summary").addEventListener("click", (event) => { if (opened) { event.preventDefault(); opened = false; } });
  }
}
const close = (but) => { for (const source of sources) if (source !== but) source.open = false; };
document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(null); });
document.addEventListener("click", (event) => close(event.target.closest("details.source")));

// A choice of light or dark takes effect without loading the page again; the link sets the cookie.
for (const link of document.querySelectorAll("a[data-theme-choice]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    fetch(link.href, { redirect: "manual" });
    if (link.dataset.themeChoice) document.documentElement.dataset.theme = link.dataset.themeChoice;
    else delete document.documentElement.dataset.theme;
    for (const other of document.querySelectorAll("a[data-theme-choice]")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
  });
}
