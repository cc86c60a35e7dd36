// The picture of the network explorer: drawn by sigma, laid out by ForceAtlas2; what it shows is also in the tables below.
import { MultiDirectedGraph } from "graphology";
import forceAtlas2 from "graphology-layout-forceatlas2";
import FA2Layout from "graphology-layout-forceatlas2/worker";
import Sigma from "sigma";

const COLOURS = ["#0b7a75", "#c2571a", "#3f6fb5", "#a8336e", "#7a8b1f", "#7a56b3", "#b58900", "#4b5a63"];
const KINDS = ["organisation", "network", "project", "strategy", "place", "person"];
const GREY = "#8c9499";
const SMALL = 600; // up to so many nodes the layout is computed at once, above by a worker while the picture moves
const STEPS = 300;
const WORKED = 7000; // milliseconds that the worker has

const $ = (id) => document.getElementById(id);
const net = $("net");

function failed() {
  net.hidden = false;
  $("net-canvas").replaceChildren(Object.assign(document.createElement("p"), { className: "empty", textContent: JSON.parse(net.dataset.words).failed }));
}

async function start() {
  const words = JSON.parse(net.dataset.words);
  const state = { words, measure: net.dataset.measure, colour: "community", year: 0, chosen: "", near: new Set(), path: [], data: {} };
  const graph = new MultiDirectedGraph();
  const address = addressOf();
  net.hidden = false;
  merge(graph, await load(address), state);
  look(graph, state);
  arrange(graph, null);
  const renderer = new Sigma(graph, $("net-canvas"), settings(graph, state));
  const app = { graph, state, renderer, address };
  if (graph.order > SMALL) arrangeSlowly(graph);
  controls(app);
  pointer(app);
  keyboard(app);
  themes(app);
  tell(app);
}

// The address holds the state; a single year in it is the slider's, and the picture then has all years.
function addressOf() {
  const params = new URLSearchParams(location.search);
  const single = params.get("from") && params.get("from") === params.get("to");
  const period = single ? ["", ""] : [params.get("from") ?? "", params.get("to") ?? ""];
  params.delete("page");
  return { params, period };
}

async function load({ params, period }) {
  const asked = new URLSearchParams(params);
  ["from", "to"].forEach((name, i) => (period[i] ? asked.set(name, period[i]) : asked.delete(name)));
  asked.set("lang", net.dataset.locale);
  const answer = await fetch(`/network.json?${asked}`, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`the network: ${answer.status}`);
  return answer.json();
}

const LONG = 36;
const short = (name) => (name.length > LONG ? `${name.slice(0, LONG - 1)}…` : name);

