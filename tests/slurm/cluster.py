"""A Slurm of one node for tests: munged, slurmctld and slurmd on loopback, everything in one folder, up in a second.

There is no systemd, no accounting database and no cgroup here; the daemons detach and are ended by their own pid files.
Needs Debian's slurm-wlm and munge (22.05) and root.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

CONFIG = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort={port}
SlurmdPort={node_port}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=0,sched_interval=1,batch_sched_delay=0,bf_interval=1,requeue_setup_env_fail
KillWait=3
MinJobAge=300
JobRequeue=1
MaxArraySize={max_array_size}
OverTimeLimit=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN
PartitionName=low Nodes={host} Default=YES MaxTime=01:00:00 PriorityTier=1 PreemptMode=REQUEUE GraceTime={grace} State=UP
PartitionName=high Nodes={host} Default=NO MaxTime=01:00:00 PriorityTier=10 PreemptMode=OFF State=UP
"""


def missing():
    """What keeps a cluster from starting here; empty when nothing does."""
    absent = [name for name in ("munged", "slurmctld", "slurmd", "sbatch") if shutil.which(name, path=PATH) is None]
    if absent:
        return f"{', '.join(absent)} not found: apt-get install slurm-wlm munge"
    if os.geteuid() != 0:
        return "only root can start slurmd"
    try:
        socket.gethostbyname(socket.gethostname().split(".")[0])
    except OSError:
        return f"slurmd looks up the name of its host, {socket.gethostname()}, which is in neither DNS nor /etc/hosts"
    return ""


PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


class Cluster:
    def __init__(self, folder, max_array_size=10, grace=2, cores=2):
        self.folder = Path(folder)
        self.environment = {**os.environ, "PATH": PATH, "SLURM_CONF": str(self.folder / "slurm.conf")}
        self.host = socket.gethostname().split(".")[0]
        self.pending_since = {}
        for part in ("state", "spool"):
            (self.folder / part).mkdir(parents=True)
        port = self.free_port()
        (self.folder / "slurm.conf").write_text(CONFIG.format(host=self.host, folder=self.folder, port=port, node_port=port + 1,
                                                              max_array_size=max_array_size, grace=grace, cores=cores))  # fmt: skip

    @staticmethod
    def free_port():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def call(self, *words, check=True):
        result = subprocess.run(words, env=self.environment, capture_output=True, text=True, timeout=60)
        if check and result.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {result.stderr}")
        return result.stdout

    def start(self):
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        names = {"socket": "munge.sock", "key-file": "munge.key", "pid-file": "munged.pid", "log-file": "munged.log",
                 "seed-file": "munge.seed"}  # fmt: skip
        self.call("munged", "--force", "--num-threads=2", *(f"--{option}={self.folder / name}" for option, name in names.items()))
        self.until("munged", lambda: self.works("munge", f"--socket={self.folder / 'munge.sock'}", "-n"))
        self.call("slurmctld", "-i", "-f", self.folder / "slurm.conf")
        self.until("slurmctld", lambda: self.works("scontrol", "ping"))
        self.call("slurmd", "-f", self.folder / "slurm.conf")
        self.until("an idle node", lambda: self.call("sinfo", "-h", "-o", "%t", check=False).split()[:1] == ["idle"])

    def works(self, *words):
        return subprocess.run(words, env=self.environment, capture_output=True).returncode == 0

    def until(self, what, condition, limit=30):
        deadline = time.monotonic() + limit
        while not condition():
            if time.monotonic() > deadline:
                logs = "".join(path.read_text(errors="replace")[-1500:] for path in self.folder.glob("*.log"))
                raise RuntimeError(f"{what} did not come in {limit} s\n{logs}")
            time.sleep(0.1)

    def stop(self):
        self.call("scancel", "--user=root", "--full", check=False)
        time.sleep(0.3)
        for daemon in ("slurmd", "slurmctld", "munged"):
            file = self.folder / f"{daemon}.pid"
            if not file.exists():
                continue
            pid = int(file.read_text())
            with_signal = signal.SIGTERM
            for _ in range(100):
                try:
                    os.kill(pid, with_signal)
                except ProcessLookupError:
                    break
                time.sleep(0.1)
                with_signal = 0

    def queue(self):
        """State by "job_task" of what is not over."""
        lines = self.call("squeue", "-h", "-r", "-o", "%F_%K %T").splitlines()
        return dict(line.split() for line in lines)

    def restarts(self, task):
        text = self.call("scontrol", "show", "job", task, "-o")
        return int(text.split("Restarts=")[1].split()[0])

    def hurry(self):
        """A task that comes back would wait two minutes; in the seconds after its end its credential would be refused."""
        now = time.monotonic()
        queue = self.queue()
        self.pending_since = {task: self.pending_since.get(task, now) for task, state in queue.items() if state == "PENDING"}
        for task, since in self.pending_since.items():
            if now - since > 3:
                self.call("scontrol", "update", f"JobId={task}", "StartTime=now", check=False)
