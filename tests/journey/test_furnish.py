"""What the furnisher of an empty Saleor says where it cannot work; its work is played by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.journey import furnish
from tests.journey.world import ACCOUNTS

NOBODY = ("--url=http://127.0.0.1:9/graphql/", "--superuser=a@example.com", "--password=none")


def test_the_log_ins_of_the_embedded_shop_are_not_overwritten(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = ACCOUNTS.read_text()

    with pytest.raises(SystemExit) as ended:
        furnish.main([*NOBODY, f"--accounts={ACCOUNTS}"])

    assert ended.value.code == 2
    assert "name another file" in capsys.readouterr().err
    assert ACCOUNTS.read_text() == before


def test_a_shop_that_does_not_answer_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = furnish.main([*NOBODY, f"--accounts={tmp_path / 'accounts.json'}"])

    said = capsys.readouterr()
    assert (code, said.out) == (1, "")
    assert said.err.startswith("The shop could not be furnished: ")
    assert len(said.err.splitlines()) == 1
    assert not (tmp_path / "accounts.json").exists()


def test_all_people_of_the_play_are_made() -> None:
    parts = set(json.loads(ACCOUNTS.read_text()))

    assert parts == {*furnish.NAMES, "app", "provider"}
