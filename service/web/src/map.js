// The map moves where this runs; the picture that the server drew stays where it cannot.
import { movingMap } from "./lib/moving-map.js";

const form = document.getElementById("map-form");
if (form) {
  // What is not chosen need not stand in the address.
  form.addEventListener("submit", () => {
    const chosen = form.querySelectorAll('input[name="show"]:checked').length > 0;
    for (const field of form.elements) {
      if (field.name && (!field.value || (field.value === "nothing" && chosen))) field.disabled = true;
    }
    setTimeout(() => { for (const field of form.elements) field.disabled = false; });
  });
}

/** Keep zoom and position in the address, and in every link that leads to this page. */
function remember(at) {
  const change = (address) => { const url = new URL(address); url.searchParams.set("at", at); return url.href; };
  history.replaceState(history.state, "", change(location.href));
  for (const link of document.querySelectorAll(".languages a, #map-link")) link.href = change(link.href);
  if (!form) return;
  form.querySelector('input[name="at"]')?.remove();
  form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "at", value: at }));
}

const TARGET = '<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="4.5" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 .5v4M8 11.5v4M.5 8h4M11.5 8h4" stroke="currentColor" stroke-width="1.5"/></svg>';

for (const frame of document.querySelectorAll(".map-frame[data-geojson]")) {
  const words = JSON.parse(frame.dataset.words);
  movingMap(frame, words, remember).then((map) => {
    for (const row of document.querySelectorAll("[data-iri]")) {
      if (!map.has(row.dataset.iri)) continue;
      const name = row.querySelector("a").textContent;
      const button = Object.assign(document.createElement("button"), { type: "button", className: "show-on-map", title: words.show, innerHTML: TARGET });
      button.setAttribute("aria-label", `${words.show}: ${name}`);
      button.addEventListener("click", () => map.show(row.dataset.iri));
      (row.querySelector("th") ?? row).append(button);
    }
  }).catch((error) => {
    frame.dataset.note = words.failed;
    frame.classList.add("failed");
    console.warn(error);
  });
}
