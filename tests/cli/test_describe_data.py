"""fedtide describe data: who holds what, before anything runs."""

import csv
import gzip
import json
import unittest

from driver import Driver


class DescribeData(Driver):
    def test_a_page_for_people(self):
        result = self.succeed("describe", "data", "stormy.yaml")
        for words in (
            "partition       dirichlet, seed 3\n",
            "clients         60 with 960 training samples\n",
            "held out        240 samples of the clients' own\n",
            "test set        300 samples\n",
            "size Gini       0.000",
            "labels of the first 20 clients: a column is a label",
        ):
            self.assertIn(words, result.out)
        rows = [line for line in result.out.splitlines() if line.endswith("| 16")]
        self.assertEqual(len(rows), 20)

    def test_overrides_change_what_is_shown(self):
        result = self.succeed(
            "describe", "data", "stormy.yaml", "data.partition={scheme: iid, sharing: true, samples_per_client: 50}",
            "data.shift=[{kind: feature_noise}]", "data.unseen_clients=6",
        )
        self.assertIn("partition       iid with sharing, seed 3\n", result.out)
        self.assertIn("clients         54 with 2160 training samples\n", result.out)
        self.assertIn("unseen          6 clients with 300 samples\n", result.out)
        self.assertIn("shifts          feature_noise\n", result.out)

    def test_json_and_csv_have_the_same_counts(self):
        result = self.succeed("describe", "data", "stormy.yaml", "--json", "--csv", "counts.csv")
        described = json.loads(result.out)
        self.assertEqual(described["clients"], 60)
        self.assertEqual(described["train_samples"], 960)
        with open(self.folder / "counts.csv", newline="", encoding="utf-8") as file:
            lines = list(csv.reader(file))
        self.assertEqual(lines[0], ["client"] + [f"label_{k}" for k in range(described["classes"])])
        self.assertEqual([[int(n) for n in line[1:]] for line in lines[1:]], described["label_count"])
        self.assertEqual([sum(row) for row in described["label_count"]], described["train_samples_of_client"])

    def test_an_exported_partition_runs_to_the_same_bits(self):
        self.succeed("describe", "data", "stormy.yaml", "--export", "p.csv")
        lines = (self.folder / "p.csv").read_text().splitlines()
        self.assertEqual(lines[0], "client,index")
        self.assertEqual(sorted(int(line.split(",")[1]) for line in lines[1:]), list(range(1200)))
        (self.folder / "p.csv.gz").write_bytes(gzip.compress((self.folder / "p.csv").read_bytes()))
        made = []
        for name, words in (
            ("one", []),
            ("two", ["data.partition={scheme: from_file, path: p.csv}"]),
            ("three", ["data.partition={scheme: from_file, path: p.csv.gz}"]),
        ):
            self.succeed("run", "stormy.yaml", *words, "-q", "-o", name)
            made.append((self.folder / name / "metrics.jsonl").read_bytes())
        self.assertEqual(made[0], made[1])
        self.assertEqual(made[0], made[2])

    def test_unseen_clients_are_recorded(self):
        result = self.succeed("run", "stormy.yaml", "data.unseen_clients=10", "-q", "-o", "run")
        self.assertIn("test unseen_accuracy", result.out)
        lines = [json.loads(line) for line in (self.folder / "run" / "metrics.jsonl").read_text().splitlines()]
        last = [line for line in lines if line.get("test_unseen_accuracy") is not None][-1]
        self.assertGreater(last["test_unseen_accuracy"], 0.2)
        self.assertGreater(last["test_unseen_loss"], 0)

    def test_the_trajectory_keeps_who_holds_what(self):
        import h5py
        import numpy as np

        self.succeed("run", "stormy.yaml", "data.shift=[{kind: feature_noise}]", "-q", "-o", "run")
        with h5py.File(self.folder / "run" / "trajectory.h5") as file:
            partition = file["partition"]
            assignment = file["assignment"]
            train, test = assignment["train_row"][:], assignment["test_row"][:]
            self.assertEqual(len(train), partition["train_samples"][:].sum())
            self.assertEqual(len(test), partition["test_samples"][:].sum())
            self.assertTrue(np.array_equal(np.sort(np.concatenate([train, test])), np.arange(1200)))

    def test_clients_of_a_file_keep_their_ids(self):
        import h5py

        lines = "".join(f"site {row % 7},{row}\n" for row in range(1200))
        self.write("p.csv", "client,index\n" + lines + "nobody,\n")
        partition = "data.partition={scheme: from_file, path: p.csv}"
        words = [partition, "data.clients=8", "protocol={name: synchronous, cohort: 8}", "data.split.test=0", "evaluate={}",
                 "fleet={}"]
        shown = self.succeed("describe", "data", "stormy.yaml", *words)
        self.assertIn("site 0 |", shown.out)
        self.succeed("run", "stormy.yaml", *words, "-q", "-o", "run")
        with h5py.File(self.folder / "run" / "trajectory.h5") as file:
            names = list(file["assignment"]["client_name"].asstr()[:])
        self.assertEqual(names, [f"site {i}" for i in range(7)] + ["nobody"])
        self.assertTrue(all(line.get("update_norm") is None or line["update_norm"] < 100 for line in self.lines("run")))

    def lines(self, run):
        return [json.loads(line) for line in (self.folder / run / "metrics.jsonl").read_text().splitlines()]

    def test_mistakes(self):
        self.refused(2, "--json, --csv and --export describe the data of an experiment", "describe", "data", "--json")
        self.refused(66, "absent.yaml", "describe", "data", "absent.yaml")
        self.refused(73, "cannot create", "describe", "data", "stormy.yaml", "--csv", "/dev/null/x")
        self.refused(
            2,
            "the data set sizes has no samples whose partition could be exported",
            "describe", "data", "stormy.yaml", "data={dataset: sizes}", "timing=only", "--export", "x.csv",
        )

    def refused(self, code, words, *arguments):
        self.assertIn(words, self.refuse(code, *arguments).err)


if __name__ == "__main__":
    unittest.main()
