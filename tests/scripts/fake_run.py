"""Writes run directories in the layout of the program, with made-up but plausible numbers."""

import json
import os

import h5py
import numpy as np

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


def config(seed=1, algorithm="fedavg", alpha=0.3):
    return {
        "name": "fake",
        "seed": seed,
        "data": {"dataset": "mnist", "clients": 1000, "partition": {"scheme": "dirichlet", "alpha": alpha}},
        "algorithm": {"name": algorithm},
        "output": {"trace": "clients"},
    }


def plausible(seed=1, rounds=200, every=2, speed=1.0, level=0.86, cohort=50, clients=1000, classes=10, alpha=0.3):
    """Tables of a run that learns, loses clients and waits for slow ones."""
    draw = np.random.default_rng(seed)
    number = np.arange(1, rounds + 1)
    time_s = np.cumsum(draw.gamma(8, 420 / 8, rounds))
    day = 0.5 + 0.5 * np.sin(2 * np.pi * time_s / 86400)
    dispatched = np.full(rounds, int(1.3 * cohort))
    left = draw.binomial(8, 0.15 + 0.5 * day)
    crash = draw.binomial(int(1.3 * cohort), 0.05, rounds)
    late = draw.binomial(6, 0.3, rounds)
    reported = np.minimum(cohort, dispatched - left - crash - late)
    outcomes = {"reported": reported, "left": left, "crash": crash, "deadline": late}
    outcomes["surplus"] = dispatched - sum(outcomes.values())
    outcomes.update({name: 0 * number for name in ("stale", "network", "battery", "unplugged")})
    table = {"round": number, "time_s": time_s, "dispatched": dispatched, **outcomes, "abandoned": 0 * number}
    table["bytes_down"] = np.cumsum(dispatched) * 798_000
    table["bytes_up"] = np.cumsum(reported + outcomes["surplus"]) * 798_000
    table["wasted_bytes_down"] = (dispatched - reported) * 798_000
    table["wasted_bytes_up"] = outcomes["surplus"] * 798_000
    table["wasted_compute_s"] = (dispatched - reported) * 20.0
    at = np.arange(0, rounds + 1, every)
    rise = 1 - np.exp(-speed * at / 25)
    accuracy = 0.1 + (level - 0.1) * rise + draw.normal(0, 0.012, len(at)) * (0.4 + np.exp(-at / 60))
    loss = 2.3 - 1.85 * rise + draw.normal(0, 0.02, len(at))
    table["train_loss"] = 2.2 - 1.8 * (1 - np.exp(-speed * number / 22)) + draw.normal(0, 0.04, rounds)
    shares = draw.dirichlet(np.full(classes, alpha), clients)
    sizes = np.maximum(5, draw.lognormal(3.8, 0.6, clients)).astype(int)
    labels = np.array([draw.multinomial(size, share) for size, share in zip(sizes, shares)])
    known = np.concatenate([[0.0], time_s])
    evaluation = {"round": at, "time_s": known[at], "test_accuracy": accuracy, "test_loss": loss}
    partition = {"label_count": labels, "train_samples": sizes}
    trace = _turns(draw, table, clients)
    who = {"compute_rate": draw.lognormal(20, 1, clients), "train_samples": sizes}
    who["dispatched"] = np.bincount(trace["client"], minlength=clients)
    who["reported"] = np.bincount(trace["client"][trace["outcome"] == 0], minlength=clients)
    return {"rounds": table, "evaluation": evaluation, "partition": partition, "trace": trace, "clients": who}


def _turns(draw, rounds, clients):
    """A row a client's turn, with phases that follow one another."""
    columns = {
        name: []
        for name in ("round", "client", "version", "dispatched_s", "downloaded_s", "computed_s", "ended_s", "phase", "outcome")
    }
    start = 0.0
    for i, number in enumerate(rounds["round"]):
        chosen = draw.choice(clients, rounds["dispatched"][i], replace=False)
        ends = np.repeat(np.arange(len(OUTCOMES)), [rounds[name][i] for name in OUTCOMES])
        window = rounds["time_s"][i] - start
        down, work = draw.uniform(0.03, 0.12, len(chosen)) * window, draw.gamma(4, 0.08, len(chosen)) * window
        up = draw.uniform(0.05, 0.2, len(chosen)) * window
        ended = start + np.minimum(
            np.where(ends == 0, down + work + up, draw.uniform(0.1, 0.8, len(chosen)) * window), window
        )
        marks = [start + down, start + down + work]
        phase = np.where(ends == 0, 3, (ended > marks[0]).astype(int) + (ended > marks[1]))
        version = number - 1 - np.minimum(np.arange(len(chosen)) % 3, number - 1)
        rows = (np.full(len(chosen), number), chosen, version, np.full(len(chosen), start), *marks, ended, phase, ends)
        for column, values in zip(columns.values(), rows):
            column.append(values)
        start = rounds["time_s"][i]
    return {name: np.concatenate(values) for name, values in columns.items()}


