"""Fill in a template and leave nothing behind: what it took is free at once, not when the garbage collector comes."""

from collections.abc import Mapping
from typing import Any, Final

from jinja2 import Environment, Template
from jinja2.runtime import Context

OPENED: Final = "contexts_opened"


class OpenedContext(Context):
    """A context that is known to whoever began to render, with those of imported and included templates."""

    def __init__(
        self, environment: Environment, parent: dict[str, Any], name: str | None, *args: Any, **kwargs: Any
    ) -> None:
        """Join the others."""
        super().__init__(environment, parent, name, *args, **kwargs)
        parent.setdefault(OPENED, []).append(self)


def fill_in(template: Template, view: Mapping[str, Any]) -> str:
    """The text of a template.

    A context holds the macros of its template and each of these holds the context, with the page and all that it
    shows: a circle, which is cut here.
    """
    opened: list[Context] = []
    try:
        return template.render(view, **{OPENED: opened})
    finally:
        for context in opened:
            context.vars.clear()
        opened.clear()
