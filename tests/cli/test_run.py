"""A run's directory: what is in it, what is refused, what replaces it, and that its record makes it again."""

import json
import os
import shutil
import socket
import unittest

from driver import FEDTIDE, SOURCE, Driver, call

INFO_KEYS = [
    "status", "reason", "exit_code", "version", "build", "host", "started", "ended", "wall_seconds", "threads",
    "config_hash", "trajectory", "resumed", "resumed_round",
]  # fmt: skip
METRICS_KEYS = [
    "round", "time_s", "test_accuracy", "test_loss", "train_loss", "train_accuracy", "update_norm", "bytes_down",
    "bytes_up", "dispatched", "reports", "reported", "left", "crash", "deadline", "surplus", "abandoned", "stale",
    "network", "battery", "unplugged",
    "abandoned_rounds", "wasted_bytes", "wasted_compute_s",
]  # fmt: skip
# Where an evaluation asks clients.
CLIENT_KEYS = [
    "client_accuracy_mean", "client_accuracy_variance", "client_accuracy_worst_decile", "client_accuracy_gini",
    "client_accuracy_jain", "client_loss_mean",
]  # fmt: skip
ENDS = METRICS_KEYS[METRICS_KEYS.index("reported") : METRICS_KEYS.index("abandoned_rounds")]
SUMMARY_KEYS = [
    "run", "status", "reason", "rounds", "time_s", "test_accuracy", "test_loss", "best_accuracy",
    *CLIENT_KEYS[:5], "bytes_down", "bytes_up", "wall_seconds",
]  # fmt: skip
FILES = {".lock", "config.json", "config.yaml", "metrics.jsonl", "run.json", "trajectory.h5"}


