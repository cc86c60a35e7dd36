"""A file of settings beside the environment: an environment cannot change while a process runs, a file can."""

import os
from collections.abc import Mapping
from pathlib import Path

from service.settings import SETTINGS, Settings, SettingsError

VARIABLE = "STRATEGRAPH_SETTINGS_FILE"
KNOWN = {setting.variable for setting in SETTINGS} - {VARIABLE}


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force."""
    return Settings.from_environ(variables(environ))


def variables(environ: Mapping[str, str] = os.environ) -> Mapping[str, str]:
    """What is set: the file that the environment names wins over the environment."""
    path = environ.get(VARIABLE)
    return {**environ, **(read_file(Path(path)) if path else {})}


def read_file(path: Path) -> dict[str, str]:
    """Read lines of NAME=value, as systemd reads its environment files; raises SettingsError with the line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{VARIABLE}: {path} cannot be read: {error}") from error
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, separator, value = (part.strip() for part in line.partition("="))
        if not name or name.startswith(("#", ";")):
            continue
        if not separator or name not in KNOWN:
            raise SettingsError(f"{path}, line {number}: {name!r} is no setting (NAME=value, see docs/operations.md)")
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        found[name] = value[1:-1] if quoted else value
    return found
