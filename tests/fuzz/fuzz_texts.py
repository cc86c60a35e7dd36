"""Writes texts by grammar, right ones first, then spoilt ones: queries, updates, RDF and headers."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable

# The first way to write a thing is the shortest: it is taken where a text has become deep enough.
GRAMMAR: dict[str, list[str]] = {
    "query": ["{prologue}{select}", "{prologue}{ask}", "{prologue}{construct}", "{prologue}{describe}"],
    "prologue": [
        "PREFIX ex: <http://example.org/>\n",
        "BASE <http://example.org/>\nPREFIX ex: <#>\n",
        "PREFIX ex: <http://example.org/> PREFIX : <http://example.org/>\n",
        "",
    ],
    "select": ["SELECT * {where}", "SELECT {distinct}{projection} {from}{where}{modifiers}", "{select} {values}"],
    "distinct": ["", "DISTINCT ", "REDUCED "],
    "projection": ["*", "?a ?b", "?a", "({expression} AS ?x)", "(COUNT({distinct}*) AS ?n)", "({aggregate} AS ?n) ?a"],
    "aggregate": [
        "COUNT(?a)",
        "SUM(?b)",
        "AVG({expression})",
        "MIN(?c)",
        "MAX(?c)",
        "SAMPLE(?a)",
        'GROUP_CONCAT(DISTINCT ?a; SEPARATOR="|")',
    ],
    "from": ["", "FROM <http://example.org/g> ", "FROM NAMED <http://example.org/g> ", "{from}{from}"],
    "where": ["WHERE {group}", "{group}"],
    "modifiers": [
        "",
        " LIMIT {integer}",
        " ORDER BY ?a DESC(?b)",
        " GROUP BY ?a HAVING({aggregate} > 1)",
        " ORDER BY {expression} OFFSET {integer}",
    ],
    "ask": ["ASK {group}", "ASK {from}{where}"],
    "construct": ["CONSTRUCT {template} {where}", "CONSTRUCT WHERE { {triples} }"],
    "describe": ["DESCRIBE <http://example.org/a>", "DESCRIBE ?a {where}", "DESCRIBE * {where}"],
    "template": ["{ {triples} }", "{ _:x {verb} ?a . {triples} }"],
    "group": ["{ {triples} }", "{ {element} }", "{ {element} {element} }", "{ {select} }"],
    "element": [
        "{triples}",
        "OPTIONAL {group}",
        "MINUS {group}",
        "{group} UNION {group}",
        "GRAPH {graphname} {group}",
        "FILTER({expression})",
        "FILTER {notexists} {group}",
        "BIND({expression} AS {fresh})",
        "{values}",
        "{element} {element}",
        "SERVICE {silent}<http://127.0.0.1:1/> {group}",
    ],
    "silent": ["", "SILENT "],
    "notexists": ["EXISTS", "NOT EXISTS"],
    "graphname": ["?g", "<http://example.org/g>", "ex:g"],
    "fresh": ["?x", "?y", "?z"],
    "values": ["VALUES ?a { {data} }", "VALUES (?a ?b) { ({data} {data}) (UNDEF {data}) }", "VALUES ?a { }"],
    "data": ["1", "<http://example.org/a>", "{literal}", "UNDEF", "{number}"],
    "triples": [
        "?a ?b ?c",
        "{subject} {verb} {object}",
        "{subject} {verb} {object} ; {verb} {object} , {object}",
        "{triples} . {triples}",
        "{subject} {path} {object}",
    ],
    "subject": ["?a", "ex:a", "<http://example.org/a>", "[]", "_:b", "[ {verb} {object} ]", "({object} {object})"],
    "verb": ["?p", "a", "ex:p", "<http://example.org/p>"],
    "path": ["ex:p", "({path})*", "({path})+", "({path})?", "^{path}", "{path}/{path}", "{path}|{path}", "!(ex:p|^a)"],
    "object": ["?c", "{literal}", "{number}", "ex:b", "true", "[]", "({object})", "<< ex:a ex:p ex:b >>"],
    "literal": [
        '"text"',
        '"žluťoučký"@cs',
        '"1"^^ex:t',
        "'''a\n'b'''",
        '"2020-02-30"^^<http://www.w3.org/2001/XMLSchema#date>',
    ],
    "number": ["1", "-1.5", "1e400", "99999999999999999999999999", ".5", "1E-2"],
    "integer": ["1", "0", "3", "18446744073709551616"],
    "expression": [
        "?a",
        "{number}",
        "{literal}",
        "({expression} {operator} {expression})",
        "!{expression}",
        "{function}({expression})",
        "{function2}({expression}, {expression})",
        "IF({expression}, {expression}, {expression})",
        "COALESCE({expression}, 1)",
        "{expression} IN ({expression}, 2)",
        "{notexists} {group}",
        'REGEX(STR({expression}), "{regex}", "i")',
        'REPLACE(STR({expression}), "{regex}", "$0$1")',
        "<http://www.w3.org/2001/XMLSchema#integer>({expression})",
        "ex:unknown({expression})",
    ],
    "operator": ["=", "!=", "<", ">=", "+", "-", "*", "/", "&&", "||"],
    "function": [
        *("STR", "LANG", "DATATYPE", "BOUND", "IRI", "UCASE", "STRLEN", "ABS", "ROUND", "YEAR", "TIMEZONE", "SHA256"),
        *("MD5", "ENCODE_FOR_URI", "isBLANK", "isNUMERIC", "BNODE", "TRIPLE", "SUBJECT", "isTRIPLE"),
    ],
    "function2": [
        "CONCAT",
        "STRDT",
        "STRLANG",
        "SUBSTR",
        "STRSTARTS",
        "STRBEFORE",
        "LANGMATCHES",
        "sameTerm",
        "CONTAINS",
    ],
    "regex": ["a", "^.*$", "(a+)+$", "[", "(?=x)", "\\\\d{1000}", "(a|b|ab)*c"],
    "update": ["{prologue}{operation}", "{prologue}{operation} ;\n{prologue}{operation}"],
    "operation": [
        "INSERT DATA { ex:a ex:p {number} }",
        "INSERT DATA { GRAPH ex:m { {model} } }",
        "INSERT DATA { GRAPH ex:g { {ground} } }",
        "DELETE DATA { {ground} }",
        "DELETE WHERE { {triples} }",
        "DELETE {template} INSERT {template} {where}",
        "WITH ex:g INSERT {template} {where}",
        "INSERT {template} USING <http://example.org/g> {where}",
        "CLEAR {silent}{target}",
        "DROP SILENT {target}",
        "CREATE {silent}GRAPH ex:h",
        "COPY {silent}DEFAULT TO ex:g",
        "MOVE SILENT ex:g TO ex:h",
        "ADD ex:g TO DEFAULT",
        "LOAD {silent}<http://127.0.0.1:1/x>",
    ],
    "target": ["GRAPH ex:g", "DEFAULT", "NAMED", "ALL"],
    "ground": ["ex:a ex:p 1", "_:b ex:p {literal}", "ex:a a ex:C ; ex:p ({number} {literal})", "ex:é ex:p [ ex:q 1 ]"],
    "model": [
        "ex:a a {class} ; {property1} {value} , {value} ; {property1} [ a {class} ; {property1} {value} ]",
        "<https://w3id.org/strategraph/id/strategy/x> a {class} ; {property1} {value}",
        "ex:a {property1} ex:b . ex:b {property1} ex:a ; a {class} , {class}",
    ],
    "class": [
        *("<https://w3id.org/strategraph/ontology#Strategy>", "<https://w3id.org/strategraph/ontology#Alignment>"),
        *("<http://www.w3.org/ns/org#Membership>", "<https://w3id.org/strategraph/ontology#Municipality>"),
        *("<http://www.w3.org/2004/02/skos/core#Concept>", "<https://w3id.org/strategraph/ontology#FundingCall>"),
    ],
    "property1": [
        *("<http://purl.org/dc/terms/title>", "<https://w3id.org/strategraph/ontology#startYear>"),
        *("<https://w3id.org/strategraph/ontology#endYear>", "<https://w3id.org/strategraph/ontology#confidence>"),
        *("<http://purl.org/dc/terms/issued>", "<https://w3id.org/strategraph/ontology#alignmentOf>"),
        *("<http://www.w3.org/2004/02/skos/core#broader>", "<https://w3id.org/strategraph/ontology#deadline>"),
        *("<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>", "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"),
    ],
    "value": [
        *("ex:a", "{literal}", "{number}", "[]", "({value})", '"2020"^^<http://www.w3.org/2001/XMLSchema#gYear>'),
        *('"x"^^<http://www.w3.org/2001/XMLSchema#gYear>', '"-99999-13"^^<http://www.w3.org/2001/XMLSchema#date>'),
        *('"NaN"^^<http://www.w3.org/2001/XMLSchema#decimal>', '"1e999"^^<http://www.w3.org/2001/XMLSchema#double>'),
        *("<<( ex:a ex:p ex:b )>>", "true", '"\\u0000"', '"a"@x-y-z', "<urn:uuid:1>", '""'),
    ],
    "turtle": ["@prefix ex: <http://example.org/> .\n{statements}", "@base <http://e/> .\n{turtle}", "{statements}"],
    "statements": [
        "<a:b> <a:c> <a:d> .\n",
        "{statements}{statements}",
        "{ground} .\n",
        "ex:a ex:p {literal} .\n",
        "# x\n",
    ],
    "trig": ["{ {statements} }", "<http://e/g> { {statements} }", "GRAPH _:g { {statements} }", "{turtle}"],
    "ntriples": [
        "<a:b> <a:c> <a:d> .\n",
        '_:a <a:c> "x\\u00e9\\n"@en-GB .\n',
        '<a:b> <a:c> <<( <a:b> <a:c> "1" )>> .\n',
        "{ntriples}{ntriples}",
        '<a:b> <a:c> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n',
    ],
    "rdfxml": [
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/#">{nodes}</rdf:RDF>'
    ],
    "nodes": [
        "",
        '<rdf:Description rdf:about="http://e/a">{property}</rdf:Description>',
        '<e:C rdf:ID="x" e:p="1">{property}{property}</e:C>',
        '<rdf:Bag rdf:nodeID="n"><rdf:li>1</rdf:li></rdf:Bag>{nodes}',
    ],
    "property": [
        "<e:p>text</e:p>",
        '<e:p rdf:resource="#x"/>',
        "<e:p>{nodes}</e:p>",
        '<e:p rdf:parseType="Collection">{nodes}</e:p>',
        '<e:p rdf:parseType="Literal"><b>x</b></e:p>',
        '<e:p xml:lang="pl">ż</e:p>',
    ],
    "accept": ["*/*", "{media}", "{media}, {accept}", "{media};q={quality}, {accept}", "{accept};{accept}", ",,;q"],
    "media": [
        *(
            "application/json",
            "text/csv",
            "text/turtle",
            "application/ld+json",
            "application/sparql-results+xml",
            "text/*",
        ),
        *(
            "text/html",
            "application/rdf+xml",
            "*",
            "a/b/c",
            "application/n-quads",
            "text/turtle;charset=utf-8",
            "image/*",
        ),
    ],
    "quality": ["1", "0", "0.5", "1.0000", "-1", "nan", "2", "1e3", "", "٣"],
}
_PLACE = re.compile(r"\{([a-z0-9]+)\}")
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_ODD = (
    "\0",
    "\ufeff",
    "\u202e",
    "\U0001d4b3",
    "\\",
    '"',
    "'''",
    "<",
    ">",
    "{",
    "}",
    "(",
    "#",
    "\r",
    "\u2028",
    "\\u0000",
    "\\uD800",
)
_KEYS = ("@id", "@type", "@value", "@language", "@list", "@set", "@graph", "@reverse", "@included", "@nest", "@index")


class Writer:
    """Writes texts; the same seed writes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def write(self, name: str, depth: int = 7) -> str:
        """Write something of that name."""
        ways = GRAMMAR[name]
        chosen = ways[0] if depth <= 0 else self.random.choice(ways)
        return _PLACE.sub(lambda place: self.write(place[1], depth - 1) if place[1] in GRAMMAR else place[0], chosen)

    def spoil(self, text: str) -> str:
        """Make it wrong, or only different, in one to four places."""
        for _ in range(self.random.randint(1, 4)):
            text = self.random.choice(_SPOILERS)(self, text)
        return text

    def jsonld(self, depth: int = 4) -> str:
        """Write JSON with the keywords of JSON-LD."""
        return json.dumps({"@context": self._context(), **self._node(depth)})

    def _context(self) -> object:
        choices = [
            {"e": "http://e/"},
            {"@vocab": "http://e/"},
            {},
            None,
            "http://127.0.0.1:1/x",
            [{"p": {"@type": "@id"}}],
        ]
        return self.random.choice([*choices, {"@version": 1.1, "p": {"@container": "@list"}}, {"@base": "::"}, 5])

    def _node(self, depth: int) -> dict[str, object]:
        keys = [*_KEYS, "e:p", "p", "http://e/q", "é", ""]
        return {self.random.choice(keys): self._value(depth - 1) for _ in range(self.random.randint(0, 4))}

    def _value(self, depth: int) -> object:
        plain = ["x", "http://e/a", "_:b", 1, 1.5e300, True, None, "", "en"]
        if depth <= 0 or self.random.random() < 0.5:
            return self.random.choice(plain)
        return self._node(depth) if self.random.random() < 0.6 else [self._value(depth - 1) for _ in range(3)]


def _drop(writer: Writer, text: str) -> str:
    tokens = _TOKEN.findall(text)
    if tokens:
        del tokens[writer.random.randrange(len(tokens))]
    return "".join(tokens)


def _double(writer: Writer, text: str) -> str:
    start = writer.random.randint(0, len(text))
    end = min(len(text), start + writer.random.randint(1, 20))
    return text[:end] + text[start:end] * writer.random.choice((1, 2, 400)) + text[end:]


def _insert(writer: Writer, text: str) -> str:
    at = writer.random.randint(0, len(text))
    return text[:at] + writer.random.choice(_ODD) + text[at:]


def _cut(writer: Writer, text: str) -> str:
    return text[: writer.random.randint(0, len(text))]


def _glue(writer: Writer, text: str) -> str:
    spaces = [m.start() for m in re.finditer(" ", text)]
    at = writer.random.choice(spaces) if spaces else 0
    return text[:at] + text[at + 1 :]


def _swap(writer: Writer, text: str) -> str:
    return text.swapcase() if writer.random.random() < 0.3 else text[::-1] if writer.random.random() < 0.1 else text


_SPOILERS: tuple[Callable[[Writer, str], str], ...] = (_drop, _double, _insert, _cut, _glue, _swap)
