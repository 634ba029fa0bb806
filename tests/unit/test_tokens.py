"""Only what this shop signed, for as long as it said, opens anything."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from shop_server.errors import NotSignedIn
from shop_server.security.tokens import Tokens, new_secret

SECRET = new_secret()
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
tokens = Tokens(SECRET, "shop-one", access_minutes=15)


def devis() -> str:
    return tokens.access_token(user_id="devi", session_id="s1", role="customer", now=NOW)


def claims() -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(devis(), options={"verify_signature": False})
    return claims


def part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def signed(header: object, payload: object, key: str = SECRET, digest: Any = hashlib.sha256) -> str:
    message = f"{part(header)}.{part(payload)}"
    seal = hmac.new(key.encode(), message.encode(), digest).digest()
    return message + "." + base64.urlsafe_b64encode(seal).rstrip(b"=").decode()


def test_an_access_token_says_who_and_where() -> None:
    read = tokens.read_access_token(devis(), NOW)
    assert read == ("devi", "s1", "customer", int(NOW.timestamp()) + 900)


def test_an_access_token_holds_until_its_last_second() -> None:
    token = devis()
    assert tokens.read_access_token(token, NOW + timedelta(seconds=899))
    with pytest.raises(NotSignedIn, match="run out"):
        tokens.read_access_token(token, NOW + timedelta(seconds=900))


def test_no_two_access_tokens_are_the_same() -> None:
    assert devis() != devis()


def test_the_forging_of_these_tests_is_able_to_make_a_valid_token() -> None:
    assert tokens.read_access_token(signed({"alg": "HS256", "typ": "JWT"}, claims()), NOW).user_id == "devi"


FORGED = {
    "nothing": lambda: "",
    "words": lambda: "not.a.token",
    "beyond ASCII": lambda: "ट.ो.क",
    "no algorithm": lambda: f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims())}.",
    "no algorithm, signed": lambda: signed({"alg": "none"}, claims()),
    "another algorithm": lambda: signed({"alg": "HS512"}, claims(), digest=hashlib.sha512),
    "a public key algorithm": lambda: signed({"alg": "RS256"}, claims()),
    "another key": lambda: signed({"alg": "HS256"}, claims(), key=new_secret()),
    "another role": lambda: ".".join(
        [devis().split(".")[0], part(claims() | {"role": "shopkeeper"}), devis().split(".")[2]]
    ),
    "another shop's": lambda: Tokens(SECRET, "shop-two", 15).access_token(
        user_id="devi", session_id="s1", role="customer", now=NOW
    ),
    "cut off": lambda: devis()[:-4],
    "with a time that is none": lambda: signed({"alg": "HS256"}, claims() | {"exp": "soon"}),
    "that is a list": lambda: signed({"alg": "HS256"}, ["sub"]),
    "no algorithm, in other letters": lambda: f"{part({'alg': 'nOnE'})}.{part(claims())}.",
    "a list of algorithms": lambda: signed({"alg": ["HS256", "none"]}, claims()),
    "no word about the algorithm": lambda: signed({"typ": "JWT"}, claims()),
    "a key that the token names": lambda: signed({"alg": "HS256", "kid": "../../dev/null"}, claims(), key=""),
    "a key that the token brings": lambda: signed(
        {"alg": "HS256", "jwk": {"kty": "oct", "k": part("mine")}, "jku": "http://evil.example/keys"}, claims(), "mine"
    ),
    "a key's name that is a number": lambda: signed({"alg": "HS256", "kid": 1}, claims()),
    "more that must be understood": lambda: signed({"alg": "HS256", "crit": ["exp"], "b64": False}, claims()),
    "without its signature": lambda: ".".join(devis().split(".")[:2]) + ".",
    "two signatures": lambda: devis() + "." + devis().split(".")[2],
    "nested without end": lambda: f"{base64.urlsafe_b64encode(b'[' * 9000).decode()}.{part({})}.AA",
    "with surrogates": lambda: "\ud800.\ud800.\ud800",
    "encrypted": lambda: f"{part({'alg': 'dir', 'enc': 'A256GCM'})}..AA.AA.AA",
    "for ever": lambda: signed({"alg": "HS256"}, claims() | {"exp": float("inf")}),
    "at no time": lambda: signed({"alg": "HS256"}, claims() | {"exp": float("nan")}),
    "with a list for a time": lambda: signed({"alg": "HS256"}, claims() | {"exp": [1]}),
    "with a list of issuers": lambda: signed({"alg": "HS256"}, claims() | {"iss": ["shop-one", "shop-two"]}),
    "with a name that is a number": lambda: signed({"alg": "HS256"}, claims() | {"sub": 1}),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_refuses_a_token(forge: Any) -> None:
    with pytest.raises(NotSignedIn):
        tokens.read_access_token(forge(), NOW)


@pytest.mark.parametrize("name", ["sub", "sid", "role", "iat", "exp", "jti", "iss"])
def test_refuses_a_token_without_one_of_its_claims(name: str) -> None:
    rest = {key: value for key, value in claims().items() if key != name}
    with pytest.raises(NotSignedIn):
        tokens.read_access_token(signed({"alg": "HS256"}, rest), NOW)


SESSION = "0123456789abcdef01234567"


def test_a_refresh_token_names_its_session_and_turn() -> None:
    assert tokens.read_refresh_token(tokens.refresh_token(SESSION, 7)) == (SESSION, 7)


def test_the_refresh_token_of_a_turn_is_always_the_same_and_of_another_turn_another() -> None:
    assert tokens.refresh_token(SESSION, 1) == tokens.refresh_token(SESSION, 1)
    assert tokens.refresh_token(SESSION, 1).split(".")[2] != tokens.refresh_token(SESSION, 2).split(".")[2]


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        devis(),
        tokens.refresh_token(SESSION, 1).replace(".1.", ".2."),
        tokens.refresh_token(SESSION, 1).replace("0123", "0124"),
        tokens.refresh_token(SESSION, 1)[:-1],
        tokens.refresh_token(SESSION, 1) + "\n",
        Tokens(new_secret(), "shop-one", 15).refresh_token(SESSION, 1),
        Tokens(SECRET, "shop-two", 15).refresh_token(SESSION, 1),
    ],
    ids=[
        "nothing",
        "no token",
        "access token",
        "another turn",
        "another session",
        "cut off",
        "with a line end",
        "another secret",
        "another shop",
    ],
)
def test_refuses_a_refresh_token_that_it_never_gave(forged: str) -> None:
    with pytest.raises(NotSignedIn):
        tokens.read_refresh_token(forged)


def test_secrets_are_long_and_never_repeat() -> None:
    assert new_secret() != new_secret()
    assert len(new_secret()) >= 43
