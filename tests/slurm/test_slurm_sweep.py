"""A sweep as job arrays on a Slurm of one node: chunks, and what a cluster does to jobs; the bits are those of a local sweep."""

import json
import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from cluster import Cluster, missing  # noqa: E402
from driver import Driver  # noqa: E402

RUNS = 24
# Some seconds a run, so that there is a middle to be caught in.
WORK = """\
name: work
data: {dataset: blobs, clients: 40, samples: 4000}
model: {name: mlp, hidden: [32]}
stop: {rounds: 6000}
output: {checkpoint: 500}
sweep:
  grid: {training.optimizer.lr: [0.01, 0.02, 0.05, 0.1], data.partition: [{scheme: iid}, {scheme: shards}]}
  seeds: 3
"""


class Slurm(Driver):
    max_array_size = 10

    def setUp(self):
        super().setUp()
        self.write("work.yaml", WORK)
        self.cluster = Cluster(self.folder / "slurm", self.max_array_size)
        self.addCleanup(self.cluster.stop)
        self.cluster.start()

    def sweep(self, *words, code=0):
        result = self.fedtide("sweep", *words, env=self.cluster.environment)
        self.assertEqual(result.code, code, result)
        return result.out + result.err

    def rows(self, folder="out"):
        return json.loads(self.fedtide("status", folder, "--json", env=self.cluster.environment).out)

    def states(self, folder="out"):
        return [row["status"] for row in self.rows(folder)]

    def wait_until_empty(self, limit=240):
        """Until no task is queued; those that come back are hurried."""
        deadline = time.monotonic() + limit
        while self.cluster.queue():
            self.assertLess(time.monotonic(), deadline, f"{self.cluster.queue()}\n{self.cluster.call('scontrol', 'show', 'job')}\n{self.logs()}")
            self.cluster.hurry()
            time.sleep(0.5)

    def logs(self):
        return "".join(f"{path.name}: {path.read_text()}" for path in sorted((self.folder / "out/slurm/logs").glob("*.log")))

    def running_tasks(self):
        return [task for task, state in self.cluster.queue().items() if state == "RUNNING"]

    def wait_for_a_run(self):
        """A task in the middle of its run."""
        def found():
            return [row for row in self.rows() if row["status"] == "running" and row["rounds"] > 20]
        self.cluster.until("a run in its middle", found)
        return found()[0]

    def process_of(self, row):
        return int((self.folder / "out/runs" / row["run"] / ".lock").read_text().split()[0])

    def digests(self, folder):
        return {path.name: self.digest(path) for path in sorted((self.folder / folder / "runs").iterdir())}


