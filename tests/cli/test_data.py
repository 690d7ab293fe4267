"""fedtide data: what there is, what is in it, and whether its files are sound."""

import gzip
import hashlib
import json
import os
import re
import struct
import unittest

from driver import SOURCE, Driver, environment

SHARED = SOURCE / ".." / "shared"
MNIST = SHARED / "data" / "mnist"


def idx(type_and_dims, *dims, values):
    return struct.pack(">HBB", 0, 8, type_and_dims) + struct.pack(f">{len(dims)}I", *dims) + bytes(values)


class Data(Driver):
    def few_images(self, folder="few"):
        """Three images for training and two for testing, in MNIST's files, one of them packed."""
        for prefix, count in (("train", 3), ("t10k", 2)):
            pixels = [(7 * i) % 256 for i in range(count * 784)]
            self.write(f"{folder}/{prefix}-images-idx3-ubyte", idx(3, count, 28, 28, values=pixels))
            self.write(f"{folder}/{prefix}-labels-idx1-ubyte.gz", gzip.compress(idx(1, count, values=range(count))))
        return self.folder / folder

    def json(self, *words):
        return json.loads(self.succeed("data", *words, "--json").out)


class Listed(Data):
    def test_list_has_every_data_set_with_its_state_and_place(self):
        names = re.findall(r"^  (\S+)", self.succeed("list", "datasets").out, re.M)
        listed = {each["name"]: each for each in self.json("list")}
        self.assertEqual(sorted(listed), sorted(names))
        text = self.succeed("data", "list").out
        self.assertEqual(re.findall(r"^(\S+)", text, re.M), [each["name"] for each in self.json("list")])
        self.assertEqual(listed["blobs"]["state"], "generated")
        self.assertIsNone(listed["blobs"]["path"])
        self.assertEqual(listed["mnist"]["state"], "to be given")
        self.assertRegex(text, r"(?m)^mnist +to be given +.*  \[data\.path\]$")
        fashion = listed["fashion_mnist"]
        self.assertEqual(fashion["state"], "found" if os.path.isdir(fashion["path"]) else "missing")
        self.assertIn("MIT", fashion["license"])

    def test_what_is_generated_needs_no_files_and_the_rest_says_where_they_go(self):
        for each in self.json("list"):
            with self.subTest(each["name"]):
                if each["state"] == "generated":
                    self.assertEqual(self.json("info", each["name"])["files"], [])
                elif each["state"] == "to be given":
                    self.assertRegex(self.refuse(2, "data", "info", each["name"]).err, r":1:1: \w*path: \w")


class Shown(Data):
    def test_info_shows_files_counts_and_digests(self):
        folder = self.few_images()
        info = self.json("info", "mnist", "path=few")
        self.assertEqual((info["samples"], info["test_samples"], info["shape"]), (3, 2, "1 x 28 x 28 numbers"))
        self.assertEqual(info["class_counts"], [1, 1, 1] + 7 * [0])
        self.assertEqual(info["memory_bytes"], 5 * (784 + 4))
        self.assertIsNone(info["clients"])
        self.assertEqual(len(info["files"]), 4)
        for file in info["files"]:
            path = self.folder / file["path"]
            self.assertEqual(path.parent, folder)
            content = path.read_bytes()
            self.assertEqual(file["bytes"], len(content))
            self.assertEqual(file["sha256"], hashlib.sha256(content).hexdigest())
            plain = gzip.decompress(content) if path.suffix == ".gz" else content
            self.assertEqual(file["content_sha256"], hashlib.sha256(plain).hexdigest())
            self.assertIs(file["as_published"], False)
        text = self.succeed("data", "info", "mnist", "path=few").out
        for part in ("3 for training, 2 for testing", "NOT as published", "cite", "license", *[f["sha256"] for f in info["files"]]):
            self.assertIn(part, text)

    def test_an_experiment_and_a_name_with_keys_show_the_same(self):
        self.few_images()
        self.write("sub/exp.yaml", "data: {dataset: mnist, path: ../few, clients: 3}\nmodel: {name: mlp}\n"
                                   "protocol: {cohort: 1}\nstop: {rounds: 1}\n")  # fmt: skip
        by_file, by_name = self.json("info", "sub/exp.yaml"), self.json("info", "mnist", "path=few")
        for each in (by_file, by_name):
            del each["load_seconds"], each["provenance"]
            for file in each["files"]:
                file["path"] = os.path.realpath(self.folder / file["path"])
        self.assertEqual(by_file, by_name)
        other = self.json("info", "sub/exp.yaml", f"data.path={self.few_images('other')}")
        self.assertTrue(all("/other/" in file["path"] for file in other["files"]))

    def test_keys_of_a_named_data_set_can_be_written_with_and_without_data(self):
        for words in (["samples=10", "features=3"], ["data.samples=10", "data.features=3"]):
            info = self.json("info", "blobs", *words)
            self.assertEqual((info["samples"], info["shape"]), (10, "3 numbers"))

    def test_natural_clients_and_columns_are_shown(self):
        info = self.json("info", "leaf_synthetic", "clients=7")
        self.assertEqual(info["clients"]["count"], 7)
        self.assertLessEqual(info["clients"]["smallest"], info["clients"]["median"])
        self.assertLessEqual(info["clients"]["median"], info["clients"]["largest"])
        self.assertEqual(info["columns"], {"cluster": 2})
        text = self.succeed("data", "info", "leaf_synthetic", "clients=7").out
        self.assertRegex(text, r"clients +7 of \d+ to \d+ samples, median \d+\n")
        self.assertRegex(text, r"column +cluster of 2 groups\n")

    def test_every_kind_of_sample_has_its_shape(self):
        shapes = {
            "sizes": None, "clicks": "sparse rows of 120 columns in 6 fields", "markov_text": "20 tokens of 8",
            "block_model": "nodes of a graph with", "linear": " numbers",
        }  # fmt: skip
        for name, shape in shapes.items():
            found = self.json("info", name)["shape"]
            self.assertTrue(found is None if shape is None else shape in found, f"{name}: {found}")
        self.assertNotIn("shape", self.succeed("data", "info", "sizes").out)
        self.assertIn("none: the samples have no labels", self.succeed("data", "info", "linear").out)


