"""Judges a change before it is published: the state it would produce, where the change can have broken it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from pyoxigraph import DefaultGraph

from service.settings import Settings
from service.store.changes import Change
from service.store.draft import Draft
from shapes.report import Report
from shapes.validator import Validator, bundled_shapes

ChangeValidator = Callable[[Draft, Change], Report]


def change_validator(settings: Settings) -> ChangeValidator:
    """What writes over HTTP are validated with; the shapes are compiled for the first of them."""
    union = settings.default_graph == "union"

    @cache
    def compiled() -> Validator:
        return Validator(bundled_shapes(), graph=DefaultGraph() if union else None)

    def judge(draft: Draft, change: Change) -> Report:
        added = [quad.triple for quad in change.added]
        removed = [quad.triple for quad in change.removed]
        return compiled().validate_change(draft.base.reader(), draft.store, added, removed)

    return judge
