#!/usr/bin/env python3
"""Metrics of a stack over the wire: an incident on the product clock, and what alarms make of it.

SPDX-License-Identifier: MIT

    OBSVIEW=build/obsview tests/integration/test_stack_series.py

The clock is moved minute by minute, and in jumps; the answer to a move comes when the alarms that became due are
judged. Debian's awscli (AWSCLI names another) reads the same numbers in its own protocol.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

from harness import Emulator, Refused

AWSCLI = os.environ.get("AWSCLI", "/usr/bin/aws")
T0 = 1795867200  # 2026-11-28T12:00:00Z
MINUTE, HOUR, DAY = 60, 3600, 86400
FROM, TO = T0 + 10 * MINUTE, T0 + 20 * MINUTE
INSTANCE = [{"Name": "DBInstanceIdentifier", "Value": "shop-aurora-1"}]
STACK = {
    "obsview-stack": 1, "extends": "document", "name": "incident",
    "incidents": [
        {"name": "hot", "at": "2026-11-28T12:10:00Z", "minutes": 10, "effects": [
            {"resource": "shop-aurora-1", "cpu": 90}, {"resource": "umami", "stopTasks": 1}]}],
}


def alarm(name, threshold, **more):
    return dict({"AlarmName": name, "Namespace": "AWS/RDS", "MetricName": "CPUUtilization", "Dimensions": INSTANCE,
                 "Statistic": "Average", "Period": 60, "EvaluationPeriods": 1, "Threshold": threshold,
                 "ComparisonOperator": "GreaterThanThreshold"}, **more)


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Account(Emulator):
    def __init__(self, *options, start=T0, **how):
        super().__init__(*options, clock=iso(start) if start else None, **how)

    def ask(self, operation, **request):
        return self.call("monitoring", operation, **request)

    def advance_to(self, now):
        self.move_clock(now=now * 1000)

    def states(self):
        return {a["AlarmName"]: a["StateValue"] for a in self.ask("DescribeAlarms")["MetricAlarms"]}

    def turns(self, name):
        items = self.ask("DescribeAlarmHistory", AlarmName=name, HistoryItemType="StateUpdate",
                          ScanBy="TimestampAscending")["AlarmHistoryItems"]
        return [(round(i["Timestamp"]), json.loads(i["HistoryData"])["newState"]["stateValue"]) for i in items]

    def data(self, metric, start, end, stat="Average", period=60, namespace="AWS/RDS", dimensions=None, **more):
        query = dict({"Id": "a", "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions or INSTANCE},
            "Period": period, "Stat": stat}}, **more)
        return self.ask("GetMetricData", StartTime=start, EndTime=end, ScanBy="TimestampAscending",
                         MetricDataQueries=[query])["MetricDataResults"][0]

    def metrics(self, **filters):
        found, token = [], {}
        while True:
            page = self.ask("ListMetrics", **filters, **token)
            found += page["Metrics"]
            if "NextToken" not in page:
                return found
            token = {"NextToken": page["NextToken"]}


def with_alarms(*alarms, **more):
    return dict(STACK, alarms=list(alarms), **more)


# --- tests ---------------------------------------------------------------------------------------

def an_alarm_turns_in_the_right_minute(check):
    """The minute of 12:10 is judged when it is over, at 12:11; the first cool one, 12:20, at 12:21."""
    with Account(stack=with_alarms(alarm("hot", 70), alarm("twice", 70, EvaluationPeriods=2))) as emulator:
        for minute in range(1, 31):
            emulator.advance_to(T0 + minute * MINUTE)
            states = emulator.states()
            check(states["hot"] == ("ALARM" if 11 <= minute < 21 else "OK"), "12:%02d: %s" % (minute, states["hot"]))
            check(states["twice"] == ("ALARM" if 12 <= minute < 21 else "OK"),
                  "twice, 12:%02d: %s" % (minute, states["twice"]))


def a_jump_judges_every_minute(check):
    with Account(stack=STACK) as emulator:
        emulator.advance_to(T0 + HOUR)
        for name, first in (("aurora-cpu", 12), ("umami-tasks", 11), ("umami-unhealthy", 11)):
            turns = [(at, state) for at, state in emulator.turns(name)]
            check(turns == [(T0 + MINUTE, "OK"), (T0 + first * MINUTE, "ALARM"), (TO + MINUTE, "OK")],
                  "%s: %s" % (name, turns))
        check(emulator.states()["openreplay-tasks"] == "OK", "the other service is well")


def edges_of_a_threshold(check):
    """69.9, 70 and 70.1 % against "above 70"."""
    for cpu, state in ((69.9, "OK"), (70, "OK"), (70.1, "ALARM")):
        incident = {"name": "edge", "at": iso(FROM), "minutes": 10,
                    "effects": [{"resource": "shop-aurora-1", "cpu": cpu}]}
        with Account(stack=dict(with_alarms(alarm("edge", 70)), incidents=[incident])) as emulator:
            emulator.advance_to(FROM + 5 * MINUTE)
            check(emulator.states()["edge"] == state, "%s %%: %s" % (cpu, emulator.states()))


def only_minutes_that_are_over(check):
    with Account() as emulator:
        emulator.advance_to(T0 + 90)
        got = emulator.data("CPUUtilization", T0 - 10 * MINUTE, T0 + HOUR)
        check(got["Timestamps"] == [T0 + n * MINUTE for n in range(-10, 1)], str(got["Timestamps"]))


def labels_tell_what_is_simulated(check):
    with Account() as emulator:
        span = (T0 - HOUR, T0)
        check(emulator.data("CPUUtilization", *span)["Label"] == "CPUUtilization (simulated)", "default label")
        check(emulator.data("CPUUtilization", *span, Label="mine")["Label"] == "mine", "a given label is left alone")
        emulator.ask("PutMetricData", Namespace="T", MetricData=[{"MetricName": "m", "Timestamp": T0 - 60, "Value": 1}])
        found = emulator.ask("GetMetricData", StartTime=T0 - HOUR, EndTime=T0, MetricDataQueries=[
            {"Id": "s", "Expression": "SEARCH('{AWS/RDS,DBInstanceIdentifier} MetricName=\"DBLoad\"','Average',60)"},
            {"Id": "m", "MetricStat": {"Metric": {"Namespace": "T", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}},
        ])["MetricDataResults"]
        check([r["Label"] for r in found] == ["DBLoad (simulated)", "m"], str([r["Label"] for r in found]))


def listed_with_what_is_stored(check):
    with Account() as emulator:
        before = emulator.metrics()
        for namespace in ("A", "B", "Z"):  # before, among and behind the stack's
            emulator.ask("PutMetricData", Namespace=namespace, MetricData=[
                {"MetricName": "Own%03d" % n, "Timestamp": T0 - 60, "Value": 1} for n in range(300)])
        after = emulator.metrics()
        keys = [(m["Namespace"], m["MetricName"], [(d["Name"], d["Value"]) for d in m["Dimensions"]]) for m in after]
        check(len(after) == len(before) + 900, "%d and 900 are %d" % (len(before), len(after)))
        check(keys == sorted(keys), "one order over both, and pages")
        check(len(set(map(str, keys))) == len(keys), "each once")
        check({"AWS/RDS", "AWS/ECS", "AWS/Billing", "AWS/S3"} <= {m["Namespace"] for m in before}, "namespaces")
        for namespace in ("AWS/RDS", "B"):
            check(emulator.metrics(Namespace=namespace) == [m for m in after if m["Namespace"] == namespace], namespace)


def statistics_agree(check):
    """GetMetricStatistics and GetMetricData, sums of minutes and those of an hour."""
    with Account() as emulator:
        minutes = emulator.data("CPUUtilization", T0 - HOUR, T0)["Values"]
        hour = emulator.data("CPUUtilization", T0 - HOUR, T0, period=3600)["Values"]
        points = emulator.ask("GetMetricStatistics", Namespace="AWS/RDS", MetricName="CPUUtilization",
                               Dimensions=INSTANCE, StartTime=T0 - HOUR, EndTime=T0, Period=3600,
                               Statistics=["Average", "Minimum", "Maximum", "SampleCount"])["Datapoints"]
        check(len(minutes) == 60 and abs(hour[0] - sum(minutes) / 60) < 1e-9, "an hour is its minutes")
        check(points[0]["SampleCount"] == 60 and abs(points[0]["Average"] - hour[0]) < 1e-9, str(points))
        check(points[0]["Minimum"] == min(minutes) and points[0]["Maximum"] == max(minutes), str(points))
        check(points[0]["Unit"] == "Percent", str(points))


def rare_metrics_at_their_times(check):
    with Account() as emulator:
        got = emulator.data("EstimatedCharges", T0 - DAY, T0 + HOUR, stat="Maximum", namespace="AWS/Billing",
                            dimensions=[{"Name": "Currency", "Value": "USD"}])
        check(got["Timestamps"] == [T0 - DAY + n * 6 * HOUR for n in range(5)], str(got["Timestamps"]))
        check(got["Values"] == sorted(got["Values"]) and got["Values"][0] > 0, "a month's costs grow")


def alarms_are_given_once_by_each_stack(check):
    """Deleting them lasts; another stack on the same store brings its own; a faulty one is told."""
    other = with_alarms(alarm("mine", 70), alarm("taken", 70), name="other")
    with tempfile.TemporaryDirectory() as folder:
        db = os.path.join(folder, "db")
        with Account(db=db) as emulator:
            names = set(emulator.states())
            check("aurora-cpu" in names and "obsview-dev-web-vitals-error-rate" in names, str(names))
            emulator.ask("DeleteAlarms", AlarmNames=["aurora-cpu"])
            emulator.ask("PutMetricAlarm", **alarm("taken", 55))
        with Account(db=db) as emulator:
            check(set(emulator.states()) == names - {"aurora-cpu"} | {"taken"}, "a deleted alarm came back")
        with Account(stack=other, db=db) as emulator:
            check("mine" in emulator.states(), str(emulator.states()))
            taken = emulator.ask("DescribeAlarms", AlarmNames=["taken"])["MetricAlarms"][0]
            check(taken["Threshold"] == 55, "an alarm that was there is left alone")
    with Account("--stack", "off") as emulator:
        check(emulator.states() == {} and emulator.metrics() == [], "without a stack there is nothing")
    try:
        with Account(stack=with_alarms(alarm("fine", 70), alarm("bad", 70, Period=61))):
            check(False, "a faulty alarm was taken")
    except Refused as refusal:
        check("/alarms/" in str(refusal) and "Period" in str(refusal), str(refusal))


def commits_are_measured_on_a_real_clock(check):
    """The store's own, once something is written; what was before stays simulated."""
    with Account(start=None) as emulator:
        deadline, measured = time.monotonic() + 60, {}
        while len(measured) < 2 and time.monotonic() < deadline:
            now = time.time()
            emulator.ask("PutMetricData", Namespace="T", MetricData=[{"MetricName": "m", "Timestamp": now, "Value": 1}])
            for metric in ("CommitLatency", "CommitThroughput", "CPUUtilization"):
                got = emulator.data(metric, now - 10 * MINUTE, now + MINUTE)
                if got["Label"].endswith("(partly simulated)"):
                    measured[metric] = got["Values"]
            time.sleep(0.2)
        check(sorted(measured) == ["CommitLatency", "CommitThroughput"], str(sorted(measured)))
        check(all(v > 0 for values in measured.values() for v in values), str(measured))


