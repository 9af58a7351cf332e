"""How many megabytes of documents `obsview check emf` judges in a second of processor time, from start to end of the
program, beside Python's json (which is C) reading the same lines. Ends with 1 below the goal.

SPDX-License-Identifier: MIT
"""
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time

GOAL = 100
BYTES = 96 << 20
LOOKED_AT = 16 << 20  # by Python, which is slower
NOW = int(time.time() * 1000)
chance = random.Random(1)


def document(metrics, dimensions, values):
    names = ["Metric%d" % i for i in range(metrics)]
    keys = ["key%d" % i for i in range(dimensions)]
    return {**{k: "value-of-%s" % k for k in keys}, "requestId": "26fdb24d-9ea3-4767-862f-5e76cae1d1ca",
            "_aws": {"Timestamp": NOW, "CloudWatchMetrics": [{
                "Namespace": "UserMetrics/Lambda", "Dimensions": [keys[:1], keys],
                "Metrics": [{"Name": n, "Unit": "Milliseconds"} for n in names]}]},
            **{n: [round(chance.lognormvariate(4, 1), 3) for _ in range(values)] if values > 1 else
               round(chance.lognormvariate(4, 1), 3) for n in names}}


def broken(value):
    value["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Unit"] = "ms"
    return value


KINDS = {
    "a function's": lambda: document(2, 2, 1),
    "a hundred values": lambda: document(2, 3, 100),
    "a hundred metrics": lambda: document(100, 3, 1),
    "thirty dimensions": lambda: document(3, 30, 1),
    "one in ten is broken": lambda: broken(document(2, 2, 1)) if chance.random() < 0.1 else document(2, 2, 1),
    "behind Lambda's prefix": lambda: document(2, 2, 1),
}


def lines_of(name, make):
    lead = "2026-11-23T01:02:03.004Z\t8f3c6d2e-0000-4000-8000-000000000000\tINFO\t" if "prefix" in name else ""
    return [lead + json.dumps(make(), separators=(",", ":")) + "\n" for _ in range(300)]


def seconds(program, path):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = subprocess.run([program, "check", "emf", path, "--format", "json"], capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    note = json.loads(told.stdout)["notes"][0]
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, note


def python_seconds(lines):
    start = time.process_time()
    read = 0
    while read < LOOKED_AT:
        for line in lines:
            json.loads(line[line.index("{"):])
            read += len(line)
    return (time.process_time() - start) / read


def main(program):
    worst = None
    for name, make in KINDS.items():
        lines = lines_of(name, make)
        text = "".join(lines)
        with tempfile.NamedTemporaryFile("w", suffix=".log") as file:
            for _ in range(BYTES // len(text)):
                file.write(text)
            file.flush()
            size = os.path.getsize(file.name)
            took, note = min(seconds(program, file.name) for _ in range(3))
        rate = size / took / 1e6
        print("%-24s %4.0f MB/s, Python's json %4.0f MB/s (%s)" % (name, rate, 1 / python_seconds(lines) / 1e6, note))
        worst = rate if worst is None else min(worst, rate)
    print("slowest %.0f MB/s, goal %d" % (worst, GOAL))
    return worst < GOAL


sys.exit(main(sys.argv[1]))
