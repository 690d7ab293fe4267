"""Drives the program as a user does; what every test of the command line shares."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

FEDTIDE = os.environ.get("FEDTIDE") or sys.exit("FEDTIDE: the program's path is needed")
SOURCE = Path(os.environ.get("FEDTIDE_SOURCE", Path(__file__).resolve().parents[2]))
MIB = 2**20

# Every kind of failure in one small world; a run takes some ten milliseconds.
STORMY = """\
name: stormy
seed: 3
data:
  {dataset: blobs, samples: 1200, test_samples: 300, features: 12, clients: 60, split: {test: 0.2},
   partition: {scheme: dirichlet, alpha: 0.3}}
model: {name: mlp, hidden: [16]}
training: {epochs: 2, batch_size: 5, optimizer: {name: sgd, lr: 0.05}}
algorithm: {name: fedavg}
protocol: {name: synchronous, cohort: 10, over_selection: 1.5, deadline: 4 s, minimum_reports: 4, retry: 20 s}
fleet:
  device: {catalog: drawn, compute: {distribution: lognormal, median: 1 MFLOP/s, sigma: 1}, jitter: 0.2}
  link:
    {catalog: drawn, down: {distribution: lognormal, median: 1 Mbit/s, sigma: 0.5}, up: 500 kbit/s,
     latency: 50 ms, jitter: 20 ms}
  availability: {model: on_off, on: 30 s, off: 20 s}
  dropout: {probability: 0.1}
evaluate: {every: 3, per_client: 8}
stop: {rounds: 12}
"""

# Goes on for hours, in small steps.
ENDLESS = """\
data: {dataset: blobs, clients: 40, samples: 4000}
model: {name: mlp, hidden: [32]}
stop: {rounds: 100000000}
"""

ESCAPE = "\033"


def environment(**changes):
    """The caller's, with these changed; None takes a variable away."""
    variables = {**os.environ, **changes}
    return {name: value for name, value in variables.items() if value is not None}


class Result:
    """How one call of the program ended, and what it cost: seconds of CPU time, which neighbors do not lengthen, as a
    build without sanitizers would take, and bytes."""

    def __init__(self, code, out, err, seconds, peak_bytes):
        self.code, self.out, self.err, self.seconds, self.peak_bytes = code, out, err, seconds, peak_bytes

    def __str__(self):
        return f"exit code {self.code}, {self.seconds:.3f} s, {self.peak_bytes / MIB:.0f} MiB\n{self.out}{self.err}"


def call(command, cwd, env=None):
    """Runs a command to its end. The peak is the kernel's count, which is never below this process's own peak."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = (usage.ru_utime + usage.ru_stime) / float(os.environ.get("FEDTIDE_SLOWDOWN", "1"))
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return Result(process.returncode, *texts, seconds, usage.ru_maxrss * 1024)


class Driver(unittest.TestCase):
    """Each test has a folder of its own, in which the program runs."""

    maxDiff = None

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="fedtide-test-")))
        self.write("stormy.yaml", STORMY)
        self.write("endless.yaml", ENDLESS)

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def fedtide(self, *arguments, env=None):
        return call([FEDTIDE, *map(str, arguments)], self.folder, env)

    def succeed(self, *arguments, **options):
        """A call that must end well."""
        result = self.fedtide(*arguments, **options)
        self.assertEqual(result.code, 0, result)
        return result

    def refuse(self, code, *arguments, **options):
        """A call that must end with this code and a message, and with no word of ours about a bug."""
        result = self.fedtide(*arguments, **options)
        self.assertEqual(result.code, code, result)
        self.assertNotEqual(result.err, "")
        self.assertNotIn("bug", result.err)
        return result

    @contextlib.contextmanager
    def running(self, *arguments, **options):
        """A process that goes on meanwhile; it is ended with the test."""
        command = [FEDTIDE, *map(str, arguments)]
        options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options}
        process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, **options)
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def wait_for(self, condition, what, limit=20):
        deadline = time.monotonic() + limit
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"{what} did not happen in {limit} s")
            time.sleep(0.01)

    def wait_for_rounds(self, run, rounds=3):
        log = self.folder / run / "metrics.jsonl"
        self.wait_for(lambda: log.exists() and log.read_bytes().count(b"\n") > rounds, f"round {rounds} of {run}")

    def info(self, run="run"):
        return json.loads((self.folder / run / "run.json").read_text())

    def digest(self, run="run"):
        """All digests of a run, as `fedtide hash` prints them."""
        return self.succeed("hash", run).out
