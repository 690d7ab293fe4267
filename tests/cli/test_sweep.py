"""Many runs from one file: what is planned, run, continued, refused, told and summed up."""

import csv
import io
import json
import math
import os
import signal
import statistics
import subprocess
import time
import unittest

from driver import FEDTIDE, Driver, environment

# A run takes some ten milliseconds.
SMALL = """\
name: small
data: {dataset: blobs, samples: 600, test_samples: 200, features: 8, clients: 20, partition: {scheme: dirichlet, alpha: 1}}
model: {name: mlp, hidden: [8]}
training: {epochs: 1, batch_size: 10, optimizer: {name: sgd, lr: 0.05}}
protocol: {cohort: 5}
stop: {rounds: 4}
"""

GRID = SMALL + """\
sweep:
  grid: {data.partition.alpha: [0.1, 10], training.optimizer.lr: [0.01, 0.1]}
  seeds: 3
"""


class Sweep(Driver):
    def setUp(self):
        super().setUp()
        self.write("small.yaml", SMALL)
        self.write("grid.yaml", GRID)

    def runs(self, folder="out"):
        return sorted(path.name for path in (self.folder / folder / "runs").iterdir())

    def status(self, folder="out"):
        return json.loads(self.succeed("status", folder, "--json").out)

    def states(self, folder="out"):
        return [row["status"] for row in self.status(folder)]

    def summary(self, *words, folder="out"):
        return list(csv.DictReader(io.StringIO(self.succeed("summary", folder, *words).out)))


class Plan(Sweep):
    def test_a_dry_run_shows_the_table_and_makes_nothing(self):
        before = sorted(self.folder.rglob("*"))
        result = self.succeed("sweep", "grid.yaml", "-n", "-o", "out")
        lines = result.out.splitlines()
        self.assertRegex(lines[0], r"^run +data\.partition\.alpha +training\.optimizer\.lr +seed$")
        self.assertRegex(lines[1], r"^0001-[0-9a-f]{8} +0\.1 +0\.01 +1$")
        self.assertRegex(lines[12], r"^0012-[0-9a-f]{8} +10 +0\.1 +3$")
        self.assertEqual(lines[13], "12 runs")
        rows = json.loads(self.succeed("sweep", "grid.yaml", "-n", "--json").out)
        self.assertEqual(rows[0]["parameters"], {"data.partition.alpha": "0.1", "training.optimizer.lr": "0.01", "seed": "1"})
        self.assertEqual(sorted(self.folder.rglob("*")), before)

    def test_words_alone_make_a_sweep(self):
        rows = json.loads(self.succeed("sweep", "small.yaml", "-n", "--json", "seed=range(1,4)", "stop.rounds=2",
                                       "training.optimizer.lr=logspace(-2,-1,2)").out)  # fmt: skip
        self.assertEqual([list(row["parameters"].values()) for row in rows],
                         [["0.01", "1"], ["0.01", "2"], ["0.01", "3"], ["0.1", "1"], ["0.1", "2"], ["0.1", "3"]])

    def test_every_run_is_checked_before_the_first_starts_and_each_mistake_is_told_once(self):
        self.write("wrong.yaml", SMALL + "sweep: {grid: {data.partition.alpha: [1, -1], training.optimizer.lrr: [0.1, 0.2]}, seeds: 3}\n")
        result = self.refuse(2, "sweep", "wrong.yaml", "-o", "out", "protocol.cohort=5,50")
        self.assertIn("wrong.yaml:7:42: data.partition.alpha: must be greater than 0, got -1 (run ", result.err)
        self.assertIn("training.optimizer.lrr: unknown key; did you mean \"lr\"?\n", result.err)
        self.assertIn("cohort must be at most data.clients, which is 20, got 50 (run ", result.err)
        self.assertEqual(result.err.count("\n"), 3, result.err)
        self.assertFalse((self.folder / "out").exists())

    def test_a_sweep_of_nothing_or_of_equal_runs_is_refused(self):
        self.assertIn("small.yaml: nothing is swept; give a key several values, for example seed=1,2,3",
                      self.refuse(2, "sweep", "small.yaml").err)
        equal = self.refuse(2, "sweep", "small.yaml", "training.optimizer.lr=0.1,1e-1").err
        self.assertIn("runs 1 (training.optimizer.lr=0.1) and 2 (training.optimizer.lr=1e-1) are the same experiment", equal)
        self.assertIn("keys of execution and output make no other one",
                      self.refuse(2, "sweep", "small.yaml", "execution.threads=1,2").err)

    def test_run_of_a_file_with_a_sweep_says_what_to_do(self):
        result = self.refuse(2, "run", "grid.yaml", "-o", "run")
        self.assertIn("grid.yaml:7:1: sweep: describes many runs; start them with: fedtide sweep grid.yaml; one run without "
                      "it is: fedtide run grid.yaml sweep=null\n", result.err)
        self.succeed("run", "grid.yaml", "sweep=null", "-q", "-o", "run")
        self.assertIn("fedtide sweep -n grid.yaml reads each of its runs", self.succeed("check", "grid.yaml").out)

    def test_wrong_options_are_told(self):
        for words, message in {
            "sweep small.yaml seed=1,2 --only 3": "--only 3: there is no run 3, they go from 1 to 2; write numbers and ranges: 3,5-7",
            "sweep small.yaml seed=1,2 --only x": '--only x: "x" is no number; write numbers',
            "sweep small.yaml seed=1,2 --only 2-1": "--only 2-1: 2-1 goes backwards",
            "sweep small.yaml seed=1,2 --jobs 0": 'must be a whole number between 1 and 4096, got "0"',
            "sweep small.yaml seed=1,2 --retry many": 'must be a whole number between 0 and 1000, got "many"',
            "sweep small.yaml seed=1,2 --launcher slrum": '--launcher slrum: there is no such launcher; did you mean "slurm"?',
            "sweep small.yaml seed=1,2 --print": "are for --launcher slurm; add it",
            "sweep": "sweep: EXPERIMENT is required",
        }.items():
            with self.subTest(words):
                result = self.refuse(2, *words.split())
                self.assertIn(message, result.err)
                self.assertEqual(result.err.count("\n"), 1)
        for verb in ("status", "summary"):
            self.assertIn("nowhere: holds ", self.refuse(66, verb, "nowhere").err)


