"""Pictures of the clients' turns: the hours of the day, staleness, why turns are lost, and who is left out."""

import numpy as np

from . import style
from .errors import missing
from .outcomes import COLORS, ORDER
from .run import OUTCOMES

_DAY_S, _HOUR_S = 86400, 3600
_MOST_BARS = 60


def traced(run):
    """The trace, of all clients or a sample; an error when the run has none."""
    if not run.trace.rows:
        raise missing(run.path, "holds no trace (set output.trace: clients and finish the run)")
    return run.trace


def _span_hours(start, end):
    """Hours of the day that the intervals cover, summed by hour: [24]."""
    hours = np.zeros(24)
    days = int(np.ceil((end.max() + 1) / _DAY_S))
    # The seconds of all intervals before each full hour, by sorting their starts and ends once.
    edges = np.arange(24 * days + 1) * _HOUR_S
    hours_before = _seconds_before(edges, start) - _seconds_before(edges, end)
    np.add.at(hours, np.arange(24 * days) % 24, np.diff(hours_before) / _HOUR_S)
    return hours


def _seconds_before(edges, points):
    """At each edge: the seconds since each of the points that lie before it, summed."""
    points = np.sort(points)
    sums = np.concatenate([[0.0], np.cumsum(points)])
    count = np.searchsorted(points, edges)
    return count * edges - sums[count]


