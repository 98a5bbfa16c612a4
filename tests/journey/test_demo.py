"""What the demo says to a person whose machine is not as it hopes, and that it keeps its data."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.journey.client import Api
from tests.journey.starting import Ended, free_ports, run, running
from tests.journey.world import ACCOUNTS, people

CLOSED_PORT = "postgres://nobody@127.0.0.1:9/nothing"


def refusal(ended: Ended) -> str:
    """The one sentence on standard error of a demo that refused to start."""
    assert ended.code == 1
    assert "Traceback" not in ended.err
    sentences = [line for line in ended.err.splitlines() if line.endswith(".")]
    assert len(sentences) == 1, ended.err
    return sentences[0]


@pytest.mark.parametrize("offset", [0, 1], ids=["the shop's", "the provider's"])
def test_a_busy_port_is_one_sentence(tmp_path: Path, offset: int) -> None:
    port = free_ports()
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", port + offset))
        occupant.listen()

        ended = run("demo", "--once", f"--port={port}", f"--data-dir={tmp_path}")

    assert refusal(ended) == (
        f"Port {port + offset} is not free: stop what uses it or choose another with --port."
    )
    assert ended.out == ""


@pytest.mark.parametrize("port", ["0", "65535", "70000", "eighty"])
def test_an_impossible_port_is_one_sentence(port: str) -> None:
    ended = run("demo", f"--port={port}")

    assert ended.code == 2
    assert "a port is a number from 1 to 65534" in ended.err


def test_a_dead_database_is_one_sentence(tmp_path: Path) -> None:
    port = free_ports()

    ended = run("demo", "--once", f"--port={port}", f"--data-dir={tmp_path}", database=CLOSED_PORT)

    assert "127.0.0.1:9" in refusal(ended) or "DATABASE_URL" in refusal(ended)


def test_a_data_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("I am no folder.")

    ended = run("demo", "--once", f"--port={free_ports()}", f"--data-dir={file}")

    assert refusal(ended) == f"The data folder {file} cannot be used: File exists."


def test_a_damaged_provider_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "stripe.json").write_text("{")

    ended = run("serve", f"--port={free_ports()}", f"--data-dir={tmp_path}")

    assert refusal(ended).endswith("is damaged: remove it or choose another folder.")


def test_ctrl_c_ends_the_journey_and_the_next_start_has_its_data(tmp_path: Path) -> None:
    port = free_ports()
    here = (f"--port={port}", f"--data-dir={tmp_path / 'data'}")
    api = Api(f"http://127.0.0.1:{port}/graphql/")
    staff = people(ACCOUNTS)["staff"]
    with running("demo", *here) as demo:
        demo.until("Ada sends the form of her ring")
        ended = demo.interrupt()

    assert ended.code == 0
    assert "The journey was interrupted." in ended.out
    assert ended.out.rstrip().endswith("Stopped. The data stay for the next time.")
    assert "Traceback" not in ended.out + ended.err

    with running("serve", *here) as demo:
        demo.until("The shop keeps running")
        found = api.run("bespokeProjects", staff, first=5)
        ended = demo.interrupt()

    assert [edge["node"]["title"] for edge in found["edges"]] == ["Solitaire with a secret"]
    assert (ended.code, "Traceback" in ended.err) == (0, False)
