"""Whole federated runs, ours and other frameworks', on the same work: softmax regression on MNIST as in FLUTE's README
(1,000 clients, 10 a round, B = 10, lr 0.03, one epoch, 100 rounds), and optionally the 2NN."""
import json
import os
import statistics
import subprocess
import tempfile

from machine import ONE_THREAD

HERE = os.path.dirname(os.path.abspath(__file__))
# File, what it is called, and the share of the rounds it does where a full run would take many minutes.
PEERS = (
    ("fl_bare_torch", "FedAvg by hand in PyTorch (Flower-style)", 1.0),
    ("fl_pfl", "pfl-research", 1.0),
    ("fl_fedlab", "FedLab", 1.0),
    ("fl_flgo", "FLGo", 0.2),
    ("fl_flower", "Flower, simulation on Ray", 0.2),
)
LR = {"name": "softmax, 1,000 clients of 60, 10 a round, B = 10, E = 1", "hidden": [], "clients": 1000, "lr": 0.03,
      "rounds": 100}  # fmt: skip
NN = {"name": "2NN, 100 clients of 600, 10 a round, B = 10, E = 1", "hidden": [200, 200], "clients": 100, "lr": 0.1,
      "rounds": 20}  # fmt: skip


def ours(fedtide, data, work, rounds, threads):
    """{seconds (of the whole process), accuracy, peak_memory_mb} of `fedtide run`."""
    model = f"{{name: mlp, hidden: {work['hidden']}}}" if work["hidden"] else "{name: softmax}"
    experiment = (
        f"name: peers\ndata: {{dataset: mnist, path: '{data}', clients: {work['clients']}}}\nmodel: {model}\n"
        f"training: {{epochs: 1, batch_size: 10, optimizer: {{name: sgd, lr: {work['lr']}}}}}\n"
        f"protocol: {{name: synchronous, cohort: 10}}\nevaluate: {{every: {max(1, rounds)}}}\nstop: {{rounds: {rounds}}}\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "experiment.yaml")
        with open(path, "w") as file:
            file.write(experiment)
        command = [fedtide, "run", path, f"--threads={threads}", "--output", os.path.join(folder, "run"), "--json"]
        done = subprocess.run(
            ["/usr/bin/env", "time", "-f", "%e %M", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        told = json.loads(done.stdout)
        whole, memory = done.stderr.strip().splitlines()[-1].split()
        return {"seconds": told["wall_seconds"], "whole": float(whole), "accuracy": told["test_accuracy"],
                "peak_memory_mb": float(memory) / 1000}  # fmt: skip


def theirs(python, peer, data, work, rounds, limit):
    """The peer's JSON, or {"why": reason} where it cannot be run."""
    hidden = ["--hidden", *map(str, work["hidden"])] if work["hidden"] else []
    command = [
        python, "-W", "ignore", os.path.join(HERE, peer + ".py"), f"--data={data}", f"--rounds={rounds}",
        f"--clients={work['clients']}", f"--lr={work['lr']}", *hidden,
    ]  # fmt: skip
    environment = dict(ONE_THREAD, PYTHONPATH=HERE, PYTHONWARNINGS="ignore")
    try:
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return {"why": f"not done after {limit} s"}
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return {"why": last[:160]}
    return json.loads(lines[-1])


def compare(fedtide, data, work, pythons, options):
    """Rows of {name, seconds a round, ...}; ours first. `pythons` is {"Debian": path, "PyPI": path}."""
    rows, rounds = [], work["rounds"]
    for threads in (1, 2):
        runs = [ours(fedtide, data, work, rounds, threads) for _ in range(options.repeat)]
        # Loading, measured by runs of no round, is set-up, as it is with the others.
        load = statistics.median(ours(fedtide, data, work, 0, threads)["seconds"] for _ in runs)
        seconds = sorted((r["seconds"] - load) / rounds for r in runs)
        rows.append(dict(runs[0], name="fedtide run", threads=threads, a_round=statistics.median(seconds),
                         spread=(seconds[0], seconds[-1]), rounds=rounds, version="",
                         setup_seconds=load + runs[0]["whole"] - runs[0]["seconds"]))  # fmt: skip
    for peer, name, share in PEERS:
        if options.quick and peer != "fl_bare_torch":
            continue
        for group, python in pythons.items():
            if group == "Debian" and peer != "fl_bare_torch":
                continue  # the others are in the virtual environment
            n = max(2, round(share * rounds))
            repeat = min(3, options.repeat) if share == 1.0 else 1
            answers = [theirs(python, peer, data, work, n, options.limit) for _ in range(repeat)]
            if any("why" in a for a in answers):
                why = next(a["why"] for a in answers if "why" in a)
                rows.append({"name": name, "why": why, "group": group})
                break
            seconds = [a["seconds"] for a in answers]
            middle = statistics.median(seconds)
            rows.append(dict(answers[0], name=name, rounds=n, a_round=middle / n, group=group,
                             spread=(min(seconds) / n, max(seconds) / n)))  # fmt: skip
        else:
            if len(pythons) == 1 and "PyPI" not in pythons and peer != "fl_bare_torch":
                rows.append({"name": name, "why": "no virtual environment with it was given (--peers-python)"})
    return rows
