#!/usr/bin/python3
"""Local training against a bare PyTorch eager loop on the same work: 2NN (784-200-200-10), plain SGD, one thread each.

compare_local_sgd.py BENCH_EPOCH [--batch 10] [--samples 600] [--epochs 30] [--repeat 7] [--at-least RATIO]

Runs alternate, since the speed of a shared machine changes from minute to minute; figures are samples per CPU-second,
medians with the smallest and largest. PyTorch is given its best of three ways to step. Exit code 1: the ratio of the
medians is below --at-least.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ONE_THREAD = dict(
    os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", BLIS_NUM_THREADS="1"
)


def rate(command):
    done = subprocess.run(command, env=ONE_THREAD, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"compare_local_sgd.py: {' '.join(command)}: {done.stderr.strip() or done.returncode}")
    line = json.loads(done.stdout)
    return line["samples"] / line["cpu_seconds"]


def show(name, values):
    middle = f"{statistics.median(values):>10,.0f}"
    print(f"{name:22} {middle} ({min(values):,.0f} - {max(values):,.0f}) samples per CPU-second")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench_epoch", help="the built benchmark, as build/benchmarks/bench_epoch")
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--samples", type=int, default=600)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--at-least", type=float, default=0.0)
    args = parser.parse_args()
    python = "/usr/bin/python3"  # Debian's python3-torch belongs to it
    if subprocess.run([python, "-c", "import torch"], stderr=subprocess.DEVNULL).returncode != 0:
        print("PyTorch is not installed: no comparison (Debian: apt-get install python3-torch)")
        return 0

    torch = [python, os.path.join(HERE, "local_sgd_torch.py")]
    sizes = [str(args.epochs), str(args.batch), str(args.samples)]
    few = [str(max(1, args.epochs // 3)), *sizes[1:]]
    ways = {way: rate([*torch, *few, way]) for way in ("sgd", "foreach", "manual")}
    best = max(ways, key=ways.get)
    ours, theirs = [], []
    for _ in range(args.repeat):
        ours.append(rate([args.bench_epoch, *sizes]))
        theirs.append(rate([*torch, *sizes, best]))
    ratio = statistics.median(ours) / statistics.median(theirs)
    pairs = sorted(a / b for a, b in zip(ours, theirs))
    work = f"2NN, B = {args.batch}, {args.samples} samples, {args.epochs} epochs"
    print(f"{work}, {args.repeat} alternating runs, one thread")
    show("fedtide", ours)
    show(f"PyTorch ({best})", theirs)
    print(f"ratio of medians       {ratio:>10.2f} (pairs {pairs[0]:.2f} - {pairs[-1]:.2f})")
    if ratio < args.at_least:
        print(f"compare_local_sgd.py: the ratio {ratio:.2f} is below {args.at_least}", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
