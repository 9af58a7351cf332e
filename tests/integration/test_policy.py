#!/usr/bin/env python3
"""The policy of each view allows what the view asks, as the emulator counts it.

SPDX-License-Identifier: MIT

OBSVIEW names the program.
"""
import json
import os
import subprocess
import sys
import tempfile
import urllib.request

BINARY = os.environ["OBSVIEW"]
VIEWS = "overview vitals errors lambda aurora costs logs alarms tags health".split()
# What IAM calls the services that their clients call otherwise.
PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}

counts = {True: 0, False: 0}


def check(name, is_true, told=""):
    counts[bool(is_true)] += 1
    print("%s - %s%s" % ("ok" if is_true else "not ok", name, "" if is_true else "\n# %s" % (told,)), flush=True)


def calls(url):
    with urllib.request.urlopen(url + "/_obsview/health", timeout=60) as answer:
        return {(o["service"], o["operation"]): o["calls"] for o in json.load(answer)["operations"]}


def action(service, operation):
    if service == "budgets":
        return "budgets:ViewBudget"  # one permission reads all of a budget
    return "%s:%s" % (PREFIXES.get(service, service), operation)


def asked_by(url, arguments):
    """The actions of a report by somebody who has kept no answers; nobody needs to be allowed to ask who they are."""
    before = calls(url)
    with tempfile.TemporaryDirectory() as home:
        run = subprocess.run([BINARY, "report", *arguments, "--endpoint-url", url], capture_output=True, text=True,
                             env={"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8"}, timeout=120)
    check("report %s" % " ".join(arguments), run.returncode == 0, run.stderr)
    return {action(*which) for which, count in calls(url).items() if count > before.get(which, 0) and which[0] != "sts"}


def allowed(view):
    text = subprocess.run([BINARY, "iam-policy", view], capture_output=True, text=True, check=True).stdout
    return {a for statement in json.loads(text)["Statement"] for a in statement["Action"]}


def main():
    emulator = subprocess.Popen([BINARY, "emulate", "--listen", "127.0.0.1:0", "--emf-listen", "off", "--demo"],
                                stdout=subprocess.PIPE, text=True)
    try:
        url = next(word for word in emulator.stdout.readline().split() if word.startswith("http://"))
        for view, arguments in [(view, [view]) for view in VIEWS] + [("costs", ["costs", "--month", "2025-11"])]:
            asked = asked_by(url, arguments)
            check("%s asked for something" % " ".join(arguments), asked)
            check("which its policy allows", asked <= allowed(view), "not allowed: %s" % sorted(asked - allowed(view)))
    finally:
        emulator.terminate()
        emulator.wait(60)
    print("%d passed, %d failed" % (counts[True], counts[False]))
    return counts[False] > 0


if __name__ == "__main__":
    sys.exit(main())
