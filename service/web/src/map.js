// The map moves where this runs; the picture that the server drew stays where it cannot.
import { followed } from "./lib/map-lists.js";
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

/** Keep the view in the address, in every link that leads to this page, and in what the form sends; the usual needs no words. */
function remember(name, value) {
  const change = (address) => {
    const url = new URL(address);
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
    return url.href;
  };
  history.replaceState(history.state, "", change(location.href));
  for (const link of document.querySelectorAll(".languages a, #map-link")) link.href = change(link.href);
  if (!form) return;
  form.querySelector(`input[type="hidden"][name="${name}"]`)?.remove();
  if (value) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
}

for (const frame of document.querySelectorAll(".map-frame[data-geojson]")) {
  const words = JSON.parse(frame.dataset.words);
  movingMap(frame, words, (at) => remember("at", at)).then((map) => {
    followed(map, words, (follows) => remember("list", follows ? "" : "all"));
  }).catch((error) => {
    frame.dataset.note = words.failed;
    frame.classList.add("failed");
    console.warn(error);
  });
}
