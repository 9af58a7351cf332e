#!/usr/bin/env python3
"""The Health view over the wires: traffic lights the edges that exist beside `vite dev`, without the EMF sink exactly one
path stays dark, and a bad day of the stack is told by every line it concerns.

SPDX-License-Identifier: MIT

An app's page posts a vital and an error, a function sends an EMF document over TCP, another writes a log line; then
`obsview report health` must say of each edge what was seen. The same once more with --emf-listen off. Then a stack file in
which a task dies and a database works too hard: its service, its targets and its cluster are bad, the others are not.
"""
import re
import sys
import time

from harness import DEADLINE, Emulator, check, finish

APP = [("React App", "Orchestrator"), ("Orchestrator", "Vitals Reporter"),
       ("Orchestrator", "Error Reporter"), ("Vitals Reporter", "Vitals Endpoint"),
       ("Error Reporter", "Error Endpoint"), ("Vitals Endpoint", "EMF"),
       ("Error Endpoint", "Logger"), ("EMF", "Metrics"),
       ("Logger", "Logs"), ("Functions", "Logger")]
SINK = [("Functions", "EMF")]
NEVER_HERE = [("Grafana", "Metrics"), ("Grafana", "Logs"),
              ("Grafana", "OpenSearch"), ("Logs", "OpenSearch")]


class App(Emulator):
    """An emulator beside an app: what it sends, and what Health makes of it."""

    def send(self):
        """Traffic of an app beside its dev server."""
        self.post("/metrics/web-vitals", {"metrics": [{"name": "LCP", "value": 1200}], "sessionId": "s"})
        self.post("/errors/report", {"error": {"message": "boom", "stack": "Error: boom\n at x (a.js:1:1)", "type": "Error"},
                                     "context": {"sessionId": "s"}})
        now = int(time.time() * 1000)
        group = {"logGroupName": "/aws/lambda/orders"}
        self.call("logs", "CreateLogGroup", **group)
        self.call("logs", "CreateLogStream", logStreamName="s", **group)
        self.call("logs", "PutLogEvents", logStreamName="s", logEvents=[{"timestamp": now, "message": "paid"}], **group)
        if self.emf != "off":
            self.send_emf({"_aws": {"Timestamp": now, "LogGroupName": "/aws/lambda/checkout", "CloudWatchMetrics": [
                              {"Namespace": "UserMetrics/Lambda", "Dimensions": [["function"]],
                               "Metrics": [{"Name": "Duration"}]}]},
                           "function": "checkout", "Duration": 12})

    def rows(self, panel):
        return self.panels("health")[panel]["table"]["rows"]

    def edges(self):
        return {(row["from"], row["to"]): row for row in self.rows("edges")}

    def things(self):
        return {row["thing"]: row for row in self.rows("things")}

    def edges_until(self, wanted):
        """The edges as soon as all that is wanted was seen, or as they are in the end."""
        end = time.monotonic() + DEADLINE
        while True:
            edges = self.edges()
            if all(edges.get(edge, {}).get("state") == "seen" for edge in wanted) or time.monotonic() > end:
                return edges
            time.sleep(0.2)


def states(edges, wanted):
    return {edge: edges[edge]["state"] for edge in wanted}


with App(emf="127.0.0.1:0") as emulator:
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

with App() as emulator:
    emulator.send()
    lit = emulator.edges_until(APP)
    check("without the sink the rest is lit", set(states(lit, APP).values()) == {"seen"}, states(lit, APP))
    dark = [edge for edge in lit if lit[edge]["state"] == "never seen"]
    check("and exactly one path is dark", dark == SINK, dark)

stack = {"obsview-stack": 1, "name": "bad day", "extends": "document", "incidents": [
    {"name": "cpu", "text": "t", "after": -30, "minutes": 600,
     "effects": [{"resource": "shop-aurora-1", "cpu": 90}]},
    {"name": "task", "text": "t", "after": -30, "minutes": 600,
     "effects": [{"resource": "openreplay", "stopTasks": 1}]}]}
with App(stack=stack) as emulator:
    things = emulator.things()
    bad = {name for name in things if things[name]["state"] == "bad"}
    concerned = {"OpenReplay", "ECS observability/openreplay", "Aurora shop-aurora"}
    check("a task that dies and a busy database are bad", concerned <= bad, things)
    # a target may just be starting again, and the alarms follow at a full minute
    check("nothing else is", bad <= concerned | {"targets openreplay-tg", "alarms"}, bad)
    check("its targets are not well", things["targets openreplay-tg"]["state"] in ("bad", "warn"),
          things["targets openreplay-tg"])
    check("the service says why its task stopped",
          re.search(r"last stopped \d\d:\d\d:\d\d: ", things["ECS observability/openreplay"]["what"]),
          things["ECS observability/openreplay"])
    check("the database says by how much", "CPU 9" in things["Aurora shop-aurora"]["what"],
          things["Aurora shop-aurora"])
    check("what the stack makes up says so", things["Umami"]["what"].endswith(", simulated"), things["Umami"])

sys.exit(finish())
