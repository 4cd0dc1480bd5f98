"""The table of peers, on a few rows: every line runs, and every peer that is installed gives the right answers."""

from __future__ import annotations

import pytest
from peers import __main__ as command
from peers import measure, remote, report, table

FEW = measure.Effort(most_rows=30, rounds=1, call_seconds=0.1, line_seconds=0.1, matrix=256)
LINES = [line for line in table.lines() if FEW.allows(line)]
BESIDE = [line for line in LINES if isinstance(line, table.PeerLine)]


@pytest.fixture(scope="session")
def peers():
    found, missing = remote.start({})
    yield found, missing
    remote.stop(found)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_every_line_is_measured(peers, line):
    result = measure.measured(line, {"numpy": peers[0]["numpy"]}, FEW)
    assert not result.wrong
    assert result.ours > 0.0
    assert result.verdict in ("met", "MISSED", "open")
    assert ("numpy" in result.peers) == isinstance(line, table.PeerLine)
    assert len(report.cells(result)) == len(report.header())


@pytest.mark.parametrize("line", BESIDE, ids=lambda line: line.name)
@pytest.mark.parametrize("name", [name for name in remote.MODULES if name != "numpy"])
def test_answers_of_a_peer_are_right(peers, name, line):
    found, missing = peers
    if name in missing:
        pytest.skip(missing[name])
    result = measure.measured(line, {name: found[name]}, FEW)
    assert not result.wrong
    if name not in result.peers:
        pytest.skip(f"{name} has no such operation")


def test_a_missing_peer_is_named(tmp_path):
    found, missing = remote.start({"efax": str(tmp_path / "python")}, ["efax"])
    assert not found
    assert "No such file" in missing["efax"]
    assert report.notes([], missing) == [f"efax is left out: {missing['efax']}"]


def test_a_wrong_answer_is_not_timed(peers, monkeypatch):
    monkeypatch.setattr(measure, "RELATIVE", -1.0)  # which no answer is within
    result = measure.measured(BESIDE[0], {"numpy": peers[0]["numpy"]}, FEW)
    assert "numpy" in result.wrong
    assert not result.peers
    assert result.verdict in ("met", "open")


def test_command(tmp_path, capsys):
    page = tmp_path / "speed.md"
    assert command.main(["--quick", "--only", "float32", "--only", "gamma().entropy", "--markdown", str(page)]) == 0
    printed, written = capsys.readouterr().out, page.read_text()
    for text in ("Gamma().entropy, float32 over float64", "natgrad_native", "processor", ">= 1.6 x"):
        assert text in printed
        assert text in written
