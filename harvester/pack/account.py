"""The report of a pack: the account of the whole library, without the titles of records that are left out."""

import csv
import io
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

from harvester import review
from harvester.library import Library
from harvester.library.redaction import UNSAID
from harvester.review import Account
from harvester.review.figures import clean

__all__ = ["MEMBERS", "report_of"]


def report_of(library: Library, *, unsaid: Collection[str]) -> Iterator[tuple[str, str]]:
    """Give the files of the report, by name, each with its text, in which none of these titles stands.

    The figures are those of the whole library, so that nothing that was identified or screened is lost to the account.
    """
    titles = frozenset(clean(title) for title in unsaid)
    account = _without(review.account(library), titles) if titles else review.account(library)
    for name, written in MEMBERS.items():
        yield name, written(account)


def _without(facts: Any, titles: frozenset[str]) -> Any:
    """Take titles out of facts, wherever they stand by themselves."""
    if isinstance(facts, str):
        return UNSAID if facts in titles else facts
    if isinstance(facts, Mapping):
        return {name: _without(each, titles) for name, each in facts.items()}
    if isinstance(facts, tuple):
        parts = tuple(_without(each, titles) for each in facts)
        return type(facts)._make(parts) if hasattr(facts, "_make") else parts
    if is_dataclass(facts) and not isinstance(facts, type):
        return replace(facts, **{each.name: _without(getattr(facts, each.name), titles) for each in fields(facts)})
    return facts


def _as_json(account: Account) -> str:
    return json.dumps(review.document(account), ensure_ascii=False, indent=1) + "\n"


def _as_csv(account: Account) -> str:
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(review.search_table(account))
    return stream.getvalue()


MEMBERS: Final[dict[str, Callable[[Account], str]]] = {
    "report/report.html": review.html,
    "report/report.md": review.markdown,
    "report/report.json": _as_json,
    "report/searches.csv": _as_csv,
    "report/flow.svg": review.flow_svg,
}
"""By name, how each file of the report is written from the account."""
