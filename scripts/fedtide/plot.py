"""Pictures and tables of runs, from the command line: `python3 -m fedtide.plot --help` or `scripts/plot --help`."""

import argparse
import os
import sys

from . import curves, energy, groups, outcomes, partition, series, sessions, summary, timeline, turns
from .errors import BUG, IO, NO_INPUT, USAGE, FedtideError
from .run import find, load
from .style import write_csv

EXAMPLES = {
    None: """examples:
  plot report results/quickstart --out pictures
  plot curve results/alpha --x time --group-by algorithm.name --target 0.8
  plot summary results/*""",
    "curve": """examples:
  plot curve results/quickstart
  plot curve out/a out/b out/c --x time --group-by algorithm.name --band ci --out accuracy-time
  plot curve out/sweep --x round,time,bytes --y loss
A sweep's directory stands for all its runs. Runs whose configs differ only in the seed are averaged.""",
    "partition": """examples:
  plot partition results/quickstart
  plot partition results/quickstart --kind bars --clients 20 --out shards
  fedtide describe data exp.yaml --csv shards.csv && plot partition shards.csv --kind bubbles
Takes a run, or what fedtide describe data prints with --json or writes with --csv.""",
    "outcomes": """examples:
  plot outcomes results/quickstart --out dropouts""",
    "timeline": """examples:
  plot timeline results/quickstart --clients 0-20 --rounds 1-10
Needs a run with output.trace: clients.""",
    "hours": """examples:
  plot hours results/quickstart
Needs a run with output.trace: clients or sample. The virtual day begins at the start of the run.""",
    "staleness": """examples:
  plot staleness results/quickstart --out stale
Needs a run with output.trace: clients or sample.""",
    "causes": """examples:
  plot causes results/quickstart
Needs a run with output.trace: clients or sample; plot outcomes shows the same by rounds without one.""",
    "traffic": """examples:
  plot traffic results/google-fl
Needs a run of the protocol check_in. The virtual day begins at the start of the run.""",
    "shapes": """examples:
  plot shapes results/google-fl
Needs a run of the protocol check_in. - check-in, v plan downloaded, [ ] training, + upload, ^ done,
# rejected, ! interrupted, * error.""",
    "participation": """examples:
  plot participation results/quickstart --out who""",
    "energy": """examples:
  plot energy results/phones-energy
Needs a run with an energy model (fleet.energy.model).""",
    "summary": """examples:
  plot summary results/quickstart
  plot summary out/sweep --csv > summary.csv""",
    "report": """examples:
  plot report results/quickstart
Draws curves, partition and outcomes into RUN/plots or the folder given with --out.""",
}


def _axes(text):
    names = text.split(",")
    for name in names:
        if name not in series.X_AXES:
            raise argparse.ArgumentTypeError(f'"{name}" is no axis; choose from {", ".join(series.X_AXES)}')
    return names


def _add(commands, name, run, text, many=False):
    """A subcommand with its runs, its examples and --out."""
    parser = commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=EXAMPLES[name],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    if many:
        parser.add_argument("runs", nargs="+", metavar="RUN", help="run directories, sweep directories or result files")
    else:
        parser.add_argument("runs", nargs=1, metavar="RUN", help="a run directory or its trajectory.h5")
    if name != "summary":
        default = "RUN/plots" if name == "report" else name
        what = "folder" if name == "report" else "file name without extension"
        parser.add_argument("--out", metavar=what.split(" ")[0].upper(), help=f"{what} (default: {default})")
    return parser


def _add_curve_options(curve):
    axes = ", ".join(series.X_AXES)
    curve.add_argument("--x", type=_axes, default=["round"], help=f"{axes}; several with commas: one panel each")
    curve.add_argument("--y", choices=series.Y_AXES, default="accuracy")
    keys = "dotted config keys that name the curves, with commas"
    curve.add_argument("--group-by", metavar="KEY", default="", help=keys)
    band = (
        "around the mean over seeds: standard deviation, 95 %% confidence interval of the mean (Student's t), nothing"
    )
    curve.add_argument("--band", choices=("std", "ci", "none"), default="std", help=band)
    target = "mark where a value is reached (accuracy as a fraction), and print the table"
    curve.add_argument("--target", type=float, help=target)


