"""Settings that are read again: taken as a whole or not at all, and never written into the log."""

import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
from live import TOKEN, running

from service.app import create_app
from service.instance import Instance
from service.operations.reload import FIXED, reload_settings
from service.operations.settings_file import read_settings
from service.settings import SETTINGS, Settings, SettingsError
from service.store.generations import GenerationStore


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    store = GenerationStore.open(tmp_path / "store", create=True)
    made: Instance = create_app(Settings(store=str(tmp_path / "store")), store).state.instance
    return made


def file_of(folder: Path, text: str) -> dict[str, str]:
    (folder / "settings").write_text(text, encoding="utf-8")
    return {"STRATEGRAPH_SETTINGS_FILE": str(folder / "settings"), "STRATEGRAPH_PORT": "81", "STRATEGRAPH_WORKERS": "3"}


def test_the_file_wins_over_the_environment(tmp_path: Path) -> None:
    environ = file_of(tmp_path, "# ours\n\nSTRATEGRAPH_PORT=82\n STRATEGRAPH_ALLOW_HOSTS = 'a.org, b.org'\n; end\n")
    found = read_settings(environ)
    assert (found.port, found.workers, found.allow_hosts) == (82, 3, ("a.org", "b.org"))


def test_commands_read_the_file_too(tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    GenerationStore.open(tmp_path / "ours", create=True, default_graph="strict")
    for name, value in file_of(tmp_path, f"STRATEGRAPH_STORE={tmp_path / 'ours'}\n").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("STRATEGRAPH_STORE", str(tmp_path / "none"))
    assert run("history").status == 0
    file_of(tmp_path, f"STRATEGRAPH_STORE={tmp_path / 'ours'}\nSTRATEGRAPH_DEFAULT_GRAPH=union\n")
    assert "strict" in run("history").err
    file_of(tmp_path, "nonsense\n")
    assert "line 1: 'nonsense' is no setting" in run("history").err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("STRATEGRAPH_PORT", "line 1: 'STRATEGRAPH_PORT' is no setting"),
        ("\nSTRATEGRAPH_PROT=80", "line 2: 'STRATEGRAPH_PROT' is no setting"),
        ("PATH=/bin", "'PATH' is no setting"),
        ("STRATEGRAPH_SETTINGS_FILE=x", "is no setting"),
        ("STRATEGRAPH_QUERY_ROWS=many", "STRATEGRAPH_QUERY_ROWS is 'many', but must be"),
    ],
)
def test_a_wrong_file_is_told_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(file_of(tmp_path, text))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_settings({"STRATEGRAPH_SETTINGS_FILE": str(tmp_path / "none")})


def test_new_settings_are_in_force_and_their_names_are_logged(
    instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    new = Settings(store="elsewhere", query_rows=5, write_token="secret-token", port=99)
    with caplog.at_level(logging.INFO, "strategraph"):
        assert reload_settings(instance, lambda: new)
    assert (instance.settings.query_rows, instance.settings.write_token) == (5, "secret-token")
    assert (instance.settings.port, instance.limits().rows) == (8000, 5)
    (line,) = caplog.records
    assert line.fields == {  # type: ignore[attr-defined]
        "changed": "STRATEGRAPH_WRITE_TOKEN, STRATEGRAPH_QUERY_ROWS",
        "after_restart": "STRATEGRAPH_STORE, STRATEGRAPH_PORT",
    }


def test_wrong_settings_change_nothing(instance: Instance, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    environ = file_of(tmp_path, "STRATEGRAPH_QUERY_ROWS=5\nSTRATEGRAPH_MAX_BODY=none\n")
    before = instance.settings
    assert not reload_settings(instance, lambda: read_settings(environ))
    assert instance.settings is before
    (line,) = caplog.records
    assert "STRATEGRAPH_MAX_BODY is 'none', but must be" in line.getMessage()


TAKEN = {
    "write_token",
    "validation",
    "read_only",
    "max_body",
    "max_query",
    "allow_hosts",
    "publisher",
    "contact",
    "log_format",
    "log_level",
    "slow_query",
}


def test_a_new_setting_is_either_taken_while_serving_or_needs_a_restart() -> None:
    limits = ("query_", "update_", "token_", "rate_")
    taken = TAKEN | {s.name for s in SETTINGS if s.name.startswith(limits)} - {"query_queue"}
    assert set(FIXED) | taken == {setting.name for setting in SETTINGS}
    assert not set(FIXED) & taken


def test_a_running_service_takes_them(tmp_path: Path) -> None:
    built: list[Instance] = []

    def keep(instance: Instance) -> httpx.URL:
        built.append(instance)
        from fastapi import APIRouter

        return APIRouter()  # type: ignore[return-value]

    with running(tmp_path / "store", extra_routers=[keep]) as client:
        for number in range(3):
            assert client.get("/sparql", params={"query": f"SELECT ({number} AS ?x) {{}}"}).status_code == 200
        (instance,) = built
        assert reload_settings(instance, lambda: Settings(rate_address=3, read_only=True, write_token=TOKEN))
        statuses = [client.get("/sparql", params={"query": "ASK {}"}).status_code for _ in range(5)]
        assert statuses.count(429) >= 2
        assert reload_settings(instance, lambda: Settings(rate_address=0, read_only=True, write_token=TOKEN))
        write = client.delete("/graphs?default", headers={"Authorization": f"Bearer {TOKEN}"})
        assert (write.status_code, "read-only" in write.json()["detail"]) == (403, True)
