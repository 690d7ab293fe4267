#!/usr/bin/python3
"""Five steps of local SGD against PyTorch in float64, from the same weights and samples: the update's relative error.

correctness.py FOLDER MODEL      FOLDER is what bench_epoch --export wrote; prints JSON

The update is the difference of the weights after and before. Beside ours it gives the error of PyTorch's own float32.
"""
import json
import sys

import numpy as np
import torch
import torch_models


def inputs_of(folder, workload, dtype):
    if workload["kind"] == "text":
        tokens = np.fromfile(f"{folder}/steps.inputs", np.int32).astype(np.int64)
        return torch.from_numpy(tokens).view(-1, *workload["dims"])
    channels, height, width = workload["dims"]
    pixels = torch.from_numpy(np.fromfile(f"{folder}/steps.inputs", np.float32)).to(dtype)
    return pixels.view(-1, height, width, channels).permute(0, 3, 1, 2)


def update(folder, label, workload, steps, dtype):
    """The update of five steps, flat, in the order of the model's parameters, in float64; and the map into it."""
    model = torch_models.build(label, workload, torch_models.ChannelsLastFlatten).to(dtype)

    def ours(name):
        flat = torch.from_numpy(np.fromfile(f"{folder}/{name}", np.float32)).double()
        return torch_models.parameters_like(model, steps["ranges"], flat)

    before = ours("steps.before")
    params = [p for _, p in torch_models.trained(model)]
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
        for p, value in zip(params, before):
            p.copy_(value)
    x = inputs_of(folder, workload, dtype)
    y = torch.from_numpy(np.fromfile(f"{folder}/steps.labels", np.int32).astype(np.int64))
    batch = steps["batch"]
    for begin in range(0, len(x), batch):
        loss = torch.nn.functional.cross_entropy(model(x[begin : begin + batch]), y[begin : begin + batch])
        gradients = torch.autograd.grad(loss, params)
        with torch.no_grad():
            for p, g in zip(params, gradients):
                p -= steps["lr"] * g

    def flat_update(after):
        return torch.cat([(a.double() - b).reshape(-1) for a, b in zip(after, before)])

    return flat_update([p.detach() for p in params]), flat_update(ours("steps.after"))


def errors(folder, label):
    with open(f"{folder}/workload.json") as file:
        workload = json.load(file)
    with open(f"{folder}/steps.json") as file:
        steps = json.load(file)
    torch.set_num_threads(1)
    exact, ours = update(folder, label, workload, steps, torch.float64)
    single, _ = update(folder, label, workload, steps, torch.float32)
    norm = float(exact.norm())
    return {"ours": float((ours - exact).norm()) / norm, "torch": float((single - exact).norm()) / norm, "norm": norm}


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(json.dumps(errors(sys.argv[1], sys.argv[2])))
