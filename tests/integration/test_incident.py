#!/usr/bin/env python3
"""An incident of a stack file, played on the product clock: every view tells the same story.

SPDX-License-Identifier: MIT

fixtures/stacks/incident.json has Aurora's CPU at 90 % for ten minutes, a task of OpenReplay that dies, and OpenReplay
costing 60 % more. The views that show it are compared with tests/integration/incident/, at two sizes; what no stack file
decides (ports, bytes of the store, ages) is masked. OBSVIEW names the program; OBSVIEW_RECORD=1 writes the files anew.
"""
import json
import os
import re
import sys

from harness import FIXTURES, HERE, Emulator, finish, ok

STACK = os.path.join(FIXTURES, "stacks/incident.json")
GOLDEN = os.path.join(HERE, "incident")
VIEWS = ("overview", "aurora", "costs", "alarms", "health")
SIZES = ("120x36", "80x24")
START = "2026-11-28T15:00:00Z"

# What a run decides by itself, and what stands there instead; a tab shows a count only when its view has been asked too.
MASKS = [(r"^ 1( Over| ■|  2).*", " TABS"), (r"127\.0\.0\.1:\d+ *", "HERE "), (r"(obsview store +\W+ \w+ +).*", r"\1SIZE"), (r"\d+\.\d s old", "0.0 s old"),
         (r"next in \d+ s ─*", "next "), (r"─* *day 28", "─ day 28"), (r"(answers +\W+ \w+ +).*", r"\1AGES"), (r" +$", "")]


def masked(text):
    lines = text.splitlines()
    for pattern, instead in MASKS:
        lines = [re.sub(pattern, instead, line) for line in lines]
    return "\n".join(lines) + "\n"


def check_frames(program, moment):
    for view in VIEWS:
        for size in SIZES:
            path = os.path.join(GOLDEN, "%s-%s-%s.txt" % (moment, view, size))
            got = masked(program.run("watch", "--once", "--size", size, "--view", view).stdout)
            if os.environ.get("OBSVIEW_RECORD"):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(got)
            with open(path, encoding="utf-8") as file:
                ok("%s: %s at %s" % (moment, view, size), got, file.read())


def levels(panel, name, level, *names):
    rows = {row[name]: row.get(level) for row in panel["table"]["rows"]}
    return [rows.get(n) for n in names]


def check_story(program, moment, is_bad):
    """The same facts by the numbers behind the frames, so that a golden file cannot hide a contradiction."""
    bad = "bad" if is_bad else "ok"
    cpu = next(row for row in program.panels("aurora")["measures"]["table"]["rows"] if row["measure"] == "CPU")
    ok(moment + ": Aurora's CPU", (cpu["now"] >= 89.5, cpu["now level"]), (is_bad, bad))
    states = {row["alarm"]: row["state"] for row in program.panels("alarms")["alarms"]["table"]["rows"]}
    ok(moment + ": the alarms", [states[a] for a in ("aurora-cpu", "openreplay-tasks", "openreplay-unhealthy", "umami-tasks")],
       (["ALARM"] * 3 if is_bad else ["OK"] * 3) + ["OK"])
    things = program.panels("health")["things"]
    ok(moment + ": Health", levels(things, "thing", "state level", "OpenReplay", "targets openreplay-tg", "Aurora shop-aurora",
                                   "Umami"), [bad] * 3 + ["ok"])
    check = program.run("check", "aurora")
    ok(moment + ": obsview check aurora", check.returncode, 1 if is_bad else 0)


def check_cost(program):
    parts = program.panels("costs")["components"]["table"]["rows"]
    cost = {row["component"]: row["cost"] for row in parts}
    with Emulator(clock=START) as other:
        other.move_clock(advance=20 * 60)
        calm = {row["component"]: row["cost"] for row in other.panels("costs")["components"]["table"]["rows"]}
    day = calm["OpenReplay"] / (27 + 15 / 24)
    ok("OpenReplay costs 60 % more for three days, to a tenth of a day's cost",
       abs(cost["OpenReplay"] - calm["OpenReplay"] - 3 * 0.6 * day) < 0.1 * day)
    ok("and nobody else does", [cost[c] for c in ("Umami", "Infrastructure", "Grafana", "CloudWatch")],
       [calm[c] for c in ("Umami", "Infrastructure", "Grafana", "CloudWatch")])


def check_token():
    """Who gives the token sees an emulator, by its own clock; without it there is a sentence about the token."""
    with Emulator("--token", "geheim", clock=START) as program:
        run = program.run("report", "health", "--format", "json", "--token", "geheim")
        ok("with its token an emulator behind an address is known for one, and its clock holds",
           (run.returncode, json.loads(run.stdout)["now"]), (0, START.replace("Z", ".000Z")))
        run = program.run("report", "health", "--format", "json")
        ok("without it nothing is claimed", "token" in run.stdout + run.stderr, True)


def main():
    with Emulator("--stack", STACK, clock=START) as program:
        program.move_clock(advance=5 * 60)
        check_story(program, "before", False)
        program.move_clock(advance=15 * 60)
        check_story(program, "during", True)
        check_frames(program, "during")
        check_cost(program)
        program.move_clock(advance=80 * 60)
        check_story(program, "after", False)
    check_token()
    return finish()


if __name__ == "__main__":
    sys.exit(main())
