"""What a table of numbers says of the machine and the day."""
import datetime
import os
import platform
import subprocess

ONE_THREAD = dict(
    os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", BLIS_NUM_THREADS="1", MKL_NUM_THREADS="1",
    CUDA_VISIBLE_DEVICES="",
)  # fmt: skip


def cpu():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


def load():
    return f"{os.getloadavg()[0]:.2f}"


def commit():
    """The tree's commit, with + when it has changes; "" outside a clone."""
    here = os.path.dirname(os.path.abspath(__file__))

    def git(*words):
        done = subprocess.run(["git", "-C", here, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return done.stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")


def today():
    return datetime.date.today().isoformat()
