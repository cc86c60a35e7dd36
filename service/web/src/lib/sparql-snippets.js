// The same request as code that runs as it stands; `form` says whether rows, a graph or a truth comes back.
const ACCEPT = { rows: "text/csv", graph: "text/turtle", truth: "application/sparql-results+json" };
// A quotation mark at the very end would be taken for part of the three that close.
const triple = (text) => `"""${text.replaceAll("\\", "\\\\").replaceAll('"""', '\\"\\"\\"').replace(/"$/, '\\"')}"""`;
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
const template = (text) => `\`${text.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${")}\``;

const READ = {
  python: {
    rows: `for row in endpoint.queryAndConvert()["results"]["bindings"]:
    print({name: term["value"] for name, term in row.items()})`,
    graph: "print(endpoint.query().convert().decode())",
    truth: 'print(endpoint.queryAndConvert()["boolean"])',
  },
  pandas: {
    rows: "print(pd.read_csv(io.BytesIO(answer)))",
    graph: "print(answer.decode())  # a graph has no rows; select ?s ?p ?o to have it as a table",
    truth: "print(answer.decode())  # one truth makes no table",
  },
  r: { rows: "print(read.csv(text = resp_body_string(answer)))", graph: "cat(resp_body_string(answer))", truth: "cat(resp_body_string(answer))" },
  javascript: {
    rows: `const { results } = await answer.json();
console.table(results.bindings.map((row) => Object.fromEntries(Object.entries(row).map(([name, term]) => [name, term.value]))));`,
    graph: "console.log(await answer.text());",
    truth: "console.log((await answer.json()).boolean);",
  },
};

const WRITERS = {
  curl: (query, endpoint, form) => `curl ${endpoint} \\
  -H 'Accept: ${ACCEPT[form]}' \\
  --data-urlencode query=${quoted(query)}`,
  python: (query, endpoint, form) => `from SPARQLWrapper import ${form === "graph" ? "TURTLE" : "JSON"}, SPARQLWrapper

endpoint = SPARQLWrapper("${endpoint}")
endpoint.setReturnFormat(${form === "graph" ? "TURTLE" : "JSON"})
endpoint.setMethod("POST")
endpoint.setQuery(${triple(query)})
${READ.python[form]}`,
  pandas: (query, endpoint, form) => `import io
import urllib.parse
import urllib.request

import pandas as pd

query = ${triple(query)}
body = urllib.parse.urlencode({"query": query}).encode()
request = urllib.request.Request("${endpoint}", body, {"Accept": "${ACCEPT[form]}"})
answer = urllib.request.urlopen(request).read()
${READ.pandas[form]}`,
  r: (query, endpoint, form) => `library(httr2)

query <- r"---(${query})---"
answer <- request("${endpoint}") |>
  req_headers(Accept = "${ACCEPT[form]}") |>
  req_body_form(query = query) |>
  req_perform()
${READ.r[form]}`,
  javascript: (query, endpoint, form) => `const query = ${template(query)};
const answer = await fetch("${endpoint}", {
  method: "POST",
  headers: { Accept: "${form === "rows" ? ACCEPT.truth : ACCEPT[form]}", "Content-Type": "application/sparql-query" },
  body: query,
});
${READ.javascript[form]}`,
};

export const snippet = (language, query, endpoint, form) => WRITERS[language](query.trim(), endpoint, form);
