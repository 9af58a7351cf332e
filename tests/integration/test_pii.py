#!/usr/bin/env python3
"""`obsview check pii` over recordings of real trackers, logs and what is neither; no value is ever printed.

SPDX-License-Identifier: MIT
"""
import base64
import gzip
import json
import os
import shutil
import subprocess
import tempfile

from harness import BINARY, FIXTURES, finish, ok

CAPTURES = os.path.join(FIXTURES, "openreplay")
RULES = os.path.join(FIXTURES, "openreplay-sanitization-rules.json")


def leaks():
    """The list made apart from the program: {capture: {(message, field, kind)}}, and all values."""
    found, values = {}, set()
    with open(os.path.join(CAPTURES, "leaks.tsv"), encoding="utf-8") as rows:
        next(rows)
        for row in rows:
            capture, message, field, kind, value, _ = row.rstrip("\n").split("\t")
            found.setdefault(capture, set()).add((message, field, kind))
            values.add(value)
    return found, values


LEAKS, VALUES = leaks()


def check(*arguments, given=None):
    done = subprocess.run([BINARY, "check", "pii", *arguments], input=given, capture_output=True, timeout=60,
                          env={"PATH": os.environ["PATH"], "HOME": "/proc/nonexistent"}, check=False)
    told = done.stdout.decode() + done.stderr.decode()
    ok("no value is told by %s" % arguments[0], [v for v in VALUES if v in told], [])
    return done.returncode, done.stdout.decode()


def findings(*arguments, given=None):
    code, told = check("--format", "json", *arguments, given=given)
    return code, json.loads(told)["findings"]


def nothing_is_no_proof():
    for name, given in (("nothing", b""), ("blank lines", b"\n \n\t\r\n")):
        code, found = findings("-", given=given)
        ok("%s could not be judged" % name, (code, [f["level"] for f in found]), (3, ["unknown"]))


def captures_are_as_listed():
    for capture in sorted(LEAKS):
        code, found = findings("--severity", "low", os.path.join(CAPTURES, capture))
        ok("%s: exit code" % capture, code, 1)
        ok("%s: message, field and kind" % capture,
           {("%d %s" % (f["recordId"], f["record"]), f["field"], f["kind"]) for f in found}, LEAKS[capture])


def severity_decides(directory):
    text = b"mail a.b@example.org\n"
    ok("medium is a finding", findings("-", given=text)[0], 1)
    ok("high alone is wanted", findings("--severity", "high", "-", given=text)[0], 0)
    rules = os.path.join(directory, "rules.json")
    with open(rules, "w", encoding="utf-8") as out:
        json.dump({"version": 1, "patterns": [{"name": "word", "regex": "mail"}], "allow": []}, out)
    ok("other rules find others", [f["kind"] for f in findings("--rules", rules, "-", given=text)[1]], ["word"])
    with open(rules, "w", encoding="utf-8") as out:
        out.write('{"version": 1, "selector": []}')
    ok("wrong rules are the caller's fault", check("--rules", rules, "-", given=text)[0], 2)


def packed_and_cut(directory):
    name = os.path.join(CAPTURES, "v19-leak-p2", "006-i.bin")
    with open(name, "rb") as body:
        content = body.read()
    plain = findings(name)[1]
    packed = os.path.join(directory, "body.gz")
    with gzip.open(packed, "wb") as out:
        out.write(content)
    ok("gzip is undone", len(findings(packed)[1]), len(plain))
    full = os.path.join(directory, "obsview.full")
    with open(full, "wb") as out:
        out.write(b"\xff" * 7 + b"\xfe" + content)
    ok("a file of a bucket", len(findings(full)[1]), len(plain))
    cut = os.path.join(directory, "cut.bin")
    with open(cut, "wb") as out:
        out.write(content[:70])
    code, found = findings(cut)
    ok("what is cut is not clean", (code, [f["kind"] for f in found if f["level"] == "unknown"]), (3, ["unjudged"]))
    ok("nothing there is not clean", findings(os.path.join(directory, "none"))[0], 3)


