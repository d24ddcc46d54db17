"""The files of a snapshot read by the workers of a Dask cluster: the same functions, the same SQL, the same results.

Scheduling, retries and the loss of a worker are Dask's: what a worker that dies was doing is done by another. A worker
needs this package with its extra `cluster`, and must reach the snapshot under the same name. What is read for a carve
comes back to this process, which alone writes; so only so many files are under way that its memory stays flat. What is
read for a ranking stays with the workers, see `harvester.bulk.frames`.
"""

import logging
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from harvester.bulk.jobs import Limits
from harvester.errors import HarvesterError, InputError, Stopped

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["Cluster", "connected", "lost", "on_worker"]

Result = TypeVar("Result")

AHEAD: Final = 2
"""So many files are under way for each thread of a worker: one that is read, and the next."""

LARGE: Final = 10_000

_SPARING: Final = {
    # Dask's shuffles hold up to 1 GiB on each worker before they wait for the network, which here is none.
    "distributed.p2p.comm.buffer": "64 MiB",
    # Frames that are held go to disk beyond a share of the memory that is told, and not for what a task needs beside
    # them: they would go and come back in every step. A worker that waited, or was ended, because of a partition that
    # is larger than expected would never end.
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
}
"""For workers on this machine: docs.dask.org/en/stable/configuration.html#distributed."""


@dataclass(frozen=True)
class Cluster:
    """A cluster that is connected to; each file may use `megabytes` on its worker."""

    client: "Client"
    megabytes: int = 1_000

    @property
    def dashboard(self) -> str:
        """Where Dask shows what it does."""
        return str(self.client.dashboard_link)

    @property
    def threads(self) -> int:
        """How many tasks its workers do at once, as it is now: workers may join late, and leave."""
        return sum(self.client.nthreads().values())

    def wait(self) -> None:
        """Wait for the first worker, which may have to queue for a machine."""
        with lost(self.client):
            self.client.wait_for_workers(1)

    def map(self, function: Callable[..., Result], calls: Iterable[tuple[Any, ...]]) -> Iterator[Result]:
        """Call a function on the workers, and give the results in order.

        Raises what the function raises, and `Stopped` where the cluster is lost.
        """
        from distributed import Future

        limits = Limits.within(self.megabytes)
        under_way: deque[Future[Any]] = deque()
        sent: dict[int, tuple[Any, Future[Any]]] = {}
        try:
            for call in calls:
                with lost(self.client):
                    given = [self._sent(value, sent) for value in call]
                    under_way.append(self.client.submit(_called, function, *given, limits, pure=False))
                    room = AHEAD * max(self.threads, 1)
                while len(under_way) >= room:
                    yield _result(under_way.popleft())
            while under_way:
                yield _result(under_way.popleft())
        finally:
            with suppress(OSError, RuntimeError):  # of a cluster that is lost, which is told already
                for future in under_way:
                    future.cancel()

    def _sent(self, value: Any, sent: "dict[int, tuple[Any, Future[Any]]]") -> Any:
        """Send many numbers to every worker once, in place of with every file."""
        if not isinstance(value, np.ndarray) or len(value) < LARGE:
            return value
        if id(value) not in sent:
            # The value is held, so that no other one gets its number.
            sent[id(value)] = (value, self.client.scatter(value, broadcast=True))
        return sent[id(value)][1]


def _called(function: Callable[..., Result], *given: Any) -> Result:
    *call, limits = given
    return function(*call, on_worker(limits))


def on_worker(limits: Limits) -> Limits:
    """Give the limits as a worker has them: what does not fit into memory goes to its own folder."""
    from distributed import get_worker

    return replace(limits, spill=get_worker().local_directory)


def _result(future: Any) -> Any:
    with lost(future.client):
        return future.result()


@contextmanager
def lost(client: "Client") -> Iterator[None]:
    """Say in one sentence that a cluster has failed, or that its workers lack what they need.

    Raises `Stopped`; what a function of ours raises on a worker is raised here as it is.
    """
    from distributed.client import FutureCancelledError
    from distributed.comm.core import CommClosedError
    from distributed.scheduler import KilledWorker

    kept = "what was read before is kept, `harvester resume` goes on with a carve, and the same command with a ranking"
    silent = "its scheduler does not answer any more"
    if client.status == "closed":
        raise Stopped(f"the cluster has failed: {silent}; {kept}")
    try:
        yield
    except HarvesterError:
        raise
    except ModuleNotFoundError as error:
        raise Stopped(
            f"the workers of the cluster lack {error.name}; install citation-harvester[cluster] there, of the same "
            f"version as here; {kept}"
        ) from error
    except CommClosedError as error:
        raise Stopped(f"the cluster has failed: {silent}; {kept}") from error
    except (FutureCancelledError, KilledWorker, MemoryError, OSError, RuntimeError) as error:
        reason = str(error).split("\n", maxsplit=1)[0]
        raise Stopped(f"the cluster has failed ({reason}); {kept}") from error


@contextmanager
def connected(address: str, *, megabytes: int = 1_000, patience: str = "10s") -> Iterator[Cluster]:
    """Connect to a scheduler at an address, or start `local:N` workers on this machine for as long as it takes.

    Raises `InputError` where Dask is not installed, the address is none, or nobody answers there, and `Stopped` where
    workers cannot be started here.
    """
    try:
        from dask import config
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise InputError(
            "--cluster needs Dask; `pip install 'citation-harvester[cluster]'` brings it, here and on the workers"
        ) from error
    local = re.fullmatch(r"local:([1-9][0-9]{0,2})", address)
    if local is None and not re.fullmatch(r"(tcp|tls|ucx|wss?)://\S+|(?!local:)[\w.-]+:[0-9]{1,5}", address):
        raise InputError(f"{address!r} is no cluster: give local:N, or the address of a scheduler, tcp://HOST:8786")
    # That a scheduler is lost, or that a worker ends while it works, is logged where it is noticed at length, and told
    # where it matters.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with ExitStack() as begun:
        try:
            if local is not None:
                begun.enter_context(config.set(_SPARING))
                workers = LocalCluster(
                    n_workers=int(local[1]),
                    threads_per_worker=1,
                    processes=True,
                    memory_limit=megabytes * 1_000_000,
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                )
                begun.enter_context(workers)
                client = begun.enter_context(Client(workers))
            else:
                client = begun.enter_context(Client(address, timeout=patience))
        except (ImportError, OSError, RuntimeError, TypeError, ValueError) as error:
            reason = str(error).split("\n", maxsplit=1)[0]
            if local is not None:
                raise Stopped(f"{local[1]} workers could not be started here: {reason}; ask for fewer") from error
            # Dask checks an address only by using it: without certificates, `tls://` is a `TypeError`.
            raise InputError(f"no Dask scheduler answers at {address}: {reason}") from error
        yield Cluster(client, megabytes)