def awscli_reads_the_same(check):
    with Account() as emulator:
        environment = {"PATH": os.environ["PATH"], "HOME": "/proc/nonexistent", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                       "AWS_SECRET_ACCESS_KEY": "example", "AWS_DEFAULT_REGION": "us-east-1", "AWS_PAGER": "",
                       "AWS_EC2_METADATA_DISABLED": "true", "LANG": "C.UTF-8"}

        def aws(*arguments):
            return json.loads(subprocess.run(
                [AWSCLI, "--endpoint-url", emulator.url, "--output", "json", *arguments], env=environment, check=True,
                capture_output=True, text=True, timeout=120).stdout)

        points = aws("cloudwatch", "get-metric-statistics", "--namespace", "AWS/RDS", "--metric-name", "CommitLatency",
                     "--dimensions", "Name=DBInstanceIdentifier,Value=shop-aurora-1", "--start-time", iso(T0 - HOUR),
                     "--end-time", iso(T0), "--period", "300", "--extended-statistics", "p50", "p99")["Datapoints"]
        mine = emulator.data("CommitLatency", T0 - HOUR, T0, stat="p99", period=300)["Values"]
        check(sorted(p["ExtendedStatistics"]["p99"] for p in points) == sorted(mine), "p99 in two protocols")
        check(all(p["ExtendedStatistics"]["p50"] < p["ExtendedStatistics"]["p99"] for p in points), "a tail")
        listed = aws("cloudwatch", "list-metrics", "--namespace", "AWS/RDS")["Metrics"]
        check(listed == emulator.metrics(Namespace="AWS/RDS"), "the same list")


def main():
    tests = [an_alarm_turns_in_the_right_minute, a_jump_judges_every_minute, edges_of_a_threshold,
             only_minutes_that_are_over, labels_tell_what_is_simulated, listed_with_what_is_stored, statistics_agree,
             rare_metrics_at_their_times, commits_are_measured_on_a_real_clock,
             alarms_are_given_once_by_each_stack, awscli_reads_the_same]
    passed = failed = 0
    for test in tests:
        found, checks = [], [0]

        def check(good, sentence):
            checks[0] += 1
            if not good:
                found.append(sentence)

        try:
            test(check)
        except Exception as error:  # the others still run
            found.append("%s: %s" % (type(error).__name__, error))
        print("%s  %s (%d checks)" % ("not ok" if found else "ok", test.__name__.replace("_", " "), checks[0]))
        for sentence in found[:10]:
            print("    " + sentence)
        passed, failed = passed + (not found), failed + bool(found)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
