"""The benchmarks' models in PyTorch, as one would write them there, and the same with Fedtide's weights."""
import torch
from torch import nn


class CharLstm(nn.Module):
    """8-dimensional embedding, two LSTM layers of 256, the last step's output to the vocabulary."""

    def __init__(self, vocabulary, batch_first=True):
        super().__init__()
        self.batch_first = batch_first
        self.embedding = nn.Embedding(vocabulary, 8)
        self.lstm = nn.LSTM(8, 256, num_layers=2, batch_first=batch_first)
        self.head = nn.Linear(256, vocabulary)

    def forward(self, tokens):
        if not self.batch_first:
            tokens = tokens.t()
        y, _ = self.lstm(self.embedding(tokens))
        return self.head(y[:, -1] if self.batch_first else y[-1])


class ChannelsLastFlatten(nn.Module):
    """Height, width, channel: the order of Fedtide's inputs to the first dense layer after an image."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1) if x.dim() == 4 else x


def build(label, workload, flatten=nn.Flatten, batch_first=True):
    """A model by the label of its preset; None where there is no twin of it here."""
    classes = workload["classes"]
    if label == "softmax":
        return nn.Sequential(flatten(), nn.Linear(784, classes))
    if label == "2nn":
        return nn.Sequential(
            flatten(), nn.Linear(784, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU(), nn.Linear(200, classes)
        )
    if label == "lenet5":
        return nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, classes),
        )  # fmt: skip
    if label == "cnn":
        return nn.Sequential(
            nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, classes),
        )  # fmt: skip
    if label == "char_lstm":
        return CharLstm(workload["vocabulary"], batch_first)
    return None


def trained(model):
    """(name, parameter) of what has a twin in Fedtide: an LSTM's second biases are only ever added to the first."""
    return [(name, p) for name, p in model.named_parameters() if "bias_hh" not in name]


def parameters_like(model, ranges, values, channels_first=False):
    """Fedtide's flat weights as tensors in the order of trained(model), in the dtype of `values`.

    Conv weights [out, kernel height, kernel width, in] become [out, in, kernel height, kernel width]; those of a wide
    dense layer, [in, out], are turned. With `channels_first` the inputs of the first dense layer after an image come in
    the order of nn.Flatten. Recurrent layers have PyTorch's order of gates.
    """
    out = []
    channels = 0  # of the image below
    for (name, parameter), r in zip(trained(model), ranges, strict=True):
        tensor = values[r["offset"] : r["offset"] + size(r["shape"])].reshape(r["shape"])
        if tensor.dim() == 4:
            tensor = tensor.permute(0, 3, 1, 2)
        elif tensor.dim() == 2 and r["name"].startswith("dense") and parameter.shape[0] >= 32:
            tensor = tensor.t()
        if tensor.dim() == 4:
            channels = tensor.shape[0]
        elif tensor.dim() == 2 and channels > 0:
            side = round((tensor.shape[1] / channels) ** 0.5)
            if channels_first:
                tensor = tensor.reshape(-1, side, side, channels).permute(0, 3, 1, 2).flatten(1)
            channels = 0
        if tensor.shape != parameter.shape:
            raise ValueError(f"{r['name']} {tuple(tensor.shape)} does not fit {name} {tuple(parameter.shape)}")
        out.append(tensor.contiguous())
    return out


def size(shape):
    product = 1
    for n in shape:
        product *= n
    return product
