"""All settings of the service in one table, so that the environment, the command line and the manual agree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from service import settings_parsers as parse
from service.operations.logs import LogFormat, LogLevel
from service.operations.proxy import Network
from service.store.remote.address import Auth, EngineName, Union

PREFIX = "STRATEGRAPH_"
SECRETS = {"write_token", "remote_password", "remote_token"}
DefaultGraphMode = Literal["union", "strict"]
ValidationMode = Literal["enforce", "report", "off"]


class SettingsError(ValueError):
    """A variable that cannot be used: one line with its name and what it accepts."""


@dataclass(frozen=True)
class Setting:
    """One setting: the variable is its name in capitals with the prefix."""

    name: str
    default: Any
    parse: Callable[[str], Any]
    accepts: str
    help: str

    @property
    def variable(self) -> str:
        """The name of the environment variable."""
        return PREFIX + self.name.upper()


@dataclass(frozen=True)
class Settings:
    """The values in force; the table `SETTINGS` tells what each one means."""

    store: str = "store"
    base_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    reserved_workers: int = 2
    write_token: str | None = None
    default_graph: DefaultGraphMode = "union"
    validation: ValidationMode = "enforce"
    query_timeout: float = 30.0
    query_memory: int = 1024
    query_rows: int = 1_000_000
    query_queue: int = 64
    update_timeout: float = 30.0
    update_memory: int = 1024
    update_rows: int = 1_000_000
    update_length: int = 8192
    token_query_timeout: float = 300.0
    token_query_memory: int = 4096
    token_query_rows: int = 10_000_000
    rate_address: int = 6_000
    rate_token: int = 60_000
    max_body: int = 64
    max_query: int = 1024
    keep_generations: int = 20
    read_only: bool = False
    trusted_proxies: tuple[Network, ...] = ()
    shutdown_timeout: float = 30.0
    shutdown_delay: float = 0.0
    settings_file: str | None = None
    log_format: LogFormat = "text"
    log_level: LogLevel = "info"
    slow_query: float = 5.0
    otlp_endpoint: str | None = None
    allow_hosts: tuple[str, ...] = ()
    remote_update: str | None = None
    remote_graphs: str | None = None
    remote_user: str | None = None
    remote_password: str | None = field(default=None, repr=False)
    remote_token: str | None = field(default=None, repr=False)
    remote_auth: Auth = "basic"
    remote_engine: EngineName | None = None
    remote_union: Union | None = None
    remote_atomic: bool | None = None
    remote_refresh: float = 60.0
    remote_folder: str = "strategraph-remote"
    map_tiles: tuple[str, ...] = ()
    map_attribution: str = ""
    publisher: str = "Strategraph"
    contact: str | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the variables that are set and not empty."""
        return cls(**{s.name: _read(s, environ[s.variable]) for s in SETTINGS if environ.get(s.variable)})


def _read(setting: Setting, text: str) -> Any:
    try:
        return setting.parse(text.strip())
    except ValueError:
        shown = "" if setting.name in SECRETS else f" is {text!r}, but"
        raise SettingsError(f"{setting.variable}{shown} must be {setting.accepts}") from None


_SECONDS = "seconds, more than 0 and at most 86400"
_POSITIVE = "a whole number from 1"
_ADDRESS = "an http or https address"

