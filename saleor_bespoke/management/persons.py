"""Whom a command about personal data means."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from saleor_bespoke.flows.personal_data import projects_of
from saleor_bespoke.project.models import BespokeProject


def person_arguments(parser: CommandParser) -> None:
    """The ways to name a person; exactly one is needed."""
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--email", default="", help="an e-mail address that was proven to be theirs")
    who.add_argument("--user", help="the primary key of their account at the host")
    who.add_argument("--commission", default="", help="the number of one commission alone")


def projects_found(options: dict[str, Any]) -> list[BespokeProject]:
    """The commissions of the person that the options name; a CommandError if there are none."""
    try:
        found = projects_of(
            email=options["email"], user_pk=options["user"], number=options["commission"]
        )
    except ValueError:
        raise CommandError(f"{options['user']} is no key of an account.") from None
    if not found:
        raise CommandError("There is no commission of this person.")
    return found