class Arrays(Slurm):
    def test_chunks_cover_each_run_once_and_the_same_command_submits_none_twice(self):
        words = ["work.yaml", "-o", "out", "--launcher", "slurm", "stop.rounds=3", "-j", "2"]
        printed = self.sweep(*words, "--print")
        self.assertFalse((self.folder / "out").exists(), "printing makes nothing")
        calls = [line for line in printed.splitlines() if line.startswith("# sbatch ")]
        self.assertEqual([line.split("--array=")[1].split()[0] for line in calls], ["0-9%2", "0-9%2", "0-3%2"])
        self.cluster.call("scontrol", "update", "PartitionName=low", "State=DOWN")
        submitted = self.sweep(*words)
        self.assertIn(f"{RUNS} runs submitted", submitted)
        self.assertEqual(len(self.cluster.queue()), RUNS)
        again = self.sweep(*words)
        self.assertIn(f"{RUNS} runs are queued already\nnothing to submit", again)
        self.assertEqual({row["reason"] for row in self.rows()}, {"slurm: PENDING"})
        self.cluster.call("scontrol", "update", "PartitionName=low", "State=UP")
        self.wait_until_empty()
        self.assertEqual(self.states(), ["complete"] * RUNS, self.logs())
        self.assertIn("nothing to submit", self.sweep(*words))

    def test_runs_share_a_task_and_the_header_of_the_site_is_in_the_script(self):
        self.write("site.txt", "#SBATCH --comment=ours\nexport FROM_SITE=yes\n")
        words = ["work.yaml", "-o", "out", "--launcher", "slurm", "stop.rounds=3"]
        self.assertIn("error: nowhere.txt: ", self.sweep(*words, "--sbatch-header", "nowhere.txt", code=66))
        self.sweep(*words, "--runs-per-task", "9", "--sbatch-header", "site.txt", "--threads", "2")
        self.assertEqual(len(self.cluster.queue()), 3)
        job = next(iter(self.cluster.queue()))
        self.assertIn("Comment=ours", self.cluster.call("scontrol", "show", "job", job, "-o"))
        self.wait_until_empty()
        self.assertEqual(self.states(), ["complete"] * RUNS, self.logs())
        self.assertEqual(self.info(f"out/runs/{self.rows()[0]['run']}")["threads"], 2)

    def test_where_slurm_does_not_answer_nothing_is_lost_and_it_is_said(self):
        words = ["work.yaml", "-o", "out", "--launcher", "slurm", "stop.rounds=3", "--only", "1-3"]
        nothing = {**os.environ, "PATH": "/nowhere"}
        result = self.fedtide("sweep", *words, env=nothing)
        self.assertEqual((result.code, result.err), (1, "error: scontrol: is not installed here, or not in the PATH\n"))
        printed = self.fedtide("sweep", *words, "--print", env=nothing)
        self.assertEqual(printed.code, 0)
        self.assertIn("MaxArraySize is taken as 1001", printed.err)
        self.sweep(*words)
        state = self.fedtide("status", "out", env=nothing)
        self.assertEqual(state.code, 0, state)
        self.assertIn("note: squeue: is not installed here, or not in the PATH; what is queued is not known\n", state.err)
        self.wait_until_empty()
        self.assertEqual(self.states()[:4], ["complete"] * 3 + ["pending"])

    def test_a_refusal_says_what_was_submitted_before_and_the_same_command_submits_the_rest(self):
        words = ["work.yaml", "-o", "out", "--launcher", "slurm", "stop.rounds=3"]
        self.write("site.txt", "#SBATCH --no-such-option\n")
        refused = self.sweep(*words, "--sbatch-header", "site.txt", code=1)
        self.assertRegex(refused, r"error: sbatch: refused tasks 1 to 10 of 24: .*no-such-option.*; none was submitted; "
                         r"the same command again submits the rest\n$")
        # A site that takes one array and no other.
        real = subprocess.run(["which", "sbatch"], capture_output=True, text=True, check=True).stdout.strip()
        script = self.write("bin/sbatch", f'#!/bin/sh\n[ -e taken ] && echo "too many jobs" >&2 && exit 1\ntouch taken\nexec {real} "$@"\n')
        script.chmod(0o755)
        limited = {**self.cluster.environment, "PATH": f"{self.folder / 'bin'}:{self.cluster.environment['PATH']}"}
        result = self.fedtide("sweep", *words, env=limited)
        self.assertEqual(result.code, 1, result)
        self.assertRegex(result.err, r"refused tasks 11 to 20 of 24: too many jobs; submitted before: job \d+; the same")
        self.assertIn("14 runs submitted", self.sweep(*words))
        self.wait_until_empty()
        self.assertEqual(self.states(), ["complete"] * RUNS, self.logs())


