"""The picture of energy, against sums made one by one, and the summary's column."""

import csv
import unittest

import fake_run
from fedtide import energy, load
from plotting import Folder, call, rows_of


class Energy(Folder):
    def with_energy(self, name="run", rounds=12):
        tables = fake_run.plausible(1, rounds=rounds, every=3, clients=200)
        fake_run.add_energy(tables)
        fake_run.write_run(self.at(name), tables, fake_run.config(1))
        return tables["rounds"]

    def test_the_bars_are_what_was_used_and_what_was_wasted(self):
        rounds = self.with_energy()
        code, out, err = call(self.folder, "energy", "run")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.splitlines(), [f"energy.{end}" for end in ("pdf", "png", "csv")])
        self.drawn("energy")
        rows = rows_of(self.at("energy.csv"))
        self.assertEqual(len(rows), 12)
        for i, row in enumerate(rows):
            for use in fake_run.USES:
                self.assertEqual(float(row[f"wasted_{use}_j"]), rounds[f"wasted_{use}_j"][i])
                used = rounds[f"spent_{use}_j"][i] - rounds[f"wasted_{use}_j"][i]
                self.assertAlmostEqual(float(row[f"used_{use}_j"]), used, 9)

    def test_many_rounds_are_means(self):
        rounds = self.with_energy(rounds=200)
        self.assertEqual(call(self.folder, "energy", "run")[0], 0)
        rows = rows_of(self.at("energy.csv"))
        self.assertEqual((rows[0]["first_round"], rows[0]["last_round"]), ("1", "5"))
        self.assertAlmostEqual(float(rows[0]["wasted_send_j"]), rounds["wasted_send_j"][:5].mean(), 9)

    def test_a_run_without_energy_is_refused(self):
        self.write("run")
        self.refused(66, "run: knows no energy (set fleet.energy.model and finish the run)", "energy", "run")

    def test_the_summary_has_its_sum(self):
        rounds = self.with_energy()
        self.write("other")
        exact = list(csv.DictReader(call(self.folder, "summary", "run", "other", "--csv")[1].splitlines()))
        self.assertAlmostEqual(float(exact[0]["energy_j"]), sum(rounds[f"spent_{use}_j"].sum() for use in fake_run.USES), 6)
        self.assertEqual(exact[1]["energy_j"], "")
        self.assertRegex(call(self.folder, "summary", "run")[1].splitlines()[1], r" [\d.]+ kJ$")

    def test_by_use_is_of_every_round(self):
        self.with_energy()
        self.assertEqual({len(values) for values in energy.by_use(load(self.at("run"))).values()}, {12})


if __name__ == "__main__":
    unittest.main()
