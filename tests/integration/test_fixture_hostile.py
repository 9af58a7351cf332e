#!/usr/bin/env python3
"""Fixtures that were written to do harm, and secrets in places and escapes where nobody looks: numbers, settings, packed
bodies, keys, prefixes. Nothing hangs, each refusal names file and line, and nothing is left.

SPDX-License-Identifier: MIT
"""
import base64
import gzip
import json
import os
import subprocess
import tempfile
import urllib.parse

from harness import BINARY, DEADLINE, Emulator, Refused, check, finish, ok

HEADER = {"obsview-fixture": 2, "start": "2026-11-23T12:00:00.000Z"}
REPORT = {"error": {"message": "x"}, "context": {"sessionId": "s"}}
folder = tempfile.TemporaryDirectory()


def path(name):
    return os.path.join(folder.name, name)


def obsview(*words):
    return subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=DEADLINE,
                          env={"HOME": folder.name, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC"})


def write(name, *lines, header=HEADER):
    with open(path(name), "w", encoding="utf-8") as file:
        for line in (header, *lines):
            file.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
    return path(name)


def request(t, body=None, method="POST", where="/errors/report", headers=None, **more):
    said = {"method": method, "path": where, "body": body if body is not None else REPORT,
            **({"headers": headers} if headers else {})}
    return {"t": t, "source": "http", "request": said, **more}


def told(name, *lines, header=HEADER):
    """What a replay says of a fixture; broken lines are left out."""
    return obsview("replay", "--expect", write(name, *lines, header=header))


def what_is_kept():
    keep = request(0, keep={"id": "/errorId", "all": "", "yes": "/success"})
    done = told("bomb.jsonl", keep, request(1, ["{{id}}"] * 1000000))
    check("a line does not grow for ever", "bomb.jsonl: line 3: with the values it uses: longer than 32 MiB" in done.stderr,
          done.stderr)
    members = ",".join('"k%d":"{{id}}"' % n for n in range(200000))
    body = '{"error":{"message":"x"},"context":{"sessionId":"s"},%s}' % members
    done = told("many.jsonl", keep, '{"t":1,"source":"http","request":{"method":"POST","path":"/errors/report","body":%s}}' % body)
    check("nor does it take for ever to fill one", "played 2 events" in done.stderr, done.stderr)
    for name, line in (("method", request(1, method="{{yes}}")),
                       ("match", request(1, expect={"body": {"success": {"$match": "{{yes}}"}}}))):
        done = told(name + ".jsonl", keep, line)
        check("%s: a value that does not fit makes a broken line" % name,
              done.returncode != 0 and "line 3: with the values it uses: " in done.stderr, done.stderr)
        done = obsview("replay", "--strict", path(name + ".jsonl"))
        check("%s: --strict stops there" % name, done.returncode == 3 and "line 3: " in done.stderr, done)


def what_is_broken():
    for name, line, why in (
            ("base64", request(0, {"base64": "???"}), "line 2, column 103: request: body: base64 is none"),
            ("line64", {"t": 0, "source": "emf-tcp", "line": {"base64": "YQ="}}, "line 2, column 50: line: base64 is none"),
            ("deep", '{"t":0,"x":' + "[" * 1000000, "line 2, column 75: JSON nested deeper than 64"),
            ("long", request(0, {"a": "x" * (33 << 20)}), "line 2 is longer than 32 MiB"),
            ("negative", request(-1), "line 2, column 7: t is not"),
            ("nul", "\0", "line 2, column 1: not JSON: NUL"),
            ("matcher", request(0, expect={"text": {"$match": "(((("}}), "$match takes a regular expression")):
        done = told(name + ".jsonl", line, request(5))
        check("%s is a broken line, and the next one is played" % name,
              why in done.stderr and "played 1 event " in done.stderr, done.stderr)
    done = told("back.jsonl", request(5), request(1))
    check("time goes on", "line 3, column 7: t is less than" in done.stderr, done.stderr)
    done = told("slow.jsonl", request(0, expect={"text": {"$match": "^(([a-z\\W])+.?)+Q$"}}))
    ok("an expression without an end has one", done.returncode, 1)
    for setting in ("db", "listen", "record", "config", "token", "endpoint-url", "ca-bundle"):
        done = told("set.jsonl", request(0), header={**HEADER, "settings": {setting: "x"}})
        check("%s is for nobody's fixture" % setting, done.returncode in (2, 3) and setting in done.stderr, done)


# In a body: the part that must not be left, and the body.
HIDDEN = [
    ("4155550132", {"phone": 4155550132}), ("4155550132", {"mobile": "4155550132"}), ("078051120", {"ssn": "078051120"}),
    ("78051120", {"ssn": 78051120}), ("12345678", {"password": 12345678}), ("1234", {"pin": 1234}),
    ("654321", {"token": 654321}), ("ter2hunter", {"password": 'hun"ter2hunter'}), ("ter2hunter", {"a": '{"password":"hun\\"ter2hunter"}'}),
    ("123456789012", {"accountIds": [123456789012, 210987654321]}), ("210987654321", {"accountIds": [123456789012, 210987654321]}),
    ("123456789012", {"accounts": {"123456789012": 1}}), ("ada@corp.io", {"ada@corp.io": 1}),
    ("hunter2hunter2", {"u": "redis://ada:hunter2hunter2@localhost:6379/0"}), ("51H8abcdefg", {"k": "sk_live_51H8abcdefghijklmnopq"}),
    ("ghp_abcdef", {"k": "ghp_abcdefghijklmnopqrstuvwxyz0123456789"}), ("xoxb-1", {"k": "xoxb-1234567890-1234567890123-abcdefghijkl"}),
    ("MIIEvQIBADANBg", {"k": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END PRIVATE KEY-----\n"}),
    ("aabbccddeeff", {"u": "https://b/k?X-Amz-Signature=aabbccddeeff00112233"}), ("ada%2540corp", {"u": "?u=%3Fto%3Dada%2540corp.io"}),
    ("81.2.69.142", {"u": "?q=a%5Ct81.2.69.142"}), ("ada&#64;corp", {"html": "<b>ada&#64;corp.io</b>"}),
    ("４１５", {"m": "call (４１５) ５５５-０１３２ now"}), ("ada＠corp", {"m": "to ada＠corp.io"}),
]


def what_is_hidden():
    settings = {"recordings-bucket": "rec-123456789012-eu", "emf-group": "/aws/ada@corp.io"}
    packed = base64.b64encode(gzip.compress(b'{"a":"ada@corp.io"}')).decode()
    raw = base64.b64encode(b"\xff\xfe ada@corp.io").decode()
    lines = [request(n, body, expect={"status": 200, "body": body}) for n, (_, body) in enumerate(HIDDEN)]
    lines += [{"t": 90, "source": "emf-udp", "line": json.dumps(body)} for _, body in HIDDEN]
    lines += [request(91, REPORT, where="/errors/report?" + urllib.parse.quote(json.dumps(body))) for _, body in HIDDEN]
    lines += [request(92, {"base64": packed}, headers={"content-encoding": "gzip"}), request(93, {"base64": raw})]
    done = obsview("fixture", "redact", write("hidden.jsonl", *lines, header={**HEADER, "settings": settings}), path("out.jsonl"))
    ok("redacted", (done.returncode, done.stderr), (0, ""))
    done = obsview("fixture", "verify", "--format", "json", path("hidden.jsonl"))
    found = {row["where"].rsplit(":", 1)[1] for row in json.loads(done.stdout)["findings"] if row["level"] == "fail"}
    ok("verify finds them on each line, and in the header", found, {str(n) for n in range(1, len(lines) + 2)})
    with open(path("out.jsonl"), encoding="utf-8") as file:
        after = [json.loads(line) for line in file]
    for n, (part, body) in enumerate(HIDDEN):
        for one in (after[1 + n], after[1 + n + len(HIDDEN)], after[1 + n + 2 * len(HIDDEN)]):
            text = urllib.parse.unquote(json.dumps(one, ensure_ascii=False).replace("%25", "%2525"))
            check("%s is gone from %s" % (part, body), part not in text and part.replace("%", "%25") not in text, text)
        ok("%s is what was expected" % part, after[1 + n]["expect"]["body"], after[1 + n]["request"]["body"])
    text = json.dumps(after[0])
    check("settings hold nothing", "123456789012" not in text and "ada@" not in text, text)
    ok("what was packed is plain", list(after[-2]["request"]["body"]), ["a"])
    check("and holds nothing", "ada@" not in json.dumps(after[-2]) and b"ada@" not in base64.b64decode(after[-1]["request"]["body"]["base64"]))
    done = obsview("fixture", "verify", path("out.jsonl"))
    check("verify agrees", done.returncode == 0 and "0 fail, 0 unknown" in done.stdout, done.stdout)
    obsview("fixture", "redact", path("out.jsonl"), path("again.jsonl"))
    with open(path("out.jsonl"), "rb") as one, open(path("again.jsonl"), "rb") as other:
        ok("redacting again changes nothing", one.read(), other.read())
    with open(path(".local/state/obsview/redaction-key"), "rb") as file:
        key = file.read()
    with open(path("out.jsonl"), "rb") as file:
        written = file.read()
    check("the key is not in it", key not in written and key.hex().encode() not in written
          and base64.b64encode(key) not in written)


def what_is_asked_for():
    """Places are none of the values that stand there."""
    line = request(0, keep={"token": "/token", "password": "header:etag", "who": "/users/ada@corp.io/id"})
    obsview("fixture", "redact", write("keep.jsonl", line), path("kept.jsonl"))
    with open(path("kept.jsonl"), encoding="utf-8") as file:
        keep = [json.loads(one) for one in file][1]["keep"]
    ok("places stay", (keep["token"], keep["password"]), ("/token", "header:etag"))
    check("but for people in them", "ada@" not in keep["who"] and keep["who"].endswith(".example/id"), keep)
    done = obsview("fixture", "verify", path("kept.jsonl"))
    check("and verify agrees", done.returncode == 0, done.stdout)
    done = obsview("fixture", "verify", path("keep.jsonl"))
    check("which looks at them", done.returncode == 1 and "1 fail" in done.stdout, done.stdout)


def what_is_not_whole():
    """A recording that lacks something ends with a status that a build notices."""
    try:
        Emulator("--record", "/dev/full")
        check("a full disk is told at once", False)
    except Refused as refused:
        check("a full disk is told at once", "/dev/full" in str(refused), refused)
    emulator = Emulator("--record", path("refused.jsonl"))
    emulator.post("/errors/report", REPORT)
    emulator.post("/errors/report", {**REPORT, "deep": "\\u005c" + "u005c" * 20 + "u0040"})
    told = emulator.stop(wanted=3)
    check("an event that cannot be judged", "obsview: 1 event is in" in told and "cannot be judged" in told, told)
    emulator = Emulator("--record", path("whole.jsonl"))
    emulator.post("/errors/report", REPORT)
    check("one that is whole", "obsview: 1 event is in" in emulator.stop())


if __name__ == "__main__":
    what_is_kept()
    what_is_broken()
    what_is_hidden()
    what_is_asked_for()
    what_is_not_whole()
    folder.cleanup()
    raise SystemExit(finish())
