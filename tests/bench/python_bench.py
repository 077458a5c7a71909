"""Driver of python.sh: runs the target plain and under each profiler, in turns, and prints a table."""
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

BIN, ROUNDS = sys.argv[1], int(sys.argv[2])
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = tempfile.mkdtemp()
TARGET = """
import sys, resource
depth, rounds = int(sys.argv[1]), int(sys.argv[2])
sys.setrecursionlimit(depth + 200)
def work(n):
    x = 0
    for i in range(n):
        x += i * i % 7
    return x
def down(d):
    return down(d - 1) if d else sum(work(1000) for _ in range(rounds))
down(depth)
u = resource.getrusage(resource.RUSAGE_SELF)
print("cpu %.4f" % (u.ru_utime + u.ru_stime), file=sys.stderr)
"""
with open(OUT + "/target.py", "w") as f:
    f.write(TARGET)


def austin():
    """austin's PyPI build may need a newer C library than this one: then forky's, of tests/all/python.sh."""
    plain = [BIN + "/austin"]
    if subprocess.run(plain + ["--version"], capture_output=True).returncode == 0:
        return plain
    root = TOP + "/build/cache/forky"
    loader = root + "/lib64/ld-linux-x86-64.so.2"
    if os.path.exists(loader):
        libs = root + "/lib/x86_64-linux-gnu:" + root + "/usr/lib/x86_64-linux-gnu"
        with_loader = [loader, "--library-path", libs] + plain
        if subprocess.run(with_loader + ["--version"], capture_output=True).returncode == 0:
            return with_loader
    return None


def command(tool, hz, target):
    if tool == "plain":
        return target
    if tool == "perf-ops":
        return [TOP + "/build/perf-ops", "profile", "--cpu", "--hz", str(hz), "--json", "--"] + target
    if tool == "austin":
        return AUSTIN + ["-i", "%dus" % (1000000 // hz), "-o", OUT + "/austin.out"] + target
    flags = ["--nonblocking"] if tool == "py-spy -n" else []
    return [BIN + "/py-spy", "record", "-r", str(hz), "-f", "raw", "-o", OUT + "/pyspy.raw"] + flags + ["--"] + target


def measure(tool, hz, depth):
    """CPU and wall seconds of the target, samples, errors."""
    start = time.monotonic()
    # a session of its own: a profiler that is too slow is ended together with the target it may have stopped
    p = subprocess.Popen(command(tool, hz, [sys.executable, OUT + "/target.py", str(depth), "12000"]), start_new_session=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         env=dict(os.environ, HOME=OUT, XDG_DATA_HOME=OUT))
    try:
        out, err = p.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        p.communicate()
        return None
    wall = time.monotonic() - start
    text = re.sub(r"\x1b\[[0-9;]*m", "", err + out)
    cpu = re.search(r"cpu (\d+\.\d+)", text)
    if not cpu:
        return None
    samples = errors = 0
    if tool == "perf-ops":
        run = json.loads(out)["runs"][0]
        python = run["quality"].get("python") or {}
        samples = python.get("samples", 0)
        errors = python.get("unread", 0) + python.get("torn", 0)
    elif tool.startswith("py-spy"):
        m = re.search(r"Samples: (\d+) Errors: (\d+)", text)
        samples, errors = (int(m[1]), int(m[2])) if m else (0, 0)
    elif tool == "austin":
        m = re.search(r"Error rate[ .]+(\d+)/(\d+)", text)
        errors, samples = (int(m[1]), int(m[2])) if m else (0, 0)
    return float(cpu[1]), wall, samples, errors


LIMIT_S = 60  # a tool that stops the target for each sample can take minutes


def spread(v, plain, column):
    """Median and range of the ratios to what ran alone in the same turn."""
    ratios = sorted(r[column] / p[column] for r, p in zip(v, plain) if r and p)
    return "%.2f (%.2f to %.2f)" % (statistics.median(ratios), ratios[0], ratios[-1])


AUSTIN = austin()
TOOLS = ["plain", "perf-ops", "py-spy", "py-spy -n"] + (["austin"] if AUSTIN else [])
print("%5s %6s %-10s %9s %8s  %-22s %-22s" % ("hz", "depth", "tool", "rate/s", "errors", "cpu ratio (range)", "wall ratio (range)"))
for hz in (100, 1000):
    for depth in (10, 100, 1000):
        got = {t: [] for t in TOOLS}
        for turn in range(ROUNDS):
            for t in TOOLS[turn % len(TOOLS):] + TOOLS[:turn % len(TOOLS)]:
                got[t].append(measure(t, hz, depth))
        for t in TOOLS[1:]:
            v = [r for r in got[t] if r]
            if len(v) < ROUNDS:
                print("%5d %6d %-10s %d of %d runs failed or took more than %d s" % (hz, depth, t, ROUNDS - len(v), ROUNDS, LIMIT_S))
            if not v:
                continue
            n = sum(r[2] for r in v)
            busy = sum(r[0] for r in v) if t == "perf-ops" else sum(r[1] for r in v)
            print("%5d %6d %-10s %9.1f %7.2f%%  %-22s %-22s" % (
                hz, depth, t, n / busy, 100 * sum(r[3] for r in v) / max(n, 1),
                spread(got[t], got["plain"], 0), spread(got[t], got["plain"], 1)), flush=True)
if not AUSTIN:
    print("austin does not run here (its build needs a newer C library; tests/all/python.sh brings one)")
