// Outlines for the maps, from Natural Earth (public domain): the land of Europe, and the regions of the four countries.
// Natural Earth has the regions that people know (kraje, megyék, województwa); outlines.json says which NUTS code each is.
// For Poland's small regions, which it lacks, see subregions.mjs.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { feature, merge } from "topojson-client";
import { topology } from "topojson-server";
import { presimplify, simplify } from "topojson-simplify";
import { subregions } from "./subregions.mjs";

const load = createRequire(import.meta.url);
const WEST = -14, SOUTH = 33, EAST = 46, NORTH = 72;
// Square degrees below which a bend is left out: about a kilometre, less than a pixel until far in.
const DETAIL = 6e-5;
// Around them less will do.
const COARSE = 2e-3;
const json = async (path) => JSON.parse(await readFile(path, "utf8"));
const rounded = (value) => (Array.isArray(value) ? value.map(rounded) : Math.round(value * 1e3) / 1e3);
const collection = (features) => ({ type: "FeatureCollection", features });

/** Country to what lies in it, each with the NUTS code it stands for. */
async function provinces() {
  const folder = join(dirname(load.resolve("@superset-ui/legacy-plugin-chart-country-map/package.json")), "esm", "countries");
  const codes = await json(join(import.meta.dirname, "outlines.json"));
  const found = [];
  for (const [country, parts] of Object.entries(codes)) {
    for (const { geometry, properties } of (await json(join(folder, `${country}.geojson`))).features) {
      const code = parts[properties.ISO.slice(3)];
      if (!code) throw new Error(`outlines.json has no NUTS code for ${properties.ISO} (${properties.NAME_1})`);
      found.push({ type: "Feature", properties: { code }, geometry });
    }
  }
  return found;
}

/** Countries and NUTS regions of levels 1 to 3, each merged from its parts, as code to polygons. */
async function merged() {
  const raw = topology({ parts: collection(await provinces()) }, 1e6);
  const whole = simplify(presimplify(raw), DETAIL);
  const parts = whole.objects.parts.geometries;
  const found = new Map();
  for (const level of [0, 1, 2, 3]) {
    const own = parts.filter((part) => part.properties.code.length >= level + 2);
    for (const code of new Set(own.map((part) => part.properties.code.slice(0, level + 2)))) {
      found.set(code, rounded(merge(whole, own.filter((part) => part.properties.code.startsWith(code))).coordinates));
    }
  }
  return found;
}

// A ring that rounding has folded up is a speck.
const kept = (polygons) => polygons.map((rings) => rings.filter((ring) => new Set(ring.map(String)).size > 2)).filter(([outer]) => outer);

/** All of them; `approximate` are those whose borders are not Natural Earth's but our own. */
async function regions() {
  const exact = await merged();
  const voivodeships = new Map([...exact].filter(([code]) => /^PL(9|..)$/.test(code)));
  const approximate = await subregions(voivodeships);
  const one = (code, coordinates, more) => ({ type: "Feature", properties: { code, level: code.length - 2, ...more }, geometry: { type: "MultiPolygon", coordinates } });
  const features = [...exact].map(([code, polygons]) => one(code, polygons));
  for (const [code, polygons] of approximate) features.push(one(code, kept(rounded(polygons)), { approximate: true }));
  return collection(features.sort((a, b) => (a.properties.code < b.properties.code ? -1 : 1)));
}

const near = (ring) => ring.some(([x, y]) => x > WEST && x < EAST && y > SOUTH && y < NORTH);

// The atlas draws Russia across the antimeridian, for a globe; on a flat map its far end lies beyond 180 degrees.
const unwrapped = ([x, y]) => [x < -100 ? x + 360 : x, y];

/** The land of Europe and what is next to it. */
async function land() {
  const atlas = await json(load.resolve("world-atlas/countries-50m.json"));
  const coarse = simplify(presimplify(atlas), COARSE);
  const countries = feature(coarse, coarse.objects.countries).features;
  const features = [];
  for (const { geometry, id } of countries) {
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    const coordinates = rounded(polygons.filter(([outer]) => near(outer)).map((rings) => rings.map((ring) => ring.map(unwrapped))));
    if (coordinates.length) features.push({ type: "Feature", properties: { country: id }, geometry: { type: "MultiPolygon", coordinates } });
  }
  return collection(features);
}

/** Write both into a folder; returns what the manifest says of them. */
export async function outlines(out) {
  const manifest = {};
  for (const [name, content] of [["land", await land()], ["regions", await regions()]]) {
    const text = JSON.stringify(content);
    const file = `${name}.${createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase()}.json`;
    await writeFile(join(out, file), text);
    manifest[`${name}.json`] = file;
  }
  return manifest;
}
