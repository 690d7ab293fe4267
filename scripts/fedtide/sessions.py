"""Pictures of devices that check in by themselves: the traffic by hour of the day, and how their sessions go."""

import numpy as np

from . import style
from .errors import missing

_DAY_S, _HOUR_S = 86400, 3600
# What a row counts, and the label and color of its curve.
_CHECK_INS = (("selected", style.GREEN), ("rejected", style.GRAY), ("gone", style.ORANGE), ("refused", style.PINK))
_ENDS = (("reported", style.GREEN), ("late", style.GRAY), ("lost", style.VERMILLION))
_SHAPE_COLORS = {"^": style.GREEN, "#": style.GRAY, "!": style.ORANGE, "*": style.PINK}


def _traffic(run):
    if not run.traffic.rows:
        raise missing(run.path, "records no traffic (protocol check_in does, in a run that came to its end)")
    return run.traffic


def by_hour(traffic):
    """(hours of the day that are known, {column: mean an hour}) of the whole rows; the last one is cut by the end of the
    run and left out where there are others. Device-seconds become devices."""
    begin = traffic["begin_s"]
    span = begin[1] - begin[0] if len(begin) > 1 else _HOUR_S
    whole = slice(None, -1 if len(begin) > 1 else None)
    hour = (begin[whole] % _DAY_S // _HOUR_S).astype(int)
    known = np.unique(hour)
    hours = np.bincount(hour, minlength=24)[known] * span / _HOUR_S
    means = {}
    for name, column in traffic.items():
        if name == "begin_s":
            continue
        sums = np.bincount(hour, weights=column[whole], minlength=24)[known]
        means[name] = sums / hours / (_HOUR_S if name.endswith("_s") else 1)
    return known, means


@style.styled
def draw_traffic(run):
    """Devices that take part and wait, check-ins, and ends of sessions, by the hour of the virtual day."""
    hour, means = by_hour(_traffic(run))
    fig, grid = style.figure(style.COLUMN, 5.0, nrows=3, sharex=True)
    panels = (
        ("devices", (("participating_s", style.BLUE), ("waiting_s", style.SKY))),
        ("check-ins an hour", _CHECK_INS),
        ("sessions an hour", _ENDS),
    )
    for axes, (title, curves) in zip(grid[:, 0], panels):
        most = max(means[name].max() for name, _ in curves)
        for name, color in curves:
            # What hardly ever happens would only lie on the axis.
            if means[name].max() > 0.01 * most:
                axes.plot(hour + 0.5, means[name], color=color, marker=".", markersize=3, label=name.removesuffix("_s"))
        axes.set_ylim(bottom=0)
        axes.set_ylabel(title)
        axes.grid(True, axis="y")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=4, borderaxespad=0.1, columnspacing=1.2)
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 6))
    axes.set_xlabel("hour of the virtual day")
    return style.Picture(fig, ("hour", *means), list(zip(hour, *means.values())))


def shapes(run):
    """[(shape, sessions)], the most frequent first."""
    table = run.sessions
    if not table.rows:
        raise missing(run.path, "records no sessions (protocol check_in does, in a run that came to its end)")
    names = [name.decode() if isinstance(name, bytes) else str(name) for name in table["session_shape"]]
    return sorted(zip(names, table["sessions"].tolist()), key=lambda pair: (-pair[1], pair[0]))


@style.styled
def draw_shapes(run):
    """How often there was a session of each shape, as shares of all sessions."""
    counts = shapes(run)
    total = sum(count for _, count in counts)
    fig, grid = style.figure(style.COLUMN, 0.7 + 0.22 * max(len(counts), 3))
    axes = grid[0, 0]
    place = np.arange(len(counts))
    shares = np.array([count / total for _, count in counts])
    axes.barh(place, shares, 0.7, color=[_SHAPE_COLORS.get(name[-1], style.BLUE) for name, _ in counts])
    for i, share in enumerate(shares):
        axes.text(share, i, f" {100 * share:.3g}%", va="center", fontsize=7)
    axes.set_yticks(place, [name for name, _ in counts], family="monospace")
    axes.invert_yaxis()
    axes.set_xlim(0, min(1.15, 1.2 * shares.max()))
    axes.set_xlabel("share of the sessions")
    style.percent_axis(axes.xaxis)
    axes.grid(True, axis="x")
    return style.Picture(fig, ("shape", "sessions", "share"), [(*pair, share) for pair, share in zip(counts, shares)])
