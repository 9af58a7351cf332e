#!/usr/bin/env python3
"""Alarms against an oracle: every evaluation of the emulator beside an independent reading of the documented rules.

SPDX-License-Identifier: MIT

The emulator runs under a virtual clock that POST /_obsview/clock moves minute by minute; the answer to it comes when
the alarms that became due are evaluated. The oracle below knows the rules of the CloudWatch User Guide ("Alarm
evaluation", "Configuring how CloudWatch alarms treat missing data"), and nothing of the implementation. Where the guide
only says that an alarm does not go into ALARM yet, the emulator keeps the state; so does the oracle.

What is refused, asked, and judged after a jump of the clock is in fixture/alarms.jsonl and alarms-clock.jsonl.

SEED=N repeats a run (it is printed).
"""
import datetime
import concurrent.futures
import http.client
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time

BINARY = os.environ["OBSVIEW"]
SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(10 ** 6)))
T0 = 1795514400  # 2026-11-24T10:00:00Z
EXTRA = 2  # periods of the evaluation range beyond N: the guide's tables show 5 for N = 3
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/monitoring/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64
)


class Refused(Exception):
    pass


class Emulator:
    def __init__(self, *options, start=T0, db=":memory:"):
        self.now = start
        self.process = subprocess.Popen(
            [BINARY, "emulate", "--listen", "127.0.0.1:0", "--emf-listen", "off", "--db", db, "--rate-limit", "0",
             "--clock", iso(start), *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = (self.process.stderr if "--emf-stdin" in options else self.process.stdout).readline()
        if not line.startswith("obsview ready http://"):
            raise SystemExit("the emulator did not start: " + line + self.process.stderr.read())
        self.address = line.split()[2][len("http://"):]
        self.http = http.client.HTTPConnection(self.address, timeout=60)

    def another_client(self):
        """One with a connection of its own, which does not own the process."""
        client = object.__new__(Emulator)
        client.http = http.client.HTTPConnection(self.address, timeout=60)
        return client

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.terminate()
        _, errors = self.process.communicate(timeout=30)
        if self.process.returncode != 0 or "runtime error" in errors or "Sanitizer" in errors:
            raise Refused("the emulator ended with %d: %s" % (self.process.returncode, errors[-2000:]))

    def post(self, path, body, headers):
        self.http.request("POST", path, json.dumps(body), headers)
        answer = self.http.getresponse()
        return answer.status, answer.read().decode()

    def call(self, operation, **request):
        status, text = self.post("/", request, {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "GraniteServiceVersion20100801." + operation,
            "X-Amz-Date": "20261124T000000Z", "Authorization": AUTHORIZATION})
        if status != 200:
            raise Refused("%s: %d %s" % (operation, status, text))
        return json.loads(text) if text else None

    def advance_to(self, now):
        status, text = self.post("/_obsview/clock", {"now": now * 1000}, {"Content-Type": "application/json"})
        assert status == 200, text
        self.now = now

    def put(self, metric, at, value, high=False):
        self.call("PutMetricData", Namespace="T", MetricData=[
            {"MetricName": metric, "Timestamp": at, "Value": value, "StorageResolution": 1 if high else 60}])

    def alarms(self, **filters):
        found, token = {}, {}
        while True:
            page = self.call("DescribeAlarms", AlarmTypes=["MetricAlarm", "CompositeAlarm"], **filters, **token)
            for alarm in page["MetricAlarms"] + page["CompositeAlarms"]:
                assert alarm["AlarmName"] not in found, "twice in pages: " + alarm["AlarmName"]
                found[alarm["AlarmName"]] = alarm
            if "NextToken" not in page:
                return found
            token = {"NextToken": page["NextToken"]}

    def states(self, prefix):
        return {name: a["StateValue"] for name, a in self.alarms(AlarmNamePrefix=prefix).items()}


def at_once(*calls):
    """What each of them gave: an answer, or how it was refused."""
    gate = threading.Barrier(len(calls))

    def run(call):
        gate.wait()
        try:
            return call()
        except Refused as refusal:
            return refusal

    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def alarm(name, metric, n, m, treatment, period=60, **more):
    return dict(dict(AlarmName=name, Namespace="T", MetricName=metric, Statistic="Sum", Period=period,
                     EvaluationPeriods=n, DatapointsToAlarm=m, Threshold=1, ComparisonOperator="GreaterThanThreshold",
                     TreatMissingData=treatment), **more)


# --- the oracle -------------------------------------------------------------------------------------------------------

def oracle(row, n, m, treatment, state):
    """The state after judging `row`: the evaluation range, newest first; True breaches, False does not, None is missing."""
    newest = [(age, point) for age, point in enumerate(row[:n + EXTRA], start=1) if point is not None][:n]
    missing = n - len(newest)
    if not newest:
        return {"missing": "INSUFFICIENT_DATA", "ignore": state, "breaching": "ALARM", "notBreaching": "OK"}[treatment]
    filled = [point for _, point in newest]
    if treatment in ("breaching", "notBreaching"):
        filled += [treatment == "breaching"] * missing
    if filled.count(True) >= m:
        return "ALARM"
    if len(filled) == n or False in filled:
        return "OK"
    # Fewer than N datapoints, all of them breaching, fewer than M: premature, unless the oldest is M periods old.
    if treatment == "missing" and newest[-1][0] >= m:
        return "ALARM"
    return state


def window(known, end, period, count):
    """The newest `count` periods that end at `end`, from the values known by second."""
    rows = []
    for i in range(count):
        values = [v for at, vs in known.items() for v in vs if end - (i + 1) * period <= at < end - i * period]
        rows.append(sum(values) > 1 if values else None)
    return rows


# --- the tests --------------------------------------------------------------------------------------------------------

GUIDE = [  # M of 3, oldest first, then the state for each treatment; None: keeps its state
    (3, "0-X-X", ("OK", "OK", "OK", "OK")),
    (3, "0----", ("OK", "OK", "OK", "OK")),
    (3, "-----", ("INSUFFICIENT_DATA", None, "ALARM", "OK")),
    (3, "0XX-X", ("ALARM", "ALARM", "ALARM", "ALARM")),
    (3, "--X--", ("ALARM", None, "ALARM", "OK")),
    (2, "0-X-X", ("ALARM", "ALARM", "ALARM", "ALARM")),
    (2, "00X0X", ("ALARM", "ALARM", "ALARM", "ALARM")),
    (2, "0-X--", ("OK", "OK", "ALARM", "OK")),
    (2, "----0", ("OK", "OK", "ALARM", "OK")),
    (2, "---X-", ("ALARM", None, "ALARM", "OK")),
]


def the_tables_of_the_guide(check):
    """Five minutes of data per row; an alarm per row, treatment and state it was in before."""
    with Emulator() as em:
        for r, (_, row, _) in enumerate(GUIDE):
            for minute, point in enumerate(row):
                if point != "-":
                    em.put("row%d" % r, T0 + minute * 60, 5 if point == "X" else 0)
        em.advance_to(T0 + 270)
        expected = {}
        for (r, (m, row, states)), (t, treatment), before in itertools.product(
                enumerate(GUIDE), enumerate(TREATMENTS), STATES):
            name = "g-%d-%s-%s" % (r, treatment, before)
            em.call("PutMetricAlarm", **alarm(name, "row%d" % r, 3, m, treatment))
            em.call("SetAlarmState", AlarmName=name, StateValue=before, StateReason="before")
            expected[name] = states[t] or before
        em.advance_to(T0 + 300)
        found = em.states("g-")
        for name, state in expected.items():
            check(found[name] == state, "%s %s: %s, expected %s" % (name, GUIDE[int(name[2])][1], found[name], state))


def m_of_n_by_treatment_with_late_data(check):
    """Random minutes, some of whose values come up to four minutes late or twice; 44 alarms judged every minute."""
    rng = random.Random(SEED)
    shapes = [(60, n, m) for n in range(1, 5) for m in range(1, n + 1)] + [(180, 2, 2)]
    with Emulator() as em:
        states, known, late = {}, {}, []
        for period, n, m in shapes:
            for treatment in TREATMENTS:
                name = "o-%d-%d-%d-%s" % (period, n, m, treatment)
                em.call("PutMetricAlarm", **alarm(name, "load", n, m, treatment, period))
                states[name] = "INSUFFICIENT_DATA"
        for minute in range(240):
            start = T0 + minute * 60
            density = 0.15 if minute // 30 % 2 else 0.7
            if rng.random() < density:
                late.append((minute + rng.choice((0, 0, 0, 1, 2, 4)), start + rng.randrange(60), rng.choice((0, 1, 5))))
            for item in [i for i in late if i[0] <= minute]:
                late.remove(item)
                em.put("load", item[1], item[2])
                known.setdefault(item[1], []).append(item[2])
            em.advance_to(start + 60)
            found = em.states("o-")
            for period, n, m in shapes:
                row = window({at: v for at, v in known.items() if at > start - 900}, start + 60, period, n + EXTRA)
                for treatment in TREATMENTS:
                    name = "o-%d-%d-%d-%s" % (period, n, m, treatment)
                    states[name] = oracle(row, n, m, treatment, states[name])
                    check(found[name] == states[name], "minute %d, %s, newest first %s: %s, expected %s" %
                          (minute, name, row, found[name], states[name]))
            states = dict(found)  # one difference is told once


def ten_seconds(check):
    rng = random.Random(SEED + 1)
    with Emulator() as em:
        em.call("PutMetricAlarm", **alarm("h", "fast", 3, 2, "missing", 10))
        em.call("PutMetricAlarm", **alarm("h30", "fast", 2, 2, "notBreaching", 30))
        states, known = {"h": "INSUFFICIENT_DATA", "h30": "INSUFFICIENT_DATA"}, {}
        for step in range(90):
            start = T0 + step * 10
            if rng.random() < 0.6:
                value = rng.choice((0, 5))
                em.put("fast", start + 3, value, high=True)
                known.setdefault(start + 3, []).append(value)
            em.advance_to(start + 10)
            found = em.states("h")
            states["h"] = oracle(window(known, start + 10, 10, 5), 3, 2, "missing", states["h"])
            states["h30"] = oracle(window(known, start + 10, 30, 4), 2, 2, "notBreaching", states["h30"])
            check(found == states, "step %d: %s, expected %s" % (step, found, states))


RULES = [
    "ALARM(a)", "OK(a)", "INSUFFICIENT_DATA(a)", "NOT ALARM(a)", "NOT OK(\"a\")", "NOT INSUFFICIENT_DATA(a)",
    "ALARM(a) AND ALARM(b)", "ALARM(a) OR ALARM(b)", "OK(a) AND OK(b)", "OK(a) OR OK(b)",
    "INSUFFICIENT_DATA(a) OR INSUFFICIENT_DATA(b)", "ALARM(a) AND NOT ALARM(b)", "NOT (ALARM(a) OR ALARM(b))",
    "ALARM(a) OR OK(a) AND ALARM(b)", "(ALARM(a) OR OK(a)) AND ALARM(b)", "NOT ALARM(a) AND NOT ALARM(b)",
    "TRUE", "FALSE", "ALARM(a) AND TRUE", "ALARM(a) OR FALSE",
    "ALARM(arn:aws:cloudwatch:us-east-1:000000000000:alarm:a) AND OK(b)",
]


def truth_of(rule, states):
    """Python's own operators, which bind the same way."""
    rule = re.sub(r"arn:aws:cloudwatch:us-east-1:000000000000:alarm:", "", rule)
    rule = re.sub(r"\b(ALARM|OK|INSUFFICIENT_DATA)\(\"?(\w)\"?\)",
                  lambda m: str(states[m.group(2)] == m.group(1)), rule)
    for word, python in (("AND", "and"), ("OR", "or"), ("NOT", "not"), ("TRUE", "True"), ("FALSE", "False")):
        rule = re.sub(r"\b%s\b" % word, python, rule)
    return eval(rule, {"__builtins__": {}})  # of the list above


def composite_truth_table(check):
    with Emulator() as em:
        for name in "ab":
            em.call("PutMetricAlarm", **alarm(name, "never", 1, 1, "missing"))
        for i, rule in enumerate(RULES):
            em.call("PutCompositeAlarm", AlarmName="c%02d" % i, AlarmRule=rule)
        em.call("PutCompositeAlarm", AlarmName="d", AlarmRule="ALARM(c06) OR INSUFFICIENT_DATA(c06)")
        for a, b in itertools.product(STATES, STATES):
            for name, state in (("a", a), ("b", b)):
                em.call("SetAlarmState", AlarmName=name, StateValue=state, StateReason="set")
            em.advance_to(em.now)  # no minute passes, but composite alarms have followed
            found = em.states("c")
            for i, rule in enumerate(RULES):
                expected = "ALARM" if truth_of(rule, {"a": a, "b": b}) else "OK"
                check(found["c%02d" % i] == expected,
                      "a %s, b %s: %s is %s, expected %s" % (a, b, rule, found["c%02d" % i], expected))
            check(em.states("d")["d"] == found["c06"], "a composite alarm over a composite alarm did not follow")
        # set by hand, it stays until a child turns
        em.call("SetAlarmState", AlarmName="c06", StateValue="ALARM", StateReason="by hand")
        em.advance_to(em.now + 30)
        check(em.states("c06")["c06"] == "ALARM", "a composite alarm set by hand did not stay")


def report(em, count, failed):
    for i in range(count):
        em.process.stdin.write(
            "REPORT RequestId: 00000000-0000-4000-8000-%012d\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: "
            "128 MB\tMax Memory Used: 50 MB%s\n" % (i, "\tStatus: error\tError Type: X" if i < failed else ""))
        em.process.stdin.flush()
        em.process.stdout.readline()  # passed through


def invocations(em, function, start):
    answer = em.call("GetMetricStatistics", Namespace="AWS/Lambda", MetricName="Invocations", StartTime=start,
                     EndTime=start + 60, Period=60, Statistics=["Sum"],
                     Dimensions=[{"Name": "FunctionName", "Value": function}])
    return sum(point["Sum"] for point in answer["Datapoints"])


def default_alarms_at_their_edges(check):
    """5.0 % is not over 5 %, 5.1 % is, and no invocations are no rate; whatever the environment is called, the
    functions are those that report here."""
    for function in ("obsview-dev-web-vitals", "obsview-dev-error-reporter"):
        with Emulator("--emf-stdin", "--emf-group", "/aws/lambda/" + function, "--environment", "prod") as em:
            name = function + "-error-rate"
            check(len(em.alarms(AlarmNamePrefix="obsview-dev-")) == 2, "two alarms in a new store")
            em.advance_to(T0 + 60)
            check(em.states(name)[name] == "INSUFFICIENT_DATA", "0/0 must stay INSUFFICIENT_DATA")
            for start, count, failed, expected in ((T0 + 60, 20, 1, "OK"), (T0 + 120, 1000, 51, "ALARM"),
                                                   (T0 + 180, 1000, 50, "OK")):
                report(em, count, failed)
                deadline = time.monotonic() + 30
                while invocations(em, function, start) < count and time.monotonic() < deadline:
                    time.sleep(0.01)
                em.advance_to(start + 60)
                state = em.states(name)[name]
                check(state == expected, "%d of %d: %s, expected %s" % (failed, count, state, expected))
            em.advance_to(T0 + 600)
            check(em.states(name)[name] == "INSUFFICIENT_DATA", "silence must become INSUFFICIENT_DATA")


def kept_over_a_restart(check):
    with tempfile.TemporaryDirectory() as directory:
        db = os.path.join(directory, "db")
        with Emulator(db=db) as em:
            given = list(em.alarms())  # those of the stack
            em.call("PutMetricAlarm", **alarm("kept", "m", 1, 1, "missing"))
            em.put("m", T0, 5)
            em.advance_to(T0 + 60)
            em.call("DeleteAlarms", AlarmNames=given)
        with Emulator(db=db, start=T0 + 90) as em:
            check(em.alarms()["kept"]["StateValue"] == "ALARM", "the state was not kept")
            check(list(em.alarms()) == ["kept"], "deleted default alarms came back")
            em.advance_to(T0 + 240)
            check(em.states("kept")["kept"] == "INSUFFICIENT_DATA", "a kept alarm is not evaluated")
            status, _ = em.post("/_obsview/reset", {}, {"Content-Type": "application/json"})
            check(status == 200 and list(em.alarms()) == given, "a reset store does not have its first alarms again")


def composites_over_composites(check):
    """However long the chain is, its last alarm has followed when the clock's answer comes."""
    with Emulator() as em:
        em.call("PutMetricAlarm", **alarm("first", "never", 1, 1, "missing"))
        below = "first"
        for i in range(120):
            em.call("PutCompositeAlarm", AlarmName="chain%03d" % i, AlarmRule="ALARM(%s)" % below)
            below = "chain%03d" % i
        em.call("PutCompositeAlarm", AlarmName="both", AlarmRule="ALARM(first) AND NOT ALARM(chain001)")
        for state in ("ALARM", "OK"):
            em.call("SetAlarmState", AlarmName="first", StateValue=state, StateReason="set")
            em.advance_to(em.now)
            late = sorted(name for name, found in em.states("chain").items() if found != state)
            check(not late, "%d of 120 composite alarms did not follow to %s, from %s on" %
                  (len(late), state, late[:1]))
        # judged before those it looks at, it would have been in ALARM for a moment
        turns = [item["HistorySummary"] for item in em.call(
            "DescribeAlarmHistory", AlarmName="both", AlarmTypes=["CompositeAlarm"],
            HistoryItemType="StateUpdate")["AlarmHistoryItems"]]
        check(turns == ["Alarm updated from INSUFFICIENT_DATA to OK"], "a composite alarm went by %s" % turns)


def two_editors_make_no_circle(check):
    """Each of two edits is fine alone; together they would be a circle, or a rule over nothing."""
    with Emulator() as em:
        em.call("PutMetricAlarm", **alarm("leaf", "never", 1, 1, "missing"))
        others = [em.another_client() for _ in range(2)]
        for _ in range(40):
            for name in ("left", "right"):
                em.call("PutCompositeAlarm", AlarmName=name, AlarmRule="ALARM(leaf)")
            done = at_once(
                lambda: others[0].call("PutCompositeAlarm", AlarmName="left", AlarmRule="ALARM(right)"),
                lambda: others[1].call("PutCompositeAlarm", AlarmName="right", AlarmRule="ALARM(left)"))
            check(done.count(None) == 1, "of two alarms that look at each other %d were kept" % done.count(None))
            for name in ("left", "right"):
                em.call("PutCompositeAlarm", AlarmName=name, AlarmRule="ALARM(leaf)")
            em.call("PutMetricAlarm", **alarm("going", "never", 1, 1, "missing"))
            done = at_once(
                lambda: others[0].call("DeleteAlarms", AlarmNames=["going"]),
                lambda: others[1].call("PutCompositeAlarm", AlarmName="left", AlarmRule="ALARM(going)"))
            check(done.count(None) == 1, "an alarm was deleted and depended on at once")


def main():
    tests = [the_tables_of_the_guide, m_of_n_by_treatment_with_late_data, ten_seconds, composite_truth_table,
             composites_over_composites, two_editors_make_no_circle, default_alarms_at_their_edges, kept_over_a_restart]
    passed = failed = 0
    print("seed %d" % SEED)
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
