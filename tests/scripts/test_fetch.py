"""Fetching public data, from a server of this machine only: what does not match never gets its name."""

import gzip
import hashlib
import os
import re
import runpy
import socket
import subprocess
import tempfile
import threading
import unittest
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(os.environ.get("FEDTIDE_SOURCE", Path(__file__).resolve().parents[2]))
SCRIPT = ROOT / "scripts/fetch-data"
PLAIN = bytes(range(256)) * 4000
PACKED = gzip.compress(PLAIN[::-1], mtime=0)


class Server(BaseHTTPRequestHandler):
    """/whole, /packed.gz, /cut (ends early once for each fetch), /norange, /wrong, /endless, /hop, /away, /file"""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        content = PACKED if self.path == "/packed.gz" else b"x" + PLAIN[1:] if self.path == "/wrong" else PLAIN
        if self.path in ("/hop", "/away", "/file"):
            self.send_response(302)
            self.send_header("Location", {"/hop": "/whole", "/away": "/gone", "/file": "file:///etc/passwd"}[self.path])
            self.end_headers()
        elif self.path == "/gone":
            self.send_error(404)
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(bytes(1 << 16))
        else:
            self.send_content(content)

    def send_content(self, content):
        begin = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        begin = int(begin[1]) if begin and self.path != "/norange" else 0
        if begin >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        stop = begin + 300_000 if self.path in ("/cut", "/norange") else len(content)
        if self.path == "/norange" and len(self.server.asked) > 1:
            stop = len(content)
        self.wfile.write(content[begin:stop])

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, BrokenPipeError):
            pass


