#!/usr/bin/env python3
"""`obsview check` over what arrived: documents, vitals, errors, bodies, series, names and lines; from files, standard
input and an emulator. Planted faults are found with rule, place and what to do; what is sound is not; what is not there
is not enough.

SPDX-License-Identifier: MIT
"""
import gzip
import itertools
import json
import math
import os
import random
import re
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree

from harness import BINARY, FIXTURES, Emulator, Refused, finish, ok

NOW = int(time.time() * 1000)
CW = "/_aws/CloudWatchMetrics"
HOME = tempfile.TemporaryDirectory()
TOLD = set()  # (rule, level) of all that was found


def check(*arguments, given=None, **env):
    done = subprocess.run([BINARY, "check", *arguments, "--format", "json"], input=given, capture_output=True, text=True,
                          timeout=120, env={"PATH": os.environ["PATH"], "HOME": HOME.name, **env}, check=False)
    if not done.stdout.startswith("{"):
        return done.returncode, done.stderr
    findings = json.loads(done.stdout)["findings"]
    TOLD.update((f["rule"], f["level"]) for f in findings)
    return done.returncode, findings


def bad(findings):
    return [f for f in findings if f["level"] != "ok"]


def of_rule(findings, rule):
    return [f for f in findings if f["rule"] == rule]


def document(change=None, members=None, **aws):
    directive = {"Namespace": "UserMetrics/Lambda", "Dimensions": [["functionName"]],
                 "Metrics": [{"Name": "Duration", "Unit": "Milliseconds"}]}
    directive.update(change or {})
    whole = {"functionName": "shop", "Duration": 12.5, "_aws": {"Timestamp": NOW, "CloudWatchMetrics": [directive]}}
    whole.update(members or {})
    whole["_aws"].update(aws)
    return whole


def without(value, *path):
    *to, last = path
    inner = value
    for step in to:
        inner = inner[step]
    del inner[last]
    return value


def metric(**change):
    return {"Metrics": [{**{"Name": "Duration"}, **change}]}


def many_series():
    """A hundred metrics in a hundred sets are all that is read; the next one is too many."""
    keys = ["d%d" % i for i in range(15)]
    sets = list(itertools.islice(itertools.combinations(keys, 2), 100))
    names = ["m%d" % i for i in range(100)]
    directives = [{"Namespace": "N", "Dimensions": sets, "Metrics": [{"Name": n} for n in names]},
                  {"Namespace": "N", "Dimensions": [[]], "Metrics": [{"Name": "m0"}]}]
    return document(members={**{k: "v" for k in keys}, **{n: 1 for n in names}}, CloudWatchMetrics=directives)


# --- emf ----------------------------------------------------------------------------------------------------------