class Interrupted(Slurm):
    def test_what_is_canceled_stays_away_until_the_command_is_given_again(self):
        words = ["work.yaml", "-o", "out", "--launcher", "slurm", "--only", "1-3"]
        self.sweep(*words)
        self.wait_for_a_run()
        self.cluster.call("scancel", "--user=root")
        self.cluster.until("an empty queue", lambda: not self.cluster.queue(), 60)
        time.sleep(3)
        self.assertEqual(self.cluster.queue(), {}, self.logs())
        self.assertNotIn("complete", self.states()[:3])
        self.assertNotIn("running", self.states()[:3])
        self.assertIn("3 runs submitted", self.sweep(*words))
        self.wait_until_empty()
        self.assertEqual(self.states(), ["complete"] * 3 + ["pending"] * (RUNS - 3), self.logs())

    def test_requeue_preemption_and_a_kill_end_in_the_bits_of_the_local_sweep(self):
        words = ["work.yaml", "-o", "out", "--launcher", "slurm"]
        self.sweep(*words)
        # An operator, or a node that failed.
        task = self.running_tasks_in_the_middle()[0]
        self.cluster.call("scontrol", "requeue", task)
        self.cluster.until("the task to come back", lambda: self.cluster.queue().get(task) != "RUNNING")
        # The program alone, as by the memory killer.
        victim = self.wait_for_a_run()
        os.kill(self.process_of(victim), signal.SIGKILL)
        # A job with a higher priority that needs the node.
        self.wait_for_a_run()
        time.sleep(1)
        before = set(self.running_tasks())
        high = self.cluster.call("sbatch", "--parsable", "-p", "high", "--ntasks=2", "-o", "/dev/null", "--wrap", "sleep 2").strip()
        self.cluster.until("the preemption", lambda: not before & set(self.running_tasks()), 60)
        self.wait_until_empty()
        self.assertGreaterEqual(self.cluster.restarts(task), 1)
        self.assertTrue(any(self.cluster.restarts(each) >= 1 for each in before), (before, high))
        left = [row["run"] for row in self.rows() if row["status"] != "complete"]
        self.assertEqual(left, [victim["run"]], self.logs())
        self.assertIn("1 runs submitted", self.sweep(*words))
        self.wait_until_empty()
        self.assertEqual(self.states(), ["complete"] * RUNS, self.logs())
        self.succeed("sweep", "work.yaml", "-o", "local", "-q")
        self.assertEqual(self.digests("out"), self.digests("local"))

    def test_a_time_limit_shorter_than_the_work_is_met_with_a_checkpoint_and_another_start(self):
        # Slurm looks every half minute: it signals between 5 and 35 seconds after the start, or so, and kills after a minute.
        self.write("site.txt", "#SBATCH --time=00:01:00\n")
        words = ["work.yaml", f"stop.rounds={self.rounds_of(50)}", "--only", "1"]
        self.sweep(*words, "-o", "out", "--launcher", "slurm", "--sbatch-header", "site.txt", "--signal-room", "55")
        task = next(iter(self.cluster.queue()))
        self.wait_until_empty(400)
        self.assertEqual(self.states()[0], "complete", self.logs())
        self.assertGreaterEqual(self.cluster.restarts(task), 1)
        run = self.rows()[0]["run"]
        info = self.info(f"out/runs/{run}")
        self.assertGreaterEqual(info["resumed"], 1)
        self.assertGreater(info["resumed_round"], 0)
        self.succeed("sweep", *words, "-o", "local", "-q")
        self.assertEqual(self.digest(f"out/runs/{run}"), self.digest(f"local/runs/{run}"))

    def rounds_of(self, seconds):
        """How many rounds take so long on this machine, at least."""
        rounds = 6000
        start = time.monotonic()
        self.succeed("sweep", "work.yaml", "-o", "timed", "-q", "--only", "1", f"stop.rounds={rounds}")
        return int(rounds * seconds / (time.monotonic() - start))

    def running_tasks_in_the_middle(self):
        self.wait_for_a_run()
        # Younger than a second, a task could not start again: its credential would be revoked.
        time.sleep(1)
        return self.running_tasks() or self.running_tasks_in_the_middle()


if __name__ == "__main__":
    reason = missing()
    if reason:
        print(f"SKIPPED: sweeps on Slurm are not tested here: {reason}")
        sys.exit(77)
    unittest.main()
