"""Fixtures of the tests over HTTP."""

import pytest

from tests.api.caller import Caller, signed_in
from tests.api.cast import Cast, cast
from tests.builders import a_customer

__all__ = ["cast"]


@pytest.fixture
def farah(cast: Cast) -> Caller:
    """The admin of the installation, who has no shop."""
    return signed_in(cast.context, cast.asha.port, a_customer(cast.context, "Farah", is_admin=True))
