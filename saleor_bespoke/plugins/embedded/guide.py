"""What the demo tells a newcomer while it starts and when the journey is over."""

from __future__ import annotations

from pathlib import Path

#: Where the shop's log goes, in the data folder.
LOG = "shop.log"
WIDTH = 32


def welcome() -> str:
    """The first lines."""
    return "\nsaleor-bespoke: a ring from its brief to its free resize, on a small shop of its own\n"


def text(shop_url: str, stripe_url: str, data_dir: Path) -> str:
    """Where everything is, who may log in, and what to try next."""
    from saleor_bespoke.plugins.embedded.seed import LOGINS

    places = [
        ("GraphQL and its explorer", f"{shop_url}/graphql/"),
        ("payment provider", stripe_url),
        ("data and log", f"{data_dir}, {LOG}"),
    ]
    # ASCII quotes on purpose: what stands here is copied into a terminal or the explorer.
    hints = [
        ("read the form", '{ bespokeIntakeForm(channel: "us") { metals { code name } } }'),
        (
            "as staff, what waits",
            "{ bespokeAttention(first: 5) { edges { node { attention { detail } } } } }",
        ),
        (
            "as ada, her ring",
            "{ bespokeProjects(first: 3) { edges { node { number stage title } } } }",
        ),
        (
            "log in (then send the token",
            'mutation { tokenCreate(email: "ada@example.com", password: "shop-ada") { token } }',
        ),
        (" as Authorization: Bearer …)", ""),
        ("play once more", "make demo ARGS=--once, or beside this one ARGS='--once --port 8010'"),
    ]
    return "\n".join(
        [
            "",
            "The shop keeps running; Ctrl-C stops it, and its data stay.",
            "",
            *_rows(places),
            "",
            "Log-ins, for the mutation tokenCreate:",
            *_rows(list(LOGINS)),
            "",
            "Next things to try in the explorer:",
            *_rows(hints),
            "",
        ]
    )


def _rows(pairs: list[tuple[str, str]]) -> list[str]:
    return [f"  {name:<{WIDTH}}{value}".rstrip() for name, value in pairs]
