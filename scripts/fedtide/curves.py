"""Accuracy or loss against rounds, virtual time and bytes; mean and band over seeds."""

import numpy as np

from . import series, style

HEADER = ("x_name", "x", "y_name", "label", "n", "mean", "sd", "low", "high")


def _rows(x, y, curve):
    points = zip(curve.x, curve.mean, curve.sd, curve.low, curve.high)
    for at, mean, sd, low, high in points:
        yield (series.X_AXES[x], at, series.Y_AXES[y][0], curve.label, curve.n, mean, sd, low, high)


def _draw_curve(axes, i, curve, scale, steps):
    look = style.line_style(i)
    shape = {"drawstyle": "steps-post"} if steps else {}
    (line,) = axes.plot(
        curve.x / scale,
        curve.mean,
        label=f"{curve.label} ({curve.n} seed{'s' * (curve.n != 1)})",
        zorder=3,
        **look,
        **shape,
    )
    if np.isfinite(curve.low).any():
        axes.fill_between(
            curve.x / scale,
            curve.low,
            curve.high,
            step="post" if steps else None,
            color=look["color"],
            alpha=0.18,
            linewidth=0,
            zorder=2,
        )
    # The last value keeps its place visible where curves end at different times.
    axes.plot(curve.x[-1:] / scale, curve.mean[-1:], "o", color=look["color"], markersize=2.6, zorder=4, clip_on=False)
    return line


def _draw_target(axes, y, target, curves, scale):
    axes.axhline(target, color=style.GRAY, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
    for i, curve in enumerate(curves):
        met = curve.mean >= target if y == "accuracy" else curve.mean <= target
        if met.any():
            at = curve.x[np.argmax(met)] / scale
            axes.plot(
                [at],
                [target],
                "o",
                markersize=3.4,
                markeredgewidth=0.9,
                zorder=5,
                markerfacecolor="white",
                markeredgecolor=style.line_style(i)["color"],
            )


def _draw_panel(axes, groups, x, y, band, target):
    """One panel; returns its lines and the rows of its CSV."""
    curves = [series.average(label, runs, x, y, band) for label, runs in groups]
    scale, label = style.x_unit(x, max(curve.x[-1] for curve in curves))
    # Between two evaluations nothing is known of a time or a byte in between, so the line does not pretend to.
    lines = [_draw_curve(axes, i, curve, scale, steps=x != "round") for i, curve in enumerate(curves)]
    if target is not None:
        _draw_target(axes, y, target, curves, scale)
    if x == "round":
        style.count_axis(axes.xaxis)
    axes.set_xlabel(label)
    axes.set_xlim(left=0)
    axes.grid(True)
    return lines, [row for curve in curves for row in _rows(x, y, curve)]


@style.styled
def draw_curves(groups, xs=("round",), y="accuracy", band="std", target=None):
    """A panel for each of `xs`; `groups` are [(label, runs)] of groups.group."""
    wide = len(xs) > 1
    fig, grid = style.figure(style.PAGE if wide else style.COLUMN, 2.35 if wide else 2.4, ncols=len(xs), sharey=True)
    panels = list(grid[0])
    rows, lines = [], []
    for axes, x in zip(panels, xs):
        lines, more = _draw_panel(axes, groups, x, y, band, target)
        rows += more
    panels[0].set_ylabel(series.Y_AXES[y][1])
    if y == "accuracy":
        style.percent_axis(panels[0].yaxis)
    labels = [line.get_label() for line in lines]
    longest = max(len(label) for label in labels)
    if wide or len(labels) > 4 or longest > 30:
        room = 105 if wide else 48  # characters of a legend's line, marks included
        style.legend_above(fig, lines, labels, max(1, min(len(labels), room // (longest + 8))))
    else:
        panels[0].legend(lines, labels, loc="best")
    return style.Picture(fig, HEADER, rows)


def target_table(groups, y, target):
    """Lines of text: rounds, virtual time and bytes to the target; mean and sd over the seeds that reach it."""
    sign = ">=" if y == "accuracy" else "<="
    lines = [f"first evaluation with {series.Y_AXES[y][0]} {sign} {target:g} (raw curve)"]
    for label, runs in groups:
        reached = [hit for hit in (series.reach(run, y, target) for run in runs) if hit is not None]
        if not reached:
            lines.append(f"  {label}: never ({len(runs)} of {len(runs)} runs)")
            continue
        hits = np.array(reached)
        units = [(1, "rounds"), style.time_unit(hits[:, 1].max()), style.byte_unit(hits[:, 2].max())]
        parts = [_mean_sd(hits[:, i] / size, name) for i, (size, name) in enumerate(units)]
        lines.append(f"  {label}: {', '.join(parts)} ({len(reached)} of {len(runs)} runs)")
    return lines


def _mean_sd(values, unit):
    spread = f" ± {values.std(ddof=1):.3g}" if len(values) > 1 else ""
    return f"{values.mean():.4g}{spread} {unit}"
