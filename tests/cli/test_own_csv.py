"""A user's own CSV: ten lines of YAML run it, and a mistake in it is named with its line and column."""

import shutil
import unittest

from driver import SOURCE, Driver

SCENARIO = SOURCE / "scenarios/own-csv.yaml"
TABLE = SOURCE / "scenarios/data/clinics.csv"


class OwnCsv(Driver):
    def copy_scenario(self, change=lambda lines: lines):
        shutil.copy(SCENARIO, self.folder / "own-csv.yaml")
        (self.folder / "data").mkdir(exist_ok=True)
        self.write("data/clinics.csv", "\n".join(change(TABLE.read_text().split("\n"))))

    def test_the_scenario_is_ten_lines_and_runs(self):
        lines = [line for line in SCENARIO.read_text().splitlines() if line and not line.startswith("#")]
        self.assertEqual(len(lines), 10)
        self.copy_scenario()
        checked = self.succeed("check", "own-csv.yaml")
        self.assertIn("clients         5 with 301 training samples\n", checked.out)
        result = self.succeed("run", "own-csv.yaml", "-q", "-o", "run")
        self.assertLess(result.seconds, 20)
        self.assertIn("complete", result.out)

    def test_a_resolved_config_finds_the_table_from_elsewhere(self):
        self.copy_scenario()
        self.succeed("run", "own-csv.yaml", "-q", "-o", "deep/run")
        self.succeed("run", "deep/run/config.yaml", "-q", "-o", "again")
        self.assertEqual((self.folder / "deep/run/config.yaml").read_text(), (self.folder / "again/config.yaml").read_text())

    def test_a_mistake_in_the_table_is_named_with_line_and_column(self):
        def spoil(lines):
            return lines[:6] + ["north,sixty,130,80,no,yes"] + lines[7:]

        self.copy_scenario(spoil)
        for verb in ("check", "run"):
            result = self.fedtide(verb, "own-csv.yaml")
            self.assertEqual(result.code, 65, result)
            self.assertIn('data/clinics.csv: line 7, column 7: age: found "sixty", must be a number', result.err)

    def test_a_column_that_is_not_there_is_a_mistake_of_the_config(self):
        self.copy_scenario(lambda lines: [lines[0].replace("clinic", "site")] + lines[1:])
        result = self.fedtide("check", "own-csv.yaml")
        self.assertEqual(result.code, 2, result)
        self.assertIn('data/clinics.csv: has no column "clinic"', result.err)


if __name__ == "__main__":
    unittest.main()
