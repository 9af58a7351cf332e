#!/usr/bin/env python3
"""`obsview diff A B`: one planted change of each kind is told with its verdict, and nothing else is; what is the same is no
difference, whether it comes as a fixture, as the database it was played into or as that of an emulator that runs; hostile
texts stay texts, and a comment fits on GitHub.

SPDX-License-Identifier: MIT
"""
import base64
import hashlib
import http.client
import http.server
import json
import os
import random
import re
import sqlite3
import subprocess
import tempfile
import threading
import time

from harness import BINARY, DEADLINE, FIXTURES, Emulator, check, finish, ok, signed

folder = tempfile.TemporaryDirectory()
DEMO = os.path.join(FIXTURES, "demo.jsonl")
START, START_MS = "2026-11-24T10:00:00.000Z", 1795514400000
SESSION = "0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11"
SITE = "5b1c9a53-55aa-4c9b-9a53-0a1f5d0c3b11"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
GROUP = "/aws/lambda/shop-cart"


def path(name):
    return os.path.join(folder.name, name)


def obsview(*words):
    return subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=2 * DEADLINE, check=False,
                          env={"HOME": folder.name, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC",
                               "OBSVIEW_DB": path("never.db")})


def diff(a, b, *options):
    """The exit code, the rows and the amounts."""
    done = obsview("diff", a, b, "--format", "json", *options)
    if not done.stdout.startswith("{"):
        return done.returncode, done.stderr, None
    told = json.loads(done.stdout)
    counts = {}
    for row in told["rows"]:
        counts[row["verdict"]] = counts.get(row["verdict"], 0) + 1
    ok("counts are those of the rows", {k: v for k, v in told["counts"].items() if v > 0}, counts)
    return done.returncode, told["rows"], told["amounts"]


def brief(rows, *members):
    return sorted(tuple(row[m] for m in members or ("verdict", "change", "what")) for row in rows)


# --- fixtures ------------------------------------------------------------------------------------------------------


def post(where, body, **headers):
    return {"source": "http", "request": {"method": "POST", "path": where, "headers": {
        "content-type": "application/json", **headers}, "body": body}}


def vital(name, value, route):
    return post("/metrics/web-vitals", {"metrics": [
        {"name": name, "value": value, "url": "https://shop.example" + route}], "sessionId": SESSION,
        "userAgent": AGENT})


def error(kind, message, frame="Cart.tsx"):
    return post("/errors/report", {"error": {"message": message, "type": kind, "stack": "%s: %s\n    at total (https://"
                                             "shop.example/src/%s:10:5)" % (kind, message, frame)},
                                   "context": {"url": "https://shop.example/cart", "userAgent": AGENT,
                                               "sessionId": SESSION}})


def hit(url, name=None):
    payload = {"website": SITE, "url": url, "hostname": "shop.example", "language": "en", "screen": "100x100"}
    return post("/api/send", {"type": "event", "payload": {**payload, **({"name": name} if name else {})}},
                **{"user-agent": AGENT})


def line(**members):
    return {"source": "emf-stdin", "group": GROUP, "line": json.dumps({"level": "INFO", "message": "ok", **members})}


def emf(metric, dimensions, **values):
    return {"source": "emf-tcp", "line": json.dumps({"_aws": {"Timestamp": START_MS, "CloudWatchMetrics": [
        {"Namespace": "Shop", "Dimensions": [dimensions], "Metrics": [{"Name": metric}]}]}, metric: 1, **values})}


def aws(service, target, body):
    headers = {k.lower(): v for k, v in signed(service).items()}
    return post("/", body, **{**headers, "content-type": "application/x-amz-json-1.1", "x-amz-target": target})


def alarm(name, dimension, value):
    return aws("monitoring", "GraniteServiceVersion20100801.PutMetricAlarm", {
        "AlarmName": name, "Namespace": "Shop", "MetricName": "Orders", "Dimensions": [
            {"Name": dimension, "Value": value}], "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
        "Threshold": 1, "ComparisonOperator": "LessThanThreshold"})


def metric_filter(pattern, value):
    return aws("logs", "Logs_20140328.PutMetricFilter", {
        "logGroupName": GROUP, "filterName": "slow-carts", "filterPattern": pattern, "metricTransformations": [
            {"metricName": "SlowCarts", "metricNamespace": "Shop", "metricValue": value}]})


