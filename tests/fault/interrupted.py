"""What the tests of stopped, killed and resumed runs share."""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from driver import FEDTIDE, Driver  # noqa: E402

# The long form of a test takes minutes: FEDTIDE_LONG=1.
LONG = os.environ.get("FEDTIDE_LONG", "") not in ("", "0")

FILES = {".lock", "config.json", "config.yaml", "metrics.jsonl", "run.json", "trajectory.h5"}
GENERATIONS = ("checkpoint", "checkpoint.prev")

SYNCHRONOUS = "{name: synchronous, cohort: 10, over_selection: 1.5, deadline: 4 s, minimum_reports: 4, retry: 20 s}"
BUFFERED = "{name: buffered, concurrency: 12, buffer: 5}"
HIERARCHICAL = "{name: hierarchical, levels: [{groups: 4, rounds: 2, rate: 1 Mbit/s, latency: 5 ms}]}"
METHODS = (
    ("fedavg", SYNCHRONOUS), ("fedbuff", BUFFERED), ("fedprox", HIERARCHICAL), ("scaffold", SYNCHRONOUS),
    ("fedsgd", SYNCHRONOUS), ("scaffold", BUFFERED), ("fedprox", SYNCHRONOUS), ("fedavg", HIERARCHICAL),
    ("fedavg", BUFFERED), ("ditto", SYNCHRONOUS), ("fedper", BUFFERED), ("ifca", SYNCHRONOUS),
)  # fmt: skip
THREADS = (1, 2, 4)


class Interrupted(Driver):
    """A run that was never stopped, in the folder `whole`, and one that is, in `run`."""

    def words(self, *more, place="run"):
        return ["run", "stormy.yaml", "-q", "-o", place, "output.trace=clients", *self.overrides, *more]

    def prepare(self, *overrides):
        self.overrides = overrides
        for name in ("whole", "run"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self.run_folder = self.folder / "run"
        started = time.monotonic()
        self.succeed(*self.words(place="whole"))
        self.seconds = time.monotonic() - started
        self.whole = self.digest("whole")
        self.log = (self.folder / "whole/metrics.jsonl").read_bytes()

    def start(self, *more):
        """A start of `run` that is left alone."""
        command = [FEDTIDE, *self.words(*more)]
        return subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def generations(self):
        return [name for name in GENERATIONS if (self.run_folder / name).exists()]

    def assert_same(self, *more):
        """The run goes on to its end, and is as if it had never been stopped."""
        self.succeed(*self.words(*more))
        self.assert_is_whole()

    def assert_is_whole(self):
        self.assertEqual(self.digest(), self.whole)
        self.assertEqual((self.run_folder / "metrics.jsonl").read_bytes(), self.log)
        self.assertEqual({path.name for path in self.run_folder.iterdir()}, FILES)
        self.assertEqual(self.info()["status"], "complete")

    def stop_at(self, rounds, sent, *more):
        """Sends a signal after some rounds; the program's exit code and messages."""
        process = self.start(*more)
        try:
            self.wait_for_rounds("run", rounds)
            process.send_signal(sent)
            _, err = process.communicate(timeout=60)
            return process.returncode, err.decode()
        finally:
            process.kill()
            process.wait()

    def checkpointed(self, *overrides):
        """A run that was stopped and has two generations; what they are, by name."""
        self.prepare("output.checkpoint=2", *overrides)
        for _ in range(3):
            shutil.rmtree(self.run_folder, ignore_errors=True)
            process = self.start()
            try:
                while process.poll() is None and len(self.generations()) < 2:
                    time.sleep(0.001)
            finally:
                process.kill()
                process.communicate()
            if len(self.generations()) == 2:
                break
        names = (*GENERATIONS, "checkpoint.rows", "run.json", "metrics.jsonl")
        return {name: (self.run_folder / name).read_bytes() for name in names}

    def restore(self, files):
        for name in FILES | set(GENERATIONS):
            if name not in ("config.json", "config.yaml", ".lock"):
                (self.run_folder / name).unlink(missing_ok=True)
        for name, content in files.items():
            (self.run_folder / name).write_bytes(content)


def seconds_within(draw: random.Random, longest):
    return draw.uniform(0, longest)


def load(path):
    return json.loads(Path(path).read_text())
