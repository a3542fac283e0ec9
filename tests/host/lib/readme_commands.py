# SPDX-License-Identifier: GPL-2.0-only
"""How each command line of a README is run in a test. To show another one: a line here."""

import dataclasses
import os

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


@dataclasses.dataclass(frozen=True)
class Here:
    """On this host, from a scratch folder with the tree's workloads in it, or in the tree itself."""

    stop_after: float = 0  # seconds until Ctrl-C; 0: it ends by itself
    status: tuple = (0,)
    says: str = ""
    instead: tuple = ()  # (words of the line, what runs for them)
    folder: str = "."
    needs_btf: bool = False
    needs_zram: bool = False  # without: status 1, as said in words


@dataclasses.dataclass(frozen=True)
class Elsewhere:
    """By another test, in whose file the words stand."""

    file: str
    words: tuple


SHORTER = (("--duration-sec 5", "--duration-sec 1"),)
COMMANDS = {
    "scripts/run": Here(folder=TREE, instead=(("scripts/run", "scripts/run --duration 1s"),)),
    "scripts/test": Elsewhere(".ci/run", ("scripts/test",)),
    "memory-collector doctor": Here(status=(0, 1), says="eBPF"),
    "memory-collector run": Here(stop_after=2, says='"type":"process"', needs_btf=True),
    "memory-collector run --by container": Here(stop_after=2, says='"type":"container"', needs_btf=True),
    "memory-collector run --source ebpf --with kmem": Here(stop_after=2, says='"type":"process"', needs_btf=True),
    "memory-collector oom": Here(stop_after=2),
    "memory-collector run --oom": Here(stop_after=2, says='"type":"process"', needs_btf=True),
    "memory-collector run --interval 100ms --format jsonl --output rows.jsonl -- make -j8":
        Here(instead=(("make -j8", "sleep 0.5"),), needs_btf=True),
    "memory-collector compress sweep --max-size 4KiB": Here(stop_after=5, status=(0, 130), says="lz4"),
    # Status 1: one of them cannot be looked at, as where pid 1 is the sandbox's own.
    "memory-collector compress recommend --all":
        Here(stop_after=5, status=(0, 1), says='"type":"compress_recommendation"',
             instead=(("--all", "--all --max-cpu 50%"),)),
    "memory-collector pool setup --algo lz4 --size 2G --mem-limit 1G --priority 100": Here(needs_zram=True),
    "memory-collector pool trigger compress --profile light --duration-sec 5":
        Here(instead=SHORTER, needs_zram=True, says="pushed"),
    "memory-collector pool status --json": Here(),
    "memory-collector pool trigger decompress --profile readback --duration-sec 5":
        Here(instead=SHORTER, needs_zram=True),
    "memory-collector pool reset": Here(),
    "trace-cmd record -e memory_collector sleep 10":
        Elsewhere("tests/vm/scenarios/recording.sh", ("trace-cmd record", "-e memory_collector sleep")),
    "memory-collector report trace.dat":
        Elsewhere("tests/vm/scenarios/recording.sh", ("memory-collector report /out/trace.dat",)),
    "gcc -O0 Malloc.c -o Malloc && ./Malloc --touch 64m </dev/null": Here(folder="workloads", says="67108864"),
    "python3 ByteArray.py 64m </dev/null": Here(folder="workloads", says="67108864"),
    "gcc -O2 Rate.c -o Rate && ./Rate 200M 2": Here(folder="workloads", status=(0, 1)),
    "make -C kmalloc": Elsewhere("tests/vm/run-scenario", ('"make"', '"kmalloc"')),
    "memory-workload fork_exit_storm --fork-rate 200 --duration-sec 5":
        Here(instead=SHORTER, status=(0, 1), says="fork"),
    "memory-workload random_touch_heap --region-mb 256 --hot-share 0.1 --hot-access-share 0.9 --duration-sec 5 --json":
        Here(instead=SHORTER, status=(0, 1), says="lateness_us"),
    "memory-workload leak --rate-mb 32 --limit-mb 128 --entropy 0.8 --duration-sec 5":
        Here(instead=SHORTER, status=(0, 1), says="leak"),
    "memory-workload check-tools": Here(says="fio"),
    "memory-workload stress-ng --profile vm --bytes-mb 128 --duration-sec 5":
        Here(instead=SHORTER, status=(0, 127), says="stress-ng"),
    # On a new machine each of these takes minutes.
    "tests/lab/build-qemu": Elsewhere("scripts/test", ("tests/lab/build-qemu",)),
    "tests/lab/build-kernel debug-kasan": Elsewhere("tests/lab/fetch-kernel", ("$lab_dir/build-kernel",)),
    "tests/lab/arm64-kernel": Elsewhere("tests/style/module_arm64", ("tests/lab/arm64-kernel",)),
    "tests/lab/fetch-kernel 6.1-cloud": Here(folder=TREE, says="6.1"),
    "tests/lab/fetch-kernel --headers 6.1-cloud": Here(folder=TREE, says="headers"),
    "tests/lab/fetch-packages earlyoom": Here(folder=TREE),
    "tests/lab/guest --kernel 6.12-cloud --smp 4 --sockets 2 --script test.sh --out results/":
        Elsewhere("tests/lab/tests/guest-runner", ("--sockets", "--script", "--out")),
}
