#!/usr/bin/python3
"""The peer of bench_epoch: client epochs of SGD on a 2NN as a bare PyTorch eager loop, one thread; prints JSON.

local_sgd_torch.py [epochs = 20] [batch size = 10] [samples = 600] [sgd | foreach | manual]

The data are float32 tensors made before the clock starts, a batch is a slice of their shuffled copy (no DataLoader),
and the loop does nothing but train: zero_grad, forward, cross_entropy, backward, step. `manual` takes autograd.grad
and one _foreach_add_ in place of an optimizer.
"""
import json
import sys
import time

try:
    import torch
except ImportError:
    sys.exit("local_sgd_torch.py: PyTorch is not installed (Debian: apt-get install python3-torch)")


def main():
    epochs, batch_size, samples = ([int(a) for a in sys.argv[1:4]] + [20, 10, 600][len(sys.argv[1:4]):])
    way = sys.argv[4] if len(sys.argv) > 4 else "sgd"
    torch.set_num_threads(1)
    torch.manual_seed(1)
    x = (torch.randint(0, 512, (samples, 784)) - 256).clamp(min=0).float() / 255
    y = torch.randint(0, 10, (samples,))
    x[torch.arange(samples), y] = 1.0
    model = torch.nn.Sequential(
        torch.nn.Linear(784, 200), torch.nn.ReLU(), torch.nn.Linear(200, 200), torch.nn.ReLU(), torch.nn.Linear(200, 10)
    )
    params = list(model.parameters())
    lr = 0.05
    optimizer = None if way == "manual" else torch.optim.SGD(params, lr=lr, foreach=way == "foreach")
    cross_entropy = torch.nn.functional.cross_entropy

    def epoch():
        order = torch.randperm(samples)
        xs, ys = x[order], y[order]
        loss_sum = 0.0
        for begin in range(0, samples, batch_size):
            xb, yb = xs[begin : begin + batch_size], ys[begin : begin + batch_size]
            loss = cross_entropy(model(xb), yb)
            if optimizer is None:
                gradients = torch.autograd.grad(loss, params)
                with torch.no_grad():
                    torch._foreach_add_(params, gradients, alpha=-lr)
            else:
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
            loss_sum += loss.detach() * len(yb)
        return float(loss_sum) / samples

    epoch()  # warm
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(epochs):
        last = epoch()
    print(
        json.dumps(
            {
                "samples": samples * epochs,
                "wall_seconds": time.perf_counter() - wall,
                "cpu_seconds": time.process_time() - cpu,
                "last_loss": last,
            }
        )
    )


main()
