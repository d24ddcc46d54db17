"""What OpenAlex bills, URL by URL, and what every policy holds."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.policy import POLICIES, openalex_price

# Credits, by the rules of GitHub ourresearch/openalex-api-proxy, src/endpointClassifier.ts.
PRICES = {
    # one entity is free, by the forms of identifier that the edge knows
    "/works/W2741809807": 0,
    "/works/w2741809807": 0,
    "/works/2741809807": 0,
    "/works/W2741809807?select=id": 0,
    "/works/W2741809807/ngrams": 0,
    "/works/doi:10.7717/peerj.4375": 0,
    "/works/DOI:10.7717/peerj.4375": 0,
    "/works/doi:10.7717%2Fpeerj.4375": 0,
    "/works/pmid:29456894": 0,
    "/works/pmcid:PMC5815332": 0,
    "/works/mag:2741809807": 0,
    "/works/openalex:W2741809807": 0,
    "/authors/orcid:0000-0001-6187-6610": 0,
    "/institutions/ror:00cvxb145": 0,
    "/concepts/wikidata:Q11190": 0,
    "/sources/issn:2167-8359": 0,
    "/sources/issn_l:2167-8359": 0,
    "/authors/scopus:1": 0,
    # the same work in a form that it does not know
    "/works/doi%3A10.7717%2Fpeerj.4375": 1,
    "/works/doi%3a10.7717/peerj.4375": 1,
    "/works/https://doi.org/10.7717/peerj.4375": 1,
    "/works/https%3A%2F%2Fdoi.org%2F10.7717%2Fpeerj.4375": 1,
    "/works/10.7717/peerj.4375": 1,
    "/works/https://openalex.org/W2741809807": 1,
    "/works//W2741809807": 1,
    "/works/random": 1,
    # lists
    "/works": 1,
    "/works/": 1,
    "/works?filter=doi:10.7717/peerj.4375|10.1/x": 1,
    "/works?filter=cites:W1&per-page=100&cursor=*": 1,
    "/works?filter=doi:10.1/a.search": 1,
    "/keywords": 1,
    "/": 1,
    # searches
    "/works?search=peer+support": 10,
    "/works?search=": 10,
    "/works?search.exact=peer": 10,
    "/works?search.title=peer": 10,
    "/works?search%2Etitle=peer": 10,
    "/works?search.semantic=peer": 10,
    "/works?filter=title.search:peer": 10,
    "/works?filter=publication_year:2020,title_and_abstract.search:peer": 10,
    "/works?filter=title_and_abstract.search.exact:peer": 10,
    "/works?filter=abstract%2Esearch%3Apeer": 10,
    "/works?filter=raw_affiliation_strings.search:leeds": 10,
    "/works?filter=keyword.search:peer": 10,
    "/works?searching=peer": 1,
    # groups cost what a list costs, whatever else is asked
    "/works?search=peer&group_by=publication_year": 1,
    "/works?filter=title.search:peer&group-by=type": 1,
    # what the search box of the website asks as one types
    "/works?search=peer&per_page=10&select=id,display_name,works_count": 0,
    "/works?search=peer&per-page=5&select=id,display_name,works_count": 0,
    "/works?search=peer&per_page=11&select=id,display_name,works_count": 10,
    "/works?search=peer&per_page=10&select=id": 10,
    "/works?search=peer&select=id,display_name,works_count": 10,
    # free altogether
    "/autocomplete/works?q=peer": 0,
    "/rate-limit": 0,
    "/changefiles": 0,
    "/changefiles/2026-11-01": 0,
    "/changefiles/2026-11-01/works.jsonl.gz": 1,
    # downloads, and what looks like one
    "/works/W2741809807.pdf": 100,
    "/content/works/W2741809807.grobid-xml": 100,
    "/works/doi:10.1%2Fpaper.pdf": 100,
    "/works/doi:10.1/paper.pdf": 0,
    "/text/topics?title=peer": 100,
}


@pytest.mark.parametrize(("path", "credits_"), PRICES.items(), ids=list(PRICES))
@pytest.mark.parametrize("base", ["https://api.openalex.org", "http://127.0.0.1:8000/openalex"])
def test_openalex_bills_by_the_path_as_it_is_written(base: str, path: str, credits_: int) -> None:
    """A URL costs the credits of its class, on the public host and below a replica's prefix."""
    assert openalex_price(base + path) == credits_ * Decimal("0.0001")


@given(st.text())
def test_every_url_of_openalex_has_a_price(text: str) -> None:
    """Whatever is in a URL, it costs 0, 1, 10 or 100 credits."""
    host = POLICIES["openalex"].host
    for url in (f"{host}/{text}", f"{host}/works/{text}", f"{host}/works?{text}"):
        assert openalex_price(url) * 10_000 in (0, 1, 10, 100)


@pytest.mark.parametrize("name", POLICIES)
def test_who_says_who_they_are_may_ask_at_least_as_fast(name: str) -> None:
    """A policy has a rate for every kind of question, and identification never lowers one."""
    policy = POLICIES[name]
    for kind in ("single", "list", "search"):
        anonymous, identified = policy.rate(kind, identified=False), policy.rate(kind, identified=True)
        assert 0 < anonymous.per_second <= identified.per_second
        assert 1 <= anonymous.concurrency <= identified.concurrency


def test_the_rates_are_within_what_the_sources_state() -> None:
    """Crossref: 1 and 3 lists, 5 and 10 single works a second. OpenAlex: 10 and 30 of all kinds together."""
    crossref, openalex = POLICIES["crossref"], POLICIES["openalex"]
    for identified, lists, singles, open_at_once in ((False, 1, 5, 1), (True, 3, 10, 3)):
        assert crossref.rate("list", identified=identified).per_second <= lists
        assert crossref.rate("search", identified=identified).per_second <= lists
        assert crossref.rate("single", identified=identified).per_second <= singles
        assert all(
            crossref.rate(kind, identified=identified).concurrency <= open_at_once for kind in crossref.anonymous
        )
    assert openalex.together is not None
    assert openalex.together[False] <= 10
    assert openalex.together[True] <= 30


def test_crossref_charges_nothing() -> None:
    """No URL of Crossref has a price, and a day there is worth nothing in particular."""
    assert POLICIES["crossref"].price("https://api.crossref.org/works?query=peer") == 0
    assert POLICIES["crossref"].allowance is None