function merge(graph, { data, elements }, state) {
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

function look(graph, state) {
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

function arrange(graph, around) {
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
  if (graph.order <= SMALL) forceAtlas2.assign(graph, { iterations: around ? STEPS / 3 : STEPS, settings: layoutSettings(graph) });
}

function arrangeSlowly(graph) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const layout = new FA2Layout(graph, { settings: layoutSettings(graph) });
  const canvas = $("net-canvas");
  canvas.classList.toggle("arranging", still);
  layout.start();
  setTimeout(() => { layout.kill(); canvas.classList.remove("arranging"); }, WORKED);
}

const token = (name) => {
  // A custom property may be light-dark(); only a real property tells the colour of now.
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  net.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
};

function settings(graph, state) {
  return {
    ...colours(),
    labelFont: getComputedStyle(document.body).fontFamily,
    labelSize: 13,
    labelDensity: graph.order > 300 ? 0.6 : 1.2,
    labelRenderedSizeThreshold: graph.order > 300 ? 7 : graph.order > 120 ? 6 : 4,
    hideEdgesOnMove: graph.size > 30000,
    zIndex: true,
    allowInvalidContainer: true,
    defaultDrawNodeHover: hover,
    nodeReducer: (id, node) => reducedNode(graph, state, id, node),
    edgeReducer: (id, edge) => reducedEdge(graph, state, id, edge),
  };
}

const colours = () => ({ labelColor: { color: token("--ink") }, defaultEdgeColor: token("--line-strong") });

const holds = (edge, year) => !year || ((!edge.start_year || edge.start_year <= year) && (!edge.end_year || edge.end_year >= year));

const seen = (graph, state, id) => !state.year || graph.someEdge(id, (_, edge) => holds(edge, state.year));

function reducedNode(graph, state, id, node) {
  if (!seen(graph, state, id)) return { ...node, hidden: true };
  if (state.path.includes(id)) return { ...node, forceLabel: true, highlighted: true, zIndex: 2 };
  if (!state.chosen) return node;
  if (id === state.chosen) return { ...node, highlighted: true, forceLabel: true, zIndex: 3 };
  return state.near.has(id) ? { ...node, forceLabel: state.near.size < 12, zIndex: 1 } : { ...node, color: token.line, label: "", zIndex: 0 };
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

function readTokens() {
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

// Everything a reader can do.

function choose(app, id, { move = false } = {}) {
  const { graph, state, renderer } = app;
  state.chosen = id && graph.hasNode(id) ? id : "";
  state.near = new Set(state.chosen ? graph.neighbors(state.chosen) : []);
  renderer.refresh({ skipIndexation: true });
  panel(app);
  if (state.chosen && move) {
    const { x, y } = renderer.getNodeDisplayData(state.chosen);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    renderer.getCamera().animate({ x, y, ratio: Math.min(renderer.getCamera().ratio, 0.5) }, { duration: calm ? 1 : 350 });
  }
}

async function expand(app, id) {
  if (!app.state.data.hidden[id]) return;
  const value = id.replace("https://w3id.org/strategraph/id/", "");
  app.address.params.append("expand", value);
  $("net-form")?.append(Object.assign(document.createElement("input"), { type: "hidden", name: "expand", value }));
  merge(app.graph, await load(app.address), app.state);
  look(app.graph, app.state);
  arrange(app.graph, id);
  keepAddress(app);
  choose(app, id);
  tell(app);
}

function panel(app) {
  const { graph, state } = app;
  const box = $("net-panel");
  box.hidden = !state.chosen;
  if (!state.chosen) return box.replaceChildren();
  const node = graph.getNodeAttributes(state.chosen);
  const make = (tag, text, more = {}) => Object.assign(document.createElement(tag), { textContent: text }, more);
  const number = new Intl.NumberFormat(net.dataset.locale, { maximumFractionDigits: 2 });
  const facts = document.createElement("dl");
  const fact = (label, text) => facts.append(make("dt", label), make("dd", text));
  fact(state.words.links, number.format(node.degree));
  fact(state.words["measure-betweenness"], `${number.format(node.betweenness * 100)} %`);
  fact("PageRank", `${number.format(node.pagerank * 100)} %`);
  fact(state.words.community, node.community);
  const actions = make("div", "", { className: "actions" });
  const button = (label, act) => actions.append(make("button", label, { type: "button", className: "quiet", onclick: act }));
  actions.append(make("a", state.words.page, { className: "button", href: state.data.pages[state.chosen], target: document.body.classList.contains("framed") ? "_blank" : "" }));
  const hidden = state.data.hidden[state.chosen];
  if (hidden) button(`${state.words.expand} (+${hidden})`, () => expand(app, state.chosen));
  for (const [end, field] of [["from", "net-path-from"], ["to", "net-path-to"]]) {
    const input = $(field);
    if (input) button(state.words[end], () => { input.value = node.name; follow(app); });
  }
  box.replaceChildren(make("h2", node.name), make("p", [state.words[`kind-${node.kind}`], node.country].filter(Boolean).join(" · "), { className: "muted" }), facts, actions);
}

async function follow(app) {
  for (const [field, name] of [["net-path-from", "path_from"], ["net-path-to", "path_to"]]) {
    if ($(field).value) app.address.params.set(name, $(field).value);
  }
  if (!app.address.params.get("path_from") || !app.address.params.get("path_to")) return;
  keepAddress(app);
  app.state.path = (await load(app.address)).data.path;
  app.renderer.refresh({ skipIndexation: true });
}

// The address, the downloads and the frame code follow what is seen.
function keepAddress({ address, state }) {
  const params = new URLSearchParams(address.params);
  if (state.measure === "degree") params.delete("measure"); else params.set("measure", state.measure);
  const [from, to] = state.year ? [state.year, state.year] : address.period;
  for (const [name, value] of [["from", from], ["to", to]]) if (value) params.set(name, value); else params.delete(name);
  const query = params.size ? `?${params}` : "";
  history.replaceState(null, "", location.pathname + query);
  for (const link of document.querySelectorAll("a[data-network-link]")) link.href = new URL(link.href).pathname + query;
  const code = $("net-embed")?.firstChild;
  if (code) code.textContent = code.textContent.replace(/\/network\/embed[^"]*"/, () => `/network/embed${query}"`);
}

function tell({ graph, state }) {
  const number = new Intl.NumberFormat(net.dataset.locale);
  const nodes = graph.filterNodes((id) => seen(graph, state, id)).length;
  const links = graph.filterEdges((_, edge) => holds(edge, state.year)).length;
  $("net-status").textContent = state.words.drawn.replace("%(nodes)s", number.format(nodes)).replace("%(links)s", number.format(links));
}

function controls(app) {
  const { graph, state, renderer } = app;
  const relook = () => { look(graph, state); renderer.refresh(); };
  $("net-size").addEventListener("change", (event) => { state.measure = event.target.value; relook(); keepAddress(app); });
  $("net-colour").addEventListener("change", (event) => { state.colour = event.target.value; relook(); });
  $("net-find").addEventListener("input", () => search(app, false));
  $("net-find").addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); search(app, true); } });
  slider(app);
  const camera = renderer.getCamera();
  const acts = { in: () => camera.animatedZoom(), out: () => camera.animatedUnzoom(), all: () => camera.animatedReset() };
  for (const button of net.querySelectorAll("[data-zoom]")) button.addEventListener("click", acts[button.dataset.zoom]);
  for (const button of net.querySelectorAll("[data-save]")) button.addEventListener("click", () => save(app, button.dataset.save));
}

