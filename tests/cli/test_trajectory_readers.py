"""A real run's trajectory opens in the tools that people have, with dimension names, units and meanings."""

import json
import re
import shutil
import subprocess
import unittest
import warnings

import h5py
import numpy as np

try:
    import netCDF4  # noqa: F401  early: it warns about Debian's numpy
    import xarray
except ImportError:
    xarray = None

from driver import Driver

# Dimensions of each group, with the lengths that the experiment gives them (None: whatever comes out).
DIMENSIONS = {
    "/": {"round": 13},
    "/evaluation": {"evaluation": 5, "sampled": 8},
    "/clients": {"client": 60},
    "/partition": {"client": 60, "class": 10},
    "/model": {"weight": 12 * 16 + 16 + 16 * 10 + 10, "range": 4},
    "/trace": {"turn": None},
}
VARIABLES = {
    "/": {
        "round": ("round",), "time_s": ("round",), "test_accuracy": ("round",), "train_loss": ("round",),
        "bytes_up": ("round",), "surplus": ("round",), "wasted_compute_s": ("round",), "update_norm": ("round",),
    },
    "/evaluation": {
        "round": ("evaluation",), "test_loss": ("evaluation",), "client": ("evaluation", "sampled"),
        "client_accuracy": ("evaluation", "sampled"),
    },
    "/clients": {"client": ("client",), "compute_rate": ("client",), "reported": ("client",)},
    "/partition": {"label_count": ("client", "class"), "emd": ("client",)},
    "/model": {"weights": ("weight",), "range_size": ("range",), "range_name": ("range",)},
    "/trace": {"client": ("turn",), "outcome": ("turn",), "ended_s": ("turn",)},
}  # fmt: skip
UNITS = {"1", "s", "byte", "s-1", "bit s-1"}
ROOT_ATTRIBUTES = {
    "Conventions": "CF-1.10", "title": "stormy", "filetype": "fedtide-trajectory", "seed": 3, "status": "complete",
    "stop_reason": "reached 12 rounds",
}  # fmt: skip


