"""Fixtures of the tests over HTTP."""

from tests.api.cast import cast

__all__ = ["cast"]
