"""Disks that are full or broken: exit code 74, a message with the path and the reason, and nothing half written."""

import contextlib
import os
import resource
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import h5py

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from driver import FEDTIDE, Driver, call  # noqa: E402


class FullDisk(Driver):
    def assert_failed_cleanly(self, result, place, *reasons):
        self.assertEqual(result.code, 74, result)
        self.assertRegex(result.err, rf"^error: {place}\S*: cannot [^\n]*\n$")
        self.assertTrue(any(reason in result.err for reason in reasons), result.err)
        self.assertNotIn("bug", result.err)
        run = self.folder / place
        self.assertFalse((run / "trajectory.h5").exists())
        left = [path.name for path in run.glob(".*") if path.name != ".lock"]
        self.assertEqual(left, [], "temporaries are gone")

    @contextlib.contextmanager
    def small_disk(self, kilobytes):
        if os.getuid() != 0:
            self.skipTest("NOT TESTED: needs root to mount a small disk")
        place = self.folder / "disk"
        place.mkdir(exist_ok=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", place]
        mount = subprocess.run(mount, capture_output=True)
        if mount.returncode != 0:
            self.skipTest(f"NOT TESTED: {mount.stderr.decode()}")
        try:
            yield
        finally:
            subprocess.run(["umount", place], check=True)

    def test_a_disk_that_fills_up_at_any_stage(self):
        """A run needs some 300 kB; a page is 4 kB."""
        failed = 0
        for kilobytes in (4, 8, 12, 16, 20, 24, 40, 64, 100, 150, 200, 1000):
            with self.subTest(kilobytes), self.small_disk(kilobytes):
                result = self.fedtide("run", "stormy.yaml", "-q", "-o", "disk/run", "output.trace=clients")
                if result.code == 0:
                    self.digest("disk/run")
                    continue
                failed += 1
                self.assert_failed_cleanly(result, "disk/run", "No space left on device; free some space")
        self.assertGreater(failed, 5)
        self.assertLess(failed, 12)

    def test_a_disk_that_fills_up_while_a_run_replaces_another(self):
        with self.small_disk(1000):
            self.succeed("run", "stormy.yaml", "-q", "-o", "disk/run")
            old = self.digest("disk/run")
            with open(self.folder / "disk/filler", "wb") as filler, contextlib.suppress(OSError):
                filler.write(bytes(10**6))
            words = ["run", "stormy.yaml", "-q", "-o", "disk/run", "--force", "output.trace=clients", "stop.rounds=500"]
            result = self.fedtide(*words)
            if self.info("disk/run")["status"] == "complete":  # not even begun: the old run is untouched
                self.assertEqual(result.code, 74, result)
                self.assertIn("No space left on device", result.err)
                self.assertEqual(self.digest("disk/run"), old)
            else:
                self.assert_failed_cleanly(result, "disk/run", "No space left on device")
            (self.folder / "disk/filler").unlink()
            self.succeed("run", "stormy.yaml", "-q", "-o", "disk/run", "--force")
            self.digest("disk/run")

    def test_a_limit_of_file_sizes(self):
        for kilobytes in (0, 1, 4, 40, 100):
            with self.subTest(kilobytes):
                shutil.rmtree(self.folder / "run", ignore_errors=True)
                with open(self.folder / "err", "w+") as err:
                    process = subprocess.run(
                        [FEDTIDE, "run", "stormy.yaml", "-q", "-o", "run"], cwd=self.folder, stderr=subprocess.PIPE,
                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1000,) * 2),
                    )  # fmt: skip
                message = process.stderr.decode()
                self.assertEqual(process.returncode, 74, message)
                self.assertRegex(message, r"^error: run/\S+: cannot [^\n]*: File too large; raise the limit of file")

    def test_an_error_of_the_disk_at_every_call_that_can_have_one(self):
        """The n-th of these calls on the run's files fails, for all n."""
        if shutil.which("strace") is None:
            self.skipTest("NOT TESTED: strace is not installed")
        kinds = (("fsync", "EIO"), ("rename", "EIO"), ("pwrite64", "ENOSPC"), ("ftruncate", "ENOSPC"))
        for calls, error in kinds:
            # HDF5 makes many small writes; each tenth will do.
            for n in (*range(1, 20), *range(20, 2000, 10)):
                with self.subTest(calls=calls, n=n):
                    shutil.rmtree(self.folder / "run", ignore_errors=True)
                    inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={calls}:error={error}:when={n}"]
                    result = call([*inject, FEDTIDE, "run", "stormy.yaml", "-q", "-o", "run"], self.folder)
                    if result.code == 0:
                        self.digest("run")
                        break
                    if "strace" in result.err:
                        self.skipTest(f"NOT TESTED: {result.err}")
                    self.assertIn(result.code, (66, 73, 74), result)
                    self.assertRegex(result.err, r"^error: [^\n]+\n$")
                    self.assertNotIn("bug", result.err)
                    trajectory = self.folder / "run/trajectory.h5"
                    if trajectory.exists():
                        with h5py.File(trajectory) as file:
                            file.visititems(lambda _, item: item[()] if isinstance(item, h5py.Dataset) else None)
            self.assertGreater(n, 1, f"{calls}: no call was hit")
            self.assertLess(n, 1000)

    def test_a_directory_that_goes_away(self):
        words = ["run", "endless.yaml", "-q", "-o", "run", "stop.rounds=300"]
        with self.running(*words, stderr=subprocess.PIPE) as process:
            self.wait_for_rounds("run")
            shutil.rmtree(self.folder / "run", ignore_errors=True)
            _, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 74, err)
            self.assertRegex(err.decode(), r"^error: run/\S+: cannot ")


if __name__ == "__main__":
    unittest.main()
