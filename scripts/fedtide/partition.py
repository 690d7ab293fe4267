"""Who holds what: labels and sample counts of the clients' shards, of a run or as `fedtide describe data` shows them."""

import csv
import os

import numpy as np

from . import files, style
from .errors import damaged, missing
from .run import load

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


class Described:
    """A partition before any run, from `fedtide describe data EXPERIMENT --json` or its `--csv FILE`."""

    def __init__(self, path, counts, sizes):
        self.path = path
        self.partition = {"train_samples": sizes} if counts is None else {"label_count": counts, "train_samples": sizes}
        self.clients = {}


def _matrix(path, rows):
    """Counts as whole numbers, all rows of the same length."""
    lengths = {len(row) for row in rows if isinstance(row, list)}
    if not rows or len(lengths) != 1 or not all(isinstance(row, list) for row in rows):
        raise damaged(path, "its counts are no table (expected a row of counts for each client)")
    if any(type(n) is not int or n < 0 for row in rows for n in row):
        raise damaged(path, "has a count that is no whole number from 0")
    return np.array(rows, dtype=np.int64)


def _read_described(path):
    value = files.read_json(path)
    if not isinstance(value.get("train_samples_of_client"), list):
        raise damaged(path, 'has no "train_samples_of_client" (expected what fedtide describe data --json prints)')
    sizes = _matrix(path, [value["train_samples_of_client"]])[0]
    counts = _matrix(path, value["label_count"]) if isinstance(value.get("label_count"), list) else None
    if counts is not None and len(counts) != len(sizes):
        raise damaged(path, f"has counts of {len(counts)} clients and sizes of {len(sizes)}")
    return Described(path, counts, sizes)


def _read_counts(path):
    try:
        with open(path, newline="", encoding="utf-8") as file:
            lines = list(csv.reader(file))
    except UnicodeDecodeError:
        raise damaged(path, "is not text (expected a CSV table)") from None
    except OSError as error:
        raise missing(path, f"cannot be read ({error.strerror})") from None
    header = lines[0] if lines else []
    labeled = header == ["client"] + [f"label_{k}" for k in range(len(header) - 1)] and len(header) > 1
    if not labeled and header != ["client", "samples"]:
        raise damaged(path, f"line 1: found {','.join(header)[:60]!r}, expected client,label_0,... or client,samples")
    rows = []
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(header) or not all(cell.isascii() and cell.isdigit() for cell in line[1:]):
            raise damaged(path, f"line {number}: expected a client and {len(header) - 1} whole numbers")
        rows.append([int(cell) for cell in line[1:]])
    counts = _matrix(path, rows)
    return Described(path, counts if labeled else None, counts.sum(axis=1))


def read(path):
    """What has a `partition`: a run, or a file of `fedtide describe data` (.json, .csv)."""
    path = os.fspath(path)
    if path.endswith(".csv") and os.path.isfile(path):
        return _read_counts(path)
    if path.endswith(".json") and os.path.isfile(path):
        return _read_described(path)
    return load(path)


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
def draw_bubbles(run, clients=30):
    """A disk for each client and label, its area in proportion to the samples."""
    counts = _counts(run)
    ids = sample(counts, clients)
    shown = counts[ids].astype(float)
    classes = counts.shape[1]
    fig, grid = style.figure(style.COLUMN * 1.25, min(8.0, 0.9 + 0.13 * classes))
    axes = grid[0, 0]
    across, up = np.meshgrid(np.arange(len(ids)), np.arange(classes), indexing="ij")
    held = shown > 0
    # The largest disk fills its cell: its diameter in points is the cell's smaller side.
    width, height = (inches * 72 * share for inches, share in zip(fig.get_size_inches(), (0.85, 0.75)))
    largest = min(width / max(len(ids), 1), height / classes) ** 2
    axes.scatter(
        across[held], up[held], s=largest * shown[held] / shown.max(), color=style.BLUE, linewidths=0, alpha=0.85
    )
    axes.set_xlim(-0.7, len(ids) - 0.3)
    axes.set_ylim(-0.7, classes - 0.3)
    axes.set_ylabel("label")
    _label_ticks(axes.yaxis, classes)
    axes.set_xticks([])
    axes.set_xlabel(_client_label(len(ids), len(counts), f"largest disk: {style.thousands(shown.max())} samples"))
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


KINDS = {"heatmap": draw_heatmap, "bars": draw_bars, "bubbles": draw_bubbles, "sizes": lambda run, clients=None: draw_sizes(run)}
