"""When a mail is tried again, what is one mail, and what others see of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shop_server.rules.mail import CodeWanted, good_until, mail_id, new_mail, next_try, with_codes_masked

AT = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
MAIL = new_mail("low_stock", "asha@example.in", {}, once="1", now=AT)


@given(st.integers(1, 1_000), st.integers(0, 200_000))
def test_a_next_try_is_later_but_never_when_it_is_too_late(attempts: int, seconds: int) -> None:
    now = AT + timedelta(seconds=seconds)
    again = next_try(replace(MAIL, attempts=attempts), now)
    if again is None:
        assert now + timedelta(hours=4) >= good_until(MAIL)
    else:
        assert now + timedelta(seconds=30) <= again < good_until(MAIL)


def test_a_mail_with_a_code_is_only_worth_sending_while_the_code_would_be_good() -> None:
    code = new_mail("reset_password", "d@example.in", {}, once="2", now=AT, code=CodeWanted("reset", "d", minutes=10))
    assert good_until(code) == AT + timedelta(minutes=10)
    assert next_try(replace(code, attempts=1), AT + timedelta(minutes=9, seconds=40)) is None
    assert code.rank < MAIL.rank


def test_one_occasion_is_one_mail() -> None:
    assert mail_id("order_placed:1") == mail_id("order_placed:1") != mail_id("order_placed:2")
    assert len(mail_id("x" * 10_000)) == 24


def test_a_code_among_the_data_is_masked() -> None:
    assert with_codes_masked({"name": "Devi", "code": "123456"}) == {"name": "Devi", "code": "••••••"}