PLANTED = [
    ("not-json", "", json.dumps(document())[:-1]),
    ("not-json", "", json.dumps(document()) + "}"),
    ("document-behind-text", "", "INFO " + json.dumps(document())),
    ("document-behind-text", "", "[INFO]\t2026-11-23T01:02:03.004Z\tr-1\t" + json.dumps(document())),
    ("document-inside-text", "/message", {"level": "INFO", "message": json.dumps(document())}),
    ("document-inside-text", "/msg", {"level": 30, "time": NOW, "msg": json.dumps(document())}),
    ("document-inside-object", "/message", {"level": "INFO", "message": document()}),
    ("metadata-type", "/_aws", {"_aws": "yes"}),
    ("directives-missing", "/_aws", {"_aws": {"Timestamp": NOW}}),
    ("directives-missing", "/_aws", {"_aws": {"Timestamp": NOW, "cloudWatchMetrics": []}}),
    ("directives-type", CW, document(CloudWatchMetrics={})),
    ("timestamp-missing", "/_aws", without(document(), "_aws", "Timestamp")),
    ("timestamp-type", "/_aws/Timestamp", document(Timestamp=str(NOW))),
    ("timestamp-type", "/_aws/Timestamp", document(Timestamp="2026-11-23T01:02:03.004Z")),
    ("timestamp-not-whole", "/_aws/Timestamp", document(Timestamp=NOW + 0.5)),
    ("timestamp-too-old", "/_aws/Timestamp", document(Timestamp=NOW // 1000)),
    ("timestamp-too-new", "/_aws/Timestamp", document(Timestamp=NOW * 1000)),
    ("timestamp-too-new", "/_aws/Timestamp", document(Timestamp=NOW + 3 * 3600 * 1000)),
    ("directive-type", CW + "/0", document(CloudWatchMetrics=[7])),
    ("namespace-missing", CW + "/0", without(document(), "_aws", "CloudWatchMetrics", 0, "Namespace")),
    ("namespace-type", CW + "/0/Namespace", document({"Namespace": 5})),
    ("namespace-blank", CW + "/0/Namespace", document({"Namespace": " "})),
    ("namespace-too-long", CW + "/0/Namespace", document({"Namespace": 256 * "N"})),
    ("namespace-colon", CW + "/0/Namespace", document({"Namespace": ":N"})),
    ("namespace-reserved", CW + "/0/Namespace", document({"Namespace": "AWS/Lambda"})),
    ("namespace-characters", CW + "/0/Namespace", document({"Namespace": "Caf\u00e9"})),
    ("dimensions-missing", CW + "/0", without(document(), "_aws", "CloudWatchMetrics", 0, "Dimensions")),
    ("dimensions-type", CW + "/0/Dimensions", document({"Dimensions": "functionName"})),
    ("dimension-set-type", CW + "/0/Dimensions/0", document({"Dimensions": ["functionName"]})),
    ("dimension-set-too-many", CW + "/0/Dimensions/0", document({"Dimensions": [["d%d" % i for i in range(31)]]})),
    ("dimension-name-type", CW + "/0/Dimensions/0/0", document({"Dimensions": [[{"functionName": "shop"}]]})),
    ("dimension-name-blank", CW + "/0/Dimensions/0/0", document({"Dimensions": [[""]]}, {"": "v"})),
    ("dimension-name-colon", CW + "/0/Dimensions/0/0", document({"Dimensions": [[":d"]]}, {":d": "v"})),
    ("dimension-name-characters", CW + "/0/Dimensions/0/0", document({"Dimensions": [["d\u00e9"]]}, {"d\u00e9": "v"})),
    ("dimension-repeated", CW + "/0/Dimensions/0", document({"Dimensions": [["functionName", "functionName"]]})),
    ("dimension-target-missing", CW + "/0/Dimensions/0/1", document({"Dimensions": [["functionName", "route"]]})),
    ("dimension-target-missing", CW + "/0/Dimensions/0/0", document({"Dimensions": [["FunctionName"]]})),
    ("dimension-target-type", "/code", document({"Dimensions": [["code"]]}, {"code": 200})),
    ("dimension-target-blank", "/route", document({"Dimensions": [["route"]]}, {"route": ""})),
    ("dimension-target-too-long", "/route", document({"Dimensions": [["route"]]}, {"route": 1025 * "x"})),
    ("dimension-target-characters", "/city", document({"Dimensions": [["city"]]}, {"city": "M\u00fcnchen"})),
    ("metrics-missing", CW + "/0", without(document(), "_aws", "CloudWatchMetrics", 0, "Metrics")),
    ("metrics-type", CW + "/0/Metrics", document({"Metrics": {"Name": "Duration"}})),
    ("metrics-too-many", CW + "/0/Metrics", document({"Metrics": [{"Name": "m%d" % i} for i in range(101)]})),
    ("metric-type", CW + "/0/Metrics/0", document({"Metrics": ["Duration"]})),
    ("metric-name-missing", CW + "/0/Metrics/0", document({"Metrics": [{"name": "Duration"}]})),
    ("metric-name-type", CW + "/0/Metrics/0/Name", document(metric(Name=3))),
    ("metric-name-blank", CW + "/0/Metrics/0/Name", document(metric(Name=""))),
    ("metric-name-too-long", CW + "/0/Metrics/0/Name", document(metric(Name=256 * "m"))),
    ("metric-repeated", CW + "/0/Metrics/1/Name", document({"Metrics": [{"Name": "Duration"}, {"Name": "Duration"}]})),
    ("unit-type", CW + "/0/Metrics/0/Unit", document(metric(Unit=None))),
    ("unit-unknown", CW + "/0/Metrics/0/Unit", document(metric(Unit="Millis"))),
    ("unit-unknown", CW + "/0/Metrics/0/Unit", document(metric(Unit="ms"))),
    ("resolution-invalid", CW + "/0/Metrics/0/StorageResolution", document(metric(StorageResolution=10))),
    ("metric-target-missing", CW + "/0/Metrics/0/Name", document(metric(Name="duration"))),
    ("metric-target-type", "/Duration", document(members={"Duration": "12"})),
    ("metric-target-type", "/Duration", document(members={"Duration": None})),
    ("metric-target-type", "/Duration/1", document(members={"Duration": [1, "2"]})),
    ("statistics-invalid", "/Duration", document(members={"Duration": {"Count": 2, "Sum": "4"}})),
    ("values-empty", "/Duration", document(members={"Duration": []})),
    ("values-too-many", "/Duration", document(members={"Duration": list(range(101))})),
    ("value-range", "/Duration", document(members={"Duration": 1e120})),
    ("directives-too-many", CW, document(CloudWatchMetrics=document()["_aws"]["CloudWatchMetrics"] * 101)),
    ("dimensions-too-many", CW + "/0/Dimensions", document({"Dimensions": [["functionName"]] * 101})),
    ("dimension-name-too-long", CW + "/0/Dimensions/0/0", document({"Dimensions": [[256 * "d"]]}, {256 * "d": "v"})),
    ("series-too-many", CW + "/1/Metrics/0", many_series()),
    ("document-too-large", "", document(members={"text": (1 << 20) * "x"})),
]


def line_of(planted):
    return planted if isinstance(planted, str) else json.dumps(planted)


def planted_documents_are_found(directory):
    path = os.path.join(directory, "planted.log")
    missed, unsound, corrected = [], [], []
    for rule, pointer, planted in PLANTED:
        line = line_of(planted)
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join((json.dumps(document()), line, "a plain line", "")))
        code, findings = check("emf", path)
        found = [(f["rule"], f["subject"]) for f in bad(findings)]
        if code != 1 or found != [("emf." + rule, ("%s:2 %s" % (path, pointer)).strip())] or not bad(findings)[0]["fix"]:
            missed.append((rule, found))
        corrected += [f["corrected"] for f in bad(findings) if "corrected" in f]
        if bad(findings) and "corrected" in bad(findings)[0]:
            code, again = check("emf", "-", given=json.dumps(bad(findings)[0]["corrected"]))
            if code != 0:
                unsound.append((rule, again))
    ok("each of %d planted documents, and nothing else, with place and fix" % len(PLANTED), missed, [])
    ok("there are forty at least", len(PLANTED) >= 40)
    ok("what is printed as corrected passes the check", unsound, [])
    ok("those that take no decision are corrected", len(corrected), 30)


# As other libraries write documents, by their sources: aws-embedded-metrics-java (RootNode, MetricDefinition and
# LambdaEnvironment, 4.2), which Powertools for Java prints through (EmfMetricsLogger, 2.x), and Powertools for .NET (RootNode,
# MetricDirective and MetricDefinition, 2.x; metrics.md has the first).
def of_libraries():
    lambda_of_java = {"LogGroup": "shop-cart", "ServiceName": "shop-cart", "ServiceType": "AWS::Lambda::Function",
                      "executionEnvironment": "AWS_Lambda_java21", "functionVersion": "$LATEST",
                      "logStreamId": "2026/11/24/[$LATEST]0a1b2c", "traceId": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"}
    three = [{"Name": "Latency", "Unit": "Milliseconds"}, {"Name": "Hits", "Unit": "Count", "StorageResolution": 1},
             {"Name": "Any", "Unit": "None"}]
    java = {"Latency": 100.0, "Hits": [1.0, 2.5, 1e10], "Any": 0.0}
    default = ["LogGroup", "ServiceName", "ServiceType"]

    def written(directive, members, **aws):
        return {"_aws": {"Timestamp": NOW, "CloudWatchMetrics": [directive], **aws}, **members}

    yield "Java in Lambda", written({"Namespace": "aws-embedded-metrics", "Metrics": three, "Dimensions": [default, default + ["Region"]]},
                                    {**lambda_of_java, "Region": "eu-west-1", **java})
    yield "Java without dimensions", written({"Namespace": "shop", "Metrics": three, "Dimensions": [[]]}, java)
    yield "Java, whose dimensions were reset", written({"Namespace": "shop", "Metrics": three, "Dimensions": []}, java)
    yield "Java with metadata", written({"Namespace": "shop", "Metrics": three, "Dimensions": [["service"]]},
                                        {"service": "cart", **java}, LogGroupName="shop", custom={"a": [1]})
    yield "Powertools for Java", written({"Namespace": "shop", "Metrics": [{"Name": "ColdStart", "Unit": "Count"}], "Dimensions": [["Service"]]},
                                         {"Service": "cart", "function_request_id": "r-1", "ColdStart": 1.0, "functionVersion": "$LATEST"})
    yield "Powertools for .NET", written({"Namespace": "shop", "Metrics": [
        {"Name": "Lambda Execute", "Unit": "Count"}, {"Name": "t", "Unit": "Milliseconds", "StorageResolution": 60}],
        "Dimensions": [["Service", "functionVersion"]]}, {"Service": "cart", "functionVersion": "$LATEST", "Lambda Execute": [1, 2.5],
                                                          "t": 11, "env": "dev", "nested": {"a": None}})
    yield "Powertools for .NET without dimensions", written({"Namespace": "shop", "Metrics": [{"Name": "t", "Unit": "None"}],
                                                             "Dimensions": [[]]}, {"t": 0})


def emf_of_libraries():
    for name, written in of_libraries():
        for spelling, text in (("", json.dumps(written)), (", compact", json.dumps(written, separators=(",", ":")))):
            code, found = check("emf", "-", given=text)
            ok("%s%s" % (name, spelling), (code, bad(found)), (0, []))
    behind = "[INFO]\t2026-11-24T03:20:23.000Z\tr-1\t" + json.dumps(document())
    printed = json.dumps(document()) + "\n" + repr(document())
    ok("one that Python printed beside a sound one", [(f["rule"], f["where"]) for f in bad(check("emf", "-", given=printed)[1])],
       [("emf.not-json", "-:2")])
    spread = json.dumps(document()) + "\n" + json.dumps(document(), indent=2)
    code, found = check("emf", "-", given=spread)
    ok("one over lines of a log is not judged, and no pass", (code, [(f["rule"], f["where"]) for f in bad(found)]),
       (3, [("emf.over-lines", "-:%d" % (2 + json.dumps(document(), indent=2).split("\n").index('  "_aws": {')))]))
    ok("a document behind Python's logging", [f["rule"] for f in bad(check("emf", "-", given=behind)[1])], ["emf.document-behind-text"])


def emf_of_all_kinds_of_files(directory):
    line, wrong = json.dumps(document()), json.dumps(document(metric(Unit="ms")))
    path = os.path.join(directory, "some")
    ok("sound: 0", check("emf", "-", given=line + "\n")[0], 0)
    ok("no document: 3", (check("emf", "-", given="plain\n")[0], check("emf", "-", given="")[0]), (3, 3))
    ok("no such file: 3", check("emf", os.path.join(directory, "none"))[0], 3)
    ok("no such check: 2", check("emfs")[0], 2)
    ok("what is wrong counts more than what is unknown: 1", check("emf", os.path.join(directory, "none"), "-",
                                                                  given=wrong)[0], 1)
    with gzip.open(path + ".gz", "wt") as file:
        file.write(line + "\n" + wrong + "\n")
    ok("gzip is undone", [f["subject"] for f in bad(check("emf", path + ".gz")[1])],
       ["%s.gz:2 %s/0/Metrics/0/Unit" % (path, CW)])
    with open(path + ".json", "w", encoding="utf-8") as file:
        json.dump(document(metric(Unit="ms")), file, indent=2)
    ok("a document over several lines", check("emf", path + ".json")[0], 1)
    told = json.dumps({"events": [{"logStreamName": "s", "timestamp": NOW, "message": text} for text in (line, wrong)]},
                      indent=4)
    ok("what `aws logs filter-log-events` prints", len(bad(check("emf", "-", given=told)[1])), 1)
    tailed = "2026-11-28T19:10:00.123000+00:00 2026/11/28/[$LATEST]0a1b2c " + line
    ok("what `aws logs tail` prints", check("emf", "-", given=tailed)[0], 0)
    ok("a mark before the first line, as Windows writes it", check("emf", "-", given="\ufeff" + wrong)[0], 1)
    prefixed = "2026-11-23T01:02:03.004Z\t8f3c6d2e-0000-4000-8000-000000000000\tINFO\t" + line
    ok("Lambda's own prefix", check("emf", "-", given=prefixed)[0], 0)
    old = json.dumps(document(Timestamp=NOW - 60 * 86400 * 1000))
    ok("a file does not say when it was sent", check("emf", "-", given=old)[0], 0)
    many = "\n".join([wrong] * 500)
    found = bad(check("emf", "-", given=many)[1])
    ok("what is alike is told once", (len(found), "500 times, first at -:1" in found[0]["evidence"]), (1, True))


def emf_of_fixtures(directory):
    head = '{"obsview-fixture":2,"start":"2026-11-23T12:00:00.000Z"}\n'
    logged = post("/", {"logEvents": [{"timestamp": NOW, "message": json.dumps(document(metric(Unit="ms")))}]})
    code, found = check("emf", "-", given=head + json.dumps(logged) + "\nbroken\n")
    ok("PutLogEvents in a fixture, and a line of it that is broken",
       (code, sorted((f["level"], f["rule"]) for f in bad(found))), (1, [("fail", "emf.unit-unknown"), ("unknown", "emf")]))
    ok("whose place is told", [f["evidence"] for f in found if f["level"] == "unknown"][0].startswith("line 3, column 1: "))
    broken = fixture(directory, "broken.jsonl", [{"t": 0, "source": "smoke"}])
    told = [f for f in check("emf", broken)[1] if "where" in f]
    ok("a wrong value by its column", [(f["where"], f["evidence"][:35]) for f in told],
       [(broken + ":2", "line 2, column 20: source is not ht")])
    demo = os.path.join(FIXTURES, "demo.jsonl")
    code, findings = check("emf", demo)
    ok("the demo's planted unit", (code, [f["rule"] for f in bad(findings)]), (1, ["emf.unit-unknown"]))
    with open(demo, encoding="utf-8") as file:
        text = file.read()
    for name, given in (("a fixture on standard input", text), ("behind a mark of Windows", "\ufeff" + text)):
        ok(name, [f["rule"] for f in bad(check("emf", "-", given=given)[1])], ["emf.unit-unknown"])


# --- vitals -------------------------------------------------------------------------------------------------------

def post(path, body):
    return {"t": 0, "source": "http", "request": {"method": "POST", "path": path, "headers": {}, "body": body}}


def vital(name, value, route="/", **more):
    return {"name": name, "value": value, "url": "https://shop.example" + route, **more}


def vitals_body(*metrics):
    return {"metrics": list(metrics), "sessionId": "5f1c9a52-6f0e-4d5a-9d0c-0a4f1e9b7c11", "userAgent": "test"}


def fixture(directory, name, events):
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"obsview-fixture":2,"start":"2026-11-23T12:00:00.000Z"}\n')
        file.writelines(json.dumps(event) + "\n" for event in events)
    return path


def loads(directory, name, values, metric_name="LCP", route="/"):
    return fixture(directory, name, [post("/metrics/web-vitals", vitals_body(vital(metric_name, v, route)))
                                     for v in values])


def mann_whitney(before, later):
    """U and one-sided p, counted pair by pair."""
    u = sum(1 if b < l else 0.5 if b == l else 0 for b, l in itertools.product(before, later))
    n, m = len(before), len(later)
    sizes = [len(list(g)) for _, g in itertools.groupby(sorted(before + later))]
    variance = n * m / 12 * (n + m + 1 - sum(t ** 3 - t for t in sizes) / ((n + m) * (n + m - 1)))
    away = u - n * m / 2
    z = 0 if abs(away) <= 0.5 else (away - math.copysign(0.5, away)) / math.sqrt(variance)
    return u, z, math.erfc(z / math.sqrt(2)) / 2


def vitals_against_limits(directory):
    for value, wanted, code in ((2500, "ok", 0), (2501, "warn", 1), (4001, "fail", 1)):
        got, found = check("vitals", loads(directory, "v.jsonl", 30 * [value]))
        ok("p75 of %d is %s" % (value, wanted), (got, [(f["level"], f["subject"]) for f in found]),
           (code, [(wanted, "LCP /")]))
    code, found = check("vitals", loads(directory, "v.jsonl", 5 * [9000]))
    ok("five are not enough: 3", (code, found[0]["level"], "not enough data: 5 samples" in found[0]["evidence"]),
       (3, "unknown", True))
    ok("unless that is said", check("vitals", "--least", "5", loads(directory, "v.jsonl", 5 * [9000]))[0], 1)
    ok("none: 3", check("vitals", fixture(directory, "v.jsonl", []))[0], 3)
    lines = [json.dumps({"_aws": {"Timestamp": NOW, "CloudWatchMetrics": [
        {"Namespace": "UserMetrics/Frontend", "Dimensions": [["environment", "Route"]],
         "Metrics": [{"Name": "LargestContentfulPaint", "Unit": "Milliseconds"}]}]},
        "environment": "prod", "Route": "/a", "LargestContentfulPaint": [2600, 2700]}) for _ in range(10)]
    code, found = check("vitals", "-", given="\n".join(lines))
    ok("of documents, under either name", (code, [(f["level"], f["subject"]) for f in found]), (1, [("warn", "LCP /a")]))


def vitals_against_a_baseline(directory):
    chance = random.Random(5)
    before = [round(chance.lognormvariate(7, 0.4)) for _ in range(60)]
    slower = [round(1.5 * chance.lognormvariate(7, 0.4)) for _ in range(50)]
    same = [round(chance.lognormvariate(7, 0.4)) for _ in range(50)]
    base = loads(directory, "base.jsonl", before)
    saved = os.path.join(directory, "saved.json")

    code, found = check("vitals", base, "--save", saved)
    ok("saving", (code, os.path.exists(saved)), (0, True))
    for name, baseline in (("fixture", base), ("file of --save", saved)):
        code, found = check("vitals", loads(directory, "v.jsonl", slower), "--baseline", baseline)
        told = of_rule(found, "vitals.regression")
        u, z, p = mann_whitney(before, slower)
        ok("slower than a %s" % name, (code, [f["level"] for f in told]), (1, ["fail"]))
        ok("n, U, z and p as counted pair by pair",
           "n 60 and 50, U %.1f, z %.2f, p %.2g" % (u, z, p) in told[0]["evidence"], True)
    code, found = check("vitals", loads(directory, "v.jsonl", same), "--baseline", saved)
    ok("as before", (code, [f["level"] for f in of_rule(found, "vitals.regression")]), (0, ["ok"]))
    code, found = check("vitals", loads(directory, "v.jsonl", slower[:10]), "--baseline", saved)
    ok("too few to compare: 3", (code, [f["level"] for f in of_rule(found, "vitals.regression")]), (3, ["unknown"]))
    code, found = check("vitals", loads(directory, "v.jsonl", same, route="/other"), "--baseline", saved)
    ok("a route that is gone is not passed: 3", (code, [f["subject"] for f in of_rule(found, "vitals.regression")]),
       (3, ["LCP /"]))
    ok("an empty baseline: 3", check("vitals", base, "--baseline", fixture(directory, "e.jsonl", []))[0], 3)
    ok("no baseline: 3", check("vitals", base, "--baseline", os.path.join(directory, "none"))[0], 3)


# --- errors and bodies --------------------------------------------------------------------------------------------

def error_body(message, place="CartTotal (https://shop.example/src/cart/CartTotal.tsx:3:5)"):
    return {"error": {"message": message, "type": "TypeError", "stack": "TypeError: %s\n    at %s" % (message, place)},
            "context": {"sessionId": "s-1", "url": "https://shop.example/cart"}}


ID = "2f1c9a52-6f0e-4d5a-9d0c-0a4f1e9b7c11"
REPORT = "REPORT RequestId: " + ID + "\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 68 MB\t"
ERRORS_IN_WORDS = [
    ("console.error", "2026-11-24T03:20:23.000Z\t" + ID + "\tERROR\tcard refused: 17", "card refused: 17"),
    ("of an Error", "2026-11-24T03:20:23.000Z\t" + ID + "\tERROR\tTypeError: no total", "TypeError: no total"),
    ("Python's runtime", "[ERROR] KeyError: 'total'\\rTraceback (most recent call last):", "KeyError: 'total'\\rTraceback (most recent call last):"),
    ("a logger's", "ERROR: cannot connect", "cannot connect"),
    ("a time that was over", "2026-11-24T03:20:23.000Z " + ID + " Task timed out after 3.00 seconds", "Sandbox.Timedout: Task timed out"),
    ("the same as JSON", json.dumps({"time": "2026-11-24T03:20:23.000Z", "type": "platform.report",
                                     "record": {"requestId": ID, "status": "timeout", "metrics": {"durationMs": 3000}}}),
     "Sandbox.Timedout: Task timed out"),
    ("a process that ended", "RequestId: " + ID + " Error: Runtime exited with error: exit status 1",
     "Runtime.ExitError: Runtime exited with error: exit status 1"),
]
# What is told by a line of its own (REPORT), what only begins like a level, and what is about errors.
NO_ERRORS_IN_WORDS = [REPORT + "Status: timeout", "ERROR_COUNT=0", "ERROR-free since Monday", "INFO no ERROR today"]


def errors_against_a_baseline(directory):
    saved = os.path.join(directory, "errors.json")
    base = fixture(directory, "eb.jsonl", [post("/errors/report", error_body("item 17 is undefined"))])
    ok("nothing to compare with: 2", check("errors", base)[0], 2)
    ok("saving", check("errors", base, "--save", saved)[0], 0)
    same = fixture(directory, "es.jsonl", [post("/errors/report", error_body("item 4711 is undefined"))])
    ok("the same with another number is known", check("errors", same, "--baseline", saved)[0], 0)
    new = fixture(directory, "en.jsonl", [post("/errors/report", error_body("item 4711 is undefined")),
                                          post("/errors/report", error_body("cannot read total", "pay (pay.ts:1:1)"))])
    for baseline in (saved, base):
        code, found = check("errors", new, "--baseline", baseline)
        ok("another one is new", (code, [f["subject"][5:] for f in bad(found)]), (1, ["TypeError: cannot read total"]))
    line = json.dumps({"timestamp": "2026-11-24T03:20:23.000Z", "level": "ERROR", "message": "paying failed",
                       "functionName": "shop-pay", "requestId": "r", "error": {"message": "card refused", "type": "Error"}})
    code, found = check("errors", "-", "--baseline", saved, given=line)
    ok("and one of a log", (code, [f["subject"][5:] for f in bad(found)]), (1, ["Error: card refused"]))
    person = fixture(directory, "ep.jsonl", [post("/errors/report", error_body(230 * "x" + " of ada.b@corp-mail.co.uk"))])
    code, found = check("errors", person, "--baseline", base, "--save", saved + "2")
    with open(saved + "2", encoding="utf-8") as file:
        ok("a person in what it says is neither told nor saved", (code, "corp" in json.dumps(found) + file.read()), (1, False))
    caught = {"errorType": "RangeError", "errorMessage": "no such page", "stack": ["RangeError: no such page"]}
    line = "2026-11-24T03:20:23.000Z\t2f1c9a52-6f0e-4d5a-9d0c-0a4f1e9b7c11\tERROR\tInvoke Error \t" + json.dumps(caught)
    code, found = check("errors", "-", "--baseline", saved, given=line)
    ok("and one that only the runtime caught", (code, [f["subject"][5:] for f in bad(found)]), (1, ["RangeError: no such page"]))
    for name, line, subject in ERRORS_IN_WORDS:
        code, found = check("errors", "-", "--baseline", saved, given=line)
        ok("and one in words: " + name, (code, [f["subject"][5:] for f in bad(found)]), (1, [subject]))
    for line in NO_ERRORS_IN_WORDS:
        code, found = check("errors", "-", "--baseline", saved, given=line + "\n" + '{"level":"INFO","message":"well"}')
        ok("none: " + line[:40], (code, bad(found)), (0, []))
    ok("nothing at all: 3", check("errors", "-", "--baseline", saved, given="")[0], 3)
    code, found = check("errors", directory, "--baseline", saved)
    ok("a directory is none: 3", (code, found[0]["evidence"]), (3, "is a directory: name the files in it"))
    header, *events = open(new, encoding="utf-8").read().splitlines()
    other_header = json.dumps({"length": 9, **json.loads(header)})
    ok("a header as another program writes it", check("errors", "-", "--baseline", saved, given="\n".join([other_header, *events]))[0], 1)
    code, found = check("errors", "-", "--baseline", saved, given="\n".join(events))
    ok("events without a header are no log without errors", (code, "expected {\"obsview-fixture\":2" in found[0]["evidence"]), (3, True))


def bodies_against_schemas(directory):
    sound = [post("/metrics/web-vitals", vitals_body(vital("LCP", 2400, rating="good"), vital("CLS", 0.3, rating="poor"))),
             post("/errors/report", error_body("x")),
             post("/api/send", {"type": "event", "payload": {"website": "b59e9c65-ae32-47f1-8400-119fcf4861c4", "url": "/",
                                                             "hostname": "shop.example", "screen": "1x1", "language": "en",
                                                             "title": "t", "referrer": ""}})]
    ok("sound bodies", check("contract", fixture(directory, "c.jsonl", sound))[0], 0)
    planted = [
        ("contract.rating", post("/metrics/web-vitals", vitals_body(vital("LCP", 2600, rating="good")))),
        ("contract.schema", post("/metrics/web-vitals", vitals_body(vital("LCPX", 2600)))),
        ("contract.schema", post("/metrics/web-vitals", {"metrics": [vital("LCP", 1)]})),
        ("contract.schema", post("/errors/report", {"error": {}, "context": {"sessionId": "s"}})),
        ("contract.schema", post("/api/send", {"type": "event", "payload": {"website": "shop"}})),
        ("contract.json", post("/errors/report", "message=x")),
        ("contract.size", post("/errors/report", {"error": {"message": 110000 * "x"}})),
    ]
    for rule, event in planted:
        code, found = check("contract", fixture(directory, "c.jsonl", sound + [event]))
        ok("planted: %s at %s" % (rule, event["request"]["path"]), (code, [f["rule"] for f in bad(found)]), (1, [rule]))
    ok("no bodies: 3", check("contract", "-", given="plain\n")[0], 3)


# --- series, names and lines --------------------------------------------------------------------------------------

def series(count, key, value):
    return "\n".join(json.dumps(document({"Dimensions": [["functionName", key]]}, {key: value(i)})) for i in range(count))


def series_and_their_price():
    code, found = check("cardinality", "-", given=series(4, "route", lambda i: "/r%s" % "abcd"[i]))
    ok("few: 0", (code, "4 series, about 0.00 USD" in found[0]["evidence"]), (0, True))
    code, found = check("cardinality", "-", given=series(77, "route", lambda i: "/%s" % (chr(97 + i % 26) * (i // 26 + 1))))
    ok("77, of which ten are free, are 20.10 USD", ("77 series, about 20.10 USD" in found[0]["evidence"],
                                                    found[0]["level"]), (True, "fail"))
    ok("and route is to blame", "is route, with 77 values: without it 1 series" in found[0]["fix"], True)
    ok("a limit", check("cardinality", "--limit", "off", "--warn", "off", "-",
                        given=series(77, "route", lambda i: "/%s" % (chr(97 + i % 26) * (i // 26 + 1))))[0], 0)
    code, found = check("cardinality", "-", given=series(9, "requestId", lambda i: "26fdb24d-9ea3-4767-862f-5e76cae1d1c%d" % i))
    ok("ids have no end", (code, [(f["rule"], f["subject"]) for f in bad(found)]), (1, [("cardinality.ids", "requestId")]))
    code, found = check("cardinality", "-", given=series(11000, "route", lambda i: "/r%s" % "".join(chr(97 + int(c)) for c in str(i))))
    ok("beyond ten thousand they are cheaper", "11000 series, about 3097.00 USD" in found[0]["evidence"], True)
    ok("none: 3", check("cardinality", "-", given="plain\n")[0], 3)


def names():
    ok("sound: 0", check("naming", "-", given=json.dumps(document()))[0], 0)
    for name, planted, rule, expected in (
            ("a namespace", document({"Namespace": "Shop/Web"}), "naming.namespace", None),
            ("a metric", document(metric(Name="cold_start"), {"cold_start": 1}), "naming.metric-case", "ColdStart"),
            ("a metric spelled two ways", document(metric(Name="LargestContentfulPaint"), {"LargestContentfulPaint": 1}),
             "naming.metric-alias", "LCP"),
            ("a dimension", document({"Dimensions": [["page-name"]]}, {"page-name": "a"}), "naming.dimension-case", "pageName"),
            ("a dimension spelled two ways", document({"Dimensions": [["FunctionName"]]}, {"FunctionName": "a"}),
             "naming.dimension-alias", "functionName")):
        code, found = check("naming", "-", given="\n".join([json.dumps(planted)] * 3))
        ok(name, (code, [f["rule"] for f in bad(found)]), (1, [rule]))
        if expected is not None:
            ok("and what it should be", bad(found)[0]["expected"], expected)
    ok("none: 3", check("naming", "-", given="plain\n")[0], 3)


LINE = {"timestamp": "2026-11-24T03:20:23.000Z", "level": "INFO", "message": "cart loaded", "functionName": "shop-cart",
        "requestId": "26fdb24d-9ea3-4767-862f-5e76cae1d1ca"}


def lines(directory):
    def rules(*given, options=()):
        code, found = check("logs", *options, "-", given="\n".join(g if isinstance(g, str) else json.dumps(g) for g in given))
        return code, sorted(f["rule"] for f in bad(found))

    start = "START RequestId: 26fdb24d-9ea3-4767-862f-5e76cae1d1ca Version: $LATEST"
    ok("sound: 0", rules(start, LINE, json.dumps(document())), (0, []))
    ok("nothing but the runtime's: 3", rules(start)[0], 3)
    pino = {"level": 30, "time": NOW, "pid": 1, "hostname": "h", "msg": "cart loaded"}
    ok("pino by default", rules(pino), (1, ["logs.function-missing", "logs.level-number", "logs.message-name",
                                            "logs.request-missing", "logs.timestamp-epoch"]))
    winston = {"level": "info", "message": "cart loaded"}
    ok("winston by default", rules(winston), (1, ["logs.function-missing", "logs.level-case", "logs.request-missing",
                                                  "logs.timestamp-missing"]))
    ok("what mends them is said", all(f["fix"] for f in bad(check("logs", "-", given=json.dumps(pino))[1])
                                      if f["rule"] != "logs.function-missing"), True)
    ok("an error without one", rules({**LINE, "level": "ERROR"}), (1, ["logs.error-missing"]))
    ok("an error where none should be", rules({**LINE, "error": "x"}), (1, ["logs.error-unexpected"]))
    debug = {**LINE, "level": "DEBUG"}
    ok("DEBUG in development", rules(debug), (0, []))
    config = os.path.join(directory, "config")
    with open(config, "w", encoding="utf-8") as file:
        file.write("[env prod]\nregion = us-east-1\n")
    code, found = check("logs", "--env", "prod", "-", given=json.dumps(debug), OBSVIEW_CONFIG=config)
    ok("DEBUG in production", (code, [f["rule"] for f in bad(found)]), (1, ["logs.debug-in-prod"]))
    for name, prefix in (("Node's", "2026-11-24T03:20:23.000Z\tr-1\tINFO\t"), ("Python's", "[INFO]\t2026-11-24T03:20:23.000Z\tr-1\t"),
                         ("Python's outside of a request", "[CRITICAL]\t2026-11-24T03:20:23.000Z\t\t")):
        ok("JSON behind %s prefix" % name, rules(prefix + json.dumps(LINE)), (0, []))
        ok("and its faults", rules(prefix + json.dumps(winston)), rules(winston))
        ok("text behind it is text", rules(LINE, prefix + "cart loaded"), (1, ["logs.plain"]))
    caught = "[ERROR] ValueError: no stock\rTraceback (most recent call last):\r\u00a0\u00a0File \"/var/task/app.py\", line 3, in handler"
    ok("an error that nobody caught in Python", rules(LINE, caught), (0, []))
    thrown = "2026-11-24T03:20:23.000Z\tr-1\tERROR\tInvoke Error \t" + json.dumps({"errorType": "RangeError", "errorMessage": "x"})
    ok("what the runtime says of an error that nobody caught", rules(LINE, thrown), (0, []))
    ok("unless it is not the runtime", rules(LINE, thrown.split("\t", 3)[3]), (1, ["logs.plain"]))
    ok("a mark of Windows is no text", rules("\ufeff" + json.dumps(LINE)), (0, []))
    ok("a plain line", rules(LINE, "Metric publishing failed: timeout"), (1, ["logs.plain"]))
    ok("that is allowed", rules(LINE, "Metric publishing failed: timeout", options=("--allow", "Metric publishing failed")),
       (0, []))
    key = "AKIA" + "IOSFODNN7EXAMPLF"
    code, found = check("logs", "-", given=json.dumps({**LINE, "message": "key " + key}))
    ok("a key is found, and never shown", (code, len(bad(found)), key in json.dumps(found)), (1, 1, False))
    before = os.path.join(directory, "before.log")
    with open(before, "w", encoding="utf-8") as file:
        file.write("2026-11-23T01:02:03.004Z\tr-1\tINFO\tcart 17 loaded\n2026-11-23T01:02:03.004Z\tr-1\tINFO\tpaid\n")
    code, found = check("logs", "-", "--baseline", before, given=json.dumps({**LINE, "message": "cart 4 loaded"}))
    ok("a message that a migration lost", (code, [(f["rule"], f["subject"]) for f in bad(found)]), (1, [("logs.lost", "paid")]))
    code, found = check("logs", "-", "--baseline", before, given="\n".join(
        json.dumps({**LINE, "message": m}) for m in ("cart 4 loaded", "paid")))
    ok("and one that lost none", code, 0)
    with open(before, "w", encoding="utf-8") as file:
        file.write(json.dumps({**LINE, "message": 180 * "x" + " to ada.b@corp-mail.co.uk"}) + "\n")
    code, found = check("logs", "-", "--baseline", before, given=json.dumps(LINE))
    ok("a lost message names nobody", (code, "corp" in json.dumps(found)), (1, False))


# --- an emulator --------------------------------------------------------------------------------------------------

def errors_of_lines(em, base, run):
    """What a function logs itself is an error as what a page reports is; each is counted once; none among lines is none."""
    def log(group, *messages):
        if group not in groups:
            groups.add(group)
            em.call("logs", "CreateLogGroup", logGroupName=group)
            em.call("logs", "CreateLogStream", logGroupName=group, logStreamName="s")
        em.call("logs", "PutLogEvents", logGroupName=group, logStreamName="s",
                logEvents=[{"timestamp": int(time.time() * 1000), "message": m if isinstance(m, str) else json.dumps(m)}
                           for m in messages])

    def judged(*words):
        code, found = run(em, "errors", "--baseline", base, *words)
        return code, sorted((f["subject"][5:], f["evidence"].split(", ")[1]) for f in bad(found) if f["rule"] == "errors.new")

    groups, first = set(), ("TypeError: item 17 is undefined", "1 time")
    log("/aws/lambda/quiet", {"level": "INFO", "message": "well"}, "START RequestId: " + ID + " Version: 1")
    ok("none among lines: passed", judged("--log-groups", "/aws/lambda/quiet"), (0, []))
    log("/aws/lambda/wordy", "hello", "good bye")
    ok("plain lines say nothing: 3", judged("--log-groups", "/aws/lambda/wordy"), (3, []))
    ok("and no lines: 3", judged("--log-groups", "/aws/lambda/none"), (3, []))
    ok("a report is counted once", judged(), (1, [first]))
    failed = {"level": "ERROR", "message": "paying failed", "error": {"type": "Error", "message": "card refused"}}
    log("/ecs/api", failed, failed, {"level": "INFO", "message": "well"})
    log("/aws/lambda/pay", "2026-11-24T03:20:23.000Z\t" + ID + "\tERROR\tno total")
    ok("what functions and tasks log", judged(), (1, [("Error: card refused", "2 times"), first, ("no total", "1 time")]))
    log("/aws/lambda/timed", "2026-11-24T03:20:23.000Z\t" + ID + "\tINFO\thello")
    ok("lines with a level would tell: passed", judged("--log-groups", "/aws/lambda/timed"), (0, []))
    log("/aws/lambda/braces", "order {id: 5}", "Error: boom {")
    ok("braces are no structure: 3", judged("--log-groups", "/aws/lambda/braces"), (3, []))
    try:
        em.post("/errors/report", {"error": {}, "context": {}})
    except Refused:
        pass
    code, found = run(em, "errors", "--baseline", base)
    ok("a report that nobody can read is told", [f["evidence"] for f in found if f["level"] == "unknown"],
       ["cannot judge all: 1 report of errors cannot be read"])


def forgotten():
    """The intake keeps the newest. What it forgot was not judged, and what was removed on purpose is not missed."""
    with Emulator(emf="127.0.0.1:0") as em:
        def judged():
            done = em.run("check", "emf", "--format", "json")
            return done.returncode, [f["level"] for f in json.loads(done.stdout)["findings"] if f["level"] != "ok"]

        em.send_emf(document(metric(Unit="ms")), *[document()] * 5000)
        ok("all of it", em.run("await", "metric", "--where", "dim.functionName=shop", "--count", "4000", "--timeout", "60s").returncode, 0)
        deadline = time.monotonic() + 60
        while judged() != (3, ["unknown"]) and time.monotonic() < deadline:
            pass
        ok("a fault that was forgotten is no pass: 3", judged(), (3, ["unknown"]))
        em.post("/_obsview/reset", {})
        em.send_emf(document())
        em.run("await", "metric", "--where", "dim.functionName=shop")
        ok("after a reset nothing is missing", judged(), (0, []))


def over_the_wire(directory):
    def run(em, *words):
        done = em.run("check", *words, "--format", "json")
        return done.returncode, json.loads(done.stdout)["findings"]

    with Emulator(emf="127.0.0.1:0") as em:
        for name in ("emf", "vitals", "contract", "naming", "logs"):
            ok("an empty emulator is not enough for %s: 3" % name,
               (lambda r: (r[0], {f["level"] for f in r[1]}))(run(em, name, *(("--log-groups", "/none") if name == "logs" else ()))),
               (3, {"unknown"}))
        em.send_emf(document(), document(metric(Unit="ms")), document({"Dimensions": [["FunctionName"]]}, {"FunctionName": "f"}))
        for _ in range(25):
            em.post("/metrics/web-vitals", vitals_body(vital("LCP", 2600, rating="good")))
        em.post("/errors/report", error_body("item 17 is undefined"))
        deadline = time.monotonic() + 20
        while not json.loads(em.run("await", "metric", "--where", "dim.FunctionName=f").stdout or "{}"):
            assert time.monotonic() < deadline
        code, found = run(em, "emf")
        ok("emf", (code, [f["rule"] for f in bad(found)]), (1, ["emf.unit-unknown"]))
        code, found = run(em, "vitals")
        ok("vitals", (code, [(f["level"], f["subject"]) for f in found]), (1, [("warn", "LCP /")]))
        code, found = run(em, "contract")
        ok("contract", (code, [f["rule"] for f in bad(found)]), (1, ["contract.rating"]))
        code, found = run(em, "naming")
        ok("naming", (code, [f["rule"] for f in bad(found)]), (1, ["naming.dimension-alias"]))
        code, found = run(em, "cardinality")
        ok("cardinality", (code, of_rule(found, "cardinality.price")[0]["level"]), (0, "ok"))
        code, found = run(em, "logs")
        ok("logs", (code, bad(found)), (0, []))
        base = fixture(directory, "wire.jsonl", [post("/errors/report", error_body("another"))])
        code, found = run(em, "errors", "--baseline", base)
        ok("errors", (code, [f["subject"][5:] for f in bad(found)]), (1, ["TypeError: item 17 is undefined"]))
        code, found = run(em, "vitals", "--log-groups", "/aws/lambda/obsview-dev-web-vitals")
        ok("vitals of a log group, as an account has it", (code, [(f["level"], f["subject"]) for f in found]),
           (1, [("warn", "LCP /")]))
        code, found = run(em, "errors", "--baseline", base, "--log-groups", "/aws/lambda/*")
        ok("errors of log groups", (code, len(bad(found))), (1, 1))
        errors_of_lines(em, base, run)
    forgotten()
    code, told = check("emf", "--endpoint-url", "http://127.0.0.1:9")
    ok("nobody there: 3", code, 3)


def plain(*arguments, given=None):
    return subprocess.run([BINARY, *arguments], input=given, capture_output=True, text=True, check=False,
                          env={"PATH": os.environ["PATH"], "HOME": HOME.name})


def formats():
    wrong = json.dumps(document(metric(Unit="ms"), {"note": "<&\u0007]]>\u20ac"}))
    for form, has in (("text", "next: did you mean Milliseconds?"), ("junit", "<failure"), ("github", "::error")):
        done = plain("check", "emf", "-", "--format", form, given=wrong)
        ok(form, (done.returncode, has in done.stdout), (1, True))
    ok("no format of findings: 2", plain("check", "emf", "-", "--format", "csv", given=wrong).returncode, 2)


# What readers of JUnit's XML agree on: elements, their attributes, and counts that hold.
JUNIT = {"testsuites": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"testsuite"}),
         "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"testcase", "system-out"}),
         "testcase": ({"classname", "name", "time"}, {"failure", "error"}),
         "failure": ({"type", "message"}, set()), "error": ({"type", "message"}, set()), "system-out": (set(), set())}


def junit_is_whole(text):
    root = ElementTree.fromstring(text)
    for element in root.iter():
        attributes, children = JUNIT[element.tag]
        if set(element.attrib) != attributes or {child.tag for child in element} - children:
            return element.tag
    for suite in root.iter("testsuite"):
        counted = [str(len(list(suite.iter(tag)))) for tag in ("testcase", "failure", "error")]
        if counted != [suite.get(name) for name in ("tests", "failures", "errors")]:
            return counted
    return True


def junit_of_each_outcome():
    wrong, sound = json.dumps(document(metric(Unit="ms"), {"note": "<&]]>"})), json.dumps(document())
    for name, given in (("found", wrong), ("well", sound), ("unknown", "plain"), ("nothing", ""),
                        ("hostile", json.dumps(document({"Namespace": ":\u0001]]>\ud800<&"})))):
        done = plain("check", "emf", "-", "--format", "junit", given=given)
        ok("JUnit of what is %s" % name, junit_is_whole(done.stdout))


# What GitHub's "SARIF support for code scanning" requires, each with a value that is not empty.
def sarif_is_whole(log):
    run, = log["runs"]
    driver, invocation = run["tool"]["driver"], run["invocations"][0]
    texts = [log["$schema"], driver["name"], run["automationDetails"]["id"]]
    for rule in driver["rules"]:
        texts += [rule["id"], rule["shortDescription"]["text"], rule["fullDescription"]["text"], rule["help"]["text"]]
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        texts += [result["message"]["text"], result["partialFingerprints"]["primaryLocationLineHash"], place["artifactLocation"]["uri"]]
        region = place["region"]
        if driver["rules"][result["ruleIndex"]]["id"] != result["ruleId"]:
            return "rule"
        if not 1 <= region["startLine"] <= region["endLine"] or not 1 <= region["startColumn"] < region["endColumn"]:
            return region
        if re.match(r"[a-z]+:(?!///)", place["artifactLocation"]["uri"]):
            return place["artifactLocation"]["uri"]
    if len({(r["ruleId"], r["partialFingerprints"]["primaryLocationLineHash"]) for r in run["results"]}) != len(run["results"]):
        return "fingerprints"
    unknown = [r["message"] for r in run["results"] if r["kind"] == "open"]
    told = [n["message"] for n in invocation["toolExecutionNotifications"] if n["level"] == "error"]
    return (log["version"], all(texts), told == unknown, invocation["executionSuccessful"]) == ("2.1.0", True, True, not unknown)


def sarif_of_each_outcome(directory):
    wrong, sound = json.dumps(document(metric(Unit="ms"), {"note": "<&]]>"})), json.dumps(document())
    for name, given, code, kinds in (("found", wrong, 1, ["fail"]), ("well", sound, 0, []), ("unknown", "plain", 3, ["open"]),
                                     ("nothing", "", 3, ["open"]),
                                     ("hostile", json.dumps(document({"Namespace": ":\u0001]]>\ud800<&"})), 1, ["fail"])):
        done = plain("check", "emf", "-", "--format", "sarif", given=given)
        log = json.loads(done.stdout)
        ok("SARIF of what is %s" % name, (done.returncode, sarif_is_whole(log), sorted({r["kind"] for r in log["runs"][0]["results"]})),
           (code, True, kinds))
    path = fixture(directory, "sarif.jsonl", [post("/metrics/web-vitals", {"metrics": "none"}), post("/errors/report", "no object")])
    results = json.loads(plain("check", "contract", path, "--format", "sarif").stdout)["runs"][0]["results"]
    places = [r["locations"][0]["physicalLocation"] for r in results]
    ok("SARIF names file and line", sorted({(p["artifactLocation"]["uri"], p["region"]["startLine"]) for p in places}),
       [("file://" + path, 2), ("file://" + path, 3)])


# Each check that looks into files says in which line.
def places_of_findings(directory):
    before = fixture(directory, "calm.jsonl", [post("/errors/report", error_body("known"))])
    path = fixture(directory, "placed.jsonl", [post("/errors/report", error_body("mail a.person@shop.example")),
                                               {"t": 0, "source": "emf-stdin", "line": "card 4111 1111 1111 1111"}])
    log = os.path.join(directory, "placed.log")
    with open(log, "w", encoding="utf-8") as file:
        file.write("cart loaded\n\nmail a.person@shop.example\n")
    for name, words, lines_of in (("errors", ("errors", path, "--baseline", before), [2]), ("pii", ("pii", path), [2, 3]),
                                  ("pii of a log", ("pii", log), [3]), ("logs", ("logs", path), [3]),
                                  ("a lost message", ("logs", path, "--baseline", log), [1, 3])):
        found = bad(check(*words)[1])
        ok("the line is told: %s" % name, sorted({int(f.get("where", ":0").rsplit(":", 1)[1]) for f in found}), lines_of)
        results = json.loads(plain("check", *words, "--format", "sarif").stdout)["runs"][0]["results"]
        ok("and in SARIF", sorted({r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in results}), lines_of)


# The steps that the README adds for code scanning, as a runner would take them.
def sarif_in_ci(directory):
    with open(os.path.join(FIXTURES, "..", "README.md"), encoding="utf-8") as file:
        step = re.search(r"        id: sarif\n        run: \|\n((?:          .*\n)+)", file.read()).group(1)
    for name, events, code, files in (("something is found", [post("/errors/report", "no object"), {"t": 0, "source": "emf-tcp", "line": json.dumps(document())}], 0, 2),
                                      ("not all can be judged", [], 1, 1)):
        workspace = tempfile.mkdtemp(dir=directory)
        fixture(workspace, "run.jsonl", events)
        done = subprocess.run(["bash", "-eo", "pipefail", "-c", step], cwd=workspace, capture_output=True, text=True, check=False,
                              env={"PATH": os.path.dirname(BINARY) + ":" + os.environ["PATH"], "HOME": HOME.name})
        written = os.listdir(os.path.join(workspace, "sarif"))
        ok("code scanning when %s" % name, (done.returncode, len(written)), (code, files))
        for path in written:
            with open(os.path.join(workspace, "sarif", path), encoding="utf-8") as file:
                ok("SARIF of %s when %s" % (path, name), sarif_is_whole(json.load(file)))


def exit_codes(directory):
    wrong, sound, warned = json.dumps(document(metric(Unit="ms"))), json.dumps(document()), "a plain line"
    cases = (("well", 0, ("emf", "-"), sound), ("failed", 1, ("emf", "-"), wrong), ("warned", 1, ("logs", "-"), warned),
             ("not judged", 3, ("emf", "-"), "plain"), ("failed, and a file that is missing", 1, ("emf", "-", directory + "/no"), wrong),
             ("well, and a file that is missing", 3, ("emf", "-", directory + "/no"), sound),
             ("a check that there is not", 2, ("all", "-"), sound), ("no check", 2, (), sound),
             ("an option that there is not", 2, ("emf", "-", "--list"), sound),
             ("a wrong value", 2, ("vitals", "-", "--least", "few"), sound),
             ("what another check takes", 2, ("emf", "--db", ":memory:"), sound),
             ("a baseline where nothing is compared", 2, ("emf", "-", "--baseline", directory + "/no"), sound),
             ("another check's limit", 2, ("vitals", "-", "--limit", "5"), sound),
             ("what of lines is let pass", 2, ("emf", "-", "--allow", "x"), wrong),
             ("nowhere to save", 3, ("errors", "-", "--save", directory + "/no/where"), sound),
             ("a directory", 3, ("emf", directory), sound))
    for name, code, words, given in cases:
        ok("exit code of what is %s: %d" % (name, code), plain("check", *words, given=given).returncode, code)


# Last: all that was found is listed, with its level, and explained in the manual page.
def rules_are_listed():
    rows = re.findall(r"^  ([a-z]+\.[A-Za-z0-9.-]+) +(unknown|warn, fail|warn|fail): ", plain("help", "checks").stdout, re.M)
    levels = {rule: set(told.split(", ")) | {"ok", "unknown"} for rule, told in rows}
    named = {rule: re.sub(r"\bpii\.(?!unjudged).*", "pii.KIND", rule) for rule, _ in TOLD}
    ok("rules are listed once", len(levels), len(rows))
    ok("what is found is listed with its level",
       sorted((r, level) for r, level in TOLD if "." in r and level not in levels.get(named[r], ())), [])
    with open(os.path.join(FIXTURES, "..", "man", "obsview-check.1.in"), encoding="utf-8") as file:
        explained = set(re.findall(r"^\.(?:Pq )?Ql ((?:%s)\.[A-Za-z0-9.-]+)" % "|".join({rule.split(".")[0] for rule in levels}),
                                   file.read(), re.M))
    ok("and explained in the manual page", sorted((explained | {"pii.KIND"}) ^ set(levels)), [])
    missing = [r for r in levels if r.startswith("emf.") and r not in {rule for rule, _ in TOLD}]
    ok("each rule of documents was planted", missing, [])


def main():
    with tempfile.TemporaryDirectory() as directory:
        planted_documents_are_found(directory)
        emf_of_all_kinds_of_files(directory)
        emf_of_fixtures(directory)
        emf_of_libraries()
        vitals_against_limits(directory)
        vitals_against_a_baseline(directory)
        errors_against_a_baseline(directory)
        bodies_against_schemas(directory)
        series_and_their_price()
        names()
        lines(directory)
        over_the_wire(directory)
        formats()
        junit_of_each_outcome()
        sarif_of_each_outcome(directory)
        sarif_in_ci(directory)
        places_of_findings(directory)
        exit_codes(directory)
        rules_are_listed()
    raise SystemExit(finish())


main()
