// The picture of the network explorer: drawn by sigma, laid out by ForceAtlas2; what it shows is also in the tables below.
import { MultiDirectedGraph } from "graphology";
import Sigma from "sigma";
import { at } from "./lib/at.js";
import { $, net } from "./network/dom.js";
import { few, holds, named, readTokens, reducers, seen, settings, themes } from "./network/drawing.js";
import { addressOf, arrange, arrangeSlowly, load, look, merge, SMALL } from "./network/graph.js";
import { save } from "./network/saving.js";
import { steady } from "./network/steady.js";

function failed() {
  net.hidden = false;
  $("net-canvas").replaceChildren(Object.assign(document.createElement("p"), { className: "empty", textContent: JSON.parse(net.dataset.words).failed }));
}

async function start() {
  const words = JSON.parse(net.dataset.words);
  const state = { words, measure: net.dataset.measure, colour: "community", year: 0, chosen: "", near: new Set(), named: new Set(), path: [], data: {} };
  const graph = new MultiDirectedGraph();
  const address = addressOf();
  net.hidden = false;
  merge(graph, await load(address), state);
  look(graph, state);
  arrange(graph, null);
  const renderer = new Sigma(graph, $("net-canvas"), settings(graph, state));
  steady(renderer);
  const app = { graph, state, renderer, address };
  if (graph.order > SMALL) arrangeSlowly(graph);
  controls(app);
  pointer(app);
  keyboard(app);
  themes(app);
  renderer.refresh();
  rename(app);
  tell(app);
}

// Everything a reader can do.

function choose(app, id, { move = false } = {}) {
  const { graph, state, renderer } = app;
  state.chosen = id && graph.hasNode(id) ? id : "";
  state.near = new Set(state.chosen ? graph.neighbors(state.chosen) : []);
  rename(app);
  panel(app);
  tellFrame(app);
  if (state.chosen && move) {
    const { x, y } = renderer.getNodeDisplayData(state.chosen);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    renderer.getCamera().animate({ x, y, ratio: Math.min(renderer.getCamera().ratio, 0.5) }, { duration: calm ? 1 : 350 });
  }
}

function rename(app) {
  app.state.named = named(app);
  redraw(app, { skipIndexation: true });
}

// Sigma draws anew by itself when its settings change, and that is needed only when plain becomes special or back.
function redraw({ graph, state, renderer }, options) {
  const wanted = reducers(graph, state);
  if ((wanted.nodeReducer === null) === (renderer.getSetting("nodeReducer") === null)) renderer.refresh(options);
  else renderer.setSettings(wanted);
}

// A site that shows the explorer in a frame hears which node is chosen.
function tellFrame({ graph, state }) {
  if (parent === window || !state.chosen) return;
  parent.postMessage({ strategraph: "choose", iri: state.chosen, name: graph.getNodeAttribute(state.chosen, "name") }, "*");
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
  actions.append(make("a", state.words.page, { className: "button", href: at(state.data.pages[state.chosen]), target: document.body.classList.contains("framed") ? "_blank" : "" }));
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
  redraw(app, { skipIndexation: true });
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
  for (const code of document.querySelectorAll("[data-network-code]")) {
    code.textContent = code.textContent.replace(/(\/network(?:\/embed)?)(?:\?[^"]*)?"/g, (_, path) => {
      const own = new URLSearchParams(params);
      if (path.endsWith("embed")) own.set("lang", net.dataset.locale);
      return `${path}${own.size ? `?${own}` : ""}"`;
    });
  }
}

function tell({ graph, state }) {
  const number = new Intl.NumberFormat(net.dataset.locale);
  const nodes = graph.filterNodes((id) => seen(graph, state, id)).length;
  const links = graph.filterEdges((_, edge) => holds(edge, state.year)).length;
  $("net-status").textContent = state.words.drawn.replace("%(nodes)s", number.format(nodes)).replace("%(links)s", number.format(links));
}

function controls(app) {
  const { graph, state, renderer } = app;
  const relook = () => { look(graph, state); renderer.refresh(); rename(app); };
  $("net-size").addEventListener("change", (event) => { state.measure = event.target.value; relook(); keepAddress(app); });
  $("net-colour").addEventListener("change", (event) => { state.colour = event.target.value; relook(); });
  $("net-find").addEventListener("input", () => search(app, false));
  $("net-find").addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); search(app, true); } });
  slider(app);
  const camera = renderer.getCamera();
  let waiting = 0;
  camera.on("updated", () => {
    clearTimeout(waiting);
    if (state.chosen || few(graph)) waiting = setTimeout(() => rename(app), 120);
  });
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
  let waiting = 0;
  input.addEventListener("input", () => {
    show();
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => { redraw(app, { skipIndexation: true }); if (few(app.graph)) rename(app); tell(app); });
  });
  input.addEventListener("change", () => keepAddress(app));
  show();
  redraw(app);
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

if (net) {
  readTokens();
  start().catch((error) => { console.warn(error); failed(); });
}
