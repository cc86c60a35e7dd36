"""Call topics of the EU Funding & Tenders Portal: programme, deadline, address, least number of partners, themes."""

from __future__ import annotations

import codecs
import gzip
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import ftfy
from pyoxigraph import NamedNode, Triple

from loaders.base import Input, InputError, Loader, Record, RecordRejected
from loaders.statements import About
from ontology.terms import PREFIXES, V4, concept_iri, mint, slugify

SOURCE = mint("source", "eu-funding-tenders-portal")
FIELDS = ("topicId", "title", "programme", "deadline", "portalUrl", "typesOfAction")
PIECE: Final = 1 << 16
# One topic is some 30 kB; what is still no JSON after this many characters is no list of topics.
LONGEST: Final = 1 << 22
# Horizon Europe, General Annexes, part B: research, innovation and co-funded actions need three independent bodies of
# three countries; pre-commercial procurement two buyers of two; all others may be applied for alone.
LEAST_PARTNERS: Final = (
    (re.compile(r"^HORIZON\b.*(Research and Innovation|Innovation Actions|Cofund)"), 3),
    (re.compile(r"^HORIZON\b.*Pre-commercial"), 2),
)
# What a programme's own code says of its theme, the first that fits; codes as in the tables of loaders/data.
THEMES: Final = (
    (r"^HORIZON-MISS-.*CIT-CCRI", ("green-deal GD4.1", "smart-concept EC4", "sdg 12.5")),
    (r"^HORIZON-MISS-.*CIT", ("green-deal GD1.1", "green-deal GD10.1", "smart-concept EN1", "sdg 11.6")),
    (r"^HORIZON-MISS-.*CLIMA", ("green-deal GD1.3", "green-deal GD10.1", "sdg 13.1")),
    (r"^HORIZON-MISS-.*OCEAN", ("green-deal GD7.5", "green-deal GD10.1", "sdg 14.1")),
    (r"^HORIZON-MISS-.*SOIL", ("green-deal GD6.3", "green-deal GD10.1", "sdg 15.3")),
    (r"^HORIZON-NEB-", ("green-deal GD3.3", "smart-concept LI3", "sdg 11.3")),
    (r"^HORIZON-CL5-.*-D3-", ("green-deal GD2", "sdg 7.2")),
    (r"^HORIZON-CL5-.*-D4-", ("green-deal GD3.2", "smart-concept EN2", "sdg 7.3")),
    (r"^HORIZON-CL5-.*-D[56]-", ("green-deal GD5", "sdg 11.2")),
    (r"^HORIZON-CL5-.*-D1-", ("green-deal GD1", "sdg 13.3")),
    (r"^HORIZON-CL6-.*CIRCBIO", ("green-deal GD4", "smart-concept EC4", "sdg 12.5")),
    (r"^HORIZON-CL6-.*ZEROPOLLUTION", ("green-deal GD6", "sdg 3.9")),
    (r"^HORIZON-CL6-.*BIODIV", ("green-deal GD7", "sdg 15.5")),
    (r"^HORIZON-CL6-.*(FARM2FORK|FOOD)", ("green-deal GD8", "sdg 2.4")),
    (r"^HORIZON-CL6-.*CLIMATE", ("green-deal GD1", "sdg 13.2")),
    (r"^HORIZON-CL6-.*COMMUNITIES", ("green-deal GD9.1", "sdg 11.a")),
    (r"^HORIZON-CL3-", ("smart-concept LI2", "sdg 16.1")),
    (r"^HORIZON-CL2-.*HERITAGE", ("smart-concept LI4", "sdg 11.4")),
    (r"^HORIZON-CL2-.*DEMOCRACY", ("smart-concept GO3", "sdg 16.7")),
    (r"^HORIZON-CL2-.*TRANSFO", ("smart-concept PE3", "sdg 10.2")),
    (r"^HORIZON-(CL4|CID)-", ("green-deal GD4.4", "sdg 9.4")),
    (r"^HORIZON-HLTH-", ("smart-concept LI1", "sdg 3.8")),
    (r"^HORIZON-JU-CBE", ("green-deal GD4.4", "sdg 12.2")),
    (r"^HORIZON-(EIC|EIE)-", ("smart-concept EC2", "sdg 9.5")),
    (r"^LIFE-.*-CET-", ("green-deal GD2", "smart-concept EN1", "sdg 7.3")),
    (r"^LIFE-.*-SAP-CLIMA", ("green-deal GD1", "sdg 13.2")),
    (r"^LIFE-.*-SAP-ENV", ("green-deal GD4", "green-deal GD6", "sdg 12.5")),
    (r"^LIFE-.*-SAP-NAT", ("green-deal GD7", "sdg 15.5")),
    (r"^LIFE-", ("green-deal GD1", "green-deal GD7")),
    (r"^DIGITAL-", ("smart-concept GO5", "sdg 9.c")),
    (r"^CERV-", ("smart-concept GO3", "sdg 16.7")),
    (r"^CEF-E", ("green-deal GD2.3", "sdg 7.b")),
    (r"^CEF-T", ("green-deal GD5", "sdg 9.1")),
    (r"^I3-", ("smart-concept EC2", "sdg 9.5")),
    (r"^RENEWFM-", ("green-deal GD2.1", "sdg 7.2")),
    (r"^ERASMUS-", ("smart-concept PE2", "sdg 4.4")),
)
# Open to bodies of every member state; external action is meant for other parts of the world.
EXTERNAL: Final = re.compile(r"external action|RELEX", re.IGNORECASE)


