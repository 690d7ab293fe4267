"""The command line that draws: what it writes, and what its CSV says."""

import csv
import json
import unittest

import numpy as np

import fake_run
from plotting import Folder, call, rows_of


class Pictures(Folder):
    def test_report_draws_the_three_standard_pictures(self):
        self.write("run")
        code, out, err = call(self.folder, "report", "run", "--out", "pictures")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(
            out.splitlines(),
            [
                f"pictures/{name}.{kind}"
                for name in ("curves", "partition", "outcomes")
                for kind in ("pdf", "png", "csv")
            ],
        )
        for name in ("curves", "partition", "outcomes"):
            self.drawn(f"pictures/{name}")
        panels = {row["x_name"] for row in rows_of(self.at("pictures/curves.csv"))}
        self.assertEqual(panels, {"round", "time_s", "bytes"})

    def test_every_kind_of_picture_is_drawn(self):
        self.write("a", 1)
        self.write("b", 2)
        kinds = {
            "curve": ["curve", "a", "b", "--x", "bytes", "--y", "train_loss", "--band", "ci"],
            "three": ["curve", "a", "b", "--x", "round,time,bytes_up", "--y", "loss", "--band", "none"],
            "heatmap": ["partition", "a", "--clients", "50"],
            "bars": ["partition", "a", "--kind", "bars"],
            "bubbles": ["partition", "a", "--kind", "bubbles"],
            "sizes": ["partition", "a", "--kind", "sizes"],
            "outcomes": ["outcomes", "a"],
            "timeline": ["timeline", "a", "--clients", "0-30", "--rounds", "2-6"],
        }
        for stem, arguments in kinds.items():
            code, _, err = call(self.folder, *arguments, "--out", stem)
            self.assertEqual((code, err), (0, ""), stem)
            self.drawn(stem)

    def test_a_partition_is_drawn_before_any_run(self):
        """As fedtide describe data shows it: --json and --csv, with labels and without."""
        counts = [[3, 0, 1], [0, 5, 0], [2, 2, 2]]
        with open(self.at("p.json"), "w", encoding="utf-8") as file:
            json.dump({"train_samples_of_client": [4, 5, 6], "label_count": counts}, file)
        with open(self.at("p.csv"), "w", encoding="utf-8") as file:
            file.write("client,label_0,label_1,label_2\n" + "".join(f"c{i},{a},{b},{c}\n" for i, (a, b, c) in enumerate(counts)))
        with open(self.at("s.csv"), "w", encoding="utf-8") as file:
            file.write("client,samples\n0,4\n1,9\n")
        for source in ("p.json", "p.csv"):
            for kind in ("heatmap", "bars", "bubbles", "sizes"):
                code, _, err = call(self.folder, "partition", source, "--kind", kind, "--out", "drawn")
                self.assertEqual((code, err), (0, ""), (source, kind))
                self.drawn("drawn")
                if kind != "sizes":
                    rows = {int(row["client"]): [int(row[f"label_{k}"]) for k in range(3)] for row in rows_of(self.at("drawn.csv"))}
                    self.assertEqual([rows[i] for i in range(3)], counts)
        self.assertEqual(call(self.folder, "partition", "s.csv", "--kind", "sizes")[0], 0)
        code, _, err = call(self.folder, "partition", "s.csv")
        self.assertEqual(code, 66)
        self.assertIn("records no labels of clients", err)

    def test_the_same_numbers_make_the_same_files(self):
        self.write("run")
        for stem in ("one", "two"):
            call(self.folder, "outcomes", "run", "--out", stem)
        for kind in ("pdf", "png", "csv"):
            with open(self.at(f"one.{kind}"), "rb") as one, open(self.at(f"two.{kind}"), "rb") as two:
                self.assertEqual(one.read(), two.read(), kind)

    def test_an_extension_in_the_stem_is_dropped_and_folders_are_made(self):
        self.write("run")
        call(self.folder, "outcomes", "run", "--out", "new/folder/ends.v1.png")
        self.drawn("new/folder/ends.v1")


