#!/usr/bin/python3
"""Flower's simulation on Ray with its FedAvg: client apps of one CPU each, on two cores."""
import logging
import os

import fl_work
import torch
from flwr.app import ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg
from flwr.simulation import run_simulation
from torch.utils.data import DataLoader, TensorDataset


def client_app(work):
    app = ClientApp()

    @app.train()
    def train(message: Message, context: Context):
        torch.set_num_threads(1)
        model = work.model()
        model.load_state_dict(message.content["arrays"].to_torch_state_dict())
        data = TensorDataset(*work.client_data(context.node_config["partition-id"]))
        optimizer = torch.optim.SGD(model.parameters(), lr=work.lr)
        for x, y in DataLoader(data, batch_size=work.batch, shuffle=True):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        metrics = MetricRecord({"num-examples": len(data)})
        content = RecordDict({"arrays": ArrayRecord(model.state_dict()), "metrics": metrics})
        return Message(content=content, reply_to=message)

    return app


def run(work):
    os.environ.update(FLWR_TELEMETRY_ENABLED="0", RAY_USAGE_STATS_ENABLED="0")
    logging.getLogger("flwr").setLevel(logging.ERROR)
    model = work.model()
    server = ServerApp()

    @server.main()
    def serve(grid: Grid, context: Context):
        strategy = FedAvg(
            fraction_train=work.cohort / work.clients, fraction_evaluate=0.0, min_train_nodes=work.cohort,
            min_available_nodes=work.clients,
        )  # fmt: skip
        work.start_clock()
        result = strategy.start(grid=grid, initial_arrays=ArrayRecord(model.state_dict()), num_rounds=work.rounds)
        model.load_state_dict(result.arrays.to_torch_state_dict())

    run_simulation(
        server_app=server, client_app=client_app(work), num_supernodes=work.clients,
        backend_config={"client_resources": {"num_cpus": 1.0, "num_gpus": 0.0}, "init_args": {"num_cpus": 2}},
    )  # fmt: skip
    return model


if __name__ == "__main__":
    fl_work.main(run, "flwr", threads=2)
