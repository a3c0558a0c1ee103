"""A mistake of our own: told in a line, with the traceback only for who asks."""

from __future__ import annotations

import pytest

from dovetail import cli


def fall(_tokens: object) -> int:
    raise ZeroDivisionError("by zero")


def test_a_mistake_of_our_own_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "execute", fall)
    monkeypatch.delenv("DOVETAIL_DEBUG", raising=False)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "a mistake in Dovetail itself: ZeroDivisionError: by zero" in told
    assert "Traceback" not in told


def test_who_asks_sees_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "execute", fall)
    monkeypatch.setenv("DOVETAIL_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main()
