"""A user's own graph and tweets train, from tables and JSON as they are."""

import json
import unittest

from driver import Driver

GRAPH = """
data:
  dataset: edges
  path: transfers.csv
  source: from
  target: to
  attributes: amount
  time: day
  nodes_path: accounts.csv
  id: account
  columns: [{name: bank, type: client}, {name: fraud, type: label}]
  standardize: pooled
  test_fraction: 0.25
model: {name: gcn, hidden: 4, dropout: 0}
training: {epochs: 2, batch_size: full, optimizer: {name: sgd, lr: 0.2}}
protocol: {name: synchronous, cohort: 3}
stop: {rounds: 5}
"""

TWEETS = """
data: {dataset: leaf, path: tweets, text_field: 4, steps: 6}
model: {name: char_lstm, embedding: 3, hidden: 4, layers: 1}
training: {epochs: 1, batch_size: 2, optimizer: {name: sgd, lr: 0.2}}
protocol: {name: synchronous, cohort: 2}
stop: {rounds: 2}
"""


class Own(Driver):
    def test_a_graph_of_three_banks_trains_from_anywhere(self):
        accounts = ["account,bank,age,fraud"] + [f"a{i},bank {i % 3},{20 + i},{int(i % 5 == 0)}" for i in range(60)]
        transfers = ["from,to,amount,day"]
        transfers += [f"a{i},a{(i * 7 + k) % 60},{1 + i * k % 9},{i + k}" for i in range(60) for k in (1, 3, 6)]
        self.write("accounts.csv", "\n".join(accounts))
        self.write("transfers.csv", "\n".join(transfers))
        self.write("graph.yaml", GRAPH)
        self.assertIn("complete", self.succeed("run", "graph.yaml", "-q", "-o", "deep/run").out)
        self.succeed("run", "deep/run/config.yaml", "-q", "-o", "again")
        self.write("accounts.csv", "\n".join(accounts + ["a0,bank 1,3,0"]))
        result = self.fedtide("run", "graph.yaml", "-q", "-o", "twice")
        self.assertEqual(result.code, 65, result)
        self.assertIn('accounts.csv: line 62, column 1: account: found "a0", must be there once', result.err)

    def test_tweets_train(self):
        def user(name, words):
            return {"x": [["1", "Mon", "NO_QUERY", name, word + " day"] for word in words], "y": [0, 1] * (len(words) // 2)}

        users = {"ann": user("ann", ["bad", "good"] * 3), "bob": user("bob", ["grim", "fine"])}
        content = {"users": list(users), "num_samples": [6, 2], "user_data": users}
        (self.folder / "tweets").mkdir()
        self.write("tweets/train.json", json.dumps(content))
        self.write("tweets.yaml", TWEETS)
        self.assertIn("complete", self.succeed("run", "tweets.yaml", "-q", "-o", "run").out)


if __name__ == "__main__":
    unittest.main()
