// A map that moves: regions with their shades, places in clusters, and what is there when one is chosen.
import { colours, ground, layers, painted, square } from "./map-style.js";

const HOME = [[11.9, 45.4], [24.5, 55.2]];
const SHOWN = ["strategies", "organisations"];

/** Fill a frame with a map of its GeoJSON or of `own` features; the promise fails where there is no WebGL. */
export async function movingMap(frame, words, moved, own = null) {
  const { geojson, land, worker, styles, at, fit, tiles, attribution } = frame.dataset;
  const [library, data] = await Promise.all([import("maplibre-gl"), own ?? read(geojson), styled(styles)]);
  library.setWorkerUrl(new URL(worker, location.href).href);
  const box = Object.assign(document.createElement("div"), { className: "map-canvas" });
  frame.append(box);
  frame.classList.add("live");
  const palette = colours();
  let map;
  try {
    map = new library.Map({
      container: box, style: base(tiles, land, attribution, palette), bounds: fit ? around(data) : HOME, fitBoundsOptions: { padding: fit ? 50 : 12, maxZoom: 8 }, ...looking(at),
      locale: words, cooperativeGestures: true, dragRotate: false, pitchWithRotate: false, touchPitch: false, maxZoom: 12, minZoom: 2,
      attributionControl: false, renderWorldCopies: false,
    });
  } catch (error) {
    box.remove();
    frame.classList.remove("live");
    throw error;
  }
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
  if (document.fullscreenEnabled) map.addControl(new library.FullscreenControl({ container: frame }), "top-right");
  map.addControl(new library.ScaleControl({}), "bottom-left");
  // A source of our own says whom to thank by itself; a style may not.
  const thanks = isStyle(tiles) && attribution ? { customAttribution: attribution } : {};
  if (attribution || tiles) map.addControl(new library.AttributionControl({ compact: false, ...thanks }), "bottom-right");
  await new Promise((resolve) => map.once("load", resolve));
  fill(map, data, palette, Boolean(tiles));
  const shown = talk(map, library, data, words);
  map.on("moveend", () => moved(position(map)));
  const repaint = () => painted(map, colours());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  map.once("idle", () => { frame.dataset.ready = "true"; });
  return shown;
}

async function read(address) {
  const answer = await fetch(address, { headers: { Accept: "application/geo+json" } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

function styled(address) {
  if (document.querySelector(`link[href="${address}"]`)) return null;
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address, onload: resolve, onerror: reject });
    document.head.append(link);
  });
}

const isStyle = (tiles) => tiles !== "" && !tiles.includes("{z}");

/** The style under our layers: the built-in land, raster tiles, or an operator's style. */
function base(tiles, land, attribution, palette) {
  if (isStyle(tiles)) return tiles;
  const background = { id: "sea", type: "background", paint: { "background-color": palette.sea } };
  if (tiles) {
    const source = { type: "raster", tiles: [tiles], tileSize: 256, attribution };
    return { version: 8, sources: { tiles: source }, layers: [background, { id: "tiles", type: "raster", source: "tiles" }] };
  }
  const source = { type: "geojson", data: new URL(land, location.href).href, attribution };
  return {
    version: 8, sources: { land: source },
    layers: [
      background,
      { id: "land", type: "fill", source: "land", paint: { "fill-color": ground(palette) } },
      { id: "borders", type: "line", source: "land", paint: { "line-color": palette.border, "line-width": .8 } },
    ],
  };
}

function looking(at) {
  const [zoom, latitude, longitude] = at.split("/").map(Number);
  return at && Math.abs(latitude) <= 85 ? { bounds: undefined, zoom, center: [longitude, latitude] } : {};
}

/** West, south, east and north of what is shown. */
function around(data) {
  const all = data.features.filter((feature) => feature.geometry).flatMap((feature) => [...points(feature.geometry.coordinates)]);
  if (!all.length) return HOME;
  const [x, y] = [0, 1].map((axis) => all.map((point) => point[axis]).sort((a, b) => a - b));
  return [[x[0], y[0]], [x.at(-1), y.at(-1)]];
}

function position(map) {
  const { lng, lat } = map.getCenter();
  return `${+map.getZoom().toFixed(2)}/${+lat.toFixed(4)}/${+lng.toFixed(4)}`;
}

function fill(map, data, palette, over) {
  const of = (test) => ({ type: "FeatureCollection", features: data.features.filter((feature) => feature.geometry && test(feature.properties)) });
  map.addImage("square", square(), { sdf: true });
  map.addSource("regions", { type: "geojson", data: of((p) => p.kind === "region"), promoteId: "iri" });
  for (const kind of SHOWN) {
    map.addSource(kind, {
      type: "geojson", data: of((p) => p.kind === "place" && p[kind] > 0), promoteId: "iri",
      cluster: true, clusterRadius: 42, clusterMaxZoom: 9, clusterProperties: { total: ["+", ["get", kind]] },
    });
  }
  for (const layer of layers(palette, over)) map.addLayer(layer);
}

