"""The UN's own knowledge organisation system of the Sustainable Development Goals, targets, indicators and series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loaders.base import Input, InputError, RdfRecord
from loaders.rdf import RdfLoader, read_rdf
from loaders.statements import term


class Sdg(RdfLoader):
    """Goals, targets and indicators at the UN's IRIs, with the UN's labels in English, French and Spanish."""

    name = "sdg"
    title = "Sustainable Development Goals (UN Statistics Division, LOD4Stats)"
    origin = "http://metadata.un.org/sdg/"
    licence = "http://metadata.un.org/sdg/"
    accepts = "the SKOS files of LOD4Stats: sdg-kos-goals-targets-indicators.ttl, sdg-kos-series-*.ttl, ..."

    def read(self, inputs: Sequence[Input]) -> Iterator[RdfRecord]:
        """The triples of every file; at least one must hold SDG concepts."""
        concept, seen = term("skos:Concept"), False
        for source in inputs:
            for record in read_rdf(source):
                seen = seen or any(t.object == concept for t in record.triples)
                yield record
        if not seen:
            raise InputError(f"{inputs[0].origin}: no skos:Concept in it; give the UN's SKOS file of goals and targets")
