"""Faults on demand: what public APIs do on a bad day, at a share of the requests.

`--faults latency=20ms,429=0.1,cut=0.05,seed=7` delays every answer by 20 ms, refuses a tenth of the requests
and cuts a twentieth of the answers short. Which fault strikes is decided by the seed, the URL and how often
that URL has been asked, and by nothing else: not by the order in which requests arrive. So a run can be
repeated, and a request that failed is drawn anew each time it is sent again.

`429`, `503`, `504html` and `dead-cursor` come from what stands in front of an API: it is not asked, and
nothing is charged. Behind `cut`, `drop` and `empty-page` the API has answered and charged; the answer is lost
or spoilt on its way. A fault that cannot strike a request (`empty-page` where no list is asked for) does not.
"""

import hashlib
import json
import math
import re
from dataclasses import dataclass
from typing import Protocol, runtime_checkable
from urllib.parse import parse_qsl

from harvester.errors import InputError
from harvester.replica.http import Request, Response, Site

__all__ = ["NAMES", "Faults", "Throttle", "emptied", "instead", "parse"]

NAMES = ("429", "503", "504html", "cut", "drop", "dead-cursor", "empty-page")
"""Faults that strike a share of the requests."""

_LATENCY = re.compile(r"(\d+(?:\.\d+)?)(ms|s)")
_HTML = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"


@runtime_checkable
class Throttle(Protocol):
    """A site with a 429 of its own; without one it is an empty answer that does not say how long to wait."""

    def too_fast(self, request: Request) -> Response:
        """The answer to one request too many."""
        ...


@dataclass(frozen=True)
class Faults:
    """Seconds of delay, the share of each fault, and the seed that says where they strike."""

    latency: float = 0.0
    shares: tuple[tuple[str, float], ...] = ()
    seed: int = 0

    def strike(self, url: str, times: int) -> str | None:
        """The fault that hits a URL which has been asked `times` times before, or None.

        >>> always = parse("503=1")
        >>> always.strike("/crossref/works", 0), parse("").strike("/crossref/works", 0)
        ('503', None)
        """
        drawn = self.chance(url, times, "fault")
        for name, share in self.shares:
            if drawn < share:
                return name
            drawn -= share
        return None

    def chance(self, url: str, times: int, what: str) -> float:
        """A number from 0 up to 1 that is always the same for the same request."""
        digest = hashlib.sha256(f"{self.seed}\n{what}\n{times}\n{url}".encode(errors="replace")).digest()
        return int.from_bytes(digest[:6]) / 2**48


def parse(spec: str) -> Faults:
    """The faults in a comma list of `name=value`; an empty list is none.

    Raises `InputError` for a name that is no fault, a share outside 0 to 1, and shares that add up to more.

    >>> parse("latency=100ms,429=0.1,seed=7")
    Faults(latency=0.1, shares=(('429', 0.1),), seed=7)
    """
    latency, seed = 0.0, 0
    shares: dict[str, float] = {}
    for piece in filter(None, map(str.strip, spec.split(","))):
        name, equals, value = (part.strip() for part in piece.partition("="))
        if not equals:
            raise InputError(f"Fault {piece!r} has no value: write it as name=value, such as 429=0.1.")
        if name == "latency":
            match = _LATENCY.fullmatch(value)
            if match is None:
                raise InputError(f"latency={value} is no time: write it as 100ms or 1.5s.")
            latency = float(match[1]) / (1000 if match[2] == "ms" else 1)
        elif name == "seed":
            if not re.fullmatch(r"-?[0-9]{1,18}", value):
                raise InputError(f"seed={value} is no whole number.")
            seed = int(value)
        elif name in NAMES:
            shares[name] = _share(name, value)
        else:
            raise InputError(f"There is no fault {name!r}; there are latency, seed, {', '.join(NAMES)}.")
    if sum(shares.values()) > 1 + 1e-9:
        raise InputError(f"The shares of all faults add up to {sum(shares.values()):g}; 1 is the most.")
    # In one order, however they were written, so that the same shares strike the same requests.
    return Faults(latency, tuple((name, shares[name]) for name in NAMES if name in shares), seed)


def _share(name: str, value: str) -> float:
    try:
        share = float(value)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise InputError(f"{name}={value} is no share: write a number from 0 to 1, such as {name}=0.1.")
    return share


def instead(fault: str, prefix: str, site: Site, request: Request) -> Response | None:
    """The answer that a fault gives in the site's place, or None where the site is to be asked."""
    if fault == "429":
        return site.too_fast(request) if isinstance(site, Throttle) else Response(429)
    if fault in ("503", "504html"):
        text = "503 Service Temporarily Unavailable" if fault == "503" else "504 Gateway Time-out"
        return Response(int(fault[:3]), {"content-type": "text/html"}, _HTML.format(text).encode())
    if fault == "dead-cursor" and prefix == "crossref" and _goes_on(request):
        message = {
            "type": "cursor-invalid",
            "value": dict(parse_qsl(request.query))["cursor"],
            "message": "Cursor specified but it is invalid",
        }
        body = {"status": "failed", "message-type": "resource-failure", "message": [message]}
        return Response(404, {"content-type": "application/json"}, json.dumps(body).encode())
    return None


def _goes_on(request: Request) -> bool:
    return dict(parse_qsl(request.query)).get("cursor", "*") != "*"


def emptied(response: Response) -> Response | None:
    """A list without its items, though it still states how many there are; None for what is no list.

    OpenAlex gives partial answers after an internal time-out and does not say so (GitHub
    ourresearch/openalex-elastic-api core/schemas.py drops `timed_out`); its cursor is then null, as after
    any short page.
    """
    if response.status != 200 or not response.headers.get("content-type", "").startswith("application/json"):
        return None
    body = json.loads(response.body)
    if not isinstance(body, dict):
        return None
    message = body.get("message")
    if body.get("results"):
        body["results"] = []
        if body.get("meta", {}).get("next_cursor"):
            body["meta"]["next_cursor"] = None
    elif isinstance(message, dict) and message.get("items"):
        message["items"] = []
    elif isinstance(body.get("data"), list) and body["data"]:
        body["data"] = []
    elif isinstance(body.get("resultList"), dict) and body["resultList"].get("result"):
        body["resultList"]["result"] = []
    else:
        return None
    return Response(200, response.headers, json.dumps(body, separators=(",", ":")).encode())
