"""What people do all day in a shop, as a load that can go on for hours: they look, search, order, pay, sell, count and part.

CUSTOMERS_TASKS and ASHAS_TASKS are done by weight; ERRANDS are long and go on beside them, each in a thread of its own.
A new kind of work is one line in one of them.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
import time
from array import array
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.town import a_picture
from tests.waiting import wait_until

PASSWORD = "mangoes in May"
GOODS = 300
CUSTOMERS = 10
LISTENERS = 20
PAUSE_SECONDS = 0.04
RECENT_ORDERS = 200
LONGEST_ANSWER_SECONDS = 30.0
LONGEST_ERRAND_SECONDS = 600.0
FINE = frozenset((200, 201, 202, 204, 304, 409))
"""Two people may want to change the same order at once, so that one of them is told 409."""


@dataclass(eq=False)
class Street:
    """What all of them know: where the shop is, what it sells, and which orders were made lately."""

    port: int
    rows: int = 0
    """How many goods are on the list that is brought in again and again, beside those that people buy."""
    product_ids: list[str] = field(default_factory=list)
    orders: deque[tuple[str, Person]] = field(default_factory=lambda: deque(maxlen=RECENT_ORDERS))
    done: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    put_off: int = 0
    """How often the shop said that it is too busy, and to come again."""
    took: array[float] = field(default_factory=lambda: array("d"))
    """Pairs: when an answer came (monotonic seconds), and after how many seconds."""
    knocked: array[float] = field(default_factory=lambda: array("d"))
    """The same of knocks at the door, which cost the shop nothing: what they take is the machine's."""
    asha: Person = field(init=False)
    customers: list[Person] = field(default_factory=list)

    def open(self, goods: int = GOODS, customers: int = CUSTOMERS) -> None:
        """Asha opens a shop with goods on its shelf, and the customers get to know it."""
        self.asha = Person(self, "asha", 0)
        shop = {"shopName": "Asha Kirana", "shopAddress": "12 Station Road", "upiId": "asha@okbank"}
        self.asha.register("shopkeeper", **shop)
        for number in range(goods):
            body = {"name": f"Good {number}", "category": f"Shelf {number % 12}", "price": 10 + number, "stock": 50_000}
            self.product_ids.append(self.asha.ask("POST", "/api/products", body)["id"])
        self.customers = [Person(self, f"customer-{number}", number + 1) for number in range(customers)]
        for customer in self.customers:
            customer.register("customer")


class Person:
    """Somebody with one connection, which is made anew when it was parted."""

    def __init__(self, street: Street, name: str, number: int) -> None:
        self.street, self.name, self.number = street, name, number
        self.token = ""
        self._connection: http.client.HTTPConnection | None = None

    def register(self, role: str, **more: str) -> None:
        account = {"email": f"{self.name}@example.in", "password": PASSWORD, "firstName": "Soak", "lastName": "Rao"}
        phone = str(7_000_000_000 + self.number)
        answer = self.ask("POST", "/api/auth/register", {**account, "phone": phone, "role": role, **more})
        self.token = answer["token"]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer's JSON, {} when it is none; what may not be answered is complained of."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= {"Content-Type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.street.port, timeout=LONGEST_ANSWER_SECONDS)
        started = time.monotonic()
        try:
            written = body if body is None or isinstance(body, bytes) else json.dumps(body)
            self._connection.request(method, path, written, sent)
            response = self._connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.street.complaints.append(f"{method} {path}: {error!r}")
            self.part()
            return {}
        now = time.monotonic()
        (self.street.knocked if path == "/healthz" else self.street.took).extend((now, now - started))
        if response.status == 503:
            self.street.put_off += 1
        elif response.status not in FINE:
            self.street.complaints.append(f"{method} {path}: {response.status} {raw[:200]!r}")
        is_json = (
            response.headers.get("Content-Type") == "application/json" and not response.headers["Content-Encoding"]
        )
        return json.loads(raw) if is_json and response.status < 300 else {}

    def part(self) -> None:
        """Ends the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


Task = Callable[[Person, random.Random], None]


def knock(person: Person, chance: random.Random) -> None:
    person.ask("GET", "/healthz")


def browse(person: Person, chance: random.Random) -> None:
    person.ask("GET", f"/api/products?sort={chance.choice(['newest', 'name', 'price'])}", Accept_Encoding="gzip")


def search(person: Person, chance: random.Random) -> None:
    person.ask("GET", f"/api/products?q=good+{chance.randrange(GOODS)}")


def look_closer(person: Person, chance: random.Random) -> None:
    person.ask("GET", f"/api/products/{chance.choice(person.street.product_ids)}")


def fetch_page(person: Person, chance: random.Random) -> None:
    person.ask("GET", chance.choice(["/", "/cart.html", "/shared/api.js", "/styles/main.css"]))


def keep_cart(person: Person, chance: random.Random) -> None:
    person.ask("PUT", "/api/cart", {"items": _items(person, chance)})


def order(person: Person, chance: random.Random) -> None:
    said = {"items": _items(person, chance), "paymentMethod": chance.choice(["UPI", "Cash"]), "pickup": True}
    key = f"{chance.getrandbits(64):x}"
    placed = person.ask("POST", "/api/orders", said, Idempotency_Key=key)
    if "orderId" in placed:
        person.street.orders.append((placed["orderId"], person))


def change_order(person: Person, chance: random.Random) -> None:
    _with_order(person, chance, "PATCH", "", {"items": _items(person, chance)})


def call_off(person: Person, chance: random.Random) -> None:
    _with_order(person, chance, "POST", "/cancellation", {"reason": "Changed my mind"})


def claim(person: Person, chance: random.Random) -> None:
    _with_order(person, chance, "POST", "/payment/claim", {"utr": str(chance.randrange(10**12)).zfill(12)})


def look_at_order(person: Person, chance: random.Random) -> None:
    _with_order(person, chance, "GET", chance.choice(["", "/payment"]))


def list_orders(person: Person, chance: random.Random) -> None:
    person.ask("GET", f"/api/customer/orders?state={chance.choice(['', 'current', 'past'])}")


def sign_in_again(person: Person, chance: random.Random) -> None:
    person.ask("POST", "/api/auth/logout")
    person.token = ""
    answer = person.ask("POST", "/api/auth/login", {"email": f"{person.name}@example.in", "password": PASSWORD})
    person.token = answer.get("token", "")


def part(person: Person, chance: random.Random) -> None:
    person.part()


def vanish(person: Person, chance: random.Random) -> None:
    """Somebody's line breaks in the middle of a request, or of its answer."""
    with socket.create_connection(("127.0.0.1", person.street.port), timeout=10) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        line.sendall(chance.choice([b"GET /api/pro", b"GET /api/products HTTP/1.1\r\nHost: shop\r\n\r\n"]))


