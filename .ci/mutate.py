"""Damages files of every kind that is read, and opens them: none may crash the program, hang it, or take more
memory than its size is good for. Usage: mutate.py PROGRAM COUNT [SEED]"""

import gzip
import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM, COUNT = sys.argv[1], int(sys.argv[2])
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1
MOST_MEMORY = 300_000  # in kB, for files below a megabyte
PATIENCE = 60
BYTES = [0, 1, 2, 9, 10, 13, 32, 34, 44, 48, 57, 58, 59, 91, 93, 123, 125, 127, 128, 255]


def printed(*args):
    return subprocess.run([PROGRAM, *args], check=True, capture_output=True).stdout


def kinds(folder):
    """Files to damage, by name; a folder's tables are damaged in place."""
    text = Path("sample-profiles/mixed-mode.perf.txt").read_bytes()[:60_000]
    source = folder / "source.perf.txt"
    source.write_bytes(text)
    pprof = printed("flamegraph", source, "--quiet", "--format", "pprof")
    seeds = Path("fuzz/seeds")
    found = {
        "perf.txt": text,
        "perf.txt.gz": gzip.compress(text, mtime=0),
        "pb.gz": pprof,
        "pb": gzip.decompress(pprof),
        "small.pb": (seeds / "pprof").read_bytes(),
        "folded": printed("flamegraph", source, "--quiet", "--format", "folded"),
        "trace.json": (seeds / "trace_slices").read_bytes(),
        "cpuprofile": (seeds / "cpu_profile").read_bytes(),
        "emberscope.json": (seeds / "session").read_bytes(),
    }
    printed("export", source, "--name", "p", "-o", folder / "tables")
    tables = {path.parent.name: path for path in (folder / "tables").glob("*/p.parquet")}
    return found, tables


def damaged(source, whole):
    bytes_ = bytearray(whole)
    for _ in range(source.choice([1, 1, 2, 4, 16])):
        at = source.randrange(max(len(bytes_), 1))
        what = source.random()
        if what < 0.5:
            bytes_[at : at + 1] = bytes([source.choice([source.choice(BYTES), source.randrange(256)])])
        elif what < 0.65:
            del bytes_[at : at + source.choice([1, 2, 7, 100, 5000])]
        elif what < 0.8:
            part = bytes_[at : at + source.choice([1, 8, 60, 1000])]
            bytes_[at:at] = part * source.choice([1, 2, 50])
        elif what < 0.9:
            digits = str(source.choice([0, 2**31, 2**32, 2**53, 2**63, 2**64, 10**30])).encode()
            bytes_[at:at] = digits
        else:
            del bytes_[at:]
    return bytes(bytes_[:1_000_000])


def opened(file, is_session):
    """Status and message of a command on the file."""
    command = ["info", "--quiet", file]
    if is_session:
        command = ["report", "sample-profiles/pause.perf.txt", "--quiet", "-o", os.devnull, "--session", file]
    environment = {"PATH": "/nowhere", "RUST_BACKTRACE": "1"}
    child = subprocess.Popen([PROGRAM, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    try:
        _, said = child.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        return "none: it hangs", b""
    return child.returncode, said


def most_memory():
    """Of all commands until now, in kB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def main():
    source = random.Random(SEED)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files, tables = kinds(folder)
        names = [*files, *tables]
        faults = refused = 0
        for number in range(COUNT):
            kind = names[number % len(names)]
            if kind in tables:
                file, whole = tables[kind], tables[kind].read_bytes()
                target = folder / "tables"
            else:
                file = target = folder / f"damaged.{kind}"
                whole = files[kind]
            file.write_bytes(damaged(source, whole))
            before = most_memory()
            status, said = opened(target, kind == "emberscope.json")
            memory = most_memory()
            is_large = memory > max(MOST_MEMORY, before)
            if status not in (0, 1) or b"panicked" in said or b"has a bug" in said or b"please report" in said or is_large:
                faults += 1
                kept = Path("target") / f"damaged-{SEED}-{number}.{kind}"
                kept.write_bytes(file.read_bytes())
                print(f"{kept}: status {status}, {memory} kB: {said.decode(errors='replace')[:300]}")
            refused += status == 1
            if kind in tables:
                file.write_bytes(whole)
        memory = most_memory()
        print(f"{COUNT} damaged files: {COUNT - refused} opened, {refused} refused, {faults} faults, at most {memory} kB")
    sys.exit(faults > 0)


main()
