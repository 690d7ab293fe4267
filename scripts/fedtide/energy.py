"""What the clients' devices draw: by what it is for, and whether the report was used."""

import numpy as np

from . import style
from .errors import missing
from .outcomes import bin_rounds

USES = {"compute": "computing", "receive": "receiving", "send": "sending", "idle": "waiting"}
_COLORS = {"compute": style.BLUE, "receive": style.SKY, "send": style.GREEN, "idle": style.GRAY}


def by_use(run):
    """{"used compute", ..., "wasted idle"}: joules by round, of turns whose report was used and of the others."""
    rounds = run.rounds
    if not all(f"{kind}_{use}_j" in rounds for kind in ("spent", "wasted") for use in USES):
        raise missing(run.path, "knows no energy (set fleet.energy.model and finish the run)")
    wasted = {use: rounds[f"wasted_{use}_j"] for use in USES}
    used = {f"used {use}": np.maximum(rounds[f"spent_{use}_j"] - wasted[use], 0) for use in USES}
    return {**used, **{f"wasted {use}": wasted[use] for use in USES}}


@style.styled
def draw_energy(run):
    """Stacked bars of joules a round: what was used below, what was wasted above it and hatched."""
    joules = by_use(run)
    if not run.rounds.rows:
        raise missing(run.path, f"has no round yet (status: {run.status})")
    first, last, means = bin_rounds(run.rounds["round"], joules)
    total = sum(values.sum() for values in joules.values())
    scale, unit = style.energy_unit(sum(means.values()).max())
    fig, grid = style.figure(style.COLUMN, 2.6)
    axes = grid[0, 0]
    width = last - first + 1
    base = np.zeros(len(first))
    handles, labels = [], []
    for name, values in means.items():
        kind, use = name.split(" ")
        share = 100 * joules[name].sum() / total if total > 0 else 0
        look = {"color": _COLORS[use], "edgecolor": "white", "linewidth": 0.3}
        if kind == "wasted":
            look.update(alpha=0.6, hatch="////")
        bars = axes.bar(first - 0.5, values / scale, width, base, align="edge", **look)
        base += values / scale
        if share > 0:
            handles.append(bars)
            labels.append(f"{USES[use]}{', wasted' if kind == 'wasted' else ''} {share:.3g}%")
    axes.set_xlim(first[0] - 0.5, last[-1] + 0.5)
    axes.set_ylim(0, max(base.max() * 1.04, 1e-9))
    many = int(width[0])
    axes.set_xlabel("round" + (f" (each bar: mean of {many} rounds)" if many > 1 else ""))
    axes.set_ylabel(f"energy per round ({unit})")
    style.count_axis(axes.xaxis)
    axes.grid(True, axis="y")
    if labels:
        style.legend_above(fig, handles, labels, 2)
    header = ("first_round", "last_round", *(name.replace(" ", "_") + "_j" for name in means))
    rows = [(a, b, *(means[name][i] for name in means)) for i, (a, b) in enumerate(zip(first, last))]
    return style.Picture(fig, header, rows)
