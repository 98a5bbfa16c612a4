"""The whole journey is played, once, by `demo --once` against the shop that it starts."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from saleor_bespoke.plugins.embedded import seed
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from tests.journey.starting import REPOSITORY, Ended, free_ports, run
from tests.journey.world import ACCOUNTS


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """The demo's only run in the tests: it takes about a minute."""
    data_dir = tmp_path_factory.mktemp("demo")
    return run("demo", "--once", f"--port={free_ports()}", f"--data-dir={data_dir}")


def test_the_journey_is_played_to_its_end(played: Ended) -> None:
    assert played.code == 0, played.err
    summary = json.loads(played.out.splitlines()[-1])

    assert set(summary) == {"project", "stage", "charged", "events", "steps"}
    assert summary["project"].startswith("B-")
    assert summary["stage"] == "CLOSED"
    # The ring delivered for 25.00, its change order, a resize and an appraisal.
    assert summary["charged"] == {"amount": 7805.0, "currency": "USD"}
    assert summary["events"] > 150
    assert len(summary["steps"]) > 70
    assert {step["result"] for step in summary["steps"]} == {"ok"}
    names = [step["name"] for step in summary["steps"]]
    assert len(names) == len(set(names))


def test_standard_out_is_one_line_of_json(played: Ended) -> None:
    assert len(played.out.splitlines()) == 1


def test_a_person_reads_sentences_and_no_noise(played: Ended) -> None:
    assert "Traceback" not in played.err
    assert "WARNING" not in played.err
    assert "✓ Ada sends the form of her ring" in played.err
    assert played.err.count("✓") == len(json.loads(played.out)["steps"])


def test_the_journey_logs_in_as_those_whom_the_shop_is_seeded_with() -> None:
    accounts = json.loads(ACCOUNTS.read_text())
    seeded = {email: password for email, password, *_ in seed.PEOPLE}

    for part in ("shopper", "stranger", "staff", "clerk"):
        assert seeded[accounts[part]["email"]] == accounts[part]["password"]
    assert accounts["app"]["app_token"] == seed.APP_TOKEN


def play(url: str) -> subprocess.CompletedProcess[str]:
    """The script alone, against whatever answers there."""
    command = [sys.executable, "-m", "tests.journey.play", "--json", "--url", url]
    return subprocess.run(
        [*command, "--stripe", url], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "reason", ["No answer from http://127.0.0.1:9/", "Unexpected", "another shape"]
)
def test_a_journey_that_cannot_go_on_says_why_in_a_sentence(reason: str) -> None:
    stranger = FakeStripe.start(port=0)
    try:
        places = {"Unexpected": f"{stranger.url}/authorize/x", "another shape": stranger.url}
        ended = play(places.get(reason, "http://127.0.0.1:9/"))
    finally:
        stranger.stop()

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "Traceback" not in ended.stderr
    stopped = [line for line in ended.stderr.splitlines() if "The journey stopped:" in line]
    assert len(stopped) == 1
    assert ("without JSON" if reason == "Unexpected" else reason) in stopped[0]