class Fetch(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="fedtide-test-")))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
        self.server.daemon_threads = True
        self.server.asked = []
        thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        thread.start()
        self.addCleanup(lambda: (self.server.shutdown(), thread.join(), self.server.server_close()))
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def fetch(self, *files, url=None, arguments=()):
        """Fetches a set of these (file, page, content)."""
        table = self.folder / "table.tsv"
        table.write_text("# comment\n" + "".join(
            f"set\t{file}\t{len(content)}\t{hashlib.sha256(content).hexdigest()}\t{url or self.url}{page}\tfree\n"
            for file, page, content in files))  # fmt: skip
        return self.call("set", "--table", table, "--into", self.folder / "into", *arguments)

    def call(self, *arguments):
        variables = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return subprocess.run([SCRIPT, *map(str, arguments)], env={**variables, "HOME": str(self.folder)},
                              capture_output=True, text=True, timeout=60)  # fmt: skip

    def files(self):
        return sorted(path.name for path in (self.folder / "into").iterdir())

    def refused(self, result, code, *parts):
        self.assertEqual(result.returncode, code, result)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertTrue(result.stderr.startswith("fetch-data: "), result.stderr)
        for part in parts:
            self.assertIn(part, result.stderr)

    def test_right_files_plain_and_packed_arrive_and_are_not_fetched_again(self):
        both = [("a.bin", "/whole", PLAIN), ("b.gz", "/packed.gz", PLAIN[::-1])]
        result = self.fetch(*both)
        self.assertEqual(result.returncode, 0, result)
        self.assertEqual((self.folder / "into/a.bin").read_bytes(), PLAIN)
        self.assertEqual((self.folder / "into/b.gz").read_bytes(), PACKED)
        self.assertEqual(self.files(), ["a.bin", "b.gz"])
        self.assertIn(f"data.path: {self.folder}/into", result.stdout)
        self.assertIn("license: free", result.stdout)
        asked = list(self.server.asked)
        again = self.fetch(*both)
        self.assertEqual((again.returncode, again.stdout.count("is there already")), (0, 2))
        self.assertEqual(self.server.asked, asked)

    def test_other_content_is_refused_and_removed(self):
        for page, content in (("/wrong", PLAIN), ("/whole", PLAIN[:-1]), ("/whole", PLAIN + b"x"), ("/packed.gz", PLAIN)):
            with self.subTest(page):
                self.refused(self.fetch(("a.gz" if "gz" in page else "a", page, content)), 65, "is not the known", "removed")
                self.assertEqual(self.files(), [])

    def test_what_is_no_gzip_or_holds_more_than_it_should_is_refused(self):
        self.refused(self.fetch(("a.gz", "/whole", PLAIN)), 65, "is not the known a.gz")
        self.refused(self.fetch(("a.gz", "/packed.gz", PLAIN[:10])), 65, "is not the known a.gz")
        self.assertEqual(self.files(), [])

    def test_a_file_without_end_is_left(self):
        self.refused(self.fetch(("a", "/endless", PLAIN)), 65, "has more than", "removed")
        self.assertEqual(self.files(), [])

    def test_a_cut_connection_is_resumed_where_it_ended(self):
        wanted = ("a", "/cut", PLAIN)
        for cut in (300_000, 600_000, 900_000):
            self.refused(self.fetch(wanted), 74, f"cut off after {cut}", "run it again")
            self.assertEqual(self.files(), [".a.part"])
        self.assertEqual(self.fetch(wanted).returncode, 0)
        self.assertEqual([asked[1] for asked in self.server.asked],
                         [None, "bytes=300000-", "bytes=600000-", "bytes=900000-"])  # fmt: skip
        self.assertEqual((self.folder / "into/a").read_bytes(), PLAIN)
        self.assertEqual(self.files(), ["a"])

    def test_a_server_that_cannot_resume_gives_the_whole_again(self):
        wanted = ("a", "/norange", PLAIN)
        self.refused(self.fetch(wanted), 74, "cut off")
        self.assertEqual(self.fetch(wanted).returncode, 0)
        self.assertEqual((self.folder / "into/a").read_bytes(), PLAIN)

    def test_a_partial_file_of_something_else_is_removed_and_one_that_is_too_long_begun_anew(self):
        (self.folder / "into").mkdir()
        part = self.folder / "into/.a.part"
        part.write_bytes(b"y" * 1000)
        self.refused(self.fetch(("a", "/whole", PLAIN)), 65, "is not the known")
        self.assertEqual(self.files(), [])
        part.write_bytes(PLAIN)  # ended before it got its name
        self.assertEqual(self.fetch(("a", "/whole", PLAIN)).returncode, 0)
        self.assertEqual((self.folder / "into/a").read_bytes(), PLAIN)

    def test_no_file_is_overwritten(self):
        (self.folder / "into").mkdir()
        (self.folder / "into/a").write_bytes(b"mine")
        self.refused(self.fetch(("a", "/whole", PLAIN)), 65, "is there and is not the known file")
        self.assertEqual((self.folder / "into/a").read_bytes(), b"mine")
        self.assertEqual(self.server.asked, [])

    def test_redirections_are_followed_but_not_to_files(self):
        self.assertEqual(self.fetch(("a", "/hop", PLAIN)).returncode, 0)
        self.refused(self.fetch(("b", "/file", PLAIN)), 66, "file:///etc/passwd", "not allowed")
        self.refused(self.fetch(("c", "/away", PLAIN)), 66, "404")
        self.assertEqual(self.files(), ["a"])

    def test_a_redirection_from_https_to_http_is_not_followed(self):
        script = runpy.run_path(str(SCRIPT), run_name="fetch_data")
        handler, safe = script["SameOrSafer"](), urllib.request.Request("https://here.example/a")
        follow = lambda url: handler.redirect_request(safe, None, 302, "Found", {}, url)  # noqa: E731
        self.assertEqual(follow("https://there.example/a").full_url, "https://there.example/a")
        with self.assertRaisesRegex(script["Refusal"], "leads to http://there.example/a, which is less safe"):
            follow("http://there.example/a")

    def test_a_missing_page_and_a_missing_network_are_told(self):
        self.refused(self.fetch(("a", "/gone", PLAIN)), 66, "the server says 404")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{free.getsockname()[1]}"
            self.refused(self.fetch(("a", "/whole", PLAIN), url=url), 66, "cannot be reached", "copy the file there by hand")
        self.assertEqual(self.files(), [])

    def test_a_folder_that_cannot_be_written_is_told(self):
        (self.folder / "into").write_bytes(b"no folder")
        self.refused(self.fetch(("a", "/whole", PLAIN)), 73, "into", "cannot be written")

    def test_wrong_names_and_tables_are_told(self):
        self.refused(self.call("mnits"), 2, 'there is no data set "mnits"; there are: ', "mnist")
        self.refused(self.call(), 2, "no name given; there are: ")
        self.refused(self.call("x", "--table", self.folder / "none.tsv"), 66, "cannot be read")
        good = "a" * 64
        for line in ("set\tfile", f"set\t../up\t3\t{good}\turl\tfree", f"set\tf\tx\t{good}\turl\tfree", "s\tf\t3\tff\turl\tfree"):
            (self.folder / "bad.tsv").write_text(line + "\n")
            self.refused(self.call("set", "--table", self.folder / "bad.tsv"), 65, "bad.tsv: line 1: ")

    def test_the_table_that_comes_along_is_sound(self):
        result = self.call("--list")
        self.assertEqual(result.returncode, 0, result)
        self.assertRegex(result.stdout, r"(?m)^mnist +4 file\(s\), 55 MB, ")
        lines = [line.split("\t") for line in (SCRIPT.with_name("fetch-data.tsv")).read_text().splitlines() if line[0] != "#"]
        self.assertEqual(len({(line[0], line[1]) for line in lines}), len(lines))
        for line in lines:
            self.assertTrue(line[4].startswith("https://"), line)
            self.assertEqual(line[1], line[4].rsplit("/", 1)[1])


if __name__ == "__main__":
    unittest.main()
