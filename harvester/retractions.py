"""What the notices on a work say of its retraction, and where they contradict each other.

Sources name the same thing differently: Crossref has retractions, withdrawals and removals, each by the publisher or by
Retraction Watch; PubMed has retractions, partial ones and those with a replacement; OpenAlex has a flag and no notice.
"""

import re

from harvester.model import Update, Work

__all__ = ["first_date", "is_retracting", "notices", "told"]

_RETRACTING = re.compile(r"retract|withdraw|removal", re.IGNORECASE)
_REINSTATING = re.compile(r"reinstate", re.IGNORECASE)


def is_retracting(notice: Update) -> bool:
    """Say whether by such a notice a work, or a part of it, is no longer to be relied on as it was published.

    >>> is_retracting(Update(direction="updated_by", type="partial_retraction", asserted_by="pubmed"))
    True
    >>> is_retracting(Update(direction="updated_by", type="expression_of_concern", asserted_by="pubmed"))
    False
    """
    return _RETRACTING.search(notice.type) is not None


def notices(work: Work) -> tuple[Update, ...]:
    """List the notices by which a work is retracted, and with them those by which it is reinstated."""
    said = [each for each in work.updates if each.direction == "updated_by"]
    if not any(map(is_retracting, said)):
        return ()
    return tuple(each for each in said if is_retracting(each) or _REINSTATING.search(each.type))


def first_date(work: Work) -> str | None:
    """The day of the first notice that retracts the work, as precise as it is given; None where none has a date."""
    return min((each.date for each in notices(work) if each.date and is_retracting(each)), default=None)


def told(notice: Update) -> str:
    """Write a notice on one line: what it is, its day, what it is known by, and who says so.

    >>> told(
    ...     Update(direction="updated_by", type="retraction", doi="10.1000/n", date="2020-05", asserted_by="publisher")
    ... )
    'retraction 2020-05 10.1000/n (publisher)'
    """
    parts = (notice.type, notice.date, notice.doi or notice.record_id, f"({notice.asserted_by})")
    return " ".join(part for part in parts if part)
