#!/usr/bin/env python3
"""obsview why: one thing followed through every door, over the wires alone.

SPDX-License-Identifier: MIT
"""
import json
import os
import sys
import tempfile
import time
import urllib.request

import harness
from harness import Emulator, check, ok

SESSION = "5b1cbb18-84b6-4a8e-b4c3-0b3d2d5c1a11"
CLOCK = "2026-11-28T19:40:00Z"


def vital(value):
    return {"metrics": [{"name": "LCP", "value": value, "rating": "good", "url": "https://app.example/page",
                         "timestamp": "2026-11-28T19:39:00.000Z"}], "sessionId": SESSION, "userAgent": "a"}


def report(message):
    return {"error": {"message": message}, "context": {
        "url": "https://app.example/?mail=jo@example.com", "userAgent": "a", "timestamp": "2026-11-28T19:39:30.000Z",
        "sessionId": SESSION}}


def why(emulator, thing, *options, **env):
    run = emulator.run("why", thing, "--format", "json", *options, **env)
    tale = json.loads(run.stdout)
    doors = {}
    for step in tale["steps"]:
        doors.setdefault(step["door"], []).append(step["text"])
    return run.returncode, tale, doors


def await_privacy(emulator):
    """The search for personal data goes on in the background."""
    until = time.monotonic() + harness.DEADLINE
    while time.monotonic() < until:
        groups = emulator.call("logs", "DescribeLogGroups")["logGroups"]
        if any(group["logGroupName"] == "/obsview/privacy" for group in groups):
            return
        time.sleep(0.05)
    check("personal data was found", False)


def has(doors, door, *words):
    return any(all(word in text for word in words) for text in doors.get(door, []))


def test_error(emulator, error):
    status, tale, doors = why(emulator, error)
    ok("an error is known", (status, tale["known"], tale["as"]), (0, True, "error"))
    check("it was received once, by its route", len(doors["received"]) == 1 and
          has(doors, "received", "request 1 by http", "POST /errors/report", "answered 200"), doors)
    check("stored with its group", has(doors, "stored", "error report of group", "it broke"), doors)
    check("its log line", has(doors, "log line", "/aws/lambda/obsview-dev-error-reporter", error), doors)
    check("the series that counts it", has(doors, "feeds", "UserMetrics/Frontend Errors"), doors)
    check("its session", has(doors, "linked", "app-session " + SESSION), doors)
    check("what was found in it", has(doors, "privacy", "email in context.url"), doors)
    check("not what is of another report", len(doors["privacy"]) == 1, doors)
    check("what was found is not told", "jo@example.com" not in json.dumps(doors["privacy"]), doors)


def test_group(emulator, error):
    """By the id that the Errors view shows, and by the whole of it."""
    fingerprint = json.loads(urllib.request.urlopen(emulator.url + "/errors/" + error).read())["fingerprint"]
    for thing in (fingerprint, fingerprint[:4]):
        status, tale, doors = why(emulator, thing)
        ok("a group of errors is known by %d digits" % len(thing), (status, tale["as"]), (0, "error group"))
        check("what it is", has(doors, "stored", "group " + fingerprint, "it broke"), doors)
        check("who sent it", has(doors, "received", "request 1:", SESSION), doors)
    ok("another is not", why(emulator, "%x" % (int(fingerprint, 16) ^ 1))[0], 1)


def test_session(emulator, error):
    status, tale, doors = why(emulator, SESSION.upper())
    ok("a session is known, in capitals too", (status, tale["as"]), (0, "app-session"))
    check("what it sent", has(doors, "received", "/metrics/web-vitals", "1 vital"), doors)
    check("what was refused, and by which rule", has(doors, "dropped", "request 3", "answered 400",
                                                     "metrics[0].value", "(rule body)"), doors)
    check("its error", has(doors, "linked", "error " + error), doors)


def test_metric(emulator):
    status, tale, doors = why(emulator, "UserMetrics/Frontend/LCP")
    ok("a metric is known", (status, tale["as"]), (0, "metric"))
    check("its series", has(doors, "stored", "environment=dev, route=/page", "1 sample,", "1200.5") and
          len(doors["stored"]) == 2, doors)
    check("who sent it", has(doors, "received", "/metrics/web-vitals"), doors)
    check("who tried to", has(doors, "dropped", "metrics[0].value"), doors)
    _, _, doors = why(emulator, "UserMetrics/Frontend/LCP,route=/page")
    ok("dimensions confine it", len(doors["stored"]), 1)
    _, _, doors = why(emulator, "AWS/RDS/CPUUtilization")
    check("alarms that watch it, and their state", has(doors, "alarm", "aurora-cpu is "), doors)
    status, _, doors = why(emulator, "UserMetrics/Frontend/LCP,route=/nowhere")
    check("no such series", "stored" not in doors and "feeds" not in doors and "received" not in doors, doors)
    status, _, doors = why(emulator, "UserMetrics/Frontend/CP")
    ok("part of a name is no name", (status, doors), (1, {}))


