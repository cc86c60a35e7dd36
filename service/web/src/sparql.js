// The query editor: what runs, cancels, shares and explains; the code editor and the views come when they are needed.
import { at } from "./lib/at.js";
import { snippet } from "./lib/sparql-snippets.js";
import { tabs } from "./lib/tabs.js";

const $ = (id) => document.getElementById(id);
const page = $("sparql");
const words = JSON.parse(page.dataset.words);
const settings = JSON.parse(page.dataset.settings);
const area = $("sparql-text");
const form = $("sparql-form");
// Above this an answer is not kept in the page.
const MOST = 24e6;
// What fits into an address everywhere.
const ADDRESS = 6000;
const GRAPH_FORMATS = new Set(["turtle", "ntriples", "jsonld", "rdfxml"]);
let editor = null;
let running = null;

const text = () => (editor ? editor.text : area.value);
/** What comes back, as the first word behind comments and prologue says. */
function answerForm() {
  const [word] = /^\s*\w*/.exec(text().replace(/^\s*#.*$/gm, "").replace(/(\s*(PREFIX\s+\S*\s*<[^>]*>|BASE\s*<[^>]*>))+/gi, ""));
  return { construct: "graph", describe: "graph", ask: "truth" }[word.trim().toLowerCase()] ?? "rows";
}
const isGraph = () => answerForm() === "graph";

const shared = new URLSearchParams(location.hash.slice(1)).get("query");
if (shared) area.value = shared;

let vocabulary = null;
const readVocabulary = () => {
  vocabulary ??= fetch(at("/api/vocabulary") + `?lang=${settings.language}`).then((answer) => (answer.ok ? answer.json() : { terms: [] }), () => ({ terms: [] }));
  return vocabulary;
};

import("./lib/sparql-code.js").then(({ codeEditor }) => {
  const host = $("sparql-code");
  host.hidden = false;
  editor = codeEditor(area, host, { settings, words, vocabulary: readVocabulary, run });
  page.dataset.ready = "true";
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.id === "sparql-explain") explain();
  else run();
});
$("sparql-cancel").addEventListener("click", () => running?.abort());
for (const id of ["sparql-share", "sparql-download", "sparql-request"]) $(id).hidden = false;

async function run() {
  running?.abort();
  const request = new AbortController();
  running = request;
  area.value = text();
  busy(true);
  problem(null);
  $("sparql-answer").hidden = false;
  $("sparql-status").textContent = words.running;
  const began = performance.now();
  try {
    const answer = await ask(isGraph() ? "application/n-triples" : "application/sparql-results+json", request.signal);
    if (!answer.ok) return await refused(answer);
    const body = await read(answer, request);
    if (body === null) return;
    const { show } = await import("./lib/sparql-views.js");
    const took = ((performance.now() - began) / 1000).toLocaleString(settings.language, { maximumFractionDigits: 2 });
    const about = fill(words.took, { s: took, generation: answer.headers.get("Strategraph-Generation") ?? "?", engine: answer.headers.get("Strategraph-Engine") ?? "?" });
    show(body, answer.headers.get("Content-Type") ?? "", about, { settings, words, template: $("map-settings") });
    keep();
  } catch (error) {
    if (error.name === "AbortError") $("sparql-status").textContent = words.cancelled;
    else problem({ detail: words.offline });
  } finally {
    if (running === request) { running = null; busy(false); }
  }
}

const ask = (accept, signal) => fetch(at("/sparql"), {
  method: "POST", signal, headers: { Accept: accept, "Content-Type": "application/sparql-query" }, body: text(),
});

/** The answer's text, unless it is too large to be shown. */
async function read(answer, request) {
  const parts = [];
  let size = 0;
  for (const reader = answer.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > MOST) {
      await reader.cancel();
      request.abort();
      $("sparql-result").hidden = true;
      $("sparql-status").textContent = fill(words.large, { n: Math.round(MOST / 1e6) });
      return null;
    }
    parts.push(value);
  }
  return new Blob(parts).text();
}

async function refused(answer) {
  $("sparql-answer").hidden = true;
  const type = answer.headers.get("Content-Type") ?? "";
  problem(type.includes("json") ? await answer.json() : { detail: `${answer.status} ${answer.statusText}` });
}

function problem(found) {
  const box = $("sparql-problem");
  box.replaceChildren();
  editor?.mark(found);
  if (!found) return;
  $("sparql-answer").hidden = true;
  const note = Object.assign(document.createElement("div"), { className: "note" });
  note.append(Object.assign(document.createElement("p"), { textContent: found.detail ?? found.title }));
  if (found.line && editor) {
    const go = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: `${words.goto}: ${fill(words.error, found)}` });
    go.addEventListener("click", () => editor.go(found.line, found.column ?? 1));
    note.append(go);
  }
  box.append(note);
}

function busy(state) {
  $("sparql-cancel").hidden = !state;
  $("sparql-run").disabled = state;
  page.toggleAttribute("data-busy", state);
}

async function explain() {
  const place = $("sparql-explained");
  const answer = await fetch(at("/sparql-editor/explain") + `?${new URLSearchParams({ query: text(), lang: settings.language })}`, { headers: { Accept: "text/html" } });
  if (!answer.ok) return refused(answer);
  const other = new DOMParser().parseFromString(await answer.text(), "text/html");
  const heading = Object.assign(document.createElement("h2"), { textContent: other.querySelector("h1")?.textContent ?? "" });
  const content = other.getElementById("explanation");
  place.replaceChildren(heading, ...(content ? [content] : []));
  place.scrollIntoView({ block: "nearest" });
}

/** The address of this page with the query: before the # while it fits, behind it where it is long. */
function address() {
  const url = new URL(page.dataset.address, location.href);
  const query = new URLSearchParams({ query: text() });
  if (String(query).length < ADDRESS) url.search = query;
  else url.hash = query;
  return url.href;
}

const keep = () => history.replaceState(null, "", address());
$("sparql-share").addEventListener("click", async () => {
  keep();
  await navigator.clipboard?.writeText(location.href);
  say($("sparql-share"), words.shared);
});

/** Only the formats that the form of the query allows. */
function formats() {
  const graph = isGraph();
  for (const option of $("sparql-format").options) option.disabled = graph !== GRAPH_FORMATS.has(option.value);
  if ($("sparql-format").selectedOptions[0]?.disabled) $("sparql-format").value = graph ? "turtle" : "csv";
}
$("sparql-format").addEventListener("focus", formats);

$("sparql-download").addEventListener("click", async () => {
  formats();
  const format = $("sparql-format").value;
  problem(null);
  const answer = await fetch(at("/sparql"), { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ query: text(), format }) });
  if (!answer.ok) return refused(answer);
  const url = URL.createObjectURL(await answer.blob());
  const ending = { turtle: "ttl", ntriples: "nt", rdfxml: "rdf" }[format] ?? format;
  Object.assign(document.createElement("a"), { href: url, download: `strategraph.${ending}` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
});

const code = $("sparql-snippet").querySelector("code");
const snippets = tabs($("sparql-request").querySelector("[role=tablist]"), (tab) => { code.textContent = snippet(tab.dataset.code, text(), settings.endpoint, answerForm()); });
$("sparql-request").addEventListener("toggle", () => snippets.again());
$("sparql-copy").addEventListener("click", async () => { await navigator.clipboard?.writeText(code.textContent); say($("sparql-copy"), words.copied); });

function say(button, message) {
  const before = button.textContent;
  button.textContent = message;
  setTimeout(() => { button.textContent = before; }, 2000);
}

function fill(message, values) {
  return message.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