def base():
    """Two hundred events of each kind, and what looks at them."""
    chance = random.Random(7)
    events = [line(took=1, cart={"total": 1, "items": 2}), emf("Orders", ["service"], service="cart"),
              alarm("orders-stopped", "service", "cart"), metric_filter("{ $.took > 100 }", "$.took")]
    for n in range(200):
        events += [vital("LCP", chance.gauss(2000, 150), "/cart"), vital("LCP", chance.gauss(1500, 150), "/"),
                   vital("CLS", abs(chance.gauss(0.05, 0.01)), "/cart"), hit("/cart"), hit("/"),
                   hit("/cart", "add-to-cart"), emf("Orders", ["service"], service="cart"),
                   emf("Carts", ["service", "region"], service="cart", region="eu"),
                   line(took=n, cart={"total": 9.5, "items": 2})]
        if n % 10 == 0:
            events += [error("TypeError", "x is undefined")]
    return events


def write(name, events, head=None):
    with open(path(name), "w", encoding="utf-8") as file:
        for n, event in enumerate([head or {"obsview-fixture": 2, "start": START}, *events]):
            file.write((event if isinstance(event, str) else json.dumps(
                event if n == 0 else {"t": 1000 * n, **event})) + "\n")
    return path(name)


def vitals_of(event):
    return event["request"]["body"]["metrics"][0] if event.get("request", {}).get("path") == "/metrics/web-vitals" else None


def changed(how):
    """The same events, each given to `how`, which answers what stands in its place."""
    return [now for now in (how(json.loads(json.dumps(event))) for event in base()) if now is not None]


def with_vital(name, route, how):
    def change(event):
        sample = vitals_of(event)
        if sample and sample["name"] == name and sample["url"] == "https://shop.example" + route:
            sample["value"] = how(sample["value"])
        return event
    return changed(change)


def with_lines(how):
    def change(event):
        if event["source"] == "emf-stdin":
            said = json.loads(event["line"])
            how(said)
            event["line"] = json.dumps(said)
        return event
    return changed(change)


def with_metric(metric, event):
    return changed(lambda e: event if e["source"] == "emf-tcp" and '"%s"' % metric in e["line"] else e)


# --- what is the same ----------------------------------------------------------------------------------------------


