#!/usr/bin/python3
"""FedLab's standalone pipeline: SGDSerialClientTrainer and SyncServerHandler."""
import contextlib
import logging
import os

import fl_work
from fedlab.contrib.algorithm.basic_client import SGDSerialClientTrainer
from fedlab.contrib.algorithm.basic_server import SyncServerHandler
from fedlab.core.standalone import StandalonePipeline
from torch.utils.data import DataLoader, TensorDataset


class Clients:
    def __init__(self, work):
        self.work = work

    def get_dataloader(self, client, batch_size):
        return DataLoader(TensorDataset(*self.work.client_data(client)), batch_size=batch_size, shuffle=True)


class Pipeline(StandalonePipeline):
    def evaluate(self):
        """Only at the end, as the others."""


def run(work):
    logging.disable(logging.INFO)
    trainer = SGDSerialClientTrainer(work.model(), work.clients)
    trainer.setup_dataset(Clients(work))
    trainer.setup_optim(1, work.batch, work.lr)
    handler = SyncServerHandler(work.model(), work.rounds, work.cohort / work.clients)
    with open(os.devnull, "w") as null, contextlib.redirect_stdout(null):
        Pipeline(handler, trainer).main()
    return handler.model


if __name__ == "__main__":
    fl_work.main(run, "fedlab")
