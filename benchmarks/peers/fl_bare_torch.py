#!/usr/bin/python3
"""FedAvg by hand, with the parts of Flower's quickstart and none of its communication: a DataLoader and torch.optim.SGD
for each client, state_dict <-> numpy around it, numpy's weighted mean, one client after another."""
import random

import fl_work
import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset


def get_parameters(model):
    return [value.numpy().copy() for value in model.state_dict().values()]


def set_parameters(model, arrays):
    model.load_state_dict({name: torch.tensor(array) for name, array in zip(model.state_dict(), arrays)})


def train(model, loader, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for x, y in loader:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()


def run(work):
    model = work.model()
    arrays = get_parameters(model)
    draw = random.Random(1)
    for _ in range(work.rounds):
        results = []
        for client in draw.sample(range(work.clients), work.cohort):
            set_parameters(model, arrays)
            data = TensorDataset(*work.client_data(client))
            train(model, DataLoader(data, batch_size=work.batch, shuffle=True), work.lr)
            results.append((get_parameters(model), len(data)))
        total = sum(n for _, n in results)
        arrays = [sum(a * np.float32(n / total) for a, n in zip(layers, [n for _, n in results]))
                  for layers in zip(*(weights for weights, _ in results))]  # fmt: skip
    set_parameters(model, arrays)
    return model


if __name__ == "__main__":
    fl_work.main(run, "torch")
