"""Reads the texts of settings; each parser raises ValueError, and the table says what it accepts."""

import re
from collections.abc import Callable
from ipaddress import ip_network
from urllib.parse import urlsplit

from service.operations.proxy import PREFIX as BASE_PATH
from service.operations.proxy import Network


def integer(minimum: int, maximum: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def parse(text: str) -> int:
        number = int(text)
        if not minimum <= number <= maximum:
            raise ValueError
        return number

    return parse


def seconds(text: str) -> float:
    """A number of seconds above 0, up to a day."""
    number = float(text)
    if not 0 < number <= 86_400:
        raise ValueError
    return number


def seconds_or_none(text: str) -> float:
    """The same, or 0."""
    return 0.0 if float(text) == 0 else seconds(text)


def one_of(*values: str) -> Callable[[str], str]:
    """One of some words, in any case."""

    def parse(text: str) -> str:
        if text.lower() not in values:
            raise ValueError
        return text.lower()

    return parse


def boolean(text: str) -> bool:
    """Yes or no."""
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    try:
        return words[text.lower()]
    except KeyError:
        raise ValueError from None


def contact(text: str) -> str:
    """A mail address as an IRI, or the address of a page."""
    if re.fullmatch(r"[^\s@:/<>\"]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", text):
        return f"mailto:{text}"
    if not re.fullmatch(r"https?://[^\s<>\"]+", text):
        raise ValueError
    return text


def base_url(text: str) -> str:
    """A public address; its path may become part of links, so it is plain."""
    parts = urlsplit(text)
    if (
        parts.scheme not in ("http", "https")
        or not parts.netloc
        or parts.query
        or parts.fragment
        or not BASE_PATH.fullmatch(parts.path)
    ):
        raise ValueError
    return text.rstrip("/")


def token(text: str) -> str:
    """A secret that fits into a header."""
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError
    return text


def hosts(text: str) -> tuple[str, ...]:
    """Host names separated by commas."""
    return tuple(host.strip().lower() for host in text.split(",") if host.strip())


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks separated by commas."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def tiles(text: str) -> tuple[str, ...]:
    """Addresses of map tiles separated by spaces."""
    addresses = tuple(text.split())
    for address in addresses:
        parts = urlsplit(address)
        # They become part of a header, where these characters have a meaning.
        if parts.scheme not in ("http", "https") or not parts.netloc or set(parts.netloc) & set(";,'\"{}"):
            raise ValueError
    return addresses
