"""The log: one line an event, as JSON for machines or as text for people, each with the identifier of its request."""

import ipaddress
import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Final, Literal

from service.operations import request_ids

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]
ROOT: Final = "strategraph"
access = logging.getLogger(f"{ROOT}.access")
events = logging.getLogger(ROOT)
# The server says so of each answer that was cut on purpose; the line about the request already tells why.
CUT_ON_PURPOSE: Final = "ASGI callable returned without completing response."
# And so of each malformed request, without saying whose; our own line does.
MALFORMED: Final = "Invalid HTTP request received."
# Enough to tell one office from another, not one person from another.
SHOWN_BITS: Final = {4: 24, 6: 48}


def configure(form: LogFormat, level: LogLevel) -> None:
    """Send everything to standard error in one form; may be called again when settings change."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    handler.addFilter(_wanted)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in (ROOT, "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(level.upper())
    # Its line has the query string in it, which our own line leaves out.
    logging.getLogger("uvicorn.access").disabled = True


def _wanted(record: logging.LogRecord) -> bool:
    return record.msg not in (CUT_ON_PURPOSE, MALFORMED)


def shown_address(host: str) -> str:
    """An address as the log shows it: its network, since the person behind it is nobody's business."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    network = ipaddress.ip_network((address, SHOWN_BITS[address.version]), strict=False)
    return str(network)


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What a line says besides its message."""
    found: dict[str, Any] = {}
    if identifier := request_ids.current():
        found["request_id"] = identifier
    return found | getattr(record, "fields", {})


def time_of(record: logging.LogRecord) -> str:
    """When, in UTC with milliseconds."""
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a line."""
        line = {
            "time": time_of(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **fields_of(record),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """Time, level, message, then `name=value`."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a line; only a traceback takes more than one."""
        fields = [f"{name}={_plain(value)}" for name, value in fields_of(record).items()]
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        line = " ".join([time_of(record), record.levelname.lower(), message, *fields])
        if record.exc_info and record.exc_info[0] is not None:
            line += "\n" + "".join(traceback.format_exception(*record.exc_info)).rstrip()
        return line


def _plain(value: object) -> str:
    """A value without quotes where it needs none; what could pass for another field or line is quoted."""
    text = str(value)
    plain = text.isprintable() and not any(c in text for c in ' "=') and text
    return text if plain else json.dumps(text, ensure_ascii=not text.isprintable())
