"""The command line in processes that start at once: forked from one that has imported everything.

Each command is a process of its own with its own memory, files and signals, as if started by a shell; only the
second that Python takes to import is spent once for all of them. They share the seed of the hashes.
"""

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from io import BufferedReader, FileIO, TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Any, Self

LONGEST = 120.0
"""Seconds after which a command that has not ended is killed."""

UNPACED = 1_000.0
"""The share of the stated rate that is used of a replica which has no limits: no wait is left."""


class Preloaded:
    """Starts commands, one at a time; tells the process id of each, and then how it ended."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Threads that an import starts would be missing in the children.
            env={**environment, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        self._limit = threading.Timer(0, lambda: None)

    def start(
        self,
        *arguments: str | Path,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        told: Path = Path(os.devnull),
        out: Path = Path("said.txt"),
        err: Path = Path("said.txt"),
        hurried: bool = False,
    ) -> int:
        """Start a command in this folder, which reads the file `told`, and give its process id.

        It has the environment of all or its own; what it prints is added to two files, or to one. Where it asks a
        replica without limits it may be `hurried`: the pace that it keeps for the public servers only takes time.
        """
        order = {
            "arguments": [*map(str, arguments)],
            "folder": str(folder),
            "environment": None if environment is None else dict(environment),
            "streams": [str(told), str(out), str(err)],
            "hurried": hurried,
        }
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps(order) + "\n")
        self._parent.stdin.flush()
        process = self._told()
        self._limit = threading.Timer(LONGEST, _kill, [process])
        self._limit.start()
        return process

    def ended(self) -> int:
        """Wait for the command to end; a negative status is the signal that killed it."""
        status = self._told()
        self._limit.cancel()
        return status

    def run(self, *arguments: str | Path, **given: Any) -> int:
        """Run a command to its end."""
        self.start(*arguments, **given)
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


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def _serve() -> None:
    for name in _LATE:
        importlib.import_module(name)
    from harvester import formats
    from harvester.sources import SOURCES, source

    for name in SOURCES:
        source(name)
    formats.known()
    gc.freeze()  # what is here is not garbage, and looking at it would copy it into each child
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _begin(**order)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _begin(
    arguments: list[str], folder: str, environment: dict[str, str] | None, streams: list[str], *, hurried: bool
) -> None:
    from harvester import cli
    from harvester.transport import pace

    if hurried:
        pace.HEADROOM = UNPACED
    os.chdir(folder)
    if environment is not None:
        os.environ.clear()
        os.environ.update(environment)
    for number, path in enumerate(streams):
        os.dup2(os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY if number else os.O_RDONLY, 0o666), number)
    # Without what the parent has read ahead.
    sys.stdin = TextIOWrapper(BufferedReader(FileIO(0, closefd=False)), encoding=sys.stdin.encoding)
    sys.argv = ["harvester", *arguments]
    cli.main()


# What commands import when they need it.
_LATE = (
    "harvester.cli",
    "harvester.demo",
    "harvester.doctor",
    "harvester.export",
    "harvester.formats",
    "harvester.harvest",
    "harvester.inputs",
    "harvester.library.sql",
    "harvester.match",
    "harvester.pack",
    "harvester.replica",
    "harvester.review",
    "graph.build",
    "graph.export",
    "graph.metrics",
    "graph.similarity",
    "graph.timeline",
    "matplotlib.figure",
    "openpyxl",
    "pyalex",
    "pyarrow.parquet",
    "rich.progress",
    "rich.table",
    "scipy.fft",
    "scipy.optimize",
    "scipy.sparse.csgraph",
    "scipy.spatial",
)


if __name__ == "__main__":
    _serve()