class FundingCalls(Loader[Record]):
    """A funding call for each topic; its programme is described with it."""

    name = "funding-calls"
    title = "Call topics of the EU Funding & Tenders Portal"
    origin = "https://ec.europa.eu/info/funding-tenders/opportunities/portal/"
    licence = "http://publications.europa.eu/resource/authority/licence/COM_REUSE"
    accepts = "topics as JSON objects, one after another or one a line, also gzipped (open.jsonl.gz)"

    def read(self, inputs: Sequence[Input]) -> Iterator[Record]:
        """A record for each topic; letters that were decoded wrongly on the way are mended."""
        for source in inputs:
            for number, topic in enumerate(_objects(source), start=1):
                fields = {name: ftfy.fix_text(str(topic.get(name) or "")) for name in FIELDS}
                yield Record(f"{source.origin}, topic {number}", fields)

    def triples(self, record: Record) -> Iterable[Triple]:
        """The call and its programme."""
        topic, programme = record["topicId"], record["programme"]
        slug = slugify(topic)
        title = " ".join(record["title"].split())
        if not slug or not title or not programme:
            raise RecordRejected("no identifier (topicId), title or programme")
        about = About(mint("call", slug)).types("sg:FundingCall").text("dct:title", title, "en")
        about.text("dct:identifier", topic)
        about.add("dct:isPartOf", programme_iri(programme))
        about.date("sg:deadline", record["deadline"]).iri("foaf:page", record["portalUrl"])
        if not EXTERNAL.search(programme):
            for code in V4.values():
                about.iri("sg:eligibleCountry", PREFIXES["country"] + code)
        partners = least_partners(record["typesOfAction"])
        about.integer("sg:minimumPartners", partners).integer("sg:minimumCountries", partners)
        for theme in themes(topic):
            about.add("sg:theme", theme)
        about.add("dct:source", SOURCE)
        described = About(programme_iri(programme)).types("sg:FundingProgramme")
        return [*about, *described.text("dct:title", programme, "en").add("dct:source", SOURCE)]


def programme_iri(name: str) -> NamedNode:
    """The programme of that name."""
    return mint("programme", slugify(name.partition("(")[0]))


def least_partners(action: str) -> str:
    """How many partners a type of action needs, and of as many countries; empty where the rules name no number."""
    normal = " ".join(action.split())
    return next((str(number) for pattern, number in LEAST_PARTNERS if pattern.search(normal)), "")


def themes(topic: str) -> list[NamedNode]:
    """The concepts that a topic's code stands for."""
    for pattern, codes in THEMES:
        if re.search(pattern, topic):
            return [concept_iri(*code.split(" ", 1)) for code in codes]
    return []


def _objects(source: Input) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file, whatever stands between them, read in pieces."""
    decoder, text, done = json.JSONDecoder(), "", 0
    for piece in _pieces(source):
        text += piece
        while text := text.lstrip("\ufeff \t\r\n,[]"):
            try:
                found, end = decoder.raw_decode(text)
            except RecursionError as error:
                raise InputError(f"{source.origin}: nested too deeply after {done} topics") from error
            except json.JSONDecodeError as error:
                if len(text) > LONGEST or not text.startswith("{"):
                    raise InputError(f"{source.origin}: not JSON after {done} topics ({error.msg})") from error
                break
            done += 1
            if isinstance(found, dict):
                yield found
            text = text[end:]
    if text:
        raise InputError(f"{source.origin}: ends in the middle of a topic, after {done} whole ones")
    if not done:
        raise InputError(f"{source.origin}: no topics in it; give the portal's topics as JSON")


def _pieces(source: Input) -> Iterator[str]:
    with source.path.open("rb") as start:
        zipped = start.read(2) == b"\x1f\x8b"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with gzip.open(source.path) if zipped else source.path.open("rb") as stream:
            while piece := stream.read(PIECE):
                yield decoder.decode(piece)
            yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise InputError(f"{source.origin}: not UTF-8 text; save the file as UTF-8") from error
    except (OSError, EOFError) as error:
        raise InputError(f"{source.origin}: cannot be read ({error})") from error
