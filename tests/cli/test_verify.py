"""fedtide verify: runs as they are obey every law, and a run in which one number was changed breaks just its law."""

import ctypes
import ctypes.util
import json
import re
import shutil
import unittest

import h5py
import numpy as np

from driver import Driver

SEAL = b"\nfedtide xxh3-128 "
ROUND_LAWS = [
    "rounds are numbered without gaps", "time never goes back", "evaluations are of rounds that there are",
    "every dispatch has exactly one end", "totals grow by what is spent", "waste is a part of what is spent",
    "the clients' turns are the rounds'",
]  # fmt: skip
TURN_LAWS = [
    "phases of a turn are in order", "turns end by their round's commit", "a client's turns are numbered without gaps",
    "no client is in two turns at once", "nobody is sent a model of the future",
    "a partial transfer is less than the whole", "the trace's ends are the rounds'",
    "the trace's bytes and seconds are the rounds'",
]  # fmt: skip
FILE_LAWS = ["metrics.jsonl says the same", "run.json is of this trajectory"]
LAWS = ROUND_LAWS + TURN_LAWS + FILE_LAWS
BUFFERED = "protocol={name: buffered, concurrency: 20, buffer: 4, maximum_staleness: 3}"


class Hash(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


def xxh3(content):
    """XXH3, 128 bits, as the program writes it; the library is the one that it is linked with."""
    library = ctypes.CDLL(ctypes.util.find_library("xxhash"))
    library.XXH3_128bits.restype = Hash
    library.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    made = library.XXH3_128bits(content, len(content))
    return f"{made.high:016x}{made.low:016x}"


class Verify(Driver):
    def run_it(self, *overrides, trace="output.trace=clients", name="run"):
        self.succeed("run", "stormy.yaml", "-q", "-o", name, trace, *overrides)
        return self.folder / name

    def change(self, change, run="run"):
        """Changes the trajectory and seals it again, so that nothing but the content tells."""
        path = self.folder / run / "trajectory.h5"
        content = path.read_bytes()
        path.write_bytes(content[: content.rindex(SEAL)])
        with h5py.File(path, "r+") as file:
            change(file)
        content = path.read_bytes()
        content += SEAL + xxh3(content).encode() + b"\n"
        path.write_bytes(content)
        info = self.info(run)
        info["trajectory"] = {"bytes": len(content), "xxh3_128": xxh3(content)}
        (path.parent / "run.json").write_text(json.dumps(info))

    def findings(self, run="run", code=0):
        """{law: text after its verdict} by verdict."""
        result = self.fedtide("verify", run)
        self.assertEqual(result.code, code, result)
        lines = result.out.splitlines()
        self.assertEqual(len(lines), len(LAWS), result)
        found = {"ok": {}, "FAILED": {}, "not checked": {}}
        for law, line in zip(LAWS, lines):
            verdict, text = re.fullmatch(r"(ok|FAILED|not checked) {2,}(.*)", line).groups()
            self.assertTrue(text.startswith(law), line)
            found[verdict][law] = text[len(law) :]
        return found

    def broken(self, change, run="run"):
        """The laws that a run breaks in which something was changed; the run is whole again afterwards."""
        shutil.copytree(self.folder / run, self.folder / "kept")
        self.change(change, run)
        found = self.findings(run, 65)
        shutil.rmtree(self.folder / run)
        (self.folder / "kept").rename(self.folder / run)
        return found["FAILED"]


class Sound(Verify):
    def test_runs_of_every_protocol_and_failure_obey_every_law(self):
        worlds = {
            "storm": [],
            "waits": ["protocol={name: synchronous, cohort: 10}"],
            "deadline": ["protocol={name: synchronous, cohort: 10, deadline: 2 s, minimum_reports: 8}"],
            "always": ["fleet.availability={model: always}", "fleet.dropout.probability=0"],
            "pause": ["protocol.pause=10 s"],
            "diurnal": ["fleet.availability={model: diurnal}", "stop.rounds=4"],
            "buffered": [BUFFERED],
            "asynchronous": ["protocol={name: buffered, concurrency: 20, buffer: 1, maximum_staleness: 5}"],
            "timing": ["timing=only", "stop.rounds=40", "evaluate.per_client=0"],
            "time": [BUFFERED, "stop={time: 90 s}"],
            "bytes": ["stop={bytes: 300 kB}"],
            "nothing": ["stop.rounds=0"],
            "centralized": ["algorithm={name: centralized}"],
            "gives_up": ["protocol={name: synchronous, cohort: 10, deadline: 1 ms, give_up: 3}"],
        }
        for name, overrides in worlds.items():
            with self.subTest(name):
                result = self.fedtide("run", "stormy.yaml", "-q", "-o", name, "output.trace=clients", *overrides)
                self.assertEqual(result.code, 1 if name == "gives_up" else 0, result)
                found = self.findings(name)
                self.assertEqual(list(found["ok"]), LAWS, found)

    def test_a_sample_of_the_clients_is_checked_as_far_as_it_goes(self):
        self.run_it(trace="output={trace: sample, trace_share: 0.3}")
        result = self.succeed("verify", "run")
        self.assertEqual(result.out.count("ok "), len(LAWS), result)
        self.assertEqual(result.err, "note: the trace has 0.3 of the clients\n")
        with h5py.File(self.folder / "run/trajectory.h5") as file:
            sampled, turns = np.unique(file["trace/client"][()], return_counts=True)
            self.assertTrue(0 < len(sampled) < 40)
            self.assertEqual(turns.tolist(), file["clients/dispatched"][()][sampled].tolist())
        self.run_it(name="all")
        with h5py.File(self.folder / "all/trajectory.h5") as file, h5py.File(self.folder / "run/trajectory.h5") as part:
            rows = np.isin(file["trace/client"][()], sampled)
            for column in ("client_turn", "ended_s", "outcome", "compute_s"):
                np.testing.assert_array_equal(file["trace"][column][()][rows], part["trace"][column][()])

    def test_without_a_trace_the_laws_of_turns_are_not_checked(self):
        self.run_it(trace="output.trace=none")
        found = self.findings()
        self.assertEqual(list(found["not checked"]), TURN_LAWS)
        self.assertEqual(set(found["not checked"].values()), {" (output.trace is none)"})

    def test_a_trajectory_alone_is_checked_without_the_files_beside_it(self):
        self.run_it()
        found = self.findings("run/trajectory.h5")
        self.assertEqual(found["not checked"], {law: " (no run directory given)" for law in FILE_LAWS})
        (self.folder / "run/metrics.jsonl").unlink()
        self.assertEqual(self.findings()["not checked"], {FILE_LAWS[0]: " (no such file)"})

    def test_a_run_that_was_cut_short_is_checked_as_far_as_it_goes(self):
        self.run_it()

        def cut(file):
            del file["rest"]

        self.change(cut)
        result = self.succeed("verify", "run")
        self.assertIn("note: the run was cut short: what happened after its last record is unknown\n", result.err)


class Broken(Verify):
    """Each number is changed alone; where two laws speak of it, both are named."""

    def check(self, changes):
        for (dataset, change), laws in changes.items():
            with self.subTest(dataset):

                def apply(file):
                    values = file[dataset][()]
                    file[dataset][()] = change(file, values)

                found = self.broken(apply)
                self.assertEqual(list(found), list(laws), found)
                for law, pattern in laws.items():
                    self.assertRegex(found[law], "^: " + pattern + "$")

    def test_a_changed_count_or_time_of_a_round(self):
        self.run_it()

        def plus(row, amount):
            def change(file, values):
                values[row] += amount
                return values

            return change

        log = r"line {}: {} is .*, the trajectory says .*"
        trace = r"round {}: the trace {} .*, the round .*"
        self.check({
            ("time_s", plus(4, -500)): {
                "time never goes back": r"round 4: committed at -.* s, the one before it at .* s",
                "turns end by their round's commit": r"round 4, .*: ended at .* s, the round was committed at -.* s",
                "metrics.jsonl says the same": log.format(5, "time_s"),
            },
            ("started_s", plus(4, 500)): {
                "time never goes back": r"round 4: started at .* s, committed at .* s",
            },
            ("dispatched", plus(7, -1)): {
                "every dispatch has exactly one end":
                    r"round 7: \d+ turns dispatched since the start, \d+ ended \(in the round \d+ and \d+\)",
                "metrics.jsonl says the same": log.format(8, "dispatched"),
            },
            ("rest/dispatched", plus(0, 1)): {
                "every dispatch has exactly one end": r"\d+ turns dispatched, \d+ ended",
            },
            ("bytes_down", plus(3, 1)): {
                "totals grow by what is spent":
                    r"round 3: the totals are \d+ bytes down and \d+ up, the sums of what was spent are \d+ and \d+",
                "metrics.jsonl says the same": log.format(4, "bytes_down"),
            },
            ("wasted_bytes_up", plus(3, 10**9)): {
                "waste is a part of what is spent": r"round 3: wasted \d+ bytes down, \d+ bytes up, .* s, of .*",
                "the trace's bytes and seconds are the rounds'": trace.format(3, "wasted"),
                "metrics.jsonl says the same": log.format(4, "wasted_bytes"),
            },
            ("wasted_compute_s", plus(3, -1e-4)): {
                "the trace's bytes and seconds are the rounds'": trace.format(3, "wasted"),
                "metrics.jsonl says the same": log.format(4, "wasted_compute_s"),
            },
            ("spent_compute_s", plus(3, 1)): {
                "the trace's bytes and seconds are the rounds'": trace.format(3, "spent"),
            },
            ("clients/dispatched", plus(11, 1)): {
                "the clients' turns are the rounds'":
                    r"the clients have \d+ dispatches and \d+ reports, the rounds \d+ and \d+",
                "a client's turns are numbered without gaps": r"client 11: has \d+ turns, of \d+ dispatches",
            },
            ("clients/reported", plus(11, 100)): {
                "the clients' turns are the rounds'": r"client 11: 1\d\d reports of \d+ dispatches",
            },
            ("test_accuracy", plus(3, 0.01)): {
                "metrics.jsonl says the same": log.format(4, "test_accuracy"),
            },
            ("evaluation/time_s", plus(1, -1e-3)): {
                "time never goes back": r"evaluation of round 3: at .* s, the round was committed at .* s",
            },
            ("evaluation/time_s", plus(2, 1e6)): {
                "time never goes back": r"evaluation of round 9: at .* s, the one before it at .* s",
            },
            ("evaluation/round", plus(4, 5)): {
                "evaluations are of rounds that there are": r"at .* s: of round 17, which there is not",
                "metrics.jsonl says the same": r"line 13: client_accuracy_gini is 0\.\d+, the trajectory says null",
            },
            ("evaluation/round", plus(3, -4)): {
                "evaluations are of rounds that there are": r"at .* s: of round 5, after one of round 6",
                "metrics.jsonl says the same": r"line 10: client_accuracy_gini is 0\.\d+, the trajectory says null",
            },
        })  # fmt: skip

    def test_a_gap_between_rounds(self):
        self.run_it(trace="output.trace=none")

        def shift(file):
            file["round"][6:] += 1
            file["evaluation/round"][:] = file["round"][::3]
            file["rest/round"][:] += 1

        (self.folder / "run/metrics.jsonl").unlink()
        found = self.broken(shift)
        self.assertEqual(found, {"rounds are numbered without gaps": ": row 6: found round 7, must be 6"})

    def test_a_changed_value_of_a_turn(self):
        self.run_it()
        with h5py.File(self.folder / "run/trajectory.h5") as file:
            client, phase, outcome = (file["trace"][name][()] for name in ("client", "phase", "outcome"))
            twice = int(np.argmax(np.bincount(client)))
        second = np.flatnonzero(client == twice)[-1]
        reported = int(np.flatnonzero(outcome == 0)[3])
        crashed = int(np.flatnonzero((outcome == 2) & (phase == 0))[0])

        def put(row, value):
            def change(file, values):
                values[row] = value(file["trace"]) if callable(value) else value
                return values

            return change

        turn = r"round \d+, client \d+, turn \d+"
        sums = {
            "the trace's bytes and seconds are the rounds'":
                r"round \d+: the trace spent \d+ bytes down, \d+ bytes up, .* s, the round \d+ bytes down, .*",
        }  # fmt: skip
        self.check({
            ("trace/downloaded_s", put(reported, lambda t: t["computed_s"][reported] + 1)): {
                "phases of a turn are in order":
                    turn + r": dispatched .* s, downloaded .* s, computed .* s, ended .* s",
                "a partial transfer is less than the whole": turn + r": computed for .* s in a phase of -.* s",
            },
            ("trace/phase", put(reported, 1)): {
                "phases of a turn are in order":
                    turn + r": reported in the phase compute at .* s, downloaded .* s, computed .* s",
                "a partial transfer is less than the whole": turn + r": ended in the phase compute and spent .*",
            },
            ("trace/ended_s", put(reported, lambda t: t["ended_s"][reported] + 1e7)): {
                "turns end by their round's commit": turn + r": ended at .* s, the round was committed at .* s",
                "no client is in two turns at once": turn + r": dispatched .* s, turn \d+ went on until .* s",
            },
            ("trace/client_turn", put(second, 77)): {
                "a client's turns are numbered without gaps": rf"round \d+, client {twice}, turn \d+: must be turn \d+",
            },
            ("trace/version", put(reported, 900)): {
                "nobody is sent a model of the future": turn + r": was sent version 900",
            },
            ("trace/bytes_down", put(crashed, 10**8)): {
                "a partial transfer is less than the whole":
                    turn + r": spent \d+ bytes down, 0 bytes up, 0 s, a whole turn is \d+ bytes down and \d+ up",
                **sums,
            },
            ("trace/bytes_up", put(crashed, 1)): {
                "a partial transfer is less than the whole": turn + r": ended in the phase download and spent .*",
                **sums,
            },
            ("trace/compute_s", put(reported, lambda t: t["compute_s"][reported] * 2)): {
                "a partial transfer is less than the whole": turn + r": computed for .* s in a phase of .* s",
                **sums,
            },
            ("trace/compute_s", put(reported, lambda t: t["compute_s"][reported] / 2)): sums,
            ("trace/outcome", put(crashed, 1)): {
                "the trace's ends are the rounds'":
                    r"round \d+: \d+ turns of the trace ended as left, the round counts \d+",
            },
        })  # fmt: skip

    def test_a_turn_that_begins_before_the_one_before_it_has_ended(self):
        self.run_it(BUFFERED)

        def overlap(file):
            trace = file["trace"]
            client, number = trace["client"][()], trace["client_turn"][()]
            row = int(np.flatnonzero(number == 1)[0])
            before = int(np.flatnonzero((client == client[row]) & (number == 0))[0])
            trace["dispatched_s"][row] = trace["ended_s"][before] - 1e-9
            trace["version"][row] = 0

        found = self.broken(overlap)
        self.assertEqual(list(found), ["no client is in two turns at once"], found)

    def test_a_version_sent_before_it_was_committed(self):
        self.run_it(BUFFERED)

        def early(file):
            trace = file["trace"]
            late = (trace["round"][()] > 5) & (trace["version"][()] < trace["round"][()] - 1)
            row = int(np.flatnonzero(late)[0])
            trace["version"][row] = trace["round"][row] - 1

        found = self.broken(early)
        self.assertEqual(list(found), ["nobody is sent a model of the future"], found)
        self.assertRegex(
            found["nobody is sent a model of the future"],
            r": round \d+, client \d+, turn \d+: was sent version \d+ at .* s, which was committed at .* s$",
        )

    def test_turns_that_are_not_of_the_run_s_rounds_or_clients(self):
        self.run_it()

        def late(file):
            file["trace/round"][-1] = 40

        self.assertRegex(self.broken(late)[TURN_LAWS[1]], r": round 40, client \d+, turn \d+: there is no such round$")

        def early(file):
            file["trace/round"][-1] = 2

        self.assertRegex(self.broken(early)[TURN_LAWS[1]], r": round 2, .*: booked after a turn of round 12$")

        def stranger(file):
            file["trace/client"][4] = 60

        self.assertIn("turn", self.broken(stranger)[TURN_LAWS[2]])

        def more_strangers(file):
            file["trace/client"][:] = 60 + np.arange(len(file["trace/client"]))
            file["trace/client_turn"][:] = 0
            file["clients/dispatched"][:] = 0

        self.assertRegex(self.broken(more_strangers)[TURN_LAWS[2]], r": round 1, client 60, turn 0: there are 60 clients$")

    def test_a_client_that_is_not_in_the_sample(self):
        self.run_it(trace="output={trace: sample, trace_share: 0.3}")

        def less(file):
            file.attrs["trace_share"] = 0.2

        self.assertRegex(self.broken(less)[TURN_LAWS[2]], r": client \d+: has \d+ turns, and is not in the sample$")

    def test_a_rest_that_is_not_after_the_last_round(self):
        self.run_it(trace="output.trace=none")

        def change(file):
            file["rest/round"][0] = 9

        self.assertEqual(self.broken(change), {ROUND_LAWS[0]: ": rest: found round 9, must be 13"})

    def test_a_log_that_has_more_or_less_or_something_else(self):
        run = self.run_it()
        log = run / "metrics.jsonl"
        lines = log.read_text().splitlines(keepends=True)
        for text, message in {
            "".join(lines[:-1]): "12 lines, the trajectory has 13 rounds",
            "".join(lines) + lines[-1]: "line 14: the trajectory has 13 rounds",
            "".join(lines[:5]) + "[]\n": "line 6: is no JSON object",
            '{"round": 0, "mood": 3}\n': "line 1: mood is no column of the trajectory",
        }.items():
            log.write_text(text)
            self.assertEqual(self.findings(code=65)["FAILED"], {FILE_LAWS[0]: f": {message}"})

    def test_a_trajectory_that_the_run_does_not_know(self):
        run = self.run_it()
        info = self.info()
        info["trajectory"]["xxh3_128"] = "0" * 32
        (run / "run.json").write_text(json.dumps(info))
        text = self.findings(code=65)["FAILED"][FILE_LAWS[1]]
        self.assertRegex(text, r"^: it knows a trajectory with the hash 0{32}, this one has [0-9a-f]{32}$")
        (run / "run.json").write_text("{}")
        text = self.findings(code=65)["FAILED"][FILE_LAWS[1]]
        self.assertRegex(text, r"^: it knows a trajectory with the hash none, this one has [0-9a-f]{32}$")

    def test_the_message_counts_the_laws_that_are_broken(self):
        run = self.run_it()
        (run / "run.json").write_text("{}")
        self.assertEqual(
            self.refuse(65, "verify", "run").err,
            f"error: run: 1 of {len(LAWS)} laws broken; the files were changed, or this is a mistake of fedtide\n",
        )


class Refused(Verify):
    def test_what_is_no_run(self):
        self.refuse(66, "verify", "nowhere")
        self.assertIn("no file of fedtide as it was written", self.refuse(65, "verify", "stormy.yaml").err)
        (self.folder / "empty").mkdir()
        self.assertIn("no trajectory.h5 in it", self.refuse(66, "verify", "empty").err)

    def test_a_file_that_was_changed_by_another_program(self):
        path = self.run_it() / "trajectory.h5"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        self.assertIn("is damaged: its content has the hash", self.refuse(65, "verify", "run").err)

    def test_a_trajectory_with_parts_that_no_run_has(self):
        self.run_it()
        path = "run/trajectory.h5"

        def without(name):
            def change(file):
                del file[name]

            return change

        def code(file):
            file["trace/outcome"][2] = 200

        def short(file):
            values = file["clients/reported"][:-1]
            del file["clients/reported"]
            file["clients/reported"] = values

        for change, message in (
            (without("started_s"), f"{path}: /started_s is missing"),
            (without("trace/version"), f"{path}: /trace/version is missing"),
            (code, rf"{path}: /trace/outcome: found 200 in row 2, known are 0 to \d+"),
            (short, f"{path}: /clients/reported has 59 rows, the others have 60"),
        ):
            shutil.copytree(self.folder / "run", self.folder / "kept")
            self.change(change)
            self.assertRegex(self.refuse(65, "verify", "run").err, f"^error: {message}\n$")
            shutil.rmtree(self.folder / "run")
            (self.folder / "kept").rename(self.folder / "run")


if __name__ == "__main__":
    unittest.main()
