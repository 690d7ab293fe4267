"""A run that is killed, stopped or damaged at any moment goes on, and ends with the same bits as one in one go."""

import json
import random
import shutil
import signal
import subprocess
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from interrupted import FILES, LONG, METHODS, SYNCHRONOUS, THREADS, Interrupted

from driver import FEDTIDE, SOURCE, call

KILLS = 200 if LONG else 40
DAMAGES = 2000 if LONG else 60


class Killed(Interrupted):
    def kill_until_done(self, draw, method):
        """Kills a run at random moments, each time resumed with another number of threads; how often."""
        algorithm, protocol = METHODS[method % len(METHODS)]
        every = draw.choice((1, 3, 10))
        self.prepare(f"algorithm.name={algorithm}", f"protocol={protocol}", "stop.rounds=60", f"output.checkpoint={every}")
        kills = 0
        had = False
        while True:
            process = self.start("--threads", str(THREADS[kills % 3]))
            time.sleep(draw.uniform(0, 0.6 * self.seconds))
            process.kill()
            _, err = process.communicate()
            self.assertIn(process.returncode, (0, -signal.SIGKILL), err)
            if process.returncode == 0:
                break
            kills += 1
            has = len(self.generations()) > 0
            complete = (self.run_folder / "run.json").exists() and self.info()["status"] == "complete"
            self.assertTrue(has or complete or not had, "a checkpoint that was there is gone")
            had = has
            if kills == 30:  # the kills come too early for this machine today
                self.succeed(*self.words())
                break
        self.succeed(*self.words())  # a kill may have come between the end of the run and that of its checkpoints
        for name in ("checkpoint", "checkpoint.prev", "checkpoint.rows"):
            (self.run_folder / name).unlink(missing_ok=True)
        self.assert_is_whole()
        return kills

    def test_at_any_moment(self):
        draw = random.Random(7)
        kills = runs = resumed = 0
        while kills < KILLS or runs < len(METHODS):
            with self.subTest(runs=runs, method=METHODS[runs % len(METHODS)]):
                kills += self.kill_until_done(draw, runs)
                resumed += self.info()["resumed"]
            runs += 1
            self.assertLess(runs, 20 * KILLS, "the kills come too late to mean anything")
        print(f"{kills} kills over {runs} runs, resumed {resumed} times")
        self.assertGreater(resumed, kills // 3)

    def each_call(self, calls, what):
        """Strikes at the n-th of these system calls, for all n, until the run is not hit any more."""
        if shutil.which("strace") is None:
            self.skipTest("NOT TESTED: strace is not installed")
        for n in range(1, 2000, 1 if LONG else 4):
            shutil.rmtree(self.run_folder, ignore_errors=True)
            inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={calls}:{what}:when={n}"]
            result = call([*inject, FEDTIDE, *self.words()], self.folder)
            if "strace" in result.err:
                self.skipTest(f"NOT TESTED: {result.err}")
            if result.code == 0:
                break
            yield n, result
        self.assertGreater(n, 12, "the checkpoints' own calls were not reached")

    def test_at_every_call_of_a_checkpoint(self):
        self.prepare("algorithm.name=scaffold", "stop.rounds=4", "output.checkpoint=1")
        for n, _ in self.each_call("write,fsync,rename,pwrite64,ftruncate", "signal=KILL"):
            with self.subTest(n=n):
                before = self.generations()
                if (self.run_folder / "run.json").exists() and self.info()["status"] != "complete":
                    result = self.fedtide("resume", "run", "-q", "--threads", "2")
                    self.assertIn(result.code, (0, 66), result)
                    if result.code == 66:
                        self.assertEqual(before, [])
                        self.assertIn("start it again with fedtide run", result.err)
                self.succeed(*self.words())
                for name in ("checkpoint", "checkpoint.prev", "checkpoint.rows"):
                    (self.run_folder / name).unlink(missing_ok=True)
                self.assert_is_whole()

    def test_an_error_of_the_disk_at_every_call_of_a_checkpoint(self):
        for calls, error in (("write", "ENOSPC"), ("fsync", "EIO"), ("rename", "EIO"), ("pwrite64", "ENOSPC")):
            self.prepare("stop.rounds=4", "output.checkpoint=1", "evaluate.every=4")
            for n, result in self.each_call(calls, f"error={error}"):
                if n > 60 and not LONG:
                    break
                with self.subTest(calls=calls, n=n):
                    self.assertIn(result.code, (66, 73, 74), result)
                    self.assertRegex(result.err, r"^error: [^\n]+\n$")
                    self.assertNotIn("bug", result.err)
                    shown = self.fedtide(*self.words())
                    self.assertEqual(shown.code, 0, shown)
                    self.assertEqual(self.digest(), self.whole)


class Stopped(Interrupted):
    def test_each_signal_makes_a_checkpoint_that_the_run_goes_on_from(self):
        self.prepare("stop.rounds=300")
        for i, sent in enumerate((signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)):
            with self.subTest(sent):
                shutil.rmtree(self.run_folder, ignore_errors=True)
                self.assertEqual(self.stop_at(3 + 20 * i, sent), (75, ""))
                info = self.info()
                self.assertEqual((info["status"], info["exit_code"], info["resumed"]), ("stopped", 75, 0))
                self.assertEqual(self.generations(), ["checkpoint"])
                self.digest()
                log = (self.run_folder / "metrics.jsonl").read_bytes()
                self.assertTrue(self.log.startswith(log))
                # Stopped once more, while it goes on.
                code, _ = self.stop_at(log.count(b"\n") + 5, sent, "--threads", "1")
                self.assertIn(code, (0, 75))
                result = self.succeed("resume", "run")
                self.assertRegex(result.out, r"(?m)^complete        reached 300 rounds\nresumed         2 times, the last from")
                self.assert_is_whole()
                info = self.info()
                self.assertEqual((info["resumed"], info["exit_code"]), (2, 0))
                self.assertGreater(info["resumed_round"], log.count(b"\n") - 2)

    def test_a_term_that_comes_twice_at_once_is_one(self):
        """A batch system signals all processes of a job, and the job's script passes the signal on."""
        with self.running("run", "endless.yaml", "-q", "-o", "run", "training.epochs=200") as process:
            self.wait_for_rounds("run", 1)
            process.send_signal(signal.SIGUSR1)
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(60), 75)

    def test_without_training_a_run_is_played_again(self):
        self.prepare("timing=only", "evaluate.per_client=0", "stop.rounds=30000")
        code, _ = self.stop_at(100, signal.SIGTERM)
        self.assertEqual(code, 75)
        self.assertEqual(self.generations(), [])
        self.assert_same()
        self.assertEqual(self.info()["resumed"], 1)

    def test_a_run_stopped_in_the_middle_of_its_replay_keeps_what_it_had(self):
        files = self.checkpointed("stop.rounds=200")
        shutil.rmtree(self.run_folder / ".spool", ignore_errors=True)
        process = self.start()
        self.wait_for((self.run_folder / ".spool/rounds").exists, "the start of the replay")
        process.send_signal(signal.SIGTERM)
        process.communicate()
        self.assertIn(process.returncode, (0, 75))
        self.assertGreaterEqual((self.run_folder / "metrics.jsonl").stat().st_size, len(files["metrics.jsonl"]) // 2)
        self.assert_same()

    def test_metrics_do_not_shrink_below_the_checkpoint_while_a_run_is_taken_up(self):
        files = self.checkpointed("stop.rounds=100")
        lines = files["metrics.jsonl"].split(b"\n")
        process = self.start()
        while process.poll() is None:
            now = (self.run_folder / "metrics.jsonl").read_bytes().split(b"\n")
            self.assertGreaterEqual(len(now), 5)
            self.assertEqual(now[:4], lines[:4])
        process.communicate()
        self.assert_is_whole()


class Refused(Interrupted):
    def test_a_finished_run_is_left_as_it_is(self):
        self.prepare()
        stamps = {path.name: path.stat().st_mtime_ns for path in (self.folder / "whole").iterdir()}
        for words in (self.words(place="whole"), ["resume", "whole", "-q"]):
            self.assertRegex(self.succeed(*words).out, r"^complete        reached 12 rounds\nresults         whole\n$")
        self.assertIn("whole: already complete; --force replaces it\n", self.succeed("resume", "whole").err)
        summary = json.loads(self.succeed("resume", "whole", "-q", "--json").out)
        self.assertEqual((summary["status"], summary["was_over"]), ("complete", True))
        self.assertEqual({path.name: path.stat().st_mtime_ns for path in (self.folder / "whole").iterdir()}, stamps)

    def test_a_diverged_run_is_at_its_end_too(self):
        words = ["run", "stormy.yaml", "-q", "-o", "run", "training.optimizer.lr=1e30", "output.checkpoint=1"]
        first = self.refuse_with(1, *words)
        again = self.refuse_with(1, *words)
        self.assertRegex(again.out, r"^failed          diverged: the update of client \d+ ")
        self.assertEqual(first.out.split("\n")[0], again.out.split("\n")[0])

    def refuse_with(self, code, *words):
        result = self.fedtide(*words)
        self.assertEqual(result.code, code, result)
        return result

    def test_a_complete_run_whose_trajectory_is_damaged_is_not_called_complete(self):
        self.prepare()
        path = self.folder / "whole/trajectory.h5"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        err = self.refuse(65, *self.words(place="whole")).err
        self.assertIn("whole/trajectory.h5: is not the file that run.json says it is, although the run is complete", err)
        path.unlink()
        self.assertIn("trajectory.h5: cannot be read", self.refuse(65, "resume", "whole").err)
        self.succeed(*self.words("--force", place="whole"))
        self.assertEqual(self.digest("whole"), self.whole)

    def test_another_config_is_refused_with_both_values(self):
        self.checkpointed("stop.rounds=200")
        message = (
            "error: run: holds a run of another experiment: data.partition.alpha is 0.3 there and 0.5 here, "
            "training.epochs is 2 there and 3 here; choose another output directory, or --force to replace that run\n"
        )
        changed = ["data.partition.alpha=0.5", "training.epochs=3"]
        self.assertEqual(self.refuse(73, *self.words(*changed)).err, message)
        # Neither how it is computed nor what is kept of it matters.
        self.succeed(*self.words("execution.threads=3", "execution.executor=inline", "output.checkpoint=7"))
        self.assert_is_whole()

    def test_what_is_no_run_cannot_be_resumed(self):
        (self.folder / "empty").mkdir()
        self.assertEqual(
            self.refuse(66, "resume", "empty").err, "error: empty: holds no run: there is no run.json that can be read\n"
        )
        self.refuse(66, "resume", "nowhere")
        self.write("begun/run.json", '{"status": "running", "config_hash": "00"}')
        self.assertIn("begun/config.yaml: is not there: the run was ended before", self.refuse(66, "resume", "begun").err)

    def test_a_stale_temporary_is_cleared_away(self):
        self.checkpointed("stop.rounds=200")
        (self.run_folder / ".fedtide-partial-checkpoint").write_bytes(b"torn")
        self.assert_same()

    def test_of_twenty_starters_on_one_stopped_run_one_goes_on(self):
        self.checkpointed("stop.rounds=200")
        with ThreadPoolExecutor(20) as starters:
            calls = list(starters.map(lambda _: self.fedtide(*self.words()), range(20)))
        self.assertLessEqual({call.code for call in calls}, {0, 73}, [call.err for call in calls])
        self.assertEqual(sum("wall time" in call.out for call in calls), 1)
        self.assert_is_whole()
        self.assertEqual(self.info()["resumed"], 1)

    def test_a_run_from_a_relative_path_is_resumed_from_anywhere(self):
        shutil.copy(SOURCE / "scenarios/own-csv.yaml", self.folder)
        shutil.copytree(SOURCE / "scenarios/data", self.folder / "data")
        with self.running("run", "own-csv.yaml", "-q", "-o", "run", "stop.rounds=100000", stderr=subprocess.PIPE) as process:
            self.wait_for_rounds("run")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(60), 75, process.stderr.read())
        with self.running("resume", self.folder / "run", "-q", stderr=subprocess.PIPE) as process:
            lines = (self.folder / "run/metrics.jsonl").read_bytes().count(b"\n")
            self.wait_for_rounds("run", lines + 3)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(60), 75, process.stderr.read())