def fixture(directory, name, *events):
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as out:
        for line in ({"obsview-fixture": 2, "start": "2026-11-23T12:00:00.000Z"}, *events):
            out.write(json.dumps(line) + "\n")
    return path


def posted(path, body, **headers):
    return {"t": 1, "source": "http", "request": {"method": "POST", "path": path, "headers": headers, "body": body}}


def fixtures_are_searched(directory):
    """As an emulator would have searched what is in them."""
    capture, batches = "v19-default-p1", []
    for name in sorted(os.listdir(os.path.join(CAPTURES, capture))):
        if name.endswith(".bin"):
            with open(os.path.join(CAPTURES, capture, name), "rb") as body:
                batches.append(posted("/ingest/v1/web/i", {"base64": base64.b64encode(body.read()).decode()},
                                      **{"x-obsview-recording": "r000000000000002a"}))
    recorded = fixture(directory, "recorded.jsonl", *batches)
    code, found = findings("--severity", "low", recorded)
    ok("recordings: message, field and kind", (code, {("%d %s" % (f["recordId"], f["record"]), f["field"], f["kind"])
                                                      for f in found}), (1, LEAKS[capture]))
    ok("by session", {f["session"] for f in found}, {"42"})
    with open(recorded, "rb") as file:
        again = findings("--severity", "low", "-", given=file.read())[1]
    ok("the same on standard input", [f["subject"] for f in again], [f["subject"] for f in found])
    others = fixture(directory, "others.jsonl",
                     posted("/errors/report", {"error": {"message": "for a.b@example.org"}, "context": {"sessionId": "s-1"}}),
                     posted("/api/send?token=abcdefgh", {"type": "event", "payload": {"name": "call (212) 555-0187"}}),
                     {"t": 2, "source": "emf-stdin", "line": json.dumps({"level": "INFO", "password": "hunter2"})})
    ok("bodies, queries and lines, by their place", sorted((f["kind"], f["subject"].replace(directory + "/", ""))
                                                           for f in findings(others)[1]),
       [("email", "session s-1 others.jsonl:2 /errors/report.error.message"),
        ("phone", "others.jsonl:3 /api/send.payload.name"), ("secret", "others.jsonl:3 /api/send.path"),
        ("secret", "others.jsonl:4.password")])
    redacted = os.path.join(directory, "redacted.jsonl")
    subprocess.run([BINARY, "fixture", "redact", others, redacted], env={"HOME": directory, "PATH": os.environ["PATH"]},
                   check=True)
    code, found = findings(redacted)
    ok("what was redacted was there", (code, sorted({f["kind"] for f in found})), (1, ["email", "phone", "secret"]))
    ok("one without is clean", findings(fixture(directory, "clean.jsonl", posted("/api/send", {"type": "event"})))[0], 0)
    for odd in ([1, 2], {"phone": "many", "": 3, "x": -1, "email": 1e300}, "phone", None):
        name = fixture(directory, "odd.jsonl", {**posted("/api/send", {"type": "event"}), "replaced": odd},
                       {"t": 2, "source": "emf-stdin", "line": "a line", "replaced": odd})
        ok("replaced: %s is no matter" % odd, findings(name)[0] in (0, 1))
    broken = fixture(directory, "broken.jsonl", {"t": 1})
    ok("a line that cannot be read is not clean", findings(broken)[0], 3)


def formats_hold(directory):
    text = b'{"level":"INFO","message":"ok","password":"hunter2"}\n'
    for form, has in (("text", "pii.secret"), ("junit", "<failure"), ("github", "::error")):
        ok(form, has in check("--format", form, "-", given=text)[1])
    ok("the rules are named by their hash", "sha256 " in check("--rules", RULES, "-", given=text)[1])
    ok("a clean log", check("-", given=b"all is well\n")[0], 0)


def main():
    directory = tempfile.mkdtemp()
    try:
        nothing_is_no_proof()
        captures_are_as_listed()
        severity_decides(directory)
        packed_and_cut(directory)
        fixtures_are_searched(directory)
        formats_hold(directory)
    finally:
        shutil.rmtree(directory)
    return finish()


raise SystemExit(main())
