"""One run by several ranks of mpirun: the bits of one machine, errors once, the right exit code, a lost rank.

Needs Debian's openmpi-bin and a program built with libopenmpi-dev; all ranks are on this machine.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from driver import FEDTIDE, Driver, call  # noqa: E402

SYNCHRONOUS = "protocol={name: synchronous, cohort: 10, over_selection: 1.5, deadline: 4 s, minimum_reports: 4, retry: 20 s}"
BUFFERED = "protocol={name: buffered, concurrency: 12, buffer: 5}"
CASES = {
    "fedavg": [SYNCHRONOUS],
    "scaffold": ["algorithm.name=scaffold", SYNCHRONOUS],
    "buffered": ["algorithm.name=fedbuff", BUFFERED],
    "compressed": [
        SYNCHRONOUS, "compression={up: {codec: top_k, fraction: 0.1, error_feedback: ef14}, down: {codec: linear}}",
    ],
    "own_models": ["algorithm.name=apfl", SYNCHRONOUS],
    "metrics": ["evaluate.every=1", "evaluate.metrics=[top_2]"],
    "centralized": ["algorithm.name=centralized"],
}


def missing():
    """Why there can be no ranks here; empty when there can."""
    if shutil.which("mpirun") is None:
        return "mpirun not found: apt-get install libopenmpi-dev openmpi-bin, and build again"
    alone = subprocess.run([FEDTIDE, "run", "none.yaml", "--executor", "mpi"], capture_output=True, text=True)
    return "" if "none.yaml" in alone.stderr else "the program is built without MPI"


def mpirun(ranks):
    return ["mpirun", "-np", str(ranks), "--oversubscribe", "--allow-run-as-root", "--bind-to", "none", FEDTIDE]


def descendants(pid):
    out = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True).stdout
    return [int(word) for word in out.split()]


class Mpi(Driver):
    def ranks(self, ranks, *arguments):
        return call([*mpirun(ranks), *map(str, arguments)], self.folder)

    def words(self, place, *overrides):
        return ["run", "stormy.yaml", "-q", "-o", place, "--threads", "1", *overrides]

    def test_any_number_of_ranks_gives_the_bits_of_one_machine(self):
        for name, overrides in CASES.items():
            # Turns that take long enough for the other ranks to come in time.
            overrides = [*overrides, "model={name: mlp, hidden: [100]}", "training.epochs=10", "stop.rounds=25"]
            self.succeed(*self.words(f"{name}-alone", *overrides))
            for ranks in (1, 2, 3):
                with self.subTest(case=name, ranks=ranks):
                    place = f"{name}-{ranks}"
                    result = self.ranks(ranks, *self.words(place, "--executor", "mpi", "--json", *overrides))
                    self.assertEqual(result.code, 0, result)
                    if ranks > 1 and name != "centralized":  # more letters than those that say ready: results
                        self.assertGreater(json.loads(result.out)["ranks"]["letters_in"], 2 * ranks, result)
                    self.assertEqual(self.digest(place), self.digest(f"{name}-alone"))
                    log = (self.folder / place / "metrics.jsonl").read_bytes()
                    self.assertEqual(log, (self.folder / f"{name}-alone/metrics.jsonl").read_bytes())

    def test_errors_are_printed_once_and_end_all_ranks_with_their_code(self):
        self.write("wrong.yaml", "data: {dataset: blobs}\nmodel: {name: mlpp}\nstop: {rounds: 3}\n")
        for words, code, text in (
            (["run", "wrong.yaml", "--executor", "mpi"], 2, "mlpp"),
            (["run", "none.yaml", "--executor", "mpi"], 66, "none.yaml"),
            (["runn", "stormy.yaml"], 2, '"runn"'),
            (["run", "stormy.yaml"], 2, "add --executor mpi, or start it without mpirun"),
            (["sweep", "stormy.yaml", "seed=1,2", "-o", "s"], 2, "start it without mpirun"),
        ):
            with self.subTest(words=words):
                result = self.ranks(3, *words)
                self.assertEqual(result.code, code, result)
                self.assertEqual(len(re.findall(re.escape(text), result.err)), 1, result)

    def test_ranks_with_another_experiment_are_refused(self):
        self.write("go", "#!/bin/sh\nexec $FEDTIDE run stormy.yaml --executor mpi -o run seed=$((1 + ${OMPI_COMM_WORLD_RANK} / 2))\n")
        (self.folder / "go").chmod(0o755)
        result = call([*mpirun(3)[:-1], "./go"], self.folder, {**os.environ, "FEDTIDE": FEDTIDE})
        self.assertEqual(result.code, 2, result)
        self.assertRegex(result.err, r"rank 2 on \S+ has another experiment, and results depend on it")
        self.assertFalse((self.folder / "run").exists())

    def test_help_and_results_come_from_one_rank(self):
        self.assertEqual(self.ranks(3, "--version").out.count("fedtide"), 1)
        result = self.ranks(2, *self.words("run", "--executor", "mpi", "--json"))
        self.assertEqual(result.out.count('"rounds"'), 1)
        self.assertRegex(result.out, r'"ranks": \{\s+"count": 2')

    def test_a_lost_rank_ends_the_run_and_its_checkpoint_is_good(self):
        overrides = ["output.checkpoint=1", "stop.rounds=400", SYNCHRONOUS]
        self.succeed(*self.words("alone", *overrides))
        command = [*mpirun(3), *self.words("run", "--executor", "mpi", *overrides)]
        with open(os.devnull, "wb") as null:
            process = subprocess.Popen(command, cwd=self.folder, stdout=null, stderr=null)
        try:
            self.wait_for_rounds("run", 5)
            os.kill(max(descendants(process.pid)), signal.SIGKILL)
            lost = time.monotonic()
            code = process.wait(timeout=30)
            self.assertLess(time.monotonic() - lost, 10)
            self.assertNotEqual(code, 0)
        finally:
            process.kill()
            process.wait()
        self.assertNotEqual(self.info().get("status"), "complete")
        result = self.ranks(2, "resume", "run", "-q", "--executor", "mpi")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.digest(), self.digest("alone"))

    def test_usr1_stops_all_ranks_at_a_checkpoint(self):
        overrides = ["stop.rounds=400", SYNCHRONOUS]
        self.succeed(*self.words("alone", *overrides))
        process = subprocess.Popen([*mpirun(2), *self.words("run", "--executor", "mpi", *overrides)], cwd=self.folder)
        try:
            self.wait_for_rounds("run", 5)
            process.send_signal(signal.SIGUSR1)
            self.assertEqual(process.wait(timeout=20), 75)
        finally:
            process.kill()
            process.wait()
        self.succeed("resume", "run", "-q", "--executor", "tbb", "--threads", "2")
        self.assertEqual(self.digest(), self.digest("alone"))


if __name__ == "__main__":
    reason = missing()
    if reason:
        print(f"SKIPPED, ranks are not tested: {reason}")
        sys.exit(1 if os.environ.get("CI") and shutil.which("mpirun") else 77)
    unittest.main(verbosity=2)
