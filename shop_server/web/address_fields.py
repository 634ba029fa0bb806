"""The parts of an address that can be wrong: its State, its country and its PIN code, judged without asking anybody."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from shop_server.rules.places import INDIA, find_country, find_state
from shop_server.web.fields import Name, blank_is_absent


def _read_country(value: str) -> str:
    country = find_country(value)
    if country is None:
        raise PydanticCustomError("shop", "enter a country, like India")
    return country


def _read_home_country(value: str) -> str:
    if _read_country(value) != INDIA:
        raise PydanticCustomError("shop", "goods are only brought to places in India")
    return INDIA


def _read_state(value: str, info: ValidationInfo) -> str:
    """States are known of India alone. A form names its country before its State, so that it is known here."""
    if info.data.get("country") not in (None, INDIA):
        return value
    state = find_state(value)
    if state is None:
        raise PydanticCustomError("shop", "choose a State or Union Territory of India, like Maharashtra")
    return state


State = Annotated[Name, AfterValidator(_read_state), Field(json_schema_extra={"examples": ["Maharashtra"]})]
OptionalState = Annotated[State | None, blank_is_absent]
OptionalCountry = Annotated[
    Annotated[Name, AfterValidator(_read_country)] | None, blank_is_absent, Field(examples=["India"])
]
OptionalHomeCountry = Annotated[
    Annotated[Name, AfterValidator(_read_home_country)] | None, blank_is_absent, Field(examples=["India"])
]
"""Where goods can be brought to."""