def checksum(name):
    with open(path(name), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def same():
    ok("the same is no difference", diff(write("a.jsonl", base()), write("same.jsonl", base()))[:2], (0, []))
    ok("the recorded one neither", diff(DEMO, DEMO)[:2], (0, []))
    done = obsview("diff", path("a.jsonl"), path("same.jsonl"))
    check("it says so, in Markdown, since this is no terminal", done.stdout.startswith("<!-- obsview diff -->\n## obsview diff: no difference\n"),
          done.stdout)
    ok("whatever OBSVIEW_DB says, nothing is written", os.path.exists(path("never.db")), False)
    obsview("replay", path("a.jsonl"), "--db", path("a.db"))
    before = checksum("a.db")
    ok("a fixture is the database it was played into", diff(path("a.jsonl"), path("a.db"))[:2], (0, []))
    ok("the other way round, too", diff(path("a.db"), path("a.jsonl"))[:2], (0, []))
    ok("the database did not change", checksum("a.db"), before)
    twice = [obsview("diff", DEMO, path("a.db"), "--format", form).stdout for form in ("md", "text", "json") * 2]
    ok("the same question, the same answer", twice[:3], twice[3:])


def shuffled():
    events = base()
    random.Random(3).shuffle(events)
    code, rows, _ = diff(path("a.jsonl"), write("shuffled.jsonl", events))
    ok("the order of things is no difference", (code, rows), (0, []))


# --- one change of each kind ---------------------------------------------------------------------------------------

PLANTED = [
    ("a new error", lambda: base() + [error("RangeError", "too many", "List.tsx")], 1,
     [("worse", "new", "RangeError: too many")]),
    ("an error that is gone", lambda: changed(
        lambda e: None if e.get("request", {}).get("path") == "/errors/report" else e), 0,
     [("better", "gone", "TypeError: x is undefined"),
      ("changed", "log group gone", "/aws/lambda/obsview-dev-error-reporter")]),
    ("a slow route", lambda: with_vital("LCP", "/cart", lambda v: v * 1.5), 1,
     [("worse", "slower, into a worse rating", "LCP /cart")]),
    ("slower, and still good", lambda: with_vital("LCP", "/", lambda v: v * 1.2), 0,
     [("changed", "slower, in the same rating", "LCP /")]),
    ("a fast route", lambda: with_vital("LCP", "/cart", lambda v: v * 0.8), 0, [("better", "faster", "LCP /cart")]),
    ("noise", lambda: with_vital("LCP", "/cart", lambda v: v * 1.005), 0,
     [("noise", "no more than noise", "LCP /cart")]),
    ("a new route", lambda: base() + [vital("INP", 100, "/new")], 0, [("changed", "new", "INP /new")]),
    ("a route that is gone", lambda: changed(lambda e: None if (vitals_of(e) or {}).get("name") == "CLS" else e), 3,
     [("not judged", "gone", "CLS /cart")]),
    ("a metric that is gone", lambda: with_metric("Carts", None), 1,
     [("worse", "metric gone", "Shop Carts [region, service]")]),
    ("a metric that is new", lambda: base() + [emf("Refunds", ["service"], service="cart")], 0,
     [("changed", "metric new", "Shop Refunds [service]")]),
    ("a dimension that is gone", lambda: with_metric("Carts", emf("Carts", ["service"], service="cart")), 1,
     [("changed", "dimensions new", "Shop Carts [service]"),
      ("worse", "dimensions gone", "Shop Carts [region, service]")]),
    ("many values of a dimension", lambda: base() + [emf("Carts", ["service", "region"], service="cart", region="r%d" % n)
                                                     for n in range(30)], 0,
     [("changed", "more series", "Shop Carts [region, service]")]),
    ("an alarm that is new", lambda: base() + [alarm("orders-low", "service", "cart")], 0,
     [("changed", "alarm new", "orders-low")]),
    ("a field that is gone", lambda: with_lines(lambda said: said["cart"].pop("items")), 0,
     [("changed", "field gone", "cart.items")]),
    ("a field that is new", lambda: with_lines(lambda said: said.update(user={"plan": "free"})), 0,
     [("changed", "field new", "user")]),
    ("a field of another type", lambda: with_lines(lambda said: said["cart"].update(total="9.50")), 0,
     [("changed", "type changed", "cart.total")]),
    ("a rare field", lambda: base() + [line(rare=1)], 0, [("noise", "field new", "rare")]),
    ("a page that is new", lambda: base() + [hit("/sale/%d" % n) for n in range(9)], 0,
     [("changed", "page new", "/sale/:id")]),
    ("an event that is gone", lambda: changed(
        lambda e: None if "name" in (e.get("request", {}).get("body", {}).get("payload", {})) else e), 0,
     [("changed", "event gone", "add-to-cart")]),
]


def planted():
    for name, events, wanted_code, wanted in PLANTED:
        code, rows, _ = diff(path("a.jsonl"), write("b.jsonl", events()))
        ok(name, (code, brief(rows) if isinstance(rows, list) else rows), (wanted_code, sorted(wanted)))


def alarms():
    code, rows, _ = diff(path("a.jsonl"), write("b.jsonl", with_metric("Orders", emf("Orders", ["app"], app="cart"))))
    ok("a dimension that an alarm looks at", (code, brief(rows, "verdict", "change", "what", "where")), (1, sorted([
        ("worse", "alarm without data", "orders-stopped", "Shop Orders {service=cart}"),
        ("changed", "dimensions new", "Shop Orders [app]", ""),
        ("worse", "dimensions gone", "Shop Orders [service]", "orders-stopped")])))
    ok("the row of the metric says so", [row["note"] for row in rows if row["change"] == "dimensions gone"],
       ["1 of them in no series of this metric any more; 1 alarm looks at this"])
    events = with_metric("Orders", emf("Orders", ["service"], service="basket"))
    code, rows, _ = diff(path("a.jsonl"), write("b.jsonl", events))
    ok("the value that an alarm names", (code, brief(rows)), (1, [("worse", "alarm without data", "orders-stopped")]))
    code, rows, _ = diff(path("a.jsonl"), write("b.jsonl", with_lines(lambda said: said.pop("took"))))
    ok("a field that a metric filter names", (code, brief(
        [row for row in rows if row["section"] == "logs"], "verdict", "change", "what", "where")),
       (1, [("worse", "field gone", "took", GROUP + ", filter slow-carts")]))
    ok("and the metric it made", brief([row for row in rows if row["section"] == "metrics"]),
       [("worse", "metric gone", "Shop SlowCarts []")])


def privacy():
    leaky = [vital("LCP", 2000, "/cart?mail=ada.lovelace@corp.io")]
    code, rows, _ = diff(path("a.jsonl"), write("b.jsonl", base() + leaky))
    found = [row for row in rows if row["section"] == "privacy"]
    check("personal data is told", found and found[0]["what"] == "email" and "web-vitals" in found[0]["where"], rows)
    ok("and not the address", "lovelace" in json.dumps(rows), False)
    check("high is worse", code == (1 if any("high" in row["note"] for row in found) else 0), (code, found))


def amounts():
    _, _, were = diff(path("a.jsonl"), write("b.jsonl", base() + [emf("Refunds", ["n"], n=str(n)) for n in range(40)]))
    ok("custom metrics, and what they cost", [
        (were["customMetrics"]["after"] - were["customMetrics"]["before"]),
        were["metricsMonth"]["after"] - were["metricsMonth"]["before"]], [40, 40 * 300000 if
                                                                          were["customMetrics"]["before"] >= 10 else
                                                                          (30 + were["customMetrics"]["before"]) * 300000])
    check("bytes of documents", were["emfBytes"]["after"] > were["emfBytes"]["before"] > 40000, were)
    ok("page views and refusals", (were["views"]["before"], were["refused"]["before"]), (400, 0))
    ok("EMF documents", were["emfDocuments"]["after"] - were["emfDocuments"]["before"], 40)
    short = write("short.jsonl", [line(took=1)])
    ok("a moment says nothing of a month", diff(short, short)[2]["logsMonth"]["after"], None)


# --- what cannot be judged -----------------------------------------------------------------------------------------


def unjudged():
    few = [vital("LCP", 1000 + n, "/cart") for n in range(5)]
    other = [vital("LCP", 1100 + n, "/cart") for n in range(5)]
    code, rows, _ = diff(write("few.jsonl", few), write("other.jsonl", other))
    ok("few samples are not enough", (code, brief(rows)), (3, [("not judged", "not enough data", "LCP /cart")]))
    ok("unless fewer are asked for", (diff(path("few.jsonl"), path("other.jsonl"), "--least", "5")[0]), 0)
    ok("the same few are the same", diff(path("few.jsonl"), path("few.jsonl"))[:2], (0, []))
    code, rows, _ = diff(path("few.jsonl"), write("empty.jsonl", []))
    check("an empty file is told", code == 3 and rows[0]["section"] == "reading" and "not enough data" in rows[0]["note"],
          (code, rows))
    code, rows, _ = diff(path("few.jsonl"), write("broken.jsonl", few + ['{"t":']))
    ok("a broken line is told", (code, [row["note"] for row in rows]), (3, ["1 broken line was left out"]))
    code, rows, _ = diff(path("few.jsonl"), write("worse.jsonl", few + [error("E", "new"), '{"t":']))
    ok("what is worse counts more", code, 1)


def wrong():
    for name, words, code, told in [
            ("one file", ["diff", DEMO], 2, "expected obsview diff A B"),
            ("no such file", ["diff", DEMO, path("none.jsonl")], 3, "none.jsonl"),
            ("a directory", ["diff", DEMO, folder.name], 2, "is a directory: expected a fixture"),
            ("an address where nobody is", ["diff", DEMO, "http://127.0.0.1:1"], 3, "http://127.0.0.1:1/_obsview/health: "),
            ("no host at all", ["diff", DEMO, "http:///"], 2, "expected http://HOST:PORT"),
            ("a password", ["diff", DEMO, "http://me:secret@127.0.0.1:1"], 2, "expected http://HOST:PORT"),
            ("neither", ["diff", DEMO, os.path.join(FIXTURES, "prices.ini")], 3, "expected a fixture"),
            ("a format", ["diff", DEMO, DEMO, "--format", "junit"], 2, "expected text, json or md")]:
        done = obsview(*words)
        ok(name, (done.returncode, told in done.stderr, done.stdout), (code, True, ""))
    with sqlite3.connect(path("foreign.db")) as other:
        other.execute("CREATE TABLE t(x)")
    done = obsview("diff", path("foreign.db"), DEMO)
    ok("a database of something else", (done.returncode, "foreign.db" in done.stderr), (3, True))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "store_7.sql"), encoding="utf-8") as script:
        with sqlite3.connect(path("old.db")) as old:
            old.executescript(script.read())
    done = obsview("diff", path("old.db"), DEMO)
    ok("a store of an older schema", (done.returncode, "schema 7, this obsview reads" in done.stderr), (3, True))


