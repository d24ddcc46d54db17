"""The polite client: how long it insists, what it spends, and how fast it goes."""

import asyncio
import gzip
import json
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina
from hypothesis import given
from hypothesis import strategies as st
from stamina.instrumentation import RetryDetails, set_on_retry_hooks
from transport_site import (
    AT_ONCE,
    CREDENTIALS,
    DROP,
    ONCE,
    Answer,
    Source,
    Stub,
    always,
    ask_once,
    fine,
    first,
    listed,
    read,
    request,
    run_script,
    searched,
    single,
    tallies,
    virtually,
    visit,
)

import harvester.transport.layers as layers_module
import harvester.transport.pace as pace_module
import harvester.transport.wire as wire_module
from harvester.errors import (
    AccessRefused,
    BudgetExhausted,
    HarvesterError,
    InputError,
    Rejected,
    SourceDown,
    Stopped,
)
from harvester.model import Query
from harvester.policy import POLICIES
from harvester.transport import Client, Credentials, Patience, Tally
from harvester.transport.layers import Budgeted, Retried
from harvester.transport.pace import Paced
from harvester.transport.refusals import Refusal, refuse, retry_after


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


# -- retry --------------------------------------------------------------------------------------------


def insist(answers: Iterable[httpx.Response | Exception], *, patience: Patience, query: Query | None = None) -> Any:
    """What the retry layer makes of these answers, and the seconds between its attempts."""
    script = list(answers)

    def answer(number: int) -> httpx.Response:
        given = script[min(number, len(script) - 1)]
        if isinstance(given, Exception):
            raise given
        return given

    async def go() -> tuple[Any, list[float]]:
        stub = Stub(answer)
        counts = tallies()
        layer = Retried(stub, patience=patience, tallies=counts)
        outcome: Any
        try:
            outcome = (await layer.handle_async_request(request(query or single()))).status_code
        except (HarvesterError, httpx.RequestError) as error:
            outcome = error
        return outcome, [later - earlier for earlier, later in zip(stub.times, stub.times[1:], strict=False)]

    return virtually(go())


FAILURES = [
    httpx.Response(500, content=b"<html>"),
    httpx.Response(502),
    httpx.Response(503),
    httpx.Response(504, content=b'{"error":"Gateway timeout","message":"Your query took too long"}'),
    httpx.Response(429),
    httpx.Response(408),
    httpx.Response(425),
    httpx.Response(200, content=b"<html>"),
    httpx.Response(200, content=b""),
    httpx.ReadTimeout("timed out"),
    httpx.ConnectTimeout("timed out"),
    httpx.ConnectError("refused"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("peer closed connection"),
    httpx.DecodingError("incorrect header check"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_what_time_may_mend_is_asked_again_with_growing_waits(failure: httpx.Response | Exception) -> None:
    """Each wait is about twice the one before, up to the longest."""
    outcome, waits = insist([failure] * 5 + [fine()], patience=Patience(8, 1.0, 10.0, first_contacts=8))
    assert outcome == 200
    for wait, least in zip(waits, (1, 2, 4, 8, 10), strict=True):
        assert least <= wait + 1e-3
        assert wait <= min(least + 1, 10) + 1e-3


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_patience_ends_in_a_state_that_can_be_resumed(failure: httpx.Response | Exception) -> None:
    """The sentence names the source and says how often it was tried."""
    outcome, waits = insist([failure], patience=Patience(4, first_wait=0.0, first_contacts=8))
    assert isinstance(outcome, SourceDown)
    assert isinstance(outcome, Stopped)
    assert str(outcome).startswith("openalex ")
    assert "in 4 attempts" in str(outcome)
    assert len(waits) == 3


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 7 "}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": http_date(NOON + timedelta(seconds=20)), "date": http_date(NOON)}, 20.0),
        ({"retry-after": "Sun Nov 22 12:00:20 2026", "date": http_date(NOON)}, 20.0),
        ({"retry-after": "Sunday, 22-Nov-26 12:00:20 GMT", "date": http_date(NOON)}, 20.0),
        ({"retry-after": http_date(NOON), "date": http_date(NOON + timedelta(hours=1))}, 0.0),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "٣"}, None),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "Sun, 22 Nov 99999999999 12:00:20 GMT"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], wait: float | None) -> None:
    """A date counts from the server's own clock; what is neither is as good as not there."""
    encoded = {name: value.encode() for name, value in headers.items()}
    response = httpx.Response(429, headers=[(name.encode(), value) for name, value in encoded.items()])
    assert retry_after(response) == wait