def parser():
    """The command line, as argparse keeps it."""
    top = argparse.ArgumentParser(
        prog="plot",
        description="Draws and tabulates Fedtide runs: PDF, PNG and the plotted numbers as CSV.",
        epilog=EXAMPLES[None],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    curve = _add(commands, "curve", _curve, "accuracy or loss against rounds, virtual time or bytes", many=True)
    _add_curve_options(curve)
    shards = _add(commands, "partition", _partition, "labels and samples of the clients' shards")
    shards.add_argument("--kind", choices=partition.KINDS, default="heatmap")
    shards.add_argument(
        "--clients", type=_positive, metavar="N", help="draw a sample of N clients (heatmap 100, bubbles 30, bars 20)"
    )
    _add(commands, "outcomes", _outcomes, "how the clients' turns end, round by round")
    bars = _add(commands, "timeline", _timeline, "single clients' turns in virtual time")
    bars.add_argument("--clients", metavar="A-B", help="ids, ends included (default: the 20 with most turns)")
    bars.add_argument("--rounds", metavar="A-B", help="rounds, ends included (default: all)")
    _add(commands, "hours", _of_turns(turns.draw_hours), "dispatches and clients at work by hour of the virtual day")
    _add(commands, "staleness", _of_turns(turns.draw_staleness), "how stale the accepted reports were")
    _add(commands, "causes", _of_turns(turns.draw_causes), "why turns were lost, over virtual time")
    _add(
        commands,
        "participation",
        _of_turns(turns.draw_participation),
        "who takes part: tenths of the clients by compute rate",
    )
    _add(
        commands, "traffic", _of_turns(sessions.draw_traffic), "participants, check-ins and sessions by hour of the day"
    )
    _add(commands, "shapes", _of_turns(sessions.draw_shapes), "how devices' sessions went")
    _add(commands, "energy", _of_turns(energy.draw_energy), "what the clients draw a round, by use, and what is wasted")
    table = _add(
        commands, "summary", _summary, "a text table: rounds, accuracy, virtual time, traffic, waste", many=True
    )
    table.add_argument("--csv", action="store_true", help="as CSV with exact numbers")
    _add(commands, "report", _report, "the three standard pictures of a run: curves, partition, outcomes")
    return top


def _positive(text):
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f'"{text}" is no number of clients; expected 1, 2, ...')
    return int(text)


def _say(message):
    print(f"plot: {message}", file=sys.stderr)


def _save(picture, stem):
    for path in picture.save(stem):
        print(path)


def _runs(options):
    return [run for path in options.runs for run in find(path)]


def _curve(options):
    keys = [key for key in options.group_by.split(",") if key]
    runs = _runs(options)
    for key in keys:
        if not any(key in groups.flatten(run.config) for run in runs):
            known = ", ".join(groups.flatten(runs[0].config)) or "none: no config.json"
            raise FedtideError(f'--group-by: no run has the key "{key}" (keys here: {known})', USAGE)
    together = groups.group(runs, keys, _say)
    for note in series.complaints(together, options.y):
        _say(note)
    _save(curves.draw_curves(together, options.x, options.y, options.band, options.target), options.out or "curve")
    if options.target is not None:
        print("\n".join(curves.target_table(together, options.y, options.target)))


def _partition(options):
    most = options.clients or {"bars": 20, "bubbles": 30}.get(options.kind, 100)
    _save(partition.KINDS[options.kind](partition.read(options.runs[0]), most), options.out or "partition")


def _outcomes(options):
    _save(outcomes.draw_outcomes(load(options.runs[0])), options.out or "outcomes")


def _timeline(options):
    clients = options.clients and series.parse_range(options.clients, "--clients")
    rounds = options.rounds and series.parse_range(options.rounds, "--rounds")
    _save(timeline.draw_timeline(load(options.runs[0]), clients, rounds), options.out or "timeline")


def _of_turns(draw):
    """A command that draws the one run it is given."""
    return lambda options: _save(draw(load(options.runs[0])), options.out or options.command)


def _summary(options):
    runs = _runs(options)
    if options.csv:
        write_csv(sys.stdout, summary.HEADER, [summary.row(run) for run in runs])
    else:
        print("\n".join(summary.table(runs)))


def _report(options):
    """Each picture that the run has something for; fails when there is none."""
    run = load(options.runs[0])
    folder = options.out or os.path.join(run.folder, "plots")
    draws = {
        "curves": lambda: curves.draw_curves(groups.group([run]), ("round", "time", "bytes")),
        "partition": lambda: partition.draw_heatmap(run),
        "outcomes": lambda: outcomes.draw_outcomes(run),
    }
    left_out = {}
    for name, draw in draws.items():
        try:
            _save(draw(), os.path.join(folder, name))
        except FedtideError as error:
            if error.code != NO_INPUT:
                raise
            left_out[name] = error
    if len(left_out) == len(draws):
        raise left_out["curves"]
    for name, error in left_out.items():
        _say(f"no {name}: {error}")


def main(arguments=None):
    """Runs one command; returns the exit code, with one line on stderr when it is not 0."""
    options = parser().parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
        return 0
    except FedtideError as error:
        _say(error)
        return error.code
    except BrokenPipeError:
        # The reader (`| head`) has what it wants; Python must not complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        _say(f"{error.filename or 'output'}: {error.strerror or error}")
        return IO
    except Exception as error:  # a mistake of ours is one line too; FEDTIDE_DEBUG shows where
        if os.environ.get("FEDTIDE_DEBUG"):
            raise
        _say(f"a bug of ours: {type(error).__name__}: {error} (set FEDTIDE_DEBUG=1 to see where, and report it)")
        return BUG


if __name__ == "__main__":
    sys.exit(main())