class Play(Sweep):
    def test_a_sweep_gives_the_runs_that_run_gives(self):
        result = self.succeed("sweep", "grid.yaml", "-o", "out", "-j", "2", "--threads", "1")
        self.assertIn("12 of 12 runs complete\n", result.out)
        self.assertEqual(len(self.runs()), 12)
        manifest = json.loads((self.folder / "out/manifest.json").read_text())
        self.assertEqual([run["directory"] for run in manifest["runs"]], [f"runs/{name}" for name in self.runs()])
        self.succeed("run", "small.yaml", "data.partition.alpha=0.1", "training.optimizer.lr=0.1", "seed=2", "-q", "-o", "one")
        fifth = self.runs()[4]
        self.assertEqual(self.digest("one"), self.digest(f"out/runs/{fifth}"))
        self.assertEqual(self.info("one")["config_hash"], self.info(f"out/runs/{fifth}")["config_hash"])
        self.assertTrue(fifth.endswith(self.info("one")["config_hash"][:8]))
        self.assertEqual(self.info(f"out/runs/{fifth}")["threads"], 1)

    def test_the_same_command_again_runs_what_is_missing_and_no_more(self):
        words = ["sweep", "grid.yaml", "-o", "out", "-q"]
        result = self.succeed(*words, "--only", "2,4-6")
        self.assertIn("4 of 4 runs complete", result.out)
        self.assertEqual(self.states().count("pending"), 8)
        times = {path: path.stat().st_mtime_ns for path in (self.folder / "out/runs").rglob("trajectory.h5")}
        (self.folder / "out/runs" / self.runs()[0] / "trajectory.h5").write_bytes(b"damaged")
        self.assertEqual(self.states()[1], "damaged")
        self.assertIn("12 of 12 runs complete", self.succeed(*words).out)
        kept = [path for path, at in times.items() if path.stat().st_mtime_ns == at]
        self.assertEqual(len(kept), 3, "the damaged run is made again, the others are left alone")
        self.succeed("sweep", "out")
        self.assertEqual(set(self.states()), {"complete"})

    def test_another_sweep_in_the_same_directory_is_refused_with_the_difference(self):
        self.succeed("sweep", "grid.yaml", "-o", "out", "-q", "--only", "1")
        for words, why in {
            "grid.yaml seed=1,2": "run 3: is data.partition.alpha=0.1 training.optimizer.lr=0.01 seed=3 there and "
            "data.partition.alpha=0.1 training.optimizer.lr=0.1 seed=1 here",
            "grid.yaml seed=1,2,3,4": "run 4: is ",
            "grid.yaml protocol.cohort=6": "run 1: protocol.cohort is 5 there and 6 here",
            "grid.yaml data.partition.alpha=0.1": "12 runs there and 6 here",
        }.items():
            with self.subTest(words):
                err = self.refuse(73, "sweep", *words.split(), "-o", "out").err
                self.assertIn(f"out: holds another sweep; {why}", err)
                self.assertIn("continue the sweep that is there: fedtide sweep out\n", err)
        # How the runs are computed makes no other sweep.
        self.succeed("sweep", "grid.yaml", "-o", "out", "-q", "execution.threads=2", "output.trace=clients")
        self.assertIn("goes on as it is; overrides and -o are for a YAML file", self.refuse(2, "sweep", "out", "seed=1").err)

    def test_a_manifest_that_is_damaged_or_of_a_newer_program_is_refused(self):
        self.succeed("sweep", "grid.yaml", "-o", "out", "-q", "--only", "1")
        file = self.folder / "out/manifest.json"
        text = file.read_text()
        for verb in ("sweep", "status", "summary"):
            file.write_text(text[:100])
            self.assertIn("out/manifest.json: is no manifest as it was written\n", self.refuse(65, verb, "out").err)
            file.write_text(text.replace('"format": 1', '"format": 2'))
            self.assertIn("is of format 2, this program knows up to 1; use a newer fedtide", self.refuse(65, verb, "out").err)

    def test_a_place_that_takes_no_directory_is_refused_before_anything_runs(self):
        for place in ("small.yaml", "small.yaml/out", "/proc/out"):
            err = self.refuse(73, "sweep", "grid.yaml", "-o", place).err
            self.assertIn(f"{place}: cannot create the directory: ", err)
            self.assertIn("choose another output directory\n", err)

    def test_failures_are_told_at_once_and_the_others_go_on(self):
        words = ["sweep", "small.yaml", "training.optimizer.lr=0.1,1e30", "seed=1,2", "-o", "out", "-j", "1"]
        result = self.fedtide(*words)
        self.assertEqual(result.code, 1, result)
        self.assertIn("2 of 4 runs complete, 2 failed\n", result.out)
        self.assertRegex(result.err, r"run 3 of 4 \(training.optimizer.lr=1e30 seed=1\): failed with exit code 1: diverged: .*; see out/logs/0003-")
        self.assertEqual(self.states(), ["complete", "complete", "failed", "failed"])
        self.assertEqual([row["exit_code"] for row in self.status()], [0, 0, 1, 1])
        self.assertIn("diverged", self.status()[3]["reason"])
        again = self.fedtide(*words, "-q")
        self.assertEqual((again.code, again.err), (1, ""), "a failure that is a result is not run again")
        self.assertIn("2 failed before with a result that would come out again; --failed runs them nevertheless", again.out)
        anew = self.fedtide(*words, "--failed")
        self.assertIn("0 of 2 runs complete, 2 failed\n", anew.out)
        self.assertEqual(anew.err.count("failed with exit code 1"), 2)

    def test_fail_fast_stops_and_retry_starts_anew(self):
        words = ["sweep", "small.yaml", "training.optimizer.lr=1e30,0.1", "seed=1,2,3", "-j", "1"]
        fast = self.fedtide(*words, "-o", "fast", "--fail-fast")
        self.assertEqual(fast.code, 1, fast)
        self.assertIn("0 of 6 runs complete, 1 failed, 5 unfinished\n", fast.out)
        self.assertEqual(self.states("fast"), ["failed", *["pending"] * 5])
        retried = self.fedtide(*words, "-o", "retried", "--retry", "2", "--only", "1,4")
        self.assertEqual(retried.code, 1)
        self.assertEqual(retried.err.count("it is tried again"), 2)
        self.assertIn("1 of 2 runs complete, 1 failed\n", retried.out)

    def test_one_sweep_at_a_time_in_a_directory(self):
        with self.running("sweep", "endless.yaml", "seed=1,2", "-o", "out", "-j", "1") as first:
            self.wait_for(lambda: (self.folder / "out/runs").exists() and self.runs(), "the first run")
            err = self.refuse(73, "sweep", "endless.yaml", "seed=1,2", "-o", "out").err
            self.assertIn(f"out: is in use by process {first.pid} on ", err)
            first.send_signal(signal.SIGTERM)
            self.assertEqual(first.wait(20), 75)


