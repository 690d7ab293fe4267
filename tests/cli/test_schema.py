"""The schema is valid, agrees with the program on what is right and wrong, and shows every key."""

import copy
import json
import random
import re
import unittest
from pathlib import Path

import jsonschema

from driver import SOURCE, Driver

# Changes at dotted keys of the stormy experiment that both must refuse.
WRONG = {
    "seed": ["one", 1.5, -1, True, [1], None, {}],
    "timing": ["sometimes", 1],
    "colour": ["blue"],
    "data.dataset": ["nowhere", 5, None],
    "data.clients": [0, 1.5, "many", -3, 10**12],
    "data.split.test": [-0.1, 1, "half"],
    "data.path": ["x"],  # a key of another data set
    "data.partition.alpha": [0, -1, "small"],
    "data.partition.shards_per_client": [2],
    "data.partition.size_sigma": [0.5],  # a key of other sizes
    "data.shift": [5, [{"kind": "blur"}], [{"kind": "label_noise", "rate": 2}]],
    "data.unseen_clients": [-1, "some"],
    "model.name": ["mpl"],
    "model.hidden": [[0], [1.5], ["x"], 16, "16"],
    "model.bias": ["no", 1],
    "model.layers": [[{"layer": "relu"}]],  # a key of another model
    "training.epochs": [0, 2.5],
    "training.batch_size": [0, "all", 2.5],
    "training.optimizer.lr": [0, -1, "fast"],
    "training.optimizer.momentum": [1, -0.1],
    "algorithm.name": ["fedavgg"],
    "algorithm.mu": [0.1],  # a key of another algorithm
    "protocol.cohort": [0, "ten"],
    "protocol.over_selection": [0.5, 101],
    "protocol.deadline": [4, "4", "4 MB", "four seconds", "012 s", "s", True],
    "fleet.device.compute": [5, "5 W", {"distribution": "normal"}, {"distribution": "lognormal", "median": 1}],
    "fleet.link.up": ["500 kB", {}],
    "fleet.availability.on": ["30"],
    "fleet.dropout": [0.1],
    "fleet.dropout.probability": [1.1, "often"],
    "evaluate.every": [0],
    "stop": [5, []],
    "output.trace": ["all", True],
    "output.trace_share": [0, 1.5, "all"],
    "execution.threads": [-1, 2000],
}

RIGHT = {
    "data.partition": [None, {"scheme": "iid"}, {"scheme": "shards", "shards_per_client": 3},
                       {"scheme": "dirichlet", "alpha": 1, "sizes": "lognormal", "size_sigma": 0.5, "sharing": True}],
    "data.shift": [[{"kind": "feature_noise"}, {"kind": "label_noise", "rate": 0.1}]],
    "model": [
        {"name": "softmax"},
        {"name": "mlp", "hidden": []},
        {"name": "layers"},
        {
            "name": "layers",
            "layers": [
                {"layer": "dense", "units": 4},
                {"layer": "batch_norm", "handling": "local"},
                {"layer": "residual", "layers": [{"layer": "residual", "layers": [{"layer": "relu"}]}]},
            ],
            "head": {"bias": False},
        },
    ],
    "training.batch_size": ["full", 1],
    "algorithm": [None, {"name": "fedprox"}, {"name": "fedprox", "mu": 0}, {"name": "scaffold", "option": "I"}],
    "protocol.deadline": [None, "0.5 h", "90s", "1e3 ms", "+4 s", ".5 min"],
    "fleet.device.compute": ["5 GFLOP/s", {"distribution": "uniform", "low": "1 MFLOP/s", "high": "2 MFLOP/s"}],
    "fleet.link": [None, {"catalog": "mobile"}, {"up": "1 MB/s"}],
    "stop": [{"time": "1 d", "bytes": "5 GiB", "accuracy": 1, "rounds": 0}],
    "output": [{"trace": "clients"}, {"trace": "sample", "trace_share": 0.25}],
    "execution": [{"threads": 4, "executor": "inline"}],
}


