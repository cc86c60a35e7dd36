// The views of an answer; each is offered where the answer's columns allow it, and loaded when it is chosen.
import { parsed, possible } from "./sparql-answer.js";
import { make, table } from "./sparql-table.js";
import { tabs } from "./tabs.js";

const $ = (id) => document.getElementById(id);
const DRAWN = {
  chart: async (...all) => (await import("./sparql-chart.js")).chart(...all),
  timeline: async (...all) => (await import("./sparql-chart.js")).timeline(...all),
  map: async (...all) => (await import("./sparql-map.js")).map(...all),
  network: async (...all) => (await import("./sparql-network.js")).network(...all),
};
const fill = (message, values) => message.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
let bar = null;
let current = null;
let last = "table";

/** Show an answer in the view that was last chosen, or as a table. */
export function show(body, type, about, { settings, words, template }) {
  const answer = parsed(body, type, words);
  const number = new Intl.NumberFormat(settings.language);
  const size = "yes" in answer ? "" : fill(answer.graph ? words.triples : words.rows, { n: number.format(answer.rows.length) });
  $("sparql-status").textContent = ["yes" in answer ? (answer.yes ? words.yes : words.no) : answer.rows.length ? size : words.empty, about].join(" · ");
  $("sparql-result").hidden = "yes" in answer || !answer.rows.length;
  if ($("sparql-result").hidden) return;
  current = { answer, views: possible(answer), context: { settings, words: { ...words, table: $("tab-table").textContent }, template, fill } };
  const list = $("sparql-result").querySelector("[role=tablist]");
  const hints = [];
  for (const tab of list.querySelectorAll("[role=tab]")) {
    const able = Boolean(current.views[tab.dataset.view]);
    tab.setAttribute("aria-disabled", String(!able));
    tab.title = able ? "" : fill(words.needs, { what: tab.dataset.needs });
    if (!able) hints.push(`${tab.textContent} – ${tab.dataset.needs}`);
  }
  $("sparql-hint").textContent = hints.length ? fill(words.others, { what: hints.join("; ") }) : "";
  bar ??= tabs(list, draw);
  const wanted = bar.all.find((tab) => tab.dataset.view === last && current.views[last]) ?? bar.all[0];
  bar.select(wanted);
}

async function draw(tab) {
  if (!current) return;
  const place = $("sparql-view");
  const { answer, views, context } = current;
  last = tab.dataset.view;
  place.dataset.view = last;
  place.dispatchEvent(new Event("leave"));
  if (last === "table") return table(place, answer, context);
  if (last === "raw") return place.replaceChildren(make("pre", { tabIndex: 0 }, pretty(answer)));
  place.replaceChildren();
  await DRAWN[last](place, answer, views[last], context);
}

const MOST = 200_000;
function pretty({ body, graph }) {
  const text = graph ? body : JSON.stringify(JSON.parse(body), null, 1);
  return text.length > MOST ? text.slice(0, MOST) + "\n…" : text;
}