class Signals(Sweep):
    def start(self, *more):
        return self.running("sweep", "endless.yaml", "seed=1,2,3", "-o", "out", "-j", "2", "--threads", "1", *more,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip

    def wait_for_two(self):
        def both():
            logs = list((self.folder / "out/runs").glob("*/metrics.jsonl")) if (self.folder / "out/runs").exists() else []
            return len(logs) == 2 and all(log.read_bytes().count(b"\n") > 3 for log in logs)
        self.wait_for(both, "round 3 of two runs")

    def test_a_signal_stops_the_runs_and_the_sweep(self):
        for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            with self.subTest(sent), self.start() as sweep:
                self.wait_for_two()
                self.assertEqual(sorted(self.states()), ["pending", "running", "running"])
                rows = self.status()
                self.assertGreater(rows[0]["rounds"], 0)
                self.assertEqual(rows[0]["of_rounds"], 100000000)
                sweep.send_signal(sent)
                out, err = (text.decode() for text in sweep.communicate(timeout=20))
                self.assertEqual(sweep.returncode, 75, err)
                self.assertIn("0 of 3 runs complete, 3 unfinished\ngo on with: fedtide sweep out\n", out)
                self.assertEqual(sorted(self.states()), ["pending", "stopped", "stopped"])
                (self.folder / "out").rename(self.folder / f"out-{sent}")

    def test_a_second_signal_leaves_at_once(self):
        with self.start() as sweep:
            self.wait_for_two()
            sweep.send_signal(signal.SIGSTOP)
            sweep.send_signal(signal.SIGINT)
            sweep.send_signal(signal.SIGTERM)
            started = time.monotonic()
            sweep.send_signal(signal.SIGCONT)
            self.assertIn(sweep.wait(20), (75, 130, 143))
            self.assertLess(time.monotonic() - started, 2)
        self.assertNotIn("running", self.states())

    def test_a_killed_run_is_told_from_one_that_goes_on_and_is_run_again(self):
        words = ["sweep", "small.yaml", "stop.rounds=2000", "seed=1,2", "-o", "out", "-j", "1"]
        with self.running(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as sweep:
            self.wait_for(lambda: (self.folder / "out/runs").exists() and self.runs(), "the first run")
            self.wait_for_rounds(f"out/runs/{self.runs()[0]}")
            child = int(subprocess.run(["pgrep", "-P", str(sweep.pid)], capture_output=True, text=True).stdout)
            os.kill(child, signal.SIGKILL)
            out, err = (text.decode() for text in sweep.communicate(timeout=60))
        self.assertEqual(sweep.returncode, 1, err)
        self.assertIn("killed with exit code 137: its process died before the end", err)
        self.assertEqual(self.states(), ["killed", "complete"])
        self.succeed(*words)
        self.assertEqual(self.states(), ["complete", "complete"])

    def test_the_sweep_killed_leaves_its_runs_and_goes_on_later(self):
        words = ["sweep", "small.yaml", "stop.rounds=3000", "seed=1,2", "-o", "out", "-j", "1"]
        with self.running(*words) as sweep:
            self.wait_for(lambda: (self.folder / "out/runs").exists() and self.runs(), "the first run")
            self.wait_for_rounds(f"out/runs/{self.runs()[0]}")
            sweep.kill()
            sweep.wait()
        again = self.fedtide(*words)
        # The first run goes on by itself, and is left to its process.
        self.assertEqual(again.code, 75, again)
        self.assertIn("is being run by another process, and left to it", again.err)
        self.wait_for(lambda: self.states() == ["complete", "complete"], "the end of the first run", 60)
        self.succeed(*words)

    def test_status_whose_reader_leaves_is_no_error(self):
        self.succeed("sweep", "grid.yaml", "-o", "out", "-q", "--only", "1")
        result = subprocess.run(["bash", "-c", "set -o pipefail; $FEDTIDE status out | head -1"], cwd=self.folder,
                                env=environment(FEDTIDE=FEDTIDE), text=True, capture_output=True, timeout=60)  # fmt: skip
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, "^run +status +rounds")


class Tables(Sweep):
    def setUp(self):
        super().setUp()
        self.write("grid.yaml", GRID)
        self.succeed("sweep", "grid.yaml", "-o", "out", "-q")

    def test_status_is_a_table_of_runs_and_takes_a_single_run(self):
        lines = self.succeed("status", "out").out.splitlines()
        self.assertEqual(len(lines), 14)
        self.assertRegex(lines[1], r"^0001-\S+ +complete +4/4 +\S+ s +0\.\d{4} +0 +reached 4 rounds +data\.partition\.alpha=0\.1 ")
        self.assertEqual(lines[13], "12 complete")
        one = self.succeed("status", f"out/runs/{self.runs()[0]}").out.splitlines()
        self.assertEqual(len(one), 2)
        self.assertIn(" complete ", one[1])

    def test_summary_opens_in_pandas_with_one_row_a_run(self):
        import pandas

        csv_file = self.folder / "summary.csv"
        self.succeed("summary", "out", "--target", "accuracy=0.2", "-o", csv_file)
        table = pandas.read_csv(csv_file)
        self.assertEqual(len(table), 12)
        self.assertEqual(list(table.columns), ["index", "run", "data.partition.alpha", "training.optimizer.lr", "seed", "status",
                                               "exit_code", "rounds", "time_s", "bytes", "final_test_accuracy",
                                               "best_test_accuracy", "rounds_to_target", "time_s_to_target", "bytes_to_target"])
        self.assertEqual(sorted(table["data.partition.alpha"].unique()), [0.1, 10])
        self.assertEqual(table["best_test_accuracy"].dtype, float)
        self.assertEqual(set(table["status"]), {"complete"})
        for row in table.itertuples():
            lines = [json.loads(line) for line in (self.folder / "out/runs" / row.run / "metrics.jsonl").read_text().splitlines()]
            self.assertEqual(row.final_test_accuracy, lines[-1]["test_accuracy"])
            self.assertEqual(row.best_test_accuracy, max(line["test_accuracy"] for line in lines))
            reached = [line for line in lines if line["test_accuracy"] >= 0.2]
            self.assertEqual(math.isnan(row.rounds_to_target), not reached)
            if reached:
                self.assertEqual(row.rounds_to_target, reached[0]["round"])
                self.assertEqual(row.bytes_to_target, reached[0]["bytes_down"] + reached[0]["bytes_up"])

    def test_means_over_seeds_are_those_of_the_rows_and_skip_what_failed(self):
        rows = self.summary()
        means = self.summary("--by-seed")
        self.assertEqual(len(means), 4)
        for mean in means:
            values = [float(row["final_test_accuracy"]) for row in rows
                      if all(row[key] == mean[key] for key in ("data.partition.alpha", "training.optimizer.lr"))]  # fmt: skip
            self.assertEqual((mean["n"], mean["n_failed"], mean["n_unfinished"]), ("3", "0", "0"))
            self.assertAlmostEqual(float(mean["mean_final_test_accuracy"]), statistics.mean(values), 12)
            self.assertAlmostEqual(float(mean["sd_final_test_accuracy"]), statistics.stdev(values), 12)
        self.fedtide("sweep", "small.yaml", "training.optimizer.lr=0.1,1e30", "seed=1,2,3", "-o", "half", "-q")
        good, bad = self.summary("--by-seed", folder="half")
        self.assertEqual((good["n"], good["n_failed"]), ("3", "0"))
        self.assertEqual((bad["n"], bad["n_failed"], bad["mean_final_test_accuracy"]), ("0", "3", ""))

    def test_a_metric_that_is_none_is_answered_with_the_nearest(self):
        self.assertIn('the runs have no metric "test_acuracy"; did you mean "test_accuracy"?',
                      self.refuse(2, "summary", "out", "--metric", "test_acuracy").err)
        self.assertIn("--target accuracy: write a metric and its value, accuracy=0.9",
                      self.refuse(2, "summary", "out", "--target", "accuracy").err)
        self.assertIn("is of another metric than --metric loss",
                      self.refuse(2, "summary", "out", "--target", "accuracy=0.9", "--metric", "loss").err)
        loss = self.summary("--metric", "loss", "--target", "loss=100")
        self.assertEqual(loss[0]["rounds_to_target"], "0")
        self.assertLessEqual(float(loss[0]["best_test_loss"]), float(loss[0]["final_test_loss"]))

    def test_a_comparison_pairs_by_seed_with_students_interval(self):
        table = list(csv.DictReader(io.StringIO(
            self.succeed("compare", "out", "--by", "training.optimizer.lr", "--metric", "accuracy", "--csv").out)))
        self.assertEqual(len(table), 2)
        rows = self.summary()
        for line in table:
            of = {(row["training.optimizer.lr"], row["seed"]): float(row["final_test_accuracy"]) for row in rows
                  if row["data.partition.alpha"] == line["data.partition.alpha"]}
            differences = [of["0.1", seed] - of["0.01", seed] for seed in "123"]
            mean, sd = statistics.mean(differences), statistics.stdev(differences)
            half = 4.302652729911275 * sd / math.sqrt(3)  # two degrees of freedom: 0.95 sqrt(2 / (1 - 0.95^2))
            self.assertEqual((line["training.optimizer.lr"], line["baseline"], line["n"], line["n_missing"]), ("0.1", "0.01", "3", "0"))
            self.assertAlmostEqual(float(line["difference"]), mean, 6)
            self.assertAlmostEqual(float(line["low_95"]), mean - half, 5)
            self.assertAlmostEqual(float(line["high_95"]), mean + half, 5)
        shown = self.succeed("compare", "out", "--by", "training.optimizer.lr", "--baseline", "0.1").out
        self.assertRegex(shown.splitlines()[0], r"n +n_missing +mean_final_test_accuracy .* difference +low_95 +high_95$")

    def test_a_comparison_of_what_is_not_swept_is_refused(self):
        for words, message in {
            "--by data.partition.alhpa": '--by data.partition.alhpa: is not swept; did you mean "data.partition.alpha"?',
            "--by seed": "--by seed: seeds are what the pairs are made of; name another key",
            "--by data.partition.alpha --baseline 3": "--baseline 3: is no value of data.partition.alpha; valid here: 0.1, 10",
        }.items():
            self.assertIn(message, self.refuse(2, "compare", "out", *words.split()).err)


if __name__ == "__main__":
    unittest.main()
