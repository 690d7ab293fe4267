"""The command line that draws: what it writes, what its CSV says, how it refuses, and that the examples of its help work."""

import contextlib
import csv
import io
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest

import numpy as np

import fake_run
from fedtide import plot

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts")


def call(folder, *arguments):
    """Exit code, stdout and stderr of the command in a folder; in this process, since importing matplotlib takes a second."""
    out, err, before = io.StringIO(), io.StringIO(), os.getcwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = plot.main(arguments)
    except SystemExit as end:  # argparse
        code = end.code
    finally:
        os.chdir(before)
    return code, out.getvalue(), err.getvalue()


def shell(folder, command):
    """The same of a shell command in which `plot` is scripts/plot."""
    command = re.sub(r"^plot\b", os.path.join(SCRIPTS, "plot"), command)
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Folder(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name

    def at(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, seed=1, status="complete", **settings):
        tables = fake_run.plausible(seed, rounds=12, every=3, clients=200)
        fake_run.write_run(self.at(name), tables, fake_run.config(seed, **settings), status)
        return tables

    def drawn(self, stem):
        """PDF, PNG and CSV are there, and the PNG is a picture of the width of a column or of a page at 300 dots an inch."""
        with open(self.at(stem + ".png"), "rb") as file:
            content = file.read()
        width, height = struct.unpack(">II", content[16:24])
        self.assertEqual(content[:8], b"\x89PNG\r\n\x1a\n")
        self.assertIn(width, (int(3.4 * 300), int(1.25 * 3.4 * 300), 7 * 300))
        self.assertGreater(height, 300)
        self.assertGreater(len(content), 8000)
        with open(self.at(stem + ".pdf"), "rb") as file:
            content = file.read()
        self.assertTrue(content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF"))
        self.assertGreater(len(content), 5000)
        self.assertGreater(len(rows_of(self.at(stem + ".csv"))), 1)

    def refused(self, code, words, *arguments):
        """This exit code, nothing on stdout, and one line on stderr that holds the words."""
        found, out, err = call(self.folder, *arguments)
        self.assertEqual((found, out), (code, ""), err)
        self.assertEqual(len(err.splitlines()), 1, err)
        self.assertIn(words, err)


class Pictures(Folder):
    def test_report_draws_the_three_standard_pictures(self):
        self.write("run")
        code, out, err = call(self.folder, "report", "run", "--out", "pictures")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.splitlines(), [f"pictures/{name}.{kind}" for name in ("curves", "partition", "outcomes")
                                            for kind in ("pdf", "png", "csv")])  # fmt: skip
        for name in ("curves", "partition", "outcomes"):
            self.drawn(f"pictures/{name}")
        panels = {row["x_name"] for row in rows_of(self.at("pictures/curves.csv"))}
        self.assertEqual(panels, {"round", "time_s", "bytes"})

    def test_every_kind_of_picture_is_drawn(self):
        self.write("a", 1)
        self.write("b", 2)
        kinds = {
            "curve": ["curve", "a", "b", "--x", "bytes", "--y", "train_loss", "--band", "ci"],
            "three": ["curve", "a", "b", "--x", "round,time,bytes_up", "--y", "loss", "--band", "none"],
            "heatmap": ["partition", "a", "--clients", "50"],
            "bars": ["partition", "a", "--kind", "bars"],
            "sizes": ["partition", "a", "--kind", "sizes"],
            "outcomes": ["outcomes", "a"],
            "timeline": ["timeline", "a", "--clients", "0-30", "--rounds", "2-6"],
        }
        for stem, arguments in kinds.items():
            code, _, err = call(self.folder, *arguments, "--out", stem)
            self.assertEqual((code, err), (0, ""), stem)
            self.drawn(stem)

    def test_the_same_numbers_make_the_same_files(self):
        self.write("run")
        for stem in ("one", "two"):
            call(self.folder, "outcomes", "run", "--out", stem)
        for kind in ("pdf", "png", "csv"):
            with open(self.at(f"one.{kind}"), "rb") as one, open(self.at(f"two.{kind}"), "rb") as two:
                self.assertEqual(one.read(), two.read(), kind)

    def test_an_extension_in_the_stem_is_dropped_and_folders_are_made(self):
        self.write("run")
        call(self.folder, "outcomes", "run", "--out", "new/folder/ends.v1.png")
        self.drawn("new/folder/ends.v1")


class Numbers(Folder):
    def test_the_csv_has_the_mean_and_the_sd_over_seeds(self):
        made = [self.write(f"run{seed}", seed) for seed in (1, 2, 3)]
        code, _, err = call(self.folder, "curve", "run1", "run2", "run3")
        self.assertEqual((code, err), (0, ""))
        rows = rows_of(self.at("curve.csv"))
        values = np.array([tables["evaluation"]["test_accuracy"] for tables in made])
        self.assertEqual([int(row["x"]) for row in rows], [0, 3, 6, 9, 12])
        self.assertEqual({(row["label"], row["n"], row["y_name"]) for row in rows}, {("fedavg", "3", "test_accuracy")})
        mean = values.sum(axis=0) / 3
        sd = (((values - mean) ** 2).sum(axis=0) / 2) ** 0.5
        np.testing.assert_allclose([float(row["mean"]) for row in rows], mean, rtol=1e-13)
        np.testing.assert_allclose([float(row["sd"]) for row in rows], sd, rtol=1e-11)
        np.testing.assert_allclose([float(row["high"]) for row in rows], mean + sd, rtol=1e-13)

    def test_the_csv_of_one_run_is_exact_and_has_no_sd(self):
        made = self.write("run")
        call(self.folder, "curve", "run", "--x", "time", "--y", "loss")
        rows = rows_of(self.at("curve.csv"))
        self.assertEqual([float(row["x"]) for row in rows], made["evaluation"]["time_s"].tolist())
        self.assertEqual([float(row["mean"]) for row in rows], made["evaluation"]["test_loss"].tolist())
        self.assertEqual({row["sd"] for row in rows}, {""})

    def test_the_outcomes_add_up_to_what_was_dispatched(self):
        made = self.write("run")
        call(self.folder, "outcomes", "run")
        rows = rows_of(self.at("outcomes.csv"))
        names = set(rows[0]) - {"first_round", "last_round"}
        self.assertEqual([sum(float(row[name]) for name in names) for row in rows], made["rounds"]["dispatched"].tolist())

    def test_the_partition_s_csv_is_the_shards_of_the_clients_it_shows(self):
        made = self.write("run")
        call(self.folder, "partition", "run", "--clients", "40")
        rows = rows_of(self.at("partition.csv"))
        self.assertEqual(len({row["client"] for row in rows}), 40)
        for row in rows:
            expected = made["partition"]["label_count"][int(row["client"])].tolist()
            self.assertEqual([int(row[f"label_{i}"]) for i in range(10)], expected)

    def test_the_timeline_s_csv_names_how_turns_end(self):
        made = self.write("run")["trace"]
        call(self.folder, "timeline", "run", "--rounds", "2")
        rows = rows_of(self.at("timeline.csv"))
        expected = {(c, fake_run.OUTCOMES[o]) for r, c, o in zip(made["round"], made["client"], made["outcome"]) if r == 2}
        self.assertTrue({(int(row["client"]), row["outcome"]) for row in rows} <= expected)
        self.assertEqual(len(rows), 20)

    def test_the_target_s_table_counts_the_runs_that_reach_it(self):
        for seed in (1, 2):
            self.write(f"run{seed}", seed)
        code, out, _ = call(self.folder, "curve", "run1", "run2", "--target", "0.12")
        self.assertEqual(code, 0)
        self.assertIn("test_accuracy >= 0.12 (raw curve)", out)
        self.assertRegex(out, r"fedavg: 3 ± 0 rounds, .* \(2 of 2 runs\)")
        self.assertIn("fedavg: never (2 of 2 runs)", call(self.folder, "curve", "run1", "run2", "--target", "0.99")[1])

    def test_the_summary_has_a_line_a_run(self):
        made = self.write("run")
        self.write("other", status="running")
        code, out, _ = call(self.folder, "summary", "run", "other")
        lines = out.splitlines()
        self.assertEqual((code, len(lines)), (0, 3))
        self.assertRegex(lines[1], r"^run +complete +12 ")
        self.assertRegex(lines[2], r"^other +running +12 ")
        exact = list(csv.DictReader(call(self.folder, "summary", "run", "--csv")[1].splitlines()))[0]
        self.assertEqual(float(exact["final_accuracy"]), made["evaluation"]["test_accuracy"][-1])
        self.assertEqual(int(exact["bytes_up"]), made["rounds"]["bytes_up"][-1])
        rounds = made["rounds"]
        wasted = (rounds["wasted_bytes_down"] + rounds["wasted_bytes_up"]).sum()
        self.assertAlmostEqual(float(exact["wasted_share"]), wasted / (rounds["bytes_up"] + rounds["bytes_down"])[-1], 14)


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

    def test_what_is_not_there(self):
        self.refused(66, "plot: nowhere: does not exist", "curve", "nowhere")

    def test_what_cannot_be_written(self):
        self.write("run")
        self.refused(73, "/dev/null/x: cannot be written", "outcomes", "run", "--out", "/dev/null/x")

    def test_wrong_use(self):
        self.write("run")
        self.refused(2, 'no run has the key "algorithm.nam" (keys here: name, seed, data.dataset', "curve", "run",
                     "--group-by", "algorithm.nam")  # fmt: skip
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
        for seed, name in enumerate(("results/quickstart", "results/alpha", "out/a", "out/b", "out/c", "out/sweep/runs/0-x"), 1):
            self.write(name, seed)
        examples = [line.strip() for text in plot.EXAMPLES.values() for line in text.splitlines() if line.startswith("  plot ")]
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
        done = subprocess.run([sys.executable, "-m", "fedtide.plot", "--help"], env=environment, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
