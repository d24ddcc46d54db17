"""Commands that share a library and prove what was shared: pack, replay."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harvester.cli.printing import Table, counted
from harvester.cli.session import DONE, FAILED, Option, Session, command

if TYPE_CHECKING:
    from harvester.pack import Packed, Replayed
    from harvester.pack.manifest import Manifest

__all__ = ["pack_up", "repeat"]


@command("pack")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--with-abstracts", cls=Option, is_flag=True, help="Keep abstracts, which mostly have an owner.")
@click.option(
    "--with-imported",
    cls=Option,
    is_flag=True,
    help="Keep what imported files say of works, which licensed databases may forbid; else identifiers alone are kept.",
)
@click.option(
    "--export",
    "exports",
    cls=Option,
    multiple=True,
    metavar="NAME",
    help="Another export to put in, such as works.bib; may be repeated.",
)
def pack_up(session: Session, file: str, with_abstracts: bool, with_imported: bool, exports: tuple[str, ...]) -> None:
    """Write the library, its exports and the account of the search to FILE.zip, for a deposit at OSF or Zenodo.

    Abstracts and imported records are left out unless asked for, and listed. Neither your key nor your e-mail address
    gets in.
    """
    from harvester.library import ledger
    from harvester.pack import Wanted, pack

    credentials = session.settings().credentials
    with session.read() as library:
        unfinished = ledger.unfinished(library)
        packed = pack(
            library,
            Path(file),
            wanted=Wanted(abstracts=with_abstracts, imported=with_imported),
            exports=exports,
            secrets=filter(None, (credentials.openalex_key, credentials.crossref_mailto)),
            busy=session.busy,
        )
    document = {
        "written": file,
        "bytes": packed.stored.bytes,
        "sha256": packed.stored.sha256,
        "unfinished_runs": len(unfinished),
        "people": packed.people,
        **packed.manifest.model_dump(mode="json"),
    }
    session.show(document, lambda: _told(file, packed))
    if packed.people:
        session.warn(
            f"{file} names who screened ({', '.join(packed.people[:10])}); they should know before it is published"
        )
    if unfinished:
        session.warn(
            f"{file} shows what has been harvested so far: {counted(len(unfinished), 'run')} not finished;"
            " `harvester resume` goes on"
        )


@command("replay")
@click.argument("file", type=click.Path(dir_okay=False))
def repeat(session: Session, file: str) -> None:
    """Prove a pack: its library follows from its evidence, and the exports made from it again are the same bytes.

    Works without a network, in a folder of its own, on a pack from anybody. Exit status 1 when anything differs.
    """
    from harvester.pack import replay

    replayed = replay(Path(file), busy=session.busy)
    document = {
        "file": file,
        "same": replayed.is_same,
        "members": [verdict._asdict() for verdict in replayed.verdicts],
        "left_out": replayed.manifest.left_out.model_dump(mode="json"),
        "versions": {name: {"packed": packed, "here": here} for name, (packed, here) in replayed.versions.items()},
    }
    session.show(
        document, lambda: Table(("member", "is", "how it is known"), [tuple(each) for each in replayed.verdicts])
    )
    for sentence in _left_out(replayed.manifest):
        session.say(sentence)
    _tell_versions(session, replayed)
    different = sum(verdict.standing != "same" for verdict in replayed.verdicts)
    if different:
        session.warn(
            f"{file} is not what it says: {counted(different, 'member')} of {len(replayed.verdicts)} not the same"
        )
    else:
        session.say(f"{file} is what it says: all {len(replayed.verdicts)} members are the same")
    click.get_current_context().exit(DONE if replayed.is_same else FAILED)


def _told(file: str, packed: "Packed") -> str:
    members = counted(len(packed.manifest.members), "member")
    written = f"{file} written: {members}, {packed.stored.bytes:,} bytes, sha256 {packed.stored.sha256}"
    return "\n".join([written, *_left_out(packed.manifest)])


def _left_out(manifest: "Manifest") -> list[str]:
    """Say what was left out, and where it is listed."""
    named = {
        "abstract": "abstracts left out",
        "record": "imported records left out but for their identifiers",
        "text": "imported records kept as they were read, without the text of their file",
    }
    found = [f"{sum(each.values()):,} {named.get(what, what)}" for what, each in manifest.left_out.items.items()]
    texts = sum(manifest.left_out.texts.values())
    found += [f"{counted(texts, 'text')} in the ledger left out or shortened"] if texts else []
    if not found:
        return ["nothing was left out"]
    return [f"{'; '.join(found)}: {manifest.left_out.listed} and the manifest list them"]


def _tell_versions(session: Session, replayed: "Replayed") -> None:
    """Say which versions are other ones, where that may be why bytes differ."""
    ours = "citation-harvester"
    if replayed.versions and (ours in replayed.versions or not replayed.is_same):
        told = (
            f"{name} {packed or 'none'}, here {here or 'none'}" for name, (packed, here) in replayed.versions.items()
        )
        session.warn(f"packed with other versions, which may be why bytes differ: {'; '.join(told)}")
