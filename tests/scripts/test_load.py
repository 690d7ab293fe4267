"""fedtide.load: every state a run directory can be in, and every file that is none."""

import json
import os
import tempfile
import unittest

import h5py
import numpy as np

import fake_run
import fedtide


def small(rounds=4):
    """Tables with numbers to check by eye: evaluations of rounds 0, 2, 4."""
    number = np.arange(1, rounds + 1)
    table = {"round": number, "time_s": 10.0 * number, "bytes_up": 100 * number, "bytes_down": 300 * number}
    table["train_loss"] = 1.0 / number
    table.update({name: np.full(rounds, i) for i, name in enumerate(fake_run.OUTCOMES)})
    at = np.arange(0, rounds + 1, 2)
    evaluation = {"round": at, "time_s": 10.0 * at, "test_accuracy": 0.1 * at, "test_loss": 3.0 - 0.5 * at}
    return {"rounds": table, "evaluation": evaluation}


class Folder(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = os.path.join(scratch.name, "run")
        os.mkdir(self.folder)

    def at(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.at(name), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def read(self, name):
        with open(self.at(name), "rb") as file:
            return file.read()

    def refused(self, path, code, words):
        """Loading fails with this exit code and a message of one line that holds the words and the path."""
        with self.assertRaises(fedtide.FedtideError) as caught:
            run = fedtide.load(path)
            run.evaluation, run.partition
        message = str(caught.exception)
        self.assertEqual(caught.exception.code, code, message)
        self.assertIn(words, message)
        self.assertTrue(message.startswith(path), message)
        self.assertNotIn("\n", message)


class States(Folder):
    def test_a_finished_run_is_read_from_its_trajectory(self):
        fake_run.write_run(self.folder, small(), fake_run.config(seed=3))
        os.remove(self.at("metrics.jsonl"))
        run = fedtide.load(self.folder)
        self.assertEqual((run.status, run.config["seed"], run.name), ("complete", 3, "run"))
        self.assertEqual(run.rounds["bytes_up"].tolist(), [100, 200, 300, 400])
        self.assertEqual(run.rounds.attributes["time_s"], {"units": "s"})
        self.assertEqual(run.evaluation["round"].tolist(), [0, 2, 4])

    def test_a_trajectory_and_a_metrics_file_load_by_themselves(self):
        fake_run.write_run(self.folder, small(), fake_run.config())
        for name in ("trajectory.h5", "metrics.jsonl"):
            self.assertEqual(fedtide.load(self.at(name)).rounds["round"].tolist(), [1, 2, 3, 4])

    def test_a_run_in_progress_is_read_from_its_lines(self):
        fake_run.write_run(self.folder, small(), fake_run.config(), status="running")
        run = fedtide.load(self.folder)
        self.assertEqual(run.status, "running")
        self.assertEqual(run.rounds["round"].tolist(), [1, 2, 3, 4])
        self.assertEqual(run.rounds["bytes_up"].dtype, np.int64)
        # Rounds 1 and 3 were not evaluated.
        self.assertEqual(run.evaluation["round"].tolist(), [0, 2, 4])
        self.assertEqual(dict(run.partition), {})

    def test_the_line_of_the_initial_model_is_an_evaluation_but_no_round(self):
        self.write(
            "metrics.jsonl",
            '{"round": 0, "time_s": 0, "test_accuracy": 0.1}\n{"round": 1, "time_s": 5, "test_accuracy": null}\n',
        )
        run = fedtide.load(self.at("metrics.jsonl"))
        self.assertEqual(run.rounds["round"].tolist(), [1])
        self.assertEqual(run.evaluation["round"].tolist(), [0])

    def test_a_torn_last_line_is_left_out(self):
        whole = '{"round": 1, "train_loss": 2.5}\n{"round": 2, "train_loss": 1.5}\n'
        for torn in ('{"round": 3, "train_lo', '{"round"', "{", "\0\0\0\0", b'{"round": 3, "\xff\xfe'):
            self.write("metrics.jsonl", whole.encode() + (torn if isinstance(torn, bytes) else torn.encode()))
            self.assertEqual(fedtide.load(self.at("metrics.jsonl")).rounds["train_loss"].tolist(), [2.5, 1.5], torn)

    def test_a_round_that_is_written_again_counts_once(self):
        lines = [(1, 1.0), (2, 2.0), (3, 3.0), (2, 20.0)]
        self.write("metrics.jsonl", "".join(json.dumps({"round": n, "train_loss": v}) + "\n" for n, v in lines))
        self.assertEqual(fedtide.load(self.at("metrics.jsonl")).rounds["train_loss"].tolist(), [1.0, 20.0])

    def test_a_resumed_run_is_read_from_the_newer_lines(self):
        fake_run.write_metrics(self.folder, small(6))
        fake_run.write_trajectory(self.folder, small(4))
        for status, last in (("running", 6), ("complete", 4)):
            fake_run.write_json(self.folder, "run.json", {"status": status})
            run = fedtide.load(self.folder)
            self.assertEqual((run.rounds["round"][-1], run.evaluation["round"][-1]), (last, last))

    def test_a_run_that_has_just_begun_has_no_rounds(self):
        fake_run.write_json(self.folder, "run.json", {"status": "running"})
        self.write("metrics.jsonl", "")
        run = fedtide.load(self.folder)
        self.assertEqual((run.rounds.rows, run.evaluation.rows), (0, 0))

    def test_a_sweep_stands_for_its_runs(self):
        for name in ("0001-b", "0000-a"):
            fake_run.write_run(self.at(f"runs/{name}"), small(), fake_run.config())
        os.mkdir(self.at("runs/0002-not-begun"))
        self.assertEqual([run.name for run in fedtide.find(self.folder)], ["0000-a", "0001-b"])


class Frames(Folder):
    def setUp(self):
        super().setUp()
        fake_run.write_run(self.folder, fake_run.plausible(rounds=6, clients=80), fake_run.config())
        self.run_read = fedtide.load(self.folder)

    def test_pandas_has_a_row_a_round(self):
        frame = self.run_read.to_pandas()
        self.assertEqual(frame.index.tolist(), [1, 2, 3, 4, 5, 6])
        self.assertEqual(frame["reported"].tolist(), self.run_read.rounds["reported"].tolist())
        self.assertEqual(self.run_read.to_pandas("partition").shape, (80, 12))  # client, 10 labels, samples

    def test_a_trajectory_and_its_lines_say_the_same(self):
        alone = fedtide.load(self.at("metrics.jsonl"))
        for name in ("round", "time_s", "bytes_up", "reported", "wasted_bytes_up", "train_loss"):
            np.testing.assert_array_equal(alone.rounds[name], self.run_read.rounds[name])
        for name, column in self.run_read.evaluation.items():
            np.testing.assert_array_equal(alone.evaluation[name], column)

    def test_wasted_bytes_are_those_of_both_ways(self):
        rounds = self.run_read.rounds
        np.testing.assert_array_equal(rounds["wasted_bytes"], rounds["wasted_bytes_down"] + rounds["wasted_bytes_up"])

    def test_xarray_has_dimensions_units_and_coordinates(self):
        try:
            import xarray  # noqa: F401
        except ImportError:
            self.skipTest("xarray is not installed")
        data = self.run_read.to_xarray()
        self.assertEqual(data["train_loss"].dims, ("round",))
        self.assertEqual(data["time_s"].attrs["units"], "s")
        self.assertEqual(set(data.coords), {"round", "time_s"})
        self.assertEqual(self.run_read.to_xarray("partition")["label_count"].dims, ("client", "class"))


class Refusals(Folder):
    def test_what_is_not_there(self):
        self.refused(self.at("nowhere"), 66, "does not exist")
        self.refused(self.folder, 66, "is no run directory")

    def test_an_empty_file(self):
        self.write("trajectory.h5", "")
        self.refused(self.at("trajectory.h5"), 65, "is empty")

    def test_json_that_is_none(self):
        for text, words in (
            ("", "is empty"),
            ("{", "is not JSON"),
            ("[1]", "holds list"),
            (b"\xff\xfe{", "is not text"),
        ):
            self.write("run.json", text)
            with self.assertRaises(fedtide.FedtideError) as caught:
                fedtide.load(self.folder)
            self.assertIn(words, str(caught.exception))
            self.assertEqual(caught.exception.code, 65)

    def test_a_damaged_line_in_the_middle_is_named(self):
        self.write("metrics.jsonl", '{"round": 1}\n{"rou\n{"round": 3}\n')
        self.refused(self.at("metrics.jsonl"), 65, "metrics.jsonl:2: is not JSON")

    def test_lines_of_another_program(self):
        self.write("metrics.jsonl", '{"step": 1, "loss": 2}\n')
        self.refused(self.at("metrics.jsonl"), 65, 'expected an object with a "round"')

    def test_files_that_are_no_hdf5(self):
        self.write("trajectory.h5", "name: quickstart\n" * 100)
        self.refused(self.at("trajectory.h5"), 65, "is damaged or not HDF5")

    def test_hdf5_of_another_program_and_of_a_later_format(self):
        path = self.at("trajectory.h5")
        with h5py.File(path, "w") as file:
            file["x"] = [1]
        self.refused(path, 65, "is HDF5, but no trajectory")
        fake_run.write_trajectory(self.folder, small())
        with h5py.File(path, "r+") as file:
            file.attrs["version"] = np.array([2, 0])
        self.refused(path, 65, "has format 2.0, newer than this reader (1.x)")

    def test_a_trajectory_cut_anywhere_is_refused(self):
        path = fake_run.write_trajectory(self.folder, small())
        whole = self.read("trajectory.h5")
        for length in np.linspace(1, len(whole) - 1, 25).astype(int):
            self.write("trajectory.h5", whole[:length])
            self.refused(path, 65, "is damaged or not HDF5")

    def test_flipped_bytes_are_refused_by_the_checksum(self):
        path = self.at("trajectory.h5")
        with h5py.File(path, "w") as file:
            file.attrs["filetype"] = "fedtide-trajectory"
            file.create_dataset("round", data=np.arange(5000), chunks=(1024,), fletcher32=True)
        content = bytearray(self.read("trajectory.h5"))
        content[-200] ^= 0x10
        self.write("trajectory.h5", bytes(content))
        self.refused(path, 65, "is damaged or not HDF5")


if __name__ == "__main__":
    unittest.main()