# --- an emulator that runs -----------------------------------------------------------------------------------------


def living():
    db = path("living.db")
    with Emulator(db=db, clock=START) as emulator:
        for n in range(30):
            sample = vital("LCP", 2000 + n, "/cart")["request"]
            emulator.post(sample["path"], sample["body"])
        report = error("LivingError", "now")["request"]
        emulator.post(report["path"], report["body"])
        code, rows, _ = diff(path("few.jsonl"), db)
        ok("the database of one that runs", (code, brief([row for row in rows if row["section"] == "errors"])),
           (1, [("worse", "new", "LivingError: now")]))
        emulator.post(report["path"], report["body"])
        code, rows, _ = diff(db, db)
        ok("it goes on, and is still read", (code, rows), (0, []))


def by_address():
    """What is asked of an emulator that runs is what its database holds, wherever that lies."""
    played = path("played.db")
    ok("a recording is played", obsview("replay", path("a.jsonl"), "--db", played).returncode, 0)
    with Emulator(db=played, clock="2026-11-24T12:00:00Z") as emulator:
        code, rows, amounts_of = diff(path("a.jsonl"), emulator.url)
        ok("an emulator that has a recording is no difference", (code, rows), (0, []))
        ok("nor are the amounts", [name for name, at in amounts_of.items() if at["before"] != at["after"]], [])
        ok("with a slash, too", diff(emulator.url + "/", path("a.jsonl"))[:2], (0, []))
        code, rows, _ = diff(emulator.url, write("b.jsonl", base() + [error("NewError", "of B")]))
        ok("and what differs is told", (code, brief(rows)), (1, [("worse", "new", "NewError: of B")]))
    with Emulator("--token", "swordfish", clock=START) as emulator:
        for event in base():
            if event["source"] == "http":
                emulator.http.request("POST", event["request"]["path"], json.dumps(event["request"]["body"]),
                                      {**event["request"]["headers"], "authorization": event["request"]["headers"].get(
                                          "authorization", "Bearer swordfish")})
                emulator.http.getresponse().read()
        emulator.http.request("POST", "/", json.dumps({"Namespace": "Now", "MetricData": [{"MetricName": "Open", "Value": 1}]}), {
            **{name: value.replace("=test/", "=swordfish/") for name, value in signed("monitoring").items()},
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "GraniteServiceVersion20100801.PutMetricData"})
        ok("a metric of the minute that is not over", (emulator.http.getresponse().read(), [row["what"] for row in diff(
            path("a.jsonl"), emulator.url, "--token", "swordfish")[1] if row["change"] == "metric new"]), (b"", ["Now Open []"]))
        for words in ([], ["--token", "carp"]):
            done = obsview("diff", path("a.jsonl"), emulator.url, *words)
            ok("not without its token %s" % words, (done.returncode, done.stdout, "--token" in done.stderr), (3, "", True))


