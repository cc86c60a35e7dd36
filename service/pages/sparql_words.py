"""The words of the query editor: what its views need, what its script says, and what each step of a query does."""

from typing import Final

from service.pages.language import msg
from service.pages.page import Page

FORMATS: Final = {
    "csv": "CSV",
    "tsv": "TSV",
    "json": "JSON",
    "xml": "XML",
    "turtle": "Turtle",
    "ntriples": "N-Triples",
    "jsonld": "JSON-LD",
    "rdfxml": "RDF/XML",
}
THEMES: Final = {
    "strategies": msg("Strategies"),
    "places": msg("Places"),
    "networks": msg("Networks"),
    "projects": msg("Projects"),
    "alignment": msg("Alignment with goals"),
    "partners": msg("Partners"),
    "funding": msg("Funding"),
    "provenance": msg("Where facts are from"),
    "quality": msg("Quality"),
    "statistics": msg("Statistics"),
}
# Each view with what it needs of the answer.
VIEWS: Final = {
    "table": (msg("Table"), ""),
    "chart": (msg("Chart"), msg("a column of numbers and a column of anything else")),
    "map": (msg("Map"), msg("columns called lat and long, or points as WKT")),
    "network": (msg("Network"), msg("two columns of things (IRIs), or triples whose object is a thing")),
    "timeline": (msg("Timeline"), msg("a column of dates or years")),
    "raw": (msg("As sent"), ""),
}
# What the operations of the algebra do; `%(details)s` stands for what they are applied with.
OPERATIONS: Final = {
    "SelectQuery": msg("Answer with rows"),
    "AskQuery": msg("Answer yes if there is a row"),
    "ConstructQuery": msg("Make these triples of every row"),
    "DescribeQuery": msg("Describe things"),
    "Project": msg("Keep the columns"),
    "Distinct": msg("Keep each row once"),
    "Reduced": msg("Equal rows may be dropped"),
    "Slice": msg("Skip and take: first row and number of rows"),
    "OrderBy": msg("Order by"),
    "Extend": msg("Compute"),
    "Filter": msg("Keep the rows for which"),
    "AggregateJoin": msg("Compute for each group"),
    "Group": msg("Group by"),
    "Join": msg("Combine the rows of both that agree"),
    "LeftJoin": msg("Add what fits from the second, keep the first in any case"),
    "Minus": msg("Drop the rows that agree with the second"),
    "Union": msg("The rows of both"),
    "Graph": msg("Look in the named graph"),
    "BGP": msg("Find every match of"),
    "values": msg("These rows, as written"),
    "SubSelect": msg("The rows of an inner query"),
}


def words(page: Page) -> dict[str, str]:
    """What the script says."""
    _ = page.gettext
    return {
        "editor": _("SPARQL query"),
        "running": _("Running …"),
        "cancelled": _("Cancelled."),
        "rows": _("Rows: {n}"),
        "triples": _("Triples: {n}"),
        "took": _("{s} s, version {generation} of the data, answered by {engine}"),
        "empty": _("The answer is empty."),
        "yes": _("Yes"),
        "no": _("No"),
        "large": _("The answer is larger than this page shows ({n} MB). Download it, or add LIMIT to the query."),
        "error": _("Line {line}, column {column}"),
        "goto": _("Go there"),
        "offline": _("The endpoint cannot be reached."),
        "needs": _("Needs {what}."),
        "others": _("What the other views need of an answer: {what}."),
        "previous": _("Previous"),
        "next": _("Next"),
        "page": _("Rows {from} to {to} of {n}"),
        "sort": _("Sort by {column}"),
        "copied": _("Copied."),
        "shared": _("The link to this query is copied."),
        "classes": _("class"),
        "properties": _("property"),
        "uses": _("used {n} times"),
        "subject": _("Subject"),
        "predicate": _("Predicate"),
        "object": _("Object"),
        "first": _("The first {n} are drawn."),
    }
