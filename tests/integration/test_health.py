#!/usr/bin/env python3
"""The Health view over the wires: traffic lights the edges that exist beside `vite dev`, without the EMF sink exactly one
path stays dark, and a bad day of the stack is told by every line it concerns.

SPDX-License-Identifier: MIT

An app's page posts a vital and an error, a function sends an EMF document over TCP, another writes a log line; then
`obsview report health` must say of each edge what was seen. The same once more with --emf-listen off. Then a stack file in
which a task dies and a database works too hard: its service, its targets and its cluster are bad, the others are not.
"""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection

BINARY = os.environ["OBSVIEW"]
DEADLINE = 60
AUTHORIZATION = ("AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/logs/aws4_request, "
                 "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64)

APP = [("React App", "Orchestrator"), ("Orchestrator", "Vitals Reporter"),
       ("Orchestrator", "Error Reporter"), ("Vitals Reporter", "Vitals Endpoint"),
       ("Error Reporter", "Error Endpoint"), ("Vitals Endpoint", "EMF"),
       ("Error Endpoint", "Logger"), ("EMF", "Metrics"),
       ("Logger", "Logs"), ("Functions", "Logger")]
SINK = [("Functions", "EMF")]
NEVER_HERE = [("Grafana", "Metrics"), ("Grafana", "Logs"),
              ("Grafana", "OpenSearch"), ("Logs", "OpenSearch")]

passed = failed = 0


def check(name, is_true, told=""):
    global passed, failed
    if is_true:
        passed += 1
        print("ok - " + name)
    else:
        failed += 1
        print("not ok - %s\n%s" % (name, told))
    sys.stdout.flush()


class Emulator:
    def __init__(self, emf, *options):
        self.process = subprocess.Popen([BINARY, "emulate", "--listen", "127.0.0.1:0", "--emf-listen", emf, "--db",
                                         ":memory:", *options], stdout=subprocess.PIPE, text=True)
        words = self.process.stdout.readline().split()
        if words[:2] != ["obsview", "ready"]:
            raise SystemExit("the emulator did not start: %s" % words)
        self.address = words[2][len("http://"):]
        self.emf = words[words.index("emf") + 1]

    def post(self, path, body, **headers):
        connection = HTTPConnection(self.address, timeout=DEADLINE)
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status != 200:
            raise SystemExit("%s: %d %s" % (path, answer.status, text[:300]))

    def logs(self, operation, **request):
        self.post("/", request, **{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Date": "20261124T000000Z",
                                   "X-Amz-Target": "Logs_20140328." + operation, "Authorization": AUTHORIZATION})

    def send(self):
        """Traffic of an app beside its dev server."""
        self.post("/metrics/web-vitals", {"metrics": [{"name": "LCP", "value": 1200}], "sessionId": "s"})
        self.post("/errors/report", {"error": {"message": "boom", "stack": "Error: boom\n at x (a.js:1:1)", "type": "Error"},
                                     "context": {"sessionId": "s"}})
        now = int(time.time() * 1000)
        group = {"logGroupName": "/aws/lambda/orders"}
        self.logs("CreateLogGroup", **group)
        self.logs("CreateLogStream", logStreamName="s", **group)
        self.logs("PutLogEvents", logStreamName="s", logEvents=[{"timestamp": now, "message": "paid"}], **group)
        if self.emf == "off":
            return
        host, port = self.emf.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=DEADLINE) as connection:
            connection.sendall(json.dumps({"_aws": {"Timestamp": now, "LogGroupName": "/aws/lambda/checkout",
                                                    "CloudWatchMetrics": [{"Namespace": "UserMetrics/Lambda",
                                                                           "Dimensions": [["function"]],
                                                                           "Metrics": [{"Name": "Duration"}]}]},
                                           "function": "checkout", "Duration": 12}).encode() + b"\n")

    def panels(self):
        env = dict(os.environ, OBSVIEW_LISTEN=self.address)
        got = subprocess.run([BINARY, "report", "health", "--format", "json"], env=env, capture_output=True, text=True,
                             timeout=DEADLINE)
        return {panel["name"]: panel["table"]["rows"] for panel in json.loads(got.stdout)["panels"]}

    def edges(self):
        return {(row["from"], row["to"]): row for row in self.panels()["edges"]}

    def things(self):
        return {row["thing"]: row for row in self.panels()["things"]}

    def edges_until(self, wanted):
        """The edges as soon as all that is wanted was seen, or as they are in the end."""
        end = time.monotonic() + DEADLINE
        while True:
            edges = self.edges()
            if all(edges.get(edge, {}).get("state") == "seen" for edge in wanted) or time.monotonic() > end:
                return edges
            time.sleep(0.2)

    def stop(self):
        self.process.terminate()
        self.process.wait(DEADLINE)