def test_a_date_without_the_servers_clock_counts_from_ours() -> None:
    """Most servers send `Date`; where one does not, the difference to now is the wait."""
    response = httpx.Response(429, headers={"retry-after": http_date(datetime.now(UTC) + timedelta(hours=1))})
    wait = retry_after(response)
    assert wait is not None
    assert 3_500 < wait <= 3_600


@given(st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0")), st.text(max_size=30))
def test_no_header_of_a_stranger_breaks_the_reading_of_retry_after(value: str, date: str) -> None:
    """Whatever it says, it is a number of seconds that are not negative, or nothing."""
    headers = [(b"retry-after", value.encode("latin-1")), (b"date", date.encode())]
    wait = retry_after(httpx.Response(429, headers=headers))
    assert wait is None or wait >= 0


def test_a_wait_that_the_server_asks_for_beats_our_own() -> None:
    """Longer or shorter than the back-off, it is what is waited; a wait of 0 is not."""
    said = [
        httpx.Response(429, headers={"retry-after": "7"}),
        httpx.Response(503, headers={"retry-after": http_date(NOON + timedelta(seconds=20)), "date": http_date(NOON)}),
        httpx.Response(429, headers={"retry-after": "0.25"}),
        httpx.Response(429, headers={"retry-after": "0"}),
        fine(),
    ]
    outcome, waits = insist(said, patience=Patience(8, first_wait=1.0, longest_wait=60.0))
    assert outcome == 200
    assert waits[:3] == pytest.approx([7, 20, 0.25], abs=1e-3)
    assert waits[3] >= 8


@pytest.mark.parametrize(("wait", "said"), [("600", "10 minutes"), ("61", "2 minutes"), ("47052", "785 minutes")])
def test_a_wait_longer_than_patience_ends_the_run_at_once(wait: str, said: str) -> None:
    """The sentence says in how many minutes to come back."""
    outcome, waits = insist([httpx.Response(429, headers={"retry-after": wait})], patience=Patience())
    assert isinstance(outcome, SourceDown)
    assert said in str(outcome)
    assert waits == []


INSUFFICIENT = json.dumps(
    {
        "error": "Rate limit exceeded",
        "message": "Insufficient budget. This request costs $0.001 but you only have $0 remaining. Resets at midnight",
        "retryAfter": 47052,
    }
).encode()
TOO_FAST = json.dumps(
    {"error": "Rate limit exceeded", "message": "Rate limit exceeded: 30 requests per second.", "retryAfter": 0.02}
).encode()
PLAN = json.dumps({"error": "Plan upgrade required", "message": 'The "from_updated_date" filter requires'}).encode()


@pytest.mark.parametrize(
    ("response", "kind", "said"),
    [
        (httpx.Response(400, content=b'{"error":"E","message":"x is no field"}'), Rejected, "x is no field"),
        (httpx.Response(414, content=b"<html>"), Rejected, "HTTP 414"),
        (httpx.Response(410), Rejected, "HTTP 410"),
        (
            httpx.Response(400, content=b'{"message":[{"type":"t","value":"v","message":"no such filter"}]}'),
            Rejected,
            "no such filter",
        ),
        (
            httpx.Response(401, content=b'{"error":"Invalid","message":"API key not found"}'),
            AccessRefused,
            "check the key",
        ),
        (httpx.Response(403, content=b"<html>"), AccessRefused, "check the key"),
        (httpx.Response(429, content=PLAN, headers={"retry-after": "5"}), AccessRefused, "from_updated_date"),
        (httpx.Response(429, content=INSUFFICIENT, headers={"retry-after": "1"}), BudgetExhausted, "Insufficient"),
    ],
    ids=["400", "414", "410", "400 of Crossref", "401", "403", "plan", "budget"],
)
def test_what_time_does_not_mend_is_not_asked_again(
    response: httpx.Response, kind: type[HarvesterError], said: str
) -> None:
    """One request, and an error that says what to do."""
    outcome, waits = insist([response], patience=Patience())
    assert type(outcome) is kind
    assert said in str(outcome)
    assert waits == []


def test_crossref_blocks_an_address_and_the_advice_says_so() -> None:
    """Advice names what identifies the caller at that source."""
    outcome, _ = insist([httpx.Response(403)], patience=Patience(), query=single(source="crossref"))
    assert isinstance(outcome, AccessRefused)
    assert "check the e-mail address" in str(outcome)


@given(st.integers(400, 599), st.binary(max_size=60) | st.from_type(type).map(repr).map(str.encode))
def test_no_body_of_a_stranger_breaks_the_reading_of_a_refusal(status: int, body: bytes) -> None:
    """Any status with any body is one of ours, with a sentence."""
    with pytest.raises((HarvesterError, Refusal)) as caught:
        refuse(single(), httpx.Response(status, content=body), longest_wait=60)
    assert str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"error": 3, "message": {"a": []}}',
        b'{"message": []}',
        b'{"message": [3]}',
        b"\xff\xfe{",
        b"[]",
    ],
)
def test_an_odd_error_body_says_nothing(body: bytes) -> None:
    """What holds no sentence is passed over, not shown."""
    with pytest.raises(Refusal, match=r"^HTTP 500$"):
        refuse(single(), httpx.Response(500, content=body), longest_wait=60)


