"""Energy from the command line: summaries, files, explanations, and the laws of `fedtide verify`."""

import json
import unittest

import h5py
import numpy as np

from driver import Driver

ENERGY = "fleet.energy={model: phones, radio: lte, carbon: {intensity: [400]}}"
METERED = "fleet.link.metered=0.5"
LAWS = [
    "the seconds of a turn add up", "energy is power times time", "wasted energy is a part of what is spent",
    "the trace's energy is the rounds'", "the clients' energy is the rounds'",
    "metered bytes are those of metered links", "metered bytes are a part of all",
]  # fmt: skip
WORLDS = {
    "storm": [],
    "buffered": ["protocol={name: buffered, concurrency: 20, buffer: 4, maximum_staleness: 3}"],
    "shared": ["fleet.shared.server={down: 300 kbit/s, up: 100 kbit/s}"],
    "resume": ["fleet.interruption=resume"],
    "battery": [
        "fleet.battery={model: drawn, capacity: 100 J, start: {distribution: uniform, low: 0.2, high: 1}, charge: 1 W, "
        "charging: {model: on_off, on: 30 s, off: 30 s}}"
    ],
    "time": ["stop={time: 60 s}"],
}


class Runs(Driver):
    def run_it(self, *overrides, name="run"):
        return self.succeed("run", "stormy.yaml", "-q", "-o", name, "output.trace=clients", ENERGY, METERED, *overrides)

    def test_runs_with_energy_obey_every_law(self):
        for name, overrides in WORLDS.items():
            with self.subTest(name):
                self.run_it(*overrides, name=name)
                lines = self.succeed("verify", name).out.splitlines()
                for law in LAWS:
                    self.assertIn(f"ok           {law}", lines)
                self.assertFalse([line for line in lines if not line.startswith("ok ")])

    def test_the_summary_says_what_was_drawn_and_paid(self):
        out = self.run_it().out
        self.assertRegex(
            out,
            r"\nmetered +[\d.]+ kB over links paid by the byte\n"
            r"energy +[\d.]+ k?J, [\d.]+ % of it wasted; computing [\d.]+ k?J, receiving [\d.]+ J, sending [\d.]+ J, "
            r"waiting [\d.]+ J\n"
            r"carbon +[\d.]+ g of CO2-equivalent\n",
        )
        told = json.loads(self.run_it("--json", "--force").out)
        rows = [json.loads(line) for line in (self.folder / "run/metrics.jsonl").read_text().splitlines()]
        with h5py.File(self.folder / "run/trajectory.h5") as file:
            uses = ("compute", "receive", "send", "idle")
            spent = sum(file[f"spent_{use}_j"][()] for use in uses)
            wasted = sum(file[f"wasted_{use}_j"][()] for use in uses)
            np.testing.assert_allclose([row["spent_energy_j"] for row in rows], spent, rtol=1e-14)
            np.testing.assert_allclose([row["wasted_energy_j"] for row in rows], wasted, rtol=1e-14)
            rest = sum(file[f"rest/spent_{use}_j"][()].sum() for use in uses)
            self.assertAlmostEqual(told["energy_j"], spent.sum() + rest, 9)
            self.assertAlmostEqual(told["energy_j"], file["clients/energy_j"][()].sum(), 6)
            self.assertAlmostEqual(told["carbon_g"], told["energy_j"] / 3.6e6 * 400, 9)
            for name, units in (("spent_compute_j", b"J"), ("spent_carbon_g", b"g"), ("clients/idle_w", b"W")):
                found = file[name].attrs["units"]
                self.assertEqual(found if isinstance(found, bytes) else found.encode(), units)
            self.assertEqual(file["trace/receive_s"].shape, file["trace/client"].shape)

    def test_without_a_model_nothing_is_said_of_energy(self):
        out = self.succeed("run", "stormy.yaml", "-q", "-o", "run").out
        self.assertNotIn("energy", out)
        with h5py.File(self.folder / "run/trajectory.h5") as file:
            names = []
            file.visit(names.append)
        self.assertFalse([name for name in names if name.endswith(("_j", "_g", "_w", "metered_bytes"))])
        self.assertNotIn("energy", self.succeed("verify", "run").out)

    def test_the_explanation_of_a_run_s_own_seed_is_exact(self):
        told = json.loads(self.succeed("explain", "stormy.yaml", "--json", ENERGY, METERED).out)
        self.run_it()
        rows = [json.loads(line) for line in (self.folder / "run/metrics.jsonl").read_text().splitlines()]
        spent = sum(row["spent_energy_j"] for row in rows)
        self.assertAlmostEqual(told["energy_j"], spent / 12, 9)
        self.assertAlmostEqual(told["wasted_energy"], sum(row["wasted_energy_j"] for row in rows) / spent, 9)
        self.assertAlmostEqual(told["metered_bytes"], sum(row["spent_metered_bytes"] for row in rows) / 12, 6)
        text = self.succeed("explain", "stormy.yaml", ENERGY).out
        self.assertRegex(text, r"\na round draws +[\d.]+ k?J, [\d.]+ % of it wasted; [\d.]+ k?g of CO2-equivalent\n")

    def test_check_and_explain_say_how_many_have_too_little_memory(self):
        memory = "fleet.device.memory={distribution: uniform, low: 0 B, high: 10 kB}"
        for verb in ("check", "explain"):
            text = self.succeed(verb, "stormy.yaml", memory).out
            self.assertRegex(text, r"\n +\d+ (of these )?have too little memory for the model and never take part\n")

    def test_mistakes_have_their_place(self):
        error = self.refuse(2, "check", "stormy.yaml", "fleet.energy={model: drawn, compute: 4}").err
        self.assertIn("fleet.energy.compute", error)
        self.assertIn("must have a unit", error)
        (self.folder / "exp.yaml").write_text((self.folder / "stormy.yaml").read_text() + "# end\n")
        text = (self.folder / "exp.yaml").read_text().replace("  dropout:", "  energy: {model: drawn, idle: -1 W}\n  dropout:")
        (self.folder / "exp.yaml").write_text(text)
        line = text.splitlines().index("  energy: {model: drawn, idle: -1 W}") + 1
        self.assertIn(f"exp.yaml:{line}:32: fleet.energy.idle: must be between 0 W", self.refuse(2, "check", "exp.yaml").err)


if __name__ == "__main__":
    unittest.main()
