// What the endpoint answered, as columns and rows of terms, and what its columns are good for.
const XSD = "http://www.w3.org/2001/XMLSchema#";
const NUMBERS = new Set(["integer", "decimal", "double", "float", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "unsignedInt"]);
const DATES = new Set(["date", "dateTime", "gYear", "gYearMonth"]);
const WKT = "http://www.opengis.net/ont/geosparql#wktLiteral";
const LATITUDE = /^(lat|latitude|.*lat)$/i;
const LONGITUDE = /^(lon|long|lng|longitude|.*(long|lon|lng))$/i;
const PART = /^\s*(?:<([^>]*)>|_:(\S+)|"((?:\\.|[^"\\])*)"(?:@([\w-]+)|\^\^<([^>]*)>)?)\s*/;

/** Read an answer: `{ yes }`, or `{ columns, rows, graph }` with rows of terms as in SPARQL JSON. */
export function parsed(body, type, words) {
  if (!type.includes("json")) return { columns: [words.subject, words.predicate, words.object], rows: triples(body), graph: true, body };
  const found = JSON.parse(body);
  if ("boolean" in found) return { yes: found.boolean, body };
  const columns = found.head.vars;
  return { columns, rows: found.results.bindings.map((row) => columns.map((name) => row[name] ?? null)), graph: false, body };
}

function triples(body) {
  const rows = [];
  for (let line of body.split("\n")) {
    const row = [];
    for (let match; row.length < 3 && (match = PART.exec(line)); line = line.slice(match[0].length)) row.push(term(match));
    if (row.length === 3) rows.push(row);
  }
  return rows;
}

function term([, iri, blank, text, language, datatype]) {
  if (iri !== undefined) return { type: "uri", value: unescaped(iri) };
  if (blank !== undefined) return { type: "bnode", value: blank };
  return { type: "literal", value: unescaped(text), ...(language && { "xml:lang": language }), ...(datatype && { datatype }) };
}

const SIGNS = { t: "\t", n: "\n", r: "\r", b: "\b", f: "\f", '"': '"', "'": "'", "\\": "\\" };
const unescaped = (text) => text.replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g, (_, four, eight, sign) => (sign ? SIGNS[sign] ?? sign : String.fromCodePoint(parseInt(four ?? eight, 16))));

const kind = (one) => (one?.datatype?.startsWith(XSD) ? one.datatype.slice(XSD.length) : "");
export const isNumber = (one) => NUMBERS.has(kind(one)) && Number.isFinite(Number(one.value));
export const isDate = (one) => DATES.has(kind(one));
const isThing = (one) => one?.type === "uri" || one?.type === "bnode";
const isPoint = (one) => one?.datatype === WKT && /POINT/i.test(one.value);

/** The columns in which every value that is there passes a test, and at least one is. */
function columnsOf({ columns, rows }, test) {
  return columns.map((_, i) => i).filter((i) => {
    let any = false;
    for (const row of rows) {
      if (!row[i]) continue;
      if (!test(row[i])) return false;
      any = true;
    }
    return any;
  });
}

/** For each view the columns that it is drawn from, or null where the answer has none. */
export function possible(answer) {
  const numbers = columnsOf(answer, isNumber);
  const things = columnsOf(answer, isThing);
  const dates = columnsOf(answer, isDate);
  const points = columnsOf(answer, isPoint);
  const named = (pattern) => answer.columns.findIndex((name, i) => pattern.test(name) && numbers.includes(i));
  const [latitude, longitude] = [named(LATITUDE), named(LONGITUDE)];
  const label = labelOf(answer, new Set([...numbers, ...dates, ...points]), things);
  const values = numbers.filter((i) => i !== latitude && i !== longitude);
  const edges = answer.graph ? [0, 2] : things.slice(0, 2);
  return {
    table: {},
    chart: values.length && (label >= 0 || dates.length) ? { labels: distinct(answer, label >= 0 ? label : dates[0], [...numbers, ...dates, ...points]), values: values.slice(0, 4) } : null,
    map: latitude >= 0 && longitude >= 0 ? { latitude, longitude, label } : points.length ? { point: points[0], label } : null,
    network: edges.length === 2 && answer.rows.some((row) => isThing(row[edges[0]]) && isThing(row[edges[1]])) ? { from: edges[0], to: edges[1] } : null,
    timeline: dates.length && label >= 0 ? { label, start: dates[0], end: dates[1] ?? -1 } : null,
    raw: {},
  };
}

/** The column that says best what a row is about: a text rather than an IRI. */
function labelOf({ columns }, taken, things) {
  const free = columns.map((_, i) => i).filter((i) => !taken.has(i));
  return free.find((i) => !things.includes(i) && /label|title|name/i.test(columns[i])) ?? free.find((i) => !things.includes(i)) ?? free[0] ?? -1;
}

/** The columns that tell rows apart: the label, and where it repeats another text. */
function distinct({ columns, rows }, label, taken) {
  const once = (column) => new Set(rows.map((row) => row[column]?.value)).size === rows.length;
  if (once(label)) return [label];
  const others = columns.map((_, i) => i).filter((i) => i !== label && !taken.includes(i) && !/lang$/i.test(columns[i]) && rows.some((row) => row[i]?.type === "literal"));
  return [label, ...others.slice(0, 1)];
}

/** A number that orders dates: the year and its fraction. */
export function yearOf(one) {
  const [, sign, year, month = 1, day = 1] = /^(-?)(\d{4,})(?:-(\d\d))?(?:-(\d\d))?/.exec(one?.value ?? "") ?? [];
  return year ? Number(sign + year) + (Number(month) - 1) / 12 + (Number(day) - 1) / 365 : NaN;
}

/** Order terms: numbers by size, dates by time, the rest as the language orders texts; what is missing comes last. */
export function comparing(column, language, backwards) {
  const collator = new Intl.Collator(language, { numeric: true });
  const sign = backwards ? -1 : 1;
  return (one, other) => {
    const [a, b] = [one[column], other[column]];
    if (!a || !b) return Number(!a) - Number(!b);
    if (isNumber(a) && isNumber(b)) return sign * (Number(a.value) - Number(b.value));
    return sign * collator.compare(a.value, b.value);
  };
}
