"""Mails of the program itself: two processes, a mail server that says nothing, and none at all."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable

from tests.api.caller import Caller
from tests.faults.program import Program
from tests.mailbox import open_mailbox
from tests.waiting import wait_until

PASSWORD = "mango pickle 7"


def register(program: Program, number: int) -> Caller:
    body = {
        "email": f"customer-{number}@example.in",
        "phone": str(7_000_000_000 + number),
        "password": PASSWORD,
        "firstName": "Devi",
        "lastName": "K",
        "role": "customer",
    }
    reply = Caller(program.port).post("/api/auth/register", body)
    assert reply.status == 201
    return Caller(program.port, reply.json["token"])


def test_two_processes_mail_soon_and_once_also_after_they_were_closed(start: Callable[..., Program]) -> None:
    with open_mailbox() as mailbox:
        environment = {"SMTP_URL": mailbox.url, "MAIL_FROM": "shop@example.in", "WORKERS": "2"}
        for first in (0, 4):
            program = start(environment=environment)
            program.wait_until_open()
            for number in range(first, first + 4):
                register(program, number)
            wait_until(lambda: len(mailbox.mails) >= first + 4, seconds=20, what="the mails")  # noqa: B023
            assert program.stop() == 0
        assert Counter(mailbox.recipients) == {f"customer-{number}@example.in": 1 for number in range(8)}


def test_a_mail_server_that_says_nothing_holds_up_nobody(start: Callable[..., Program]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        program = start(environment={"SMTP_URL": f"smtp://127.0.0.1:{silent.getsockname()[1]}"})
        program.wait_until_open()
        devi = register(program, 1)
        line, _ = silent.accept()
        with line:
            begun = time.monotonic()
            for _ in range(20):
                assert devi.get("/api/cart").status == 200
                assert devi.post("/api/auth/forgot-password", {"email": "customer-1@example.in"}).status == 202
            assert time.monotonic() - begun < 10, "nobody waits for the mail server"
        assert program.stop() == 0


def test_whoever_owns_the_machine_gives_an_account_a_new_password_beside_the_open_shop(
    start: Callable[..., Program],
) -> None:
    program = start()
    program.wait_until_open()
    devi = register(program, 1)
    assert devi.get("/api/auth/me").status == 200

    code, out, _ = start(command=("run_server.py", "--reset-password", "Customer-1@example.in")).end()

    assert code == 0
    password = out.splitlines()[0].rpartition(" ")[2]
    wait_until(lambda: devi.get("/api/auth/me").status == 401, what="the end of the old sign-in")
    wish = {"email": "customer-1@example.in", "password": password}
    assert devi.post("/api/auth/login", wish).status == 200
    assert devi.post("/api/auth/login", {**wish, "password": PASSWORD}).status == 401
    code, out, err = start(command=("run_server.py", "--reset-password", "nobody@example.in")).end()
    assert (code, out, err) == (1, "", "There is no account with this email address.\n")