SETTINGS = (
    Setting(
        "store", "store", str, "a path, or an http(s) address", "Folder of the store, or a remote engine's queries."
    ),
    Setting(
        "base_url",
        None,
        parse.base_url,
        "an http or https address without query, such as https://data.example.org",
        "Public address of this instance, where a proxy stands in front; otherwise the address of each request.",
    ),
    Setting("host", "127.0.0.1", str, "an address or a host name", "Address to listen on."),
    Setting(
        "port", 8000, parse.integer(0, 65_535), "a number from 0 to 65535", "Port to listen on; 0 for any free one."
    ),
    Setting(
        "workers", 2, parse.integer(1, 256), f"{_POSITIVE} to 256", "Reader processes: queries that run at a time."
    ),
    Setting(
        "reserved_workers",
        2,
        parse.integer(0, 256),
        "a whole number from 0 to 256",
        "Further reader processes, kept for pages and look-ups of things: these never wait for strangers' queries.",
    ),
    Setting(
        "write_token",
        None,
        parse.token,
        "printable ASCII characters without spaces",
        "The secret that writes must carry (`Authorization: Bearer ...`); without it nobody can write over HTTP.",
    ),
    Setting(
        "default_graph",
        "union",
        parse.one_of("union", "strict"),
        "union or strict",
        "Whether a query's default graph is the union of all named graphs, or a graph of its own.",
    ),
    Setting(
        "validation",
        "enforce",
        parse.one_of("enforce", "report", "off"),
        "enforce, report or off",
        "What happens to a write that breaks the shapes: refused, written with a report, or not looked at.",
    ),
    Setting("query_timeout", 30.0, parse.seconds, _SECONDS, "Longest run of a query, in s."),
    Setting("query_memory", 1024, parse.integer(16, 1 << 22), "a whole number from 16", "Memory of one query, in MiB."),
    Setting("query_rows", 1_000_000, parse.integer(1, 1 << 40), _POSITIVE, "Most rows (or triples) of one result."),
    Setting(
        "query_queue", 64, parse.integer(0, 100_000), "a whole number from 0", "Queries that may wait for a reader."
    ),
    Setting(
        "update_timeout",
        30.0,
        parse.seconds,
        "seconds, more than 0 and at most 86400",
        "Longest run of an update until its change is known, in s.",
    ),
    Setting(
        "update_memory",
        1024,
        parse.integer(16, 1 << 22),
        "a whole number from 16",
        "Memory of the WHERE of an update, in MiB.",
    ),
    Setting(
        "update_rows",
        1_000_000,
        parse.integer(1, 1 << 40),
        _POSITIVE,
        "Most solutions of a WHERE, and most statements that an update changes.",
    ),
    Setting(
        "update_length", 8192, parse.integer(1, 1 << 20), _POSITIVE, "Longest update, in KiB; PUT a graph for more."
    ),
    Setting(
        "token_query_timeout",
        300.0,
        parse.seconds,
        _SECONDS,
        "What `timeout=` can ask for with a token, in s.",
    ),
    Setting(
        "token_query_memory",
        4096,
        parse.integer(16, 1 << 22),
        "a whole number from 16",
        "What `memory=` can ask for with a token, in MiB.",
    ),
    Setting(
        "token_query_rows", 10_000_000, parse.integer(1, 1 << 40), _POSITIVE, "What `rows=` can ask for with a token."
    ),
    Setting(
        "rate_address",
        6_000,
        parse.integer(0, 1 << 30),
        "a whole number from 0",
        "Requests per minute from one address (IPv6: one /64 network); 0 for no limit.",
    ),
    Setting(
        "rate_token",
        60_000,
        parse.integer(0, 1 << 30),
        "a whole number from 0",
        "Requests per minute with one token; 0 for no limit.",
    ),
    Setting("max_body", 64, parse.integer(1, 1 << 20), _POSITIVE, "Largest request body, in MiB."),
    Setting("max_query", 1024, parse.integer(1, 1 << 20), _POSITIVE, "Longest query, in KiB."),
    Setting("keep_generations", 20, parse.integer(1, 1 << 20), _POSITIVE, "Published generations that are kept."),
    Setting("read_only", False, parse.boolean, "true or false", "Refuse every write."),
    Setting(
        "trusted_proxies",
        (),
        parse.networks,
        "addresses or networks separated by commas, such as 127.0.0.1, 10.0.0.0/8",
        "Proxies whose `Forwarded` and `X-Forwarded-*` headers are believed; of nobody else.",
    ),
    Setting(
        "shutdown_timeout",
        30.0,
        parse.seconds,
        _SECONDS,
        "How long requests may take to end when the service is told to stop, in s.",
    ),
    Setting(
        "shutdown_delay",
        0.0,
        parse.seconds_or_none,
        "seconds, from 0 to 86400",
        "How long `/health/ready` says 503 before the service accepts no more connections, for load balancers, in s.",
    ),
    Setting(
        "settings_file",
        None,
        str,
        "a path",
        "File of lines `STRATEGRAPH_NAME=value` that win over the environment; read again on SIGHUP.",
    ),
    Setting("log_format", "text", parse.one_of("text", "json"), "text or json", "Form of the log's lines."),
    Setting(
        "log_level",
        "info",
        parse.one_of("debug", "info", "warning", "error"),
        "debug, info, warning or error",
        "Least important lines of the log; requests are info, those for health and metrics debug.",
    ),
    Setting(
        "slow_query",
        5.0,
        parse.seconds_or_none,
        "seconds, from 0 to 86400",
        "Queries that run longer are logged by their shape, without what they ask about; 0 for none; in s.",
    ),
    Setting(
        "otlp_endpoint",
        None,
        parse.base_url,
        _ADDRESS,
        "Where OpenTelemetry traces are sent (OTLP over HTTP), such as http://127.0.0.1:4318; needs the extra `otel`.",
    ),
    Setting(
        "allow_hosts",
        (),
        parse.hosts,
        "host names separated by commas",
        "Hosts from which `LOAD` and classification may fetch; "
        "loaders on the command line may fetch from the open-data portals besides.",
    ),
    Setting(
        "remote_update", None, parse.base_url, _ADDRESS, "Where a remote engine takes updates; without it it is read."
    ),
    Setting("remote_graphs", None, parse.base_url, _ADDRESS, "Its graph store, from which whole graphs are fetched."),
    Setting("remote_user", None, str, "a name", "Who signs in at the engine."),
    Setting("remote_password", None, str, "a password", "With what."),
    Setting("remote_token", None, parse.token, "printable ASCII characters without spaces", "A bearer token instead."),
    Setting(
        "remote_auth", "basic", parse.one_of("basic", "digest"), "basic or digest", "How user and password are sent."
    ),
    Setting(
        "remote_engine",
        None,
        parse.one_of("oxigraph", "virtuoso", "other"),
        "oxigraph, virtuoso or other",
        "Which program the engine is; by itself it is recognised by what it calls itself.",
    ),
    Setting(
        "remote_union",
        None,
        parse.one_of("kept", "engine"),
        "kept or engine",
        "Who keeps the union of the named graphs: our writes, in the engine's default graph, or the engine.",
    ),
    Setting(
        "remote_atomic",
        None,
        parse.boolean,
        "true or false",
        "Whether one update request is one transaction; known of Oxigraph, else false.",
    ),
    Setting(
        "remote_refresh",
        60.0,
        parse.seconds,
        "seconds, more than 0 and at most 86400",
        "After how long pages look for writes of others.",
    ),
    Setting("remote_folder", "strategraph-remote", str, "a path", "Where tokens and audit log of a remote store lie."),
    Setting(
        "map_tiles",
        (),
        parse.tiles,
        "http or https addresses separated by spaces",
        "What lies under the maps instead of the built-in outlines: a MapLibre style (`.json`) or raster tiles "
        "(`.../{z}/{x}/{y}.png`), then any other addresses that the style loads from.",
    ),
    Setting("map_attribution", "", str, "a text", "Whom the maps thank for those tiles."),
    Setting(
        "publisher",
        "Strategraph",
        str,
        "a name",
        "Who publishes this instance, for the catalogue that data portals harvest.",
    ),
    Setting(
        "contact",
        None,
        parse.contact,
        "a mail address, or an http or https address",
        "Where harvesters and readers of the catalogue may turn; without it the page about the portal.",
    ),
)
