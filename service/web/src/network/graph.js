// The graph that the picture shows: fetched, merged into what is there, given sizes and colours, and laid out.
import forceAtlas2 from "graphology-layout-forceatlas2";
import noverlap from "graphology-layout-noverlap";
import FA2Layout from "graphology-layout-forceatlas2/worker";
import { at } from "../lib/at.js";
import { $, net } from "./dom.js";

const COLOURS = ["#0b7a75", "#c2571a", "#3f6fb5", "#a8336e", "#7a8b1f", "#7a56b3", "#b58900", "#4b5a63"];
const KINDS = ["organisation", "network", "project", "strategy", "place", "person"];
const GREY = "#8c9499";
export const SMALL = 600; // up to so many nodes the layout is computed at once, above by a worker while the picture moves
const STEPS = 300;
const WORKED = 7000; // milliseconds that the worker has
const SHOWN = 1500; // milliseconds from one look at its work to the next

// The address holds the state; a single year in it is the slider's, and the picture then has all years.
export function addressOf() {
  const params = new URLSearchParams(location.search);
  const single = params.get("from") && params.get("from") === params.get("to");
  const period = single ? ["", ""] : [params.get("from") ?? "", params.get("to") ?? ""];
  params.delete("page");
  return { params, period };
}

export async function load({ params, period }) {
  const asked = new URLSearchParams(params);
  ["from", "to"].forEach((name, i) => (period[i] ? asked.set(name, period[i]) : asked.delete(name)));
  asked.set("lang", net.dataset.locale);
  const answer = await fetch(at(`/network.json?${asked}`), { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`the network: ${answer.status}`);
  return answer.json();
}

const LONG = 36;
const short = (name) => (name.length > LONG ? `${name.slice(0, LONG - 1)}…` : name);

export function merge(graph, { data, elements }, state) {
  state.data = data;
  state.path = data.path;
  for (const { data: node, position } of elements.nodes) {
    if (graph.hasNode(node.id)) graph.mergeNodeAttributes(node.id, node);
    else graph.addNode(node.id, { ...node, label: short(node.name), ...position, fresh: true });
  }
  graph.clearEdges();
  for (const { data: edge } of elements.edges) {
    graph.addEdgeWithKey(edge.id, edge.source, edge.target, { ...edge, size: 1 });
  }
}

export function look(graph, state) {
  let most = 0;
  graph.forEachNode((_, node) => { most = Math.max(most, node[state.measure]); });
  const [least, range] = graph.order > 1500 ? [1.5, 9] : graph.order > 200 ? [2.5, 12] : [4, 14];
  graph.updateEachNodeAttributes((_, node) => ({
    ...node,
    size: least + range * Math.sqrt(node[state.measure] / (most || 1)),
    color: state.colour === "kind" ? COLOURS[KINDS.indexOf(node.kind)] ?? GREY : COLOURS[node.community - 1] ?? GREY,
  }));
}

function layoutSettings(graph) {
  return { ...forceAtlas2.inferSettings(graph), barnesHutOptimize: graph.order > 400, gravity: 0.3, scalingRatio: 12, adjustSizes: graph.order <= SMALL };
}

export function arrange(graph, around) {
  if (around) {
    const { x, y } = graph.getNodeAttributes(around);
    const fresh = graph.filterNodes((_, node) => node.fresh);
    const away = 8 * Math.sqrt(fresh.length);
    fresh.forEach((id, i) => {
      const angle = (2 * Math.PI * i) / fresh.length;
      graph.mergeNodeAttributes(id, { x: x + away * Math.cos(angle), y: y + away * Math.sin(angle) });
    });
  }
  graph.forEachNode((id) => graph.removeNodeAttribute(id, "fresh"));
  if (graph.order > SMALL) return;
  forceAtlas2.assign(graph, { iterations: around ? STEPS / 3 : STEPS, settings: layoutSettings(graph) });
  separate(graph);
}

// Nodes do not lie on each other; their sizes are in pixels, so the width of the picture tells what those are in the graph.
function separate(graph) {
  const xs = graph.mapNodes((_, node) => node.x);
  const pixel = (Math.max(...xs) - Math.min(...xs) || 1) / ($("net-canvas").clientWidth || 800);
  const inputReducer = (_, node) => ({ ...node, size: node.size * pixel });
  noverlap.assign(graph, { maxIterations: 120, inputReducer, settings: { margin: 6 * pixel, ratio: 1.1, gridSize: 12 } });
}

// A large network is laid out in a worker on a copy; the picture takes over places now and then, so that frames between
// stay free for the reader. Who asked for stillness sees the end only.
export function arrangeSlowly(graph) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const copy = graph.copy();
  const layout = new FA2Layout(copy, { settings: layoutSettings(copy) });
  const show = () => graph.updateEachNodeAttributes((id, node) => (copy.hasNode(id) ? Object.assign(node, { x: copy.getNodeAttribute(id, "x"), y: copy.getNodeAttribute(id, "y") }) : node), { attributes: ["x", "y"] });
  const canvas = $("net-canvas");
  canvas.classList.toggle("arranging", still);
  layout.start();
  const now = still ? 0 : setInterval(show, SHOWN);
  setTimeout(() => { clearInterval(now); layout.kill(); show(); canvas.classList.remove("arranging"); }, WORKED);
}
