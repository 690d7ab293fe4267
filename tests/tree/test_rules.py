"""Rules of the tree that no compiler knows: formatting, forbidden calls, one registration a plug-in file, lean headers."""

import functools
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.environ.get("FEDTIDE_SOURCE", Path(__file__).resolve().parents[2]))
FEDTIDE = os.environ.get("FEDTIDE", str(ROOT / "build/release/fedtide"))

FORBIDDEN = {
    r"\brand\(": "use a named Stream",
    r"std::random_device": "use a named Stream",
    r"std::mt19937": "use a named Stream",
    r"std::\w+_distribution": "use sim/base/distributions.h",
    r"std::shuffle": "use fedtide::shuffle",
    r"::Random\(": "use a named Stream",
    r"-ffast-math": "sums must keep their order",
    r"\bTODO\b|\bFIXME\b": "finish it or write an issue",
}


def sources(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".cpp"):
                yield path


def forbidden_calls():
    for path in sources("sim", "algorithms", "datasets", "tests", "benchmarks"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for pattern, instead in FORBIDDEN.items():
                if re.search(pattern, line):
                    yield f"{path.relative_to(ROOT)}:{number}: {pattern} is not used here; {instead}"


def formatting():
    files = [str(p) for p in sources("sim", "algorithms", "datasets", "tests", "benchmarks")]
    result = subprocess.run(["clang-format", "--dry-run", "--Werror", *files], capture_output=True, text=True)
    if result.returncode:
        yield result.stderr[:2000] + "clang-format -i mends this"


@functools.cache
def listed(kind):
    shown = subprocess.run([FEDTIDE, "list", kind], capture_output=True, text=True).stdout
    return set(re.findall(r"^  (\S+)", shown, re.M))


def registered_algorithms():
    """The registry holds what the folder holds: a file the linker dropped would be missing."""
    for path in sources("algorithms"):
        kind = {"selection": "selectors", "compression": "codecs"}.get(path.parent.name, "algorithms")
        if path.suffix == ".cpp" and path.stem not in listed(kind):
            yield f"{path.relative_to(ROOT)}: fedtide list {kind} does not show {path.stem}"


def header_guards():
    for path in sources("sim", "algorithms", "datasets", "tests", "benchmarks"):
        if path.suffix == ".h" and not path.read_text().startswith("#pragma once\n"):
            yield f"{path.relative_to(ROOT)}: begins without #pragma once"


found = [problem for check in (forbidden_calls, formatting, registered_algorithms, header_guards) for problem in check()]
print("\n".join(found) or "rules hold")
sys.exit(1 if found else 0)
