// What may come next in a query: variables, keywords, the classes and properties that the graph uses, and things by their names.
import { at } from "./at.js";

const KEYWORDS = ("SELECT DISTINCT CONSTRUCT ASK DESCRIBE WHERE FROM NAMED GRAPH OPTIONAL UNION MINUS FILTER NOT EXISTS BIND AS VALUES " +
  "GROUP BY HAVING ORDER ASC DESC LIMIT OFFSET PREFIX BASE IN COUNT SUM AVG MIN MAX SAMPLE GROUP_CONCAT STR LANG LANGMATCHES DATATYPE BOUND IRI " +
  "COALESCE IF STRLEN SUBSTR UCASE LCASE CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER REPLACE REGEX CONCAT ABS ROUND CEIL FLOOR NOW YEAR MONTH DAY").split(" ");
const SHOWN = 60;
const fold = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("ł", "l");

/** An IRI as prefix:name if that can be written, else in brackets. */
export function shortened(iri, prefixes) {
  for (const [prefix, namespace] of Object.entries(prefixes)) {
    const local = iri.startsWith(namespace) ? iri.slice(namespace.length) : "";
    if (/^[A-Za-z0-9_]([\w-]*[\w])?$/.test(local)) return `${prefix}:${local}`;
  }
  return `<${iri}>`;
}

// Texts, IRIs and comments, in which nothing is a name.
const OPAQUE = /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|<[^<>\s]*>|#.*/g;
const blank = (text) => text.replace(OPAQUE, (found) => (found[0] === "#" ? "" : "<>"));

/** Prefixes that are used and known but not declared. */
export function missingPrefixes(text, known) {
  const plain = blank(text);
  const declared = new Set([...plain.matchAll(/\bPREFIX\s+([\w-]*):/gi)].map((found) => found[1]));
  const used = new Set([...plain.matchAll(/(?<![\w?$:-])([A-Za-z][\w-]*):(?=[\w])/g)].map((found) => found[1]));
  return [...used].filter((name) => !declared.has(name) && name in known);
}

/** Which place of a triple comes next: "subject", "property", "class" or "object". */
export function placeIn(before) {
  const plain = blank(before);
  const depth = plain.lastIndexOf("{");
  if (depth < 0) return "none";
  const since = plain.slice(depth + 1).split(/(?<=\s)\.(?=\s|$)|[{}]|\.(?=\s|$)/).at(-1);
  const after = since.split(";");
  const words = after.at(-1).replace(/[\w:?$.<>-]*$/, "").trim().split(/\s+/).filter(Boolean);
  const place = words.length + (after.length > 1 ? 1 : 0);
  if (place === 0) return "subject";
  if (place === 1) return "property";
  const property = words.at(-1);
  if (/^(a|rdf:type)$/.test(property)) return "class";
  return place === 2 || property.endsWith(",") ? "object" : "none";
}

/** A source of completions for CodeMirror. */
export function completions(prefixes, vocabulary, words) {
  return async (context) => {
    const found = context.matchBefore(/[?$]\w*|\p{L}[\p{L}\w-]*:?[\w.-]*|<[^<>\s]*/u);
    if (!found && !context.explicit) return null;
    const from = found?.from ?? context.pos;
    const typed = found?.text ?? "";
    const text = context.state.doc.toString();
    if (/^[?$]/.test(typed)) return { from, options: variables(text, typed), filter: false };
    const { terms } = await vocabulary();
    if (context.aborted) return null;
    const place = placeIn(text.slice(0, from));
    const role = { property: "property", class: "class" }[place];
    const things = place === "object" && /^\p{L}[\p{L}\w-]+$/u.test(typed) ? await named(typed, prefixes) : [];
    if (context.aborted) return null;
    const options = [...things, ...role || typed.includes(":") ? matching(terms, role, typed, prefixes, words) : [], ...others(place, typed, prefixes, text)];
    return options.length ? { from, options, filter: false } : null;
  };
}

function variables(text, typed) {
  const names = new Set([...blank(text).matchAll(/[?$]\w+/g)].map((found) => found[0]));
  names.delete(typed);
  return [...names].filter((name) => name.startsWith(typed)).map((label) => ({ label, type: "variable" }));
}

function matching(terms, role, typed, prefixes, words) {
  const wanted = fold(typed.replace(/^</, ""));
  const number = new Intl.NumberFormat(document.documentElement.lang);
  return terms
    .filter((term) => !role || term.role === role)
    .map((term) => ({ ...term, label: shortened(term.iri, prefixes) }))
    .filter(({ label, name, iri }) => fold(label).includes(wanted) || fold(name).includes(wanted) || fold(iri).includes(wanted))
    .sort((a, b) => starts(b, wanted) - starts(a, wanted) || b.uses - a.uses)
    .slice(0, SHOWN)
    .map(({ label, name, role: kind, uses }) => ({
      label, detail: name, type: kind, apply: declared(label, prefixes),
      info: `${kind === "class" ? words.classes : words.properties}, ${words.uses.replace("{n}", number.format(uses))}`,
    }));
}

/** Things of the graph whose name has what was typed. */
async function named(typed, prefixes) {
  const answer = await fetch(at("/api/suggest") + `?${new URLSearchParams({ q: typed, limit: "8", lang: document.documentElement.lang })}`).catch(() => null);
  if (!answer?.ok) return [];
  return (await answer.json()).suggestions.map(({ iri, label, kindLabel }) => ({
    label, detail: kindLabel, type: "thing", info: iri, apply: declared(shortened(iri, prefixes), prefixes),
  }));
}

const starts = ({ label, name }, wanted) => Number(fold(label).startsWith(wanted) || fold(label.split(":").at(-1)).startsWith(wanted) || fold(name).startsWith(wanted));

/** Write a name, and its prefix above if it is not there yet. */
function declared(label, prefixes) {
  return (view, completion, from, to) => {
    const changes = [{ from, to, insert: label }];
    const text = view.state.doc.toString();
    const [name] = missingPrefixes(`${text} ${label} `, prefixes).filter((prefix) => label.startsWith(`${prefix}:`));
    let cursor = from + label.length;
    if (name) {
      const insert = `PREFIX ${name}: <${prefixes[name]}>\n`;
      changes.push({ from: Math.min(Math.max(text.search(/^(?!\s*(#|$))/m), 0), from), insert });
      cursor += insert.length;
    }
    view.dispatch({ changes, selection: { anchor: cursor }, userEvent: "input.complete" });
  };
}

function others(place, typed, prefixes, text) {
  if (typed.startsWith("<")) return [];
  const wanted = typed.toLowerCase();
  const keywords = KEYWORDS.filter((word) => word.toLowerCase().startsWith(wanted) && (typed || place === "none")).map((label) => ({ label, type: "keyword" }));
  const open = /\bPREFIX\s+\S*$/i.test(text.slice(0, text.length)) ? [] : Object.keys(prefixes);
  const names = typed && !typed.includes(":") ? open.filter((name) => name.startsWith(wanted)).map((name) => ({ label: `${name}:`, detail: prefixes[name], type: "namespace" })) : [];
  return [...names, ...keywords];
}