def look_at_desk(person: Person, chance: random.Random) -> None:
    paths = (
        "stats",
        "analytics?days=7",
        "orders?status=placed",
        "customers",
        "payments",
        "payments/log",
        "orders?q=so",
    )
    person.street.asha.ask("GET", f"/api/shopkeeper/{chance.choice(paths)}")


def work(person: Person, chance: random.Random) -> None:
    """Asha handles an order: the next step, or its money."""
    if not person.street.orders:
        return
    asha, (order_id, _) = person.street.asha, chance.choice(person.street.orders)
    step = chance.choice(["packed", "dispatched", "delivered", "confirmation"])
    if step == "confirmation":
        asha.ask("POST", f"/api/orders/{order_id}/payment/confirmation", {})
    else:
        asha.ask("PUT", f"/api/orders/{order_id}/status", {"status": step})


def mind_stock(person: Person, chance: random.Random) -> None:
    asha, path = person.street.asha, f"/api/products/{chance.choice(person.street.product_ids)}"
    deed = chance.choice(["/batches", "/wastage", "/movements", ""])
    if deed == "/movements":
        asha.ask("GET", path + deed)
    elif deed:
        asha.ask("POST", path + deed, {"quantity": 1, **({"reason": "Torn"} if deed == "/wastage" else {})})
    else:
        asha.ask("PUT", path, {"price": chance.randint(10, 500), "stock": 50_000})


CUSTOMERS_TASKS: tuple[tuple[float, Task], ...] = (
    *(
        (10, knock),
        (20, browse),
        (10, search),
        (10, look_closer),
        (5, fetch_page),
        (6, keep_cart),
        (14, order),
        (4, change_order),
    ),
    *((4, call_off), (4, claim), (8, look_at_order), (8, list_orders), (0.1, sign_in_again), (2, part), (2, vanish)),
)
ASHAS_TASKS: tuple[tuple[float, Task], ...] = ((10, look_at_desk), (12, work), (8, mind_stock))


def change_many(street: Street, asha: Person, chance: random.Random) -> None:
    """All prices at once."""
    asha.ask("PATCH", "/api/products", [{"id": id_, "price": chance.randint(10, 500)} for id_ in street.product_ids])


def take_pictures(street: Street, asha: Person, chance: random.Random) -> None:
    """A new picture of some product."""
    asha.ask("PUT", f"/api/products/{chance.choice(street.product_ids)}/image", {"image": a_picture()})


