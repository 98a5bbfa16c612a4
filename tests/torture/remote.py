"""A shop that runs already, such as a real Saleor: known by its addresses and its database."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.journey.world import ACCOUNTS, people
from tests.torture.bench import Findings
from tests.torture.provider import Books
from tests.torture.shop import Shop


@dataclass
class Running:
    """How a running shop is reached: two web processes or more, its provider, its database."""

    urls: list[str]
    stripe: str
    database: str
    accounts: Path = ACCOUNTS
    #: The command that audits it, such as `…/python manage.py bespoke_audit`.
    audit: str = ""


class Remote(Findings):
    """What a scenario may use of a shop it did not start: nothing is copied, nothing unguarded."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self.host = f"saleor {self._version()}"

    def _version(self) -> str:
        token = people(self._running.accounts)["app"].app_token
        answer = requests.post(
            self._running.urls[0],
            json={"query": "{ shop { version } }"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
        return str(answer.json()["data"]["shop"]["version"])

    def shop(self) -> Shop:
        """The shop over HTTP."""
        there = self._running
        return Shop(there.urls, Books(there.stripe), there.database, there.accounts)

    def audit(self, database: str) -> list[str]:
        """What the shop's own `bespoke_audit` finds wrong."""
        if not self._running.audit:
            return ["no audit was run: name its command with --audit"]
        done = subprocess.run(
            shlex.split(self._running.audit), capture_output=True, text=True, check=False
        )
        return [] if done.returncode == 0 else (done.stdout + done.stderr).strip().splitlines()
