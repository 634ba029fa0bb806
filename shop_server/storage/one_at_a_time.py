"""One at a time: transactions that look at the same thing and write beside each other.

Two that each count, and each write another document, meet nowhere, and each decides without the other. So that they do,
both write one row first.
"""

from __future__ import annotations

from pymongo.client_session import ClientSession
from pymongo.database import Database

from shop_server.storage.documents import Document


def one_at_a_time(database: Database[Document], what: str, session: ClientSession) -> None:
    """Of two transactions that say the same here, the second is tried again until the first has come to its end."""
    database["turns"].update_one({"_id": what}, {"$inc": {"turn": 1}}, upsert=True, session=session)