def states(edges, wanted):
    return {edge: edges[edge]["state"] for edge in wanted}


emulator = Emulator("127.0.0.1:0")
try:
    before = emulator.edges()
    check("nothing was seen yet", "seen" not in states(before, APP + SINK).values(), before)
    emulator.send()
    lit = emulator.edges_until(APP + SINK)
    check("the diagram has 21 edges", len(lit) == 21, len(lit))
    check("traffic lights every edge that exists here", set(states(lit, APP + SINK).values()) == {"seen"},
          states(lit, APP + SINK))
    check("what cannot be seen says so", set(states(lit, NEVER_HERE).values()) == {"cannot be seen"},
          states(lit, NEVER_HERE))
    check("and says why", all(lit[edge]["evidence"] for edge in NEVER_HERE), lit)
    check("each that was seen says when", all(lit[edge]["last"] for edge in APP + SINK), lit)
    check("and by what", lit["Functions", "EMF"]["evidence"] == "UserMetrics/Lambda",
          lit["Functions", "EMF"])
finally:
    emulator.stop()

emulator = Emulator("off")
try:
    emulator.send()
    lit = emulator.edges_until(APP)
    check("without the sink the rest is lit", set(states(lit, APP).values()) == {"seen"}, states(lit, APP))
    dark = [edge for edge in lit if lit[edge]["state"] == "never seen"]
    check("and exactly one path is dark", dark == SINK, dark)
finally:
    emulator.stop()

with tempfile.TemporaryDirectory() as directory:
    stack = os.path.join(directory, "bad-day.json")
    with open(stack, "w") as file:
        json.dump({"obsview-stack": 1, "name": "bad day", "extends": "document", "incidents": [
            {"name": "cpu", "text": "t", "after": -30, "minutes": 600,
             "effects": [{"resource": "shop-aurora-1", "cpu": 90}]},
            {"name": "task", "text": "t", "after": -30, "minutes": 600,
             "effects": [{"resource": "openreplay", "stopTasks": 1}]}]}, file)
    emulator = Emulator("off", "--stack", stack)
    try:
        things = emulator.things()
        bad = {name for name in things if things[name]["state"] == "bad"}
        concerned = {"OpenReplay", "ECS observability/openreplay", "Aurora shop-aurora"}
        check("a task that dies and a busy database are bad", concerned <= bad, things)
        # a target may just be starting again, and the alarms follow at a full minute
        check("nothing else is", bad <= concerned | {"targets openreplay-tg", "alarms"}, bad)
        check("its targets are not well", things["targets openreplay-tg"]["state"] in ("bad", "warn"),
              things["targets openreplay-tg"])
        check("the service says why its task stopped",
              re.search(r"last stopped \d\d:\d\d:\d\d: ", things["ECS observability/openreplay"]["what"]), things["ECS observability/openreplay"])
        check("the database says by how much", "CPU 9" in things["Aurora shop-aurora"]["what"],
              things["Aurora shop-aurora"])
        check("what the stack makes up says so", things["Umami"]["what"].endswith(", simulated"), things["Umami"])
    finally:
        emulator.stop()

print("%d passed, %d failed" % (passed, failed))
sys.exit(failed != 0)
