"""A method in a file of its own, with nothing else edited: it is found, described, checked, run, and held to the laws."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("FEDTIDE_SOURCE", Path(__file__).resolve().parents[2]))
BUILD = Path(os.environ.get("FEDTIDE", ROOT / "build/release/fedtide")).parent

METHOD = """\
// Half steps: the server goes a share of the way that FedAvg goes.
//
//   server:  w <- w + share sum_k (n_k / n) (w^k - w)

#include "sim/federation/algorithm.h"

namespace {
using namespace fedtide;

template <class T>
class HalfStepsServer final : public ServerHalf<T> {
 public:
  explicit HalfStepsServer(double share) : share_(static_cast<T>(share)) {}
  void commit(Vector<T>& w, const Aggregate<T>& aggregate) override { w += share_ * aggregate.mean; }

 private:
  T share_;
};

struct HalfSteps : MethodDefaults {
  double share = 0.5;

  static HalfSteps read(Section& s) {
    HalfSteps p;
    p.share = s.real("share", {.fallback = 0.5, .bounds = fraction(), .help = "of FedAvg's step", .source = "here"});
    return p;
  }

  template <class T>
  Algorithm<T> make(const ProblemSize&) const {
    return {std::make_unique<PlainClient<T>>(), std::make_unique<HalfStepsServer<T>>(share)};
  }
};

const RegisterAlgorithm<HalfSteps> entry{{"half_steps", "part of FedAvg's step", "a test"}};

}  // namespace
"""

EXPERIMENT = """\
data: {dataset: blobs, clients: 10, samples: 200}
model: {name: softmax}
algorithm: {name: half_steps, share: 0.25}
protocol: {name: synchronous, cohort: 5}
stop: {rounds: 3}
"""


def command(target, part):
    """What the build runs for this, with the shell's dressing taken off."""
    lines = subprocess.run(["ninja", "-t", "commands", target], cwd=BUILD, capture_output=True, text=True).stdout
    found = [line for line in lines.splitlines() if part in line]
    return found[-1].removeprefix(": && ").removesuffix(" && :") if found else None


class NewMethod(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.scratch.name)
        cls.fedtide = cls.program("fedtide", "fedtide", METHOD)

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    @classmethod
    def program(cls, target, name, text):
        """The program of this target with the method in it as well, as the build would make it."""
        source, built, program = (cls.folder / f"{name}{end}" for end in (".cpp", ".o", ""))
        source.write_text(text)
        compile_as = command("fedtide", "-c " + str(ROOT / "algorithms/optimization/fedavg.cpp"))
        options = compile_as.split(" -MD ")[0]
        subprocess.run(f"{options} -o {built} -c {source}", shell=True, check=True, cwd=BUILD)
        binary = "tests/test_laws" if target == "test_laws" else target
        link = command(target, f" -o {binary} ").replace(f" -o {binary} ", f" {built} -o {program} ")
        subprocess.run(link, shell=True, check=True, cwd=BUILD)
        return program

    def call(self, *words):
        return subprocess.run([self.fedtide, *words], capture_output=True, text=True, cwd=self.folder)

    def test_it_is_a_short_file(self):
        self.assertLess(len(METHOD.splitlines()), 60)

    def test_it_is_listed_and_described(self):
        self.assertRegex(self.call("list", "algorithms").stdout, r"half_steps +part of FedAvg's step  \[a test\]")
        text = self.call("describe", "algorithm", "half_steps").stdout
        self.assertIn("share", text)
        self.assertIn("default 0.5; greater than 0 and at most 1", text)
        self.assertIn('"half_steps"', self.call("schema").stdout)

    def test_it_is_checked_and_run(self):
        (self.folder / "exp.yaml").write_text(EXPERIMENT)
        wrong = self.call("check", "exp.yaml", "algorithm.share=2")
        self.assertNotEqual(wrong.returncode, 0)
        self.assertIn("algorithm.share=2: must be greater than 0 and at most 1, got 2", wrong.stderr)
        run = self.call("run", "exp.yaml", "--output", "run")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("rounds          3", run.stdout)

    def test_the_laws_hold_it(self):
        right = self.program("test_laws", "laws", METHOD)
        found = subprocess.run([right, "law*"], capture_output=True, text=True, cwd=ROOT)
        self.assertEqual(found.returncode, 0, found.stdout[-3000:])
        wrong = self.program("test_laws", "broken_laws", METHOD.replace("w += share_", "w -= share_"))
        found = subprocess.run([wrong, "law*"], capture_output=True, text=True, cwd=ROOT)
        self.assertNotEqual(found.returncode, 0)
        self.assertIn("half_steps", found.stdout)


if __name__ == "__main__":
    if not (BUILD / "build.ninja").exists() or not (BUILD / "tests/test_laws").exists():
        print("skipped: needs a build by ninja with tests/test_laws")
        sys.exit(77)
    unittest.main()
