"""Verbs, flags and streams: a wrong word gets the right one, results go to stdout and nothing else does."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import unittest

from driver import ESCAPE, FEDTIDE, Driver, environment

VERBS = ["run", "sweep", "status", "summary", "compare", "check", "describe", "list", "schema", "hash", "data", "explain", "verify"]
KINDS = (
    "algorithms selectors protocols topologies models layers losses optimizers metrics datasets partitions devices links "
    "availability"
).split()

# What follows the program's name, and the end of its message.
WRONG = {
    "": "no command given; commands are: run, resume, sweep, status, summary, compare, check, describe, list, schema, hash",
    "rnu stormy.yaml": 'there is no command "rnu"; did you mean "run"?',
    "cehck": 'there is no command "cehck"; did you mean "check"?',
    "desribe": 'there is no command "desribe"; did you mean "describe"?',
    "frobnicate": 'there is no command "frobnicate"; valid here: run, resume, sweep, status, summary, compare, check, describe, list, schema, hash, data, explain, '
    "verify",
    "--vesion": 'there is no option "--vesion"; did you mean "--version"?',
    "--json": 'there is no option "--json"; valid here: --help, --version',
    "run": "run: EXPERIMENT is required",
    "check": "check: EXPERIMENT is required",
    "run stormy.yaml --froce": 'run: there is no option "--froce"; did you mean "--force"?',
    "run stormy.yaml --thread 2": 'run: there is no option "--thread"; did you mean "--threads"?',
    "run stormy.yaml --outputt=x": 'run: there is no option "--outputt"; did you mean "--output"?',
    "run stormy.yaml -Z": 'run: there is no option "-Z"; valid here: --help, --output, --threads',
    "run stormy.yaml --threads": "run: --threads takes one value",
    "run stormy.yaml -o a -o b": "run: --output takes one value",
    "run stormy.yaml --threads x": 'execution.threads=x: must be a whole number between 0 and 1024, got "x"',
    "run stormy.yaml --threads -3": "execution.threads=-3: must be between 0 and 1024, got -3",
    "run stormy.yaml --threads 1025": "execution.threads=1025: must be between 0 and 1024, got 1025",
    "run stormy.yaml --executor gpu": 'execution.executor=gpu: unknown value "gpu"; valid here: tbb, inline',
    "schema extra": 'schema: "extra" is one word too many',
    "list algoritms": 'there is no kind "algoritms"; did you mean "algorithms"?',
    "list everything": 'there is no kind "everything"; valid here: algorithms, selectors',
    "describe algorithms": 'no key "algorithms"; did you mean "algorithm"?',
    "describe algorithm fedporx": 'did you mean "fedprox"?',
    "describe protocol.dedline": 'did you mean "deadline"?',
}


class Words(Driver):
    def test_each_wrong_word_is_answered_with_the_right_ones(self):
        for words, message in WRONG.items():
            with self.subTest(words):
                result = self.refuse(2, *words.split())
                self.assertIn(message, result.err)
                self.assertEqual(result.err.count("\n"), 1, "one sentence")
                self.assertEqual(result.out, "")

    def test_help_is_a_result_and_shows_examples(self):
        for words in (["--help"], ["-h"], *([verb, "--help"] for verb in VERBS)):
            result = self.succeed(*words)
            self.assertEqual(result.err, "")
            self.assertIn("fedtide", result.out)
        self.assertIn("Example", self.succeed("--help").out)
        for verb in VERBS:
            self.assertIn(f"\n  {verb} ", self.succeed("--help").out)

    def test_the_version_is_three_numbers(self):
        self.assertRegex(self.succeed("--version").out, r"^fedtide \d+\.\d+\.\d+\n$")

    def test_list_shows_each_kind_and_describe_each_entry(self):
        every = self.succeed("list").out
        for kind in KINDS:
            one = self.succeed("list", kind).out
            self.assertTrue(one.startswith(kind + "\n"), one)
            self.assertIn(one, every)
            self.assertRegex(one, r"(?m)^  \S+ +\S+")
        for name in re.findall(r"^  (\S+)", self.succeed("list", "algorithms").out, re.M):
            self.assertIn(name, self.succeed("describe", "algorithm", name).out)

    def test_a_hash_of_what_is_no_run_is_refused(self):
        self.refuse(66, "hash", "nowhere")
        self.assertIn("no file of fedtide as it was written", self.refuse(65, "hash", "stormy.yaml").err)
        (self.folder / "empty").mkdir()
        self.assertIn("no trajectory.h5 in it", self.refuse(66, "hash", "empty").err)


class Streams(Driver):
    """What goes where, and what happens when it goes nowhere."""

    def shell(self, script, **variables):
        result = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=environment(FEDTIDE=FEDTIDE, **variables), text=True,
            capture_output=True, timeout=60,
        )  # fmt: skip
        return result.returncode, result.stdout, result.stderr

    def complete(self, run):
        """The run's files are all there and whole."""
        self.assertEqual(self.info(run)["status"], "complete")
        self.digest(run)
        self.assertEqual([path.name for path in (self.folder / run).glob(".spool")], [])

    def test_results_and_messages_keep_apart(self):
        result = self.succeed("run", "stormy.yaml", "-o", "run")
        self.assertIn("results         run\n", result.out)
        self.assertNotIn("round 12", result.out)
        self.assertTrue(result.err.startswith("run run\n"), result.err)
        quiet = self.succeed("run", "stormy.yaml", "-o", "run", "--force", "-q")
        self.assertEqual(quiet.err, "")

    def test_without_a_terminal_there_are_no_escape_codes(self):
        for words in (["run", "stormy.yaml", "-o", "run"], ["describe"], ["list"], ["run", "nosuch.yaml"], ["--help"]):
            result = self.fedtide(*words, env=environment(TERM="xterm-256color"))
            self.assertNotIn(ESCAPE, result.out + result.err)

    def test_closed_and_full_streams_do_not_harm_a_run(self):
        closed = {"out": ">&-", "err": "2>&-", "in": "<&-", "all": "<&- >&- 2>&-", "err-full": "2>/dev/full"}
        for name, redirection in closed.items():
            with self.subTest(name):
                code, _, err = self.shell(f"exec {redirection}; exec $FEDTIDE run stormy.yaml -o {name}")
                self.assertEqual(code, 0, err)
                self.complete(name)
                # A result must never end up in a file that took the closed stream's number.
                lock = (self.folder / name / ".lock").read_text()
                self.assertRegex(lock, r"^\d+ \S+\n$")

    def test_a_result_that_cannot_be_written_is_an_error_and_the_run_is_complete(self):
        code, _, err = self.shell("$FEDTIDE run stormy.yaml -q -o run >/dev/full")
        self.assertEqual((code, err), (74, "error: stdout: cannot write the result: No space left on device\n"))
        self.complete("run")
        for verb in ("schema", "list", "describe", "--help"):
            self.assertEqual(self.shell(f"$FEDTIDE {verb} >/dev/full")[0], 74, verb)

    def test_a_reader_that_leaves_is_no_error(self):
        for words in ("describe", "schema", "list", "run stormy.yaml -q --json -o run"):
            code, out, err = self.shell(f"set -o pipefail; $FEDTIDE {words} | head -1")
            self.assertEqual((code, err, out.count("\n")), (0, "", 1), words)
        self.complete("run")
        code, _, _ = self.shell("set -o pipefail; $FEDTIDE run stormy.yaml -o run2 stop.rounds=300 2>&1 | true")
        self.assertEqual(code, 0)
        self.complete("run2")

    def test_language_and_time_zone_change_nothing(self):
        plain = self.succeed("run", "stormy.yaml", "-n", env=environment(LC_ALL="C")).out
        self.succeed("run", "stormy.yaml", "-q", "-o", "plain")
        for language in ("de_DE.UTF-8", "tr_TR.UTF-8", "C.utf8", "nonsense"):
            env = environment(LC_ALL=language, LANG=language, TZ="Asia/Kathmandu")
            self.assertEqual(self.succeed("run", "stormy.yaml", "-n", env=env).out, plain)
            self.succeed("run", "stormy.yaml", "-q", "-o", language, env=env)
            self.assertEqual(self.digest(language), self.digest("plain"))
            for line in (self.folder / language / "metrics.jsonl").read_text().splitlines():
                json.loads(line)


