"""The command line that draws: runs that are not finished, files that are none, wrong use, the examples of its help."""

import os
import subprocess
import sys
import unittest

import fake_run
from fedtide import plot
from plotting import SCRIPTS, Folder, call, shell


class Unfinished(Folder):
    def test_a_run_in_progress_is_drawn_and_its_reader_told(self):
        self.write("run", status="running")
        with open(self.at("run/metrics.jsonl"), "a", encoding="utf-8") as file:
            file.write('{"round": 13, "ti')
        code, _, err = call(self.folder, "curve", "run")
        self.assertEqual((code, err), (0, "plot: run: is running, not complete\n"))
        self.drawn("curve")

    def test_the_report_of_a_run_in_progress_leaves_out_what_is_not_there_yet(self):
        self.write("run", status="running")
        code, out, err = call(self.folder, "report", "run")
        self.assertEqual((code, len(out.splitlines()), len(err.splitlines())), (0, 6, 1), err)
        self.assertIn("no partition", err)
        self.drawn("run/plots/outcomes")

    def test_a_run_without_a_round(self):
        fake_run.write_json(self.at("run"), "run.json", {"status": "running"})
        self.refused(66, "run: has no evaluated round yet (status: running)", "curve", "run")
        self.refused(66, "run: has no round yet (status: running)", "outcomes", "run")
        self.refused(66, "run: has no evaluated round yet (status: running)", "report", "run")
        self.assertRegex(call(self.folder, "summary", "run")[1].splitlines()[1], r"^run +running +0 +- +- ")

    def test_a_run_without_a_trace(self):
        self.write("run", status="running")
        self.refused(66, "holds no trace (set output.trace: clients", "timeline", "run")


class Refusals(Folder):
    def test_a_damaged_file(self):
        self.write("run")
        with open(self.at("run/trajectory.h5"), "r+b") as file:
            file.truncate(5000)
        for command in ("curve", "partition", "outcomes", "timeline", "summary", "report"):
            self.refused(65, "run/trajectory.h5: is damaged or not HDF5", command, "run")

    def test_counts_that_are_none(self):
        for name, text, message in (
            ("a.csv", "", "line 1: found '', expected client,label_0,... or client,samples"),
            ("a.csv", "client,label_1\n0,3\n", "line 1: found 'client,label_1', expected"),
            ("a.csv", "client,label_0\n0,3,4\n", "line 2: expected a client and 1 whole numbers"),
            ("a.csv", "client,label_0\n0,3\n1,-4\n", "line 3: expected a client and 1 whole numbers"),
            ("a.csv", "client,label_0\n", "its counts are no table"),
            ("a.json", "{}", 'has no "train_samples_of_client"'),
            ("a.json", '{"train_samples_of_client": [1, "x"]}', "has a count that is no whole number"),
            ("a.json", '{"train_samples_of_client": [1], "label_count": [[1], [2, 3]]}', "its counts are no table"),
            ("a.json", '{"train_samples_of_client": [1], "label_count": [[1], [2]]}', "has counts of 2 clients and sizes of 1"),
        ):
            with open(self.at(name), "w", encoding="utf-8") as file:
                file.write(text)
            self.refused(65, f"{name}: {message}", "partition", name)

    def test_what_is_not_there(self):
        self.refused(66, "plot: nowhere: does not exist", "curve", "nowhere")

    def test_what_cannot_be_written(self):
        self.write("run")
        self.refused(73, "/dev/null/x: cannot be written", "outcomes", "run", "--out", "/dev/null/x")

    def test_wrong_use(self):
        self.write("run")
        self.refused(
            2,
            'no run has the key "algorithm.nam" (keys here: name, seed, data.dataset',
            "curve",
            "run",
            "--group-by",
            "algorithm.nam",
        )
        self.refused(2, '--clients: got "9-3"', "timeline", "run", "--clients", "9-3")
        for arguments in (["curve", "run", "--x", "epoch"], ["partition", "run", "--clients", "0"], ["curve"], []):
            code, _, err = call(self.folder, *arguments)
            self.assertEqual(code, 2)
            self.assertNotIn("Traceback", err)

    def test_a_reader_that_leaves_early_is_no_error(self):
        self.write("run")
        code, _, err = shell(self.folder, f"plot summary {' run' * 50} | head -1; exit ${{PIPESTATUS[0]}}")
        self.assertEqual((code, err), (0, ""))


class Help(Folder):
    def test_every_example_of_the_help_works(self):
        for seed, name in enumerate(
            ("results/quickstart", "results/alpha", "out/a", "out/b", "out/c", "out/sweep/runs/0-x"), 1
        ):
            self.write(name, seed)
        self.write("results/google-fl")
        fake_run.add_traffic(self.at("results/google-fl"))
        tables = fake_run.plausible(1, rounds=12, every=3, clients=200)
        fake_run.add_energy(tables)
        fake_run.write_run(self.at("results/phones-energy"), tables, fake_run.config())
        examples = [
            line.strip() for text in plot.EXAMPLES.values() for line in text.splitlines() if line.startswith("  plot ")
        ]
        self.assertGreater(len(examples), 8)
        for example in examples:
            code, _, err = shell(self.folder, example)
            self.assertEqual(code, 0, example + err)

    def test_help_shows_the_examples_and_the_module_runs_too(self):
        for command in plot.EXAMPLES:
            arguments = ["--help"] if command is None else [command, "--help"]
            code, out, _ = call(self.folder, *arguments)
            self.assertEqual(code, 0)
            self.assertIn("examples:\n  plot ", out)
            self.assertTrue(all(len(line) <= 110 for line in out.splitlines()))
        environment = dict(os.environ, PYTHONPATH=SCRIPTS)
        done = subprocess.run(
            [sys.executable, "-m", "fedtide.plot", "--help"], env=environment, capture_output=True, timeout=60
        )
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
