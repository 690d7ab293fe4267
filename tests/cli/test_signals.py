"""Stopping a run: what it did is kept, and said; a second signal leaves at once. So are runs that fail on their own."""

import json
import os
import pty
import shutil
import signal
import subprocess
import time
import unittest

import h5py

from driver import Driver

# One turn takes seconds of computing.
SLOW = """\
data: {dataset: blobs, clients: 4, samples: 4000, features: 400}
model: {name: mlp, hidden: [200, 200]}
training: {epochs: 4}
protocol: {cohort: 4}
stop: {rounds: 1000000}
"""


FILES = {".lock", "config.json", "config.yaml", "metrics.jsonl", "run.json", "trajectory.h5"}


class Signals(Driver):
    def stop(self, *arguments, sent=signal.SIGTERM, at=None, limit=5.0):
        """Sends a signal (after 3 rounds, or after `at` seconds); exit code, stdout and stderr of the program."""
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        with self.running("run", *arguments, "-o", "run", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            if at is None:
                self.wait_for_rounds("run")
            else:
                time.sleep(at)
                self.wait_for((self.folder / "run/run.json").exists, "the start of the run")
            started = time.monotonic()
            process.send_signal(sent)
            out, err = (text.decode() for text in process.communicate(timeout=60))
            self.assertLess(time.monotonic() - started, limit)
            return process.returncode, out, err

    def rows(self):
        return [json.loads(line) for line in (self.folder / "run/metrics.jsonl").read_text().splitlines()]

    def assert_kept(self):
        """The stopped run is whole up to its last round."""
        info = self.info()
        self.assertEqual((info["status"], info["exit_code"]), ("stopped", 75))
        self.assertRegex(info["reason"], r"^interrupted at [\d.]+ s of virtual time$")
        self.assertIsNotNone(info["ended"])
        with h5py.File(self.folder / "run/trajectory.h5") as file:
            self.assertEqual(file.attrs["status"], "stopped")
            self.assertEqual(list(file["round"]), [row["round"] for row in self.rows()])
            self.assertEqual(file["model"].attrs["version"], max(file["round"], default=0))
        self.digest()
        names = {path.name for path in (self.folder / "run").iterdir()}
        # Where anything had a value, a checkpoint has it.
        self.assertEqual(names, FILES | {"checkpoint", "checkpoint.rows"} if self.rows() else FILES)

    def test_a_signal_ends_a_run_with_all_that_it_did(self):
        for sent in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(sent):
                code, out, err = self.stop("endless.yaml", sent=sent)
                self.assertEqual(code, 75, err)
                self.assertIn("stopping; once more leaves at once\n", err)
                self.assertTrue(out.startswith("stopped "), out)
                self.assert_kept()

    def test_a_signal_counts_at_any_moment(self):
        """Loading, the first round, evaluation; with threads and without."""
        for i, at in enumerate((0, 0.01, 0.03, 0.1, 0.2)):
            executor = ("tbb", "inline")[i % 2]
            code, _, err = self.stop("endless.yaml", "-q", "--executor", executor, "evaluate.every=1", at=at)
            self.assertEqual((code, err), (75, ""), "quiet is quiet")
            self.assert_kept()

    def test_a_run_without_training_is_stopped_too(self):
        code, _, err = self.stop("endless.yaml", "timing=only", "output.trace=clients")
        self.assertEqual(code, 75, err)
        self.assertEqual(self.info()["status"], "stopped")
        with h5py.File(self.folder / "run/trajectory.h5") as file:
            self.assertEqual(len(file["round"]), len(self.rows()))
            self.assertGreater(len(file["trace/client"]), 0)

    def test_a_signal_during_long_local_training_ends_the_run_in_seconds(self):
        self.write("slow.yaml", SLOW)
        code, _, err = self.stop("slow.yaml", at=1.0)
        self.assertEqual(code, 75, err)
        self.assert_kept()

    def test_a_second_signal_leaves_at_once(self):
        self.write("slow.yaml", SLOW)
        for second, expected in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.running("run", "slow.yaml", "training.epochs=100000", "-o", "run", "--force") as process:
                self.wait_for((self.folder / "run/metrics.jsonl").exists, "the first round")
                time.sleep(0.3)
                process.send_signal(signal.SIGINT)
                time.sleep(0.1)
                started = time.monotonic()
                process.send_signal(second)
                self.assertEqual(process.wait(60), expected)
                self.assertLess(time.monotonic() - started, 1)
            self.assertFalse((self.folder / "run/trajectory.h5").exists())
            self.assertEqual(self.info()["status"], "running")
            # What is left is told from a run that goes on, and can be replaced.
            refusal = self.refuse(73, "run", "stormy.yaml", "-q", "-o", "run").err
            self.assertIn("run: holds a run of another experiment: ", refusal)
            self.succeed("run", "stormy.yaml", "-q", "-o", "run", "--force")

    def test_ctrl_c_on_a_terminal_does_not_spoil_its_line(self):
        leader, follower = pty.openpty()
        with self.running("run", "endless.yaml", "-o", "run", stderr=follower) as process:
            os.close(follower)
            self.wait_for_rounds("run")
            process.send_signal(signal.SIGINT)
            shown = b""
            try:
                while piece := os.read(leader, 4096):
                    shown += piece
            except OSError:  # how Linux says that the other side is closed
                pass
            os.close(leader)
            self.assertEqual(process.wait(), 75)
        self.assertIn(b"\r\nstopping; once more leaves at once\r\n", shown)
        self.assertTrue(shown.endswith(b"\r\n"), shown)


class Failures(Driver):
    def test_divergence_is_a_failure_that_names_the_client_and_keeps_the_file(self):
        words = ["run", "stormy.yaml", "-q", "-o", "run", "training.optimizer.lr=1e30"]
        result = self.fedtide(*words)
        self.assertEqual(result.code, 1, result)
        message = r"diverged: the update of client \d+ for round \d+ is not finite; a lower \S+\.lr may help"
        self.assertRegex(result.out, rf"^failed          {message}\n")
        info = self.info()
        self.assertEqual((info["status"], info["exit_code"]), ("failed", 1))
        self.assertRegex(info["reason"], f"^{message}$")
        with h5py.File(self.folder / "run/trajectory.h5") as file:
            self.assertEqual(file.attrs["status"], "failed")
        # NaN and infinity are no JSON.
        for row in (self.folder / "run/metrics.jsonl").read_text().splitlines():
            json.loads(row, parse_constant=self.fail)
        summary = json.loads(self.fedtide(*words, "--json", "--force").out, parse_constant=self.fail)
        self.assertEqual(summary["status"], "failed")

    def test_where_nobody_ever_reports_the_run_gives_up(self):
        nobody = ["fleet.dropout.probability=1", "protocol.give_up=50"]
        result = self.fedtide("run", "stormy.yaml", "-q", "-o", "run", *nobody)
        self.assertEqual(result.code, 1, result)
        self.assertIn("gave up after 50 rounds or selections in a row that failed", result.out)
        self.assertEqual(self.info()["status"], "failed")
        self.digest()


if __name__ == "__main__":
    unittest.main()
