"""Mistakes in an experiment: all are shown at once, each at its place, each with what would be right."""

import json
import re
import unittest

from driver import Driver

MANY = """\
name: many
seed: 012
colour: blue
data:
  dataset: blobs
  clients: plenty
  split: {test: 1.5}
  partition: {scheme: dirichlet, alhpa: 0.3}
model: {name: mpl}
training:
  batch_size: 2.5
  optimizer: {name: sgd, lr: -0.1}
algorithm: {name: fedprox, mu: [1]}
protocol: {name: synchronous, cohort: 0, deadline: 90, pause: 3 parsec, retry: 5 MB}
fleet:
  dropout: {probabilty: 0.1}
  availability: {model: on_off, on: yes}
evaluate: {every: none}
stop: {accuracy: .nan}
output: {trace: all}
"""

UNITS = (
    "ns, us, ms, s, min, h, d, B, kB, KiB, MB, MiB, GB, GiB, TB, bit/s, B/s, kbit/s, kB/s, Mbit/s, MB/s, Gbit/s, "
    "GB/s, FLOP, kFLOP, MFLOP, GFLOP, TFLOP, FLOP/s, kFLOP/s, MFLOP/s, GFLOP/s, TFLOP/s, mJ, J, kJ, Wh, kWh, mW, W, kW"
)

# Columns are counted by eye in the text above.
MANY_MESSAGES = f"""\
many.yaml:2:7: seed: must be a whole number between 0 and 9000000000000000; "012" has a leading zero; write it without
many.yaml:3:1: colour: unknown key; keys here: name, seed, timing, data, model, training, algorithm, selection, \
protocol, compression, fleet, evaluate, stop, output, execution, sweep
many.yaml:6:12: data.clients: must be a whole number between 1 and 4000000000, got "plenty"
many.yaml:7:17: data.split.test: must be at least 0 and less than 1, got 1.5
many.yaml:8:3: data.partition.alpha: missing; must be a number greater than 0 (total concentration: small is one class \
a client, large is the same mix for all)
many.yaml:8:34: data.partition.alhpa: unknown key; did you mean "alpha"?
many.yaml:9:15: model.name: unknown value "mpl"; did you mean "mlp"?
many.yaml:11:15: training.batch_size: must be a whole number, got 2.5
many.yaml:12:30: training.optimizer.lr: must be greater than 0, got -0.1
many.yaml:13:32: algorithm.mu: must be a number of at least 0, got a list
many.yaml:14:39: protocol.cohort: must be between 1 and 1000000000, got 0
many.yaml:14:52: protocol.deadline: must have a unit, for example "90 s", got 90
many.yaml:14:63: protocol.pause: must be a time of at least 0 s; "3 parsec" has no known unit: "parsec" is not a unit; \
valid here: {UNITS}
many.yaml:14:80: protocol.retry: must be a time, for example "90 s", got "5 MB"
many.yaml:16:13: fleet.dropout.probabilty: unknown key; did you mean "probability"?
many.yaml:17:37: fleet.availability.on: must be a time of at least 1 ms, for example "90 s", got "yes"
many.yaml:18:19: evaluate.every: must be a whole number of at least 1, got "none"
many.yaml:19:18: stop.accuracy: must be a number greater than 0 and at most 1, got ".nan"
many.yaml:20:17: output.trace: unknown value "all"; valid here: none, clients, sample
"""