class Readers(Driver):
    def setUp(self):
        super().setUp()
        self.succeed("run", "stormy.yaml", "-q", "-o", "run", "output.trace=clients")
        self.path = self.folder / "run/trajectory.h5"
        self.rows = [json.loads(line) for line in (self.folder / "run/metrics.jsonl").read_text().splitlines()]

    def assert_equals_the_log(self, dataset):
        """The root's numbers are those of metrics.jsonl, to the last bit."""
        for name in ("round", "time_s", "test_accuracy", "train_loss", "bytes_up", "bytes_down", "reported", "crash"):
            logged = np.array([np.nan if row[name] is None else row[name] for row in self.rows])
            np.testing.assert_array_equal(np.asarray(dataset[name]), logged, name)

    def test_h5py(self):
        with h5py.File(self.path) as file:
            self.assert_equals_the_log(file)
            for name, value in ROOT_ATTRIBUTES.items():
                self.assertEqual(file.attrs[name], value, name)
            self.assertEqual(list(file.attrs["version"]), [1, 3])
            self.assertRegex(file.attrs["source"], r"^fedtide \d+\.\d+\.\d+$")
            self.assertEqual(file["provenance"].attrs["config_yaml"], (self.folder / "run/config.yaml").read_text())
            self.assertIn("run stormy.yaml -q -o run", file["provenance"].attrs["command"])
            for group, variables in VARIABLES.items():
                for name, dimensions in variables.items():
                    variable = file[group][name]
                    if h5py.h5ds.is_scale(variable.id):
                        self.assertEqual((name,), dimensions, "a dimension's own values")
                    else:
                        scales = tuple(dim[0].name.rpartition("/")[2] for dim in variable.dims)
                        self.assertEqual(scales, dimensions)
            file.visititems(self.assert_described)

    def assert_described(self, path, item):
        bare = b"This is a netCDF dimension but not a netCDF variable"  # a length without values
        if not isinstance(item, h5py.Dataset) or bare in item.attrs.get("NAME", b""):
            return
        # A checksum of text would be one of the references to it.
        self.assertTrue(item.fletcher32 or item.dtype.kind == "O", f"{path} has no checksum")
        self.assertNotEqual(item.attrs.get("long_name", ""), "", path)
        if "flag_meanings" in item.attrs:
            self.assertEqual(len(item.attrs["flag_meanings"].split()), len(item.attrs["flag_values"]))
            self.assertTrue(np.isin(item[()], item.attrs["flag_values"]).all(), path)
        elif item.dtype.kind != "O":
            self.assertIn(item.attrs.get("units"), UNITS, path)

    @unittest.skipIf(xarray is None, "NOT TESTED: xarray is not installed")
    def test_xarray(self):
        for engine in ("netcdf4", "h5netcdf"):
            for group, dimensions in DIMENSIONS.items():
                with self.subTest(engine=engine, group=group), warnings.catch_warnings():
                    warnings.simplefilter("error")
                    warnings.filterwarnings("ignore", category=DeprecationWarning)
                    with xarray.open_dataset(self.path, engine=engine, group=group) as dataset:
                        for name, length in dimensions.items():
                            self.assertIn(name, dataset.sizes)
                            self.assertIn(length, (None, dataset.sizes[name]))
                        self.assertEqual(set(dataset.sizes), set(dimensions))
                        for name, along in VARIABLES[group].items():
                            self.assertEqual(dataset[name].dims, along, name)
                        for name, variable in dataset.variables.items():
                            self.assertNotIn("phony", str(variable.dims))
                            if variable.dtype.kind not in "OSU" and "flag_meanings" not in variable.attrs:
                                self.assertIn(variable.attrs.get("units"), UNITS, name)

    @unittest.skipIf(xarray is None, "NOT TESTED: xarray is not installed")
    def test_xarray_knows_times_gaps_and_meanings(self):
        for engine in ("netcdf4", "h5netcdf"):
            with self.subTest(engine), xarray.open_dataset(self.path, engine=engine) as root:
                self.assert_equals_the_log(root)
                self.assertIn("time_s", root["test_accuracy"].coords)
                self.assertEqual(root["time_s"].dtype, np.float64, "seconds stay numbers")
                self.assertEqual(int(np.isfinite(root["test_accuracy"]).sum()), 5)
                self.assertEqual(len(root.to_dataframe()), 13)
                best = root["test_accuracy"].max().item()
                self.assertEqual(best, max(row["test_accuracy"] or 0 for row in self.rows))
            with xarray.open_dataset(self.path, engine=engine, group="trace") as trace:
                outcomes = trace["outcome"].attrs["flag_meanings"].split()
                ends = np.bincount(trace["outcome"].values.astype(int), minlength=len(outcomes))
                for outcome, count in zip(outcomes, ends):
                    self.assertEqual(count, sum(row[outcome] for row in self.rows), outcome)

    @unittest.skipIf(shutil.which("ncdump") is None, "NOT TESTED: ncdump is not installed")
    def test_ncdump(self):
        result = subprocess.run(["ncdump", "-h", self.path], capture_output=True, text=True)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        text = result.stdout
        for expected in (
            "\tround = 13 ;", "\tdouble test_accuracy(round) ;", 'string test_accuracy:units = "1" ;',
            'string time_s:units = "s" ;', 'string :Conventions = "CF-1.10" ;', "group: provenance {",
            "double client_accuracy(evaluation, sampled) ;", "uint label_count(client, class) ;",
        ):  # fmt: skip
            self.assertIn(expected, text)
        for group in DIMENSIONS:
            if group != "/":
                self.assertIn(f"group: {group[1:]} {{", text)
        self.assertNotIn("phony", text)
        values = subprocess.run(["ncdump", "-v", "round", self.path], capture_output=True, text=True).stdout
        self.assertRegex(values, r" round = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 ;")

    @unittest.skipIf(shutil.which("h5dump") is None, "NOT TESTED: h5dump is not installed")
    def test_h5dump(self):
        result = subprocess.run(["h5dump", "-d", "/model/weights", self.path], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        with h5py.File(self.path) as file:
            first = float(re.search(r"\(0\): (\S+),", result.stdout)[1])
            self.assertAlmostEqual(first, float(file["model/weights"][0]), places=4)

    def test_metrics_are_columns_and_the_confusion_is_a_table(self):
        self.succeed("run", "stormy.yaml", "-q", "-o", "metrics", "evaluate.metrics=[top_3, f1_micro, confusion]")
        rows = [json.loads(line) for line in (self.folder / "metrics/metrics.jsonl").read_text().splitlines()]
        with h5py.File(self.folder / "metrics/trajectory.h5") as file:
            for name in ("test_top_3", "test_f1_micro"):
                logged = np.array([np.nan if row[name] is None else row[name] for row in rows])
                np.testing.assert_array_equal(file[name], logged)
                self.assertEqual(file["evaluation"][name].shape, (5,))
            table = file["evaluation/test_confusion"][()]
            self.assertEqual(table.shape, (10, 10))
            self.assertEqual(table.sum(), 300)
            self.assertAlmostEqual(table.trace() / 300, rows[-1]["test_f1_micro"], places=14)
            self.assertAlmostEqual(table.trace() / 300, rows[-1]["test_accuracy"], places=14)
        for row in rows:
            self.assertEqual(row["test_top_3"] is None, row["test_accuracy"] is None)
        self.assertNotIn("test_top_3", self.rows[0])
        if xarray is not None:
            with xarray.open_dataset(self.folder / "metrics/trajectory.h5", group="evaluation") as dataset:
                self.assertEqual(dataset["test_confusion"].dims, ("label", "predicted"))
        summary = json.loads(self.succeed("run", "stormy.yaml", "-q", "--json", "-o", "again",
                                          "evaluate.metrics=[top_3]").out)  # fmt: skip
        self.assertEqual(summary["test_top_3"], rows[-1]["test_top_3"])

    def test_two_equal_runs_differ_in_their_provenance_alone(self):
        self.succeed("run", "stormy.yaml", "-q", "-o", "run2", "output.trace=clients")
        with h5py.File(self.path) as first, h5py.File(self.folder / "run2/trajectory.h5") as second:

            def compare(path, item):
                if path.startswith("provenance"):
                    return
                if isinstance(item, h5py.Dataset):
                    np.testing.assert_array_equal(item[()], second[path][()], path)
                self.assertEqual(list(item.attrs), list(second[path].attrs))

            first.visititems(compare)
        self.assertEqual(self.digest("run"), self.digest("run2"))


if __name__ == "__main__":
    unittest.main()
