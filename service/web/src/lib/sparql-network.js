// Two columns of things as a network.
import Graph from "graphology";
import forceAtlas2 from "graphology-layout-forceatlas2";
import Sigma from "sigma";
import { colours } from "./map-style.js";
import { address, make, named } from "./sparql-table.js";

const MOST = 1500;
const ROUNDS = 200;

export function network(place, answer, { from, to }, { settings, words, fill }) {
  const palette = colours();
  const graph = new Graph({ multi: false, type: "directed", allowSelfLoops: true });
  const names = new Map();
  const things = answer.rows.filter((row) => row[from]?.type !== "literal" && row[to]?.type !== "literal" && row[from] && row[to]);
  // A label in the answer names the thing in the column before it.
  answer.columns.forEach((column, i) => {
    const of = answer.columns.indexOf(column.replace(/(Label|Title|Name)$/, ""));
    if (of !== i && of >= 0) for (const row of answer.rows) if (row[of] && row[i]) names.set(row[of].value, row[i].value);
  });
  const node = (one) => { if (!graph.hasNode(one.value)) graph.addNode(one.value, { label: names.get(one.value) ?? named(one, settings), iri: one.type === "uri" ? one.value : "" }); return one.value; };
  for (const row of things.slice(0, MOST)) graph.mergeEdge(node(row[from]), node(row[to]), { color: palette.border, size: 1 });
  graph.forEachNode((key, _, i = graph.degree(key)) => graph.mergeNodeAttributes(key, { size: 3 + 2.2 * Math.sqrt(i), color: graph.outDegree(key) ? palette.c4 : palette.place }));
  // Around a circle first, in the order of the answer, so that the same answer gives the same picture.
  graph.nodes().forEach((key, i) => graph.mergeNodeAttributes(key, { x: Math.cos(i * 2.399) * Math.sqrt(i + 1), y: Math.sin(i * 2.399) * Math.sqrt(i + 1) }));
  forceAtlas2.assign(graph, { iterations: ROUNDS, settings: { ...forceAtlas2.inferSettings(graph), gravity: 1.2 } });
  const box = make("div", { className: "network-box" });
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", `${answer.columns[from]} → ${answer.columns[to]}`);
  const note = things.length > MOST ? [make("p", { className: "small muted" }, fill(words.first, { n: MOST.toLocaleString(settings.language) }))] : [];
  place.replaceChildren(box, ...note);
  const picture = new Sigma(graph, box, { labelColor: { color: palette.ink }, labelFont: getComputedStyle(document.body).fontFamily, defaultEdgeType: "arrow", labelRenderedSizeThreshold: 5, stagePadding: 40 });
  picture.on("clickNode", ({ node: key }) => { const { iri } = graph.getNodeAttributes(key); if (iri) open(address(iri, settings), "_blank", "noopener"); });
  place.addEventListener("leave", () => picture.kill(), { once: true });
}
