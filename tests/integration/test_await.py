#!/usr/bin/env python3
"""Tests that wait: `obsview ready` and `obsview await`. The question over HTTP behind it is in fixture/await.jsonl.

SPDX-License-Identifier: MIT
"""
import gzip
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from harness import BINARY, DEADLINE, TARGETS, Emulator, Refused, cbor, check, finish, ok, signed

SESSION = "0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11"
WEBSITE = "5a0c1a51-2b7e-4c1c-9c55-5b0a4c6f1a11"
VITALS = {"sessionId": SESSION, "userAgent": "test", "metrics": [
    {"name": "LCP", "value": 2500, "url": "https://shop.example/cart/17"},
    {"name": "CLS", "value": 0.25, "url": "https://shop.example/"}]}
ERROR = {"error": {"message": "cart.total of undefined", "type": "TypeError"}, "context": {"sessionId": SESSION}}
HIT = {"type": "event", "payload": {"website": WEBSITE, "url": "/pricing", "name": "signup",
                                    "data": {"plan": "pro", "seats": 3, "tags": ["a", "b"]}}}
DOCUMENT = {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
    {"Namespace": "Shop", "Dimensions": [["functionName"], []], "Metrics": [{"Name": "Rows", "Unit": "Count"}]}]},
    "functionName": "import", "Rows": [1, 7]}


def fields(done):
    return [json.loads(line)["fields"] for line in done.stdout.splitlines()]


