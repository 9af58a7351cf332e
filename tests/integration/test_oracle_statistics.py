#!/usr/bin/env python3
"""Percentiles and trimmed statistics against an independent computation from the raw values.

SPDX-License-Identifier: MIT

Periods with few values must agree within 1e-9, periods with many within 1 %; what lies between two numbers, PR(), TC()
and TS(), within 1 % of the whole, because the sketch interpolates within the bin at a bound. A range of ranks is integrated here under
the staircase of the sorted values; the program weighs sketch entries instead.
"""
import math
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from oracle import Emulator, Tally, metric, same_points

STATISTICS = [
    "SampleCount", "Sum", "Average", "Minimum", "Maximum",
    "p0", "p1", "p10", "p25", "p50", "p75", "p90", "p95", "p99", "p99.9", "p33.3333", "p100",
    "tm90", "tm99", "tm50", "tm99.5", "tm100", "TM(10%:90%)", "TM(2%:98%)", "TM(25%:75%)", "TM(5%:)", "TM(:95%)",
    "TM(33.3%:66.6%)", "IQM",
    "wm90", "wm98", "WM(10%:90%)", "WM(5%:)", "WM(:80%)",
    "tc90", "tc99", "TC(10%:90%)", "TC(5%:)", "ts90", "ts99", "TS(80%:)", "TS(10%:90%)",
    "TM(150:1000)", "TM(:700)", "TM(300:)", "WM(150:1000)", "WM(:700)", "WM(300:)",
    "TC(150:1000)", "TC(:700)", "TC(300:)", "TS(150:1000)", "TS(:700)", "TS(300:)",
    "PR(:500)", "PR(100:1000)", "PR(800:)",
]


def percentile(values, percent):
    rank = percent / 100 * (len(values) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(values) - 1)
    return values[low] * (1 - (rank - low)) + values[high] * (rank - low)


def area(values, until):
    """Under the staircase of the sorted values, from 0 to `until` values."""
    whole = math.floor(until)
    part = until - whole
    return math.fsum(values[:whole]) + (values[whole] * part if part and whole < len(values) else 0)


def bounds(text):
    low, high = text[text.index("(") + 1:-1].split(":")
    return low, high, "%" in text


def ranged(kind, text, values):
    n = len(values)
    if text == "IQM":
        low, high, is_percent = "25%", "75%", True
    elif "(" in text:
        low, high, is_percent = bounds(text)
    else:
        low, high, is_percent = "", text[2:] + "%", True
    if is_percent:
        a = float(low.rstrip("%") or 0) / 100
        b = float(high.rstrip("%") or 100) / 100
        count, total = (b - a) * n, area(values, b * n) - area(values, a * n)
        floor, roof = percentile(values, a * 100), percentile(values, b * 100)
    else:
        floor = float(low) if low else -math.inf
        roof = float(high) if high else math.inf
        inside = [v for v in values if floor < v <= roof]
        count, total = len(inside), math.fsum(inside)
    if kind == "TC":
        return count
    if kind == "TS":
        return total
    if kind == "WM":
        return math.fsum(min(max(v, floor), roof) for v in values) / n
    if kind == "PR":
        return 100 * count / n
    return total / count if count else None


def statistic(name, values):
    """None: no such datapoint."""
    values = sorted(values)
    plain = {"SampleCount": len(values), "Sum": math.fsum(values), "Average": math.fsum(values) / len(values),
             "Minimum": values[0], "Maximum": values[-1]}
    if name in plain:
        return plain[name]
    if name[0] == "p":
        return percentile(values, float(name[1:]))
    kind = "TM" if name == "IQM" else name[:2].upper()
    return ranged(kind, name, values)


def draw(count):
    return [round(math.exp(random.gauss(6, 0.8)), 1) for _ in range(count)]


def expected(minutes, name, period):
    groups = {}
    for at, values in minutes.items():
        groups.setdefault(at - at % period, []).extend(values)
    points = {at: statistic(name, values) for at, values in groups.items()}
    return {at: value for at, value in points.items() if value is not None}


def loosely(name, minutes, want, got):
    """Whether a share, count or sum between two numbers is off by at most a hundredth of the whole."""
    whole = {"PR": {at: 100 for at in minutes}, "TC": expected(minutes, "SampleCount", 60),
             "TS": expected(minutes, "Sum", 60)}.get(name[:2])
    if whole is None or "(" not in name or "%" in name:
        return same_points(got, want, 0.01)
    if set(got) != set(want):
        return "times differ"
    return next(("at %d: %r, not %r" % (at, got[at], want[at]) for at in sorted(want)
                 if abs(got[at] - want[at]) > 0.01 * whole[at]), None)


def compare(tally, emulator, what, key, minutes, period, tolerance):
    queries = [metric("q%d" % i, key, name, period) for i, name in enumerate(STATISTICS)]
    start = min(minutes) - min(minutes) % period
    found = emulator.get(queries, start, max(minutes) + period)
    for i, name in enumerate(STATISTICS):
        want = expected(minutes, name, period)
        got = found["q%d" % i][0][1]
        if tolerance == 1e-9 or name in STATISTICS[:5]:
            fault = same_points(got, want, 1e-9)
        else:
            fault = loosely(name, minutes, want, got)
        tally.check("%s, %d s: %s" % (what, period, name), fault)


def compare_one_series(tally, emulator, key, minutes):
    """GetMetricStatistics takes ten of the others at a time."""
    names = STATISTICS[5:]
    for i in range(0, len(names), 10):
        some = names[i:i + 10]
        answer = emulator.call("GetMetricStatistics", {
            "Namespace": "Oracle", "MetricName": key, "StartTime": min(minutes), "EndTime": max(minutes) + 60,
            "Period": 60, "ExtendedStatistics": some})
        got = {int(p["Timestamp"]): p["ExtendedStatistics"] for p in answer["Datapoints"]}
        for name in some:
            points = {at: values[name] for at, values in got.items() if name in values}
            tally.check("GetMetricStatistics: " + name, same_points(points, expected(minutes, name, 60), 1e-9))


def main():
    seed = int(os.environ.get("SEED", str(time.time_ns() % 1000000)))
    random.seed(seed)
    print("seed", seed)
    tally = Tally()
    base = int(time.time()) // 3600 * 3600 - 3600
    few = {base + 60 * i: draw(random.choice([1, 2, 3, 7, 40, 120])) for i in range(12)}
    many = {base + 60 * i: draw(6000) for i in range(2)}
    repeated = {base + 60 * i: [random.choice([100, 150, 300, 700, 1000]) for _ in range(3000)] for i in range(3)}
    with Emulator() as emulator:
        for key, minutes in (("few", few), ("many", many), ("repeated", repeated)):
            for at, values in minutes.items():
                emulator.put("Oracle", key, at, values)
        compare(tally, emulator, "few values", "few", few, 60, 1e-9)
        compare(tally, emulator, "few values", "few", few, 300, 1e-9)
        compare(tally, emulator, "few different values", "repeated", repeated, 60, 1e-9)
        compare(tally, emulator, "few different values", "repeated", repeated, 300, 1e-9)
        compare(tally, emulator, "many values", "many", many, 60, 0.01)
        compare_one_series(tally, emulator, "few", few)
    return tally.close()


sys.exit(main())