def by_hour(trace):
    """{"dispatches", "participants"}: turns begun in an hour of the day, and clients at work on average; of the days
    that the trace covers. An hour that it does not cover has NaN."""
    start, end = trace["dispatched_s"], trace["ended_s"]
    last = end.max()
    hour = np.arange(24)
    covered = (last // _DAY_S) + np.clip((last % _DAY_S) / _HOUR_S - hour, 0, 1)
    known = covered > 0
    days = np.where(known, covered, 1)
    begun = np.bincount((start % _DAY_S // _HOUR_S).astype(int), minlength=24)[:24]
    at_work = _span_hours(start, end)
    return {
        "dispatches": np.where(known, begun / days, np.nan),
        "participants": np.where(known, at_work / days, np.nan),
    }


@style.styled
def draw_hours(run):
    """Dispatches and clients at work by the hour of the virtual day, which begins at the start of the run."""
    values = by_hour(traced(run))
    fig, grid = style.figure(style.COLUMN, 3.2, nrows=2, sharex=True)
    hour = np.arange(24)
    colors = {"dispatches": style.BLUE, "participants": style.GREEN}
    titles = {"dispatches": "dispatches an hour", "participants": "clients at work"}
    for axes, (name, column) in zip(grid[:, 0], values.items()):
        axes.bar(hour, np.nan_to_num(column), 0.9, align="edge", color=colors[name], linewidth=0)
        axes.set_ylabel(titles[name])
        axes.grid(True, axis="y")
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 6))
    axes.set_xlabel("hour of the virtual day")
    return style.Picture(fig, ("hour", *values), list(zip(hour, *values.values())))


def staleness(trace):
    """Versions between what a client was sent and the one its report went into, of the reports that were accepted."""
    words = np.array(trace.names("outcome", OUTCOMES))[trace["outcome"]]
    used = words == "reported"
    return trace["round"][used].astype(np.int64) - 1 - trace["version"][used].astype(np.int64)


@style.styled
def draw_staleness(run):
    """How stale the accepted reports were, with the mean."""
    stale = staleness(traced(run))
    if not stale.size:
        raise missing(run.path, "has no accepted report")
    top = int(stale.max())
    width = next(w * 10**e for e in range(12) for w in (1, 2, 5) if top + 1 <= _MOST_BARS * w * 10**e)
    first = np.arange(0, top + 1, width)
    counts = np.bincount(stale // width, minlength=len(first))
    fig, grid = style.figure(style.COLUMN, 2.3)
    axes = grid[0, 0]
    axes.bar(first - 0.5, counts / stale.size, width, align="edge", color=style.BLUE, edgecolor="white", linewidth=0.3)
    mean = axes.axvline(stale.mean(), color=style.VERMILLION, linewidth=1)
    axes.set_xlim(-0.5, max(first[-1] + width - 0.5, 4.5))
    axes.set_xlabel("staleness (versions)")
    axes.set_ylabel("share of the accepted reports")
    style.count_axis(axes.xaxis)
    style.percent_axis(axes.yaxis)
    axes.grid(True, axis="y")
    style.legend_above(fig, [mean], [f"mean {stale.mean():.3g}"], 1)
    rows = list(zip(first, first + width - 1, counts, counts / stale.size))
    return style.Picture(fig, ("from", "to", "reports", "share"), rows)


def causes_over_time(trace, most=_MOST_BARS):
    """(edges in seconds, {outcome: turns that ended so in each span}) of at most `most` equal spans."""
    words = trace.names("outcome", OUTCOMES)
    ended = trace["ended_s"]
    edges = np.linspace(0, max(ended.max(), 1e-9), min(most, max(1, trace.rows // 20)) + 1)
    span = np.clip(np.searchsorted(edges, ended, side="left") - 1, 0, len(edges) - 2)
    table = np.zeros((len(words), len(edges) - 1), dtype=np.int64)
    np.add.at(table, (trace["outcome"], span), 1)
    return edges, {name: table[code] for code, name in enumerate(words)}


@style.styled
def draw_causes(run):
    """Share of the turns that ended in a span of virtual time without a report that was used, by cause."""
    edges, counts = causes_over_time(traced(run))
    total = sum(counts.values())
    order = [name for name in ORDER if name in counts] + [name for name in counts if name not in ORDER]
    lost = {name: counts[name] for name in order if name != "reported" and counts[name].any()}
    scale, unit = style.time_unit(edges[-1])
    fig, grid = style.figure(style.COLUMN, 2.5)
    axes = grid[0, 0]
    base = np.zeros(len(total))
    handles, labels = [], []
    for i, (name, values) in enumerate(lost.items()):
        share = values / np.maximum(total, 1)
        color = COLORS.get(name, style.COLORS[i % len(style.COLORS)])
        look = {"align": "edge", "color": color, "edgecolor": "white", "linewidth": 0.3}
        handles.append(axes.bar(edges[:-1] / scale, share, np.diff(edges) / scale, base, **look))
        labels.append(f"{name} {100 * values.sum() / total.sum():.3g}%")
        base += share
    axes.set_xlim(0, edges[-1] / scale)
    axes.set_ylim(0, max(base.max() * 1.04, 0.01))
    axes.set_xlabel(f"virtual time ({unit})")
    axes.set_ylabel("turns without a used report")
    style.percent_axis(axes.yaxis)
    axes.grid(True, axis="y")
    if labels:
        style.legend_above(fig, handles, labels, min(3, len(labels)))
    rows = [(edges[i], edges[i + 1], *(counts[name][i] for name in order)) for i in range(len(total))]
    return style.Picture(fig, ("from_s", "to_s", *order), rows)


def by_decile(run):
    """Clients with samples in tenths by compute rate, the slowest first: (number, mean rate, dispatched, reported) of
    each. Clients of one rate may fall into two tenths, in the order of their ids. Needs no trace."""
    clients = run.clients
    for name in ("compute_rate", "dispatched", "reported"):
        if name not in clients:
            raise missing(run.path, f'does not know "{name}" of its clients yet (status: {run.status})')
    ids = np.flatnonzero(clients["train_samples"] > 0) if "train_samples" in clients else np.arange(clients.rows)
    ids = ids[np.argsort(clients["compute_rate"][ids], kind="stable")]
    columns = (clients["compute_rate"], clients["dispatched"], clients["reported"])
    parts = [part for part in np.array_split(ids, 10) if part.size]
    return [(part.size, columns[0][part].mean(), *(column[part].sum() for column in columns[1:])) for part in parts]


@style.styled
def draw_participation(run):
    """Each tenth of the clients by compute rate: its share of the dispatches and of the accepted reports."""
    parts = by_decile(run)
    dispatched = np.array([part[2] for part in parts], dtype=float)
    reported = np.array([part[3] for part in parts], dtype=float)
    shares = dispatched / max(dispatched.sum(), 1), reported / max(reported.sum(), 1)
    fig, grid = style.figure(style.COLUMN, 2.4)
    axes = grid[0, 0]
    tenth = np.arange(1, len(parts) + 1)
    handles = [
        axes.bar(tenth - 0.4, shares[0], 0.4, align="edge", color=style.SKY, linewidth=0),
        axes.bar(tenth, shares[1], 0.4, align="edge", color=style.GREEN, linewidth=0),
        axes.axhline(1 / len(parts), color=style.BLACK, linewidth=0.8, linestyle=(0, (4, 2))),
    ]
    axes.set_xticks(tenth)
    axes.set_xlabel("tenth of the clients by compute rate (1: the slowest)")
    axes.set_ylabel("share")
    style.percent_axis(axes.yaxis)
    axes.grid(True, axis="y")
    style.legend_above(fig, handles, ["dispatches", "accepted reports", "equal shares"], 3)
    rows = [(i, *part, a, b) for i, part, a, b in zip(tenth, parts, *shares)]
    header = ("tenth", "clients", "compute_rate", "dispatched", "reported", "dispatched_share", "reported_share")
    return style.Picture(fig, header, rows)
