"""The peer of bench_epoch: local training as a bare PyTorch loop, one thread, as many times as standard input asks.

torch_worker.py FOLDER MODEL --batch 10 --samples 600 --clients 100 --local-epochs 5 --lr 0.05

FOLDER is what bench_epoch --export wrote: data and first weights. The data are float32 tensors before any clock starts;
a batch is a slice of an epoch's shuffled copy (no DataLoader); the loop does nothing but train. It answers the lines
of bench_epoch, and `use WAY FORMAT`: WAY is sgd (torch.optim.SGD), foreach (the same with foreach=True) or manual (autograd.grad and one
_foreach_add_); FORMAT is contiguous or channels_last for images, batch_first or time_first for text.
"""
import argparse
import json
import os
import resource
import sys
import time

import numpy as np

try:
    import torch
except ImportError:
    sys.exit("torch_worker.py: PyTorch is not installed (Debian: apt-get install python3-torch)")
import torch_models


def load(folder, stem, workload):
    """Inputs as a model takes them, and labels."""
    labels = torch.from_numpy(np.fromfile(f"{folder}/{stem}.labels", np.int32).astype(np.int64))
    dims = workload["dims"]
    if workload["kind"] == "text":
        tokens = np.fromfile(f"{folder}/{stem}.inputs", np.int32).astype(np.int64)
        return torch.from_numpy(tokens).view(-1, *dims), labels
    channels, height, width = dims
    pixels = torch.from_numpy(np.fromfile(f"{folder}/{stem}.inputs", np.float32))
    return pixels.view(-1, height, width, channels).permute(0, 3, 1, 2).contiguous(), labels


class Trainer:
    def __init__(self, args):
        self.args = args
        with open(f"{args.folder}/workload.json") as file:
            self.workload = json.load(file)
        self.train = load(args.folder, "train", self.workload)
        self.test = load(args.folder, "test", self.workload)
        self.use("sgd", "batch_first" if self.workload["kind"] == "text" else "contiguous")

    def use(self, way, memory_format):
        torch.manual_seed(1)
        self.way = way
        self.model = torch_models.build(
            self.args.model, self.workload, batch_first=memory_format != "time_first"
        )
        inputs, labels = self.train
        if memory_format == "channels_last":
            self.model = self.model.to(memory_format=torch.channels_last)
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        self.inputs, self.labels = inputs, labels
        self.params = list(self.model.parameters())
        self.start_like_us()
        self.first = [p.detach().clone() for p in self.params]
        self.optimizer = None
        if way != "manual":
            self.optimizer = torch.optim.SGD(self.params, lr=self.args.lr, foreach=way == "foreach")

    def start_like_us(self):
        with open(f"{self.args.folder}/steps.json") as file:
            ranges = json.load(file)["ranges"]
        flat = torch.from_numpy(np.fromfile(f"{self.args.folder}/steps.before", np.float32))
        with torch.no_grad():
            for name, p in self.model.named_parameters():
                if "bias_hh" in name:
                    p.zero_()
            values = torch_models.parameters_like(self.model, ranges, flat, channels_first=True)
            for (_, p), value in zip(torch_models.trained(self.model), values):
                p.copy_(value)

    def step(self, x, y):
        loss = torch.nn.functional.cross_entropy(self.model(x), y)
        if self.optimizer is None:
            gradients = torch.autograd.grad(loss, self.params)
            with torch.no_grad():
                torch._foreach_add_(self.params, gradients, alpha=-self.args.lr)
        else:
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
        return loss.detach()

    def train_client(self, turn):
        """From the first weights; the mean loss of the last epoch."""
        with torch.no_grad():
            for p, first in zip(self.params, self.first):
                p.copy_(first)
        samples, batch = self.args.samples, self.args.batch
        base = turn % self.args.clients * samples
        for _ in range(self.args.local_epochs):
            order = torch.randperm(samples) + base
            xs, ys = self.inputs[order], self.labels[order]
            loss = 0.0
            for begin in range(0, samples, batch):
                y = ys[begin : begin + batch]
                loss += self.step(xs[begin : begin + batch], y) * len(y)
        return float(loss) / samples

    def check(self):
        loss = self.train_client(0)
        with torch.no_grad():
            z = self.model(self.test[0])
            return {
                "train_loss": loss,
                "test_loss": float(torch.nn.functional.cross_entropy(z, self.test[1])),
                "test_accuracy": float((z.argmax(1) == self.test[1]).float().mean()),
            }

    def run(self, clients):
        cpu, begin = time.process_time(), time.monotonic()
        for turn in range(clients):
            self.train_client(turn)
        return {
            "samples": self.args.samples * self.args.local_epochs * clients,
            "cpu_seconds": time.process_time() - cpu,
            "begin": begin,
            "end": time.monotonic(),
        }


def blas():
    """The library that PyTorch's products come from, as far as the process's maps say."""
    with open("/proc/self/maps") as maps:
        names = {os.path.basename(line.split()[-1]) for line in maps if "/" in line}
    for word in ("mkl", "blis", "openblas"):
        found = sorted(name for name in names if word in name.lower() and "mkldnn" not in name)
        if found:
            return found[0]
    return "unknown"


def answer(values):
    values["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps(values), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("model")
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--samples", type=int, default=600)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--local-epochs", type=int, default=5)
    parser.add_argument("--lr", type=float, default=0.05)
    args = parser.parse_args()
    torch.set_num_threads(1)
    trainer = Trainer(args)
    weights = sum(p.numel() for _, p in torch_models.trained(trainer.model))
    trainer.train_client(0)  # loads what PyTorch loads late
    answer({"ready": args.model, "weights": weights, "torch": torch.__version__, "blas": blas()})
    for line in sys.stdin:
        verb, *rest = line.split()
        if verb == "use":
            trainer.use(*rest)
            answer({"use": rest})
        elif verb == "check":
            answer(trainer.check())
        elif verb == "run":
            answer(trainer.run(int(rest[0])))
        else:
            sys.exit(f"torch_worker.py: what is {line.strip()!r}?")


main()
