"""A crowd at the shop's door: each buys, changes her mind, pays, says she has paid, and Asha sells, counts and cancels.

All of it goes over real connections, and each remembers in the diary what she was answered. Who gets no answer, or is
told to come later, asks again until she has one, as the pages do.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.faults.diary import Deed
from tests.faults.trial_shop import TrialShop

PATIENCE_SECONDS = 60.0
"""A shop that does not answer for so long does not come back by itself."""
ANSWER_SECONDS = 15.0
UTRS = 60
RECENT = 60
NEXT_STEP = {"placed": "packed", "packed": "dispatched", "dispatched": "delivered", "return_requested": "returned"}


@dataclass(eq=False)
class KnownOrder:
    """An order as those who handle it know it; one of them at a time changes it, so that the last change is known."""

    id: str
    token: str
    status: str
    is_claimed: bool = False
    changing: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Wish:
    """A deed still to be asked for."""

    what: str
    about: str
    method: str
    path: str
    said: dict[str, Any]
    token: str
    order: KnownOrder | None = None
    key: str | None = None


class Crowd:
    """`people` who are busy between `start` and `stop`. What nobody may ever see is in `complaints`."""

    def __init__(self, shop: TrialShop, people: int, seed: object, pause_seconds: float = 0.0) -> None:
        # A later crowd at the same shop has keys of its own.
        self.name = f"crowd after {len(shop.diary)}"
        self.complaints: list[str] = []
        self.counted: Counter[str] = Counter()
        self.newest_order_asked_at = 0.0
        self.shop = shop
        self.orders: list[KnownOrder] = []
        self.pause_seconds = pause_seconds
        self._leaving = threading.Event()
        self._people = [threading.Thread(target=_Somebody(self, n, seed).live, daemon=True) for n in range(people)]

    def start(self) -> None:
        for thread in self._people:
            thread.start()

    def stop(self) -> None:
        """Everybody gets the answer that she waits for, and leaves."""
        self._leaving.set()
        for thread in self._people:
            thread.join(2 * PATIENCE_SECONDS)
            assert not thread.is_alive(), "somebody is still waiting for an answer"

    def stay(self, seconds: float) -> bool:
        """Waits for so long, less when it is time to leave; whether to go on."""
        return not self._leaving.wait(seconds)

    def orders_placed(self) -> int:
        return self.counted["place"]


@contextmanager
def crowd_at(shop: TrialShop, people: int, seed: object, pause_seconds: float = 0.0) -> Iterator[Crowd]:
    """A crowd that is there until the end, and leaves in good order."""
    crowd = Crowd(shop, people, seed, pause_seconds)
    crowd.start()
    try:
        yield crowd
    finally:
        crowd.stop()


class _Somebody:
    """One of the crowd, with a connection of her own."""

    def __init__(self, crowd: Crowd, number: int, seed: object) -> None:
        self._crowd, self._shop, self._number = crowd, crowd.shop, number
        self._chance = random.Random(f"{seed}:{number}")
        self._token = crowd.shop.customer(number)
        self._keys = 0
        self._connection: http.client.HTTPConnection | None = None

    def live(self) -> None:
        while self._crowd.stay(self._chance.uniform(0, 2) * self._crowd.pause_seconds):
            wish = self._wish()
            if wish.what == "change" and wish.order is not None:
                with wish.order.changing:
                    self._do(wish)
            else:
                self._do(wish)
        if self._connection is not None:
            self._connection.close()

    # --- asking ---

    def _do(self, wish: Wish) -> None:
        deed = Deed(wish.what, wish.about, wish.said)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (answered := self._ask(wish)) is None or answered[0] == 503:
            deed.is_lost = True
            if time.monotonic() > deadline:
                self._crowd.complaints.append(f"{wish.what}: no answer for {PATIENCE_SECONDS:.0f} seconds")
                break
            # Not so often that asking keeps the machine from opening the shop.
            threading.Event().wait(self._chance.uniform(0.1, 0.4))
        else:
            deed.status, deed.answer = answered
        self._remember(wish, deed)

    def _ask(self, wish: Wish) -> tuple[int, Any] | None:
        """Asks once. None when the connection broke before the answer."""
        headers = {"Authorization": f"Bearer {wish.token}", "Content-Type": "application/json"}
        if wish.key is not None:
            headers["Idempotency-Key"] = wish.key
        asked_at = time.monotonic()
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._shop.port, timeout=ANSWER_SECONDS)
            self._connection.request(wish.method, wish.path, json.dumps(wish.said), headers)
            response = self._connection.getresponse()
            answer = json.loads(response.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError):
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return None
        if wish.what == "place" and response.status == 201:
            self._crowd.newest_order_asked_at = max(self._crowd.newest_order_asked_at, asked_at)
        return response.status, answer

    def _remember(self, wish: Wish, deed: Deed) -> None:
        crowd = self._crowd
        if deed.status >= 500 or deed.status in (400, 401, 403, 404):
            crowd.complaints.append(f"{deed.what}: {deed.status} {deed.answer}")
        crowd.counted[deed.what if deed.is_done else f"{deed.what}, refused"] += 1
        if deed.is_done and wish.what == "place":
            deed.about = deed.answer["orderId"]
            crowd.orders.append(KnownOrder(deed.about, wish.token, deed.answer["status"]))
            if self._chance.random() < 0.1:
                self._ask_again(wish, deed)
        elif deed.is_done and wish.order is not None:
            wish.order.is_claimed = wish.what == "claim"
            if wish.what != "claim":
                wish.order.status = deed.answer.get("orderStatus", deed.answer["status"])
        crowd.shop.diary.append(deed)

    def _ask_again(self, wish: Wish, deed: Deed) -> None:
        """A second tap on the same button."""
        again = self._ask(wish)
        self._crowd.counted["place again"] += 1
        if again is not None and again[0] != 503 and again != (deed.status, deed.answer):
            self._crowd.complaints.append(f"place again: {again} instead of {(deed.status, deed.answer)}")

    # --- wishing ---

    def _wish(self) -> Wish:
        kinds: list[tuple[int, Callable[[], Wish]]] = [(10, self._buy), (4, self._store)]
        if self._crowd.orders:
            kinds += [(11, self._ask_of_shop), (17, self._work)]
        (_, wish) = self._chance.choices(kinds, [likely for likely, _ in kinds])[0]
        return wish()

    def _buy(self) -> Wish:
        said = {
            "items": self._items(),
            "paymentMethod": self._chance.choice(["UPI", "UPI", "Cash"]),
            "pickup": True,
        }
        return Wish("place", "", "POST", "/api/orders", said, self._token, key=self._key())

    def _ask_of_shop(self) -> Wish:
        """What a customer does about an order."""
        order = self._order()
        utr = {"utr": f"6000000{self._chance.randrange(UTRS):05d}"}
        what, method, path, said = self._one_of(
            (5, ("claim", "POST", "payment/claim", utr)),
            (4, ("change", "PATCH", "", {"items": self._items()})),
            (1, ("cancel", "POST", "cancellation", {"reason": "changed my mind"})),
            (2, ("return", "POST", "return", {"reason": "stale"})),
        )
        return self._about(order, order.token, what, method, path, said)

    def _work(self) -> Wish:
        """What Asha does about an order, of those with a claim sooner than of others."""
        order = self._order()
        if self._chance.random() < 0.25:
            order = next((known for known in reversed(self._crowd.orders[-RECENT:]) if known.is_claimed), order)
        # Always the same of one order, so that whichever of two askings came first, it is known what was done.
        restock = int(order.id[-1], 16) % 2 == 0
        seen: dict[str, Any] = self._chance.choice(
            [{}, {}, {}, {"utr": f"6000000{self._chance.randrange(UTRS):05d}"}, {"amount": 45, "accept": True}]
        )
        move = {"status": NEXT_STEP.get(order.status, "packed"), "restock": restock}
        what, method, path, said = self._one_of(
            (8, ("move", "PUT", "status", move)),
            (1, ("move", "PUT", "status", {"status": "packed", "restock": restock})),
            (7, ("confirm", "POST", "payment/confirmation", seen)),
            (9 if order.is_claimed else 1, ("reject", "POST", "payment/rejection", {"reason": "not in the bank"})),
            (2, ("refund", "POST", "payment/refund", {"reference": f"NEFT {order.id}"})),
            (1, ("cancel", "POST", "cancellation", {"reason": "closed"})),
        )
        return self._about(order, self._shop.asha, what, method, path, said)

    def _store(self) -> Wish:
        """What Asha does about her goods."""
        good = self._chance.choice(self._shop.goods)
        key = self._key()
        today = date.fromisoformat(self._shop.today())
        batch = {"quantity": self._chance.randrange(10, 40), "batchNo": key}
        if self._chance.random() < 0.6:
            # Good until the midnight that comes during the trial, or for a day more.
            batch["expiresOn"] = (today + timedelta(days=self._chance.randrange(2))).isoformat()
        what, path, said = self._one_of(
            (5, ("receive", "batches", batch)),
            (1, ("count", "counts", {"quantity": self._chance.randrange(150), "reason": key})),
            (2, ("waste", "wastage", {"quantity": self._chance.randrange(1, 4), "reason": key})),
        )
        return Wish(what, good.id, "POST", f"/api/products/{good.id}/{path}", said, self._shop.asha, key=key)

    def _about(self, order: KnownOrder, token: str, what: str, method: str, path: str, said: dict[str, Any]) -> Wish:
        return Wish(what, order.id, method, f"/api/orders/{order.id}/{path}".rstrip("/"), said, token, order)

    def _items(self) -> list[dict[str, Any]]:
        return [
            {"id": self._chance.choice(self._shop.goods).id, "quantity": self._chance.randrange(1, 4)}
            for _ in range(self._chance.randrange(1, 4))
        ]

    def _order(self) -> KnownOrder:
        """Mostly a recent one, so that several people meet at it."""
        return self._chance.choice(self._crowd.orders[-RECENT:])

    def _key(self) -> str:
        self._keys += 1
        return f"{self._crowd.name}, somebody {self._number}, wish {self._keys}"

    def _one_of(self, *choices: tuple[int, Any]) -> Any:
        """One of these, each as likely as its number says."""
        return self._chance.choices(choices, [likely for likely, _ in choices])[0][1]
