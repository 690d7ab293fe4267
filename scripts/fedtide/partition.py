"""Who holds what: labels and sample counts of the clients' shards."""

import numpy as np

from . import style
from .errors import missing

# Paul Tol's "muted" scheme, safe for color-blind readers: nine classes and gray.
_CLASSES = (
    "#332288",
    "#88CCEE",
    "#44AA99",
    "#117733",
    "#999933",
    "#DDCC77",
    "#CC6677",
    "#882255",
    "#AA4499",
    "#BBBBBB",
)


def _counts(run):
    counts = run.partition.get("label_count")
    if counts is None or counts.ndim != 2 or not counts.size:
        raise missing(
            run.path, "records no labels of clients (a finished run of a labeled data set does; or use --kind sizes)"
        )
    return counts


def sample(counts, clients):
    """Ids of at most `clients` clients, drawn without regard to what they hold, in the order of their dominant labels.

    The draw is fixed, so that two pictures of one partition show the same clients.
    """
    population = len(counts)
    if clients < population:
        chosen = np.sort(np.random.default_rng(0).choice(population, clients, replace=False))
    else:
        chosen = np.arange(population)
    some = counts[chosen].astype(float)
    share = some / np.maximum(some.sum(axis=1, keepdims=True), 1)
    dominant = share.argmax(axis=1)
    return chosen[np.lexsort((chosen, -share.max(axis=1), dominant))]


def _client_label(shown, population, suffix):
    some = (
        f"{style.thousands(shown)} of {style.thousands(population)} clients"
        if shown < population
        else (f"all {style.thousands(population)} clients")
    )
    return f"{some}, {suffix}"


def _rows(ids, counts):
    header = ["client"] + [f"label_{label}" for label in range(counts.shape[1])]
    return header, [[client, *counts[client]] for client in ids]


def _label_ticks(axis, classes):
    axis.set_ticks(np.arange(0, classes, max(1, -(-classes // 12))))
    axis.set_tick_params(length=0)


def _top(share):
    """The end of the color scale: 100 %, unless no share comes near it."""
    most = share.max()
    return 1 if most > 0.5 else np.ceil(10 * most) / 10


@style.styled
def draw_heatmap(run, clients=100):
    """The share of each label in each client's shard, above it the size of the shard."""
    counts = _counts(run)
    ids = sample(counts, clients)
    shown = counts[ids].astype(float)
    sizes = shown.sum(axis=1)
    share = shown / np.maximum(sizes, 1)[:, None]
    fig, grid = style.figure(style.COLUMN * 1.25, 2.9, nrows=2, sharex=True, gridspec_kw={"height_ratios": [1, 3.2]})
    top, main = grid[:, 0]
    top.bar(np.arange(len(ids)), sizes, width=1.0 if len(ids) > 40 else 0.85, color=style.GRAY, linewidth=0)
    top.set_ylabel("samples")
    top.set_ylim(bottom=0)
    top.tick_params(axis="x", length=0)
    style.count_axis(top.yaxis)
    top.yaxis.set_major_locator(style.MaxNLocator(nbins=3, integer=True))
    image = main.imshow(
        share.T, aspect="auto", interpolation="nearest", cmap="Blues", vmin=0, vmax=_top(share), origin="lower"
    )
    image.set_rasterized(True)
    for side in main.spines.values():
        side.set_visible(True)
    main.set_ylabel("label")
    _label_ticks(main.yaxis, counts.shape[1])
    main.set_xticks([])
    main.set_xlabel(_client_label(len(ids), len(counts), "sorted by their most frequent label"))
    bar = fig.colorbar(image, ax=main, pad=0.02, aspect=18)
    bar.set_label("share of the client's samples")
    bar.outline.set_linewidth(0.5)
    style.percent_axis(bar.ax.yaxis)
    fig.align_ylabels([top, main])
    return style.Picture(fig, *_rows(ids, counts))


def _class_colors(classes):
    if classes <= len(_CLASSES):
        return _CLASSES[:classes]
    return [style.matplotlib.colormaps["cividis"](i / (classes - 1)) for i in range(classes)]


@style.styled
def draw_bars(run, clients=20):
    """Each client's samples, stacked by label."""
    counts = _counts(run)
    ids = sample(counts, clients)
    classes = counts.shape[1]
    fig, grid = style.figure(style.COLUMN, min(8.0, 1.0 + 0.115 * len(ids)))
    axes = grid[0, 0]
    left = np.zeros(len(ids))
    handles = []
    for label, color in enumerate(_class_colors(classes)):
        width = counts[ids, label].astype(float)
        handles.append(
            axes.barh(np.arange(len(ids)), width, 0.8, left=left, color=color, edgecolor="white", linewidth=0.2)
        )
        left += width
    axes.set_yticks(np.arange(len(ids)) if len(ids) <= 50 else [], [str(i) for i in ids] if len(ids) <= 50 else None)
    axes.tick_params(axis="y", length=0, labelsize=6)
    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.set_ylabel(_client_label(len(ids), len(counts), "by dominant label"))
    axes.set_xlabel("samples")
    style.count_axis(axes.xaxis)
    axes.grid(True, axis="x")
    shown = np.unique(np.linspace(0, classes - 1, min(classes, 10)).astype(int))
    labels = [f"label {i}" if i == 0 else str(i) for i in shown]
    style.legend_above(fig, [handles[i] for i in shown], labels, len(shown), handlelength=0.9, columnspacing=0.8)
    return style.Picture(fig, *_rows(ids, counts))


@style.styled
def draw_sizes(run):
    """How many clients hold how many samples."""
    sizes = run.partition.get("train_samples", run.clients.get("train_samples"))
    if sizes is None:
        sizes = _counts(run).sum(axis=1)
    sizes = np.asarray(sizes, dtype=float)
    positive = sizes[sizes > 0]
    if not positive.size:
        raise missing(run.path, "no client holds a sample")
    low, high = positive.min(), positive.max()
    skewed = high / low > 50
    edges = (
        np.geomspace(low, high * 1.0001, 31)
        if skewed
        else np.linspace(low - 0.5, high + 0.5, int(min(40, high - low + 1)) + 1)
    )
    number, _ = np.histogram(positive, edges)
    fig, grid = style.figure(style.COLUMN, 2.2)
    axes = grid[0, 0]
    axes.bar(edges[:-1], number, np.diff(edges), align="edge", color=style.BLUE, edgecolor="white", linewidth=0.4)
    if skewed:
        style.log_axis(axes, "x")
    else:
        style.count_axis(axes.xaxis)
    style.count_axis(axes.yaxis)
    median = np.median(sizes)
    axes.axvline(
        median, color=style.VERMILLION, linewidth=1, linestyle=(0, (4, 2)), label=f"median {style.thousands(median)}"
    )
    empty = np.count_nonzero(sizes == 0)
    axes.plot(
        [],
        [],
        " ",
        label=f"range {style.thousands(sizes.min())} to {style.thousands(high)}"
        + (f", {empty} empty" if empty else ""),
    )
    axes.legend(loc="upper right")
    axes.set_xlabel("samples of a client")
    axes.set_ylabel(f"clients (of {style.thousands(len(sizes))})")
    axes.grid(True, axis="y")
    return style.Picture(fig, ("from_samples", "to_samples", "clients"), list(zip(edges[:-1], edges[1:], number)))


KINDS = {"heatmap": draw_heatmap, "bars": draw_bars, "sizes": lambda run, clients=None: draw_sizes(run)}