# What only the whole text shows, or what ends the reading: one mistake a text.
SINGLE = {
    "seed: 1\nmodel: {name: mlp}\nseed: 2\n": ["3:1: seed: this key is written twice; first on line 1"],
    "data: {dataset: blobs, clients: 5, clients: 6}\n": [
        "1:36: data.clients: this key is written twice; first on line 1"
    ],
    "": [
        "1:1: data.dataset: missing; must be one of: {datasets} (where the samples come from)",
        "1:1: model.name: missing; must be one of: {models} (kind of model)",
        "1:1: stop.rounds: nothing says when to stop; give at least one of rounds, accuracy, time, bytes",
    ],
    "data: {dataset: blobs, clients: 5}\nmodel: {name: mlp}\nprotocol: {cohort: 6}\nstop: {rounds: 1}\n": [
        "3:1: protocol: cohort must be at most data.clients, which is 5, got 6"
    ],
    "timing: only\ndata: {dataset: blobs}\nmodel: {name: mlp}\nstop: {accuracy: 0.5}\n": [
        "4:1: stop: accuracy is never known with timing: only; stop by rounds, time or bytes"
    ],
    "data: {dataset: sizes}\nmodel: {name: mlp}\nstop: {rounds: 1}\n": [
        "1:1: data: the data set sizes has no samples to train on; it needs timing: only"
    ],
    "data: {dataset: blobs, partition: {scheme: natural}}\nmodel: {name: mlp}\nstop: {rounds: 1}\n": [
        "1:44: data.partition.scheme: the data set blobs has no natural clients; choose another scheme"
    ],
    "data: {dataset: blobs}\nmodel: {name: mlp}\nprotocol: {cohort: 5, minimum_reports: 6}\nstop: {rounds: 1}\n": [
        "3:40: protocol.minimum_reports: must be at most protocol.cohort, which is 5, got 6"
    ],
    "data: {dataset: blobs}\nmodel: {name: mlp}\nstop: {rounds: 1}\noutput: {trace_share: 0.5}\n": [
        "4:23: output.trace_share: is only for trace: sample, and trace is none; remove it, or write trace: sample"
    ],
    "just words\n": ['1:1: an experiment is a mapping of keys to values, got "just words"'],
    "- a\n- b\n": ["1:1: an experiment is a mapping of keys to values, got a list"],
    "data:\n\tdataset: blobs\n": ["2:1: a tab in the indentation; YAML indents with spaces"],
    "name: a: b\n": [
        '1:8: a ":" where no mapping can start; check the indentation, and put text with ": " in it in quotes'
    ],
    "data: {dataset: blobs\nseed: 1\n": [
        "1:7: the bracket that opens here is not closed, or a comma is missing before its end"
    ],
    'name: "half\n': ["1:1: name: the text ends inside quotes; a closing quote is missing"],
    "seed: !!str 5\n": ["1:7: seed: YAML tags such as !!str are not used here; remove it"],
    "base: &b {cohort: 5}\nprotocol:\n  <<: *b\n": [
        "3:3: protocol: merge keys (<<) are not used here; write the keys out, or alias a whole value"
    ],
    "seed: 1\n---\nseed: 2\n": ["2:1: a second YAML document starts here; a file holds one experiment"],
}

OVERRIDES = {
    "seed=x": 'must be a whole number between 0 and 9000000000000000, got "x"',
    "sead=3": 'unknown key; did you mean "seed"?',
    "data.clents=3": 'unknown key; did you mean "clients"?',
    "training.optimizer.lr": "not of the form key=value, for example seed=2",
    "training..lr=1": "a part of the key is empty; write a.b=c",
    "seed=": 'no value after "="; write null to clear a key, "" in quotes for empty text',
    "~seed": "to take a key away, set it to null: a.b=null",
    "+seed=2": 'write a.b=c; a key that the file does not have needs no "+"',
    "model.hidden[0]=5": "an item of a list cannot be set; set the whole list: a.b=[1,2]",
    "model.hidden.0=5": "an item of a list cannot be set; set the whole list: model.hidden=[1,2]",
    "seed.deep=1": "seed is 3, not a mapping; it has no keys to set",
    "protocol.deadline=4": 'must have a unit, for example "90 s", got 4',
    "evaluate.every=0": "must be at least 1, got 0",
}


