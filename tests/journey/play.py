"""Plays a whole commission over HTTP: `python -m tests.journey.play --url … --stripe …`.

Knows nothing of the shop but its GraphQL endpoint, the provider's address and who may log in, so it
plays against the embedded shop and against a real one alike. The shop's clock must be movable.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import requests

from tests.journey import chapters
from tests.journey.client import Api, Browser, Unexpected
from tests.journey.report import Report
from tests.journey.world import ACCOUNTS, World, people


def main(arguments: list[str] | None = None) -> int:
    """Play; 0 when every step's outcome was as it must be, else 1."""
    given = _arguments().parse_args(arguments)
    report = Report(json_only=given.json)
    api = Api(given.url)
    world = World(api, Browser(given.stripe), report, people(given.accounts))
    try:
        summary = chapters.play(world)
    except Unexpected as problem:
        report.failed(str(problem))
        return 1
    except requests.RequestException as problem:
        where = problem.request.url if problem.request else given.url
        report.failed(f"No answer from {where} ({type(problem).__name__}).")
        return 1
    except (LookupError, TypeError, ValueError) as problem:
        report.failed(f"The shop answered in another shape than expected ({problem!r}).")
        return 1
    except KeyboardInterrupt:
        report.failed("The journey was interrupted.")
        return 130
    report.close(summary, calls=api.calls)
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.journey.play", description=__doc__)
    parser.add_argument("--url", required=True, help="the shop's GraphQL endpoint")
    parser.add_argument("--stripe", required=True, help="the payment provider's address")
    parser.add_argument("--accounts", type=Path, default=ACCOUNTS, help="JSON file of log-ins")
    parser.add_argument("--json", action="store_true", help="print only the summary to stdout")
    return parser


if __name__ == "__main__":
    sys.exit(main())
