"""One run as a value: what was configured, what happened in each round, who the clients are."""

import functools
import os

import numpy as np

from . import files
from .errors import missing
from .files import Table

OUTCOMES = (
    "reported",
    "left",
    "crash",
    "deadline",
    "surplus",
    "abandoned",
    "stale",
    "network",
    "battery",
    "unplugged",
)
PHASES = ("download", "compute", "upload", "done")
# Names of the dimensions of each table, where the file does not say them.
_DIMENSIONS = {
    "rounds": ("round",),
    "evaluation": ("evaluation", "sampled"),
    "clients": ("client",),
    "partition": ("client", "class"),
    "trace": ("turn",),
    "traffic": ("begin_s",),
    "sessions": ("shape",),
}
_ENCODING = ("_FillValue", "coordinates")


class Run:
    """A run directory, or one of its result files.

    Tables are dicts of numpy arrays: `rounds` (a row a committed round), `evaluation` (a row an evaluation of the
    global model, round 0 is the initial one), `clients`, `partition`, `trace`. The last three are empty until the run
    has written trajectory.h5; the first two come from metrics.jsonl while the run goes on. Times are virtual seconds,
    sizes bytes.
    """

    def __init__(self, path):
        path = os.fspath(path)
        if not os.path.exists(path):
            raise missing(path, "does not exist (expected a run directory, a trajectory.h5 or a metrics.jsonl)")
        inside = os.path.isdir(path)
        self.path = path
        self.folder = path if inside else os.path.dirname(path) or "."
        self._trajectory_is_old = False
        if not inside:
            is_lines = path.endswith((".jsonl", ".json"))
            self._trajectory, self._metrics = (None, path) if is_lines else (path, None)
        else:
            self._trajectory = self._existing("trajectory.h5")
            self._metrics = self._existing("metrics.jsonl")
            if not (self._trajectory or self._metrics or self._existing("run.json")):
                raise missing(path, "is no run directory (it has no run.json, trajectory.h5 or metrics.jsonl)")
        self._known = self._json("run.json")
        self.config = self._json("config.json")
        self.rounds = self._read_rounds()

    def __repr__(self):
        return f"<fedtide.Run {self.path}: {self.status}, {self.rounds.rows} rounds>"

    def _existing(self, name):
        path = os.path.join(self.folder, name)
        return path if os.path.exists(path) else None

    def _json(self, name):
        path = self._existing(name)
        return files.read_json(path) if path else {}

    @property
    def name(self):
        return os.path.basename(os.path.abspath(self.folder))

    @functools.cached_property
    def status(self):
        """As run.json says it: "complete", "running", "stopped", "failed"; "unknown" where nothing says it."""
        if "status" not in self._known and self._trajectory:
            return str(files.read_root_attributes(self._trajectory).get("status", "unknown"))
        return str(self._known.get("status", "unknown"))

    @property
    def info(self):
        """run.json: status, version, times, hashes."""
        return self._known

    @functools.cached_property
    def _live(self):
        return files.read_metrics(self._metrics) if self._metrics else Table()

    def _read_rounds(self):
        """From the trajectory, unless the run went on after it was written (it was stopped and is resumed)."""
        table = files.read_table(self._trajectory, "/") if self._trajectory else self._live
        if self._trajectory and "round" not in table:
            raise files.damaged(self._trajectory, 'has no variable "round"')
        if self._trajectory and self.status != "complete" and _last_round(self._live) > _last_round(table):
            self._trajectory_is_old = True
            table = self._live
        # The initial model has a row of its own when it was evaluated; it is no round.
        table = table.where(table["round"] > 0) if "round" in table else table
        if "wasted_bytes" not in table and "wasted_bytes_up" in table and "wasted_bytes_down" in table:
            table["wasted_bytes"] = table["wasted_bytes_down"] + table["wasted_bytes_up"]
            table.attributes["wasted_bytes"] = {
                "units": "byte",
                "long_name": "bytes both ways of clients whose report was not used",
            }
        return table

    @functools.cached_property
    def evaluation(self):
        if self._trajectory and not self._trajectory_is_old:
            return files.read_table(self._trajectory, "/evaluation")
        lines = self._live.only(
            [name for name in ("round", "time_s", "test_loss", "test_accuracy") if name in self._live]
        )
        measured = [np.isfinite(column) for name, column in lines.items() if name.startswith("test_")]
        return lines.where(np.any(measured, axis=0) if measured else np.zeros(lines.rows, dtype=bool))

    def _table(self, name):
        return files.read_table(self._trajectory, f"/{name}") if self._trajectory else Table()

    @functools.cached_property
    def clients(self):
        return self._table("clients")

    @functools.cached_property
    def partition(self):
        return self._table("partition")

    @functools.cached_property
    def trace(self):
        return self._table("trace")

    @functools.cached_property
    def traffic(self):
        """Of a protocol with check-ins: a row a span of virtual time."""
        return self._table("traffic")

    @functools.cached_property
    def sessions(self):
        """Of a protocol with check-ins: how often there was a session of each shape."""
        return self._table("sessions")

    def to_pandas(self, table="rounds"):
        """A pandas.DataFrame of one table, a row a round (evaluation, client, turn); 2-D columns are name_0, name_1."""
        import pandas

        columns = {}
        for name, values in getattr(self, table).items():
            if values.ndim == 1:
                columns[name] = values
            else:
                columns.update({f"{name}_{i}": values[:, i] for i in range(values.shape[1])})
        frame = pandas.DataFrame(columns)
        return frame.set_index("round") if table == "rounds" and "round" in frame else frame

    def to_xarray(self, table="rounds"):
        """An xarray.Dataset of one table, with units; `time_s` is a coordinate beside `round`."""
        import xarray

        source = getattr(self, table)
        variables = {}
        for name, values in source.items():
            given = source.dimensions.get(name, ())
            usable = len(given) == values.ndim and all(given)
            dimensions = given if usable else _DIMENSIONS[table][: values.ndim]
            # The other attributes are instructions for reading a file, which has been done.
            attributes = {key: value for key, value in source.attributes.get(name, {}).items() if key not in _ENCODING}
            variables[name] = (dimensions, values, attributes)
        data = xarray.Dataset(variables, attrs={"status": self.status, "path": self.path})
        return data.set_coords([name for name in ("round", "time_s") if name in variables])


def _last_round(table):
    return int(table["round"][-1]) if "round" in table and table.rows else -1


def load(path):
    """The run at `path`: a run directory (finished, in progress or killed), a trajectory.h5, or a metrics.jsonl.

    Raises FedtideError with a one-line message; its `code` is 66 where nothing can be read, 65 where a file is damaged
    or foreign.
    """
    return Run(path)


def find(path):
    """The runs at `path`: itself, or all in its `runs/` when it is the directory of a sweep."""
    inside = os.path.join(path, "runs")
    if not os.path.isdir(inside):
        return [load(path)]
    names = [name for name in sorted(os.listdir(inside)) if os.path.exists(os.path.join(inside, name, "run.json"))]
    if not names:
        raise missing(path, "is a sweep in which no run has begun")
    return [load(os.path.join(inside, name)) for name in names]
