"""The types of things that can be reconciled: classes of the ontology, and the schemes whose concepts are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ontology.terms import PREFIXES, scheme_iri
from service.pages.names import FINDABLE, KINDS, Named

CLASSES: Final = {kind: iri for iri, kind in KINDS.items()}
# Classes that stand for their subclasses as well.
BROADER: Final = {
    "area": ("municipality", "region", "country"),
    "network": ("network", "alliance"),
    "project": ("project", "investment-project"),
}
SCHEMES: Final = {
    scheme_iri("sdg").value: PREFIXES["sdg"],
    scheme_iri("smart-concept").value: PREFIXES["smart"],
    scheme_iri("green-deal").value: PREFIXES["gd"],
}
# What most tables hold a column of.
DEFAULTS: Final = ("municipality", "organisation", "strategy", "region", "network", "project")


@dataclass(frozen=True)
class Type:
    """What a candidate must be."""

    iri: str
    kinds: tuple[str, ...]
    namespace: str = ""

    def has(self, thing: Named) -> bool:
        """Whether a thing is one."""
        return thing.kind in self.kinds and thing.iri.startswith(self.namespace)


def _types() -> dict[str, Type]:
    found = {CLASSES[kind]: Type(CLASSES[kind], BROADER.get(kind, (kind,))) for kind in (*FINDABLE, "area")}
    return found | {iri: Type(iri, ("concept",), namespace) for iri, namespace in SCHEMES.items()}


TYPES: Final = _types()


def type_of(identifier: str) -> Type | None:
    """The type of an IRI, or of a short name such as `municipality`."""
    return TYPES.get(identifier) or TYPES.get(CLASSES.get(identifier, ""))
