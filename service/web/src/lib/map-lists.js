// The lists beside a map name what is in its view, and lead to it.

const TARGET = '<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="4.5" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 .5v4M8 11.5v4M.5 8h4M11.5 8h4" stroke="currentColor" stroke-width="1.5"/></svg>';

/** Let the lists follow the map; `words` are the page's, `chosen` is told whether they do. */
export function followed(map, words, chosen) {
  const lists = [...document.querySelectorAll("[data-follows]")];
  if (!lists.length) return;
  complete(lists.find((list) => list.dataset.follows === "place"), map.features);
  for (const row of rows(lists)) if (map.has(row.dataset.iri)) leading(row, map, words);
  const box = choice(words);
  lists[0].parentElement.prepend(box);
  let seen = null; // until the map has been drawn for the first time
  const refresh = () => {
    const all = !seen || !box.querySelector("input").checked;
    for (const list of lists) {
      const own = rows([list]);
      for (const row of own) row.hidden = !(all || seen.has(row.dataset.iri));
      const shown = own.filter((row) => !row.hidden).length;
      list.querySelector(".map-count").textContent = shown === own.length ? "" : words.inView.replace("%(shown)s", number(shown)).replace("%(whole)s", number(own.length));
    }
  };
  box.addEventListener("change", () => { refresh(); chosen(box.querySelector("input").checked); });
  map.watch((iris) => { seen = iris; refresh(); });
}

const rows = (lists) => lists.flatMap((list) => [...list.querySelectorAll("[data-iri]")]);
const number = (value) => value.toLocaleString(document.documentElement.lang);

/** A page lists the busiest places only; the map knows all of them, in the same order. */
function complete(list, features) {
  const known = new Set(rows(list ? [list] : []).map((row) => row.dataset.iri));
  const box = list?.querySelector("ul");
  for (const { properties } of box ? features : []) {
    if (properties.kind !== "place" || known.has(properties.iri)) continue;
    const row = Object.assign(document.createElement("li"), { innerHTML: '<span><a></a></span> <span class="muted small"></span>' });
    row.dataset.iri = properties.iri;
    Object.assign(row.querySelector("a"), { href: properties.page, textContent: properties.name });
    row.lastChild.textContent = properties.text;
    box.append(row);
  }
  list?.querySelector(".map-more")?.remove();
}

function leading(row, map, words) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "show-on-map", title: words.show, innerHTML: TARGET });
  button.setAttribute("aria-label", `${words.show}: ${row.querySelector("a").textContent}`);
  button.addEventListener("click", () => map.show(row.dataset.iri));
  (row.querySelector("th") ?? row).append(button);
}

function choice(words) {
  const box = Object.assign(document.createElement("label"), { className: "map-follow" });
  const follows = new URLSearchParams(location.search).get("list") !== "all";
  box.append(Object.assign(document.createElement("input"), { type: "checkbox", checked: follows }), ` ${words.follow}`);
  return box;
}
