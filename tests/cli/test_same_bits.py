"""The same experiment gives the same bits, whoever computes it; another seed or method gives others."""

import json
import unittest
from pathlib import Path

from driver import Driver

WAYS = [["--threads", "1"], ["--threads", "2"], ["--threads", "8"], ["--executor", "inline"]]
METHODS = ["fedavg", "{name: fedprox, mu: 0.1}", "scaffold", "{name: scaffold, option: I}", "fedsgd", "centralized"]

FASHION = """\
name: fashion
data: {dataset: fashion_mnist, clients: 60, partition: {scheme: shards}, split: {test: 0.1}}
model: {name: mlp, hidden: [32]}
training: {steps: 4, optimizer: {name: sgd, lr: 0.05}}
protocol: {name: synchronous, cohort: 10, over_selection: 1.3, deadline: 30 s, minimum_reports: 2}
fleet:
  device: {catalog: phones-2020, jitter: 0.3}
  link: {catalog: mobile}
  availability: {model: on_off, on: 1 h, off: 10 min}
  dropout: {probability: 0.1}
evaluate: {every: 2, per_client: 5}
stop: {rounds: 3}
output: {trace: clients}
"""


class SameBits(Driver):
    def rows(self, run):
        return [json.loads(line) for line in (self.folder / run / "metrics.jsonl").read_text().splitlines()]

    def assert_same(self, experiment, *overrides):
        """All ways to compute a run agree in every bit recorded. Returns the digest."""
        digests, logs = [], []
        for way in WAYS:
            run = f"run{len(digests)}"
            self.succeed("run", experiment, "-q", "--force", "-o", run, *way, *overrides)
            digests.append(self.digest(run))
            logs.append((self.folder / run / "metrics.jsonl").read_text())
        for way, digest, log in zip(WAYS, digests, logs):
            self.assertEqual(digest, digests[0], way)
            self.assertEqual(log, logs[0], way)
        self.assertRegex(digests[0], r"(?m)^[0-9a-f]{32}  /model/weights$")
        self.assertRegex(digests[0], r"[0-9a-f]{32}  whole\n$")
        return digests[0]

    def test_threads_and_executor_change_nothing_in_the_storm(self):
        wholes = set()
        for method in METHODS:
            with self.subTest(method):
                method = method if method.startswith("{") else f"{{name: {method}}}"
                wholes.add(self.assert_same("stormy.yaml", f"algorithm={method}", "output.trace=clients"))
                if "centralized" not in method:
                    rows = self.rows("run0")
                    for outcome in ("crash", "surplus"):
                        self.assertGreater(sum(row[outcome] for row in rows), 0, "without it nothing is tested")
        self.assertEqual(len(wholes), len(METHODS), "each method learns something else")

    def test_deadlines_and_abandoned_rounds_change_nothing(self):
        hurry = ["protocol.deadline=250 ms", "protocol.minimum_reports=8", "fleet.device.jitter=1", "stop.rounds=6"]
        self.assert_same("stormy.yaml", *hurry)
        rows = self.rows("run0")
        self.assertGreater(sum(row["deadline"] for row in rows), 0)
        self.assertGreater(sum(row["abandoned_rounds"] for row in rows), 0)

    def test_stop_rules_that_need_values_change_nothing(self):
        self.assert_same("stormy.yaml", "stop={accuracy: 0.5}")
        self.assertIn("accuracy", self.info("run0")["reason"])
        self.assert_same("stormy.yaml", "stop={time: 3 s}")
        self.assert_same("stormy.yaml", "stop={bytes: 200 kB}")

    def test_threads_and_executor_change_nothing_on_real_images(self):
        if not Path("/usr/share/datasets/fashion-mnist").is_dir():
            self.skipTest("NOT TESTED: dataset-fashion-mnist is not installed")
        self.write("fashion.yaml", FASHION)
        for words in (["algorithm.name=fedprox"], ["algorithm.name=scaffold"], ["training.optimizer.momentum=0.9"]):
            with self.subTest(words):
                self.assert_same("fashion.yaml", *words)

    def test_the_timeline_is_the_same_with_and_without_training(self):
        timeline = "round time_s bytes_down bytes_up dispatched left crash deadline surplus wasted_compute_s".split()
        self.succeed("run", "stormy.yaml", "-q", "-o", "full")
        self.succeed("run", "stormy.yaml", "-q", "-o", "only", "timing=only")
        full, only = ([[row[key] for key in timeline] for row in self.rows(run)] for run in ("full", "only"))
        self.assertEqual(full[1:], only)  # without training there is no initial model to evaluate
        of_data = [{line for line in self.digest(run).splitlines() if "/assignment/" in line or "/partition/" in line}
                   for run in ("full", "only")]
        self.assertEqual(*of_data)
        self.assertTrue(any("/assignment/train_row" in line for line in of_data[1]))

    def test_another_seed_gives_other_bits(self):
        self.succeed("run", "stormy.yaml", "-q", "-o", "a")
        self.succeed("run", "stormy.yaml", "-q", "-o", "b", "seed=4")
        first, second = (dict(reversed(line.split("  ")) for line in self.digest(run).splitlines()) for run in "ab")
        for name in ("/model/weights", "/time_s", "/clients/compute_rate", "/partition/label_count", "whole"):
            self.assertNotEqual(first[name], second[name], name)

    def test_what_is_recorded_beside_does_not_change_what_happens(self):
        self.succeed("run", "stormy.yaml", "-q", "-o", "plain")
        self.succeed("run", "stormy.yaml", "-q", "-o", "traced", "output.trace=clients")
        plain, traced = (set(self.digest(run).splitlines()[:-1]) for run in ("plain", "traced"))
        self.assertLess(plain, traced)
        self.assertTrue(all("/trace/" in line for line in traced - plain))


if __name__ == "__main__":
    unittest.main()
