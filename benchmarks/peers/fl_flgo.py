#!/usr/bin/python3
"""FLGo's runner with its FedAvg, on its MNIST benchmark; pictures pass through its own transforms and normalization."""
import contextlib
import gzip
import os
import sys
import tempfile

import fl_work
import torch


def lay_out(data, root):
    """The files where torchvision, which FLGo reads MNIST with, looks for them."""
    raw = os.path.join(root, "MNIST", "MNIST", "raw")
    os.makedirs(raw)
    for part in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        stem = part + "-ubyte"
        source = os.path.join(data, stem)
        opened = open(source, "rb") if os.path.exists(source) else gzip.open(source + ".gz", "rb")
        with opened as packed, open(os.path.join(raw, stem), "wb") as plain:
            plain.write(packed.read())


class Normalized(torch.nn.Module):
    """A model that was trained on FLGo's normalized pictures, for pictures in 0 .. 1."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model((x - 0.1307) / 0.3081)


def train(work):
    sys.argv = sys.argv[:1]  # FLGo reads the command line too
    import flgo

    with tempfile.TemporaryDirectory() as root:
        lay_out(work.data, root)
        flgo.benchmark.data_root = root
        import flgo.algorithm.fedavg as fedavg
        import flgo.benchmark.mnist_classification as mnist
        import flgo.benchmark.mnist_classification.core as core
        from flgo.benchmark.partition import IIDPartitioner

        # FLGo 0.4.4 predates a rule of newer PyTorch on subclasses of Subset.
        core.TaskPipe.TaskDataset.__getitems__ = lambda self, indices: [self[i] for i in indices]
        task = os.path.join(root, "task")
        flgo.gen_task_by_(mnist, IIDPartitioner(num_clients=work.clients), task)

        class Flat(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.network = work.model()

            def forward(self, x):
                return self.network(x.flatten(1))

        option = {
            "num_rounds": work.rounds, "proportion": work.cohort / work.clients, "num_epochs": 1, "gpu": [],
            "batch_size": work.batch, "learning_rate": work.lr, "eval_interval": work.rounds, "no_log_console": True,
            "train_holdout": 0.0,
        }  # fmt: skip
        runner = flgo.init(task, fedavg, option, model=flgo.convert_model(Flat))
        work.start_clock()
        runner.run()
        return Normalized(runner.model)


def run(work):
    with open(os.devnull, "w") as null, contextlib.redirect_stdout(null), contextlib.redirect_stderr(null):
        return train(work)


if __name__ == "__main__":
    fl_work.main(run, "flgo")
