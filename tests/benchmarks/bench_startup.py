"""How long a user waits before anything happens: `harvester --help`, against importing click alone.

Run it as `python tests/benchmarks/bench_startup.py`; it prints the median of 11 runs of each, taken in turn so that a
busy machine is busy for all of them alike. `--help` is to stay under 0.3 seconds.
"""

import json
import platform
import statistics
import subprocess
import sys
import time

RUNS = 11
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import click": ["-c", "import click"],
    "import harvester": ["-c", "import harvester"],
    "harvester --help": ["-m", "harvester.cli", "--help"],
}


def seconds(arguments: list[str]) -> float:
    """Time one process from its start to its end."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def main() -> None:
    """Measure all, once to warm up and then in turn, and print the medians."""
    for arguments in COMMANDS.values():
        seconds(arguments)
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, arguments in COMMANDS.items():
            taken[name].append(seconds(arguments))
    medians = {name: round(statistics.median(times), 3) for name, times in taken.items()}
    print(json.dumps({"python": platform.python_version(), "runs": RUNS, "median_seconds": medians}, indent=2))


if __name__ == "__main__":
    main()
