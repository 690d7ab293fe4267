"""Pictures of traffic and sessions, and the numbers in them."""

import unittest

import numpy as np

import fake_run
from fedtide import load, sessions
from fedtide.files import Table
from plotting import Folder, call, rows_of

class Pictures(Folder):
    def written(self):
        self.write("run")
        fake_run.add_traffic(self.at("run"))

    def test_traffic_is_drawn_with_its_numbers(self):
        self.written()
        code, out, err = call(self.folder, "traffic", "run")
        self.assertEqual((code, err), (0, ""))
        self.drawn("traffic")
        rows = rows_of(self.at("traffic.csv"))
        self.assertEqual([int(row["hour"]) for row in rows], list(range(24)))
        self.assertEqual({float(row["participating_s"]) for row in rows}, {2.0})
        self.assertEqual({float(row["waiting_s"]) for row in rows}, {0.5})
        self.assertEqual(float(rows[0]["check_ins"]), 150)

    def test_shapes_are_drawn_with_the_most_frequent_first(self):
        self.written()
        code, out, err = call(self.folder, "shapes", "run")
        self.assertEqual((code, err), (0, ""))
        self.drawn("shapes")
        rows = rows_of(self.at("shapes.csv"))
        self.assertEqual([row["shape"] for row in rows], ["-v[]+^", "-v[]+#", "-v[!"])
        self.assertEqual([float(row["share"]) for row in rows], [0.77, 0.21, 0.02])

    def test_a_run_of_another_protocol_has_none(self):
        self.write("run")
        self.refused(66, "run: records no traffic (protocol check_in does", "traffic", "run")
        self.refused(66, "run: records no sessions (protocol check_in does", "shapes", "run")

    def test_the_tables_are_the_run_s(self):
        self.written()
        run = load(self.at("run"))
        self.assertEqual(run.traffic.rows, 49)
        self.assertEqual(dict(sessions.shapes(run))["-v[]+#"], 21)


class Hours(unittest.TestCase):
    def test_hours_are_means_over_the_days_and_the_cut_row_is_left_out(self):
        table = Table(fake_run.traffic(26))
        table["check_ins"] = np.arange(26)
        hour, means = sessions.by_hour(table)
        # Rows 0 and 24 are both of hour 0; row 25 is cut.
        self.assertEqual(list(hour), list(range(24)))
        self.assertEqual(means["check_ins"][0], 12)
        self.assertEqual(means["check_ins"][1], 1)

    def test_rows_of_minutes_are_added_up_to_hours(self):
        table = Table(fake_run.traffic(121, span=60.0))
        table["check_ins"] = np.full(121, 3)
        hour, means = sessions.by_hour(table)
        self.assertEqual(list(hour), [0, 1])
        np.testing.assert_allclose(means["check_ins"], 180)
        np.testing.assert_allclose(means["participating_s"], 60 * 7200 / 3600)


if __name__ == "__main__":
    unittest.main()
