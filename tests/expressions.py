"""Random expressions: every tree that the search language can say, for properties of whatever takes one."""

from collections.abc import Sequence
from unicodedata import normalize

from hypothesis import strategies as st

from harvester.expression.tree import Expression, Fact, Near, Not, Term, TextField, Years, all_of, any_of

__all__ = ["expressions", "facts", "leaves", "nears", "patterns", "terms", "words", "years"]

TEXTS: tuple[TextField, ...] = ("text", "title", "abstract", "author", "venue")
LETTERS = st.characters(categories=["Ll", "Lo", "Nd"], max_codepoint=0x2FFF)


def _is_plain(word: str) -> bool:
    """Whether it is one word of the language in its canonical spelling."""
    return word == normalize("NFC", word.lower()) and all(sign.isalnum() for sign in word.replace("'", ""))


def words(vocabulary: Sequence[str] = ()) -> st.SearchStrategy[str]:
    """Words, some with an apostrophe, some that mean something without quotes; or those of a vocabulary alone."""
    if vocabulary:
        return st.sampled_from(vocabulary)
    run = st.text(LETTERS, min_size=1, max_size=8)
    odd = st.sampled_from(
        ["and", "or", "not", "near", "adj3", "exp", "w123456", "pmc123", "limit", "n3", "2019", "title"]
    )
    return st.one_of(run, st.builds("{}'{}".format, run, run), odd).filter(_is_plain)


def patterns(vocabulary: Sequence[str] = ()) -> st.SearchStrategy[str]:
    """Words with `*` or `?` where the language allows them."""
    stems = words(
        tuple(word for word in vocabulary if len(word) >= 3 and word.isalnum()) or ("peer", "mentor", "ärzt", "100")
    )
    return st.one_of(
        stems.map(lambda word: word + "*"),
        stems.map(lambda word: word[:-1] + "?"),
        st.builds(lambda word, end: f"{word}*{end}", stems, st.sampled_from(["s", "ing", "r?"])),
    )


def terms(
    vocabulary: Sequence[str] = (), *, fields: Sequence[TextField] = TEXTS, wild: bool = True
) -> st.SearchStrategy[Term]:
    """Words and phrases, with and without slop, and, if `wild`, with truncated words in them."""
    word = st.one_of(words(vocabulary), patterns(vocabulary)) if wild else words(vocabulary)
    phrase = st.lists(word, min_size=2, max_size=4).map(tuple)
    field = st.sampled_from(fields)
    return st.one_of(
        st.builds(Term, field, st.tuples(word)),
        st.builds(Term, field, phrase),
        st.builds(Term, field, phrase, st.integers(1, 999)),
    )


def nears(
    vocabulary: Sequence[str] = (), *, fields: Sequence[TextField] = TEXTS, wild: bool = True
) -> st.SearchStrategy[Near]:
    """Two words or phrases near each other."""
    word = st.one_of(words(vocabulary), patterns(vocabulary)) if wild else words(vocabulary)
    side = st.lists(word, min_size=1, max_size=3).map(tuple)
    return st.builds(Near, st.sampled_from(fields), side, side, st.integers(0, 999))


def years() -> st.SearchStrategy[Years]:
    """Ranges of years, open on at most one side."""
    year = st.integers(1000, 2999)
    return st.one_of(
        year.map(lambda first: Years(first, None)),
        year.map(lambda last: Years(None, last)),
        st.tuples(year, year).map(lambda pair: Years(min(pair), max(pair))),
    )


def facts() -> st.SearchStrategy[Fact]:
    """Facts with values of their kind, some that have to be quoted."""
    signs = st.text("abcdefghijklmnopqrstuvwxyz0123456789 -._/&,':é中", min_size=1, max_size=12)
    value = signs.map(lambda text: " ".join(text.split())).filter(lambda text: any(sign.isalnum() for sign in text))
    return st.one_of(
        st.builds(Fact, st.sampled_from(["type", "source", "decision"]), value),
        st.builds(Fact, st.just("language"), st.sampled_from(["en", "de", "zh"])),
        st.builds(Fact, st.just("round"), st.integers(0, 20).map(str)),
        st.builds(
            Fact,
            st.sampled_from(["seed", "retracted", "open_access", "only_cited"]),
            st.sampled_from(["true", "false"]),
        ),
    )


def leaves(
    vocabulary: Sequence[str] = (), *, fields: Sequence[TextField] = TEXTS, wild: bool = True
) -> st.SearchStrategy[Expression]:
    """Whatever can stand alone."""
    found = (terms(vocabulary, fields=fields, wild=wild), nears(vocabulary, fields=fields, wild=wild))
    return st.one_of(*found, years(), facts())


def expressions(
    of: st.SearchStrategy[Expression] | None = None, *, most_leaves: int = 12
) -> st.SearchStrategy[Expression]:
    """Trees over leaves of every kind, or over those given, in the form that the tree module promises."""

    def joined(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        several = st.lists(parts, min_size=2, max_size=4)
        return st.one_of(
            several.map(lambda some: all_of(*some)),
            several.map(lambda some: any_of(*some)),
            parts.map(lambda part: part.part if isinstance(part, Not) else Not(part)),
        )

    return st.recursive(leaves() if of is None else of, joined, max_leaves=most_leaves)
