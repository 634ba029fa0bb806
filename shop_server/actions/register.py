"""Somebody opens an account: a customer, or a shopkeeper with her shop."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime

from shop_server.context import Context, Once, Page
from shop_server.errors import Duplicate, NotAllowed, wrong_field
from shop_server.rules.account import SignedIn, User, check_date_of_birth, new_session
from shop_server.rules.mail import EMAIL, CodeWanted
from shop_server.rules.person import CUSTOMER, SHOPKEEPER, Person
from shop_server.rules.shop import Shop
from shop_server.rules.upi import upi_id_of_qr


@dataclass(frozen=True, slots=True)
class NewShop:
    """What a shopkeeper says of her shop; `qr_code_url` is the picture of her UPI QR as a data URL."""

    name: str
    address: str
    gst_number: str | None
    upi_id: str | None
    qr_code_url: str | None


@dataclass(frozen=True, slots=True)
class Register:
    """What somebody says of herself. `shop` is given by shopkeepers and by nobody else."""

    email: str
    phone: str
    username: str | None
    password: str
    first_name: str
    last_name: str
    address: str
    city: str
    state: str
    pincode: str
    country: str
    date_of_birth: str | None
    shop: NewShop | None


def register(context: Context, wish: Register, *, device: str, key: str | None) -> SignedIn:
    """Writes the account, with a shopkeeper's shop, and signs her in. The first account is the installation's admin.

    With the `key` (Idempotency-Key) of an earlier registration that went well, she is signed in to that account again.
    Raises InvalidInput for a weak password, a birthday to come, a wrong QR, or a key used for something else; Duplicate for
    a taken email, phone or username; NotAllowed when the installation takes no shopkeepers.
    """
    context.passwords.check_new(wish.password)
    now = context.clock.now()
    check_date_of_birth(wish.date_of_birth, now)
    user = _new_user(context, wish, now, _fingerprint(wish, key))
    shop = _new_shop(context, user, wish, now) if wish.shop else None

    def make(first: bool) -> tuple[User, Shop | None]:
        return replace(user, is_admin=first), shop and replace(shop, approved=_is_approved(context, first))

    try:
        user = context.users.register(make)
    except Duplicate as taken:
        user = _earlier(context, wish, user, taken)
    else:
        context.announcements.tell("shop", [shop.id] if shop else [])
        code = CodeWanted(EMAIL, user.id, user.email)
        context.outbox.put("welcome", user.email, {"name": user.first_name}, once=f"welcome:{user.id}", code=code)
        if shop and context.settings.shopkeeper_signup == "approval" and not user.is_admin:
            _tell_admins(context, shop)
    session = new_session(context.new_id(), user.id, device, now, context.settings.session_days)
    context.sessions.insert(session)
    return SignedIn(user, context.tokens.pair(user.id, session.id, user.role, session.turn, now))


def open_account_for(
    context: Context, admin: Person, wish: Register, *, is_admin: bool, once: Once | None = None
) -> User:
    """An admin opens an account for somebody, who may sign in from now on; a shop of hers is let in at once.

    The same wish again (`once`) is the same account; of the same key for another wish it raises InvalidInput.

    Raises InvalidInput for a weak password, a birthday to come or a wrong QR, and Duplicate for a taken email, phone or
    username.
    """
    context.passwords.check_new(wish.password)
    now = context.clock.now()
    check_date_of_birth(wish.date_of_birth, now)
    new = replace(_new_user(context, wish, now, None), is_admin=is_admin)
    shop = _new_shop(context, new, wish, now) if wish.shop else None
    if once is not None:
        # Without the password: what is kept of it must not be easier to guess than its hash.
        once = replace(once, fingerprint=f"{_fingerprint(wish, once.key)}:{is_admin}")
    user = context.users.register(lambda first: (new, shop), once)
    if user.id != new.id:
        if not context.passwords.match(wish.password, user.password_hash):
            raise wrong_field("/Idempotency-Key", "This key was used before for something else.")
        return user
    context.announcements.tell("shop", [shop.id] if shop else [])
    context.audit.note(now, admin.user_id, "user-created", user.id, user.shop_id, role=user.role, is_admin=is_admin)
    return user


def _new_user(context: Context, wish: Register, now: datetime, registered_by: str | None) -> User:
    return User(
        id=context.new_id(),
        role=SHOPKEEPER if wish.shop else CUSTOMER,
        email=wish.email,
        phone=wish.phone,
        username=wish.username,
        first_name=wish.first_name,
        last_name=wish.last_name,
        password_hash=context.passwords.keep(wish.password),
        address=wish.address,
        city=wish.city,
        state=wish.state,
        pincode=wish.pincode,
        country=wish.country,
        date_of_birth=wish.date_of_birth,
        shop_id=context.new_id() if wish.shop else None,
        created_at=now,
        registered_by=registered_by,
    )


def _new_shop(context: Context, owner: User, wish: Register, now: datetime) -> Shop:
    assert wish.shop is not None
    assert owner.shop_id is not None
    upi_id, qr_picture = wish.shop.upi_id, None
    if wish.shop.qr_code_url:
        texts, qr_picture = context.images.keep_qr(wish.shop.qr_code_url)
        upi_id = upi_id_of_qr(texts, upi_id)
    return Shop(
        id=owner.shop_id,
        owner_id=owner.id,
        name=wish.shop.name,
        address=wish.shop.address,
        city=wish.city,
        state=wish.state,
        pincode=wish.pincode,
        country=wish.country or "India",
        gst_number=wish.shop.gst_number,
        upi_id=upi_id,
        qr_picture=qr_picture,
        phone=wish.phone,
        created_at=now,
    )


def _tell_admins(context: Context, shop: Shop) -> None:
    text, admins = f"{shop.name} asks to be let in.", context.users.admin_ids()

    def decide(page: Page) -> None:
        for admin_id in admins:
            page.notify(text, f"/admin.html#shops/{shop.id}", kind="notice", user_id=admin_id)

    context.books.write(decide)


def _is_approved(context: Context, first: bool) -> bool:
    if first:
        # Whoever sets the installation up is its admin: there is nobody yet who could let her in.
        return True
    if context.settings.shopkeeper_signup == "closed":
        raise NotAllowed("New shops cannot be opened here. Please ask whoever runs this installation.")
    return context.settings.shopkeeper_signup == "open"


def _earlier(context: Context, wish: Register, user: User, taken: Duplicate) -> User:
    """The account that an earlier try with the same key has made. Raises `taken` when it is another's."""
    earlier = context.users.find_by("email", wish.email)
    if user.registered_by and earlier and earlier.registered_by:
        key, _, body = user.registered_by.partition(":")
        earlier_key, _, earlier_body = earlier.registered_by.partition(":")
        if key == earlier_key:
            if body != earlier_body or not context.passwords.match(wish.password, earlier.password_hash):
                raise wrong_field("/Idempotency-Key", "This key was used before for something else.")
            return earlier
    raise taken


def _fingerprint(wish: Register, key: str | None) -> str | None:
    """The key and what was asked with it, without the password: that is compared through its hash."""
    if key is None:
        return None
    shop = wish.shop and {name: getattr(wish.shop, name) for name in NewShop.__slots__}
    asked = {name: getattr(wish, name) for name in Register.__slots__ if name not in ("password", "shop")}
    body = json.dumps([asked, shop], sort_keys=True)
    return f"{hashlib.sha256(key.encode()).hexdigest()}:{hashlib.sha256(body.encode()).hexdigest()}"
