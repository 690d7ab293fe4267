"""Reads the files of a run directory: run.json and config.json, metrics.jsonl, trajectory.h5."""

import contextlib
import json
import os

import h5py
import numpy as np

from .errors import damaged, missing

FILETYPE = "fedtide-trajectory"
MAJOR = 1  # of the format's version; a file with a greater one is refused
_NO_VARIABLE = "This is a netCDF dimension but not a netCDF variable"


class Table(dict):
    """Columns by name, as numpy arrays that share their first dimension.

    `attributes[column]` holds what the file says of a column (units, long_name, flag_meanings ...), and
    `dimensions[column]` the names of its dimensions; both are empty for a table that came from metrics.jsonl.
    """

    def __init__(self, columns=(), attributes=None, dimensions=None):
        super().__init__(columns)
        self.attributes = attributes or {}
        self.dimensions = dimensions or {}

    @property
    def rows(self):
        return max((len(column) for column in self.values()), default=0)

    def only(self, names):
        """The table of these columns."""
        return Table({name: self[name] for name in names}, self.attributes, self.dimensions)

    def where(self, keep):
        """The table of these rows."""
        return Table({name: column[keep] for name, column in self.items()}, self.attributes, self.dimensions)

    def names(self, column, codes):
        """The words behind an enumeration: `flag_meanings` of the file, or else `codes`."""
        meanings = self.attributes.get(column, {}).get("flag_meanings")
        return meanings.split() if isinstance(meanings, str) else list(codes)


def read_json(path):
    """A JSON object; errors name the line."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except UnicodeDecodeError:
        raise damaged(path, "is not text (expected a JSON object)") from None
    except OSError as error:
        raise missing(path, f"cannot be read ({error.strerror})") from None
    if not text.strip():
        raise damaged(path, "is empty (expected a JSON object)")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise damaged(path, f"is not JSON ({error})") from None
    if not isinstance(value, dict):
        raise damaged(path, f"holds {type(value).__name__}, expected a JSON object")
    return value


def _number(value):
    if isinstance(value, (int, float)):
        return value
    return np.nan if value is None else None


def _columns(lines):
    """Numbers by name of a list of flat dicts; NaN where a line lacks one. Texts are left out."""
    names = dict.fromkeys(name for line in lines for name in line)
    columns = {}
    for name in names:
        values = [_number(line.get(name)) for line in lines]
        if any(value is None for value in values):
            continue
        # Counts stay integers; a float array would lose bytes beyond 2^53.
        exact = all(isinstance(value, int) for value in values)
        columns[name] = np.array(values, dtype=np.int64 if exact else float)
    return columns


def read_metrics(path):
    """metrics.jsonl as a Table, a row a round. A torn last line (the run goes on, or was killed) is left out."""
    try:
        with open(path, "rb") as file:
            raw = file.read().split(b"\n")
    except OSError as error:
        raise missing(path, f"cannot be read ({error.strerror})") from None
    numbered = [(number, line) for number, line in enumerate(raw, 1) if line.strip()]
    lines = []
    for number, text in numbered:
        try:
            line = json.loads(text)
            if not isinstance(line, dict) or not isinstance(line.get("round"), int):
                raise damaged(f"{path}:{number}", 'is no line of a metrics file (expected an object with a "round")')
        except (ValueError, RecursionError):
            if number == numbered[-1][0]:
                break
            raise damaged(f"{path}:{number}", "is not JSON; the file is damaged") from None
        # A run that was killed and resumed may write a round again: the later line counts.
        while lines and lines[-1]["round"] >= line["round"]:
            lines.pop()
        lines.append(_flat(line))
    return Table(_columns(lines))


def _flat(line):
    flat = {}
    for name, value in line.items():
        flat.update(value if isinstance(value, dict) else {name: value})
    return flat


def _text(value):
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray) and value.size == 1:
        return _text(value.reshape(-1)[0])
    return value


@contextlib.contextmanager
def open_trajectory(path):
    """The open HDF5 file, checked to be a trajectory of a version this reader knows; HDF5's errors become one line."""
    if not os.path.exists(path):
        raise missing(path, "does not exist")
    if os.path.getsize(path) == 0:
        raise damaged(path, "is empty (expected an HDF5 file)")
    try:
        with h5py.File(path, "r") as file:
            _check_kind(path, file)
            yield file
    except PermissionError as error:
        raise missing(path, f"cannot be read ({error.strerror})") from None
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, MemoryError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise damaged(path, f"is damaged or not HDF5 ({reason[0][:120]})") from None


def _check_kind(path, file):
    kind = _text(file.attrs.get("filetype", ""))
    if kind != FILETYPE:
        raise damaged(path, f'is HDF5, but no trajectory (filetype is "{kind}", expected "{FILETYPE}")')
    version = np.atleast_1d(file.attrs.get("version", [MAJOR, 0]))
    if int(version[0]) > MAJOR:
        found = ".".join(str(part) for part in version)
        raise damaged(path, f"has format {found}, newer than this reader ({MAJOR}.x); use the scripts of that version")


def _dimensions(dataset):
    if "CLASS" in dataset.attrs:
        return (dataset.name.rsplit("/", 1)[-1],) * dataset.ndim
    scales = [list(dimension.values()) for dimension in dataset.dims]
    return tuple(scale[0].name.rsplit("/", 1)[-1] if scale else "" for scale in scales)


def read_table(path, group):
    """The data sets of one group ("/" is the root) as a Table; an empty one when the file has no such group."""
    table = Table()
    with open_trajectory(path) as file:
        if group not in file:
            return table
        for name, dataset in file[group].items():
            if not isinstance(dataset, h5py.Dataset) or dataset.ndim == 0:
                continue
            attributes = {key: _text(value) for key, value in dataset.attrs.items() if not _is_structure(key)}
            if str(_text(dataset.attrs.get("NAME", ""))).startswith(_NO_VARIABLE):
                continue
            table[name] = dataset[()]
            table.attributes[name] = attributes
            table.dimensions[name] = _dimensions(dataset)
    return _own_rows(table)


def _own_rows(table):
    """Without the coordinates of second dimensions (`class` of label_count), which have rows of their own."""
    own = {names[0] for column, names in table.dimensions.items() if names and names != (column,)}
    keep = [column for column, names in table.dimensions.items() if names != (column,) or not own or column in own]
    return table.only(keep)


def read_root_attributes(path):
    """Title, seed, status and the like of a trajectory."""
    with open_trajectory(path) as file:
        return {key: _text(value) for key, value in file.attrs.items()}


def _is_structure(key):
    """Whether an attribute belongs to HDF5's dimension scales and not to the data."""
    return key in ("CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "_Netcdf4Dimid", "_Netcdf4Coordinates")
