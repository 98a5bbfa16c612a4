"""The embedded shop's own tables: just enough of a shop to sell one bespoke piece."""

from __future__ import annotations

import secrets
import uuid
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from saleor_bespoke import clock


def money(**options: Any) -> models.DecimalField[Any, Any]:
    """An amount column in the currency of its row, with Saleor's precision."""
    return models.DecimalField(max_digits=20, decimal_places=3, **options)


def names() -> ArrayField[Any, Any]:
    """A list of Saleor's enum names, such as MANAGE_ORDERS."""
    return ArrayField(models.CharField(max_length=64), default=list, blank=True)


def new_jwt_key() -> str:
    """A random word that every token of a user carries; changing it ends them all."""
    return secrets.token_urlsafe(9)


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **values: Any) -> User:
        """A new user; the address is kept in lower case, as the real shop keeps it."""
        user = self.model(email=email.lower(), **values)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A shopper or a member of staff. `channels` None means all channels."""

    email = models.EmailField(unique=True)
    first_name = models.CharField(max_length=256, blank=True)
    last_name = models.CharField(max_length=256, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    permissions = names()
    channels = ArrayField(models.SlugField(max_length=255), null=True, blank=True)
    jwt_key = models.CharField(max_length=12, default=new_jwt_key)
    date_joined = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"

    def get_full_name(self) -> str:
        """First and last name, or the address where neither is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


class App(models.Model):
    """A program that acts for the shop; only the digest of its token is kept."""

    name = models.CharField(max_length=60)
    identifier = models.CharField(max_length=256, unique=True)
    is_active = models.BooleanField(default=True)
    permissions = names()
    token_digest = models.CharField(max_length=64, unique=True)


class Channel(models.Model):
    """A sales channel with one currency and one flat tax rate (0.19 is 19 %)."""

    slug = models.SlugField(max_length=255, unique=True)
    name = models.CharField(max_length=250)
    currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    prices_with_tax = models.BooleanField(default=True)
    tax_rate = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal(0))
    is_active = models.BooleanField(default=True)


class ShippingZone(models.Model):
    """Countries that a channel ships to."""

    name = models.CharField(max_length=100)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="zones")
    countries = ArrayField(models.CharField(max_length=2))


class ShippingMethod(models.Model):
    """A way to ship within a zone; the price is entered as its channel enters prices."""

    zone = models.ForeignKey(ShippingZone, on_delete=models.CASCADE, related_name="methods")
    name = models.CharField(max_length=100)
    price = money()
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("pk",)


class Checkout(models.Model):
    """One piece on its way to being bought. `price` overrides the variant's price.

    Before an address is known, `country` decides nothing but what the opener expects.
    """

    token = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.UUIDField(default=uuid.uuid4, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE)
    email = models.EmailField(blank=True)
    currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    title = models.CharField(max_length=250)
    quantity = models.PositiveSmallIntegerField(default=1)
    price = money()
    metadata = models.JSONField(default=dict, blank=True)
    shipping_required = models.BooleanField(default=True)
    shipping_address = models.JSONField(null=True)
    billing_address = models.JSONField(null=True)
    shipping_method = models.ForeignKey(ShippingMethod, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=clock.now, editable=False)


class OrderNumber(models.Model):
    """A drawn order number; its key is the number, so two completions never share one."""


class Order(models.Model):
    """What a completed checkout became; prices are frozen here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(unique=True)
    checkout_token = models.UUIDField(unique=True)
    line = models.UUIDField(default=uuid.uuid4, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    user_email = models.EmailField(blank=True)
    status = models.CharField(max_length=32, default="UNFULFILLED")
    currency = models.CharField(max_length=3)
    title = models.CharField(max_length=250)
    quantity = models.PositiveSmallIntegerField(default=1)
    unit_net = money()
    unit_gross = money()
    total_net = money()
    total_gross = money()
    shipping_gross = money()
    shipping_method_name = models.CharField(max_length=255)
    shipping_address = models.JSONField(null=True)
    billing_address = models.JSONField()
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)


class Fulfillment(models.Model):
    """A parcel of an order's one line. `key` names the effect that made it, if one did."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="fulfillments")
    fulfillment_order = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=32, default="FULFILLED")
    quantity = models.PositiveSmallIntegerField(default=1)
    tracking_number = models.CharField(max_length=255, blank=True)
    key = models.CharField(max_length=255, unique=True, null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("order", "fulfillment_order"), name="embedded_fulfillment_counted_once"
            ),
            models.UniqueConstraint(
                fields=("order",),
                condition=~Q(status="CANCELED"),
                name="embedded_piece_fulfilled_once",
            ),
        )


class TransactionItem(models.Model):
    """Money for one checkout or order at one gateway; amounts are sums over its events."""

    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    checkout = models.ForeignKey(
        Checkout, null=True, on_delete=models.SET_NULL, related_name="transactions"
    )
    order = models.ForeignKey(
        Order, null=True, on_delete=models.PROTECT, related_name="transactions"
    )
    name = models.CharField(max_length=512, blank=True)
    gateway = models.CharField(max_length=256, blank=True)
    psp_reference = models.CharField(max_length=512, blank=True)
    idempotency_key = models.CharField(max_length=512, null=True)
    actions = names()
    currency = models.CharField(max_length=3)
    authorized = money(default=Decimal(0))
    charged = money(default=Decimal(0))
    refunded = money(default=Decimal(0))
    charge_pending = money(default=Decimal(0))
    refund_pending = money(default=Decimal(0))
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("gateway", "idempotency_key"), name="embedded_transaction_asked_once"
            ),
        )


class TransactionEvent(models.Model):
    """One thing that happened to a transaction; `type` is Saleor's event name."""

    transaction = models.ForeignKey(
        TransactionItem, on_delete=models.CASCADE, related_name="events"
    )
    type = models.CharField(max_length=64)
    psp_reference = models.CharField(max_length=512, blank=True)
    message = models.CharField(max_length=512, blank=True)
    currency = models.CharField(max_length=3)
    amount = money()
    counted = models.BooleanField(default=True)
    key = models.CharField(max_length=512, null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("transaction", "type", "key"), name="embedded_event_requested_once"
            ),
        )


class Mail(models.Model):
    """A letter that left the shop; its key keeps a repeated effect from sending it twice."""

    key = models.CharField(max_length=255, unique=True)
    to = models.EmailField()
    subject = models.CharField(max_length=255)
    body = models.TextField()
    language = models.CharField(max_length=16, default="en")
    created_at = models.DateTimeField(default=clock.now, editable=False)


class ClockOffset(models.Model):
    """How far ahead of the world's time this demo runs: a single row."""

    offset = models.DurationField()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(pk=1), name="embedded_clock_single_row"),)
