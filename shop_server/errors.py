"""Every way in which the shop says no, in words a person can act on.

Anything may raise a ShopError; it changes nothing, and `web/response` turns it into a problem document (RFC 9457).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class FieldError(NamedTuple):
    """One wrong field: `pointer` is its JSON pointer ("/items/0/quantity"), `detail` what to do about it."""

    pointer: str
    detail: str


class ShopError(Exception):
    """A refusal: `slug` names its kind, `detail` says what to do, `extra` are further members of the answer."""

    slug = "error"
    status = 500
    title = "Something went wrong"

    def __init__(self, detail: str, *, extra: Mapping[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = dict(extra or {})
        self.headers: dict[str, str] = {}


class CannotStart(Exception):
    """The shop cannot open. No answer to a request, but one sentence that tells the person at the keyboard what to do."""


class BadRequest(ShopError):
    """What arrived is not HTTP or not JSON."""

    slug, status, title = "bad-request", 400, "That could not be read"


class NotSignedIn(ShopError):
    slug, status, title = "not-signed-in", 401, "Please sign in"


class NotAllowed(ShopError):
    slug, status, title = "not-allowed", 403, "You may not do this"


class PermitNeeded(NotAllowed):
    """She may write the goods, but only with a permit of the shopkeeper for this session."""

    slug, title = "permit-needed", "This needs a permit"

    def __init__(self) -> None:
        super().__init__("To change goods you need a permit. Ask for one: the shopkeeper gets a code by mail.")


class NotFound(ShopError):
    """There is none, or it is somebody else's: the answer is the same."""

    slug, status, title = "not-found", 404, "Not found"


class WrongMethod(ShopError):
    slug, status, title = "wrong-method", 405, "That cannot be done here"

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__("This address answers " + ", ".join(allowed) + " only.")
        self.headers["Allow"] = ", ".join(allowed)


class RequestTimeout(ShopError):
    """The request did not arrive within its time."""

    slug, status, title = "request-timeout", 408, "That took too long to arrive"


class Conflict(ShopError):
    """Well-formed and allowed, but not possible now."""

    slug, status, title = "conflict", 409, "Not possible now"


class OutOfStock(Conflict):
    """`extra["lines"]` lists `{id, requested, available}` for every product that is short."""

    slug, title = "out-of-stock", "Not enough in stock"


class StaleVersion(Conflict):
    slug, title = "stale-version", "Changed by someone else meanwhile"


class WrongState(Conflict):
    slug, title = "wrong-state", "Not possible in this state"


class Duplicate(Conflict):
    slug, title = "duplicate", "There is one already"


class HoldExpired(Conflict):
    slug, title = "hold-expired", "The time to pay is over"


class TooLarge(ShopError):
    slug, status, title = "too-large", 413, "That is too large"


class InvalidInput(ShopError):
    """Every wrong field at once."""

    slug, status, title = "invalid-input", 422, "Please check what you entered"

    def __init__(self, errors: Sequence[FieldError], *, detail: str | None = None) -> None:
        if detail is None:
            detail = errors[0].detail if len(errors) == 1 else f"Please check {len(errors)} fields."
        super().__init__(detail)
        self.errors = tuple(errors)


class TooManyRequests(ShopError):
    """`retry_after_seconds` until it is worth trying again."""

    slug, status, title = "too-many-requests", 429, "Too many attempts"

    def __init__(self, detail: str, *, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.headers["Retry-After"] = str(max(1, retry_after_seconds))


class HeadersTooLarge(ShopError):
    slug, status, title = "headers-too-large", 431, "The request's headers are too large"


class Unavailable(ShopError):
    """The database is away or too busy; it recovers by itself."""

    slug, status, title = "unavailable", 503, "The shop is catching its breath"

    def __init__(
        self,
        detail: str = "The shop cannot reach its records just now. Please try again in a moment.",
        *,
        retry_after_seconds: int = 2,
    ) -> None:
        super().__init__(detail)
        self.headers["Retry-After"] = str(retry_after_seconds)


def wrong_field(pointer: str, detail: str) -> InvalidInput:
    """The common case of one wrong field."""
    return InvalidInput([FieldError(pointer, detail)])
