"""What a person sees while the journey is played, and the one line of JSON at its end."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.rule import Rule


class Report:
    """Collects the steps; prints them live unless only the JSON line is wanted on standard out."""

    def __init__(self, *, json_only: bool) -> None:
        self.console = Console(stderr=json_only, highlight=False, soft_wrap=True)
        self.steps: list[dict[str, str]] = []
        self.json_only = json_only
        self._began = time.monotonic()

    def chapter(self, title: str, when: str) -> None:
        """A part of the journey begins, on a day in the shop."""
        self.console.print()
        self.console.print(Rule(f"[bold]{title}[/bold] [dim]{when}", style="dim", align="left"))

    def note(self, text: str) -> None:
        """A detail under the step that runs."""
        self.console.print(f"      [dim]{text}")

    @contextmanager
    def step(self, name: str, text: str) -> Iterator[None]:
        """One step: done when its block ends, failed when it raises."""
        began = time.monotonic()
        try:
            yield
        except Exception:
            self.steps.append({"name": name, "result": "failed"})
            self.console.print(f"  [red]✗[/red] {text}")
            raise
        self.steps.append({"name": name, "result": "ok"})
        took = time.monotonic() - began
        pace = f" [dim]{took:.1f} s" if took >= 1 else ""
        self.console.print(f"  [green]✓[/green] {text}{pace}")

    def failed(self, reason: str) -> None:
        """The journey ended before its end."""
        self.console.print(f"\n[bold red]The journey stopped:[/bold red] {escape(reason)}")

    def close(self, summary: dict[str, Any], *, calls: int) -> None:
        """The journey is over."""
        seconds = time.monotonic() - self._began
        self.console.print()
        self.console.print(
            f"[bold green]{summary['project']}[/bold green] is in stage {summary['stage']}: "
            f"{len(self.steps)} steps, {summary['events']} events, {calls} requests, "
            f"{seconds:.0f} s."
        )
        if self.json_only:
            sys.stdout.write(json.dumps({**summary, "steps": self.steps}) + "\n")
            sys.stdout.flush()
