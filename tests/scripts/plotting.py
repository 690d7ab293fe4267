"""What the tests of the command line share: calling it, and judging what it wrote."""

import contextlib
import csv
import io
import os
import re
import struct
import subprocess
import tempfile
import unittest

import fake_run
from fedtide import plot

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts")


def call(folder, *arguments):
    """Exit code, stdout and stderr of the command in a folder; in this process, since to import matplotlib is slow."""
    out, err, before = io.StringIO(), io.StringIO(), os.getcwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = plot.main(arguments)
    except SystemExit as end:  # argparse
        code = end.code
    finally:
        os.chdir(before)
    return code, out.getvalue(), err.getvalue()


def shell(folder, command):
    """The same of a shell command in which `plot` is scripts/plot."""
    command = re.sub(r"^plot\b", os.path.join(SCRIPTS, "plot"), command)
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Folder(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name

    def at(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, seed=1, status="complete", **settings):
        tables = fake_run.plausible(seed, rounds=12, every=3, clients=200)
        fake_run.write_run(self.at(name), tables, fake_run.config(seed, **settings), status)
        return tables

    def drawn(self, stem):
        """PDF, PNG and CSV are there, and the PNG has the width of a column or of a page at 300 dots an inch."""
        with open(self.at(stem + ".png"), "rb") as file:
            content = file.read()
        width, height = struct.unpack(">II", content[16:24])
        self.assertEqual(content[:8], b"\x89PNG\r\n\x1a\n")
        self.assertIn(width, (int(3.4 * 300), int(1.25 * 3.4 * 300), 7 * 300))
        self.assertGreater(height, 300)
        self.assertGreater(len(content), 8000)
        with open(self.at(stem + ".pdf"), "rb") as file:
            content = file.read()
        self.assertTrue(content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF"))
        self.assertGreater(len(content), 5000)
        self.assertGreater(len(rows_of(self.at(stem + ".csv"))), 1)

    def refused(self, code, words, *arguments):
        """This exit code, nothing on stdout, and one line on stderr that holds the words."""
        found, out, err = call(self.folder, *arguments)
        self.assertEqual((found, out), (code, ""), err)
        self.assertEqual(len(err.splitlines()), 1, err)
        self.assertIn(words, err)
