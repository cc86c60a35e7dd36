"""Styles and scripts: the built ones where the build has run, else the style sheet straight from its sources."""

import hashlib
import json
import mimetypes
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from service.dataset_etag import is_fresh
from service.maps.outlines import Outlines
from service.problems import Problem

SERVICE: Final = Path(__file__).parents[1]
SOURCES: Final = SERVICE / "web" / "src"
BUILT: Final = SERVICE / "static"
FOREVER: Final = "public, max-age=31536000, immutable"
mimetypes.add_type("text/javascript", ".js")


class Assets:
    """The files that pages load, each under an address that changes with its content."""

    def __init__(self, built: Path = BUILT, sources: Path = SOURCES) -> None:
        """Use the built files there, or the sources here."""
        self._built = built
        self._sources = sources
        self._manifest: dict[str, str] = {}
        self._read_at = (0, 0)
        # The hosts of an operator's map tiles, which workers load.
        self.hosts: list[str] = []

    @property
    def manifest(self) -> dict[str, str]:
        """Entry to built file; empty when nothing is built. A new build beside the running service is noticed."""
        file = self._built / "manifest.json"
        try:
            found = file.stat()
            if self._read_at != (at := (found.st_mtime_ns, found.st_ino)):
                self._manifest, self._read_at = json.loads(file.read_text(encoding="utf-8")), at
        except FileNotFoundError:
            return {}
        return self._manifest

    @cached_property
    def style(self) -> bytes:
        """The style sheet of every page: its parts in the order of their names."""
        return b"\n".join(path.read_bytes() for path in sorted((self._sources / "css").glob("*.css")))

    @property
    def style_url(self) -> str:
        """Where the style sheet is."""
        if "site.css" in self.manifest:
            return "/static/" + self.manifest["site.css"]
        return f"/static/site.{hashlib.sha256(self.style).hexdigest()[:10]}.css"

    def script(self, name: str) -> str:
        """Where a script is; empty when scripts are not built, since every page works without."""
        return "/static/" + self.manifest[name] if name in self.manifest else ""

    def document(self, name: str) -> dict[str, Any] | None:
        """A built JSON document; nothing where nothing is built."""
        if name not in self.manifest:
            return None
        found: dict[str, Any] = json.loads((self._built / self.manifest[name]).read_text(encoding="utf-8"))
        return found

    @cached_property
    def outlines(self) -> Outlines:
        """The outlines of regions for maps."""
        return Outlines.of(self.document("regions.json"))

    @property
    def script_policy(self) -> str:
        """A worker keeps to the policy of its own file rather than to that of its page."""
        return " ".join(("default-src 'none'; script-src 'self'; connect-src 'self'", *self.hosts))

    def router(self) -> APIRouter:
        """Serve them."""
        router = APIRouter()

        @router.api_route("/static/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
        def static(path: str, request: Request) -> Response:
            content = self._content(path)
            tag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
            headers = {"Cache-Control": FOREVER, "ETag": tag, "X-Content-Type-Options": "nosniff"}
            if path.endswith(".js"):
                headers["Content-Security-Policy"] = self.script_policy
            if is_fresh(request.headers.get("if-none-match"), tag):
                return Response(status_code=304, headers=headers)
            media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
            return Response(content, media_type=media_type, headers=headers)

        @router.api_route("/favicon.ico", methods=["GET", "HEAD"], include_in_schema=False)
        def icon(request: Request) -> Response:
            # Browsers ask for it wherever a document names no icon, data and errors among them.
            return static("mark.svg", request)

        return router

    def _content(self, path: str) -> bytes:
        if "/static/" + path == self.style_url and "site.css" not in self.manifest:
            return self.style
        for folder in (self._built, self._sources / "img"):
            wanted = (folder / path).resolve()
            if wanted.is_relative_to(folder.resolve()) and wanted.is_file():
                return wanted.read_bytes()
        raise Problem(404, "There is no such file.")