def arrived(em):
    em.post("/metrics/web-vitals", VITALS)
    em.post("/errors/report", ERROR)
    em.post("/api/send", HIT, **{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0"})
    em.send_emf(DOCUMENT)
    ok("a vital by name and route", fields(em.run("await", "vital", "--where", "name=LCP", "--where", "route~^/cart")), [
        {"name": "LCP", "value": "2500", "rating": "good", "url": "https://shop.example/cart/17", "route": "/cart/:id",
         "session": SESSION, "userAgent": "test"}])
    ok("two vitals", [f["name"] for f in fields(em.run("await", "vital", "--count", "2"))], ["LCP", "CLS"])
    ok("all but one", [f["name"] for f in fields(em.run("await", "vital", "--where", "name!=LCP"))], ["CLS"])
    error = fields(em.run("await", "error", "--where", "type=TypeError", "--where", "message~total"))
    ok("an error", [(e["message"], len(e["fingerprint"])) for e in error], [("cart.total of undefined", 16)])
    hit = fields(em.run("await", "hit", "--where", "name=signup", "--where", "data.plan=pro", "--where", "data.tags.1=b"))
    ok("a hit with its data", [(h["website"], h["data.seats"]) for h in hit], [(WEBSITE, "3")])
    metric = fields(em.run("await", "metric", "--where", "dim.functionName=import"))
    ok("a metric by dimension", metric, [{"namespace": "Shop", "name": "Rows", "unit": "Count", "value": "7",
                                          "dim.functionName": "import"}])
    ok("a metric of each set", len(fields(em.run("await", "metric", "--where", "name=Rows", "--count", "2"))), 2)
    try:
        em.post("/metrics/web-vitals", {"metrics": []})
    except Refused:
        pass
    request = fields(em.run("await", "request", "--where", "status=400"))
    ok("a request that was refused", [(r["path"], r["fault"]) for r in request], [("/metrics/web-vitals", "true")])


# --- PutMetricData ---------------------------------------------------------------------------------------------------


def data(namespace):
    dimensions = [{"Name": "functionName", "Value": "import"}, {"Name": "%", "Value": "a=b&c"}]
    return {"Namespace": namespace, "MetricData": [
        {"MetricName": "Rows", "Value": 7, "Unit": "Count", "Dimensions": dimensions},
        {"MetricName": "Rows", "Values": [1, 2.5], "Counts": [3, 1]},
        {"MetricName": "Took", "StatisticValues": {"SampleCount": 4, "Sum": 1e20, "Minimum": -1, "Maximum": 0.5}}]}


def form(members):
    """The query protocol: MetricData.member.1.MetricName=Rows&..."""
    def pairs(value, name):
        if isinstance(value, dict):
            return [pair for key, member in value.items() for pair in pairs(member, name + "." + key)]
        if isinstance(value, list):
            return [pair for i, member in enumerate(value, 1) for pair in pairs(member, "%s.member.%d" % (name, i))]
        return [(name[1:], value)]
    return urllib.parse.urlencode([("Action", "PutMetricData"), ("Version", "2010-08-01"), *pairs(members, "")]).encode()


PROTOCOLS = {  # path, headers, how members are written
    "query": ("/", {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, form),
    "JSON": ("/", {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": TARGETS["monitoring"] + ".PutMetricData"},
             lambda members: json.dumps(members).encode()),
    "CBOR": ("/service/%s/operation/PutMetricData" % TARGETS["monitoring"],
             {"Content-Type": "application/cbor", "Smithy-Protocol": "rpc-v2-cbor"}, cbor)}


def put(em, protocol, members, is_packed=False):
    path, headers, write = PROTOCOLS[protocol]
    body = gzip.compress(write(members)) if is_packed else write(members)
    em.http.request("POST", path, body, {**headers, **signed("monitoring"), **({"Content-Encoding": "gzip"} if is_packed else {})})
    answer = em.http.getresponse()
    return answer.status, answer.read()


def by_the_api(em):
    """The same by whatever protocol, and the same as by EMF."""
    for protocol in PROTOCOLS:
        for is_packed in (False, True):
            namespace = "%s/%d" % (protocol, is_packed)
            ok("%s is put" % namespace, put(em, protocol, data(namespace), is_packed)[0], 200)
            done = em.run("await", "metric", "--where", "namespace=" + namespace, "--count", "3")
            ok("%s is seen, metric by metric" % namespace, fields(done), [
                {"namespace": namespace, "name": "Rows", "unit": "Count", "value": "7", "dim.%": "a=b&c", "dim.functionName": "import"},
                {"namespace": namespace, "name": "Rows", "unit": "None", "value": "2.5"},
                {"namespace": namespace, "name": "Took", "unit": "None", "sampleCount": "4", "sum": "1e+20", "minimum": "-1",
                 "maximum": "0.5"}])
    done = em.run("await", "metric", "--where", "name=Rows", "--where", "dim.functionName=import", "--count", "7")
    ok("by any door", sorted(f["namespace"] for f in fields(done)), ["CBOR/0", "CBOR/1", "JSON/0", "JSON/1", "Shop", "query/0", "query/1"])
    for name in ("a=b", "a!=b", "~", "a\\", "a\\b"):
        put(em, "JSON", {"Namespace": "Signs", "MetricData": [
            {"MetricName": "Signs", "Value": 1, "Dimensions": [{"Name": name, "Value": "x"}]}]})
        written = "".join("\\" + c if c in "=!~\\" else c for c in name)
        for condition in ("dim.%s=x", "dim.%s~^x$"):
            done = em.run("await", "metric", "--where", condition % written, "--timeout", "%ds" % DEADLINE)
            ok("a name with signs: " + condition % written, [f.get("dim." + name) for f in fields(done)], ["x"])
    ok("by a statistic set", len(fields(em.run("await", "metric", "--where", "sampleCount=4", "--count", "6"))), 6)
    ok("one bad datum refuses all of them", put(em, "CBOR", {"Namespace": "Bad", "MetricData": [
        {"MetricName": "Good", "Value": 1}, {"MetricName": "Bad", "Value": 1, "Unit": "Pounds"}]})[0], 400)
    done = em.run("await", "metric", "--where", "namespace=Bad", "--timeout", "50ms")
    check("and none of them is seen, but why", done.returncode == 1 and "refused:" in done.stderr and "Pounds" in done.stderr, done)
    em.call("logs", "CreateLogGroup", logGroupName="PutMetricData")
    em.call("monitoring", "ListMetrics", MetricName="PutMetricData")
    ok("nothing else is", len(fields(em.run("await", "metric", "--where", "name~.", "--count", "25"))), 25)


def what_is_cut(em):
    """The intake keeps so much of a body: what may stand in the rest is said, and is no proof of absence."""
    em.post("/_obsview/reset", {})
    wide = {"Namespace": "Wide", "MetricData": [{"MetricName": "m%d" % i, "Values": [i] * 50} for i in range(900)]}
    for protocol in PROTOCOLS:
        ok("too long for the intake: %s" % protocol, put(em, protocol, wide)[0], 200)
    done = em.run("await", "metric", "--where", "name=m7", "--timeout", "50ms")
    check("it is said what was not read", done.returncode == 1 and "not read: 3 too long" in done.stderr, done)
    done = em.run("await", "metric", "--count", "0", "--timeout", "50ms")
    check("and it proves nothing", done.returncode == 3 and "cannot judge: 3 came" in done.stderr, done)
    for since in (json.loads(get(em, "type=metric"))["next"], 0):
        ok("packed it is short", put(em, "JSON", wide, True)[0], 200)
        done = em.run("await", "metric", "--where", "name=m7", "--since", str(since))
        ok("and read", [f["value"] for f in fields(done)], ["7"] if since else ["7", "7"])
    ok("who asks for something else need not know", em.run("await", "vital", "--count", "0", "--timeout", "0s").returncode, 0)
    em.post("/_obsview/reset", {})
    long = {"type": "event", "payload": {"website": WEBSITE, "url": "/", "name": "long", "data": {"a": "x" * 2000}}}
    em.post("/api/batch", [long] * 100, **{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0"})
    ok("nor is a batch of hits", em.run("await", "hit", "--count", "0", "--timeout", "0s").returncode, 3)
    em.send_emf({**DOCUMENT, "note": "x" * 200000})
    em.run("await", "request", "--where", "kind=emf-tcp")
    ok("nor a document", em.run("await", "metric", "--count", "0", "--timeout", "0s").returncode, 3)


def waiting(em):
    em.post("/_obsview/reset", {})
    timer = threading.Timer(0.4, em.post, ("/metrics/web-vitals", VITALS))
    timer.start()
    done = em.run("await", "vital", "--where", "name=CLS", "--timeout", "%ds" % DEADLINE)
    ok("it waits for what comes later", [f["value"] for f in fields(done)], ["0.25"])
    timer.join()
    done = em.run("await", "vital", "--where", "name=INP", "--timeout", "200ms")
    check("when the time is over it is 1, and says what came instead",
          done.returncode == 1 and done.stdout == "" and "where name=INP: 0 came, and 2 that do not match" in done.stderr
          and '"name":"LCP"' in done.stderr, (done.returncode, done.stdout, done.stderr))
    try:
        em.post("/metrics/web-vitals", {"metrics": [{"name": "INP"}]})
    except Refused:
        pass
    done = em.run("await", "vital", "--where", "name=INP", "--where", "route=/", "--timeout", "50ms")
    check("and what was refused", "where name=INP and route=/:" in done.stderr and "refused:" in done.stderr
          and "metrics[0].value" in done.stderr, done.stderr)
    events = json.loads(get(em, "type=vital"))
    ok("since leaves out what is older", em.run("await", "vital", "--since", str(events["next"]), "--timeout",
                                                "100ms").returncode, 1)


def get(em, query):
    em.http.request("GET", "/_obsview/events?" + query)
    return em.http.getresponse().read().decode()


def nothing_may_come(em):
    """The proof of a kill switch: it takes all of its time, and says at once what came."""
    em.post("/_obsview/reset", {})
    for what, words in (("request", []), ("vital", []), ("error", ["--where", "type=TypeError"])):
        began = time.monotonic()
        done = em.run("await", what, "--count", "0", "--timeout", "400ms", *words)
        took = time.monotonic() - began
        check("no %s for all that time" % what, done.returncode == 0 and done.stdout == done.stderr == "" and took >= 0.4, (done, took))
    timer = threading.Timer(0.4, em.post, ("/metrics/web-vitals", VITALS))
    timer.start()
    began = time.monotonic()
    done = em.run("await", "vital", "--where", "name=CLS", "--count", "0", "--timeout", "%ds" % (2 * DEADLINE))
    took = time.monotonic() - began
    timer.join()
    check("what comes is told at once", done.returncode == 1 and done.stdout == "" and took < DEADLINE
          and "no vital where name=CLS was to come for %ds: 1 came" % (2 * DEADLINE) in done.stderr
          and done.stderr.count("  matches: ") == 1 and '"name":"CLS"' in done.stderr, (took, done))
    ok("what came before counts", em.run("await", "request", "--count", "0", "--timeout", "0s").returncode, 1)
    ok("another thing does not", em.run("await", "vital", "--where", "name=INP", "--count", "0", "--timeout", "50ms").returncode, 0)
    done = subprocess.run([BINARY, "await", "request", "--count", "0", "--timeout", "1s", "--endpoint-url", "http://127.0.0.1:1"],
                          capture_output=True, text=True, check=False)
    ok("an emulator that is not there proves nothing", done.returncode, 3)
    ok("more than are told at a time is refused", em.run("await", "vital", "--count", "10001").returncode, 2)
    for n in range(12):
        em.post("/metrics/web-vitals", {**VITALS, "metrics": [{"name": "TTFB", "value": n, "url": "https://shop.example/"}]})
    done = em.run("await", "vital", "--where", "name=TTFB", "--count", "0", "--timeout", "0s")
    shown = [line for line in done.stderr.splitlines() if line.startswith("  matches: ")]
    ok("of many the last ten are shown", (shown[0], len(shown), '"value":"11"' in shown[-1]), ("  matches: 2 more, before", 11, True))
    ok("less than none is refused", em.run("await", "vital", "--count", "-1").returncode, 2)


def command_line(em):
    for words, said in ((["smoke"], "expected vital"), ([], "expected vital"), (["vital", "--where", "bare"], "NAME=TEXT"),
                        (["vital", "--where", "name~("], "--where: name~(: missing"), (["vital", "--timeout", "soon"], "--timeout: expected a span"),
                        (["vital", "--where", "nme=LCP"], 'a vital has no "nme" (did you mean "name"?)'),
                        (["metric", "--where", "functionName=f"], "dim.NAME")):
        done = em.run("await", *words)
        check("await %s is refused" % " ".join(words), done.returncode == 2 and said in done.stderr, done)
    done = subprocess.run([BINARY, "await", "vital", "--endpoint-url", "http://127.0.0.1:1"], capture_output=True, text=True)
    check("nobody there is 3", done.returncode == 3 and "127.0.0.1:1" in done.stderr, done)
    done = em.run("ready")
    ok("ready says where", (done.returncode, done.stdout), (0, em.url + "\n"))
    done = subprocess.run([BINARY, "ready", "--listen", "127.0.0.1:1", "--wait", "100ms"], capture_output=True, text=True)
    check("nobody is ready", done.returncode == 3 and "127.0.0.1:1 after 100ms: nothing listens" in done.stderr, done)
    done = subprocess.run([BINARY, "ready", "--endpoint-url", "http://no..name:6270", "--wait", "100ms"], capture_output=True, text=True)
    check("a name that is none is not somebody who does not listen", done.returncode == 3
          and "the name no..name cannot be resolved: " in done.stderr and "listens" not in done.stderr, done)
    for words in (["--endpoint-url", "http://localhost"], ["--endpoint-url", "https://127.0.0.1:1"],
                  ["--endpoint-url", "http://127.0.0.1:x"], ["--endpoint-url", "http://127.0.0.1:65536"], ["--listen", "127.0.0.1:0"]):
        done = subprocess.run([BINARY, "ready", *words], capture_output=True, text=True)
        check("%s can never be ready" % words[1], done.returncode == 2 and "expected http://HOST:PORT" in done.stderr, done)


def much_of_little(em):
    """A document of 39 KB, with a metric of 30 KB in each set of dimensions: what does not fit into an answer is left out."""
    names = ["d%d" % n for n in range(30)]
    document = {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [{
        "Namespace": "Much", "Dimensions": [names[:n] + names[n + 1:] for n in range(30)],
        "Metrics": [{"Name": "M%d" % n} for n in range(33)]}]}, **{name: 1000 * "v" for name in names}, **{"M%d" % n: n for n in range(33)}}
    em.send_emf(document)
    done = em.run("await", "metric", "--where", "namespace=Much")
    told = json.loads(get(em, "type=metric&where=namespace=Much"))
    check("much of little is told as far as there is room", 200 < len(told["events"]) < 400 and told["next"] > 0, len(told["events"]))
    check("of it ten lines are printed, and how many there are", done.returncode == 0 and len(done.stdout.splitlines()) == 10
          and done.stderr == "obsview: %d more, before\n" % (len(told["events"]) - 10),
          (done.returncode, len(done.stdout), len(told["events"]), done.stderr[:500]))
    done = em.run("await", "metric", "--where", "namespace=Nothing", "--timeout", "0s")
    check("for people a line is cut", done.returncode == 1 and len(done.stderr) < 30000
          and done.stderr.count(" bytes more)\n") == 10, (done.returncode, len(done.stderr)))
    done = em.run("await", "metric", "--where", "namespace=Much", "--where", "name=M32", "--count", "30")
    ok("and what is asked for is found", (done.returncode, len(done.stdout.splitlines())), (0, 30))
    for _ in range(2):
        em.post("/metrics/web-vitals", VITALS)
    done = em.run("await", "vital", "--count", "12", "--timeout", "0s")
    check("fewer than asked for are all shown", done.returncode == 1 and done.stderr.count("  matches: ") == 4, done)
    first = json.loads(get(em, "type=vital&limit=2"))
    second = json.loads(get(em, "type=vital&limit=2&since=%d" % first["next"]))
    ok("one goes on where an answer ended", [(len(answer["events"]), answer["more"]) for answer in (first, second)], [(2, True), (2, False)])
    slices = [json.loads(get(em, "type=vital&where=name=None&reads=1"))]
    while slices[-1]["more"]:
        slices.append(json.loads(get(em, "type=vital&where=name=None&reads=1&since=%d" % slices[-1]["next"])))
    ok("an answer ends behind the body in which enough was read", [answer["others"] for answer in slices], [2, 2])


def more_than_is_read_at_a_time(em):
    """Bodies of a thousand data, packed: reading them all takes longer than the shortest wait."""
    for n in range(25):
        em.call("monitoring", "PutMetricData", Namespace="Load", MetricData=[{"MetricName": "M%d" % m, "Value": n} for m in range(1000)])
    done = em.run("await", "metric", "--where", "namespace=Load", "--where", "name=M7", "--count", "25", "--timeout", "0s")
    ok("each of many bodies is read, however long it takes", (done.returncode, len(done.stdout.splitlines())), (0, 25))
    done = em.run("await", "metric", "--where", "name=None", "--timeout", "0s")
    check("and none of them is forgotten", done.returncode == 1 and re.search("and 2[56][0-9]{3} that do not match", done.stderr), done)
    ok("what is not there is not there", em.run("await", "metric", "--where", "name=None", "--count", "0", "--timeout", "0s").returncode, 0)


def a_line_once_more():
    """What came by a socket can be taken once more, as what it was; a request cannot, and nothing that is not there."""
    with Emulator(emf="127.0.0.1:0") as em:
        def again(number):
            em.http.request("POST", "/_obsview/events/%s" % number)
            answer = em.http.getresponse()
            return answer.status, json.loads(answer.read()).get("success")

        em.send_emf(DOCUMENT)
        em.run("await", "metric", "--where", "dim.functionName=import")
        em.post("/errors/report", ERROR)
        line, request = (json.loads(get(em, "kind=" + kind))["events"][-1]["id"] for kind in ("emf-tcp", "http"))
        ok("a line is taken once more", again(line), (200, True))
        ok("and is there twice", em.run("await", "metric", "--where", "dim.functionName=import", "--count", "2").returncode, 0)
        events = json.loads(get(em, "kind=emf-tcp&body=1"))["events"]
        ok("byte for byte, by the same door", [e["body"] for e in events], 2 * [json.dumps(DOCUMENT)])
        ok("a request is none", again(request)[0], 409)
        for number in (0, 999999, "x", "-1"):
            ok("nor is %s there" % number, again(number)[0], 404)


def somebody_else():
    """Another program's answer says nothing, least of all that nothing came."""
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            says = self.server.says[min(len(asked), len(self.server.says)) - 1]
            self.send_response(200)
            self.send_header("Content-Length", str(len(says)))
            self.end_headers()
            self.wfile.write(says)

        def log_message(self, *_):
            pass

    asked = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        url = "http://127.0.0.1:%d" % other.server_port
        for says in (b"<html></html>", b"", b"[1]", b"{}", b'{"events":{},"next":1}', b'{"events":[]}'):
            other.says = [says]
            for words in (("hit",), ("request", "--count", "0")):
                done = subprocess.run([BINARY, "await", *words, "--endpoint-url", url, "--timeout", "100ms"],
                                      capture_output=True, text=True, timeout=DEADLINE, check=False)
                ok("%s of another program that says %s" % (words, says), (done.returncode, done.stdout, done.stderr), (
                    3, "", "obsview: %s: who answers there is no obsview emulator\n" % url))
        asked.clear()
        other.says = [b'{"events":[],"next":7,"others":2,"cut":0,"newestOthers":[{"id":5}]}', b'{"events":[],"next":8,"others":0,"newestOthers":[]}',
                      b'{"events":[{"id":8}],"next":9,"others":0,"newestOthers":[]}', b'{"events":[{"id":9}],"next":10}', b'{"events":[],"next":10}']
        for count, status, told in ((2, 0, (2, "")), (9, 1, (0, "2 that do not match"))):
            done = subprocess.run([BINARY, "await", "hit", "--endpoint-url", url, "--timeout", "1s", "--count", str(count)],
                                  capture_output=True, text=True, timeout=DEADLINE, check=False)
            check("what was told is kept, %d" % count, (done.returncode, len(done.stdout.splitlines())) == (status, told[0])
                  and told[1] in done.stderr, done)
            ok("and not asked for again", [re.search("since=([0-9]+)", path)[1] for path in asked[:4]], ["0", "7", "8", "9"])
            asked.clear()
        other.shutdown()
        thread.join()


def silence():
    """Somebody listens and says nothing: time is over when it is over."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = "http://127.0.0.1:%d" % server.getsockname()[1]
        for words, said in ((["ready", "--wait", "300ms"], "does not answer"), (["await", "vital", "--timeout", "300ms"], "no answer")):
            began = time.monotonic()
            done = subprocess.run([BINARY, *words, "--endpoint-url", url], capture_output=True, text=True)
            took = time.monotonic() - began
            check("%s ends" % words[0], done.returncode == 3 and said in done.stderr, done)
            check("%s ends in time" % words[0], 0.3 <= took < 5, took)


def words_of(em):
    """Of each request with which something was wrong, the word that is true of it."""
    done = em.run("await", "vital", "--timeout", "0s")
    return [line.strip().split(": ")[0] for line in done.stderr.splitlines()[1:]]


def what_was_wrong():
    bot = {"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}
    for option, word in (("count", "doubted"), ("drop", "dropped")):
        with Emulator("--umami-bots", option, emf="127.0.0.1:0") as em:
            em.post("/api/send", HIT, **bot)
            ok("a bot's hit, and bots are to %s" % ("stay" if option == "count" else "go"), words_of(em), [word])
            try:
                em.post("/errors/report", {})
            except Refused:
                pass
            em.send_emf({"note": "no document"})
            em.run("await", "request", "--where", "kind=emf-tcp")
            ok("and what else was", words_of(em), [word, "refused", "at fault"])


def token():
    with Emulator("--token", "secret") as em:
        done = em.run("ready", "--wait", "%ds" % DEADLINE)
        check("another token is said", done.returncode == 3 and "with another --token" in done.stderr, done)
        ok("with it", em.run("ready", "--token", "secret").returncode, 0)
        done = em.run("await", "vital", "--timeout", "0s", "--token", "secret")
        check("our own questions are nothing that was refused", done.returncode == 1 and "refused:" not in done.stderr, done)


def with_its_parent():
    """A test runner that is killed leaves nothing behind, however it was that it started it."""
    start = [BINARY, "emulate", "--exit-with-parent", "--print-port", "--listen", "127.0.0.1:0", "--emf-listen", "off", "--db", ":memory:"]
    runner = "import subprocess, sys, threading\n" \
             "go = lambda: subprocess.Popen(%r)\n" \
             "t = threading.Thread(target=go); t.start(); t.join()\n" \
             "sys.stdin.read()" % start
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen([sys.executable, "-c", runner], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                   env={"HOME": home, "PATH": os.environ["PATH"]})
        port = process.stdout.readline().strip()
        ok("it outlives the thread that started it", ready(port, "10s"), 0)
        process.kill()
        process.wait(DEADLINE)
        rest = process.stdout.read()  # to the end of the last process that has it
        check("and ends with the process", rest.startswith("obsview ready "), rest)
        ok("so nobody answers", ready(port, "0s"), 3)
        process.stdin.close()
        process.stdout.close()


def ready(port, wait):
    return subprocess.run([BINARY, "ready", "--endpoint-url", "http://127.0.0.1:" + port, "--wait", wait], capture_output=True).returncode


def two_at_once():
    """Each worker of a test runner has an emulator of its own, on a port that it is told."""
    with tempfile.TemporaryDirectory() as home:
        workers = [subprocess.Popen([BINARY, "emulate", "--print-port", "--listen", "127.0.0.1:0", "--emf-listen", "off",
                                     "--db", ":memory:"], stdout=subprocess.PIPE, text=True,
                                    env={"HOME": home, "PATH": os.environ["PATH"]}) for _ in range(2)]
        ports = [worker.stdout.readline().strip() for worker in workers]
        check("the first line is the port", all(port.isdigit() for port in ports) and ports[0] != ports[1], ports)
        for port, worker in zip(ports, workers):
            ok("it is ready there", ready(port, "10s"), 0)
            worker.terminate()
            ok("and ends well", worker.wait(DEADLINE), 0)
            worker.stdout.close()


if __name__ == "__main__":
    with Emulator(emf="127.0.0.1:0") as emulator:
        arrived(emulator)
        by_the_api(emulator)
        what_is_cut(emulator)
        waiting(emulator)
        nothing_may_come(emulator)
        command_line(emulator)
    with Emulator(emf="127.0.0.1:0") as emulator:
        much_of_little(emulator)
        more_than_is_read_at_a_time(emulator)
    a_line_once_more()
    somebody_else()
    silence()
    what_was_wrong()
    token()
    two_at_once()
    with_its_parent()
    raise SystemExit(finish())
