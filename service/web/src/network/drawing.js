// How the picture looks: colours of the page, what is bright or faint, labels.
import { net } from "./dom.js";

export const token = (name) => {
  // A custom property may be light-dark(); only a real property tells the colour of now.
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  net.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
};

export function settings(graph, state) {
  return {
    ...colours(),
    labelFont: getComputedStyle(document.body).fontFamily,
    labelSize: 13,
    labelDensity: graph.order > 300 ? 0.6 : 1.2,
    labelRenderedSizeThreshold: graph.order > 300 ? 7 : graph.order > 120 ? 6 : 4,
    zIndex: true,
    allowInvalidContainer: true,
    defaultDrawNodeHover: hover,
    ...reducers(graph, state),
  };
}

// Where all nodes and links look as they are, nothing is to be worked out for each of them.
export function reducers(graph, state) {
  const plain = !state.chosen && !state.year && !state.path.length && !few(graph);
  return {
    nodeReducer: plain ? null : (id, node) => reducedNode(graph, state, id, node),
    edgeReducer: plain ? null : (id, edge) => reducedEdge(graph, state, id, edge),
  };
}

export const colours = () => ({ labelColor: { color: token("--ink") }, defaultEdgeColor: token("--line-strong") });

export const holds = (edge, year) => !year || ((!edge.start_year || edge.start_year <= year) && (!edge.end_year || edge.end_year >= year));

export const seen = (graph, state, id) => !state.year || graph.someEdge(id, (_, edge) => holds(edge, state.year));

function reducedNode(graph, state, id, node) {
  if (!seen(graph, state, id)) return { ...node, hidden: true };
  if (state.path.includes(id)) return { ...node, forceLabel: true, highlighted: true, zIndex: 2 };
  if (!state.chosen) return few(graph) ? { ...node, label: state.named.has(id) ? node.label : "", forceLabel: state.named.has(id) } : node;
  if (id === state.chosen) return { ...node, highlighted: true, forceLabel: true, zIndex: 3 };
  return state.near.has(id) ? { ...node, forceLabel: state.named.has(id), label: state.named.has(id) ? node.label : "", zIndex: 1 } : { ...node, color: token.line, label: "", zIndex: 0 };
}

function reducedEdge(graph, state, id, edge) {
  if (!holds(edge, state.year)) return { ...edge, hidden: true };
  const [source, target] = graph.extremities(id);
  const at = state.path.indexOf(source);
  if (at >= 0 && (state.path[at + 1] === target || state.path[at - 1] === target)) return { ...edge, size: 4, color: token.accent, zIndex: 2 };
  if (!state.chosen) return { ...edge, color: token.line };
  const own = source === state.chosen || target === state.chosen;
  return own ? { ...edge, size: 2, color: token.accent, zIndex: 1 } : { ...edge, color: token.faint, zIndex: 0 };
}

export function readTokens() {
  token.line = token("--line-strong");
  token.faint = token("--line");
  token.accent = token("--accent");
  token.surface = token("--surface");
  token.ink = token("--ink");
}
function hover(context, data, options) {
  if (!data.label) return;
  context.font = `600 ${options.labelSize}px ${options.labelFont}`;
  const width = context.measureText(data.label).width;
  context.fillStyle = token.surface;
  context.strokeStyle = token.accent;
  context.lineWidth = 1.5;
  context.beginPath();
  context.roundRect(data.x + data.size + 2, data.y - options.labelSize, width + 10, options.labelSize * 2, 5);
  context.fill();
  context.stroke();
  context.beginPath();
  context.arc(data.x, data.y, data.size + 2, 0, Math.PI * 2);
  context.stroke();
  context.fillStyle = token.ink;
  context.fillText(data.label, data.x + data.size + 7, data.y + options.labelSize / 3);
}

export function themes({ renderer }) {
  const change = () => {
    readTokens();
    for (const [name, value] of Object.entries(colours())) renderer.setSetting(name, value);
    renderer.refresh();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", change);
  new MutationObserver(change).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}


// Of so few nodes all that have room for their names are named; of more, sigma names the largest.
export const few = (graph) => graph.order <= 300;

// Which nodes have room for their names: the chosen one first, then the largest, none over another.
export function named({ graph, state, renderer }) {
  const taken = [];
  const found = new Set();
  const ids = state.chosen ? [state.chosen, ...state.near] : few(graph) ? graph.nodes() : [];
  ids.sort((a, b) => (b === state.chosen) - (a === state.chosen) || graph.getNodeAttribute(b, "size") - graph.getNodeAttribute(a, "size"));
  for (const id of ids) {
    const node = renderer.getNodeDisplayData(id);
    if (!node || node.hidden) continue;
    const { x, y } = renderer.framedGraphToViewport(node);
    const left = x + renderer.scaleSize(node.size);
    const box = { left, right: left + 14 + 8 * graph.getNodeAttribute(id, "label").length, top: y - 9, bottom: y + 9 };
    if (taken.some((other) => box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top)) continue;
    taken.push(box);
    found.add(id);
  }
  return found;
}
