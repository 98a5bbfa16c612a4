"""Django's commands for developers, on `DATABASE_URL` or a database that ends with the command."""

from __future__ import annotations

import os
import sys

from saleor_bespoke.plugins.embedded import postgres


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_bespoke.plugins.embedded.settings")
    try:
        os.environ["DATABASE_URL"] = postgres.database_url(None)
    except postgres.DatabaseUnavailable as error:
        sys.exit(str(error))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