class Stranger(http.server.BaseHTTPRequestHandler):
    """Says that it is an obsview, and has no whole database."""
    whole = b""
    answers = {"none": (503, b"busy\x1b[31m", 0), "half": (200, None, 1), "shorter than it says": (200, None, 0),
               "garbage": (200, b"x" * 100000, 0), "of something else": (200, b"SQLite format 3\0" + b"\0" * 100000, 0), "empty": (200, b"", 0)}

    def do_GET(self):
        status, body, missing = (200, b'{"name":"obsview"}', 0) if self.path == "/_obsview/health" else self.answers[self.server.how] if self.path == "/_obsview/database" else (200, b"{}", 0)
        body = self.whole[:len(self.whole) // 2] if body is None else body
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) + missing))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def get_copy(emulator, **headers):
    asked = http.client.HTTPConnection(emulator.address, timeout=DEADLINE)
    asked.request("GET", "/_obsview/database", headers={name.replace("_", "-"): value for name, value in headers.items()})
    return asked, asked.getresponse()


def few_at_a_time(emulator):
    """Whoever reads slowly holds a copy; there are four, and room again as soon as one of them is gone."""
    for n in range(40):  # more than sockets hold
        emulator.call("logs", "CreateLogGroup", logGroupName="g%d" % n)
        emulator.call("logs", "CreateLogStream", logGroupName="g%d" % n, logStreamName="s")
        emulator.call("logs", "PutLogEvents", logGroupName="g%d" % n, logStreamName="s", logEvents=[
            {"timestamp": START_MS, "message": base64.b64encode(os.urandom(200000)).decode()}])
    held = [get_copy(emulator) for _ in range(4)]
    ok("four copies", [answer.status for _, answer in held], [200] * 4)
    _, fifth = get_copy(emulator)
    ok("and no fifth", (fifth.status, fifth.getheader("Retry-After"), b"4 others read a copy" in fifth.read()), (503, "1", True))
    held[0][1].read()
    for asked, _ in held[1:]:
        asked.close()
    deadline = time.monotonic() + DEADLINE
    while get_copy(emulator)[1].status != 200 and time.monotonic() < deadline:
        pass
    ok("then there is room again", get_copy(emulator)[1].status, 200)