/** What happens on a click, on a key, and when a list asks for a thing. */
function talk(map, library, data, words) {
  const byIri = new Map(data.features.filter((f) => f.geometry).map((feature) => [feature.properties.iri, feature]));
  let popup = null;
  let lit = null;
  const light = (iri) => {
    if (lit) map.setFeatureState({ source: "regions", id: lit }, { lit: false });
    lit = byIri.get(iri)?.properties.kind === "region" ? iri : null;
    if (lit) map.setFeatureState({ source: "regions", id: lit }, { lit: true });
  };
  const open = (feature, where) => {
    popup?.remove();
    light(feature.properties.iri);
    popup = new library.Popup({ maxWidth: "19rem", locale: words }).setLngLat(where).setDOMContent(about(feature.properties, words)).addTo(map);
    popup.on("close", () => light(null));
  };
  const clickable = ["strategies-groups", "organisations-groups", "strategies-places", "organisations-places", "squares", "regions"];
  map.on("click", async (event) => {
    const [hit] = map.queryRenderedFeatures(event.point, { layers: clickable });
    if (!hit) return;
    if (hit.properties.cluster) {
      const zoom = await map.getSource(hit.source).getClusterExpansionZoom(hit.properties.cluster_id);
      map.easeTo({ center: hit.geometry.coordinates, zoom: Math.min(zoom + .3, 12) });
      return;
    }
    const feature = byIri.get(hit.properties.iri);
    open(feature, feature.geometry.type === "Point" ? feature.geometry.coordinates : event.lngLat);
  });
  for (const layer of clickable) {
    map.on("mouseenter", layer, () => { map.getCanvas().style.cursor = "pointer"; });
    map.on("mouseleave", layer, () => { map.getCanvas().style.cursor = ""; });
  }
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !popup?.isOpen()) return;
    popup.remove();
    map.getCanvas().focus();
  });
  return {
    features: data.features,
    has: (iri) => byIri.has(iri),
    /** Tell whenever the map has come to rest which things are in its view; a map at rest says so now. */
    watch(listener) {
      const tell = () => listener(inView(map, byIri.values()));
      map.on("idle", tell);
      if (map.loaded()) tell();
    },
    show(iri) {
      const feature = byIri.get(iri);
      const bounds = new library.LngLatBounds();
      for (const point of points(feature.geometry.coordinates)) bounds.extend(point);
      if (feature.geometry.type === "Point") map.easeTo({ center: feature.geometry.coordinates, zoom: Math.max(map.getZoom(), feature.properties.kind === "place" ? 8.5 : 7) });
      else map.fitBounds(bounds, { padding: 50, maxZoom: 9 });
      open(feature, bounds.getCenter());
      map.getContainer().scrollIntoView({ block: "nearest" });
    },
  };
}

/** The IRIs of the regions that are drawn, and of the places within the bounds: many are drawn as one group. */
function inView(map, features) {
  const bounds = map.getBounds();
  const drawn = map.queryRenderedFeatures({ layers: ["regions", "squares"] }).map((feature) => feature.properties.iri);
  const within = [...features].filter(({ geometry, properties }) => properties.kind === "place" && bounds.contains(geometry.coordinates));
  return new Set([...drawn, ...within.map((feature) => feature.properties.iri)]);
}

function* points(coordinates) {
  if (typeof coordinates[0] === "number") yield coordinates;
  else for (const part of coordinates) yield* points(part);
}

function about(properties, words) {
  const box = document.createElement("div");
  const heading = Object.assign(document.createElement("p"), { className: "popup-title", textContent: properties.name });
  box.append(heading, Object.assign(document.createElement("p"), { textContent: properties.text }));
  const things = properties.things ?? [];
  if (things.length) {
    const list = document.createElement("ul");
    for (const { name, page } of things) {
      const item = document.createElement("li");
      item.append(page ? Object.assign(document.createElement("a"), { href: page, textContent: name }) : name);
      list.append(item);
    }
    if (properties.strategies + properties.organisations > things.length) list.append(Object.assign(document.createElement("li"), { textContent: words.more }));
    box.append(list);
  }
  if (!properties.page) return box;
  const last = document.createElement("p");
  last.append(Object.assign(document.createElement("a"), { href: properties.page, textContent: `${words.open}: ${properties.name}` }));
  box.append(last);
  return box;
}
