"""What the demo tells a newcomer while it starts and when the journey is over."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

#: Where the shop's log goes, in the data folder.
LOG = "shop.log"
WIDTH = 28


def welcome() -> str:
    """The first lines."""
    return (
        "\nsaleor-bespoke: a ring from its brief to its free resize, on a small shop of its own\n"
    )


def text(shop_url: str, stripe_url: str, data_dir: Path) -> str:
    """Where everything is, who may log in, and what to try next."""
    from saleor_bespoke.plugins.embedded.seed import LOGINS

    places = (
        ("GraphQL and its explorer", f"{shop_url}/graphql/"),
        ("payment provider", stripe_url),
        ("data", str(data_dir)),
        ("log", str(data_dir / LOG)),
    )
    # To be copied into the explorer or a terminal as they stand.
    hints = (
        ("anybody: the form", '{ bespokeIntakeForm(channel: "us") { metals { code name } } }'),
        ("log in", 'mutation { tokenCreate(email: "ada@example.com", password: "shop-ada") '
         "{ token } }"),
        ("", "and send the header Authorization: Bearer <token>; it lasts five minutes"),
        ("ada: her ring", "{ bespokeProjects(first: 3) { edges { node { number stage } } } }"),
        ("stella: what waits", "{ bespokeAttention(first: 5) { edges { node "
         "{ attention { detail } } } } }"),
        ("another play, beside this", 'make demo ARGS="--once --port 8010 --data-dir .data/two"'),
    )  # fmt: skip
    parts = [
        ["", "The shop keeps running. Ctrl-C stops it; its data stay.", "", *_rows(places)],
        ["", "Log-ins, for the mutation tokenCreate:", *_rows(LOGINS)],
        ["", "Next things to try:", *_rows(hints), ""],
    ]
    return "\n".join(line for part in parts for line in part)


def _rows(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"  {name:<{WIDTH}}{value}".rstrip() for name, value in pairs]
