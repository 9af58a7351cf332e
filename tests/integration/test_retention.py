#!/usr/bin/env python3
# test_retention.py - how long points of each resolution live, and which times are taken at all, at the exact edges.
# SPDX-License-Identifier: MIT
#
# CloudWatch keeps points under a minute for 3 hours, minutes for 15 days, five minutes for 63 and hours for 455; it
# takes points from two weeks ago until two hours ahead. The virtual clock stands on either side of each edge.

import sys

from test_alarms import Emulator, Refused, T0

HOUR, DAY = 3600, 86400
TIERS = ((1, 3 * HOUR), (60, 15 * DAY), (300, 63 * DAY), (3600, 455 * DAY))
# The document's own three, and both sides of each edge: a point is gone when its whole period is older.
MOMENTS = sorted({kept + side * step for step, kept in TIERS for side in (-1, 1)} | {4 * HOUR, 16 * DAY, 64 * DAY})

results = []


def check(is_true, told):
    print("%s - %s" % ("ok" if is_true else "not ok", told))
    results.append(bool(is_true))


def points(em, period):
    answer = em.call("GetMetricData", StartTime=T0 - HOUR, EndTime=T0 + HOUR, MetricDataQueries=[
        {"Id": "q", "MetricStat": {"Metric": {"Namespace": "T", "MetricName": "m"}, "Period": period, "Stat": "Sum"}}])
    return answer["MetricDataResults"][0]["Values"]


def tiers():
    with Emulator() as em:
        em.put("m", T0, 2, high=True)
        for age in MOMENTS:
            while em.now < T0 + age:  # a year at most each time
                em.advance_to(min(T0 + age, em.now + 300 * DAY))
            for step, kept in TIERS:
                want = [] if age > kept else [2]
                have = points(em, step)
                check(have == want, "after %d s, periods of %d s: %s, expected %s" % (age, step, have, want))


def windows():
    with Emulator() as em:
        for offset, is_taken in ((-14 * DAY, True), (-14 * DAY - 1, False), (2 * HOUR, True), (2 * HOUR + 1, False)):
            try:
                em.put("w", T0 + offset, 1)
                was_taken = True
            except Refused as refusal:
                was_taken = False
                check("InvalidParameterValue" in str(refusal), "refused as CloudWatch does: %s" % refusal)
            check(was_taken == is_taken, "a point %d s from now is %s" % (offset, "taken" if is_taken else "refused"))


tiers()
windows()
print("%d passed, %d failed" % (results.count(True), results.count(False)))
sys.exit(0 if all(results) else 1)
