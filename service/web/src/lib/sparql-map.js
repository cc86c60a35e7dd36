// Rows with a position on the site's map.
import { movingMap } from "./moving-map.js";
import { address, named } from "./sparql-table.js";

export async function map(place, answer, { latitude, longitude, point, label }, { settings, template, words }) {
  const frame = template.content.firstElementChild.cloneNode(true);
  frame.classList.add("large");
  place.replaceChildren(frame);
  const spots = new Map();
  for (const row of answer.rows) {
    const where = point === undefined ? [Number(row[longitude]?.value), Number(row[latitude]?.value)] : position(row[point]?.value);
    if (!where || !where.every(Number.isFinite) || Math.abs(where[1]) > 90) continue;
    const key = where.join(" ");
    const spot = spots.get(key) ?? spots.set(key, { where, rows: [] }).get(key);
    spot.rows.push(row);
  }
  const features = [...spots.values()].map(({ where, rows }, i) => ({
    type: "Feature", geometry: { type: "Point", coordinates: where },
    properties: {
      kind: "place", iri: `spot-${i}`, strategies: rows.length, organisations: 0, name: name(rows[0]), text: words.rows.replace("{n}", rows.length.toLocaleString(settings.language)),
      things: rows.slice(0, 8).map((row) => ({ name: name(row), page: thing(row) })), page: "",
    },
  }));
  function name(row) { return named(row[label] ?? row.find((one) => one?.type === "uri"), settings); }
  function thing(row) { const found = row.find((one) => one?.type === "uri"); return found ? address(found.value, settings) : ""; }
  await movingMap(frame, JSON.parse(frame.dataset.words), () => {}, { type: "FeatureCollection", features });
}

function position(text = "") {
  const found = /POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)/i.exec(text);
  return found ? [Number(found[1]), Number(found[2])] : null;
}
