"""A run killed at any moment: what is left is whole or absent, says how it stands, and the next run clears it away."""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

import h5py

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from driver import FEDTIDE, Driver, call  # noqa: E402

KILLS = 100
FILES = {".lock", "config.json", "config.yaml", "metrics.jsonl", "run.json", "trajectory.h5"}


class Killed(Driver):
    def words(self, *more):
        return ["run", "stormy.yaml", "-q", "-o", "run", "output.trace=clients", *more]

    def setUp(self):
        super().setUp()
        self.run_folder = self.folder / "run"
        started = time.monotonic()
        self.succeed(*self.words())
        self.seconds = time.monotonic() - started
        self.whole = self.digest()
        self.log = (self.run_folder / "metrics.jsonl").read_bytes()

    def assert_what_is_left(self):
        """Returns whether the run got to its end."""
        trajectory = self.run_folder / "trajectory.h5"
        if trajectory.exists():
            with h5py.File(trajectory) as file:
                # Reading checks the checksum of every chunk.
                file.visititems(lambda _, item: item[()] if isinstance(item, h5py.Dataset) else None)
            self.assertEqual(self.digest(), self.whole)
        log = self.run_folder / "metrics.jsonl"
        if log.exists():
            left = log.read_bytes()
            self.assertTrue(self.log.startswith(left), "torn at the end at worst, and nowhere else")
        for name in ("run.json", "config.json"):
            path = self.run_folder / name
            if path.exists():
                json.loads(path.read_text())
        complete = (self.run_folder / "run.json").exists() and self.info()["status"] == "complete"
        self.assertFalse(complete and not trajectory.exists(), "complete means that the trajectory is there")
        return complete

    def assert_cleared(self):
        self.succeed(*self.words("--force"))
        self.assertEqual(self.digest(), self.whole)
        self.assertEqual({path.name for path in self.run_folder.iterdir()}, FILES)

    def test_at_any_time(self):
        draw = random.Random(20)
        killed = incomplete = 0
        for i in range(KILLS):
            # Over an older run in turns: it must not be mistaken for the new one.
            if i % 2:
                shutil.rmtree(self.run_folder, ignore_errors=True)
            command = [FEDTIDE, *self.words("--force")]
            process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(draw.uniform(0, 1.1 * self.seconds))
            process.kill()
            code = process.wait()
            self.assertIn(code, (0, -signal.SIGKILL))
            killed += code != 0
            incomplete += not self.assert_what_is_left()
        self.assertGreater(killed, KILLS // 4, "the kills came too late to mean anything")
        self.assertGreater(incomplete, KILLS // 8, "the kills came too late to mean anything")
        self.assert_cleared()

    def test_at_every_change_of_a_name_and_every_sync(self):
        """Killed as it enters the n-th of these calls, for all n."""
        if shutil.which("strace") is None:
            self.skipTest("NOT TESTED: strace is not installed")
        calls = "fsync,rename,unlink,unlinkat,mkdir,ftruncate"
        for n in range(1, 200):
            inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={calls}:signal=KILL:when={n}"]
            result = call([*inject, FEDTIDE, *self.words("--force")], self.folder)
            if result.code == 0:
                break
            if "strace" in result.err:
                self.skipTest(f"NOT TESTED: {result.err}")
            self.assert_what_is_left()
            self.succeed(*self.words("--force"))
            self.assertEqual({path.name for path in self.run_folder.iterdir()}, FILES)
        self.assertGreater(n, 15)
        self.assertLess(n, 199)
        self.assert_cleared()


if __name__ == "__main__":
    unittest.main()
