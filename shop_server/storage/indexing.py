"""Keeps the database's indexes as `indexes.py` lists them, and proves that the shop's queries use them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import CollectionInvalid, OperationFailure

from shop_server import storage
from shop_server.storage.documents import Document

_INDEX_NOT_FOUND = 27
_CONFLICTS = (85, 86)


@dataclass(frozen=True)
class Index:
    """One index: `serves` names the query or the promise it is there for.

    `only` limits it to the documents that match; `expires_after_seconds` has MongoDB remove them so long after the time
    in its one field.
    """

    collection: str
    keys: tuple[tuple[str, int], ...]
    serves: str
    unique: bool = False
    only: Document | None = None
    expires_after_seconds: int | None = None

    @property
    def name(self) -> str:
        """As MongoDB would name it."""
        return "_".join(f"{key}_{direction}" for key, direction in self.keys)

    def options(self) -> Document:
        """What it has besides its keys."""
        options: Document = {}
        if self.unique:
            options["unique"] = True
        if self.only is not None:
            options["partialFilterExpression"] = self.only
        if self.expires_after_seconds is not None:
            options["expireAfterSeconds"] = self.expires_after_seconds
        return options


@dataclass(frozen=True)
class Query:
    """One query of the storage layer with example values: a filter with its sort, or a pipeline.

    A storage module names its own in a tuple QUERIES; `every_query` finds them there.
    """

    name: str
    collection: str
    filter: Document = field(default_factory=dict)
    sort: tuple[tuple[str, int], ...] = ()
    pipeline: Sequence[Document] | None = None


def create_all(database: Database[Document], indexes: Sequence[Index], collections: Iterable[str] = ()) -> None:
    """Makes collections and indexes that are missing, and anew those that differ. What is right costs a round trip."""
    # With its first index a collection is made too.
    for name in sorted({*collections} - {index.collection for index in indexes} - {*database.list_collection_names()}):
        _create_collection(database, name)
    for name, group in groupby(sorted(indexes, key=_by_collection), _by_collection):
        _create(database, name, list(group))


def problems(database: Database[Document], indexes: Sequence[Index]) -> list[str]:
    """One line per index that is missing, different, or not in the list."""
    found: list[str] = []
    there = {(name, index["name"]): index for name in _collections(database) for index in _listed(database, name)}
    for index in indexes:
        actual = there.pop((index.collection, index.name), None)
        if actual is None:
            found.append(f"missing: {index.collection}.{index.name} ({index.serves})")
        elif _difference(index, actual):
            found.append(f"different: {index.collection}.{index.name} {_difference(index, actual)}")
    found += [f"not in the list: {collection}.{name}" for collection, name in there]
    return found


def unused(database: Database[Document], indexes: Sequence[Index]) -> list[str]:
    """One line per index that no query has used since mongod started; those that keep a promise are always in use."""
    lines: list[str] = []
    for name, group in groupby(sorted(indexes, key=_by_collection), _by_collection):
        uses = {row["name"]: row["accesses"] for row in database[name].aggregate([{"$indexStats": {}}])}
        for index in group:
            use = uses.get(index.name)
            if use and use["ops"] == 0 and not index.unique and index.expires_after_seconds is None:
                lines.append(f"unused since {use['since']:%Y-%m-%d %H:%M} UTC: {name}.{index.name} ({index.serves})")
    return lines


def every_query() -> list[Query]:
    """All that the storage modules name in their QUERIES."""
    queries: list[Query] = []
    for module in pkgutil.iter_modules(storage.__path__, storage.__name__ + "."):
        queries += getattr(importlib.import_module(module.name), "QUERIES", ())
    return queries


def explain(database: Database[Document], query: Query) -> tuple[bool, str]:
    """Whether the query is answered through indexes alone, and which they are."""
    used: set[str] = set()
    for command in _commands(query):
        plan = database.command("explain", command, verbosity="queryPlanner")
        stages = [stage for stage in _walk(plan) if "stage" in stage]
        if any(stage["stage"] == "COLLSCAN" for stage in stages):
            return False, "reads every document"
        used |= {stage["indexName"] for stage in stages if "indexName" in stage}
    return True, ", ".join(sorted(used)) or "_id_"


def _commands(query: Query) -> Iterator[Document]:
    if query.pipeline is None:
        yield {"find": query.collection, "filter": query.filter, "sort": dict(query.sort)}
        return
    yield {"aggregate": query.collection, "pipeline": list(query.pipeline), "cursor": {}}
    for stage in query.pipeline:
        if "$lookup" in stage:
            # Its plan is not told beforehand: it asks the other collection once per document, like this.
            other = stage["$lookup"]
            yield {"find": other["from"], "filter": {other["foreignField"]: "any"}}


def _by_collection(index: Index) -> str:
    return index.collection


def _create_collection(database: Database[Document], name: str) -> None:
    try:
        database.create_collection(name)
    except (CollectionInvalid, OperationFailure) as error:
        # Another process of the shop was faster.
        if name not in database.list_collection_names():
            raise error


def _create(database: Database[Document], name: str, indexes: list[Index]) -> None:
    models = [IndexModel(list(index.keys), name=index.name, **index.options()) for index in indexes]
    try:
        database[name].create_indexes(models)
    except OperationFailure as error:
        if error.code not in _CONFLICTS:
            raise
        there = {index["name"]: index for index in _listed(database, name)}
        for index in indexes:
            if index.name in there and _difference(index, there[index.name]):
                _drop(database, name, index.name)
        database[name].create_indexes(models)


def _drop(database: Database[Document], collection: str, name: str) -> None:
    try:
        database[collection].drop_index(name)
    except OperationFailure as error:
        if error.code != _INDEX_NOT_FOUND:
            raise


def _collections(database: Database[Document]) -> list[str]:
    return [name for name in database.list_collection_names() if not name.startswith("system.")]


def _listed(database: Database[Document], collection: str) -> list[Document]:
    return [dict(index) for index in database[collection].list_indexes() if index["name"] != "_id_"]


def _difference(index: Index, actual: Document) -> str:
    wanted: Document = {"key": dict(index.keys), **index.options()}
    is_now = {name: actual[name] for name in actual if name not in ("v", "name", "ns", "background")}
    is_now["key"] = dict(is_now["key"])
    if is_now == wanted and list(is_now["key"]) == list(wanted["key"]):
        return ""
    return f"is {is_now}, should be {wanted}"


def _walk(plan: Any) -> Iterator[Document]:
    if isinstance(plan, dict):
        yield plan
        for name, part in plan.items():
            # What the planner did not choose is no matter.
            if name != "rejectedPlans":
                yield from _walk(part)
    elif isinstance(plan, list):
        for part in plan:
            yield from _walk(part)
