"""CPU seconds that each source of the core takes to compile by itself, the costliest first.

    python bench/compile_times.py build/core [--budget 30] [part of a path ...]

reads the commands of a configured build directory (any preset). A family is given as many seconds as `--budget`, with
whatever kind it is an instance of: the program ends with 1 if a source takes more.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path


def seconds(command: str, folder: str) -> float:
    """CPU time of one compilation, its object thrown away."""
    words = shlex.split(command)
    words[words.index("-o") + 1] = os.devnull
    process = subprocess.Popen(words, cwd=folder)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the compiler ended with {process.returncode}: {command}")
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Compile one source after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, help="a build directory with compile_commands.json")
    parser.add_argument(
        "parts", nargs="*", default=["cpp/natgrad/"], help="only sources with one of these in their path"
    )
    parser.add_argument("--budget", type=float, default=30.0, help="CPU seconds for a source (default %(default)s)")
    given = parser.parse_args()
    commands = json.loads((given.build / "compile_commands.json").read_text())
    chosen = {c["file"]: c for c in commands if any(part in c["file"] for part in given.parts)}
    took = {Path(name).stem: seconds(c["command"], c["directory"]) for name, c in sorted(chosen.items())}
    for name, time in sorted(took.items(), key=lambda item: -item[1]):
        print(f"{time:6.1f} s  {name}" + ("  over its budget" if time > given.budget else ""))
    print(f"{sum(took.values()):6.1f} s  all {len(took)}")
    sys.exit(any(time > given.budget for time in took.values()))


if __name__ == "__main__":
    main()
