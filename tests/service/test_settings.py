"""Settings come from one table, and a wrong one is told in one line."""

from dataclasses import fields

import pytest

from service.settings import SETTINGS, Settings, SettingsError


def test_the_table_and_the_values_agree() -> None:
    assert [(s.name, s.default) for s in SETTINGS] == [(f.name, f.default) for f in fields(Settings)]
    assert all(s.help.endswith(".") for s in SETTINGS)


def test_reading() -> None:
    environ = {
        "STRATEGRAPH_PORT": "80",
        "STRATEGRAPH_READ_ONLY": "yes",
        "STRATEGRAPH_BASE_URL": "https://e.org/x/",
        "STRATEGRAPH_ALLOW_HOSTS": "a.org, B.org",
        "STRATEGRAPH_STORE": "",
    }
    read = Settings.from_environ(environ)
    assert (read.port, read.read_only, read.base_url, read.store) == (80, True, "https://e.org/x", "store")
    assert read.allow_hosts == ("a.org", "b.org")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "99999"),
        ("PORT", "x"),
        ("WORKERS", "0"),
        ("DEFAULT_GRAPH", "both"),
        ("VALIDATION", "maybe"),
        ("QUERY_TIMEOUT", "0"),
        ("QUERY_TIMEOUT", "nan"),
        ("READ_ONLY", "perhaps"),
        ("BASE_URL", "ftp://x"),
        ("WRITE_TOKEN", "two words"),
    ],
)
def test_wrong_values(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({f"STRATEGRAPH_{name}": value})
    message = str(caught.value)
    assert f"STRATEGRAPH_{name}" in message
    assert "must be" in message
    assert "\n" not in message
    assert name != "WRITE_TOKEN" or value not in message
