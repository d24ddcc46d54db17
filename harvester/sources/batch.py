"""Lists that fit: as many works in one question as a source takes and a URL holds."""

from collections.abc import Callable, Iterable, Iterator

from harvester.identifiers import Identifier

__all__ = ["batches"]


def batches(
    wanted: Iterable[Identifier], *, length: Callable[[Identifier], int], room: int, most: int
) -> Iterator[tuple[Identifier, ...]]:
    """Cut what is wanted, in its order, into runs of no more than `most` whose lengths add up to no more than `room`.

    What is longer than `room` is a run of its own: whether it can be asked at all is for the caller to say.

    >>> [len(run) for run in batches([Identifier("doi", "10.5555/a")] * 5, length=lambda _: 10, room=25, most=9)]
    [2, 2, 1]
    """
    run: list[Identifier] = []
    used = 0
    for one in wanted:
        needs = length(one)
        if run and (len(run) == most or used + needs > room):
            yield tuple(run)
            run, used = [], 0
        run.append(one)
        used += needs
    if run:
        yield tuple(run)
