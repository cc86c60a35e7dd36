"""Keeps the translations in step with the texts: `python -m service.pages.messages update` or `check`."""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from ontology.terms import LANGUAGES

SERVICE: Final = Path(__file__).parents[1]
KEYWORDS: Final = {"_": None, "gettext": None, "msg": None, "ngettext": (1, 2), "nmsg": (1, 2), "plural": (1, 2)}
REPORTS: Final = "classify/templates/**.j2"
METHODS: Final = [
    *((files, "python") for files in ("dcat.py", "pages/**.py", "reconcile/**.py")),
    ("templates/**.html", "jinja2"),
    (REPORTS, "jinja2"),
]
NOISE: Final = (b'"Report-', b'"POT-', b'"PO-R', b'"Last-T', b'"Language-T', b'"Generated')
_JINJA: Final = {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true"}
OPTIONS: Final = {"templates/**.html": _JINJA, REPORTS: _JINJA}


def template() -> Catalog:
    """All messages in the code and the templates."""
    catalog = Catalog(project="Strategraph", charset="utf-8")
    found = extract_from_dir(str(SERVICE), METHODS, OPTIONS, keywords=KEYWORDS)
    for filename, _line, message, _comments, context in found:
        # Line numbers would change the files with every edit.
        catalog.add(message, locations=[(filename, None)], context=context)  # type: ignore[list-item]
    return catalog


def path(language: str) -> Path:
    """Where the translations of a language are."""
    return SERVICE / "locales" / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    """The translations of a language."""
    return read_po(BytesIO(path(language).read_bytes()), locale=language)


def update() -> None:
    """Add new messages to every language, and drop those that nobody uses."""
    current = template()
    for language in LANGUAGES[1:]:
        catalog = read(language)
        catalog.update(current, no_fuzzy_matching=True, update_header_comment=False)
        catalog.obsolete.clear()
        write(language, catalog)


def write(language: str, catalog: Catalog) -> None:
    """Keep the translations of a language, without header lines that change by themselves."""
    catalog.header_comment = f"# Interface of Strategraph, {language}."
    out = BytesIO()
    write_po(out, catalog, width=110, sort_output=True, include_lineno=False)
    lines = out.getvalue().splitlines(keepends=True)
    path(language).write_bytes(b"".join(line for line in lines if not line.startswith(NOISE)))


def problems() -> Iterator[str]:
    """What is missing, fuzzy, left over or wrong, one line each."""
    wanted = {(m.id, m.context) for m in template() if m.id}
    for language in LANGUAGES[1:]:
        catalog = read(language)
        have = {(m.id, m.context): m for m in catalog if m.id}
        yield from (f"{language}: new message {key[0]!r}" for key in wanted - have.keys())
        yield from (f"{language}: unused message {key[0]!r}" for key in have.keys() - wanted)
        for message in have.values():
            texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
            if message.fuzzy or not all(texts) or (message.pluralizable and len(texts) != catalog.num_plurals):
                yield f"{language}: not translated: {message.id!r}"
            for error in message.check(catalog):
                yield f"{language}: {message.id!r}: {error}"


def main(arguments: list[str]) -> int:
    """Run `update` or `check`."""
    if arguments == ["update"]:
        update()
        return 0
    if arguments == ["check"]:
        found = list(problems())
        sys.stderr.writelines(line + "\n" for line in found)
        return 1 if found else 0
    sys.stderr.write("usage: python -m service.pages.messages update|check\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
