"""The measurements as one page of Markdown."""
import machine
from local_sgd import summary

NAMES = {"softmax": "softmax", "2nn": "2NN", "lenet5": "LeNet-5", "cnn": "McMahan CNN", "char_lstm": "char LSTM"}
# Goals on two cores against Debian's PyTorch: {model: {batch: ratio}}.
GOALS = {
    "softmax": {10: 20, 32: 8}, "2nn": {10: 5, 32: 2.5}, "lenet5": {10: 7, 32: 5}, "cnn": {10: 2.4, 32: 2.2},
    "char_lstm": {10: 2},
}  # fmt: skip
LIMIT = 3e-5


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "| " + " | ".join("---" for _ in header) + " |"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


def number(x):
    """Three digits are known at best."""
    return f"{x:,.0f}" if x >= 100 else f"{x:.3g}"


def spread(values):
    middle, low, high = summary(values)
    return f"{number(middle)} ({number(low)} - {number(high)})"


def ratio(cell, cores):
    return summary(cell["ours"][cores])[0] / summary(cell["theirs"][cores])[0]


def pairs(cell, cores):
    each = sorted(a / b for a, b in zip(cell["ours"][cores], cell["theirs"][cores]))
    return f"**{ratio(cell, cores):.2f}** ({each[0]:.2f} - {each[-1]:.2f})"


def goal(cell, group):
    wanted = GOALS[cell["model"]].get(cell["batch"])
    if wanted is None or group != "Debian":
        return ""
    return f"{wanted} x: {'met' if ratio(cell, '2') >= wanted else 'NOT MET'}"


def speed_table(cells, group):
    rows = []
    for cell in cells:
        name = f"{NAMES[cell['model']]}, {cell['batch']}"
        if "why" in cell:
            rows.append([name, f"not run: {cell['why']}"] + [""] * 8)
            continue
        rows.append(
            [
                name, spread(cell["ours"]["1"]), spread(cell["theirs"]["1"]), pairs(cell, "1"),
                spread(cell["ours"]["2"]), spread(cell["theirs"]["2"]), pairs(cell, "2"), goal(cell, group),
                f"{cell['way']}, {cell['format']}, {cell['build']}",
                f"{cell['memory'][0]:.0f} / {cell['memory'][1]:.0f}",
            ]
        )  # fmt: skip
    header = ["model, B", "ours, 1 core", "PyTorch, 1 core", "ratio", "ours, 2 cores", "PyTorch, 2 processes", "ratio",
              "goal on 2 cores", "PyTorch's best", "peak MB, 2 cores"]  # fmt: skip
    return table(header, rows)


def check_table(cells):
    rows = []
    for cell in cells:
        if "why" in cell:
            continue
        ours, theirs = cell["check"]
        rows.append([f"{NAMES[cell['model']]}, {cell['batch']}", f"{cell['weights']:,}", f"{cell['flops'] / 1e6:.3g}",
                     f"{ours['train_loss']:.4f} / {theirs['train_loss']:.4f}",
                     f"{ours['test_loss']:.4f} / {theirs['test_loss']:.4f}",
                     f"{ours['test_accuracy']:.3f} / {theirs['test_accuracy']:.3f}", cell["data"]])  # fmt: skip
    header = ["model, B", "weights", "MFLOP a sample", "last epoch's loss", "test loss", "test accuracy", "data"]
    return table(header, rows)


def correctness_table(errors):
    rows = []
    for (model, batch), error in errors.items():
        name = f"{NAMES[model]}, {batch}"
        if "why" in error:
            rows.append([name, f"not run: {error['why']}", "", ""])
        else:
            verdict = "met" if error["ours"] <= LIMIT else "NOT MET"
            rows.append([name, f"{error['ours']:.1e}", f"{error['torch']:.1e}", f"<= {LIMIT:g}: {verdict}"])
    return table(["model, B", "ours", "PyTorch in float32", "limit"], rows)


def federated_table(rows):
    best = min(row["a_round"] for row in rows if row["name"] == "fedtide run")
    out = []
    for row in rows:
        if "why" in row:
            out.append([row["name"], f"not run: {row['why']}"] + [""] * 6)
            continue
        low, high = row["spread"]
        version = row["version"]
        if "torch" in row and not version.startswith("torch"):
            version += f", torch {row['torch']}"
        out.append(
            [row["name"], version, row["threads"], row["rounds"],
             f"{1000 * row['a_round']:.3g} ({1000 * low:.3g} - {1000 * high:.3g})", f"{row['a_round'] / best:.1f}",
             f"{row['setup_seconds']:.2f}", f"{row['accuracy']:.4f}"]
        )  # fmt: skip
    header = ["what", "version", "cores", "rounds", "ms a round", "times ours", "set-up s", "accuracy"]
    return table(header, out)


def page(command, builds, cells, errors, federated):
    parts = [
        "# Local training and federated runs against other programs\n",
        f"```sh\n{command}\n```\n",
        f"{machine.today()}, commit {machine.commit() or 'unknown'}, {machine.cpu()}; load before the start: "
        f"{builds['load']}.\n",
    ]
    for group, found in cells.items():
        about = "; ".join(f"PyTorch {b[3]}, {b[0]}" for b in builds["groups"][group])
        parts.append(f"## Local training against a bare PyTorch loop ({group}: {about})\n")
        parts.append(
            "Samples/s, medians (smallest - largest) of bursts that take turns; ratios are of medians, with those of "
            "single pairs in brackets. One core: per CPU-second, one process each. Two cores: wall clock, ours on two "
            "threads, PyTorch as two processes of one thread side by side. PyTorch runs in the best found of "
            "{autograd.grad + _foreach_add_, optim.SGD, foreach SGD} x {contiguous, channels_last or batch_first, "
            "time_first} x its BLAS, one BLAS thread; its float32 tensors are made before the clock starts, ours are "
            "gathered from the data set within it.\n"
        )
        parts.append(speed_table(found, group))
    first = next(iter(cells.values()), [])
    if any("why" not in cell for cell in first):
        parts.append("## The same work\n")
        parts.append(
            "Ours / PyTorch after one client's local training, from the same first weights, each with its own order of "
            "samples.\n"
        )
        parts.append(check_table(first))
    if errors:
        parts.append("## The same update\n")
        parts.append(
            "Relative L2 error of the update after five steps against PyTorch in float64, from the same weights and "
            "samples in the same order.\n"
        )
        parts.append(correctness_table(errors))
    for name, rows in federated.items():
        parts.append(f"## Whole runs: {name}\n")
        parts.append(
            "Wall clock of all rounds and the evaluation at the end; the others' data are tensors before the clock "
            "starts. Set-up is outside: our process with no round at all (loading, one evaluation, writing), and the "
            "start of a framework's own processes.\n"
        )
        parts.append(federated_table(rows))
    return "\n".join(parts)
