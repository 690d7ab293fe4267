"""Devices that check in by themselves: what a run leaves of their traffic and sessions, on disk and on the terminal."""

import json
import unittest

import h5py

from driver import Driver

OVERRIDES = [
    "protocol={name: check_in, cohort: 8, deadline: 20 s, pace: {small: 0, least: 5 s}, traffic: 2 s}",
    "stop={rounds: 10}",
]


class CheckIn(Driver):
    def test_traffic_and_sessions_are_in_the_trajectory_and_in_the_summary(self):
        summary = json.loads(self.succeed("run", "stormy.yaml", "-q", "-o", "run", "--json", *OVERRIDES).out)
        self.assertGreaterEqual(summary["sessions"]["-v[]+^"], 80)
        self.assertEqual(set("".join(summary["sessions"])) - set("-v[]+^#!*"), set())
        with h5py.File(self.folder / "run/trajectory.h5") as file:
            traffic = {name: column[()] for name, column in file["traffic"].items()}
            self.assertEqual(float(file["traffic"].attrs["span_s"]), 2)
            shapes = [name.decode() for name in file["sessions/session_shape"][()]]
            self.assertEqual(dict(zip(shapes, file["sessions/sessions"][()].tolist())), summary["sessions"])
            self.assertEqual(int(sum(file["dispatched"][()])) + int(file["rest/dispatched"][0]), sum(traffic["selected"]))
        self.assertEqual(traffic["begin_s"][:3].tolist(), [0, 2, 4])
        self.assertEqual(sum(traffic["rounds"]), 10)
        self.assertEqual(sum(traffic["reported"]), summary["sessions"]["-v[]+^"])
        text = self.succeed("run", "stormy.yaml", "-q", "-o", "again", *OVERRIDES).out
        self.assertRegex(text, r"\nsessions +-v\[\]\+\^ \d+\.\d %, ")
        self.succeed("verify", "run")

    def test_a_run_of_another_protocol_has_neither(self):
        summary = json.loads(self.succeed("run", "stormy.yaml", "-q", "-o", "run", "--json").out)
        self.assertNotIn("sessions", summary)
        with h5py.File(self.folder / "run/trajectory.h5") as file:
            self.assertNotIn("traffic", file)


if __name__ == "__main__":
    unittest.main()