def changed(config, key, value):
    """A copy of the config with this value at the dotted key."""
    result = copy.deepcopy(config)
    at = result
    *parents, last = key.split(".")
    for parent in parents:
        at = at.setdefault(parent, {})
    at[last] = value
    return result


def leaves(config, prefix=""):
    """All dotted keys, of mappings too."""
    for key, value in config.items():
        yield prefix + key
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")


class Schema(Driver):
    def setUp(self):
        super().setUp()
        self.schema = json.loads(self.succeed("schema").out)
        self.validator = jsonschema.Draft7Validator(self.schema)

    def config(self, *words):
        return json.loads(self.succeed("run", *words, "-n", "--json").out)

    def check(self, config):
        """What the program says of a config: JSON is YAML too."""
        self.write("exp.yaml", json.dumps(config))
        return self.fedtide("check", "exp.yaml")

    def assert_valid(self, config, about=""):
        errors = [f"{list(error.absolute_path)}: {error.message}" for error in self.validator.iter_errors(config)]
        self.assertEqual(errors, [], about)

    def test_it_is_a_draft_7_schema_and_says_so(self):
        jsonschema.Draft7Validator.check_schema(self.schema)
        self.assertEqual(self.schema["$schema"], "http://json-schema.org/draft-07/schema#")

    def test_the_shipped_one_is_the_one_printed(self):
        shipped = list(SOURCE.glob("scenarios/**/*.schema.json"))
        for path in shipped:
            self.assertEqual(json.loads(path.read_text()), self.schema, f"{path} is old: fedtide schema > {path}")
        scenarios = sorted(SOURCE.glob("scenarios/**/*.yaml"))
        self.assertGreater(len(scenarios), 0)
        for path in scenarios:
            first = path.read_text().splitlines()[0]
            named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
            self.assertIsNotNone(named, f"{path}: the first line must name the schema, for editors")
            self.assertIn((path.parent / named[1]).resolve(), [Path(each).resolve() for each in shipped], path)

    def test_every_scenario_and_every_resolved_config_is_valid(self):
        for path in sorted(SOURCE.glob("scenarios/**/*.yaml")):
            self.assert_valid(self.config(path), path)
        for name in re.findall(r"^  (\S+)", self.succeed("list", "algorithms").out, re.M):
            self.assert_valid(self.config("stormy.yaml", f"algorithm={{name: {name}}}"), name)
        self.succeed("run", "stormy.yaml", "-q", "-o", "run")
        written = json.loads((self.folder / "run/config.json").read_text())
        self.assert_valid(written)
        self.assertEqual(self.config("run/config.yaml"), written)

    def test_a_resolved_config_read_as_json_is_the_same_experiment(self):
        config = self.config("stormy.yaml")
        self.write("exp.yaml", json.dumps(config))
        self.assertEqual(self.config("exp.yaml"), config)

    def test_both_refuse_what_is_wrong(self):
        config = self.config("stormy.yaml")
        for key, values in WRONG.items():
            for value in values:
                with self.subTest(key=key, value=value):
                    mutant = changed(config, key, value)
                    self.assertFalse(self.validator.is_valid(mutant), "the schema takes it")
                    result = self.check(mutant)
                    self.assertEqual(result.code, 2, f"the program takes it: {result}")
                    self.assertIn(f" {key}", result.err)

    def test_both_refuse_what_is_wrong_in_a_list_of_layers(self):
        config = self.config("stormy.yaml")
        for layers in (
            {"layer": "relu"},
            "relu",
            ["relu"],
            [None],
            [{"layer": "rellu"}],
            [{}],
            [{"layer": "relu", "units": 3}],
            [{"layer": "dense"}],
            [{"layer": "dense", "units": 0}],
            [{"layer": "conv2d", "channels": 3, "padding": "valid"}],
            [{"layer": "residual", "layers": [{"layer": "rellu"}]}],
        ):
            with self.subTest(layers=layers):
                mutant = changed(config, "model", {"name": "layers", "layers": layers})
                self.assertFalse(self.validator.is_valid(mutant), "the schema takes it")
                result = self.check(mutant)
                self.assertEqual(result.code, 2, f"the program takes it: {result}")
                self.assertIn(" model.layers", result.err)

    def test_a_shape_that_does_not_fit_names_the_layer(self):
        model = "model={name: layers, layers: [{layer: dense, units: 4}, {layer: conv2d, channels: 3}]}"
        result = self.fedtide("check", "stormy.yaml", model)
        self.assertEqual(result.code, 2, result)
        self.assertIn("layers[1] conv2d: takes an image, got a 4 features", result.err)

    def test_both_take_what_is_right(self):
        config = self.config("stormy.yaml")
        for key, values in RIGHT.items():
            for value in values:
                with self.subTest(key=key, value=value):
                    mutant = changed(config, key, value)
                    self.assert_valid(mutant)
                    self.assertEqual(self.check(mutant).code, 0, self.check(mutant))

    def test_whatever_the_schema_refuses_the_program_refuses(self):
        """Random values at random keys; the program may know more, for example what fits together."""
        draw = random.Random(5)
        config = self.config("stormy.yaml", "algorithm={name: fedprox}")
        values = [0, 1, -1, 2**31, 2**63, 2**64, 1e308, 1e-308, 0.5, True, None, [], {}, [1], "5", "", "none"]
        values += ["1e3", "012", "1_000", "5 s", "5 MB", "1 Mbit/s", "iid", "full", {"name": "sgd"}, {"x": 1}]
        keys = list(leaves(config))
        refused = 0
        for _ in range(200):
            mutant = changed(config, draw.choice(keys), draw.choice(values))
            result = self.check(mutant)
            self.assertIn(result.code, (0, 2, 66), f"{mutant}: {result}")
            if not self.validator.is_valid(mutant):
                refused += 1
                self.assertEqual(result.code, 2, f"{mutant}: {result}")
        self.assertGreater(refused, 70)

    def test_both_miss_what_is_required(self):
        config = self.config("stormy.yaml")
        for key in ("data", "data.dataset", "model", "model.name", "data.partition.alpha"):
            mutant = copy.deepcopy(config)
            *parents, last = key.split(".")
            at = mutant
            for parent in parents:
                at = at[parent]
            del at[last]
            with self.subTest(key):
                self.assertFalse(self.validator.is_valid(mutant))
                self.assertEqual(self.check(mutant).code, 2)

    def test_each_key_and_word_of_it_is_described(self):
        everything = self.succeed("describe").out

        def visit(node, path):
            for word in node.get("enum", []):
                if isinstance(word, str):
                    self.assertRegex(everything, rf"(?m)^\s+(\S+: )?{re.escape(word)}( |$)", path)
            for key, value in node.get("properties", {}).items():
                if value is False or key == "distribution":
                    continue
                keys.add((*path, key))
                if isinstance(value, dict):
                    visit(value, (*path, key))
            if isinstance(node.get("items"), dict):
                visit(node["items"], path)
            for clause in node.get("allOf", []):
                visit(clause.get("then", {}), path)

        keys = set()
        visit(self.schema, ())
        self.assertGreater(len(keys), 90)
        for path in keys:
            if "compute" in path[:-1] or path[-1] in ("mean", "median", "low", "high", "sd", "sigma", "value"):
                continue  # of a distribution, which describe explains in a word
            self.assertRegex(everything, rf"(?m)^ *{re.escape(path[-1])}:? ", path)
            alone = self.fedtide("describe", ".".join(path))
            self.assertEqual(alone.code, 0, f"{path}: {alone}")
            self.assertIn(path[-1], alone.out)


if __name__ == "__main__":
    unittest.main()
