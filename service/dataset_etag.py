"""Entity tags from the generation of the dataset: a published generation never changes, so neither does its answer."""

import hashlib
import re
from collections.abc import Collection

from service.problems import Problem

FOREVER = "public, max-age=31536000, immutable"
REVALIDATE = "public, no-cache"


def dataset_tag(generation: int) -> str:
    """The tag of the whole dataset, for conditional updates."""
    return f'"{generation}"'


def answer_tag(generation: int, *parts: object) -> str:
    """The tag of one representation: the generation and all that the answer depends on."""
    digest = hashlib.sha256("\0".join(map(repr, parts)).encode()).hexdigest()
    return f'"{generation}-{digest[:24]}"'


def listed(header: str | None) -> list[str]:
    """The tags of an If-Match or If-None-Match header."""
    return re.findall(r'(?:W/)?"[^"]*"|\*', header or "")


def is_fresh(if_none_match: str | None, tag: str) -> bool:
    """Tell whether a client already has this representation."""
    return tag in (entry.removeprefix("W/") for entry in listed(if_none_match))


def generation_of(tag: str) -> int | None:
    """Read the generation from one of our tags."""
    match = re.fullmatch(r'"(\d+)(?:-[0-9a-f]+)?"', tag)
    return int(match[1]) if match else None


def require_match(if_match: str | None, tags: Collection[str]) -> None:
    """Raise 412 unless one of the tags is listed; a weak one never matches here."""
    if if_match is None:
        return
    given = listed(if_match)
    if "*" not in given and not set(given) & set(tags):
        raise Problem(412, "The data has changed since the version that If-Match names. Fetch it again.")


def require_generation(if_match: str | None, generation: int | None) -> None:
    """Raise 412 unless one of the tags listed is of this generation."""
    if if_match is None:
        return
    given = listed(if_match)
    if "*" not in given and (generation is None or generation not in map(generation_of, given)):
        raise Problem(412, "The data has changed since the version that If-Match names. Fetch it again.")