class Directory(Driver):
    def files(self, run="run"):
        return {path.name for path in (self.folder / run).iterdir()}

    def metrics(self, run="run"):
        return [json.loads(line) for line in (self.folder / run / "metrics.jsonl").read_text().splitlines()]

    def test_a_run_leaves_its_files_and_their_keys(self):
        summary = json.loads(self.succeed("run", "stormy.yaml", "-o", "run", "--json", "-q").out)
        self.assertEqual(list(summary), SUMMARY_KEYS)
        self.assertEqual(self.files(), FILES)
        info = self.info()
        self.assertEqual(list(info), INFO_KEYS)
        self.assertEqual((info["status"], info["exit_code"], info["reason"]), ("complete", 0, "reached 12 rounds"))
        self.assertEqual(info["host"], socket.gethostname())
        self.assertEqual(info["trajectory"]["bytes"], (self.folder / "run/trajectory.h5").stat().st_size)
        self.assertRegex(info["trajectory"]["xxh3_128"], r"^[0-9a-f]{32}$")
        self.assertRegex(info["started"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertLessEqual(info["started"], info["ended"])

        rows = self.metrics()
        self.assertEqual([row["round"] for row in rows], list(range(13)))
        for row in rows:
            evaluated = row["round"] % 3 == 0
            self.assertEqual(list(row), METRICS_KEYS + CLIENT_KEYS * evaluated)
            ends = sum(row[name] for name in ENDS)
            self.assertEqual(ends, row["dispatched"], "each client that was sent work ended somehow")
            # Evaluated at the start, every 3 rounds, and at the end.
            self.assertEqual(row["test_accuracy"] is not None, evaluated)
        self.assertEqual(rows[-1]["bytes_up"], summary["bytes_up"])
        self.assertEqual(rows[-1]["test_accuracy"], summary["test_accuracy"])
        self.assertEqual(max(row["test_accuracy"] or 0 for row in rows), summary["best_accuracy"])
        self.assertGreater(sum(row["crash"] for row in rows), 0, "the storm blows")
        self.assertGreater(sum(row["surplus"] for row in rows), 0)

    def test_the_dry_run_shows_the_config_that_a_run_writes_and_touches_nothing(self):
        before = sorted(self.folder.rglob("*"))
        yaml = self.succeed("run", "stormy.yaml", "-n", "seed=5").out
        as_json = self.succeed("run", "stormy.yaml", "--dry-run", "--json", "seed=5").out
        self.assertEqual(sorted(self.folder.rglob("*")), before)
        self.succeed("run", "stormy.yaml", "-q", "-o", "run", "seed=5")
        self.assertEqual((self.folder / "run/config.yaml").read_text(), yaml)
        self.assertEqual((self.folder / "run/config.json").read_text(), as_json)
        self.assertEqual(json.loads(as_json)["seed"], 5)

    def test_the_default_directory_is_named_by_the_experiment_and_its_hash(self):
        names = {"seed=3": "stormy", "name=a/../b c": "a----b-c", "execution.threads=1": "stormy"}
        for override, name in names.items():
            shutil.rmtree(self.folder / "results", ignore_errors=True)
            self.succeed("run", "stormy.yaml", "-q", override)
            (run,) = (self.folder / "results").iterdir()
            self.assertEqual(run.name, f"{name}-{self.info(run)['config_hash'][:8]}")

    def test_the_hash_of_the_config_is_of_what_matters(self):
        def hash_of(*overrides):
            self.succeed("run", "stormy.yaml", "-q", "-o", "run", "--force", *overrides)
            return self.info()["config_hash"]

        same = hash_of()
        self.assertEqual(hash_of("--threads", "1"), same)
        self.assertEqual(hash_of("--executor", "inline"), same)
        self.assertEqual(hash_of("output.trace=clients"), same)
        self.assertEqual(hash_of("protocol.deadline=4000 ms", "seed=3"), same)
        self.assertNotEqual(hash_of("seed=4"), same)
        self.assertNotEqual(hash_of("protocol.deadline=4001 ms"), same)

    def test_flags_and_overrides_reach_the_run(self):
        self.succeed("run", "stormy.yaml", "-q", "--output", "run", "--threads", "3", "stop.rounds=2")
        self.assertEqual(self.info()["threads"], 3)
        self.assertEqual(len(self.metrics()), 3)
        self.succeed("run", "stormy.yaml", "-q", "-o", "run", "--force", "--executor", "inline")
        config = json.loads((self.folder / "run/config.json").read_text())
        self.assertEqual(config["execution"]["executor"], "inline")

    def test_no_rounds_make_an_empty_run_that_is_whole(self):
        self.succeed("run", "stormy.yaml", "-q", "-o", "run", "stop.rounds=0")
        self.assertEqual([row["round"] for row in self.metrics()], [0])
        self.digest()

    def test_a_second_run_is_refused_with_advice_and_force_replaces_it(self):
        self.succeed("run", "stormy.yaml", "-q", "-o", "run")
        digest, files = self.digest(), self.files()
        self.write("run/notes.txt", "mine")
        message = (
            "error: run: holds a run of another experiment: seed is 3 there and 4 here; choose another output "
            "directory, or --force to replace that run\n"
        )
        self.assertEqual(self.refuse(73, "run", "stormy.yaml", "-q", "-o", "run", "seed=4").err, message)
        self.assertEqual(self.digest(), digest)
        self.succeed("run", "stormy.yaml", "-q", "-o", "run", "seed=4", "--force")
        self.assertNotEqual(self.digest(), digest)
        self.assertEqual(self.files(), files | {"notes.txt"}, "the user's own file stays")

    def test_a_folder_of_the_user_is_never_taken_for_a_run(self):
        self.write("mine/config.yaml", "precious")
        for force in ([], ["--force"]):
            err = self.refuse(73, "run", "stormy.yaml", "-o", "mine", "-q", *force).err
            self.assertIn("mine: config.yaml is there and would be replaced", err)
        self.assertEqual((self.folder / "mine/config.yaml").read_text(), "precious")

    def test_places_where_nothing_can_be_written_are_refused_before_any_work(self):
        (self.folder / "dangling").symlink_to("nowhere")
        places = {
            "stormy.yaml": "is a file, a directory is needed",
            "stormy.yaml/run": "cannot create the directory",
            "dangling": "is a link to nothing",
            "/dev/full": "is a file, a directory is needed",
            "/proc/run": "cannot create the directory",
            "x" * 4096: "File name too long",
        }
        for place, reason in places.items():
            with self.subTest(place[:20]):
                # So many draws take seconds.
                result = self.refuse(73, "run", "stormy.yaml", "-q", "-o", place, "data.samples=10000000")
                self.assertIn(f"error: {place}: ", result.err)
                self.assertIn(reason, result.err)
                self.assertIn("choose another output directory", result.err)
                self.assertLess(result.seconds, 0.5)

    def test_a_directory_of_another_user_is_refused(self):
        if os.getuid() != 0:
            self.skipTest("needs root to become another user")
        program = self.folder / "fedtide"
        shutil.copy(FEDTIDE, program)
        os.chmod(self.folder, 0o755)
        (self.folder / "closed").mkdir(mode=0o755)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(program)]
        for place in ("closed", "closed/run"):
            result = call([*nobody, "run", "stormy.yaml", "-o", place, "-q"], self.folder)
            self.assertEqual(result.code, 73, result)
            self.assertIn(f"error: {place}: cannot ", result.err)
            self.assertIn("Permission denied; choose another output directory", result.err)
        unreadable = self.write("secret.yaml", "seed: 1\n")
        unreadable.chmod(0)
        result = call([*nobody, "check", "secret.yaml"], self.folder)
        self.assertEqual((result.code, result.err), (66, "error: secret.yaml: cannot be read: Permission denied\n"))

    def test_odd_names_work(self):
        for name in ("with space", "quote'\"s", "ünïcödé", b"latin-\xe9", "-dash", "new\nline", "$(touch x)"):
            with self.subTest(name):
                output = b"--output=" + os.fsencode(name)
                result = call([FEDTIDE.encode(), b"run", b"stormy.yaml", b"-q", b"--json", output], self.folder)
                self.assertEqual(result.code, 0, result)
                json.loads(result.out)
                self.assertEqual(self.files(os.fsdecode(name)), FILES)

    def test_a_directory_in_use_is_refused_with_who_uses_it(self):
        with self.running("run", "endless.yaml", "-q", "-o", "run") as first:
            self.wait_for_rounds("run")
            for force in ([], ["--force"]):
                err = self.refuse(73, "run", "stormy.yaml", "-q", "-o", "run", *force).err
                self.assertEqual(
                    err,
                    f"error: run: is in use by process {first.pid} on {socket.gethostname()}; wait until it ends or "
                    "choose another output directory\n",
                )
            self.assertIsNone(first.poll(), "the first goes on")

    def test_of_many_started_at_once_one_runs(self):
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(12) as starters:
            calls = list(starters.map(lambda _: self.fedtide("run", "stormy.yaml", "-q", "-o", "run"), range(12)))
        # Whoever comes after its end hears that it is complete.
        self.assertLessEqual({call.code for call in calls}, {0, 73})
        self.assertEqual(sum("wall time" in call.out for call in calls), 1)
        self.assertEqual(self.info()["status"], "complete")
        self.digest()

    def assert_repeats(self, experiment, *overrides):
        self.succeed("run", experiment, "-q", "-o", "runs/first", *overrides)
        again = self.succeed("run", "runs/first/config.yaml", "-q", "-o", "runs/again")
        self.assertEqual(again.err, "")
        for file in ("config.yaml", "config.json", "metrics.jsonl"):
            first, second = ((self.folder / "runs" / run / file).read_text() for run in ("first", "again"))
            self.assertEqual(first, second)
        self.assertEqual(self.info("runs/first")["config_hash"], self.info("runs/again")["config_hash"])
        self.assertEqual(self.digest("runs/first"), self.digest("runs/again"))

    def test_the_written_config_makes_the_same_run(self):
        # The last decimals of a double, units that do not divide, words that YAML takes for something else.
        odd = ["training.optimizer.lr=0.012345678901234567", "data.partition.alpha=1e-17"]
        odd += ["protocol.deadline=1.000000001 s", "fleet.server=3 GFLOP/s", "name='täst: #1, no'"]
        self.assert_repeats("stormy.yaml", *odd)

    def test_the_written_config_finds_data_that_the_first_named_from_where_it_is(self):
        mnist = SOURCE.parent / "shared/data/mnist"
        if not mnist.is_dir():
            self.skipTest(f"NOT TESTED: {mnist} is not there")
        (self.folder / "data").mkdir()
        (self.folder / "data/mnist").symlink_to(mnist)
        self.write(
            "mnist.yaml",
            "data: {dataset: mnist, path: data/mnist, clients: 20, partition: {scheme: iid}}\n"
            "model: {name: softmax}\nprotocol: {cohort: 2}\nstop: {rounds: 1}\n",
        )
        self.assert_repeats("mnist.yaml")


if __name__ == "__main__":
    unittest.main()