class Numbers(Folder):
    def test_the_csv_has_the_mean_and_the_sd_over_seeds(self):
        made = [self.write(f"run{seed}", seed) for seed in (1, 2, 3)]
        code, _, err = call(self.folder, "curve", "run1", "run2", "run3")
        self.assertEqual((code, err), (0, ""))
        rows = rows_of(self.at("curve.csv"))
        values = np.array([tables["evaluation"]["test_accuracy"] for tables in made])
        self.assertEqual([int(row["x"]) for row in rows], [0, 3, 6, 9, 12])
        self.assertEqual({(row["label"], row["n"], row["y_name"]) for row in rows}, {("fedavg", "3", "test_accuracy")})
        mean = values.sum(axis=0) / 3
        sd = (((values - mean) ** 2).sum(axis=0) / 2) ** 0.5
        np.testing.assert_allclose([float(row["mean"]) for row in rows], mean, rtol=1e-13)
        np.testing.assert_allclose([float(row["sd"]) for row in rows], sd, rtol=1e-11)
        np.testing.assert_allclose([float(row["high"]) for row in rows], mean + sd, rtol=1e-13)

    def test_the_csv_of_one_run_is_exact_and_has_no_sd(self):
        made = self.write("run")
        call(self.folder, "curve", "run", "--x", "time", "--y", "loss")
        rows = rows_of(self.at("curve.csv"))
        self.assertEqual([float(row["x"]) for row in rows], made["evaluation"]["time_s"].tolist())
        self.assertEqual([float(row["mean"]) for row in rows], made["evaluation"]["test_loss"].tolist())
        self.assertEqual({row["sd"] for row in rows}, {""})

    def test_the_outcomes_add_up_to_what_was_dispatched(self):
        made = self.write("run")
        call(self.folder, "outcomes", "run")
        rows = rows_of(self.at("outcomes.csv"))
        names = set(rows[0]) - {"first_round", "last_round"}
        self.assertEqual(
            [sum(float(row[name]) for name in names) for row in rows], made["rounds"]["dispatched"].tolist()
        )

    def test_the_partition_s_csv_is_the_shards_of_the_clients_it_shows(self):
        made = self.write("run")
        call(self.folder, "partition", "run", "--clients", "40")
        rows = rows_of(self.at("partition.csv"))
        self.assertEqual(len({row["client"] for row in rows}), 40)
        for row in rows:
            expected = made["partition"]["label_count"][int(row["client"])].tolist()
            self.assertEqual([int(row[f"label_{i}"]) for i in range(10)], expected)

    def test_the_timeline_s_csv_names_how_turns_end(self):
        made = self.write("run")["trace"]
        call(self.folder, "timeline", "run", "--rounds", "2")
        rows = rows_of(self.at("timeline.csv"))
        expected = {
            (c, fake_run.OUTCOMES[o]) for r, c, o in zip(made["round"], made["client"], made["outcome"]) if r == 2
        }
        self.assertTrue({(int(row["client"]), row["outcome"]) for row in rows} <= expected)
        self.assertEqual(len(rows), 20)

    def test_the_target_s_table_counts_the_runs_that_reach_it(self):
        for seed in (1, 2):
            self.write(f"run{seed}", seed)
        code, out, _ = call(self.folder, "curve", "run1", "run2", "--target", "0.12")
        self.assertEqual(code, 0)
        self.assertIn("test_accuracy >= 0.12 (raw curve)", out)
        self.assertRegex(out, r"fedavg: 3 ± 0 rounds, .* \(2 of 2 runs\)")
        self.assertIn("fedavg: never (2 of 2 runs)", call(self.folder, "curve", "run1", "run2", "--target", "0.99")[1])

    def test_the_summary_has_a_line_a_run(self):
        made = self.write("run")
        self.write("other", status="running")
        code, out, _ = call(self.folder, "summary", "run", "other")
        lines = out.splitlines()
        self.assertEqual((code, len(lines)), (0, 3))
        self.assertRegex(lines[1], r"^run +complete +12 ")
        self.assertRegex(lines[2], r"^other +running +12 ")
        exact = list(csv.DictReader(call(self.folder, "summary", "run", "--csv")[1].splitlines()))[0]
        self.assertEqual(float(exact["final_accuracy"]), made["evaluation"]["test_accuracy"][-1])
        self.assertEqual(int(exact["bytes_up"]), made["rounds"]["bytes_up"][-1])
        rounds = made["rounds"]
        wasted = (rounds["wasted_bytes_down"] + rounds["wasted_bytes_up"]).sum()
        self.assertAlmostEqual(
            float(exact["wasted_share"]), wasted / (rounds["bytes_up"] + rounds["bytes_down"])[-1], 14
        )


if __name__ == "__main__":
    unittest.main()