class Damaged(Interrupted):
    def test_a_damaged_checkpoint_gives_a_message_or_the_one_before_it_and_never_a_wrong_number(self):
        files = self.checkpointed("algorithm.name=scaffold", "stop.rounds=30")
        draw = random.Random(5)
        codes = {0: 0, 65: 0}
        for i in range(DAMAGES):
            damaged = dict(files)
            for name in draw.choice((["checkpoint"], ["checkpoint", "checkpoint.prev"], ["checkpoint.rows"])):
                content = bytearray(damaged[name])
                if draw.random() < 0.3:
                    content = content[: draw.randrange(len(content))]
                else:
                    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
                damaged[name] = bytes(content)
            with self.subTest(i=i):
                self.restore(damaged)
                result = self.fedtide(*self.words("output.trace=none"))
                self.assertIn(result.code, codes, result)
                codes[result.code] += 1
                if result.code == 0:
                    self.assertEqual((self.run_folder / "metrics.jsonl").read_bytes(), self.log)
                else:
                    self.assertRegex(result.err, r"^error: run/checkpoint\S*: is [^\n]* --force\n$")
                    self.assertEqual((self.run_folder / "run.json").read_bytes(), files["run.json"], "nothing is changed")
        print(f"{DAMAGES} damages: {codes}")
        self.assertGreater(codes[0], DAMAGES // 4)
        self.assertGreater(codes[65], DAMAGES // 8)

    def test_the_fall_back_is_remarked_on(self):
        files = self.checkpointed("stop.rounds=60")
        self.restore({**files, "checkpoint": files["checkpoint"][:-1]})
        result = self.succeed(*self.words())
        self.assertRegex(
            result.err,
            r"^note: run/checkpoint: is cut off: its content has \d+ bytes, its header says \d+; going on from the "
            r"checkpoint before it, of round \d+\n$",
        )
        self.assert_is_whole()


class FullDisk(Interrupted):
    def test_a_disk_that_fills_up_at_a_checkpoint_loses_nothing(self):
        self.prepare("model.hidden=[200]", "output.checkpoint=1")
        disk = self.folder / "disk"
        disk.mkdir()
        hit = 0
        for kilobytes in (40, 60, 80, 100, 120):
            with self.subTest(kilobytes):
                mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", disk]
                mounted = subprocess.run(mount, capture_output=True)
                if mounted.returncode != 0:
                    self.skipTest(f"NOT TESTED: {mounted.stderr.decode()}")
                try:
                    result = self.fedtide(*self.words(place="disk/run"))
                    self.assertEqual(result.code, 74, result)
                    self.assertRegex(result.err, r"^error: disk/run/\S+: cannot [^\n]*: No space left on device; free some")
                    hit += "checkpoint" in result.err
                    had = (disk / "run/checkpoint").exists() or (disk / "run/checkpoint.prev").exists()
                    subprocess.run(["mount", "-o", "remount,size=20m", disk], check=True)
                    self.succeed(*self.words(place="disk/run"))
                    self.assertEqual(self.digest("disk/run"), self.whole)
                    self.assertEqual({path.name for path in (disk / "run").iterdir()}, FILES)
                    info = self.info("disk/run")
                    self.assertEqual(info["resumed"], 1)
                    self.assertEqual(info["resumed_round"] > 0, had)
                finally:
                    subprocess.run(["umount", disk], check=True)
        self.assertGreater(hit, 1, "no checkpoint met the full disk")


if __name__ == "__main__":
    unittest.main()