def test_emf(emulator):
    good = {"_aws": {"Timestamp": 1795894800000, "CloudWatchMetrics": [
        {"Namespace": "Shop", "Dimensions": [["stage"]], "Metrics": [{"Name": "Orders"}]}]},
        "stage": "dev", "Orders": 3, "requestId": "req-0123456789"}
    bad = json.loads(json.dumps(good))
    bad["Orders"] = "three"
    bad["requestId"] = "req-9876543210"
    emulator.send_emf(good, bad)
    until = time.monotonic() + harness.DEADLINE
    while time.monotonic() < until and len(why(emulator, "Shop/Orders")[2].get("dropped", [])) == 0:
        time.sleep(0.05)
    _, tale, doors = why(emulator, "Shop/Orders")
    check("a metric's documents, and no other request", len(doors["received"]) == 1 and len(doors["dropped"]) == 1 and
          len(doors["log line"]) == 2, tale)
    ok("of another set of dimensions nothing is known", why(emulator, "Shop/Orders,stage=prod")[0::2], (1, {}))
    ok("nor of another namespace", why(emulator, "op/Orders")[0::2], (1, {}))
    _, tale, doors = why(emulator, "req-0123456789")
    check("a request id in EMF", has(doors, "received", "emf-tcp") and has(doors, "feeds", "Shop Orders"), tale)
    _, tale, doors = why(emulator, "req-9876543210")
    check("EMF that CloudWatch drops", has(doors, "dropped", "emf-tcp", "rule ") and "received" not in doors, tale)
    check("and so feeds nothing", "feeds" not in doors, tale)
    with tempfile.TemporaryDirectory() as home:
        with open(os.path.join(home, "config"), "w", encoding="utf-8") as file:
            file.write("[profile oncall]\nregion = eu-west-1\naws_access_key_id = a\naws_secret_access_key = b\n")
        _, tale, doors = why(emulator, "req-9876543210", "--profile", "oncall", AWS_CONFIG_FILE=os.path.join(home, "config"))
    check("on an account the line itself tells", has(doors, "dropped", "no metric came of a document", "rule ") and
          "feeds" not in doors, tale)


def test_filters(emulator):
    """A line does not tell which metric filter counts it."""
    group = "/aws/lambda/shop-cart"
    emulator.call("logs", "CreateLogGroup", logGroupName=group)
    emulator.call("logs", "CreateLogStream", logGroupName=group, logStreamName="s")
    for name, pattern, metric in (("refusals", '{ $.reason = "refused" }', "Refusals"), ("all", "", "Lines"),
                                  ("others", "ERROR", "Others")):
        emulator.call("logs", "PutMetricFilter", logGroupName=group, filterName=name, filterPattern=pattern,
                      metricTransformations=[{"metricNamespace": "Cart", "metricName": metric, "metricValue": "1"}])
    line = json.dumps({"requestId": "req-1122334455", "reason": "refused"})
    behind = "2026-11-28T19:40:00.000Z\treq-66778899aa\tINFO\t" + json.dumps({"Taken": 1, "_aws": {
        "Timestamp": 1795894800000, "CloudWatchMetrics": [{"Namespace": "Cart", "Dimensions": [[]],
                                                           "Metrics": [{"Name": "Taken"}]}]}})
    emulator.call("logs", "PutLogEvents", logGroupName=group, logStreamName="s", logEvents=[
        {"timestamp": 1795894800000, "message": line}, {"timestamp": 1795894800000, "message": behind}])
    _, tale, doors = why(emulator, "req-1122334455")
    check("the series of its metric filter", has(doors, "feeds", "Cart Refusals, by the metric filter refusals"), tale)
    check("of a filter of all lines too", has(doors, "feeds", "Cart Lines"), tale)
    check("not of one that does not match", not has(doors, "feeds", "Others"), tale)
    _, tale, doors = why(emulator, "req-66778899aa")
    check("the series of EMF behind Lambda's prefix", has(doors, "feeds", "Cart Taken"), tale)
    _, tale, doors = why(emulator, "Cart/Refusals")
    check("a metric tells of its filter", has(doors, "stored", "metric filter refusals of " + group, "$.reason"), tale)
    check("and of the lines that it counts", has(doors, "log line", "req-1122334455") and len(doors["log line"]) == 1,
          tale)


