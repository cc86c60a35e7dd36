// How a map looks, in the colours of the page: light or dark come from the same names.
const NAMES = {
  sea: "--paper", land: "--sunken", own: "--surface", border: "--line-strong", paper: "--surface", ink: "--ink", place: "--warn", organisation: "--ink",
  c0: "--surface", c1: "--c1", c2: "--c2", c3: "--c3", c4: "--c4",
};
const FONT = ["Noto Sans Regular"];

/** The colours in force, as the map library reads them. */
export function colours() {
  const probe = document.createElement("span");
  document.body.append(probe);
  const found = {};
  for (const [name, token] of Object.entries(NAMES)) {
    probe.style.color = `var(${token})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

// The four countries by their numbers in ISO 3166-1.
const OWN = ["203", "348", "616", "703"];

/** The colour of land: what the portal is about stands out. */
export const ground = (palette) => ["match", ["get", "country"], OWN, palette.own, palette.land];

/** A square to colour, for regions without an outline. */
export function square() {
  const size = 24;
  const data = new Uint8Array(size * size * 4);
  for (let i = 0; i < size * size; i++) {
    const x = i % size, y = Math.floor(i / size);
    data[i * 4 + 3] = x > 4 && x < size - 5 && y > 4 && y < size - 5 ? 255 : 0;
  }
  return { width: size, height: size, data };
}

const shaded = (palette) => ["match", ["get", "shade"], 1, palette.c1, 2, palette.c2, 3, palette.c3, 4, palette.c4, palette.c0];
const polygon = ["!=", ["geometry-type"], "Point"];
const lit = ["boolean", ["feature-state", "lit"], false];

/** Our layers, the lowest first; `over` when they lie over somebody's tiles. */
export function layers(palette, over) {
  const found = [
    { id: "regions", type: "fill", source: "regions", filter: polygon, paint: { "fill-opacity": over ? .6 : .92 } },
    { id: "region-lines", type: "line", source: "regions", filter: polygon, paint: { "line-width": ["case", lit, 3, .9] } },
    { id: "square-edges", type: "symbol", source: "regions", filter: ["==", ["geometry-type"], "Point"], layout: { "icon-image": "square", "icon-size": 1.2, "icon-allow-overlap": true } },
    { id: "squares", type: "symbol", source: "regions", filter: ["==", ["geometry-type"], "Point"], layout: { "icon-image": "square", "icon-allow-overlap": true } },
  ];
  for (const kind of ["organisations", "strategies"]) {
    const own = { source: kind };
    const single = ["!", ["has", "point_count"]];
    const number = ["coalesce", ["get", "total"], ["get", kind]];
    const radius = ["interpolate", ["linear"], ["sqrt", number], 1, 6, 5, 15, 12, 26];
    found.push(
      { ...own, id: `${kind}-groups`, type: "circle", filter: ["has", "point_count"], paint: { "circle-radius": radius } },
      { ...own, id: `${kind}-places`, type: "circle", filter: single, paint: { "circle-radius": radius } },
      {
        ...own, id: `${kind}-numbers`, type: "symbol", filter: [">", number, 1],
        layout: { "text-field": ["to-string", number], "text-size": 12, "text-font": FONT, "text-allow-overlap": true },
      },
      {
        ...own, id: `${kind}-names`, type: "symbol", filter: single, minzoom: 6,
        layout: { "text-field": ["get", "name"], "text-size": 12, "text-font": FONT, "text-anchor": "left", "text-offset": [1.2, 0], "text-optional": true },
      },
    );
  }
  return found.map((layer) => ({ ...layer, paint: { ...layer.paint, ...paint(layer.id, palette) } }));
}

function paint(id, palette) {
  const [kind, part] = id.split("-");
  const hollow = kind === "organisations";
  if (id === "regions") return { "fill-color": shaded(palette) };
  if (id === "region-lines") return { "line-color": ["case", lit, palette.ink, palette.border] };
  if (id === "square-edges") return { "icon-color": ["case", lit, palette.ink, palette.border] };
  if (id === "squares") return { "icon-color": shaded(palette) };
  if (part === "numbers") return { "text-color": hollow ? palette.ink : palette.paper };
  if (part === "names") return { "text-color": palette.ink, "text-halo-color": palette.paper, "text-halo-width": 1.6 };
  return {
    "circle-color": hollow ? palette.paper : palette.place, "circle-opacity": hollow ? .85 : .9,
    "circle-stroke-color": hollow ? palette.organisation : palette.paper, "circle-stroke-width": part === "groups" ? 3 : 1.5,
  };
}

/** Give every layer the colours anew. */
export function painted(map, palette) {
  const base = { sea: ["background-color", palette.sea], land: ["fill-color", ground(palette)], borders: ["line-color", palette.border] };
  const ours = new Set(layers(palette, false).map((layer) => layer.id));
  for (const { id } of map.getStyle().layers) {
    if (base[id]) map.setPaintProperty(id, ...base[id]);
    else if (!ours.has(id)) continue;
    else for (const [name, value] of Object.entries(paint(id, palette))) map.setPaintProperty(id, name, value);
  }
}
