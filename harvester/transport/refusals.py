"""What a status other than 200 and 404 means: wait, give up for today, or mend the question."""

import email.utils
import json
import math
import re
from datetime import UTC, datetime

import httpx

from harvester.errors import AccessRefused, BudgetExhausted, Rejected, SourceDown
from harvester.model import Query
from harvester.policy import POLICIES

__all__ = ["Refusal", "is_over_budget", "refuse", "retry_after"]

# Of the statuses that blame the question, the ones that time may mend (RFC 9110, section 15.5; RFC 8470; RFC 6585).
TEMPORARY = frozenset({408, 421, 425, 429})


class Refusal(Exception):
    """A status that time may mend; `wait` is what the server asked for, in seconds."""

    def __init__(self, sentence: str, *, wait: float | None = None) -> None:
        super().__init__(sentence)
        self.wait = wait


def refuse(query: Query, response: httpx.Response, *, longest_wait: float) -> None:
    """Say what a status other than 200 and 404 means for this question, by raising it.

    `Retry-After` over a minute at OpenAlex is the time to midnight UTC (help.openalex.org, api/rate-limits).
    Crossref blocks an address by 403 (crossref.org/documentation/retrieve-metadata/rest-api).
    """
    status, said = response.status_code, _message(response)
    name = query.source
    if status == 429 and "Plan upgrade required" in said:
        raise AccessRefused(f"{name} answers this only to paying members: {said}")
    if is_over_budget(response):
        raise BudgetExhausted(f"{name} allows no more today: {said}")
    if status in {401, 403, 407, 451}:
        means = POLICIES[name].identifies_by.removeprefix("a ").removeprefix("an ")
        raise AccessRefused(
            f"{name} refuses access (HTTP {status}: {said or 'no reason given'}); "
            f"check the {means}, and ask {name} why if it is right"
        )
    if 400 <= status < 500 and status not in TEMPORARY:
        raise Rejected(f"{name} does not accept the question (HTTP {status}): {said or query.url}")
    wait = retry_after(response)
    if wait is not None and wait > longest_wait:
        minutes = math.ceil(wait / 60)
        raise SourceDown(
            f"{name} asks to come back in {minutes} minute{'s' if minutes != 1 else ''} (HTTP {status}); resume then"
        )
    raise Refusal(f"HTTP {status} {said}".strip(), wait=wait)


def is_over_budget(response: httpx.Response) -> bool:
    """Tell the 429 of an empty budget from that of going too fast (github.com/ourresearch/openalex-api-proxy)."""
    return response.status_code == 429 and _message(response).startswith("Insufficient budget")


def _message(response: httpx.Response) -> str:
    """Give the sentence in an error's JSON body, or nothing: bodies are HTML or empty as often."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(body, dict):
        return ""
    error, message = body.get("error"), body.get("message")
    if isinstance(message, list) and message and isinstance(message[0], dict):  # Crossref's form
        message = message[0].get("message")
    said = [text for text in (error, message) if isinstance(text, str)]
    text = ": ".join(said) if error == "Plan upgrade required" else "".join(said[-1:])
    return " ".join(text.split())[:300]


def retry_after(response: httpx.Response) -> float | None:
    """Read `Retry-After`, in seconds or as a date (RFC 9110, section 10.2.3); what cannot be read is None.

    A date is taken against the server's own `Date`, since the clock here may be wrong.

    >>> retry_after(httpx.Response(429, headers={"Retry-After": "30"}))
    30.0
    """
    value = response.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", value):
        return float(value)
    until = _moment(value)
    if until is None:
        return None
    now = _moment(response.headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _moment(value: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):  # strangers write dates
        return None
    # One of the three forms that RFC 9110 asks to be understood names no zone, and means UTC.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
