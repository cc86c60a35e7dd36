// The same request as code that runs as it stands.
const triple = (text) => `"""${text.replaceAll("\\", "\\\\").replaceAll('"""', '\\"\\"\\"')}"""`;
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

const WRITERS = {
  curl: (query, endpoint, graph) => `curl ${endpoint} \\
  -H 'Accept: ${graph ? "text/turtle" : "text/csv"}' \\
  --data-urlencode query=${quoted(query)}`,
  python: (query, endpoint, graph) => graph ? `from SPARQLWrapper import TURTLE, SPARQLWrapper

endpoint = SPARQLWrapper("${endpoint}")
endpoint.setReturnFormat(TURTLE)
endpoint.setQuery(${triple(query)})
print(endpoint.query().convert().decode())` : `from SPARQLWrapper import JSON, SPARQLWrapper

endpoint = SPARQLWrapper("${endpoint}")
endpoint.setReturnFormat(JSON)
endpoint.setMethod("POST")
endpoint.setQuery(${triple(query)})
for row in endpoint.queryAndConvert()["results"]["bindings"]:
    print({name: term["value"] for name, term in row.items()})`,
  pandas: (query, endpoint, graph) => graph ? `# A graph has no rows; select ?s ?p ?o to have it as a table.
import urllib.parse
import urllib.request

query = ${triple(query)}
body = urllib.parse.urlencode({"query": query}).encode()
request = urllib.request.Request("${endpoint}", body, {"Accept": "text/turtle"})
print(urllib.request.urlopen(request).read().decode())` : `import io
import urllib.parse
import urllib.request

import pandas as pd

query = ${triple(query)}
body = urllib.parse.urlencode({"query": query}).encode()
request = urllib.request.Request("${endpoint}", body, {"Accept": "text/csv"})
table = pd.read_csv(io.BytesIO(urllib.request.urlopen(request).read()))
print(table)`,
  r: (query, endpoint, graph) => `library(httr2)

query <- r"---(${query})---"
answer <- request("${endpoint}") |>
  req_headers(Accept = "${graph ? "text/turtle" : "text/csv"}") |>
  req_body_form(query = query) |>
  req_perform()
${graph ? "cat(resp_body_string(answer))" : "table <- read.csv(text = resp_body_string(answer))\nprint(table)"}`,
  javascript: (query, endpoint, graph) => `const query = \`${query.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${")}\`;
const answer = await fetch("${endpoint}", {
  method: "POST",
  headers: { Accept: "${graph ? "text/turtle" : "application/sparql-results+json"}", "Content-Type": "application/sparql-query" },
  body: query,
});
${graph ? "console.log(await answer.text());" : "const { results } = await answer.json();\nconsole.table(results.bindings.map((row) => Object.fromEntries(Object.entries(row).map(([name, term]) => [name, term.value]))));"}`,
};

export const snippet = (language, query, endpoint, graph) => WRITERS[language](query.trim(), endpoint, graph);
