"""Single clients' turns on the axis of virtual time."""

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Patch

from . import style
from .errors import missing
from .run import OUTCOMES, PHASES

_PHASE_COLORS = {"download": style.SKY, "compute": style.BLUE, "upload": style.GREEN}
_MARKS = {
    "left": ("<", style.PINK),
    "crash": ("X", style.VERMILLION),
    "deadline": ("|", style.ORANGE),
    "surplus": ("o", style.GRAY),
    "abandoned": ("s", style.BLACK),
    "stale": ("v", style.GRAY),
    "network": ("x", style.BLUE),
    "battery": ("D", style.VERMILLION),
    "unplugged": (">", style.PINK),
}


def _chosen_turns(run, clients, rounds):
    """Indices into the trace, and the clients shown, top to bottom."""
    trace = run.trace
    if not trace.rows:
        raise missing(run.path, "holds no trace (set output.trace: clients and finish the run)")
    keep = np.isfinite(trace["ended_s"])
    if rounds is not None:
        keep &= (trace["round"] >= rounds.start) & (trace["round"] < rounds.stop)
    if clients is None:
        ids, turns = np.unique(trace["client"][keep], return_counts=True)
        clients = np.sort(ids[np.argsort(-turns, kind="stable")[:20]])
    clients = np.asarray(clients)
    keep &= np.isin(trace["client"], clients)
    if not keep.any():
        raise missing(run.path, "none of these clients has a turn in these rounds")
    return np.flatnonzero(keep), clients


def _phase_bars(trace, turns):
    """{phase: (start, end)} of each turn in seconds; a phase that was not begun has no length."""
    ended = trace["ended_s"][turns]
    reached = trace["phase"][turns]
    marks = [trace["dispatched_s"][turns], trace["downloaded_s"][turns], trace["computed_s"][turns], ended]
    bars = {}
    for i, name in enumerate(PHASES[:3]):
        start = np.fmin(marks[i], ended)
        end = np.where(reached > i, np.fmin(marks[i + 1], ended), ended)
        begun = reached >= i
        bars[name] = (start, np.where(begun, end, start))
    return bars


@style.styled
def draw_timeline(run, clients=None, rounds=None):
    """Download, compute and upload of single clients' turns in virtual time; pale where wasted, with a mark of why."""
    turns, clients = _chosen_turns(run, clients, rounds)
    trace = run.trace
    row = np.searchsorted(clients, trace["client"][turns])
    ended = trace["ended_s"][turns]
    scale, unit = style.time_unit(ended.max())
    bars = _phase_bars(trace, turns)
    words = np.array(trace.names("outcome", OUTCOMES))[trace["outcome"][turns]]
    fig, grid = style.figure(style.PAGE, min(8.0, 0.9 + 0.14 * len(clients)))
    axes = grid[0, 0]
    handles, labels = [], []
    for name, (start, end) in bars.items():
        colors = [to_rgba(_PHASE_COLORS[name], 1 if used else 0.4) for used in words == "reported"]
        axes.barh(row, (end - start) / scale, 0.72, start / scale, color=colors, linewidth=0)
        handles.append(Patch(color=_PHASE_COLORS[name]))
        labels.append(name)
    for outcome, (mark, color) in _MARKS.items():
        at = words == outcome
        if at.any():
            look = {
                "marker": mark,
                "color": color,
                "markersize": 5,
                "linestyle": "none",
                "markeredgewidth": 1.2 if mark == "|" else 0.3,
            }
            handles += axes.plot(ended[at] / scale, row[at], markeredgecolor=color if mark == "|" else "white", **look)
            labels.append(outcome)
    axes.set_yticks(np.arange(len(clients)), [str(client) for client in clients])
    axes.tick_params(axis="y", length=0, labelsize=6)
    axes.set_ylim(len(clients) - 0.4, -0.6)
    axes.set_ylabel("client")
    axes.set_xlabel(f"virtual time ({unit})")
    axes.grid(True, axis="x")
    style.legend_above(fig, handles, labels, len(labels))
    header = ("client", "round", "outcome", "dispatched_s", "downloaded_s", "computed_s", "ended_s")
    columns = [trace["client"][turns], trace["round"][turns], words, *(trace[name][turns] for name in header[3:])]
    return style.Picture(fig, header, list(zip(*columns)))
