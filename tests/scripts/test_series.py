"""Means over seeds, steps, bands, targets and groups, against numbers worked out by hand."""

import os
import tempfile
import unittest

import numpy as np

import fake_run
import fedtide
from fedtide import groups, series, style
from fedtide.outcomes import bin_rounds
from fedtide.partition import sample


def tables(times, accuracy, up=(10, 20, 30)):
    """A run of rounds 1 .. n that are all evaluated."""
    n = len(times)
    number = np.arange(1, n + 1)
    rounds = {"round": number, "time_s": np.array(times, dtype=float), "train_loss": np.ones(n)}
    rounds.update(bytes_up=np.array(up[:n]), bytes_down=2 * np.array(up[:n]))
    evaluation = {
        "round": number,
        "time_s": rounds["time_s"],
        "test_accuracy": np.array(accuracy),
        "test_loss": 1 - np.array(accuracy),
    }
    return {"rounds": rounds, "evaluation": evaluation}


class Runs(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name

    def run_of(self, name, *given, **settings):
        fake_run.write_run(os.path.join(self.folder, name), tables(*given), fake_run.config(**settings))
        return fedtide.load(os.path.join(self.folder, name))


class Means(Runs):
    def test_a_step_holds_the_last_value_and_knows_nothing_before_the_first(self):
        values = series.step(np.array([0, 1, 1.5, 2, 9]), np.array([1, 2, 3]), np.array([10, 20, 30]))
        self.assertEqual(np.isnan(values).tolist(), [True, False, False, False, False])
        self.assertEqual(values[1:].tolist(), [10, 10, 20, 30])

    def test_mean_and_sd_over_seeds_at_equal_rounds(self):
        runs = [self.run_of(str(s), (1, 2), (0.1 * s, 0.2 * s), seed=s) for s in (1, 2, 6)]
        curve = series.average("a", runs, "round", "accuracy")
        # 0.1, 0.2, 0.6: mean 0.3, squares 0.04 + 0.01 + 0.09 = 0.14, sd sqrt(0.14 / 2); round 2 is twice that.
        np.testing.assert_allclose(curve.mean, [0.3, 0.6], rtol=1e-14)
        np.testing.assert_allclose(curve.sd, [0.07**0.5, 2 * 0.07**0.5], rtol=1e-14)
        np.testing.assert_allclose(curve.low, curve.mean - curve.sd, rtol=1e-14)
        self.assertEqual((curve.x.tolist(), curve.n), ([1, 2], 3))

    def test_the_interval_is_student_s(self):
        runs = [self.run_of(str(s), (1, 2), (0.1 * s, 0.2 * s), seed=s) for s in (1, 2, 6)]
        curve = series.average("a", runs, "round", "accuracy", "ci")
        # 97.5 % quantile of t with 2 degrees of freedom is 4.303.
        np.testing.assert_allclose(curve.high - curve.mean, 4.303 * curve.sd / 3**0.5, rtol=1e-14)
        # qt(0.975, 40) = 2.0211, qt(0.975, 100) = 1.9840
        self.assertAlmostEqual(series.t_quantile(40), 2.0211, delta=1e-4)
        self.assertAlmostEqual(series.t_quantile(100), 1.9840, delta=1e-4)

    def test_times_are_joined_by_steps_on_the_union_of_their_grids(self):
        runs = [
            self.run_of("a", (10, 30, 50), (0.1, 0.3, 0.5), seed=1),
            self.run_of("b", (20, 30, 70), (0.2, 0.4, 0.8), seed=2),
        ]
        curve = series.average("a", runs, "time", "accuracy")
        # From 20 (both have begun) to 50 (the first ends); at 50 the second still has its value of 30.
        self.assertEqual(curve.x.tolist(), [20, 30, 50])
        np.testing.assert_allclose(curve.mean, [(0.1 + 0.2) / 2, (0.3 + 0.4) / 2, (0.5 + 0.4) / 2], rtol=1e-14)

    def test_bytes_are_those_sent_by_the_round_that_is_evaluated(self):
        run = self.run_of("a", (1, 2, 3), (0.1, 0.2, 0.3))
        self.assertEqual(series.points(run, "bytes", "accuracy")[0].tolist(), [30, 60, 90])
        self.assertEqual(series.points(run, "bytes_up", "accuracy")[0].tolist(), [10, 20, 30])

    def test_nothing_is_sent_before_the_initial_model_is_evaluated(self):
        made = tables((1, 2), (0.1, 0.2))
        made["evaluation"].update(round=np.array([0, 2]), time_s=np.array([0.0, 2.0]))
        run = fedtide.load(fake_run.write_run(os.path.join(self.folder, "r"), made, {}))
        self.assertEqual(series.points(run, "bytes", "accuracy")[0].tolist(), [0, 60])

    def test_one_run_has_no_band(self):
        curve = series.average("a", [self.run_of("a", (1, 2), (0.1, 0.2))], "round", "loss")
        self.assertTrue(np.isnan(curve.sd).all() and np.isnan(curve.low).all())
        np.testing.assert_allclose(curve.mean, [0.9, 0.8])

    def test_the_mean_ends_where_a_run_diverges_and_the_reader_is_told(self):
        runs = [self.run_of("a", (1, 2), (0.1, 0.2), seed=1), self.run_of("b", (1, 2), (0.1, np.nan), seed=2)]
        curve = series.average("a", runs, "round", "accuracy")
        self.assertEqual(np.isnan(curve.mean).tolist(), [False, True])
        notes = series.complaints([("a", runs)], "accuracy")
        self.assertEqual(len(notes), 1)
        self.assertIn("not finite from round 2 on", notes[0])

    def test_the_target_is_reached_at_the_first_evaluation_that_meets_it(self):
        run = self.run_of("a", (10, 20, 30), (0.1, 0.5, 0.4))
        self.assertEqual(series.reach(run, "accuracy", 0.4), (2.0, 20.0, 60.0))
        self.assertEqual(series.reach(run, "loss", 0.5), (2.0, 20.0, 60.0))
        self.assertIsNone(series.reach(run, "accuracy", 0.51))


class Groups(Runs):
    def one(self, name, **settings):
        return self.run_of(name, (1,), (0.1,), **settings)

    def test_runs_that_differ_in_the_seed_are_one(self):
        runs = [self.one("a", seed=1), self.one("b", seed=2)]
        self.assertEqual(groups.group(runs), [("fedavg", runs)])

    def test_labels_name_what_differs(self):
        runs = [self.one("a", alpha=0.1), self.one("b", alpha=1.0)]
        self.assertEqual([label for label, _ in groups.group(runs)], ["alpha = 0.1", "alpha = 1"])

    def test_runs_that_differ_elsewhere_are_not_averaged_but_told_apart(self):
        runs = [
            self.one("a", alpha=0.1),
            self.one("b", alpha=1.0),
            self.one("c", alpha=1.0, seed=2, algorithm="scaffold"),
        ]
        labels = [label for label, _ in groups.group(runs, ["algorithm.name"])]
        self.assertEqual(labels, ["fedavg, alpha = 0.1", "fedavg, alpha = 1", "scaffold, alpha = 1"])

    def test_the_same_seed_twice_counts_once(self):
        notes = []
        made = groups.group([self.one("a"), self.one("b")], say=notes.append)
        self.assertEqual([len(runs) for _, runs in made], [1])
        self.assertIn("counted once", notes[0])

    def test_runs_without_config_are_alone_and_have_their_folder_s_name(self):
        for name in ("x", "y"):
            fake_run.write_metrics(os.path.join(self.folder, name), tables((1,), (0.1,)))
        runs = [fedtide.load(os.path.join(self.folder, name)) for name in ("x", "y")]
        self.assertEqual([label for label, _ in groups.group(runs)], ["x", "y"])


class Pieces(unittest.TestCase):
    def test_rounds_are_binned_to_at_most_sixty(self):
        first, last, means = bin_rounds(np.arange(1, 63), {"reported": np.arange(62)})
        self.assertEqual((first[0], last[0], first[-1], last[-1], len(first)), (1, 2, 61, 62, 31))
        self.assertEqual(means["reported"][:2].tolist(), [0.5, 2.5])
        first, last, means = bin_rounds(np.arange(1, 122), {"reported": np.ones(121)})
        self.assertEqual((len(first), last[-1], means["reported"].sum()), (25, 121, 25.0))

    def test_sampled_clients_are_in_the_order_of_their_dominant_labels(self):
        counts = np.array([[0, 5], [3, 1], [9, 0], [1, 6], [0, 0]])
        # Dominant labels and shares: 1 (all), 0 (3/4), 0 (all), 1 (6/7); the empty client counts as label 0.
        self.assertEqual(sample(counts, 10).tolist(), [2, 1, 4, 0, 3])
        self.assertEqual(len(set(sample(counts, 3).tolist())), 3)
        self.assertEqual(sample(counts, 3).tolist(), sample(counts, 3).tolist())

    def test_units_suit_the_axis(self):
        self.assertEqual([style.time_unit(s)[1] for s in (60, 600, 40000, 900000)], ["s", "min", "hours", "days"])
        self.assertEqual([style.byte_unit(b)[1] for b in (5, 5e3, 5e6, 5e9, 5e12)], ["B", "kB", "MB", "GB", "TB"])

    def test_the_first_35_curves_look_different(self):
        looks = {str(sorted(style.line_style(i).items(), key=str)) for i in range(35)}
        self.assertEqual(len(looks), 35)


if __name__ == "__main__":
    unittest.main()