def test_retries_are_not_logged_and_other_users_of_stamina_keep_their_hooks() -> None:
    """A hook that a program has set sees that program's retries, and none of ours."""
    seen: list[RetryDetails] = []
    layers_module._leave_ours_unlogged.cache_clear()

    def see(details: RetryDetails) -> None:
        seen.append(details)

    set_on_retry_hooks([see])
    try:
        outcome, waits = insist([httpx.Response(500), fine()], patience=Patience(3, first_wait=0.0))
        assert (outcome, len(waits), seen) == (200, 1, [])
        for attempt in stamina.retry_context(on=KeyError, attempts=2, wait_initial=0, wait_jitter=0):
            with attempt:
                if attempt.num == 1:
                    raise KeyError
        assert len(seen) == 1
    finally:
        set_on_retry_hooks(None)
        layers_module._leave_ours_unlogged.cache_clear()


def test_failed_attempts_write_nothing_to_the_terminal(tmp_path: Path) -> None:
    """With no logging configured, as at the command line, stderr and stdout stay empty."""
    script = """
        import asyncio, pathlib, sys
        from harvester.errors import SourceDown
        from harvester.model import Query
        from harvester.transport import Client, Credentials, Patience

        async def main():
            settings = dict(cache=pathlib.Path(sys.argv[1]), credentials=Credentials(), replica=sys.argv[2])
            async with Client(**settings, patience=Patience(3, 0.0)) as client:
                query = Query(source="openalex", url="https://api.openalex.org/works/W1", kind="single")
                try:
                    await client.ask(query, lambda query, status, body: body)
                except SourceDown:
                    print("down")

        asyncio.run(main())
    """

    async def go() -> tuple[tuple[bytes, bytes], int]:
        async with Source(always(DROP)) as source:
            process = await asyncio.create_subprocess_exec(
                *run_script(script, tmp_path, source.url), stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            return await process.communicate(), len(source.asked)

    assert asyncio.run(go()) == ((b"down\n", b""), 3)


@pytest.mark.parametrize(
    "location",
    ["/openalex/works/W1", "ftp://example.org/x", "http://[", "http://", "http:///x", "//", "http://a:99999999/"],
)
def test_a_redirect_that_leads_nowhere_is_a_sentence(tmp_path: Path, location: str) -> None:
    """Circles, other protocols and addresses that are none end the run of that source, resumably."""
    error, asked = ask_once(always(Answer(302, b"", {"Location": location})), tmp_path, single(), patience=ONCE)
    assert isinstance(error, SourceDown)
    assert "openalex" in str(error)
    assert len(asked) <= 6


def test_a_redirect_to_another_protocol_is_not_asked_again(tmp_path: Path) -> None:
    """Where a redirect leads does not change with time."""
    answer = Answer(302, b"", {"Location": "ftp://example.org/x"})
    error, asked = ask_once(always(answer), tmp_path, single(), patience=Patience(8, first_wait=30.0))
    assert isinstance(error, SourceDown)
    assert len(asked) == 1


def test_a_source_that_nobody_listens_at_is_a_sentence(tmp_path: Path) -> None:
    """A refused connection says that the source cannot be reached."""

    async def go() -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as taken:
            port = taken.getsockname()[1]
        async with Client(
            cache=tmp_path, credentials=CREDENTIALS, replica=f"http://127.0.0.1:{port}", patience=AT_ONCE
        ) as client:
            with pytest.raises(SourceDown, match=r"crossref cannot be reached"):
                await client.ask(single(source="crossref"), read)

    asyncio.run(go())


@pytest.mark.parametrize(("answered", "tried"), [(False, 3), (True, 8)])
def test_a_host_that_never_answered_is_given_up_early(answered: bool, tried: int, tmp_path: Path) -> None:
    """Without a network the run ends after three attempts; a source that has answered gets all of them."""

    class Unplugged(httpx.AsyncBaseTransport):
        attempts = 0
        is_plugged = answered

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if self.is_plugged:
                return httpx.Response(404)
            self.attempts += 1
            raise httpx.ConnectError("no route to host")

    async def go() -> int:
        inner = Unplugged()
        retried = Retried(inner, patience=Patience(first_wait=0.0, longest_wait=0.0), tallies={"crossref": Tally()})
        extensions = {"query": single(source="crossref"), "accept": lambda response: None}
        request = httpx.Request("GET", "http://127.0.0.1/", extensions=extensions)
        if answered:
            await retried.handle_async_request(request)
            inner.is_plugged = False
        with pytest.raises(SourceDown):
            await retried.handle_async_request(request)
        return inner.attempts

    assert asyncio.run(go()) == tried


def test_an_answer_longer_than_any_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Length counts after decompression; a question for less may do, so it is not asked again as it is."""
    monkeypatch.setattr(wire_module, "LONGEST_BODY", 1 << 20)
    for body, headers in (
        (gzip.compress(b" " * (64 << 20)), {"Content-Encoding": "gzip"}),
        (b" " * (2 << 20), {}),
    ):
        error, asked = ask_once(always(Answer(body=body, headers=headers)), tmp_path, single())
        assert isinstance(error, Rejected)
        assert "longer than 1 MB" in str(error)
        assert len(asked) == 1


def test_an_answer_that_trickles_in_for_ever_is_given_up() -> None:
    """A server that sends a byte now and then runs into the limit on the whole answer."""

    class Trickle(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                await asyncio.sleep(60)
                yield b" "

    async def go() -> float:
        stub = Stub(lambda _: httpx.Response(200, stream=Trickle()))
        paced = Paced(stub, credentials=Credentials(), patience=Patience(), tallies=tallies())
        with pytest.raises(httpx.ReadTimeout):
            await paced.handle_async_request(request(single()))
        return asyncio.get_running_loop().time()

    assert virtually(go()) == pytest.approx(pace_module.LONGEST_ANSWER, abs=1)


# -- budget -------------------------------------------------------------------------------------------


def pay(
    queries: Iterable[Query],
    *,
    budget: str | None,
    answer: Callable[[int], httpx.Response] = fine,
    remaining: str | None = None,
) -> tuple[Tally, int, list[BaseException | httpx.Response]]:
    """Ask all at once through the budget layer: the account, the requests that were sent, the outcomes."""

    async def go() -> tuple[Tally, int, list[BaseException | httpx.Response]]:
        stub = Stub(answer, takes=1.0)
        counts = tallies()
        counts["openalex"].remaining = None if remaining is None else Decimal(remaining)
        layer = Budgeted(stub, budget=None if budget is None else Decimal(budget), tallies=counts)
        outcomes = await asyncio.gather(
            *(layer.handle_async_request(request(query)) for query in queries), return_exceptions=True
        )
        return counts["openalex"], len(stub.times), outcomes

    return virtually(go())


def charged(cost: str, remaining: str, status: int = 200, **more: str) -> httpx.Response:
    headers = {"x-ratelimit-cost-usd": cost, "x-ratelimit-remaining-usd": remaining}
    return httpx.Response(status, headers={**headers, **{name.replace("_", "-"): text for name, text in more.items()}})


def test_eight_requests_at_once_do_not_exceed_the_budget() -> None:
    """What is on its way is promised: only as many are sent as can all be paid."""
    tally, sent, outcomes = pay(map(searched, range(8)), budget="0.0035")
    assert (sent, tally.spent) == (3, Decimal("0.003"))
    refused = [outcome for outcome in outcomes if isinstance(outcome, BudgetExhausted)]
    assert len(refused) == 5
    assert "$0.0035" in str(refused[0])


def test_eight_requests_at_once_do_not_exceed_what_the_source_has_left() -> None:
    """The source's own day is an account like the user's."""
    tally, sent, outcomes = pay(map(searched, range(8)), budget=None, remaining="0.0025")
    assert (sent, tally.remaining) == (2, Decimal("0.0005"))
    assert sum(isinstance(outcome, BudgetExhausted) for outcome in outcomes) == 6


def test_what_is_free_passes_with_nothing_left() -> None:
    """A budget of 0, a day that is spent, even an account overdrawn: single works go on."""
    _, sent, _ = pay(map(single, range(8)), budget="0", remaining="0")
    assert sent == 8

    async def go() -> None:
        counts = tallies()
        counts["openalex"].spent = Decimal(1)
        layer = Budgeted(Stub(fine), budget=Decimal(0), tallies=counts)
        assert (await layer.handle_async_request(request(single()))).status_code == 200

    virtually(go())


@pytest.mark.parametrize("status", [401, 403, 429, 503, 504])
def test_what_is_refused_is_not_charged(status: int) -> None:
    """Refusals before the limiter cost nothing, and a time-out is refunded."""
    tally, _, _ = pay([searched()], budget="1", remaining="0.5", answer=lambda _: httpx.Response(status))
    assert (tally.spent, tally.remaining) == (Decimal(0), Decimal("0.5"))


@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_what_reached_the_source_is_charged(status: int) -> None:
    """Even a question that it calls malformed."""
    tally, _, _ = pay([searched()], budget="1", remaining="0.5", answer=lambda _: httpx.Response(status))
    assert (tally.spent, tally.remaining) == (Decimal("0.001"), Decimal("0.499"))


def test_a_connection_that_was_never_made_costs_nothing() -> None:
    """What may have arrived is counted as spent, what cannot have is not."""

    def refuse_connection(_number: int) -> httpx.Response:
        raise httpx.ConnectError("refused")

    def lose_answer(_number: int) -> httpx.Response:
        raise httpx.ReadTimeout("timed out")

    assert pay([searched()], budget="1", answer=refuse_connection)[0].spent == 0
    assert pay([searched()], budget="1", answer=lose_answer)[0].spent == Decimal("0.001")


def test_the_source_corrects_the_account() -> None:
    """Its headers say what was charged and what is left, prepaid money included."""
    answer = charged("0.0001", "0.0897", x_ratelimit_prepaid_remaining_usd="2")
    tally, _, _ = pay([searched()], budget="1", answer=lambda _: answer)
    assert (tally.spent, tally.remaining) == (Decimal("0.0001"), Decimal("2.0897"))


@pytest.mark.parametrize("nonsense", ["", "NaN", "-Infinity", "-1", "free", "1e999999999"])
def test_an_account_that_makes_no_sense_is_not_believed(nonsense: str) -> None:
    """Then the price list holds."""
    tally, _, _ = pay([searched()] * 2, budget="1", answer=lambda _: charged(nonsense, nonsense))
    if nonsense != "1e999999999":
        assert (tally.spent, tally.remaining) == (Decimal("0.002"), None)


def test_going_too_fast_does_not_empty_the_account() -> None:
    """A 429 per second reports 0 left, and is not believed; the 429 of an empty budget is."""
    headers = {"x-ratelimit-remaining-usd": "0", "retry-after": "1"}
    too_fast = httpx.Response(429, content=TOO_FAST, headers=headers)
    tally, _, _ = pay([searched()], budget=None, remaining="0.5", answer=lambda _: too_fast)
    assert (tally.spent, tally.remaining) == (Decimal(0), Decimal("0.5"))
    headers = {"x-ratelimit-remaining-usd": "0.0005", "retry-after": "47052"}
    empty = httpx.Response(429, content=INSUFFICIENT, headers=headers)
    tally, _, _ = pay([searched()], budget=None, remaining="0.5", answer=lambda _: empty)
    assert (tally.spent, tally.remaining) == (Decimal(0), Decimal("0.0005"))


def test_a_per_second_429_is_waited_out_and_an_empty_budget_is_not(tmp_path: Path) -> None:
    """Through all layers: one is an answer a little later, the other ends the run before the next paid request."""
    zero = {"x-ratelimit-remaining-usd": "0", "Retry-After": "0"}
    good = Answer(headers={"x-ratelimit-remaining-usd": "0.5", "x-ratelimit-cost-usd": "0.001"})
    value, asked = ask_once(first(Answer(429, TOO_FAST, zero), good), tmp_path, searched())
    assert (value, len(asked)) == ({"id": 1}, 2)

    async def go() -> None:
        async with visit(always(Answer(429, INSUFFICIENT, zero)), tmp_path) as (source, client):
            for number in (2, 3):
                with pytest.raises(BudgetExhausted):
                    await client.ask(searched(number), read)
            assert len(source.asked) == 1
            assert client.tallies["openalex"].remaining == 0

    asyncio.run(go())


@pytest.mark.parametrize("budget", ["NaN", "-1", "Infinity"])
def test_a_budget_is_an_amount(tmp_path: Path, budget: str) -> None:
    """What is none is said at once."""
    with pytest.raises(InputError, match="amount"):
        Client(cache=tmp_path, credentials=CREDENTIALS, patience=ONCE, budget=Decimal(budget))


# -- pace ---------------------------------------------------------------------------------------------


def race(
    queries: Iterable[Query],
    *,
    credentials: Credentials = CREDENTIALS,
    answer: Callable[[int], httpx.Response] = fine,
    takes: float = 0.0,
    patience: Patience = Patience(),  # noqa: B008  # frozen
) -> Stub:
    """Send all at once through the pace layer, on virtual time."""

    async def go() -> Stub:
        stub = Stub(answer, takes=takes)
        layer = Paced(stub, credentials=credentials, patience=patience, tallies=tallies())
        await asyncio.gather(*(layer.handle_async_request(request(query)) for query in queries))
        return stub

    return virtually(go())


def gaps(stub: Stub) -> list[float]:
    return [later - earlier for earlier, later in zip(stub.times, stub.times[1:], strict=False)]


@pytest.mark.parametrize("source", POLICIES)
@pytest.mark.parametrize("credentials", [CREDENTIALS, Credentials()], ids=["identified", "anonymous"])
@pytest.mark.parametrize("ask", [single, listed, searched])
def test_requests_are_spaced_evenly_at_the_rate_of_their_kind(
    source: str, credentials: Credentials, ask: Callable[[int, str], Query]
) -> None:
    """No two start closer than the rate allows, from the first pair on, nor much further apart."""
    stub = race((ask(number, source) for number in range(20)), credentials=credentials)
    kind = ask(0, source).kind
    rate = POLICIES[source].rate(kind, identified=credentials is CREDENTIALS)
    assert min(gaps(stub)) >= 1 / rate.per_second
    assert stub.times[-1] <= 19 / rate.per_second * 1.1


@pytest.mark.parametrize("source", POLICIES)
@pytest.mark.parametrize("credentials", [CREDENTIALS, Credentials()], ids=["identified", "anonymous"])
def test_never_more_are_open_than_the_policy_says(source: str, credentials: Credentials) -> None:
    """By kind, and over all kinds no more than the widest of them."""
    identified = credentials is CREDENTIALS
    policy = POLICIES[source]
    for ask in (single, listed, searched):
        stub = race((ask(number, source) for number in range(20)), credentials=credentials, takes=30)
        assert stub.most_open == policy.rate(ask(0, source).kind, identified=identified).concurrency
    mixed = [ask(number, source) for number in range(7) for ask in (searched, single, listed)]
    widest = max(policy.rate(kind, identified=identified).concurrency for kind in ("single", "list", "search"))
    assert race(mixed, credentials=credentials, takes=30).most_open == widest


def test_kinds_that_share_a_limit_share_it() -> None:
    """OpenAlex counts single works and lists together, Crossref apart."""
    mixed = [ask(number) for number in range(20) for ask in (single, listed)]
    together = POLICIES["openalex"].together
    assert together is not None
    assert min(gaps(race(mixed))) >= 1 / together[True]
    apart = race([ask(number, "crossref") for number in range(6) for ask in (single, listed)])
    assert apart.times[-1] <= 5 / POLICIES["crossref"].rate("list", identified=True).per_second * 1.1


def test_sources_do_not_wait_for_each_other() -> None:
    """The slower one has a pace of its own."""
    stub = race([listed(1, "crossref"), listed(2, "crossref"), single(1, "openalex")], credentials=Credentials())
    assert stub.times[1] == pytest.approx(0, abs=1e-3)


def stating(limit: str, interval: str = "1s", concurrency: str = "3") -> httpx.Response:
    headers = {"x-rate-limit-limit": limit, "x-rate-limit-interval": interval, "x-concurrency-limit": concurrency}
    return httpx.Response(200, content=b"{}", headers=headers)


def test_the_rate_headers_slow_down_and_speed_up_again_to_the_policy() -> None:
    """Never above it, whatever is stated."""
    stated = {0: "1", 5: "1000"}
    stub = race(
        (single(number, "crossref") for number in range(30)),
        answer=lambda number: stating(stated[number]) if number in stated else fine(),
    )
    assert min(gaps(stub)) >= 1 / 10
    # Three are in the air when the first answer comes; from then on it is one a second.
    assert min(gaps(stub)[2:5]) >= 1
    assert max(gaps(stub)[12:]) <= 1 / 10 * 1.1


@pytest.mark.parametrize("credentials", [CREDENTIALS, Credentials()], ids=["identified", "anonymous"])
@pytest.mark.parametrize(("stated", "expected"), [("1", 1), ("2", 2), ("100", 3)])
def test_the_concurrency_header_narrows_and_never_widens(credentials: Credentials, stated: str, expected: int) -> None:
    """Crossref states how many may be open; the policy is the most."""
    most = POLICIES["crossref"].rate("single", identified=credentials is CREDENTIALS).concurrency

    async def go() -> int:
        stub = Stub(lambda _: stating("10", concurrency=stated), takes=5)
        layer = Paced(stub, credentials=credentials, patience=Patience(), tallies=tallies())
        await layer.handle_async_request(request(single(0, "crossref")))
        stub.most_open = 0
        await asyncio.gather(*(layer.handle_async_request(request(single(n, "crossref"))) for n in range(9)))
        return stub.most_open

    assert virtually(go()) == min(expected, most)


@pytest.mark.parametrize(
    ("limit", "interval"),
    [("0", "1s"), ("x", "1s"), ("1", "0s"), ("-1", "1s"), ("9" * 5000, "1s"), ("1", "soon"), ("²", "1s"), ("", "")],
)
def test_rate_headers_that_make_no_sense_change_nothing(limit: str, interval: str) -> None:
    """The policy holds."""
    response = httpx.Response(
        200,
        content=b"{}",
        headers=[
            (b"x-rate-limit-limit", limit.encode()),
            (b"x-rate-limit-interval", interval.encode()),
            (b"x-concurrency-limit", limit.encode()),
        ],
    )
    stub = race((single(number, "crossref") for number in range(9)), answer=lambda _: response)
    assert stub.times[-1] <= 8 / 10 * 1.1


def test_a_quota_for_a_day_is_not_a_pace() -> None:
    """A header may slow us down to one request a minute, not to one a day."""
    stub = race((single(number, "crossref") for number in range(5)), answer=lambda _: stating("1", "86400s"))
    assert stub.times[-1] <= 5 * 62


def test_a_refusals_wait_holds_the_whole_source_back_and_then_lets_go_evenly() -> None:
    """No request to that source starts within the wait, of whatever kind, and none bunch behind it."""
    refused = httpx.Response(429, headers={"retry-after": "30"})
    queries = [ask(number) for number in range(10) for ask in (single, listed)]
    stub = race(queries, answer=lambda number: refused if number == 3 else fine())
    at = stub.times[3]
    assert not [moment for moment in stub.times[4:] if moment < at + 30]
    assert min(gaps(stub)) >= 1 / 20


def test_a_wait_longer_than_patience_is_not_waited_for() -> None:
    """The layer above ends the run; those that wait for their turn are not kept for hours."""
    refused = httpx.Response(429, headers={"retry-after": "86400"})
    stub = race([single(0), single(1)], answer=lambda _: refused, patience=Patience(longest_wait=5.0))
    assert stub.times[-1] < 1


def test_a_cancelled_request_gives_up_its_place() -> None:
    """After an interrupt nobody waits for a place that is held by nobody."""

    async def go() -> int:
        stub = Stub(fine, takes=100)
        layer = Paced(stub, credentials=Credentials(), patience=Patience(), tallies=tallies())
        tasks = [asyncio.create_task(layer.handle_async_request(request(single(n, "crossref")))) for n in range(5)]
        await asyncio.sleep(1)
        for task in tasks[:4]:
            task.cancel()
        await tasks[4]
        return stub.most_open

    assert virtually(go()) == 1


def test_a_place_given_to_a_request_that_is_cancelled_goes_to_the_next() -> None:
    """Also when the interrupt comes between the giving and the taking."""

    async def go() -> list[str]:
        gate = pace_module._Gate(1)
        entered: list[str] = []

        async def enter(name: str) -> None:
            async with gate:
                entered.append(name)

        async with gate:
            waiting = [asyncio.create_task(enter(name)) for name in ("cancelled", "next")]
            await asyncio.sleep(1)
        waiting[0].cancel()
        await asyncio.wait(waiting, timeout=10)
        return entered

    assert virtually(go()) == ["next"]


def test_a_narrow_kind_is_not_widened_to_what_the_source_allows_others() -> None:
    """One search at a time stays one, whatever the headers state."""
    stub = race(map(searched, range(6)), credentials=Credentials(), answer=lambda _: stating("10", "1s", "8"), takes=5)
    assert stub.most_open == 1
