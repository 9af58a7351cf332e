#!/usr/bin/env python3
"""`obsview check pii` over recordings of real trackers, logs and what is neither; no value is ever printed.

SPDX-License-Identifier: MIT
"""
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
                          env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"}, check=False)
    told = done.stdout.decode() + done.stderr.decode()
    ok("no value is told by %s" % arguments[0], [v for v in VALUES if v in told], [])
    return done.returncode, done.stdout.decode()


def findings(*arguments, given=None):
    code, told = check("--format", "json", *arguments, given=given)
    return code, json.loads(told)["findings"]


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


def formats_hold(directory):
    text = b'{"level":"INFO","message":"ok","password":"hunter2"}\n'
    for form, has in (("text", "pii.secret"), ("junit", "<failure"), ("github", "::error")):
        ok(form, has in check("--format", form, "-", given=text)[1])
    ok("the rules are named by their hash", "sha256 " in check("--rules", RULES, "-", given=text)[1])
    ok("a clean log", check("-", given=b"all is well\n")[0], 0)


def main():
    directory = tempfile.mkdtemp()
    try:
        captures_are_as_listed()
        severity_decides(directory)
        packed_and_cut(directory)
        formats_hold(directory)
    finally:
        shutil.rmtree(directory)
    finish()


main()
