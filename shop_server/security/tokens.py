"""The tokens that a signed-in person carries: a short-lived access token and the refresh token behind it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import jwt

from shop_server.errors import NotFound, NotSignedIn
from shop_server.rules.account import TokenPair

MOST_REMEMBERED = 10_000
_ALGORITHM = "HS256"
_CLAIMS = ("sub", "sid", "role", "iat", "exp", "jti", "iss")
_REFRESH_TOKEN = re.compile(r"([0-9a-f]{24})\.([0-9]{1,9})\.([A-Za-z0-9_-]{43})")


class AccessToken(NamedTuple):
    """A valid access token's content: who (`user_id`), signed in where (`session_id`), as what (`role`), until when."""

    user_id: str
    session_id: str
    role: str
    expires_at_seconds: int


class RefreshToken(NamedTuple):
    """A genuine refresh token's content: the session's `turn` rises by one with each refresh."""

    session_id: str
    turn: int


class Tokens:
    """Makes and reads tokens. `installation_id` is the issuer: a token of another shop's database is worth nothing."""

    def __init__(self, secret: str, installation_id: str, access_minutes: int) -> None:
        self._secret = secret.encode()
        self._issuer = installation_id
        self._access_seconds = access_minutes * 60
        # A signature once found good stays good; a page sends the same token with each of its calls.
        self._verified = lru_cache(MOST_REMEMBERED)(self._verify)

    def pair(self, user_id: str, session_id: str, role: str, turn: int, now: datetime) -> TokenPair:
        """The tokens of one turn of a session."""
        access = self.access_token(user_id=user_id, session_id=session_id, role=role, now=now)
        return TokenPair(access, self.refresh_token(session_id, turn), self._access_seconds)

    def access_token(self, *, user_id: str, session_id: str, role: str, now: datetime) -> str:
        """A signed access token, good while it and its session last."""
        claims = {
            "sub": user_id,
            "sid": session_id,
            "role": role,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(seconds=self._access_seconds)).timestamp()),
            "jti": secrets.token_hex(8),
            "iss": self._issuer,
        }
        return jwt.encode(claims, self._secret, _ALGORITHM)

    def read_access_token(self, token: str, now: datetime) -> AccessToken:
        """The token's content; whether its session still lasts is for the caller. Raises NotSignedIn on any doubt."""
        read = self._verified(token)
        if read.expires_at_seconds <= now.timestamp():
            raise NotSignedIn("Your sign-in has run out. Please sign in again.")
        return read

    def refresh_token(self, session_id: str, turn: int) -> str:
        """The session's refresh token of this turn: the same each time, and only ever made with our secret."""
        return f"{session_id}.{turn}.{self._seal(session_id, turn)}"

    def read_refresh_token(self, token: str) -> RefreshToken:
        """The content of a refresh token that we gave; whether its turn has passed is for the caller.

        Raises NotSignedIn.
        """
        read = _REFRESH_TOKEN.fullmatch(token)
        if not read:
            raise NotSignedIn("Please sign in again.")
        session_id, turn = read[1], int(read[2])
        if not hmac.compare_digest(read[3], self._seal(session_id, turn)):
            raise NotSignedIn("Please sign in again.")
        return RefreshToken(session_id, turn)

    def stop_token(self, user_id: str) -> str:
        """Stands in the link by which a reader of our mails ends those she did not ask for, without signing in."""
        return f"{user_id}.{self.seal(f'stop:{user_id}')[:32]}"

    def stop_path(self, user_id: str) -> str:
        """The page behind that link."""
        return f"/unsubscribe.html?token={self.stop_token(user_id)}"

    def read_stop_token(self, token: str) -> str:
        """Whose mails it ends. Raises NotFound unless we have made it."""
        user_id, _, _ = token.partition(".")
        if not hmac.compare_digest(token.encode(), self.stop_token(user_id).encode()):
            raise NotFound("This link is not whole. Please open it from the mail again.")
        return user_id

    def seal(self, text: str) -> str:
        """A seal that only this installation can make of a text, for what must not be kept as it is, such as a code."""
        return hmac.digest(self._secret, f"seal:{self._issuer}:{text}".encode(), hashlib.sha256).hex()

    def _verify(self, token: str) -> AccessToken:
        try:
            # The clock is ours (tests hold it still), so the expiry is judged by the caller and not by the library.
            claims: dict[str, Any] = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                issuer=self._issuer,
                options={"require": list(_CLAIMS), "verify_exp": False, "verify_iat": False},
            )
            return AccessToken(str(claims["sub"]), str(claims["sid"]), str(claims["role"]), int(claims["exp"]))
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError):
            raise NotSignedIn("Please sign in again.") from None

    def _seal(self, session_id: str, turn: int) -> str:
        seal = hmac.digest(self._secret, f"refresh:{self._issuer}:{session_id}:{turn}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(seal).rstrip(b"=").decode()


def new_secret() -> str:
    """A secret for signing tokens: 32 random bytes."""
    return secrets.token_urlsafe(32)
