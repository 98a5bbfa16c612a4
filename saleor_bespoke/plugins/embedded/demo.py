"""The demo: a database, a payment provider, the shop, its background work, and a journey."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from threading import Event, Thread
from types import FrameType
from typing import NoReturn

import waitress

from saleor_bespoke.plugins.embedded import guide, postgres
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe

HOST = "127.0.0.1"
REPOSITORY = Path(__file__).resolve().parents[3]
JOURNEY = "tests.journey.play"
INTERRUPTED = 130
KEYS = {
    "api_key": "sk_test_embedded",
    "publishable_key": "pk_test_embedded",
    "webhook_secret": "whsec_embedded",
}


class Refused(Exception):
    """The demo cannot start or go on; the message is the sentence a person reads."""


def run(*, port: int, data_dir: Path, play: bool, once: bool) -> int:
    """Start everything, play, and either end or stay until Ctrl-C; answers the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    # With --once standard out belongs to the one line of JSON.
    out = sys.stderr if once else sys.stdout

    def say(text: str) -> None:
        print(text, file=out, flush=True)

    try:
        with ExitStack() as stack:
            stripe_url = _start(stack, port, data_dir.resolve(), say)
            code = _play(port, stripe_url, once=once) if play else 0
            if code not in (0, INTERRUPTED):
                print(f"What the shop logged: {data_dir / guide.LOG}", file=sys.stderr)
            if once or code:
                return code
            say(guide.text(f"http://{HOST}:{port}", stripe_url, data_dir))
            Event().wait()
    except KeyboardInterrupt:
        say("\nStopped. The data stay for the next time.")
        return INTERRUPTED if once else 0
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # what runs is being stopped already
    raise KeyboardInterrupt


def _start(stack: ExitStack, port: int, data_dir: Path, say: Callable[[str], None]) -> str:
    """Start all parts, to be stopped by the stack; the payment provider's address."""
    for wanted in (port, port + 1):
        _port_check(wanted)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        (data_dir / guide.LOG).touch()
    except OSError as error:
        raise Refused(f"The data folder {data_dir} cannot be used: {error.strerror}.") from None
    say(guide.welcome())
    say("  PostgreSQL …")
    url = stack.enter_context(_database(data_dir))
    say("  a stand-in for Stripe …")
    stripe = _provider(port, data_dir)
    stack.callback(stripe.stop)
    os.environ |= {
        "DATABASE_URL": url,
        "BESPOKE_DATA_DIR": str(data_dir),
        "LOG_FILE": str(data_dir / guide.LOG),
        "STRIPE_API_BASE": stripe.url,
        "BESPOKE_VERIFY_URL": f"http://{HOST}:{port}/plugins/saleor.bespoke/certificates/",
        "DJANGO_SETTINGS_MODULE": "saleor_bespoke.plugins.embedded.settings",
    }
    say("  the shop …")
    _prepare()
    stack.enter_context(_shop(port))
    return stripe.url


def _busy(port: int) -> Refused:
    return Refused(f"Port {port} is not free: stop what uses it or choose another with --port.")


def _port_check(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            raise _busy(port) from None


@contextmanager
def _database(data_dir: Path) -> Iterator[str]:
    try:
        if os.environ.get("DATABASE_URL"):
            yield postgres.database_url(None)
            return
        with postgres.Server.start(data_dir, durable=True) as server:
            yield server.url
    except postgres.DatabaseUnavailable as error:
        raise Refused(str(error)) from None


def _provider(port: int, data_dir: Path) -> FakeStripe:
    state_file = data_dir / "stripe.json"
    try:
        return FakeStripe.start(
            port=port + 1,
            webhook_url=f"http://{HOST}:{port}/plugins/saleor.bespoke/stripe/webhook",
            state_file=state_file,
            keys=KEYS,
        )
    except ValueError:
        raise Refused(f"{state_file} is damaged: remove it or choose another folder.") from None
    except OSError:
        raise _busy(port + 1) from None


def _prepare() -> None:
    import django
    from django.core.management import call_command
    from django.db import DatabaseError

    django.setup()
    from saleor_bespoke.plugins.embedded.seed import seed

    try:
        call_command("migrate", verbosity=0, interactive=False)
        seed()
        import_module("saleor_bespoke.plugins.embedded.views")  # not at the first request
    except DatabaseError as error:
        reason = str(error).splitlines()[0]
        raise Refused(f"The database cannot be prepared for the shop: {reason}.") from None


@contextmanager
def _shop(port: int) -> Iterator[None]:
    from saleor_bespoke.plugins.embedded.background import Background
    from saleor_bespoke.plugins.embedded.site import application

    try:
        server = waitress.create_server(application, host=HOST, port=port, threads=8)
    except OSError:
        raise _busy(port) from None
    Thread(target=server.run, name="shop", daemon=True).start()
    background = Background()
    background.start()
    try:
        yield
    finally:
        background.stop()
        server.close()


def _play(port: int, stripe_url: str, *, once: bool) -> int:
    if not (REPOSITORY / "tests" / "journey" / "play.py").exists():
        raise Refused("The journey is part of the repository: run the demo from a clone of it.")
    command = [sys.executable, "-m", JOURNEY, "--url", f"http://{HOST}:{port}/graphql/"]
    command += ["--stripe", stripe_url]
    if once:
        command.append("--json")
    return subprocess.run(command, cwd=REPOSITORY, check=False).returncode