function slider(app) {
  const input = $("net-year");
  if (!input) return;
  const show = () => {
    const year = Number(input.value);
    app.state.year = year > Number(input.min) ? year : 0;
    const text = app.state.year ? String(year) : app.state.words.all;
    $("net-year-shown").textContent = text;
    input.setAttribute("aria-valuetext", text);
  };
  input.addEventListener("input", () => { show(); app.renderer.refresh(); tell(app); });
  input.addEventListener("change", () => keepAddress(app));
  show();
  app.renderer.refresh();
}

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase().replaceAll("ł", "l");

function search(app, tellNone) {
  const wanted = fold($("net-find").value.trim());
  const { graph } = app;
  const found = wanted.length > 1 ? graph.filterNodes((_, node) => fold(node.name).includes(wanted)) : [];
  found.sort((a, b) => graph.getNodeAttribute(b, "degree") - graph.getNodeAttribute(a, "degree"));
  const exact = found.find((id) => fold(graph.getNodeAttribute(id, "name")) === wanted);
  choose(app, exact ?? found[0] ?? "", { move: true });
  if (tellNone && !found.length) $("net-status").textContent = app.state.words.none;
}

function pointer(app) {
  const { renderer, state } = app;
  renderer.on("clickNode", ({ node }) => (node === state.chosen ? expand(app, node) : choose(app, node)));
  renderer.on("clickStage", () => choose(app, ""));
  renderer.on("doubleClickNode", ({ node, preventSigmaDefault }) => { preventSigmaDefault(); expand(app, node); });
  renderer.on("enterNode", () => { $("net-canvas").style.cursor = "pointer"; });
  renderer.on("leaveNode", () => { $("net-canvas").style.cursor = ""; });
}

