"""What a status other than 200 and 404 means: wait, give up for today, or mend the question."""

import email.utils
import json
import time

import httpx

from harvester.errors import AccessRefused, BudgetExhausted, Rejected, SourceDown
from harvester.model import Query
from harvester.policy import POLICIES

__all__ = ["Refusal", "refuse", "retry_after"]


class Refusal(Exception):
    """A status that time may mend; `wait` is what the server asked for, in seconds."""

    def __init__(self, sentence: str, *, wait: float | None = None) -> None:
        super().__init__(sentence)
        self.wait = wait


def refuse(query: Query, response: httpx.Response, *, longest_wait: float) -> None:
    """Say what a status other than 200 and 404 means for this question.

    `Retry-After` over a minute at OpenAlex is the time to midnight UTC (help.openalex.org, api/rate-limits).
    """
    status, said = response.status_code, _message(response)
    name = query.source
    if status == 429 and "Plan upgrade required" in said:
        raise AccessRefused(f"{name} answers this only to paying members: {said}")
    if status == 429 and said.startswith("Insufficient budget"):
        raise BudgetExhausted(f"{name} allows no more today: {said}")
    if status in {401, 403}:
        advice = f"check {POLICIES[name].identifies_by.removeprefix('a ').removeprefix('an ')}"
        raise AccessRefused(f"{name} refuses access (HTTP {status}: {said or 'no reason given'}); {advice}")
    if status in {400, 405, 413, 414, 422, 431}:
        raise Rejected(f"{name} does not accept the question (HTTP {status}): {said or query.url}")
    wait = retry_after(response)
    if wait is not None and wait > longest_wait:
        raise SourceDown(f"{name} asks to come back in {wait / 60:.0f} minutes (HTTP {status})")
    raise Refusal(f"HTTP {status} {said}".strip(), wait=wait)


def _message(response: httpx.Response) -> str:
    """Give the sentence in an error's JSON body, or nothing: bodies are HTML or empty as often."""
    try:
        body = json.loads(response.content)
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    message = body.get("message", body.get("error", ""))
    if isinstance(message, list) and message and isinstance(message[0], dict):  # Crossref's form
        message = message[0].get("message", "")
    error = body.get("error")
    text = f"{error}: {message}" if error == "Plan upgrade required" else str(message)
    return " ".join(text.split())[:300]


def retry_after(response: httpx.Response) -> float | None:
    """Read `Retry-After`, in seconds or as a date (RFC 9110, section 10.2.3)."""
    value = response.headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        when = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, when.timestamp() - time.time())
