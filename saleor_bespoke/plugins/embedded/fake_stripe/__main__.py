"""`python -m saleor_bespoke.plugins.embedded.fake_stripe`: the fake provider on its own."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from .server import FakeStripe


def main() -> int:
    """Serve until interrupted; a busy port or a foreign state file is one clear sentence."""
    parser = argparse.ArgumentParser(prog="fake_stripe", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--webhook-url", help="where signed events are sent")
    parser.add_argument("--state-file", help="JSON file that survives a restart")
    parser.add_argument("--api-key", help="fix the secret key instead of making one up")
    parser.add_argument("--publishable-key", help="fix the publishable key")
    parser.add_argument("--webhook-secret", help="fix the secret that signs webhooks")
    options = parser.parse_args()
    keys = {
        name: value
        for name in ("api_key", "publishable_key", "webhook_secret")
        if (value := getattr(options, name)) is not None
    }
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    try:
        fake = FakeStripe.start(
            options.port,
            options.webhook_url,
            options.state_file,
            host=options.host,
            keys=keys,
        )
    except OSError as error:
        parser.exit(1, f"Cannot start on port {options.port}: {error.strerror}.\n")
    except ValueError as error:
        parser.exit(1, f"{error}\n")
    sys.stdout.write(
        f"Fake Stripe listens on {fake.url}\n"
        f"  secret key       {fake.api_key}\n"
        f"  publishable key  {fake.publishable_key}\n"
        f"  webhook secret   {fake.webhook_secret}\n"
    )
    sys.stdout.flush()
    done.wait()
    fake.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
