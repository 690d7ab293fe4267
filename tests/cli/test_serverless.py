"""Protocols without one server, as a user runs them: the scenarios that ship, cut to a few rounds."""

import json
import unittest

import h5py
import numpy as np

from driver import SOURCE, Driver

GOSSIP = SOURCE / "scenarios/systems/gossip-ring.yaml"
TREE = SOURCE / "scenarios/systems/hierarchical.yaml"
TOPOLOGIES = ["complete", "erdos_renyi", "exponential", "file", "regular", "ring", "small_world", "star", "torus"]


class Scenarios(Driver):
    def rows(self, run="run"):
        return [json.loads(line) for line in (self.folder / run / "metrics.jsonl").read_text().splitlines()]

    def test_gossip_records_how_far_the_nodes_are_apart(self):
        self.succeed("run", GOSSIP, "-q", "-o", "run", "stop.rounds=20")
        with h5py.File(self.folder / "run/trajectory.h5") as file:
            distance = file["evaluation/consensus_distance"][()]
            self.assertEqual(file["evaluation/round"][()].tolist(), [0, 5, 10, 15, 20])
            self.assertEqual(file.attrs["turns"], "different")
        self.assertEqual(distance[0], 0)
        self.assertTrue((distance[1:] > 0).all())
        told = [row["consensus_distance"] for row in self.rows() if "consensus_distance" in row]
        np.testing.assert_allclose(told, distance)
        self.succeed("verify", self.folder / "run")

    def test_with_one_server_there_is_no_such_distance(self):
        self.succeed("run", GOSSIP, "-q", "-o", "run", "stop.rounds=10", "protocol={name: synchronous, cohort: 24}")
        with h5py.File(self.folder / "run/trajectory.h5") as file:
            self.assertTrue(np.isnan(file["evaluation/consensus_distance"][()]).all())
            self.assertEqual(file.attrs["turns"], "equal")
        self.assertFalse(any("consensus_distance" in row for row in self.rows()))

    def test_better_graphs_keep_the_nodes_nearer_to_each_other(self):
        distances = {}
        for name in ("ring", "torus", "complete"):
            self.succeed("run", GOSSIP, "-q", "-o", name, "stop.rounds=20", "protocol.topology={name: %s}" % name,
                         "fleet={}", "protocol.deadline=10 min")  # fmt: skip
            distances[name] = [row["consensus_distance"] for row in self.rows(name) if "consensus_distance" in row][-1]
        self.assertGreater(distances["ring"], 2 * distances["torus"])
        self.assertLess(distances["complete"], 1e-9)

    def test_a_hierarchy_is_verified_and_explained(self):
        self.succeed("run", TREE, "-q", "-o", "run", "stop.rounds=4")
        self.succeed("verify", self.folder / "run")
        self.assertIn("a turn", self.succeed("explain", TREE, "stop.rounds=4").out)

    def test_an_explained_turn_sends_a_copy_to_each_neighbor(self):
        calm = ["fleet={link: {up: 1 Mbit/s, down: 1 Mbit/s, latency: 0 s}}", "stop.rounds=5"]
        turn = {
            name: json.loads(self.succeed("explain", GOSSIP, "--json", *calm, "protocol.topology={name: %s}" % name).out)
            for name in ("ring", "torus")
        }
        self.assertAlmostEqual(turn["torus"]["all"]["upload_s"], 2 * turn["ring"]["all"]["upload_s"], places=6)

    def test_topologies_are_listed(self):
        text = self.succeed("list", "topologies").out
        self.assertEqual([line.split()[0] for line in text.splitlines()[1:]], TOPOLOGIES)


if __name__ == "__main__":
    unittest.main()
