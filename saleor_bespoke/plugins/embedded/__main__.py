"""`python -m saleor_bespoke.plugins.embedded`: the embedded shop's commands."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


def _port(text: str) -> int:
    """A port whose successor is a port too."""
    if not text.isdecimal() or not 1 <= int(text) <= 65534:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65534")
    return int(text)


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and run one command; the exit code comes back."""
    parser = argparse.ArgumentParser(prog="saleor_bespoke.plugins.embedded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="start the shop and play a whole commission")
    demo.add_argument("--once", action="store_true", help="play the journey, print JSON, and exit")
    serve = commands.add_parser("serve", help="start the shop without playing")
    for command in (demo, serve):
        command.add_argument(
            "--port", type=_port, default=8000, help="the shop's port; the next one is Stripe's"
        )
        command.add_argument(
            "--data-dir", type=Path, default=REPOSITORY / ".demo", help="where data stay"
        )
    schema = commands.add_parser("schema", help="write schema.graphql")
    schema.add_argument("--check", action="store_true", help="only compare with the committed file")
    given = parser.parse_args(arguments)
    if given.command == "schema":
        from saleor_bespoke.plugins.embedded.schema_file import write

        return write(REPOSITORY / "schema.graphql", check=given.check)
    from saleor_bespoke.plugins.embedded.demo import Refused, run

    try:
        return run(
            port=given.port,
            data_dir=given.data_dir,
            play=given.command == "demo",
            once=given.command == "demo" and given.once,
        )
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