class Checked(Data):
    def test_a_generated_set_and_a_set_without_published_files_are_sound(self):
        self.assertEqual(self.succeed("data", "check", "fcube").out,
                         "fcube: 0 files read without a mistake, it is generated; 4000 + 1000 samples\n")  # fmt: skip
        self.assertIs(self.json("check", "fcube")["sound"], True)

    def test_another_file_than_the_published_one_is_damaged(self):
        self.few_images()
        err = self.refuse(65, "data", "check", "mnist", "path=few").err
        self.assertRegex(err, r"^error: few/\S+: is not the published file of mnist: the SHA-256 of its content is "
                              r"[0-9a-f]{64}, must be [0-9a-f]{64}\n$")  # fmt: skip

    def test_damaged_and_missing_files_have_their_exit_codes(self):
        folder = self.few_images()
        path = folder / "train-images-idx3-ubyte"
        path.write_bytes(path.read_bytes()[:-1])
        self.assertIn("train-images-idx3-ubyte", self.refuse(65, "data", "check", "mnist", "path=few").err)
        self.refuse(65, "data", "info", "mnist", "path=few")
        path.unlink()
        self.refuse(66, "data", "check", "mnist", "path=few")
        self.refuse(66, "data", "check", "mnist", "path=nowhere")

    def test_the_real_mnist_is_the_published_one_and_one_flipped_bit_is_not(self):
        if not MNIST.is_dir():
            self.assertFalse(os.environ.get("CI") and SHARED.exists(), "../shared is there but lacks data/mnist")
            self.skipTest(f"{MNIST} is missing")
        out = self.succeed("data", "check", "mnist", f"path={MNIST}").out
        self.assertEqual(out, "mnist: 4 files read without a mistake, all as published; 60000 + 10000 samples\n")
        for source in MNIST.glob("*.gz"):
            content = bytearray(gzip.decompress(source.read_bytes()))
            if source.name.startswith("t10k-images"):
                content[5000] ^= 1
            self.write(f"flipped/{source.stem}", bytes(content))
        self.assertIn("t10k-images", self.refuse(65, "data", "check", "mnist", "path=flipped").err)


