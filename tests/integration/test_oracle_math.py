#!/usr/bin/env python3
"""Metric math against an independent computation: each expression beside the Python that says what it means.

SPDX-License-Identifier: MIT

The raw values are random, with gaps, and quarters, so that their sums are exact and FLOOR() or < has one right answer
in whatever order they are added up. A series is a dict of time to value here; rules are those of "Using metric math",
Amazon CloudWatch User Guide, and where it is silent those of src/domain/metric_math.h.
"""
import math
import os
import random
import statistics
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from oracle import Emulator, Tally, metric, same_points

SLOTS = 90
PERIOD = 60


class World:
    """Raw values and the range that is asked for."""

    def __init__(self, base):
        self.start, self.end = base, base + SLOTS * PERIOD
        self.raw = {}
        for name, chance, whole in (("a", 0.9, False), ("b", 0.6, False), ("n", 0.7, True), ("z", 0.8, True)):
            self.raw[name] = {
                t: [random.randint(0, 2) if whole else random.randint(-200, 800) / 4
                    for _ in range(random.randint(1, 5))]
                for t in self.grid() if random.random() < chance}

    def grid(self, period=PERIOD):
        return range(self.start - self.start % period, self.end, period)

    def sums(self, name, period=PERIOD):
        out = {}
        for t, values in self.raw.get(name, {}).items():
            out[t - t % period] = out.get(t - t % period, 0) + math.fsum(values)
        return out


def both(f, x, y):
    return clean({t: f(x[t], y[t]) for t in x.keys() & y.keys()})


def either(f, x, y):
    return {t: f(x.get(t, 0), y.get(t, 0)) for t in x.keys() | y.keys()}


def each(f, x):
    return clean({t: f(v) for t, v in x.items()})


def clean(x):
    return {t: v for t, v in x.items() if v is not None and math.isfinite(v)}


def divide(x, y):
    return None if y == 0 else x / y


def log(x):
    return None if x <= 0 else math.log(x)


def per_time(f, *many):
    times = set().union(*many)
    return {t: f([x[t] for x in many if t in x]) for t in times}


def constant(w, value):
    return {t: value for t in w.grid()}


def fill(w, x, filler):
    out = dict(x)
    for t in w.grid():
        if t not in x:
            out[t] = filler(x, t)
    return clean(out)


def repeat(x, t):
    before = [s for s in x if s < t]
    return x[max(before)] if before else None


def linear(x, t):
    before, behind = [s for s in x if s < t], [s for s in x if s > t]
    if not before or not behind:
        return None
    s, e = max(before), min(behind)
    return x[s] + (x[e] - x[s]) * (t - s) / (e - s)


def steps(f, x):
    times = sorted(x)
    return {t: f(x[t] - x[s], t - s) for s, t in zip(times, times[1:])}


def running(x):
    total, out = 0, {}
    for t in sorted(x):
        total += x[t]
        out[t] = total
    return out


def choose(c, yes, no=None):
    """Series or numbers as yes and no; a missing true value is 0, a missing false one no point."""
    out = {}
    for t, v in c.items():
        if v != 0:
            out[t] = yes.get(t, 0) if isinstance(yes, dict) else yes
        elif no is not None:
            out[t] = no.get(t) if isinstance(no, dict) else no
    return clean(out)


def mean(x):
    return math.fsum(x.values()) / len(x)


def calendar(w, f):
    return {t: f(time.gmtime(t)) for t in w.grid()}


def truth(value):
    return 1.0 if value else 0.0