class Mistakes(Driver):
    def messages(self, text):
        self.write("exp.yaml", text)
        lines = self.refuse(2, "check", "exp.yaml").err.splitlines()
        for line in lines:
            self.assertTrue(line.startswith("exp.yaml:"), line)
        return [line.removeprefix("exp.yaml:") for line in lines]

    def test_nineteen_mistakes_are_shown_in_one_go_and_at_once(self):
        self.write("many.yaml", MANY)
        for verb in ("check", "run"):
            calls = [self.refuse(2, verb, "many.yaml") for _ in range(5)]
            self.assertEqual(calls[0].err, MANY_MESSAGES)
            self.assertEqual(calls[0].out, "")
            self.assertLess(min(call.seconds for call in calls), 0.1)
        self.assertEqual([path.name for path in self.folder.glob("results")], [], "a wrong experiment leaves nothing")

    def test_each_single_mistake_has_its_sentence(self):
        names = {}
        for kind in ("datasets", "models"):
            names[kind] = ", ".join(re.findall(r"^  (\S+)", self.succeed("list", kind).out, re.M))
            self.assertIn(", quadratic, ", names[kind])
        for text, expected in SINGLE.items():
            with self.subTest(text):
                for kind, known in names.items():
                    expected = [line.replace("{" + kind + "}", known) for line in expected]
                self.assertEqual(self.messages(text), expected)

    def test_each_wrong_override_has_its_sentence(self):
        for word, sentence in OVERRIDES.items():
            with self.subTest(word):
                err = self.refuse(2, "check", "stormy.yaml", word).err
                self.assertEqual(err, f"command line: {word}: {sentence}\n")

    def test_all_wrong_overrides_are_shown_at_once(self):
        err = self.refuse(2, "run", "stormy.yaml", *OVERRIDES).err
        for word in OVERRIDES:
            # Of two that set one key the second counts; the first is well-formed, and its value gone.
            if word not in ("seed=x", "seed.deep=1"):
                self.assertIn(f"command line: {word}: ", err)

    def test_a_hundred_mistakes_are_shown_and_the_rest_counted(self):
        self.write("exp.yaml", "".join(f"key{i}: 1\n" for i in range(300)))
        lines = self.refuse(2, "check", "exp.yaml").err.splitlines()
        self.assertEqual(len(lines), 101)
        self.assertRegex(lines[-1], r"and 203 more mistakes$")  # 300 unknown keys, 3 missing ones

    def test_a_file_that_is_not_there_is_no_mistake_in_it(self):
        self.assertIn("nosuch.yaml: cannot be read: No such file", self.refuse(66, "run", "nosuch.yaml").err)
        self.assertIn("cannot be read: it is a folder", self.refuse(66, "run", ".").err)
        self.assertIn("cannot be read: Not a directory", self.refuse(66, "check", "stormy.yaml/x.yaml").err)


def typos(key):
    """The key with a letter left out, doubled, two swapped and one wrong."""
    i = len(key) // 2
    swapped = key[: i - 1] + key[i] + key[i - 1] + key[i + 1 :]
    return {key[:i] + key[i + 1 :], key[:i] + key[i] + key[i:], swapped, key[:i] + "x" + key[i + 1 :]} - {key}


def sections(schema, path=()):
    """Each mapping of the schema: its dotted path, the words that select its keys, the keys themselves."""
    own = {key for key, value in schema.get("properties", {}).items() if value is not True}
    variants = []
    for clause in schema.get("allOf", []):
        ((selector, condition),) = clause["if"]["properties"].items()
        keys = {key for key, value in clause["then"].get("properties", {}).items() if value is not False}
        # Points and users are the clients of these; the schema cannot say that the key is not for them.
        fixed = condition["const"] in ("quadratic", "ratings") and path == ("data",)
        taken = {"clients"} if fixed else set()
        variants.append(({selector: condition["const"]}, (own | keys) - taken))
    for words, keys in variants or [({}, own)]:
        yield path, words, keys
    for key, value in schema.get("properties", {}).items():
        if isinstance(value, dict) and "object" in value.get("type", ""):
            yield from sections(value, (*path, key))


class NearestNames(Driver):
    def test_each_typo_of_each_key_is_understood(self):
        """One call a section; a typo that is nearer to another key of the section may name that one."""
        schema = json.loads(self.succeed("schema").out)
        checked = 0
        for path, words, keys in sections(schema):
            wrong = {typo: key for key in sorted(keys) if len(key) > 2 for typo in typos(key) if typo not in keys}
            at = "".join(part + "." for part in path)
            overrides = [f"{at}{selector}={word}" for selector, word in words.items()]
            overrides += [f"{at}{typo}=1" for typo in list(wrong)[:90]]
            err = self.fedtide("check", "stormy.yaml", *overrides).err
            for typo in list(wrong)[:90]:
                with self.subTest(section=at, typo=typo):
                    pattern = rf'^command line: {re.escape(at + typo)}=1: unknown key; did you mean "(.*)"\?$'
                    found = re.search(pattern, err, re.M)
                    self.assertIsNotNone(found, err)
                    self.assertIn(found[1], keys)
                    if len(wrong[typo]) > 5:
                        self.assertEqual(found[1], wrong[typo])
                    checked += 1
        self.assertGreater(checked, 300)

    def test_each_typo_of_each_plug_in_is_understood(self):
        for kind, key in {"algorithms": "algorithm.name", "models": "model.name", "datasets": "data.dataset"}.items():
            names = re.findall(r"^  (\S+) ", self.succeed("list", kind).out, re.M)
            for name in names:
                for typo in typos(name) - set(names):
                    with self.subTest(typo):
                        err = self.refuse(2, "check", "stormy.yaml", f"{key}={typo}").err
                        self.assertIn(f'unknown value "{typo}"; did you mean "', err)


if __name__ == "__main__":
    unittest.main()
