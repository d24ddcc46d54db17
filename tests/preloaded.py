"""The command line in processes that start at once: forked from one that has imported everything.

Each command is a process of its own with its own memory, files and signals, as if started by a shell; only the
second that Python takes to import is spent once for all of them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self


class Preloaded:
    """Starts commands, one at a time; tells the process id of each, and then how it ended."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def start(self, *arguments: str | Path, folder: Path) -> int:
        """Start a command in this folder and give its process id."""
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps({"arguments": list(map(str, arguments)), "folder": str(folder)}) + "\n")
        self._parent.stdin.flush()
        return self._told()

    def ended(self) -> int:
        """Wait for the command to end; a negative status is the signal that killed it."""
        return self._told()

    def run(self, *arguments: str | Path, folder: Path) -> int:
        """Run a command to its end."""
        self.start(*arguments, folder=folder)
        return self.ended()

    def _told(self) -> int:
        assert self._parent.stdout is not None
        return int(self._parent.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parent.communicate()


def _serve() -> None:
    from harvester import cli, doctor, formats, harvest, inputs  # noqa: F401 # imported so that children need not
    from harvester.sources import SOURCES, source

    for name in SOURCES:
        source(name)
    import pyalex  # noqa: F401
    import scipy.fft
    import scipy.sparse.csgraph
    import scipy.spatial  # noqa: F401

    import graph.build
    import graph.export  # noqa: F401

    formats.known()
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            os.chdir(order["folder"])
            said = os.open("said.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            for stream in (1, 2):
                os.dup2(said, stream)
            sys.argv = ["harvester", *order["arguments"]]
            cli.main()
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
