"""A layer includes only what stands above it; libraries stay in the one place that may use them."""

import os
import re
import sys
from pathlib import Path

ROOT = Path(os.environ.get("FEDTIDE_SOURCE", Path(__file__).resolve().parents[2]))

LAYERS = ["base", "config", "files", "model", "learn", "engine", "fleet", "federation", "record", "experiment", "cli"]
ALLOWED = {f"sim/{layer}": {f"sim/{above}" for above in LAYERS[: i + 1]} for i, layer in enumerate(LAYERS)}
# Learning knows no time, the fleet knows no learning, the engine knows neither.
ALLOWED["sim/engine"] = {"sim/base", "sim/engine"}
ALLOWED["sim/fleet"] = {"sim/base", "sim/config", "sim/files", "sim/fleet"}
ALLOWED["algorithms"] = {"sim/base", "sim/config", "sim/model", "sim/learn", "sim/federation", "algorithms"}
ALLOWED["datasets"] = {"sim/base", "sim/config", "sim/files", "sim/model", "sim/learn", "datasets"}
# Of the federation, algorithms see the interfaces only.
INTERFACES = {"algorithm.h", "aggregator.h", "codec.h", "privacy.h", "selector.h"}

LIBRARIES = {
    r"tbb/": {"sim/engine/job_pool.cpp"},
    r"yaml-cpp/": {"sim/config"},
    r"hdf5": {"sim/record", "sim/base/hdf5_handle.cpp", "datasets/formats"},
    r"H5": {"sim/record"},
    r"rapidjson/": {"sim/files/json.cpp"},
    r"png\.h": {"datasets/formats/png.cpp"},
    r"zip\.h": {"datasets/formats/npz.cpp"},
    r"CLI/": {"sim/cli"},
    r"openssl/": {"sim/cli/sha256.cpp"},
    r"Random123/": {"sim/base"},
    r"xxhash": {"sim/record", "datasets/cache"},
    r"mutex|condition_variable": {"sim/engine/job_pool.cpp", "sim/engine/post.cpp"},
    r"mpi\.h": {"sim/engine/mpi_transport.cpp"},
}


def place_of(path):
    parts = path.parts
    return "/".join(parts[:2]) if parts[0] == "sim" else parts[0]


def violations():
    for folder in ("sim", "algorithms", "datasets"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in (".h", ".cpp"):
                continue
            relative = path.relative_to(ROOT)
            place = place_of(relative)
            for number, line in enumerate(path.read_text().splitlines(), 1):
                where = f"{relative}:{number}"
                own = re.match(r'\s*#include "([^"]+)"', line)
                if own:
                    target = Path(own.group(1))
                    if place_of(target) not in ALLOWED[place]:
                        yield f"{where}: {place} must not include {target}"
                    if place == "algorithms" and place_of(target) == "sim/federation" and target.name not in INTERFACES:
                        yield f"{where}: algorithms see the interfaces of sim/federation, not {target}"
                    continue
                other = re.match(r"\s*#include <([^>]+)>", line)
                for pattern, homes in LIBRARIES.items():
                    if other and re.match(pattern, other.group(1)):
                        if not any(str(relative) == home or str(relative).startswith(home + "/") for home in homes):
                            yield f"{where}: <{other.group(1)}> belongs in {', '.join(sorted(homes))}"


found = list(violations())
print("\n".join(found) or "layers hold")
sys.exit(1 if found else 0)
