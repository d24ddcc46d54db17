"""The account as one JSON document: the facts, the items of the guidelines, and every figure with its question."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from harvester.review.boxes import boxes
from harvester.review.facts import Account
from harvester.review.figures import Figure
from harvester.review.items import Item, prisma_s, tarcis
from harvester.review.paragraph import paragraphs

__all__ = ["SCHEMA", "document"]

SCHEMA = "citation-harvester account 1"
"""Changes its number when a key is renamed or taken away."""


def document(account: Account) -> dict[str, Any]:
    """Give the account as values that JSON has; a figure is `{"name", "value", "query"}` wherever it stands."""
    return {
        "schema": SCHEMA,
        **{each.name: _plain(getattr(account, each.name)) for each in fields(account)},
        "unfinished": [run.id for run in account.unfinished],
        "replicas": list(account.replicas),
        "paragraphs": list(paragraphs(account)),
        "prisma_s": _items(prisma_s(account)),
        "tarcis": _items(tarcis(account)),
        "prisma_2020": [
            {
                "box": box.name,
                "column": box.column,
                "title": box.title,
                "standing": box.standing,
                "note": box.note,
                "entries": [{"label": entry.label, "figure": _plain(entry.figure)} for entry in box.entries],
            }
            for box in boxes(account)
        ],
        "figures": _plain(account.figures),
    }


def _items(items: tuple[Item, ...]) -> list[dict[str, str]]:
    return [item._asdict() for item in items]


def _plain(value: object) -> Any:
    if isinstance(value, Figure):
        return value._asdict()
    if is_dataclass(value):
        told = [each.name for each in fields(value) if not each.metadata.get("drawn")]
        return {name: _plain(getattr(value, name)) for name in told}
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    # The ledger may hold half of a pair of code units, which UTF-8 cannot write.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