def write_json(folder, name, value):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        json.dump(value, file)


def write_metrics(folder, tables):
    """metrics.jsonl: a line a round; a round that was not evaluated says null."""
    os.makedirs(folder, exist_ok=True)
    rounds = _with_initial(tables)
    with open(os.path.join(folder, "metrics.jsonl"), "w", encoding="utf-8") as file:
        for i in range(len(rounds["round"])):
            line = {name: values[i].item() for name, values in rounds.items()}
            file.write(json.dumps({name: None if value != value else value for name, value in line.items()}) + "\n")


def _scale(group, dimension, values, length):
    """A dimension: with values a coordinate, without them only a length, marked as netCDF-4 does."""
    group[dimension] = np.zeros(length, dtype="f4") if values is None else values
    mark = f"This is a netCDF dimension but not a netCDF variable.{length:10d}"
    group[dimension].make_scale(mark if values is None else dimension)


def _write_group(group, table, dimensions, index=False):
    """The columns with their dimension scales; one that is no column counts from 0 (`index`) or has no values."""
    widest = max(table.values(), key=np.ndim)
    for dimension, length in zip(dimensions, widest.shape):
        _scale(group, dimension, table.get(dimension, np.arange(length, dtype="u4") if index else None), length)
    for name, values in table.items():
        if name not in dimensions:
            group[name] = values
            for axis in range(values.ndim):
                group[name].dims[axis].attach_scale(group[dimensions[axis]])


def _with_initial(tables):
    """The rounds with a row for the initial model, when it was evaluated, and the test measures beside them."""
    rounds, evaluation = dict(tables["rounds"]), tables["evaluation"]
    if evaluation["round"][0] == 0 and rounds["round"][0] > 0:
        rounds = {name: np.append(np.zeros(1, dtype=values.dtype), values) for name, values in rounds.items()}
    for name in ("test_accuracy", "test_loss"):
        at = np.searchsorted(evaluation["round"], rounds["round"])
        found = np.isin(rounds["round"], evaluation["round"])
        rounds[name] = np.where(found, evaluation[name][np.minimum(at, len(evaluation["round"]) - 1)], np.nan)
    return rounds


def write_trajectory(folder, tables):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "trajectory.h5")
    with h5py.File(path, "w") as file:
        file.attrs["filetype"] = "fedtide-trajectory"
        file.attrs["version"] = np.array([1, 0], dtype="i4")
        file.attrs["status"] = "complete"
        _write_group(file, _with_initial(tables), ["round"])
        file["time_s"].attrs["units"] = "s"
        _write_group(file.create_group("evaluation"), tables["evaluation"], ["evaluation"])
        if "partition" in tables:
            _write_group(file.create_group("partition"), tables["partition"], ["client", "class"], index=True)
        if "clients" in tables:
            _write_group(file.create_group("clients"), tables["clients"], ["client"], index=True)
        if "trace" in tables:
            _write_group(file.create_group("trace"), tables["trace"], ["turn"])
    return path


def write_run(folder, tables, settings, status="complete"):
    """A whole run directory; one that is not complete has no trajectory yet."""
    write_json(folder, "run.json", {"status": status})
    write_json(folder, "config.json", settings)
    write_metrics(folder, tables)
    if status == "complete":
        write_trajectory(folder, tables)
    return folder


TRAFFIC = ("missed", "check_ins", "selected", "rejected", "refused", "gone", "reported", "late", "lost")


def traffic(rows=49, span=3600.0):
    """The columns of /traffic: a day's wave over two days."""
    begin = span * np.arange(rows)
    columns = {"begin_s": begin}
    for i, name in enumerate(TRAFFIC):
        columns[name] = (100 * i + 50 * np.cos(2 * np.pi * begin / 86400)).astype(int)
    columns["refused"] = np.zeros(rows, dtype=int)
    columns["waiting_s"] = 1800.0 * np.ones(rows)
    columns["participating_s"] = 7200.0 * np.ones(rows)
    return columns


def add_traffic(folder):
    """What the protocol check_in records beside."""
    with h5py.File(os.path.join(folder, "trajectory.h5"), "a") as file:
        group = file.create_group("traffic")
        for name, column in traffic().items():
            group[name] = column
        group = file.create_group("sessions")
        group["session_shape"] = np.array(["-v[!", "-v[]+#", "-v[]+^"], dtype=h5py.string_dtype())
        group["sessions"] = np.array([2, 21, 77])


USES = ("compute", "receive", "send", "idle")


def add_energy(tables):
    """What a run with an energy model records of its rounds."""
    rounds = tables["rounds"]
    count = len(rounds["round"])
    draw = np.random.default_rng(3)
    for use in USES:
        rounds[f"spent_{use}_j"] = draw.uniform(500, 1000, count)
        rounds[f"wasted_{use}_j"] = draw.uniform(0, 400, count)
