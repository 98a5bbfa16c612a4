"""The demo: a database, a payment provider, the shop, its background work, and a journey."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

from saleor_bespoke.plugins.embedded import postgres
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe

HOST = "127.0.0.1"
JOURNEY = Path(__file__).resolve().parents[3] / "tests" / "journey" / "play.py"
KEYS = {
    "api_key": "sk_test_embedded",
    "publishable_key": "pk_test_embedded",
    "webhook_secret": "whsec_embedded",
}


class Refused(Exception):
    """The demo cannot start; the message is the sentence a person reads."""


def run(*, port: int, data_dir: Path, play: bool, once: bool) -> int:
    """Start everything, play, and either end or stay until Ctrl-C; answers the exit code."""
    for wanted in (port, port + 1):
        _port_check(wanted)
    data_dir = data_dir.resolve()
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"The data folder cannot be made: {error}.") from None
    with ExitStack() as stack:
        _say("Starting PostgreSQL, the payment provider and the shop …", quiet=once)
        url = stack.enter_context(_database(data_dir))
        stripe = FakeStripe.start(
            port=port + 1,
            webhook_url=f"http://{HOST}:{port}/plugins/saleor.bespoke/stripe/webhook",
            state_file=data_dir / "stripe.json",
            keys=KEYS,
        )
        stack.callback(stripe.stop)
        os.environ |= {
            "DATABASE_URL": url,
            "BESPOKE_DATA_DIR": str(data_dir),
            "STRIPE_API_BASE": stripe.url,
            "DJANGO_SETTINGS_MODULE": "saleor_bespoke.plugins.embedded.settings",
        }
        _prepare()
        stack.enter_context(_shop(port))
        code = _play(port, stripe.url, once=once) if play else 0
        if once or code:
            return code
        print(_guide(port, stripe.url), flush=True)
        _wait()
        return 0


def _say(text: str, *, quiet: bool) -> None:
    print(text, file=sys.stderr if quiet else sys.stdout, flush=True)


def _port_check(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            raise Refused(
                f"Port {port} is not free: stop what uses it or choose another with --port."
            ) from None


@contextmanager
def _database(data_dir: Path) -> Iterator[str]:
    try:
        if os.environ.get("DATABASE_URL"):
            yield postgres.database_url(None)
            return
        with postgres.Server.start(data_dir / "postgres", durable=True) as server:
            yield server.url
    except postgres.DatabaseUnavailable as error:
        raise Refused(str(error)) from None


def _prepare() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from saleor_bespoke.plugins.embedded.seed import seed

    call_command("migrate", verbosity=0, interactive=False)
    seed()


@contextmanager
def _shop(port: int) -> Iterator[None]:
    import waitress

    from saleor_bespoke.plugins.embedded.background import Background
    from saleor_bespoke.plugins.embedded.site import application

    server = waitress.create_server(application, host=HOST, port=port, threads=8)
    Thread(target=server.run, name="shop", daemon=True).start()
    background = Background()
    background.start()
    try:
        yield
    finally:
        background.stop()
        server.close()


def _play(port: int, stripe_url: str, *, once: bool) -> int:
    if not JOURNEY.exists():
        raise Refused("The journey is part of the repository: run the demo from a clone of it.")
    command = [sys.executable, str(JOURNEY), "--url", f"http://{HOST}:{port}/graphql/"]
    command += ["--stripe", stripe_url]
    if once:
        command.append("--json")
    return subprocess.run(command, check=False).returncode


def _guide(port: int, stripe_url: str) -> str:
    from saleor_bespoke.plugins.embedded.seed import LOGINS

    lines = ["", "The shop keeps running. Stop it with Ctrl-C; its data stay.", ""]
    lines.append(f"  GraphQL and explorer   http://{HOST}:{port}/graphql/")
    lines.append(f"  payment provider       {stripe_url}")
    lines += ["", "  Log-ins (tokenCreate):"]
    lines += [f"    {who:<34}{secret}" for who, secret in LOGINS]
    lines += [
        "",
        "  Next things to try:",
        '    open the explorer and ask { bespokeIntakeForm(channel: "us") { metals { name } } }',
        "    log in as staff and read { bespokeProjects(first: 5) { edges { node { number } } } }",
        "    play another commission: make demo ARGS=--once, or --port 8010 beside this one",
        "",
    ]
    return "\n".join(lines)


def _wait() -> None:
    try:
        Event().wait()
    except KeyboardInterrupt:
        print("\nStopped. The data stay for the next time.")
