"""Files made to harm: each is refused with a place and a reason, at once and in little memory."""

import gzip
import struct
import unittest
import zlib

from driver import MIB, Driver

DEPTH = 100_000
DEEP = {
    "lists": "[" * DEPTH,
    "closed lists": "a: " + "[" * DEPTH + "]" * DEPTH,
    "mappings": "{a: " * DEPTH,
    "closed mappings": "{a: " * DEPTH + "1" + "}" * DEPTH,
    "brackets in turn": "[{a: " * DEPTH,
    "dashes": "- " * DEPTH + "1",
    "blocks": "".join(" " * i + "a:\n" for i in range(1000)),
    "questions": "? " * DEPTH,
}

BOMB = "a: &a [" + ", ".join(["x"] * 9) + "]\n"
for name, last in zip("bcdefghij", "abcdefghi"):
    BOMB += f"{name}: &{name} [" + ", ".join([f"*{last}"] * 9) + "]\n"

TEXTS = {
    "an alias bomb": (BOMB, "more than 10000 values, aliases counted in full"),
    "an alias to what it is in": ("data: &x {dataset: *x}\n", "an alias to something that contains it"),
    "an alias to nothing": ("data: *x\n", "an alias to an anchor that was not defined before it"),
    "a NUL byte": (b"seed: 1\nname: a\0b\n", "a NUL byte"),
    "only NUL bytes": (b"\0" * 1000, "a NUL byte"),
    "two documents": ("seed: 1\n---\nseed: 2\n", "a second YAML document starts here"),
    "a key twice": ("seed: 1\nseed: 2\n", "this key is written twice; first on line 1"),
    "UTF-16": ("seed: 1\n".encode("utf-16"), "the text is UTF-16; save it as UTF-8"),
    "Latin-1": ("name: caf\xe9\n".encode("latin-1"), "the byte 0xE9 is not UTF-8"),
    "100,000 keys": ("".join(f"k{i}: 1\n" for i in range(100_000)), "more than 10000 values"),
    "500,000 numbers": ("model: {hidden: [" + "1," * 499_999 + "1]}\n", "more than 10000 values"),
    "a line of a million letters": ("name: " + "x" * 1_000_000 + "\n", "data.dataset: missing"),
    "a million quotes": ("name: " + "'" * 1_000_001 + "\n", "closing quote"),
    "a million stars": ("*" * 1_000_000, ""),
    "an ELF program": (b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 100, "a NUL byte"),
}


class HostileExperiments(Driver):
    def refuse_cheaply(self, code, *arguments, seconds=1.0):
        result = self.refuse(code, *arguments)
        self.assertLess(result.seconds, seconds)
        self.assertLess(result.peak_bytes, 100 * MIB)
        # One message may quote what it found, but never the file.
        self.assertLess(len(result.err), 30_000)
        return result.err

    def test_nesting_without_end_is_refused_whatever_the_bracket(self):
        for name, text in DEEP.items():
            with self.subTest(name):
                self.write("exp.yaml", text)
                err = self.refuse_cheaply(2, "check", "exp.yaml")
                self.assertRegex(err, r"^exp.yaml:\d+:\d+: (\S+: )?nested deeper")

    def test_nesting_without_end_on_the_command_line_is_refused(self):
        for name, text in DEEP.items():
            with self.subTest(name):
                # The kernel takes words of at most 128 KiB.
                word = "model.hidden=" + text.replace("\n", " ")[:60_000]
                self.assertIn("command line: ", self.refuse_cheaply(2, "check", "stormy.yaml", word))
        self.assertIn("too many parts", self.refuse_cheaply(2, "check", "stormy.yaml", "a." * 60_000 + "a=1"))

    def test_texts_made_to_harm_are_refused(self):
        for name, (text, reason) in TEXTS.items():
            with self.subTest(name):
                self.write("exp.yaml", text)
                err = self.refuse_cheaply(2, "check", "exp.yaml")
                self.assertRegex(err, r"^exp.yaml:\d+:\d+: ")
                self.assertIn(reason, err)

    def test_a_file_of_a_hundred_megabytes_is_not_read(self):
        with open(self.folder / "exp.yaml", "wb") as file:
            file.write(b"seed: 1\n")
            file.truncate(100_000_000)
        self.assertEqual(
            self.refuse_cheaply(2, "run", "exp.yaml"),
            "exp.yaml: the file is larger than 1 MiB; an experiment is a small text\n",
        )

    def test_an_endless_device_is_not_read_to_its_end(self):
        self.assertIn("larger than 1 MiB", self.refuse_cheaply(2, "check", "/dev/zero"))

    def test_an_empty_file_lacks_what_is_required(self):
        self.write("exp.yaml", "")
        self.assertIn("exp.yaml:1:1: data.dataset: missing", self.refuse_cheaply(2, "check", "exp.yaml"))
        self.assertIn("data.dataset: missing", self.refuse_cheaply(2, "check", "/dev/null"))

    def test_a_mark_at_the_start_and_line_ends_of_windows_are_read(self):
        self.write("exp.yaml", b"\xef\xbb\xbf" + (self.folder / "stormy.yaml").read_bytes().replace(b"\n", b"\r\n"))
        self.succeed("check", "exp.yaml")


