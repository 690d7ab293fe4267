"""Checks a trajectory that test_trajectory.cpp wrote, with the readers that users have. Usage: check_layout.py FILE full|empty"""

import subprocess
import sys

import h5py
import numpy as np
import xarray as xr

path, mode = sys.argv[1:]
OUTCOMES = [
    "reported",
    "left",
    "crash",
    "deadline",
    "surplus",
    "abandoned",
    "stale",
    "network",
    "battery",
    "unplugged",
]


def check_h5py():
    with h5py.File(path) as file:
        assert file.attrs["filetype"] == "fedtide-trajectory"
        assert list(file.attrs["version"]) == [1, 3]
        assert file.attrs["Conventions"] == "CF-1.10"
        assert file.attrs["source"] == "fedtide 0.1.0"
        assert file.attrs["stop_reason"] == "stop.rounds"
        assert file["provenance"].attrs["config_yaml"] == "name: sample\nseed: 17\n# \u00e4\n"
        assert file["provenance"].attrs["seed"] == 17
        variables = []
        file.visititems(lambda name, item: variables.append(item) if isinstance(item, h5py.Dataset) else None)
        for item in variables:
            if item.attrs.get("NAME", b"").startswith(b"This is a netCDF dimension"):
                continue
            if item.size and item.dtype.kind != "O":
                assert item.shuffle and item.compression == "gzip" and item.fletcher32, item.name
            if item.dtype.kind != "O":
                assert "long_name" in item.attrs, item.name
                assert "units" in item.attrs or "flag_values" in item.attrs, item.name
        if mode == "full":
            names = file["model/range_name"].asstr()[:]
            assert list(names) == ["dense1.weight", "dense1.bias"], names
            assert list(file["model/range_size"]) == [1000, 2000]
            assert file["model"].attrs["version"] == 12
            weights = file["model/weights"]
            assert weights.dtype == np.float32 and weights[7] == 0.25 and weights[8] == 0.5
            assert file["dispatched"].dims[0][0].name == "/round"
            assert file["partition/label_count"].dims[1][0].name == "/partition/class"


def check_root(engine):
    with xr.open_dataset(path, engine=engine) as data:
        assert dict(data.sizes) == {"round": 13 if mode == "full" else 0}, data.sizes
        assert "time_s" in data.coords and data.time_s.dtype == np.float64, "seconds stay numbers"
        for name in OUTCOMES + ["test_loss", "wasted_compute_s", "bytes_up", "update_norm", "abandoned_rounds"]:
            assert data[name].dims == ("round",), name
        if mode == "empty":
            return
        assert list(data["round"]) == list(range(13))
        assert np.allclose(data.time_s, 1.5 * np.arange(13))
        assert list(np.isnan(data.test_accuracy)) == [i % 4 != 0 for i in range(13)]
        assert float(data.test_accuracy.sel(round=8)) == 0.1 + 0.01 * 8
        assert np.isnan(data.train_loss[0]) and float(data.train_loss[2]) == 0.5
        assert list(data.bytes_down[:3]) == [0, 9000, 18000]
        assert data.to_dataframe().shape[0] == 13


def check_groups(engine):
    open_group = lambda name: xr.open_dataset(path, engine=engine, group=name)
    with open_group("clients") as data:
        assert dict(data.sizes) == {"client": 40} and data.down_rate.units == "bit s-1"
        assert list(data.dispatched[:6]) == [0, 1, 2, 3, 4, 0] and list(data.train_samples[:2]) == [6, 7]
    with open_group("partition") as data:
        assert data.label_count.dims == ("client", "class") and list(data.label_count[9]) == [9, 1, 5]
        assert float(data.js[3]) == 0.125
    with open_group("provenance") as data:
        assert data.attrs["host"] == "one" and data.attrs["wall_seconds"] == 1.5 and data.attrs["ended"] == ""
    if mode == "empty":
        return
    with open_group("evaluation") as data:
        assert data.client_accuracy.dims == ("evaluation", "sampled") and data.sizes["evaluation"] == 4
        assert data.sizes["sampled"] == 5, "rounds 0, 4, 8, 12 sample 2, 3, 4, 5 clients"
        assert list(data.client_loss.notnull().sum("sampled")) == [2, 3, 4, 5]
        assert list(data.client.notnull().sum("sampled")) == [2, 3, 4, 5]
        assert float(data.client[2, 3]) == 17 and float(data.client_accuracy[2, 3]) == 0.53
        assert list(data["round"]) == [0, 4, 8, 12] and list(data.test_samples) == [1000] * 4
    with open_group("trace") as data:
        assert dict(data.sizes) == {"turn": 20000}
        assert data.outcome.dtype == np.uint8 and data.outcome.flag_meanings.split() == OUTCOMES
        assert list(data.outcome.flag_values) == list(range(len(OUTCOMES)))
        assert data.phase.flag_meanings == "download compute upload done"
        index = np.arange(20000)
        assert (data.client == index % 40).all() and (data.client_turn == index // 40).all()
        assert (data.outcome == index % len(OUTCOMES)).all() and (data.phase == index % 4).all()
        assert np.array_equal(np.isnan(data.computed_s), index % 7 == 0), "what never happened is missing"
        assert np.allclose(data.ended_s, 1e-9 * (1000 * index + 900), rtol=1e-14)
    with open_group("model") as data:
        assert data.weights.sizes["weight"] == 3000


def check_ncdump():
    header = subprocess.run(["ncdump", "-h", path], check=True, capture_output=True, text=True).stdout
    for text in ["double time_s(round) ;", 'time_s:units = "s" ;', 'bytes_up:units = "byte" ;', "group: clients {"]:
        assert text in header, text
    if mode == "full":
        for text in ["round = 13 ;", "double client_loss(evaluation, sampled) ;", "uint label_count(client, class) ;",
                     "ubyte outcome(turn) ;", "float weights(weight) ;", "turn = 20000 ;"]:
            assert text in header, text
    assert "phony" not in header
    places = [header.index(text) for text in ["int64 round(", "double time_s(", "int64 dispatched(", "double test_loss("]]
    assert places == sorted(places), "variables keep our order"


check_h5py()
for reader in ["h5netcdf", "netcdf4"]:
    check_root(reader)
    check_groups(reader)
check_ncdump()
