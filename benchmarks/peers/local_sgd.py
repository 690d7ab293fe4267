"""Local training, ours against a bare PyTorch loop: the same samples, in short bursts that take turns.

Each side is a process that stays and answers lines (bench_epoch.cpp, torch_worker.py), so that a burst of ours and one
of theirs lie seconds apart: the speed of a shared machine changes from minute to minute. One core: one process each,
samples per CPU-second. Two cores: ours with two threads, theirs two processes, started together, samples per second of
the wall clock from the first begin to the last end.
"""
import json
import os
import statistics
import subprocess

from machine import ONE_THREAD

HERE = os.path.dirname(os.path.abspath(__file__))
WAYS = ("manual", "sgd", "foreach")
LR = {"softmax": 0.05, "2nn": 0.05, "lenet5": 0.05, "cnn": 0.05, "char_lstm": 0.5}
# Samples and local epochs of a client, and clients with different samples: text costs a hundred times as much a sample.
CLIENT = {"char_lstm": (64, 1, 16)}
IMAGE_CLIENT = (600, 5, 100)


def formats(model):
    if model == "char_lstm":
        return ("batch_first", "time_first")
    return ("contiguous", "channels_last") if model in ("lenet5", "cnn") else ("contiguous",)


class Gone(Exception):
    """A process could not do what it was asked; the message is its own."""


class Side:
    """A process that answers each line with a line of JSON."""

    def __init__(self, command, environment=ONE_THREAD):
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.about = self.hear()

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise Gone(self.process.stderr.read().strip() or f"exit code {self.process.returncode}")
        return json.loads(line)

    def ask(self, line):
        self.say(line)
        return self.hear()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def rate(answers, cores):
    samples = sum(a["samples"] for a in answers)
    if cores == 1:
        return samples / sum(a["cpu_seconds"] for a in answers)
    return samples / (max(a["end"] for a in answers) - min(a["begin"] for a in answers))


def burst(sides, clients):
    for side in sides:
        side.say(f"run {clients}")
    return [side.hear() for side in sides]


def calibrate(side, seconds):
    """How many clients take about so long, and the last burst's answer; the first burst is the warm-up."""
    clients = 1
    while True:
        answer = side.ask(f"run {clients}")
        took = answer["end"] - answer["begin"]
        if took > seconds / 3 or clients >= 4096:
            return max(1, round(clients * seconds / took)), answer
        clients = min(4096, max(2 * clients, int(clients * seconds / 2 / max(took, 1e-6))))


class Builds:
    """PyTorch as it can be had on the day: {name: (interpreter, LD_PRELOAD)}."""

    def __init__(self, system_python, other_python, blis):
        self.groups = {}
        self.add("Debian", system_python, "OpenBLAS", "")
        if blis and "Debian" in self.groups:
            self.add("Debian", system_python, "BLIS", blis)
        if other_python:
            self.add("PyPI", other_python, "as shipped", "")

    def add(self, group, python, library, preload):
        probe = subprocess.run(
            [python, "-c", "import torch; print(torch.__version__)"],
            env=self.environment(preload), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        if probe.returncode == 0:
            self.groups.setdefault(group, []).append((library, python, preload, probe.stdout.strip()))

    @staticmethod
    def environment(preload):
        return dict(ONE_THREAD, LD_PRELOAD=preload) if preload else ONE_THREAD


class Cell:
    """One model and batch size against one group of PyTorch builds."""

    def __init__(self, bench_epoch, folder, model, batch, options):
        self.model, self.batch, self.folder, self.options = model, batch, folder, options
        samples, epochs, clients = CLIENT.get(model, IMAGE_CLIENT)
        self.work = [
            f"--batch={batch}", f"--samples={samples}", f"--local-epochs={epochs}", f"--clients={clients}",
            f"--lr={LR[model]}",
        ]  # fmt: skip
        self.bench_epoch = bench_epoch

    def ours(self, threads):
        return Side([self.bench_epoch, self.model, *self.work, f"--threads={threads}"])

    def theirs(self, build):
        _, python, preload, _ = build
        command = [python, os.path.join(HERE, "torch_worker.py"), self.folder, self.model, *self.work]
        return Side(command, Builds.environment(preload))

    def best(self, builds):
        """(samples per CPU-second, build, way, format), the fastest of all that can be tried, and all of them."""
        tried = []
        for build in builds:
            with self.theirs(build) as side:
                for memory_format in formats(self.model):
                    for way in WAYS:
                        side.ask(f"use {way} {memory_format}")
                        clients, answer = calibrate(side, self.options.search_seconds)
                        if clients > 1:  # else the one client was long enough
                            answer = side.ask(f"run {clients}")
                        tried.append((rate([answer], 1), build, way, memory_format))
        return max(tried, key=lambda t: t[0]), tried

    def measure(self, builds):
        (_, build, way, memory_format), tried = self.best(builds)
        ours_1, ours_2, theirs_1, theirs_2 = [], [], [], []
        with self.ours(1) as one, self.ours(2) as two, self.theirs(build) as a, self.theirs(build) as b:
            if one.about["weights"] != a.about["weights"]:
                raise Gone(f"{one.about['weights']} weights here and {a.about['weights']} there: not the same model")
            for side in (a, b):
                side.ask(f"use {way} {memory_format}")
            checks = one.ask("check"), a.ask("check")
            seconds = self.options.seconds
            n_one, n_two, n_a = (calibrate(side, seconds)[0] for side in (one, two, a))
            for _ in range(self.options.repeat):
                ours_1.append(rate(burst([one], n_one), 1))
                theirs_1.append(rate(burst([a], n_a), 1))
                ours_2.append(rate(burst([two], n_two), 2))
                answers = burst([a, b], n_a)
                theirs_2.append(rate(answers, 2))
            memory = two.ask("run 1")["peak_memory_mb"], sum(x["peak_memory_mb"] for x in answers)
        return {
            "model": self.model, "batch": self.batch, "weights": one.about["weights"], "data": one.about["data"],
            "flops": one.about["training_flops"], "build": build[0], "torch": build[3], "blas": a.about["blas"],
            "way": way, "format": memory_format,
            "tried": [{"rate": t[0], "build": t[1][0], "way": t[2], "format": t[3]} for t in tried],
            "ours": {"1": ours_1, "2": ours_2}, "theirs": {"1": theirs_1, "2": theirs_2},
            "check": checks, "memory": memory,
        }  # fmt: skip


def summary(values):
    return statistics.median(values), min(values), max(values)
