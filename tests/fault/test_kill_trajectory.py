"""A run that is killed at any moment leaves no trajectory or a whole one, says how it stands, and can be replaced."""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest

FEDTIDE = os.environ.get("FEDTIDE") or sys.exit("FEDTIDE: the program's path is needed")
EXPERIMENT = """
name: kill
seed: 3
data: {dataset: blobs, clients: 30}
model: {name: softmax}
protocol: {name: synchronous, cohort: 5}
evaluate: {every: 5}
stop: {rounds: 300}
output: {trace: clients}
"""


def run(*arguments):
    return subprocess.run([FEDTIDE, *arguments], capture_output=True, text=True)


class KilledRun(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.experiment = os.path.join(folder.name, "kill.yaml")
        self.folder = os.path.join(folder.name, "run")
        with open(self.experiment, "w") as file:
            file.write(EXPERIMENT)

    def arguments(self, *more):
        return ["run", self.experiment, "-q", "-o", self.folder, *more]

    def hash(self):
        result = run("hash", self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def info(self):
        with open(os.path.join(self.folder, "run.json")) as file:
            return json.load(file)

    def check_metrics(self):
        """Every line but a torn last one is whole, and the rounds follow one another."""
        path = os.path.join(self.folder, "metrics.jsonl")
        if not os.path.exists(path):
            return
        with open(path) as file:
            lines = file.read().split("\n")
        rounds = [json.loads(line)["round"] for line in lines[:-1]]
        self.assertEqual(rounds, list(range(rounds[0], rounds[0] + len(rounds))) if rounds else [])

    def test_kill(self):
        started = time.monotonic()
        result = run(*self.arguments())
        seconds = time.monotonic() - started
        self.assertEqual(result.returncode, 0, result.stderr)
        whole = self.hash()
        self.assertEqual(self.info()["status"], "complete")

        result = run(*self.arguments("seed=4"))
        self.assertEqual(result.returncode, 73)
        self.assertIn("holds a run of another experiment: seed is 3 there and 4 here", result.stderr)

        draw = random.Random(1)
        unfinished = 0
        for _ in range(50):
            process = subprocess.Popen([FEDTIDE, *self.arguments("--force")], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(draw.uniform(0, 1.1 * seconds))
            process.kill()
            code = process.wait()
            self.assertIn(code, [0, -signal.SIGKILL])
            self.check_metrics()
            if os.path.exists(os.path.join(self.folder, "trajectory.h5")):
                self.assertEqual(self.hash(), whole)
            else:
                unfinished += 1
                self.assertNotEqual(self.info()["status"], "complete")
                result = run("hash", self.folder)
                self.assertEqual(result.returncode, 66)
                self.assertIn("no trajectory.h5 in it", result.stderr)
        self.assertGreater(unfinished, 5, "the kills came too late to mean anything")

        result = run(*self.arguments("--force"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.hash(), whole)
        left = [name for name in os.listdir(self.folder) if name.startswith(".") and name != ".lock"]
        self.assertEqual(left, [], "leftovers of killed writers are gone")

    def test_second_run(self):
        process = subprocess.Popen([FEDTIDE, *self.arguments("stop.rounds=1000000")], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            metrics = os.path.join(self.folder, "metrics.jsonl")
            deadline = time.monotonic() + 30
            while not os.path.exists(metrics) and time.monotonic() < deadline:
                time.sleep(0.01)
            for more in [], ["--force"]:
                result = run(*self.arguments(*more))
                self.assertEqual(result.returncode, 73)
                self.assertIn(f"is in use by process {process.pid} on ", result.stderr)
            self.assertIsNone(process.poll(), "the first is not disturbed")
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    unittest.main()
