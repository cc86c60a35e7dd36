"""Reads the settings again while the service runs: all of them are taken, or none."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from service.instance import Instance
from service.operations.logs import events
from service.settings import SETTINGS, Settings, SettingsError

# What the service is built on; a change of these needs a restart.
FIXED: Final = (
    "store",
    "base_url",
    "host",
    "port",
    "workers",
    "reserved_workers",
    "default_graph",
    "query_queue",
    "keep_generations",
    "trusted_proxies",
    "shutdown_delay",
    "shutdown_timeout",
    "settings_file",
    "otlp_endpoint",
    *(setting.name for setting in SETTINGS if setting.name.startswith(("remote_", "map_"))),
)


def reload_settings(instance: Instance, read: Callable[[], Settings]) -> bool:
    """Put new settings into force; wrong ones are told in one line, and the old ones stay."""
    old = instance.settings
    try:
        new = read()
    except SettingsError as error:
        events.error("settings not reloaded, the old ones stay: %s", error)
        return False
    kept = replace(new, **{name: getattr(old, name) for name in FIXED})
    fields = {"changed": changed(old, kept)}
    if later := changed(kept, new):
        fields["after_restart"] = later
    instance.settings = kept
    for take in instance.reloaders:
        take(kept)
    events.info("settings reloaded", extra={"fields": fields})
    return True


def changed(old: Settings, new: Settings) -> str:
    """The names of the variables that differ; never their values, since some are secret."""
    return ", ".join(s.variable for s in SETTINGS if getattr(old, s.name) != getattr(new, s.name))
