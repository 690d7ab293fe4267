"""Pictures of the clients' turns: what is counted, against counts made one by one, and what is refused."""

import unittest

import numpy as np

import fake_run
from fedtide import turns
from fedtide.files import Table
from plotting import Folder, call, rows_of

KINDS = ("hours", "staleness", "causes", "participation")
HOUR, DAY = 3600.0, 86400.0


def trace(begin, end, outcome=None):
    begin, end = np.array(begin, dtype=float), np.array(end, dtype=float)
    codes = np.zeros(len(begin), dtype=np.uint8) if outcome is None else np.array(outcome, dtype=np.uint8)
    return Table({"dispatched_s": begin, "ended_s": end, "outcome": codes})


class Pictures(Folder):
    def test_each_is_drawn_with_its_numbers(self):
        self.write("run")
        for kind in KINDS:
            code, out, err = call(self.folder, kind, "run")
            self.assertEqual((code, err), (0, ""), kind)
            self.assertEqual(out.splitlines(), [f"{kind}.{end}" for end in ("pdf", "png", "csv")])
            self.drawn(kind)

    def test_without_a_trace_the_reader_is_told_what_to_set(self):
        tables = fake_run.plausible(1, rounds=4, clients=100)
        del tables["trace"]
        fake_run.write_run(self.at("run"), tables, fake_run.config())
        for kind in ("hours", "staleness", "causes", "timeline"):
            self.refused(66, "run: holds no trace (set output.trace: clients and finish the run)", kind, "run")
        self.assertEqual(call(self.folder, "participation", "run")[0], 0)

    def test_a_run_in_progress_does_not_know_who_took_part(self):
        self.write("run", status="running")
        self.refused(66, 'does not know "compute_rate" of its clients yet (status: running)', "participation", "run")

    def test_a_run_whose_reports_all_failed_has_no_staleness(self):
        tables = fake_run.plausible(1, rounds=4, clients=100)
        tables["trace"]["outcome"] = np.ones_like(tables["trace"]["outcome"])
        fake_run.write_run(self.at("run"), tables, fake_run.config())
        self.refused(66, "has no accepted report", "staleness", "run")


class Hours(unittest.TestCase):
    def test_a_turn_is_spread_over_the_hours_that_it_covers(self):
        # From 0:30 to 2:15: half of hour 0, all of hour 1, a quarter of hour 2; the first day is all there is.
        values = turns.by_hour(trace([0.5 * HOUR], [2.25 * HOUR]))
        # Hour 2 is known for a quarter only, in which the client was at work all the time.
        np.testing.assert_allclose(values["participants"][:3], [0.5, 1, 1], atol=1e-12)
        self.assertTrue(np.isnan(values["participants"][3:]).all())
        np.testing.assert_allclose(values["dispatches"][:3], [1, 0, 0])

    def test_days_lie_over_one_another(self):
        # Two days, the second one to its end: 6:00 to 7:00 on both, 23:00 to 24:00 on the second.
        begin = [6 * HOUR, DAY + 6 * HOUR, DAY + 23 * HOUR]
        values = turns.by_hour(trace(begin, [t + HOUR for t in begin]))
        expected = np.zeros(24)
        expected[6], expected[23] = 1, 0.5
        np.testing.assert_allclose(values["participants"], expected, atol=1e-9)
        np.testing.assert_allclose(values["dispatches"], expected)

    def test_the_hours_add_up_to_all_work(self):
        draw = np.random.default_rng(5)
        begin = draw.uniform(0, 5 * DAY, 500)
        end = begin + draw.exponential(2 * HOUR, 500)
        end[0] = 6 * DAY
        values = turns.by_hour(trace(begin, end))
        self.assertAlmostEqual(np.sum(values["participants"]) * 6 * HOUR / (end - begin).sum(), 1, 9)
        self.assertAlmostEqual(np.sum(values["dispatches"]) * 6, 500, 9)


class Staleness(Folder):
    def test_the_histogram_counts_the_versions_that_accepted_reports_are_behind(self):
        made = self.write("run")["trace"]
        call(self.folder, "staleness", "run")
        used = made["outcome"] == 0
        behind = made["round"][used] - 1 - made["version"][used]
        self.assertGreater(behind.max(), 0)
        rows = rows_of(self.at("staleness.csv"))
        self.assertEqual([int(row["reports"]) for row in rows], np.bincount(behind).tolist())
        self.assertAlmostEqual(sum(float(row["share"]) for row in rows), 1, 12)


class Causes(Folder):
    def test_every_turn_is_in_the_span_in_which_it_ended(self):
        end = [0.0, 5, 10, 10.5, 100] * 20
        edges, counts = turns.causes_over_time(trace([0.0] * 100, end, [0, 1, 2, 1, 0] * 20), most=10)
        self.assertEqual(len(edges), 6)  # 100 turns: 5 spans of 20 s
        self.assertEqual(counts["reported"].tolist(), [20, 0, 0, 0, 20])
        self.assertEqual(counts["left"].tolist(), [40, 0, 0, 0, 0])
        self.assertEqual(counts["crash"].tolist(), [20, 0, 0, 0, 0])

    def test_the_causes_of_the_picture_are_those_of_the_rounds(self):
        made = self.write("run")
        call(self.folder, "causes", "run")
        rows = rows_of(self.at("causes.csv"))
        for name in fake_run.OUTCOMES:
            self.assertEqual(sum(int(row[name]) for row in rows), made["rounds"][name].sum(), name)
        self.assertEqual([row["to_s"] for row in rows[:-1]], [row["from_s"] for row in rows[1:]])


class Participation(Folder):
    def test_tenths_by_compute_rate_have_all_clients_the_slowest_first(self):
        made = self.write("run")["clients"]
        call(self.folder, "participation", "run")
        rows = rows_of(self.at("participation.csv"))
        self.assertEqual([int(row["clients"]) for row in rows], [20] * 10)
        order = np.argsort(made["compute_rate"])
        for row, part in zip(rows, np.split(order, 10)):
            self.assertAlmostEqual(float(row["compute_rate"]) / made["compute_rate"][part].mean(), 1, 12)
            self.assertEqual(int(row["dispatched"]), made["dispatched"][part].sum())
            self.assertEqual(int(row["reported"]), made["reported"][part].sum())
        self.assertAlmostEqual(sum(float(row["reported_share"]) for row in rows), 1, 12)

    def test_clients_without_samples_are_left_out(self):
        tables = fake_run.plausible(1, rounds=4, clients=100)
        tables["clients"]["train_samples"] = np.where(np.arange(100) < 30, 0, tables["clients"]["train_samples"])
        fake_run.write_run(self.at("run"), tables, fake_run.config())
        call(self.folder, "participation", "run")
        self.assertEqual([int(row["clients"]) for row in rows_of(self.at("participation.csv"))], [7] * 10)


if __name__ == "__main__":
    unittest.main()