# Expression, and what it means over a, b (random), n, z (small whole numbers), e (no data); a list is an array.
CASES = [
    ("a+b", lambda w, a, b, n, z: both(lambda x, y: x + y, a, b)),
    ("a-b", lambda w, a, b, n, z: both(lambda x, y: x - y, a, b)),
    ("a*b", lambda w, a, b, n, z: both(lambda x, y: x * y, a, b)),
    ("a/b", lambda w, a, b, n, z: both(divide, a, b)),
    ("a/n", lambda w, a, b, n, z: both(divide, a, n)),
    ("100*n/z", lambda w, a, b, n, z: both(lambda x, y: divide(100 * x, y), n, z)),
    ("z^n", lambda w, a, b, n, z: both(lambda x, y: x ** y, z, n)),
    ("2^n^2", lambda w, a, b, n, z: each(lambda x: 2 ** (x ** 2), n)),
    ("-a^2", lambda w, a, b, n, z: each(lambda x: -(x ** 2), a)),
    ("-a+b*2-3/4", lambda w, a, b, n, z: both(lambda x, y: -x + y * 2 - 0.75, a, b)),
    ("(a+1)*(b-1)", lambda w, a, b, n, z: both(lambda x, y: (x + 1) * (y - 1), a, b)),
    ("1e3/n", lambda w, a, b, n, z: each(lambda x: divide(1000, x), n)),
    ("a*0/0", lambda w, a, b, n, z: {}),
    ("a+e", lambda w, a, b, n, z: {}),
    ("a>b", lambda w, a, b, n, z: either(lambda x, y: truth(x > y), a, b)),
    ("a<=b", lambda w, a, b, n, z: either(lambda x, y: truth(x <= y), a, b)),
    ("n==z", lambda w, a, b, n, z: either(lambda x, y: truth(x == y), n, z)),
    ("n!=z", lambda w, a, b, n, z: either(lambda x, y: truth(x != y), n, z)),
    ("n>=1", lambda w, a, b, n, z: each(lambda x: truth(x >= 1), n)),
    ("1<n", lambda w, a, b, n, z: each(lambda x: truth(x > 1), n)),
    ("n AND z", lambda w, a, b, n, z: either(lambda x, y: truth(x and y), n, z)),
    ("n || z", lambda w, a, b, n, z: either(lambda x, y: truth(x or y), n, z)),
    ("a>50 AND b>50 OR n==2", lambda w, a, b, n, z: either(
        lambda x, y: truth(x or y),
        either(lambda x, y: truth(x and y), each(lambda x: truth(x > 50), a), each(lambda x: truth(x > 50), b)),
        each(lambda x: truth(x == 2), n))),
    ("IF(n,a,b)", lambda w, a, b, n, z: choose(n, a, b)),
    ("IF(n,a)", lambda w, a, b, n, z: choose(n, a)),
    ("IF(n,5,b)", lambda w, a, b, n, z: choose(n, 5, b)),
    ("IF(n,a,5)", lambda w, a, b, n, z: choose(n, a, 5)),
    ("IF(a>60,1,0)", lambda w, a, b, n, z: each(lambda x: truth(x > 60), a)),
    ("IF(a<b,a,b)", lambda w, a, b, n, z: choose(either(lambda x, y: truth(x < y), a, b), a, b)),
    ("IF(1,a,b)", lambda w, a, b, n, z: a),
    ("IF(0,a,b)", lambda w, a, b, n, z: b),
    ("IF(1>2,a)", lambda w, a, b, n, z: {}),
    ("IF(1,7,b)", lambda w, a, b, n, z: constant(w, 7)),
    ("FILL(b,0)", lambda w, a, b, n, z: fill(w, b, lambda x, t: 0)),
    ("FILL(b,REPEAT)", lambda w, a, b, n, z: fill(w, b, repeat)),
    ("FILL(b,LINEAR)", lambda w, a, b, n, z: fill(w, b, linear)),
    ("FILL(b,a)", lambda w, a, b, n, z: fill(w, b, lambda x, t: a.get(t))),
    ("FILL(b,MIN(a))", lambda w, a, b, n, z: fill(w, b, lambda x, t: min(a.values()))),
    ("FILL(e,3)", lambda w, a, b, n, z: constant(w, 3)),
    ("FILL(e,REPEAT)", lambda w, a, b, n, z: {}),
    ("FILL(a,0)+FILL(b,0)", lambda w, a, b, n, z: {t: a.get(t, 0) + b.get(t, 0) for t in w.grid()}),
    ("a-AVG(a)", lambda w, a, b, n, z: each(lambda x: x - mean(a), a)),
    ("a/SUM(a)", lambda w, a, b, n, z: each(lambda x: x / math.fsum(a.values()), a)),
    ("(a-MIN(a))/(MAX(a)-MIN(a))", lambda w, a, b, n, z: each(
        lambda x: (x - min(a.values())) / (max(a.values()) - min(a.values())), a)),
    ("(a-AVG(a))/STDDEV(a)", lambda w, a, b, n, z: each(
        lambda x: (x - mean(a)) / statistics.pstdev(a.values()), a)),
    ("a/DATAPOINT_COUNT(a)", lambda w, a, b, n, z: each(lambda x: x / len(a), a)),
    ("a*AVG(e)", lambda w, a, b, n, z: {}),
    ("SUM([a,b,n])", lambda w, a, b, n, z: per_time(math.fsum, a, b, n)),
    ("AVG([a,b,n])", lambda w, a, b, n, z: per_time(lambda v: math.fsum(v) / 3, a, b, n)),
    ("MIN([a,b,n])", lambda w, a, b, n, z: per_time(min, a, b, n)),
    ("MAX([a,b,n])", lambda w, a, b, n, z: per_time(max, a, b, n)),
    ("STDDEV([a,b,n])", lambda w, a, b, n, z: per_time(statistics.pstdev, a, b, n)),
    ("DATAPOINT_COUNT([a,b,e])", lambda w, a, b, n, z: per_time(len, a, b)),
    ("SUM(METRICS())", lambda w, a, b, n, z: per_time(math.fsum, a, b, n, z)),
    ("SUM(METRICS('a'))", lambda w, a, b, n, z: a),
    ("SUM(100/[n,z])", lambda w, a, b, n, z: per_time(
        math.fsum, each(lambda x: divide(100, x), n), each(lambda x: divide(100, x), z))),
    ("SUM(METRICS())/METRIC_COUNT(METRICS())", lambda w, a, b, n, z: per_time(
        lambda v: math.fsum(v) / 5, a, b, n, z)),
    ("ABS(a)", lambda w, a, b, n, z: each(abs, a)),
    ("CEIL(a)", lambda w, a, b, n, z: each(math.ceil, a)),
    ("FLOOR(a)", lambda w, a, b, n, z: each(math.floor, a)),
    ("LOG(a)", lambda w, a, b, n, z: each(log, a)),
    ("LOG10(ABS(a)+1)", lambda w, a, b, n, z: each(lambda x: math.log10(abs(x) + 1), a)),
    ("DIFF(b)", lambda w, a, b, n, z: steps(lambda d, s: d, b)),
    ("DIFF_TIME(b)", lambda w, a, b, n, z: steps(lambda d, s: s, b)),
    ("RATE(b)", lambda w, a, b, n, z: steps(lambda d, s: d / s, b)),
    ("RUNNING_SUM(b)", lambda w, a, b, n, z: running(b)),
    ("a/PERIOD(a)", lambda w, a, b, n, z: each(lambda x: x / 60, a)),
    ("TIME_SERIES(MAX(a))", lambda w, a, b, n, z: constant(w, max(a.values()))),
    ("EPOCH(b)", lambda w, a, b, n, z: {t: t for t in w.grid()}),
    ("MINUTE(b)", lambda w, a, b, n, z: calendar(w, lambda g: g.tm_min)),
    ("HOUR(b)", lambda w, a, b, n, z: calendar(w, lambda g: g.tm_hour)),
    ("DAY(b)", lambda w, a, b, n, z: calendar(w, lambda g: g.tm_wday + 1)),
    ("DATE(b)", lambda w, a, b, n, z: calendar(w, lambda g: g.tm_mday)),
    ("MONTH(b)", lambda w, a, b, n, z: calendar(w, lambda g: g.tm_mon)),
    ("YEAR(b)", lambda w, a, b, n, z: calendar(w, lambda g: g.tm_year)),
    ("IF(MINUTE(a)<30,a)", lambda w, a, b, n, z: choose(
        calendar(w, lambda g: truth(g.tm_min < 30)), a)),
    ("a/five", lambda w, a, b, n, z: both(divide, a, w.sums("a", 300))),
    ("SUM([a,five])", lambda w, a, b, n, z: per_time(math.fsum, a, w.sums("a", 300))),
    ("FILL(five,0)", lambda w, a, b, n, z: {t: w.sums("a", 300).get(t, 0) for t in w.grid(300)}),
    ("twice+1", lambda w, a, b, n, z: each(lambda x: 2 * x + 1, a)),
    ("total-a", lambda w, a, b, n, z: each(lambda x: math.fsum(a.values()) - x, a)),
    ("FIRST(SORT([n,a,z],SUM,DESC))", lambda w, a, b, n, z: max(
        [n, a, z], key=lambda x: math.fsum(x.values()))),
    ("LAST(SORT([n,a,z],MAX,ASC))", lambda w, a, b, n, z: max([n, a, z], key=lambda x: max(x.values()))),
    # arrays
    ("[a,b]", lambda w, a, b, n, z: [a, b]),
    ("METRICS()*2", lambda w, a, b, n, z: [each(lambda x: 2 * x, s) for s in (a, b, n, z)] + [{}]),
    ("[a,b]/[n,z]", lambda w, a, b, n, z: [both(divide, a, n), both(divide, b, z)]),
    ("[a,b]-n", lambda w, a, b, n, z: [both(lambda x, y: x - y, s, n) for s in (a, b)]),
    ("SORT([a,b,n],AVG,ASC)", lambda w, a, b, n, z: sorted([a, b, n], key=mean)),
    ("SORT([a,b,n,e],MIN,DESC,2)", lambda w, a, b, n, z: sorted([a, b, n], key=lambda x: -min(x.values()))[:2]),
    ("SLICE([a,b,n],1)", lambda w, a, b, n, z: [b, n]),
    ("SLICE([a,b,n],0,2)", lambda w, a, b, n, z: [a, b]),
    ("REMOVE_EMPTY([e,a])", lambda w, a, b, n, z: [a]),
    ("RUNNING_SUM([a,b])", lambda w, a, b, n, z: [running(a), running(b)]),
    ("FILL([a,b],REPEAT)", lambda w, a, b, n, z: [fill(w, a, repeat), fill(w, b, repeat)]),
    ("SEARCH('{Oracle} MetricName=\"a\" OR MetricName=\"n\"','Sum',60)", lambda w, a, b, n, z: [a, n]),
    ("SUM(SEARCH('{Oracle} NOT MetricName=\"a\"','Sum',60))", lambda w, a, b, n, z: per_time(
        math.fsum, b, n, z)),
    ("SEARCH('{Oracle,Page} x','Sum',60)", lambda w, a, b, n, z: []),
]


