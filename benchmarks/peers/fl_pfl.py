#!/usr/bin/python3
"""pfl-research's simulated backend with its FederatedAveraging, one process: it uses more only under torchrun."""
import logging

import fl_work
import torch
from pfl.aggregate.simulate import SimulatedBackend
from pfl.algorithm.base import NNAlgorithmParams
from pfl.algorithm.federated_averaging import FederatedAveraging
from pfl.data.federated_dataset import FederatedDataset
from pfl.data.pytorch import PyTorchTensorDataset
from pfl.data.sampling import get_user_sampler
from pfl.hyperparam import NNTrainHyperParams
from pfl.metrics import Weighted
from pfl.model.pytorch import PyTorchModel


class Classifier(torch.nn.Module):
    """What pfl asks of a model: its loss and its metrics."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)

    def loss(self, x, y, is_eval=False):
        self.train(not is_eval)
        return torch.nn.functional.cross_entropy(self(x), y)

    @torch.no_grad()
    def metrics(self, x, y):
        return {"loss": Weighted(len(y) * self.loss(x, y, is_eval=True).item(), len(y))}


def run(work):
    logging.disable(logging.INFO)
    network = work.model()
    # The server's step of 1.0 on the mean update is FedAvg.
    model = PyTorchModel(Classifier(network), torch.optim.SGD, torch.optim.SGD(network.parameters(), lr=1.0))

    def dataset(client):
        x, y = work.client_data(client)
        order = torch.randperm(len(y))
        return PyTorchTensorDataset((x[order], y[order]), user_id=str(client))

    users = FederatedDataset(dataset, get_user_sampler("random", list(range(work.clients))))
    FederatedAveraging().run(
        NNAlgorithmParams(
            central_num_iterations=work.rounds, evaluation_frequency=work.rounds, train_cohort_size=work.cohort,
            val_cohort_size=0,
        ),
        SimulatedBackend(training_data=users, val_data=users),
        model,
        NNTrainHyperParams(local_batch_size=work.batch, local_num_epochs=1, local_learning_rate=work.lr),
        send_metrics_to_platform=False,
    )  # fmt: skip
    return network


if __name__ == "__main__":
    fl_work.main(run, "pfl")
