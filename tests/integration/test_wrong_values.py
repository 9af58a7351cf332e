#!/usr/bin/env python3
"""No value of a recording brings a program down: each member of each event in turn is something else than it should be.

SPDX-License-Identifier: MIT

Random bytes make broken lines, which nobody reads on; these lines are whole.
"""
import copy
import glob
import json
import os
import re
import subprocess
import tempfile

from harness import BINARY, DEADLINE, Emulator, HERE, KEPT, check, finish

WRONG = (None, True, 0, -1, 1e308, -1e308, 2**63 - 1, 0.5, "", "0", "-1", "9" * 400, "x" * 3000, [], {}, [[]], [1], ["x"], {"a": 1},
         "\u202e\x07\x1b[2J")
VIEWS = ("overview", "vitals", "errors", "analytics", "sessions", "lambda", "aurora", "costs", "logs", "alarms", "tags", "health")
UNSHOWN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]|\\bnan\\b")
ENDINGS = {0, 1, 3}  # 1: what a fixture expects did not come, or verify found something
TOGETHER = 14        # places of one file that are wrong, of several operations
DEPTH = 4            # of a request's members: what is in its body is its endpoint's affair

folder = tempfile.TemporaryDirectory()


def path(name):
    return os.path.join(folder.name, name)


def obsview(*words):
    env = {"HOME": folder.name, "LANG": "C.UTF-8", "TZ": "UTC", "TERM": "xterm-256color", "AWS_EC2_METADATA_DISABLED": "true",
           "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1",
           **{name: os.environ[name] for name in KEPT if name in os.environ}}
    return subprocess.run([BINARY, *words], capture_output=True, timeout=DEADLINE, stdin=subprocess.DEVNULL, env=env)


# --- what can be wrong -----------------------------------------------------------------------------------------------

def members(value, so_far=()):
    """(path, container, key) of all that is below; the items of a list have one path."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in pairs:
        place = so_far + ("[]" if isinstance(value, list) else key,)
        yield place, value, key
        yield from members(below, place)


def kind_of(event):
    request = event.get("request")
    return (request.get("operation") or request.get("path") if isinstance(request, dict) else None) or event.get("source", "header")


def places(events):
    return sorted({(kind_of(event),) + place for event in events for place, _, _ in members(event)})


def spoilt(events, wrong):
    """A copy, in which each place of `wrong` has its value instead."""
    events = copy.deepcopy(events)
    for event in events:
        kind = kind_of(event)
        for (of, *place), value in wrong:
            if of == kind:
                for found, container, key in list(members(event)):
                    if list(found) == place:
                        container[key] = copy.deepcopy(value)
    return events


def files_of(events):
    """Files in which each place is wrong once, with places that are far apart in each."""
    all_places = [place for place in places(events) if "response" in place or len(place) <= DEPTH]
    count = -(-len(all_places) // TOGETHER)
    for first in range(count):
        wrong = [(place, WRONG[(first + n * 7) % len(WRONG)]) for n, place in enumerate(all_places[first::count])]
        with open(path("wrong.jsonl"), "w", encoding="utf-8") as file:
            for event in spoilt(events, wrong):
                file.write(json.dumps(event) + "\n")
        yield wrong


def is_torn(run):
    """A frame has nothing a terminal obeys, and no value that is none."""
    return UNSHOWN.search(run.stdout.decode("utf-8", "backslashreplace")) is not None


def frames(number):
    """Two views of each file, in turn."""
    return [("watch", "--fixture", "wrong.jsonl", "--once", "--at", "end", "--view", VIEWS[n % len(VIEWS)])
            for n in (number, number + len(VIEWS) // 2)]


def all_survive(what, events, *commands):
    """Each file with each command; with none, on the screen."""
    count, fallen = 0, []
    for number, wrong in enumerate(files_of(events)):
        for command in commands or frames(number):
            if os.path.exists(path("out.jsonl")):
                os.remove(path("out.jsonl"))
            run = obsview(*[path(word) if word.endswith(".jsonl") else word for word in command])
            count += 1
            if run.returncode not in ENDINGS or b"Sanitizer" in run.stderr or b"runtime error" in run.stderr or \
                    b"\x07" in run.stdout + run.stderr or (not commands and is_torn(run)):
                fallen.append((command, run.returncode, run.stderr[-1000:], wrong))
    check("%s: %d runs of wrong values" % (what, count), count > 0 and fallen == [], fallen[:3])


# --- recordings ------------------------------------------------------------------------------------------------------

def answers(emulator):
    """One of each question."""
    seen = {}
    for view in ("overview", "lambda", "aurora", "costs", "logs", "tags", "alarms", "analytics"):
        run = obsview("watch", "--endpoint-url", emulator.url, "--record", path(view + ".jsonl"), "--once", "--view", view)
        check("%s is recorded" % view, run.returncode == 0, run.stderr)
        with open(path(view + ".jsonl"), encoding="utf-8") as file:
            header, *events = [json.loads(line) for line in file]
        for event in events:
            seen.setdefault((kind_of(event), str(event["request"]["parameters"].get("Namespace"))), event)
    return [header] + sorted(seen.values(), key=lambda event: event["t"])


def endpoint_of(event):
    return "/".join(kind_of(event).split("?")[0].split("/")[:3])


def requests():
    """One to each endpoint, and one line of each source, of the fixtures of the tests."""
    seen = {}
    for name in sorted(glob.glob(os.path.join(HERE, "fixture", "*.jsonl"))):
        with open(name, encoding="utf-8") as file:
            for line in list(file)[1:]:
                event = json.loads(line)
                seen.setdefault((event.get("source"), endpoint_of(event)), event)
    header = {"obsview-fixture": 2, "start": "2026-11-23T12:00:00.000Z", "settings": {"retention": "30d"}}
    return [header] + [dict(event, t=n) for n, event in enumerate(seen.values())]


def main():
    with Emulator("--demo") as emulator:
        recorded = answers(emulator)
        check("most operations are in the recording", len({kind_of(event) for event in recorded}) > 15, len(recorded))
        all_survive("watch", recorded)
        all_survive("a recording that is verified and redacted", recorded, ("fixture", "verify", "wrong.jsonl"),
                    ("fixture", "redact", "wrong.jsonl", "out.jsonl"))
        sent = requests()
        check("most paths are in the fixtures", len(sent) > 20, len(sent))
        all_survive("replay", sent, ("replay", "wrong.jsonl", "--expect"), ("replay", "wrong.jsonl", "--to", emulator.url),
                    ("watch", "--fixture", "wrong.jsonl", "--once", "--at", "end"), ("fixture", "verify", "wrong.jsonl"),
                    ("fixture", "redact", "wrong.jsonl", "out.jsonl"), ("check", "pii", "wrong.jsonl"),
                    ("check", "contract", "wrong.jsonl"), ("check", "logs", "wrong.jsonl"))
    return finish()


if __name__ == "__main__":
    raise SystemExit(main())