def whom_it_is_for(emulator):
    """No page makes copies that it could not read."""
    for name, headers, status in (("another site's", {"Origin": "https://evil.example"}, 403), ("an image's", {"Sec_Fetch_Site": "cross-site"}, 403),
                                  ("a rebound name's", {"Host": "evil.example"}, 421), ("one of ours", {
                                      "Origin": "http://localhost:5173", "Sec_Fetch_Site": "cross-site"}, 200),
                                  ("a person's", {"Sec_Fetch_Site": "none"}, 200)):
        ok("a page, " + name, get_copy(emulator, **headers)[1].status, status)
    for _ in range(2):  # a connection that breaks off says so
        emulator.http.request("HEAD", "/_obsview/database")
        answer = emulator.http.getresponse()
        ok("whether there is one", (answer.status, answer.read(), answer.getheader("Content-Type")), (200, b"", "application/vnd.sqlite3"))


def by_a_bad_address():
    """Half a database is none, whoever sends it; nothing of it stays behind."""
    scratch = path("scratch")
    os.mkdir(scratch)
    with open(path("played.db"), "rb") as file:
        Stranger.whole = file.read()

    def asked(url, home=scratch):
        done = subprocess.run([BINARY, "diff", path("few.jsonl"), url], capture_output=True, text=True, timeout=2 * DEADLINE,
                              check=False, env={"HOME": folder.name, "PATH": os.environ["PATH"], "TMPDIR": home})
        return done.returncode, done.stdout, done.stderr

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as stranger:
        thread = threading.Thread(target=stranger.serve_forever)
        thread.start()
        url = "http://127.0.0.1:%d" % stranger.server_port
        for stranger.how in Stranger.answers:
            code, told, why = asked(url)
            ok("a database that is none: " + stranger.how, (code, told, why.startswith("obsview: " + url), "\x1b" in why), (3, "", True, False))
        Stranger.answers["whole"] = (200, Stranger.whole, 0)
        stranger.how = "whole"
        ok("a whole one is read", asked(url)[0], 1)
        code, told, why = asked(url, path("nowhere"))
        ok("where there is no room", (code, told, "cannot create a directory in" in why), (3, "", True))
        code, told, why = asked(url + "/elsewhere")
        ok("at another path there is none", (code, told, "who answers there is no obsview emulator" in why), (3, "", True))
        stranger.shutdown()
        thread.join()
    with Emulator(clock=START, env={"TMPDIR": scratch}) as emulator:
        code, told, _ = asked(emulator.url)
        check("an empty store is told", code == 3 and "not enough data: nothing is in it" in told, told)
    ok("no copy is left", os.listdir(scratch), [])
    with Emulator(clock=START, env={"TMPDIR": scratch}) as emulator:
        few_at_a_time(emulator)
        whom_it_is_for(emulator)
    with Emulator(clock=START, env={"TMPDIR": path("nowhere")}) as emulator:
        code, told, why = asked(emulator.url)
        ok("no room for it there", (code, told, "answered 503" in why and "cannot create a file in" in why), (3, "", True))


# --- Markdown ------------------------------------------------------------------------------------------------------

HOSTILE = ["a | b", "`code` ``more``", "`", "<img src=x onerror=alert(1)>", "[link](https://evil.example)",
           "![image](https://evil.example/x.png)", "@octocat please #1", "https://evil.example www.evil.example",
           "**bold** __it__ ~~no~~", "\x1b[31mred\x07\u202e\u2066", "line\nbreak\r\n| x |", "\\", "a\\|b", "-->", "&lt;b&gt;"]


