"""The bench itself: databases, processes that are killed, and a table that tells failures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import requests

from tests.torture import table
from tests.torture.bench import Bench
from tests.torture.processes import Failed
from tests.torture.table import Row


def _channels() -> list[str]:
    from saleor_bespoke.shop.embedded.models import Channel

    return sorted(Channel.objects.values_list("slug", flat=True))


def _fail() -> None:
    raise LookupError("as was asked")


def test_a_copy_of_the_migrated_database_serves_two_web_processes(bench: Bench) -> None:
    database = bench.database()
    provider = bench.provider()
    with bench.running(bench.place(database, provider=provider.url), provider=provider) as webs:
        answers = [
            requests.post(web.graphql, json={"query": "{__typename}"}, timeout=30) for web in webs
        ]
        assert [answer.json()["data"] for answer in answers] == [{"__typename": "Query"}] * 2
        assert len({web.child.pid for web in webs} | {os.getpid()}) == 3

        webs[1].child.kill()

        assert not webs[1].child.alive
        assert requests.get(f"{webs[0].url}/health/", timeout=30).text == "ok"
        again = bench.web(bench.place(database), port=int(webs[1].url.rsplit(":", 1)[1]))
        assert again.url == webs[1].url
        again.child.kill()
    provider.stop()
    bench.drop(database)


def test_a_function_runs_in_a_process_with_a_database_of_its_choice(bench: Bench) -> None:
    database = bench.database()
    copy = bench.database(database)
    bench.execute(copy, "UPDATE bespoke_embedded_channel SET slug = 'ca' WHERE slug = 'us'")

    assert bench.call(database, _channels) == ["eu", "us"]
    assert bench.call(copy, _channels) == ["ca", "eu"]
    with pytest.raises(Failed, match="as was asked"):
        bench.call(copy, _fail)
    assert bench.deadlocks(copy) == 0
    for url in (database, copy):
        bench.drop(url)


def test_a_row_is_ok_only_if_the_figure_was_reached(bench: Bench, tmp_path: Path) -> None:
    rows = [bench.row("none", 7, "sold", wanted=1, measured=sold, since=0.0) for sold in (1, 2)]

    assert [row.ok for row in rows] == [True, False]
    assert "FAILED" in table.text(rows)
    table.write(rows, tmp_path / "rows.json")
    assert '"seed": 7' in (tmp_path / "rows.json").read_text()
    assert isinstance(rows[0], Row)
