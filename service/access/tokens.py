"""Tokens: made and taken back from the command line, kept as hashes beside the generations."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from service.access.principals import Principal, Role
from service.store.errors import StoreDamaged, StoreError, disk_errors
from service.store.files import WriterLock, now, write_atomically

FILE = "tokens.json"
LOCK = "tokens.lock"
PATTERN = re.compile(r"sgt_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")
# What an unknown identifier is compared with, so that the time of the answer does not tell that it is unknown.
NOBODY = "0" * 64


class UnknownToken(StoreError):
    """There is no token of this identifier."""


@dataclass(frozen=True)
class Token:
    """A token without its secret."""

    id: str
    name: str
    role: str
    hash: str
    created: str
    graphs: Sequence[str] | None = None
    expires: str | None = None
    revoked: str | None = None

    @property
    def valid(self) -> bool:
        """Whether it still works."""
        return self.revoked is None and (
            self.expires is None or datetime.fromisoformat(self.expires) > datetime.now(UTC)
        )

    @property
    def principal(self) -> Principal:
        """Whom it stands for."""
        graphs = None if self.graphs is None else frozenset(self.graphs)
        return Principal(self.name, Role[self.role], graphs, self.id)

    def as_json(self) -> dict[str, Any]:
        """Everything but the hash."""
        return {name: value for name, value in asdict(self).items() if name != "hash"} | {"valid": self.valid}


class Tokens:
    """The tokens of a store; a change made by another process counts from the next request on."""

    def __init__(self, folder: Path) -> None:
        """Read nothing yet."""
        self._folder = folder
        self._path = folder / FILE
        self._guard = Lock()
        self._seen: tuple[int, int, int] | None = None
        self._known: dict[str, Token] = {}

    def all(self) -> list[Token]:
        """Every token, the oldest first."""
        return list(self._current().values())

    def find(self, text: str) -> Principal | None:
        """Whom a token stands for; None if it is not known, has expired or was revoked."""
        match = PATTERN.fullmatch(text)
        identifier, secret = match.groups() if match else ("", "")
        token = self._current().get(identifier)
        same = hmac.compare_digest(hashed(secret), token.hash if token else NOBODY)
        return token.principal if token and same and token.valid else None

    def create(
        self, name: str, role: Role, graphs: Iterable[str] | None = None, expires: datetime | None = None
    ) -> tuple[Token, str]:
        """Make a token; the second value is its text, which cannot be had again."""
        identifier, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        until = None if expires is None else expires.astimezone(UTC).isoformat()
        chosen = None if graphs is None else tuple(graphs)
        token = Token(identifier, name, role.name, hashed(secret), now(), chosen, until)
        self._change(token)
        return token, f"sgt_{identifier}_{secret}"

    def revoke(self, identifier: str) -> Token:
        """Take a token back. Raises UnknownToken."""
        token = self._current().get(identifier)
        if token is None:
            raise UnknownToken(f"There is no token {identifier!r}: see `strategraph token list`.")
        gone = token if token.revoked else replace(token, revoked=now())
        self._change(gone)
        return gone

    def _change(self, token: Token) -> None:
        lock = WriterLock(self._folder / LOCK)
        lock.acquire(10.0, "tokens")
        try:
            known = {**self._current(), token.id: token}
            text = json.dumps([asdict(one) for one in known.values()], ensure_ascii=False, indent=1)
            with disk_errors(self._folder):
                write_atomically(self._path, text + "\n", mode=0o600)
        finally:
            lock.release()

    def _current(self) -> dict[str, Token]:
        with self._guard:
            try:
                stat = self._path.stat()
            except FileNotFoundError:
                self._seen, self._known = None, {}
                return self._known
            seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if seen != self._seen:
                self._known, self._seen = self._read(), seen
            return self._known

    def _read(self) -> dict[str, Token]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            tokens = [
                Token(**one | {"graphs": None if one["graphs"] is None else tuple(one["graphs"])}) for one in found
            ]
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StoreDamaged(
                f"{self._path} is unreadable ({error}): restore it, or remove it and make new tokens."
            ) from error
        return {token.id: token for token in tokens}


def hashed(secret: str) -> str:
    """SHA-256 is enough here: nobody guesses 256 random bits, so there is no guessing that a slow hash would slow."""
    return hashlib.sha256(secret.encode()).hexdigest()