def cells(row):
    """What GitHub's tables take for cells: split at bars that are not escaped, outside of nothing."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


def hostile():
    events = base() + [error("Evil%d" % n, text + " at the end", "Evil%d.tsx" % n) for n, text in enumerate(HOSTILE)]
    events += [emf("Bad|`Metric`@me", ["<b>"], **{"<b>": "x"}), line(**{"<script>|@me": 1}), *[
        hit("/cart", "@everyone | <b>`") for _ in range(99)]]
    done = obsview("diff", path("a.jsonl"), write("b.jsonl", events))
    ok("it ends with 1", done.returncode, 1)
    rows = [row for row in done.stdout.splitlines() if row.startswith("| ") and not row.startswith("| ---")]
    errors = [row for row in rows if "Evil" in row]
    ok("a row each", len(errors), len(HOSTILE))
    ok("of six cells each", {len(cells(row)) for row in errors}, {6})
    plain = []
    for row in rows:
        for cell in cells(row):
            plain.append(re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", cell).replace("<br>", ""))
    left = [text for text in plain if re.search(r"[@<>\[\]#!`]|evil|www|https?:", text)]
    ok("nothing hostile outside of a code span", left, [])
    bad = [c for c in done.stdout if (ord(c) < 32 and c != "\n") or c in "\x7f\u202e\u2066"]
    ok("no control characters", bad, [])
    text = obsview("diff", path("a.jsonl"), path("b.jsonl"), "--format", "text").stdout
    ok("nor for a terminal", [c for c in text if (ord(c) < 32 and c != "\n") or c in "\x7f\u202e\u2066"], [])


def large():
    events = base() + [error("Error%d" % n, ("@a|`<b>" * 40) + str(n), "F%d.tsx" % n) for n in range(400)]
    events += [line(**{"field%d" % n: 1}) for n in range(600)]
    events += [emf("Metric%d" % n, ["service"], service="x") for n in range(600)]
    done = obsview("diff", path("a.jsonl"), write("b.jsonl", events))
    ok("it fits into a comment", done.returncode == 1 and len(done.stdout.encode()) <= 65000, True)
    check("it is used up to the end", len(done.stdout) > 30000, len(done.stdout))
    last = done.stdout.rstrip().splitlines()[-1]
    left = {title: int(n) for n, title in re.findall(r"(\d+) of ([A-Z][a-z ]+)", last)}
    shown = {"Error groups": done.stdout.count("| new | ")}
    check("what is left out is counted", last.startswith("Left out") and left.get("Error groups", 0) > 0, last)
    ok("and what is shown is the rest", left["Error groups"] + shown["Error groups"], 400)
    code, rows, _ = diff(path("a.jsonl"), path("b.jsonl"))
    ok("JSON has all", (code, sum(row["section"] == "errors" for row in rows)), (1, 400))
    text = obsview("diff", path("a.jsonl"), path("b.jsonl"), "--format", "text").stdout
    ok("a screen is not flooded", (text.count(" new: Error"), "  and 200 more; --format json has all\n" in text), (200, True))


# --- the recorded one ----------------------------------------------------------------------------------------------


def recorded():
    """The bundled traffic, in which one route became slow and one function forgot a dimension of its metric."""
    slow = 0
    with open(DEMO, encoding="utf-8") as file, open(path("demo-b.jsonl"), "w", encoding="utf-8") as out:
        for text in file:
            event = json.loads(text)
            for sample in (event.get("request", {}).get("body") or {}).get("metrics", []):
                if sample["name"] == "LCP" and sample["url"].endswith("/pricing"):
                    sample["value"] *= 2.5
                    slow += 1
            out.write(json.dumps(event) + "\n")
    code, rows, _ = diff(DEMO, path("demo-b.jsonl"))
    check("there is something to be slow", slow > 20, slow)
    ok("of the bundled traffic, one route", (code, brief(rows)), (1, [
        ("worse", "slower, into a worse rating", "LCP /pricing")]))
    row = rows[0]
    check("with what a program needs", row["samples"] == [slow, slow] and row["p75"][1] > 2 * row["p75"][0] and
          row["p"] < row["pCounts"], row)


same()
shuffled()
planted()
alarms()
privacy()
amounts()
unjudged()
wrong()
living()
by_address()
by_a_bad_address()
hostile()
large()
recorded()
raise SystemExit(finish())