def bring_list(street: Street, asha: Person, chance: random.Random) -> None:
    """A list of goods, always the same ones with other prices."""
    price = chance.randint(10, 500)
    rows = "".join(f"Listed {number},{number % 50},Shelf {number % 12},{price}\n" for number in range(street.rows))
    file = f"name,quantity,category,price\n{rows}".encode()
    done = _run(street, asha, "/api/imports", asha.ask("POST", "/api/products/import", file, Content_Type="text/csv"))
    if (done.get("rows"), done.get("refused")) != (street.rows, 0):
        street.complaints.append(f"a list of {street.rows} goods: {done}")


def take_file(street: Street, asha: Person, chance: random.Random) -> None:
    """The goods or the orders as a file."""
    wish = {"kind": chance.choice(["inventory", "orders"])}
    done = _run(street, asha, "/api/exports", asha.ask("POST", "/api/exports", wish))
    if done.get("status") != "done":
        street.complaints.append(f"a file: {done}")
    else:
        asha.ask("GET", f"/api/exports/{done['id']}/file")


def _run(street: Street, asha: Person, place: str, sent: dict[str, Any]) -> dict[str, Any]:
    """How it went, when it has; nothing when the shop was too busy to take it or to say."""
    seen: list[dict[str, Any]] = [sent]

    def has_ended() -> bool:
        seen.append(asha.ask("GET", f"{place}/{sent['id']}"))
        return seen[-1].get("status") in ("done", "failed")

    if "id" in sent:
        wait_until(has_ended, seconds=LONGEST_ERRAND_SECONDS, what=place, every=0.5)
    return seen[-1]


ERRANDS: tuple[tuple[float, Callable[[Street, Person, random.Random], None]], ...] = (
    (10.0, change_many),
    (3.0, take_pictures),
    (20.0, bring_list),
    (10.0, take_file),
)
"""How many seconds to wait between two, and what is done."""


class Load:
    """The street at work, from `start` to `stop`."""

    def __init__(self, street: Street, seed: object) -> None:
        self._street = street
        self._leaving = threading.Event()
        workers = [(customer, CUSTOMERS_TASKS) for customer in street.customers] + [(street.asha, ASHAS_TASKS)]
        # Each with chances of her own, so that a seed says what everybody does.
        self._threads = [
            *(self._thread(self._live, person, tasks, f"{seed}:{person.name}") for person, tasks in workers),
            *(self._thread(self._go, pause, errand, f"{seed}:{errand.__name__}") for pause, errand in ERRANDS),
            self._thread(self._listen, f"{seed}:listeners"),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Everybody gets her answer and goes home."""
        self._leaving.set()
        for thread in self._threads:
            thread.join(LONGEST_ERRAND_SECONDS + LONGEST_ANSWER_SECONDS)
            assert not thread.is_alive(), "somebody is still waiting for an answer"

    def _thread(self, work: Callable[..., None], *given: Any) -> threading.Thread:
        return threading.Thread(target=work, args=given, daemon=True)

    def _live(self, person: Person, tasks: tuple[tuple[float, Task], ...], seed: str) -> None:
        chance = random.Random(seed)
        while not self._leaving.wait(chance.uniform(0, 2 * PAUSE_SECONDS)):
            ((_, task),) = chance.choices(tasks, [likely for likely, _ in tasks])
            task(person, chance)
            self._street.done[task.__name__] += 1
        person.part()

    def _go(self, pause: float, errand: Callable[[Street, Person, random.Random], None], seed: str) -> None:
        chance, asha = random.Random(seed), Person(self._street, "asha", 0)
        asha.token = self._street.asha.token
        while True:
            errand(self._street, asha, chance)
            self._street.done[errand.__name__] += 1
            if self._leaving.wait(pause * chance.uniform(0.5, 1.5)):
                break
        asha.part()

    def _listen(self, seed: str) -> None:
        """Some always listen to what happens; now and then one goes and another comes."""
        chance, lines = random.Random(seed), deque[socket.socket]()
        while not self._leaving.wait(0.5):
            while len(lines) < LISTENERS:
                lines.append(self._listener(chance.choice(self._street.customers).token))
            lines.popleft().close()
            self._street.done["listen"] += 1
        for line in lines:
            line.close()

    def _listener(self, token: str) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self._street.port), timeout=LONGEST_ANSWER_SECONDS)
        line.sendall(f"GET /api/events HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        # Nobody reads what comes: a phone that sleeps. The shop must not keep it for ever.
        return line


def _items(person: Person, chance: random.Random) -> list[dict[str, Any]]:
    chosen = chance.sample(person.street.product_ids, 2)
    return [{"id": product_id, "quantity": chance.randint(1, 3)} for product_id in chosen]


def _with_order(person: Person, chance: random.Random, method: str, rest: str, body: Any = None) -> None:
    own = [order_id for order_id, customer in list(person.street.orders)[-60:] if customer is person]
    if own:
        person.ask(method, f"/api/orders/{chance.choice(own)}{rest}", body)