class Terminal(Driver):
    def on_terminal(self, *arguments, columns=80, **variables):
        """What a terminal gets from stderr, and the exit code."""
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        env = environment(**{"TERM": "xterm", "NO_COLOR": None, **variables})
        with self.running(*arguments, stderr=follower, env=env) as process:
            os.close(follower)
            shown = b""
            try:
                while piece := os.read(leader, 4096):
                    shown += piece
            except OSError:  # how Linux says that the other side is closed
                pass
            os.close(leader)
            return shown.decode(), process.wait()

    def test_a_message_is_red_only_where_color_is_wanted(self):
        red = "\033[31merror:\033[0m nosuch.yaml: cannot be read: No such file or directory\r\n"
        self.assertEqual(self.on_terminal("run", "nosuch.yaml"), (red, 66))
        self.assertEqual(self.on_terminal("run", "nosuch.yaml", NO_COLOR=""), (red, 66))
        for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            shown, _ = self.on_terminal("run", "nosuch.yaml", **variables)
            self.assertEqual(shown, "error: nosuch.yaml: cannot be read: No such file or directory\r\n")

    def test_progress_is_one_line_that_never_wraps(self):
        for columns in (20, 40, 200):
            words = ["run", "stormy.yaml", "-o", f"run{columns}", "stop.rounds=2000"]
            shown, code = self.on_terminal(*words, columns=columns)
            self.assertEqual(code, 0, shown)
            self.assertNotIn(ESCAPE, shown)
            lines = shown.split("\r\n")[1:]  # the first names the directory
            self.assertEqual(len(lines), 2, shown)
            self.assertEqual(lines[1], "")
            self.assertIn("round 2000/2000"[: columns - 1], lines[0])
            for line in lines[0].split("\r"):
                self.assertLess(len(line), columns)

    def test_a_dumb_terminal_gets_plain_lines(self):
        shown, _ = self.on_terminal("run", "stormy.yaml", "-o", "run", TERM="dumb")
        self.assertRegex(shown, r"^run run\r\nround 12/12 [^\r]*\r\n$")


if __name__ == "__main__":
    unittest.main()
