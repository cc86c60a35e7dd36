// An answer as a table: typed cells, links, sorting, pages.
import { at } from "./at.js";
import { comparing, isNumber } from "./sparql-answer.js";
import { shortened } from "./sparql-completion.js";

const SIZE = 50;
// A text that needs a wider column.
const LONG = 28;

export function table(place, answer, { settings, words, fill }) {
  let rows = answer.rows;
  let sorted = { column: -1, backwards: false };
  let first = 0;
  const number = new Intl.NumberFormat(settings.language);
  const draw = () => {
    const head = make("tr", {}, ...answer.columns.map((name, i) => header(name, i)));
    const body = make("tbody", {}, ...rows.slice(first, first + SIZE).map((row) => make("tr", {}, ...row.map((one) => cell(one, settings)))));
    const scroll = make("div", { className: "scroll", tabIndex: 0 }, make("table", {}, make("thead", {}, head), body));
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", words.table);
    place.replaceChildren(scroll, ...(rows.length > SIZE ? [pager()] : []));
  };
  const header = (name, column) => {
    const button = make("button", { type: "button", className: "sort", title: fill(words.sort, { column: name }) }, name);
    const own = sorted.column === column;
    button.append(make("span", { ariaHidden: "true" }, own ? (sorted.backwards ? " ↓" : " ↑") : ""));
    button.addEventListener("click", () => {
      sorted = { column, backwards: own && !sorted.backwards };
      rows = [...answer.rows].sort(comparing(column, settings.language, sorted.backwards));
      first = 0;
      draw();
      place.querySelectorAll("button.sort")[column].focus();
    });
    const th = make("th", { scope: "col" }, button);
    if (own) th.setAttribute("aria-sort", sorted.backwards ? "descending" : "ascending");
    return th;
  };
  const pager = () => {
    const step = (label, to) => {
      const button = make("button", { type: "button", className: "quiet", disabled: to < 0 || to >= rows.length }, label);
      button.addEventListener("click", () => { first = to; draw(); });
      return button;
    };
    const where = fill(words.page, { from: number.format(first + 1), to: number.format(Math.min(first + SIZE, rows.length)), n: number.format(rows.length) });
    return make("div", { className: "pager" }, step(words.previous, first - SIZE), make("span", {}, where), step(words.next, first + SIZE));
  };
  draw();
}

export function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

function cell(one, settings) {
  if (!one) return make("td", {});
  if (one.type === "uri") {
    const shown = link(one.value, settings);
    return make("td", { className: shown.textContent.length > LONG ? "long" : "" }, shown);
  }
  if (one.type === "bnode") return make("td", { className: "muted" }, `_:${one.value}`);
  if (isNumber(one)) return make("td", { className: "num" }, Number(one.value).toLocaleString(settings.language, { maximumFractionDigits: 6, useGrouping: !/[yY]ear/.test(one.datatype) }));
  const td = make("td", { className: one.value.length > LONG ? "long" : "" }, make("span", { lang: one["xml:lang"] ?? "" }, one.value));
  if (one["xml:lang"]) td.append(" ", make("span", { className: "lang" }, one["xml:lang"]));
  else if (one.datatype && !one.datatype.endsWith("#string")) td.title = shortened(one.datatype, settings.prefixes);
  return td;
}

/** The page of a thing here if there is one, else the address itself. */
export function address(iri, settings) {
  for (const [namespace, path] of settings.paths) {
    if (iri.startsWith(namespace)) return at(path + iri.slice(namespace.length));
  }
  return at(`/concept?iri=${encodeURIComponent(iri)}`);
}

function link(iri, settings) {
  const shown = shortened(iri, settings.prefixes);
  const own = settings.base + "id/";
  const text = iri.startsWith(own) ? iri.slice(own.length) : shown.startsWith("<") ? iri : shown;
  return make("a", { href: address(iri, settings), title: iri }, text);
}

/** What to call a term in a picture. */
export function named(one, settings) {
  if (!one) return "";
  return one.type === "uri" ? shortened(one.value, settings.prefixes).replace(/^<(.*)>$/, "$1").replace(/^.*\/(?=.)/, "") : one.value;
}
