"""How every picture looks and where it is written: PDF, PNG, and the plotted numbers as CSV."""

import csv
import functools
import os

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from .errors import NO_OUTPUT, FedtideError

# Okabe and Ito, "Color Universal Design" (2008), in an order that keeps neighbors apart.
BLUE, VERMILLION, GREEN, PINK, ORANGE, SKY, BLACK, YELLOW = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
    "#F0E442",
)
GRAY = "#8C8C8C"
COLORS = (BLUE, VERMILLION, GREEN, PINK, ORANGE, SKY, BLACK)
LINES = ("-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (3, 1, 1, 1, 1, 1)))
COLUMN, PAGE = 3.4, 7.0  # inches: the width of one column and of both

_RC = {
    "font.family": "sans-serif",
    "font.size": 8,
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.edgecolor": "#444444",
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelcolor": "black",
    "ytick.labelcolor": "black",
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.3,
    "hatch.linewidth": 0.5,
    "pdf.fonttype": 42,  # text stays text, as publishers ask
    "savefig.dpi": 300,
}


def styled(draw):
    """Decorates a function that draws or saves: the style holds inside and nowhere else."""

    @functools.wraps(draw)
    def inside(*args, **named):
        with matplotlib.rc_context(_RC):
            return draw(*args, **named)

    return inside


class Picture:
    """A figure and the numbers it shows."""

    def __init__(self, figure, header, rows):
        self.figure, self.header, self.rows = figure, header, rows

    @styled
    def save(self, stem):
        """Writes stem.pdf, stem.png and stem.csv, making the folder; returns the paths."""
        root, extension = os.path.splitext(stem)
        stem = root if extension in (".pdf", ".png", ".csv") else stem
        paths = [f"{stem}.pdf", f"{stem}.png", f"{stem}.csv"]
        try:
            os.makedirs(os.path.dirname(stem) or ".", exist_ok=True)
            # Without a date the same numbers make the same file.
            self.figure.savefig(paths[0], metadata={"CreationDate": None})
            self.figure.savefig(paths[1])
            with open(paths[2], "w", newline="", encoding="utf-8") as file:
                write_csv(file, self.header, self.rows)
        except OSError as error:
            raise FedtideError(f"{stem}: cannot be written ({error.strerror or error})", NO_OUTPUT) from None
        return paths


def write_csv(file, header, rows):
    """Floats in the shortest form that reads back, NaN as an empty field."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_field(value) for value in row])


def _field(value):
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        if value != value:
            return ""
        return int(value) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return value


def figure(width, height, **subplots):
    """A figure without pyplot's global state, and its axes."""
    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(made)
    return made, made.subplots(squeeze=False, **subplots)


def line_style(i):
    """Color and dashes of the i-th curve: 35 pairs; no two of the first 7 share a color."""
    return {"color": COLORS[i % len(COLORS)], "linestyle": LINES[(i + i // len(COLORS)) % len(LINES)]}


def legend_above(fig, handles, labels, columns, **look):
    """A legend in its own strip at the top; the panels keep the rest."""
    rows = -(-len(labels) // columns)
    strip = (0.05 + 0.16 * rows) / fig.get_figheight()
    fig.get_layout_engine().set(rect=(0, 0, 1, 1 - strip))
    spacing = {"columnspacing": 1.2, "handletextpad": 0.5, "borderaxespad": 0.1, **look}
    fig.legend(handles, labels, loc="upper center", ncol=columns, **spacing)


_TIMES = ((180, 1, "s"), (3 * 3600, 60, "min"), (3 * 86400, 3600, "hours"), (float("inf"), 86400, "days"))
_BYTES = ((1e3, 1, "B"), (1e6, 1e3, "kB"), (1e9, 1e6, "MB"), (1e12, 1e9, "GB"), (float("inf"), 1e12, "TB"))
_JOULES = ((1e3, 1, "J"), (1e6, 1e3, "kJ"), (1e9, 1e6, "MJ"), (float("inf"), 1e9, "GJ"))


def _pick(units, largest):
    return next((size, name) for limit, size, name in units if largest < limit)


def time_unit(longest_s):
    """(seconds in the unit, its name) that suits an axis up to `longest_s`."""
    return _pick(_TIMES, longest_s)


def byte_unit(most):
    return _pick(_BYTES, most)


def energy_unit(most):
    """(joules in the unit, its name) that suits an axis up to `most`."""
    return _pick(_JOULES, most)


def x_unit(name, largest):
    """(scale, label) of an x axis of series.X_AXES."""
    if name == "round":
        return 1, "round"
    if name == "time":
        scale, unit = time_unit(largest)
        return scale, f"virtual time ({unit})"
    scale, unit = byte_unit(largest)
    way = {"bytes": "traffic, up + down", "bytes_up": "traffic, up", "bytes_down": "traffic, down"}[name]
    return scale, f"{way} ({unit})"


def count_axis(axis):
    """Whole numbers, thousands apart: 1 000, 20 000."""
    axis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=2))
    axis.set_major_formatter(FuncFormatter(lambda value, _: thousands(value)))


def log_axis(axes, which):
    """Logarithmic, with plain numbers at 1, 2 and 5 of each decade."""
    axes.set(**{f"{which}scale": "log"})
    axis = getattr(axes, f"{which}axis")
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: thousands(value)))
    axis.set_minor_formatter(NullFormatter())


def percent_axis(axis):
    """A fraction shown in percent."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.10g}%"))


def thousands(value):
    return f"{value:,.10g}".replace(",", "\u2009")