function keyboard(app) {
  const camera = app.renderer.getCamera();
  const ranked = () => app.graph.filterNodes((id) => seen(app.graph, app.state, id)).sort((a, b) => app.graph.getNodeAttribute(b, app.state.measure) - app.graph.getNodeAttribute(a, app.state.measure));
  const step = (by) => {
    const all = ranked();
    choose(app, all[(all.indexOf(app.state.chosen) + by + all.length) % all.length], { move: true });
  };
  const pan = (x, y) => camera.setState({ x: camera.x + x * camera.ratio, y: camera.y + y * camera.ratio });
  const keys = {
    ArrowLeft: () => pan(-0.08, 0), ArrowRight: () => pan(0.08, 0), ArrowUp: () => pan(0, 0.08), ArrowDown: () => pan(0, -0.08),
    "+": () => camera.animatedZoom(), "-": () => camera.animatedUnzoom(), 0: () => camera.animatedReset(),
    n: () => step(1), p: () => step(-1), Enter: () => app.state.chosen && expand(app, app.state.chosen), Escape: () => choose(app, ""),
  };
  $("net-canvas").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
}

function themes({ renderer }) {
  const change = () => {
    readTokens();
    for (const [name, value] of Object.entries(colours())) renderer.setSetting(name, value);
    renderer.refresh();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", change);
  new MutationObserver(change).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

// What is seen as SVG, and from that as PNG.

const xml = (text) => String(text).replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "");

function svg({ graph, renderer }) {
  const { width, height } = renderer.getDimensions();
  const at = (id) => renderer.framedGraphToViewport(renderer.getNodeDisplayData(id));
  const lines = [`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`, `<rect width="100%" height="100%" fill="${token("--paper")}"/>`];
  graph.forEachEdge((id, _, source, target) => {
    const edge = renderer.getEdgeDisplayData(id);
    if (edge.hidden || renderer.getNodeDisplayData(source).hidden || renderer.getNodeDisplayData(target).hidden) return;
    const [a, b] = [at(source), at(target)];
    lines.push(`<path d="M${a.x.toFixed(1)} ${a.y.toFixed(1)}L${b.x.toFixed(1)} ${b.y.toFixed(1)}" stroke="${xml(edge.color)}" stroke-width="${renderer.scaleSize(edge.size).toFixed(2)}" stroke-opacity=".6"/>`);
  });
  const labels = renderer.getNodeDisplayedLabels();
  const texts = [];
  graph.forEachNode((id, { name }) => {
    const node = renderer.getNodeDisplayData(id);
    if (node.hidden) return;
    const { x, y } = at(id);
    const size = renderer.scaleSize(node.size);
    lines.push(`<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${size.toFixed(2)}" fill="${xml(node.color)}"><title>${xml(name)}</title></circle>`);
    if (labels.has(id) && node.label) texts.push(`<text x="${(x + size + 3).toFixed(1)}" y="${(y + 4).toFixed(1)}" font-family="sans-serif" font-size="13" fill="${token.ink}">${xml(node.label)}</text>`);
  });
  return [...lines, ...texts, `<text x="8" y="${height - 8}" font-family="sans-serif" font-size="11" fill="${token.ink}">Strategraph, CC BY 4.0</text>`, "</svg>"].join("\n");
}

async function save(app, kind) {
  const text = svg(app);
  if (kind === "svg") return download(new Blob([text], { type: "image/svg+xml" }), "strategraph-network.svg");
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const { width, height } = app.renderer.getDimensions();
  const canvas = Object.assign(document.createElement("canvas"), { width: width * 2, height: height * 2 });
  canvas.getContext("2d").drawImage(image, 0, 0, width * 2, height * 2);
  canvas.toBlob((blob) => download(blob, "strategraph-network.png"), "image/png");
}

function download(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

if (net) {
  readTokens();
  start().catch((error) => { console.warn(error); failed(); });
}