class Prepared(Data):
    def setUp(self):
        super().setUp()
        users = {f"user {u}": {"x": [[0.25 * i, u, -1.5] for i in range(u + 2)], "y": [i % 2 for i in range(u + 2)]} for u in range(4)}
        sizes = [len(user["y"]) for user in users.values()]
        self.write("train.json", json.dumps({"users": list(users), "num_samples": sizes, "user_data": users}))
        self.environment = environment(XDG_CACHE_HOME=str(self.folder / "cache"))
        self.words = ["leaf", "train_path=train.json"]

    def info(self):
        result = self.succeed("data", "info", *self.words, "--json", env=self.environment)
        info = json.loads(result.out)
        del info["load_seconds"]
        return info, result.err

    def test_a_prepared_set_is_the_same_set(self):
        before, _ = self.info()
        result = self.succeed("data", "prepare", *self.words, env=self.environment)
        self.assertRegex(result.out, r"^leaf: \S+\.cache of [\d.]+ k?B\nleaf: loads in [\d.]+ s now\n$")
        self.assertEqual(len(list((self.folder / "cache/fedtide").iterdir())), 1)
        self.assertEqual(self.info(), (before, ""))
        again = json.loads(self.succeed("data", "prepare", *self.words, "--json", env=self.environment).out)
        self.assertEqual(len(again["caches"]), 1)

    def test_a_run_is_the_same_with_and_without_a_cache(self):
        self.write("exp.yaml", "data: {dataset: leaf, train_path: train.json}\nmodel: {name: softmax}\n"
                               "protocol: {cohort: 2}\nstop: {rounds: 3}\n")  # fmt: skip
        self.succeed("run", "exp.yaml", "-o", "plain", env=self.environment)
        self.succeed("data", "prepare", "exp.yaml", env=self.environment)
        self.succeed("run", "exp.yaml", "-o", "cached", env=self.environment)
        self.assertEqual(self.digest("plain"), self.digest("cached"))

    def test_a_damaged_or_stale_cache_is_told_of_and_not_used(self):
        before, _ = self.info()
        self.succeed("data", "prepare", *self.words, env=self.environment)
        (cache,) = (self.folder / "cache/fedtide").iterdir()
        content = bytearray(cache.read_bytes())
        content[200] ^= 4
        cache.write_bytes(content)
        info, err = self.info()
        self.assertEqual(info, before)
        self.assertRegex(err, r"^note: \S+: this cache has another check sum than when it was written; it is not used, and "
                              r"fedtide data prepare writes it anew\n$")  # fmt: skip
        self.succeed("data", "prepare", *self.words, env=self.environment)
        self.assertEqual(self.info(), (before, ""))
        text = (self.folder / "train.json").read_text()
        self.write("train.json", text.replace("-1.5", "-2.5"))
        self.assertIn("is of another content of train.json", self.info()[1])

    def test_without_a_place_for_a_cache_nothing_can_be_prepared_but_all_be_read(self):
        self.environment = environment(XDG_CACHE_HOME=None, HOME=None)
        self.assertIn("XDG_CACHE_HOME", self.refuse(73, "data", "prepare", *self.words, env=self.environment).err)
        self.info()

    def test_what_is_fast_already_has_nothing_to_prepare(self):
        self.assertIn("nothing to prepare", self.succeed("data", "prepare", "blobs", env=self.environment).out)
        result = self.succeed("data", "prepare", "blobs", "--json", env=self.environment)
        self.assertEqual(json.loads(result.out), {"name": "blobs", "caches": [], "load_seconds": None})
        self.assertFalse((self.folder / "cache").exists())


class Refused(Data):
    def test_wrong_words_are_answered_with_the_right_ones(self):
        wrong = {
            "data": "data: no command given; commands are: list, info, prepare, check",
            "data inof blobs": 'data: there is no command "inof"; did you mean "info"?',
            "data --json": 'data: there is no option "--json"',
            "data list extra": 'data list: "extra" is one word too many; see fedtide data list --help',
            "data info": "data info: DATA is required; see fedtide data info --help",
            "data info blobs --jsn": 'data info: there is no option "--jsn"; did you mean "--json"?',
            "data info blosb": 'data: there is no data set and no file "blosb"; did you mean "blobs"?',
            "data info blobs sampels=3": 'did you mean "samples"?',
        }
        for words, message in wrong.items():
            with self.subTest(words):
                result = self.refuse(2, *words.split())
                self.assertIn(message, result.err)
                self.assertEqual(result.err.count("\n"), 1)
                self.assertEqual(result.out, "")

    def test_a_missing_or_wrong_experiment_is_refused_as_elsewhere(self):
        self.assertIn("nosuch.yaml", self.refuse(66, "data", "info", "nosuch.yaml").err)
        self.write("wrong.yaml", "data: {dataset: blobs, samples: -1}\nmodel: {name: mlp}\nstop: {rounds: 1}\n")
        self.assertTrue(self.refuse(2, "data", "check", "wrong.yaml").err.startswith("wrong.yaml:1:"))

    def test_help_shows_examples(self):
        for words in (["data"], ["data", "list"], ["data", "info"], ["data", "check"]):
            self.assertIn("data", self.succeed(*words, "--help").out)


if __name__ == "__main__":
    unittest.main()
