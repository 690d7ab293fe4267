"""Loads and plots what Fedtide recorded.

    import fedtide
    run = fedtide.load("results/quickstart")
    run.rounds["test_accuracy"], run.config["algorithm"]["name"], run.to_pandas(), run.to_xarray("evaluation")

Pictures: `python3 -m fedtide.plot --help`. Reads JSON and HDF5 only; needs numpy, h5py and matplotlib.
"""

from .errors import FedtideError
from .run import OUTCOMES, PHASES, Run, find, load

__all__ = ["FedtideError", "OUTCOMES", "PHASES", "Run", "find", "load"]