def test_hit(emulator):
    """The id of a hit stands in what Umami answers later, and in nothing that was sent."""
    website = "11111111-2222-4333-8444-555555555555"
    hit = {"type": "event", "payload": {"website": website, "hostname": "app.example", "url": "/cart", "name": "add",
                                        "timestamp": 1795880000}}
    emulator.move_clock(advance=1000)
    answer = json.loads(emulator.post("/api/send", hit, **{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}))
    token = json.loads(emulator.post("/api/auth/login", {"username": "admin", "password": "umami"}))["token"]
    request = urllib.request.Request("%s/api/websites/%s/sessions/%s/activity?startAt=1795870000000&endAt=1795900000000" % (
        emulator.url, website, answer["sessionId"]), headers={"Authorization": "Bearer " + token})
    with urllib.request.urlopen(request, timeout=harness.DEADLINE) as activity:
        event = json.load(activity)[0]
    event = event.get("eventId", event.get("id"))
    status, tale, doors = why(emulator, event)
    ok("a hit of Umami is known", (status, tale["as"]), (0, "umami-event"))
    check("its session and visit", has(doors, "stored", answer["sessionId"], answer["visitId"]), doors)
    check("the request that brought it, and no other", "received" not in doors and "dropped" not in doors and
          len(doors["doubted"]) == 1 and has(doors, "doubted", "POST /api/send", "rule website"), doors)
    check("and they lead on", has(doors, "linked", "umami-session " + answer["sessionId"]), doors)
    _, tale, doors = why(emulator, answer["visitId"])
    check("a visit is known by its hits, whatever the intake has", tale["as"] == "umami-visit" and
          has(doors, "linked", "umami-session " + answer["sessionId"]), doors)


def test_aws_request(emulator):
    """The id of an answer is what the log of an SDK has."""
    rq = urllib.request.Request(emulator.url + "/", json.dumps({"Namespace": "P/D", "MetricData": [{"MetricName": "M", "Value": 1}]}).encode(),
                                {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": harness.TARGETS["monitoring"] + ".PutMetricData",
                                 **harness.signed("monitoring")})
    with urllib.request.urlopen(rq) as answer:
        _, tale, doors = why(emulator, answer.headers["x-amzn-RequestId"])
    check("a request to AWS by the id of its answer", has(doors, "received", "PutMetricData: 1 datum"), tale)
    _, tale, doors = why(emulator, "P/D/M")
    check("a metric of one letter, and nothing else", len(doors["received"]) == 1 and "dropped" not in doors and
          has(doors, "received", "PutMetricData"), tale)


def test_dimensions(emulator):
    """As many as CloudWatch takes, and one whose name holds a sign of a comparison."""
    dimensions = [("a~b", "1"), *((f"d{i}", str(i)) for i in range(29))]
    emulator.call("monitoring", "PutMetricData", Namespace="Wide", MetricData=[
        {"MetricName": "Many", "Value": 1, "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions]}])
    _, tale, doors = why(emulator, ",".join(["Wide/Many", *("=".join(pair) for pair in dimensions)]))
    check("who sent a metric of thirty dimensions", has(doors, "received", "PutMetricData"), tale)


def test_broken_aws(emulator):
    """What asks for a metric names it, too, and sends nothing: the questions of this very command are among that."""
    emulator.post("/_obsview/faults", {"rule": "POST /=500"})
    status, tale, doors = why(emulator, "Never/Sent/Metric")
    ok("who only asked dropped nothing", (status, tale["known"], "dropped" in doors, "unknown" in doors), (1, False, False, True))
    ok("nor is an id known by them", why(emulator, "4b5488c6-a6fd-495a-8e66-000000000001")[0], 1)
    try:
        emulator.call("monitoring", "PutMetricData", Namespace="Never/Sent", MetricData=[{"MetricName": "Metric", "Value": 1}])
    except harness.Refused as refused:
        ok("a value is lost", refused.status, 500)
    status, tale, doors = why(emulator, "Never/Sent/Metric")
    check("which is told", status == 0 and len(doors["dropped"]) == 1 and has(doors, "dropped", "(rule fault)"), tale)


def main():
    with Emulator(clock=CLOCK, emf="127.0.0.1:0") as emulator:
        error = json.loads(emulator.post("/errors/report", report("it broke")))["errorId"]
        emulator.post("/metrics/web-vitals", vital(1200.5))
        try:
            emulator.post("/metrics/web-vitals", vital("x"))
        except harness.Refused as refused:
            ok("what is no vital is refused", refused.status, 400)
        await_privacy(emulator)
        test_error(emulator, error)
        emulator.move_clock(advance=1)
        emulator.post("/errors/report", report("it broke again"))
        test_error(emulator, error)
        test_session(emulator, error)
        test_metric(emulator)
        test_emf(emulator)
        test_filters(emulator)
        test_hit(emulator)
        test_aws_request(emulator)
        test_dimensions(emulator)
        status, tale, doors = why(emulator, "2")
        ok("a request by its number", (status, tale["as"], len(doors["received"])), (0, "request", 1))
        status, tale, doors = why(emulator, "4b5488c6-a6fd-495a-8e66-000000000000")
        ok("nothing is known of another", (status, tale["known"], doors), (1, False, {}))
        check("and it says where it looked", any("log groups" in text for text in tale["lookedIn"]), tale)
        text = emulator.run("why", error).stdout
        check("in words", text.startswith("error %s\n  received  2026-11-28T19:40:00.000Z" % error), text)
        test_group(emulator, error)
        ok("without an id", emulator.run("why").returncode, 2)
        test_broken_aws(emulator)
        ok("a dimension that is none", emulator.run("why", "A/B,c").returncode, 2)
    ok("out of reach", emulator.run("why", error, AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b",
                                    AWS_REGION="us-east-1").returncode, 3)
    return harness.finish()


if __name__ == "__main__":
    sys.exit(main())
