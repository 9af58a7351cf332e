#!/usr/bin/env python3
"""The Aurora view over the wire: its lines at their exact edges, whose load and connections they are, what happened.

SPDX-License-Identifier: MIT

Stack files set CPU and connections of the account's database for the hour that is looked at; `obsview report aurora`
must judge them. Then connections by user come in through the EMF door, as the emitter of the README sends them.
"""
import json
import sys
import time

from harness import DEADLINE, Emulator, check, finish


def stack(cpu, connections):
    """The document's account with a database of a hundred connections, busy since an hour and a half."""
    return {"obsview-stack": 1, "name": "aurora", "extends": "document",
            "resources": [{"type": "rds:db", "name": "shop-aurora-1", "parent": "shop-aurora", "class": "db.t4g.medium",
                           "maxConnections": 100, "users": {"app_rw": 30, "umami_user": 10}}],
            "incidents": [{"name": "busy", "text": "busy", "after": -90, "minutes": 300,
                           "effects": [{"resource": "shop-aurora-1", "cpu": cpu},
                                       {"resource": "shop-aurora-1", "connections": connections}]},
                          {"name": "restart", "text": "restarted", "after": -20, "minutes": 1,
                           "effects": [{"resource": "shop-aurora-1", "restart": True}]}]}


def row(panel, column, value):
    """The row of a panel's table; empty when there is none."""
    return next((r for r in panel["table"]["rows"] if r[column] == value), {})


def edges():
    for cpu, connections, verdict, words in ((69.9, 79, "ok", ("fine", "fine")), (70, 80, "ok", ("fine", "fine")),
                                             (70.1, 81, "bad", ("over 70 %", "over 80 % of 100"))):
        with Emulator(stack=stack(cpu, connections)) as emulator:
            panels = emulator.panels("aurora")
        measures = panels["measures"]
        for name, value, note in (("CPU", cpu, words[0]), ("connections", connections, words[1])):
            found = row(measures, "measure", name)
            check("%s at %g: %s" % (name, value, note),
                  (found.get("now"), found.get("now level"), found.get("note")) == (value, verdict, note), found)
        check("the maximum is the parameter group's", panels["cluster"]["facts"]["maximum"] == "100, parameter group",
              panels["cluster"]["facts"])
    check("what is made up says so", "simulated" in measures["note"], measures["note"])
    events = [r["message"] for r in panels["events"]["table"]["rows"]]
    check("the restart is an event", any("restarted" in message for message in events), events)
    users = panels["users"]
    check("load is called load", users["title"] == "load by user" and 20 < row(users, "user", "umami_user").get("share", 0) < 30,
          users)
    check("Umami's share is by load", panels["cluster"]["facts"]["Umami"].endswith(" % by load (active sessions)"),
          panels["cluster"]["facts"])


def document(dimension, name, metric, value):
    return {"_aws": {"LogGroupName": "/obsview/database", "Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
                {"Namespace": "UserMetrics/Database", "Dimensions": [[dimension]], "Metrics": [{"Name": metric}]}]},
            dimension: name, metric: value}


def check_mark(emulator, mark):
    done = emulator.run("check", "aurora", "--format", "json", "--mark", mark)
    return done.returncode, {f["subject"]: f for f in json.loads(done.stdout)["findings"]} if done.stdout else {}


def before_and_after():
    """Twenty percent more CPU since half an hour: a finding; the same half hour of another day: none."""
    worse = {"obsview-stack": 1, "name": "change", "extends": "document",
             "incidents": [{"name": "worse", "text": "worse", "after": -30, "minutes": 300,
                            "effects": [{"resource": "shop-aurora-1", "cpu": 58}]}]}
    for account, code, level in ((worse, 1, "warn"), (None, 0, "ok")):
        with Emulator(stack=account) as emulator:
            mark = time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(time.time() - 1800))
            got, findings = check_mark(emulator, mark)
            cpu = next((f for s, f in findings.items() if s.startswith("shop-aurora cpu")), {})
            check("CPU before and after is %s" % level, (got, cpu.get("level"), cpu.get("rule")) == (code, level, "aurora.change"),
                  (got, findings))
            check("IOPS are as before", all(findings.get("shop-aurora " + key, {}).get("level") == "ok"
                                            for key in ("read", "write")), findings)
            change = emulator.panels("aurora", "--range", "3h", "--mark", mark)["change"]
            check("the report compares, too", row(change, "measure", "CPU").get("verdict level") == level, change)
            check("a mark to come is refused", check_mark(emulator, "2999-01-01T00:00:00Z")[0] == 2)


def users():
    with Emulator(emf="127.0.0.1:0") as emulator:
        facts = emulator.panels("aurora")["cluster"]["facts"]
        check("AWS's formula is an estimate", facts["maximum"] == "~400, formula by class", facts)
        emulator.send_emf(document("user", "umami_user", "DatabaseConnections", 12),
                          document("user", "app_rw", "DatabaseConnections", 48),
                          document("schema", "umami", "SchemaBytes", 314e6))
        end = time.monotonic() + DEADLINE
        while True:
            panels = emulator.panels("aurora")
            facts = panels["cluster"]["facts"]
            if "connections" in facts["Umami"] and "schema" in facts or time.monotonic() > end:
                break
        check("12 of 60 connections are 20 %", facts["Umami"] == "20 % by connections: 12 of 60", facts)
        check("the schema has a size", facts.get("schema", "").startswith("314 MB"), facts)
        check("connections stand beside load",
              row(panels["users"], "user", "umami_user").get("connections") == 12 and
              row(panels["users"], "user", "umami_user").get("load (sessions)", 0) > 0, panels["users"])


edges()
before_and_after()
users()
sys.exit(finish())
