"""fedtide explain: what it says before a run is what the run records, on every scenario that ships."""

import json
import math
import unittest

from driver import SOURCE, Driver

LOST = ("left", "crash", "network", "battery", "unplugged", "deadline", "stale")
# Runs that are too long for a test are cut, in both: as much of them is explained as is run.
CUT = {
    "scenarios/systems/google-fl.yaml": ["stop={rounds: 100}"],
    "scenarios/systems/million-asynchronous.yaml": ["stop={rounds: 200}"],
    "scenarios/systems/million-clients.yaml": ["stop={rounds: 200}"],
}
KEYS = [
    "clients", "clients_with_samples", "clients_with_too_little_memory", "deciles", "all", "rounds", "turns", "to_the_end", "round_s", "median_round_s",
    "slow_round_s", "bytes_down", "bytes_up", "dispatched", "abandoned_rounds", "outcomes", "energy_j",
    "wasted_energy", "carbon_g", "metered_bytes", "used_work",
    "rounds_a_day", "end", "end_s", "end_rounds", "shares_links", "ends_by_accuracy",
]  # fmt: skip


def scenarios():
    return sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.glob("scenarios/**/*.yaml"))


class Scenarios(Driver):
    """Where the explanation is of another seed than the run, so that it foretells and does not repeat."""

    def recorded(self, scenario, overrides):
        """Means of a run without training, or None where the data of a scenario are not on this machine."""
        config = self.fedtide("run", SOURCE / scenario, "-n", "--json", *overrides)
        self.assertEqual(config.code, 0, config)
        stop = dict(json.loads(config.out)["stop"])
        # Without training no accuracy is ever known: the run goes on to its other end, which all scenarios have.
        if stop.pop("accuracy", None) is not None:
            overrides = [*overrides, "stop={rounds: %d}" % stop["rounds"]]
        options = ["sweep=null", "timing=only", "seed=4711", "evaluate={every: 1000000}", *overrides]
        result = self.fedtide("run", SOURCE / scenario, "-q", "--force", "-o", "run", *options)
        if result.code == 66:
            return None
        self.assertEqual(result.code, 0, result)
        rows = [json.loads(line) for line in (self.folder / "run/metrics.jsonl").read_text().splitlines()]
        ends = {name: sum(row[name] for row in rows) for name in rows[0] if name in ("reported", "surplus", *LOST)}
        return {
            "round_s": rows[-1]["time_s"] / len(rows),
            "bytes_down": rows[-1]["bytes_down"] / len(rows),
            "bytes_up": rows[-1]["bytes_up"] / len(rows),
            "lost": sum(ends.get(name, 0) for name in LOST) / sum(ends.values()),
            "turns": sum(ends.values()),
        }

    def test_a_run_is_as_it_was_explained_within_ten_percent(self):
        compared = 0
        for scenario in scenarios():
            with self.subTest(scenario):
                overrides = CUT.get(scenario, [])
                run = self.recorded(scenario, overrides)
                if run is None:
                    print(f"{scenario}: its data are not on this machine; not compared")
                    continue
                told = json.loads(self.succeed("explain", SOURCE / scenario, "--json", *overrides).out)
                for name in ("round_s", "bytes_down", "bytes_up"):
                    self.assertLessEqual(abs(told[name] - run[name]), 0.1 * run[name], name)
                lost = sum(told["outcomes"].get(name, 0) for name in LOST)
                # Where few turns are lost, as few as there are may differ by chance alone: three standard errors.
                chance = 3 * math.sqrt(2 * run["lost"] / run["turns"])
                self.assertLessEqual(abs(lost - run["lost"]), max(0.1 * run["lost"], chance))
                compared += 1
        self.assertGreaterEqual(compared, 2)

    def test_the_explanation_of_a_run_s_own_seed_is_exact(self):
        told = json.loads(self.succeed("explain", "stormy.yaml", "--json").out)
        summary = json.loads(self.succeed("run", "stormy.yaml", "-q", "-o", "run", "--json").out)
        self.assertEqual(told["end_s"], summary["time_s"])
        self.assertEqual(told["end_rounds"], summary["rounds"])
        self.assertEqual(told["end"], summary["reason"])
        rows = [json.loads(line) for line in (self.folder / "run/metrics.jsonl").read_text().splitlines()]
        self.assertEqual(told["bytes_down"], rows[-1]["bytes_down"] / 12)
        crashed, turns = (sum(row[name] for row in rows) for name in ("crash", "dispatched"))
        self.assertEqual(told["outcomes"]["crash"], crashed / turns)


class Words(Driver):
    def test_the_figures_are_shown_as_text_and_as_json(self):
        told = json.loads(self.succeed("explain", "stormy.yaml", "--json").out)
        self.assertEqual(list(told), KEYS)
        self.assertEqual(len(told["deciles"]), 10)
        self.assertEqual(
            list(told["all"]), ["clients", "download_s", "compute_s", "upload_s", "turn_s", "turns", "reported"]
        )
        lines = self.succeed("explain", "stormy.yaml").out.splitlines()
        self.assertRegex(lines[0], r"^clients +60, \d+ with samples$")
        self.assertRegex(lines[2], r"^ +clients +download +compute +upload +turn +reported$")
        self.assertRegex(lines[3], r"^  1 +\d+( +[\d.]+ (ms|s)){4} +[\d.]+ %$")
        names = ["all", "timeline", "a round", "a round sends", "a round has", "turns end", "used", "rounds a day", "end"]
        self.assertEqual([line[:16].strip() for line in lines[13:]][1:], names[1:])
        self.assertRegex(lines[-1], r"^end +after 12 rounds, [\d.]+ s: reached 12 rounds$")

    def test_it_writes_nothing(self):
        before = sorted(self.folder.rglob("*"))
        self.succeed("explain", "stormy.yaml", "seed=9")
        self.assertEqual(sorted(self.folder.rglob("*")), before)

    def test_what_it_explains_of_a_long_run_is_as_many_turns_as_it_is_told(self):
        told = json.loads(self.succeed("explain", "stormy.yaml", "--json", "--turns", "100", "stop.rounds=50000").out)
        self.assertTrue(100 <= told["turns"] < 120)
        self.assertEqual((told["to_the_end"], told["end"], told["end_rounds"]), (False, "stop.rounds", 50000))
        text = self.succeed("explain", "stormy.yaml", "--turns", "100", "stop.rounds=50000").out
        self.assertIn("turns in", text)
        self.assertIn("the first of the run", text)
        self.assertRegex(text, r"\nend +after about 50000 rounds, [\d.]+ \w+: stop.rounds\n")

    def test_an_end_by_accuracy_is_said_to_be_unknown(self):
        text = self.succeed("explain", "stormy.yaml", "stop={accuracy: 0.8}", "--turns", "500").out
        self.assertRegex(text, r"\nend +when stop.accuracy is reached: unknown before running\n")
        told = json.loads(self.succeed("explain", "stormy.yaml", "stop={accuracy: 0.8}", "--json", "--turns", "500").out)
        self.assertIsNone(told["end_s"])
        self.assertTrue(told["ends_by_accuracy"])

    def test_mistakes_are_refused_as_they_are_for_a_run(self):
        self.assertIn("protocol.cohort=0: must be between 1", self.refuse(2, "explain", "stormy.yaml", "protocol.cohort=0").err)
        self.refuse(66, "explain", "nowhere.yaml")
        error = self.refuse(2, "explain", "stormy.yaml", "--turns", "0").err
        self.assertIn("--turns", error)
        self.assertIn("see fedtide explain --help", error)


if __name__ == "__main__":
    unittest.main()
