"""Commands that belong to a Saleor shop refuse everywhere else, in one sentence."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from tests.tooling.facts import ROOT

COMMANDS = ("bespoke_setup", "bespoke_check", "bespoke_remove")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_embedded_shop_needs_no_set_up(command: str) -> None:
    """No database is asked: this test may not use one."""
    with pytest.raises(CommandError) as refused:
        call_command(command)
    assert str(refused.value) == (
        f"{command} belongs to a Saleor shop; the embedded shop is complete without it."
    )


def test_the_shell_sees_the_sentence_and_a_failure() -> None:
    done = subprocess.run(
        [sys.executable, "tools/manage.py", "bespoke_check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "CommandError: bespoke_check belongs to a Saleor shop; "
        "the embedded shop is complete without it."
    ]
