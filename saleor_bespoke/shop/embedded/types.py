"""The scalars and the money type that a Saleor schema owns, with Saleor's names and behaviour."""

from __future__ import annotations

import uuid
from decimal import Decimal as PlainDecimal
from decimal import DecimalException
from typing import Any

import graphene
from babel.numbers import get_currency_precision
from django.core.files.uploadedfile import UploadedFile
from graphene.types.generic import GenericScalar
from graphql.language import ast

from saleor_bespoke.errors import BespokeError, ErrorCode


class DateTime(graphene.DateTime):
    """A moment, as ISO 8601 text with its offset."""


class Date(graphene.Date):
    """A day, as ISO 8601 text."""


class JSON(GenericScalar):
    """Any JSON value."""


class UUID(graphene.UUID):
    """A UUID as text; anything else is not one."""

    @staticmethod
    def parse_value(value: Any) -> uuid.UUID | None:
        """The UUID, or None (which GraphQL reports as a wrong value)."""
        try:
            return uuid.UUID(str(value))
        except ValueError:
            return None

    @classmethod
    def parse_literal(cls, node: Any) -> uuid.UUID | None:
        """A literal written in the document."""
        return cls.parse_value(node.value) if isinstance(node, ast.StringValue) else None


class Decimal(graphene.Scalar):
    """A decimal: written as a number in answers, read from numbers or text."""

    @staticmethod
    def serialize(value: Any) -> float:
        """The number as JSON has it."""
        return float(value)

    @staticmethod
    def parse_value(value: Any) -> PlainDecimal | None:
        """The exact decimal that the text or number spells, or None."""
        try:
            number = PlainDecimal(str(value))
        except DecimalException:
            return None
        return number if number.is_finite() and not isinstance(value, bool) else None

    @classmethod
    def parse_literal(cls, node: Any) -> PlainDecimal | None:
        """A literal written in the document."""
        written = isinstance(node, ast.FloatValue | ast.IntValue | ast.StringValue)
        return cls.parse_value(node.value) if written else None


class PositiveDecimal(Decimal):
    """A decimal that is not negative."""

    @staticmethod
    def parse_value(value: Any) -> PlainDecimal | None:
        """The decimal, or None where it is negative or none at all."""
        number = Decimal.parse_value(value)
        return number if number is not None and number >= 0 else None


class Upload(graphene.Scalar):
    """A file of a multipart request; the value is the name of its part."""

    @staticmethod
    def serialize(value: Any) -> Any:
        """Files never go out."""
        return value

    @staticmethod
    def parse_value(value: Any) -> Any:
        """The part's name, put there by the multipart request's map."""
        return value

    @staticmethod
    def parse_literal(node: Any) -> Any:
        """A part's name written in the document itself."""
        return node.value if isinstance(node, ast.StringValue) else None


class Money(graphene.ObjectType):
    """An amount together with its currency."""

    class Meta:
        description = "Represents amount of money in specific currency."

    currency = graphene.String(required=True, description="Currency code.")
    amount = graphene.Float(required=True, description="Amount of money.")

    @staticmethod
    def resolve_amount(root: Any, info: Any) -> PlainDecimal:
        """The amount, rounded to what the currency can pay."""
        digits = get_currency_precision(root.currency)
        return PlainDecimal(root.amount).quantize(PlainDecimal(10) ** -digits)


def resolve_upload(info: Any, value: Any) -> UploadedFile:
    """The uploaded file an `Upload` argument names."""
    file = info.context.FILES.get(value) if isinstance(value, str) else value
    if not isinstance(file, UploadedFile):
        raise BespokeError(ErrorCode.INVALID, "No file was uploaded under this name.", field="file")
    return file