def queries(expression):
    out = [metric(name, name, "Sum", PERIOD, returned=False) for name in ("a", "b", "n", "z", "e")]
    if "five" in expression:
        out.append(metric("five", "a", "Sum", 300, returned=False))
    out.append({"Id": "twice", "Expression": "a*2", "ReturnData": False})
    out.append({"Id": "total", "Expression": "SUM(a)", "ReturnData": False})
    return out + [{"Id": "result", "Expression": expression}]


def compare(world, emulator, expression, meaning):
    sums = [world.sums(name) for name in ("a", "b", "n", "z")]
    want = meaning(world, *sums)
    want = want if isinstance(want, list) else [want]
    got = emulator.get(queries(expression), world.start, world.end).get("result", [])
    if len(got) != len(want):
        return "%d series, not %d" % (len(got), len(want))
    for (_, points), wanted in zip(got, want):
        fault = same_points(points, wanted, 1e-9)
        if fault:
            return fault
    return None


def main():
    seed = int(os.environ.get("SEED", str(time.time_ns() % 1000000)))
    random.seed(seed)
    print("seed", seed)
    tally = Tally()
    world = World(int(time.time()) // 300 * 300 - 6000)
    with Emulator() as emulator:
        for name, minutes in world.raw.items():
            for at, values in minutes.items():
                emulator.put("Oracle", name, at, values)
        for expression, meaning in CASES:
            tally.check(expression, compare(world, emulator, expression, meaning))
    return tally.close()


sys.exit(main())