def idx(values, *dims, magic=None):
    """An idx file of unsigned bytes with this header, whatever the values are."""
    head = bytes([0, 0, 8, len(dims)]) if magic is None else magic
    return head + b"".join(struct.pack(">I", dim) for dim in dims) + bytes(values)


class HostileData(Driver):
    """Data sets in the four files of MNIST."""

    GOOD = {
        "train-images-idx3-ubyte": idx(range(196), 20, 28, 28)[:16] + bytes(20 * 784),
        "train-labels-idx1-ubyte": idx([i % 10 for i in range(20)], 20),
        "t10k-images-idx3-ubyte": idx([], 10, 28, 28) + bytes(10 * 784),
        "t10k-labels-idx1-ubyte": idx(range(10), 10),
    }
    EXPERIMENT = """\
data: {dataset: mnist, path: digits, clients: 4}
model: {name: softmax}
protocol: {cohort: 2}
stop: {rounds: 1}
"""

    def set_files(self, changes=()):
        for path in self.folder.glob("digits/*"):
            path.unlink()
        for name, content in {**self.GOOD, **dict(changes)}.items():
            if content is not None:
                self.write("digits/" + name, content)
        self.write("exp.yaml", self.EXPERIMENT)

    def damaged(self, name, content, *words, code=65):
        with self.subTest(name, words=words):
            plain = name.removesuffix(".gz")
            self.set_files({plain: None, name: content})
            result = self.refuse(code, "check", "exp.yaml")
            self.assertLess(result.seconds, 1)
            self.assertLess(result.peak_bytes, 100 * MIB)
            self.assertIn(f"digits/{name}: byte ", result.err)
            for word in words:
                self.assertIn(word, result.err)

    def test_the_files_that_the_others_are_changed_from_are_good(self):
        self.set_files()
        self.succeed("run", "exp.yaml", "-q", "-o", "run")

    def test_a_file_that_is_missing_is_named(self):
        for name in self.GOOD:
            self.set_files({name: None})
            err = self.refuse(66, "check", "exp.yaml").err
            self.assertIn(f"neither {name} nor {name}.gz is there", err)
            self.assertIn("data.path must name a folder with", err)
        self.assertIn("there is no such folder", self.refuse(66, "check", "exp.yaml", "data.path=nowhere").err)

    def test_a_file_cut_at_any_byte_of_its_header_and_some_of_its_content_is_damaged(self):
        for name, content in self.GOOD.items():
            header = 16 if "images" in name else 8
            for length in [*range(header + 2), len(content) // 2, len(content) - 1]:
                self.damaged(name, content[:length])

    def test_a_byte_too_many_is_damage(self):
        for name, content in self.GOOD.items():
            self.damaged(name, content + b"\0")

    def test_sizes_that_lie_cost_no_memory(self):
        images, labels = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
        most = 2**32 - 1
        self.damaged(images, idx([], most, most, most) + bytes(4096), "more than 2^64")
        self.damaged(images, idx([], 20, most, most) + bytes(4096), "the header promises 20 x 4294967295 x 4294967295")
        self.damaged(images, idx([], 20, 0, 28), "dimension 2 of 3 is 0")
        self.damaged(labels, idx([1, 2], most), "the file has 2")
        self.damaged(images + ".gz", gzip.compress(idx([], 20, most, 28) + bytes(4096)), "than a gzip file of")

    def test_a_gzip_bomb_costs_no_memory(self):
        images = "train-images-idx3-ubyte.gz"
        # In pieces: what this process takes would be counted as the program's.
        packer = zlib.compressobj(9, wbits=31)
        bomb = packer.compress(idx([], 20, 28, 28))
        bomb += b"".join(packer.compress(bytes(MIB)) for _ in range(200)) + packer.flush()
        self.assertLess(len(bomb), MIB)
        self.damaged(images, bomb, "must end here")
        self.damaged(images, gzip.compress(idx([], 20, 28, 28) + bytes(99)), "the content ends here")

    def test_labels_and_counts_that_do_not_fit_are_named(self):
        labels = [i % 10 for i in range(20)]
        labels[7] = 10
        self.damaged("train-labels-idx1-ubyte", idx(labels, 20), "byte 15: label 10, must be 0 to 9")
        images = "train-images-idx3-ubyte"
        self.damaged(images, idx([], 19, 28, 28) + bytes(19 * 784), "19 images, but", "has 20 labels")
        self.damaged(images, idx([], 20, 14, 56) + bytes(20 * 784), "14 x 56 pixels, must be 28")

    def test_files_of_another_kind_are_named(self):
        values = bytes(20)
        self.damaged("train-labels-idx1-ubyte", b"\x89PNG\r\n\x1a\n" + values, "must be 0x00 0x00")
        self.damaged("train-labels-idx1-ubyte", idx(values, 20, magic=b"\0\0\x0d\1"), "32-bit floats")
        self.damaged("train-labels-idx1-ubyte", idx(values, 20, magic=b"\0\0\x08\3"), "found 3 dimensions, must be 1")
        self.damaged("train-labels-idx1-ubyte.gz", b"no gzip at all, but plain words")


if __name__ == "__main__":
    unittest.main()
