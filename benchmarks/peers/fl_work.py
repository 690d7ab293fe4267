"""The federated work that every peer does: FedAvg on MNIST-like files with a softmax regression or an MLP.

Client i holds an equal share of a fixed shuffle of the training images. A peer is a file fl_NAME.py whose `run(work)`
does `work.rounds` rounds of `work.cohort` clients in its own framework's usual way and returns the final model (a
torch module); the clock runs around it. Pictures and labels are tensors before. It is started by federated.py, and
prints one line of JSON.
"""
import argparse
import functools
import gzip
import importlib.metadata
import json
import os
import resource
import time

import numpy as np
import torch


def read_idx(path):
    """An idx file of bytes, plain or .gz, as a numpy array."""
    opened = open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz", "rb")
    with opened as file:
        data = file.read()
    dims = np.frombuffer(data, ">i4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(dims)


@functools.lru_cache
def load(folder, stem):
    """Images [n, 784] float32 in 0 .. 1, and labels [n]."""
    images = read_idx(f"{folder}/{stem}-images-idx3-ubyte")
    labels = read_idx(f"{folder}/{stem}-labels-idx1-ubyte")
    pixels = torch.from_numpy(images.reshape(len(images), -1).astype(np.float32) / np.float32(255))
    return pixels, torch.from_numpy(labels.astype(np.int64))


class Work:
    def __init__(self, args):
        self.data, self.hidden = args.data, tuple(args.hidden)
        self.clients, self.cohort, self.rounds = args.clients, args.cohort, args.rounds
        self.batch, self.lr = args.batch, args.lr
        self.begin = None

    def start_clock(self):
        """Again where a framework has first to start its own processes: what went before counts as set-up."""
        self.begin = time.perf_counter()

    @functools.lru_cache
    def shards(self):
        """Rows of each client."""
        rows = np.random.default_rng(1).permutation(len(load(self.data, "train")[1]))
        return [torch.from_numpy(part) for part in np.array_split(rows, self.clients)]

    def client_data(self, client):
        x, y = load(self.data, "train")
        rows = self.shards()[client]
        return x[rows], y[rows]

    def model(self):
        torch.manual_seed(1)
        layers, width = [], 784
        for units in self.hidden:
            layers += [torch.nn.Linear(width, units), torch.nn.ReLU()]
            width = units
        return torch.nn.Sequential(*layers, torch.nn.Linear(width, 10))

    def accuracy(self, model):
        x, y = load(self.data, "t10k")
        with torch.no_grad():
            return float((model(x).argmax(1) == y).float().mean())


def main(run, distribution, threads=1):
    """Runs a peer; `distribution` is the name of its package, `threads` what it is known to use."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, help="folder with the four idx files")
    parser.add_argument("--hidden", type=int, nargs="*", default=[])
    for name, value in {"clients": 1000, "cohort": 10, "rounds": 100, "batch": 10}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--lr", type=float, default=0.03)
    work = Work(parser.parse_args())
    torch.set_num_threads(1)
    work.client_data(0), work.accuracy(work.model())
    begin = time.perf_counter()
    work.start_clock()
    model = run(work)
    end = time.perf_counter()
    print(
        json.dumps(
            {
                "seconds": end - work.begin,
                "setup_seconds": work.begin - begin,
                "accuracy": work.accuracy(model),
                "version": f"{distribution} {importlib.metadata.version(distribution)}",
                "torch": torch.__version__,
                "threads": threads,
                "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
            }
        )
    )
