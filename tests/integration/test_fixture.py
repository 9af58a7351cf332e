#!/usr/bin/env python3
"""Recorded traffic looked into, searched and redacted: secrets are planted, and must be gone while what belonged together
still does.

SPDX-License-Identifier: MIT
"""
import base64
import contextlib
import gzip
import json
import os
import signal
import subprocess
import tempfile
import time

from harness import BINARY, DEADLINE, FIXTURES, check, finish, ok

HEADER = {"obsview-fixture": 2, "start": "2026-11-23T12:00:00.000Z"}
PLANTED = {"email": "ada.lovelace@corp.io", "phone": "(415) 555-0132", "ssn": "078-05-1120", "card": "4111 1111 1111 1111",
           "aws-key": "AKIAI44QH8DHBX4MPLEQ", "account-id": "210987654321", "ip": "81.2.69.142",
           "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWEtdG9rZW4"}
SESSION = "0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11"

folder = tempfile.TemporaryDirectory()


def path(name):
    return os.path.join(folder.name, name)


def fixture(*words, **env):
    return subprocess.run([BINARY, "fixture", *words], capture_output=True, text=True, timeout=DEADLINE,
                          env={"HOME": folder.name, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **env})


def write(name, *lines):
    with open(path(name), "w", encoding="utf-8") as file:
        file.write("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in (HEADER, *lines)))
    return path(name)


def events(name):
    opened = gzip.open if name.endswith(".gz") else open
    with opened(path(name), "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def planted():
    """Each value in a body, a query, a header, a line, and in JSON within JSON."""
    lines = []
    for n, (kind, value) in enumerate(PLANTED.items()):
        quoted = value.replace("@", "%40").replace(" ", "%20").replace("(", "%28").replace(")", "%29")
        lines += [
            {"t": n, "source": "http", "request": {
                "method": "POST", "path": "/errors/report?v=" + quoted, "headers": {"x-note": "of %s here" % value},
                "body": {"error": {"message": "for %s, again" % value}, "context": {"sessionId": SESSION}}},
             "expect": {"status": 200, "body": {"echo": value}}},
            {"t": n, "source": "emf-stdin", "group": "/aws/lambda/f", "line": json.dumps(
                {"level": "INFO", "nested": json.dumps({"v": value}), "bytes": 123456789012})},
            {"t": n, "source": "aws-response", "request": {"service": "sts", "operation": "GetCallerIdentity"},
             "response": {"status": 200, "body": {"Note": value}}}]
    return lines


def found(name):
    done = fixture("verify", path(name), "--format", "json")
    return done.returncode, {f["evidence"] for f in json.loads(done.stdout)["findings"] if f["level"] == "fail"}


def verify():
    write("planted.jsonl", *planted())
    code, kinds = found("planted.jsonl")
    ok("all that was planted is found", (code, kinds), (1, set(PLANTED)))
    text = fixture("verify", path("planted.jsonl")).stdout
    check("and told with file and line, without the value",
          "planted.jsonl:2" in text and not any(v in text for v in PLANTED.values()), text)
    ok("the bundled traffic is clean", found(os.path.join(FIXTURES, "demo.jsonl")), (0, set()))
    write("packed.jsonl", {"t": 1, "source": "http", "request": {"method": "POST", "path": "/x", "body": {
        "base64": base64.b64encode(b"\xff to " + PLANTED["email"].encode()).decode()}}})
    ok("what is written as base64 is read", found("packed.jsonl"), (1, {"email"}))
    write("foreign.jsonl", {"t": 1, "source": "http", "note": PLANTED["ip"], "request": {
        "method": "POST", "path": "/x", "headers": {"cookie": "sid=1", "Authorization": "abc"}}})
    ok("and what no recording has", found("foreign.jsonl"), (1, {"ip", "cookie", "secret", "Authorization"}))
    write("broken.jsonl", {"t": 1, "source": "emf-tcp", "line": "a"}, "{\"t\":2,", {"t": 0, "source": "emf-tcp", "line": "b"})
    done = fixture("verify", path("broken.jsonl"))
    check("broken lines are named", done.returncode == 1 and "line 3, column" in done.stdout and "line 4" in done.stdout,
          done.stdout)
    with open(path("nothing.jsonl"), "w", encoding="utf-8") as file:
        file.write('{"obsview-fixture":2,"start":"2026-11-24T10:00:00.000Z"}\n')
    done = fixture("verify", path("nothing.jsonl"))
    ok("a recording of nothing proves nothing", (done.returncode, "not enough data" in done.stdout), (3, True))
    done = fixture("verify", path("nowhere"))
    check("a file that is not there is 3", done.returncode == 3 and "nowhere" in done.stderr, done)


def redact():
    done = fixture("redact", path("planted.jsonl"), path("clean.jsonl.gz"))
    ok("redacted", (done.returncode, done.stderr), (0, ""))
    ok("nothing is left", found("clean.jsonl.gz"), (0, set()))
    before, after = events("planted.jsonl"), events("clean.jsonl.gz")
    text = json.dumps(after)
    check("no value is", not any(value in text for value in PLANTED.values()))
    ok("the id of the key is told", len(after[0]["redaction"]), 8)
    ok("as many events", len(after), len(before))
    for n, kind in enumerate(PLANTED):
        http, line, aws = after[1 + 3 * n:4 + 3 * n]
        name = http["expect"]["body"]["echo"]
        ok("%s: one pseudonym everywhere" % kind,
           [name in http["request"]["path"].replace("%20", " "), "of %s here" % name == http["request"]["headers"]["x-note"],
            "for %s, again" % name == http["request"]["body"]["error"]["message"],
            json.loads(json.loads(line["line"])["nested"])["v"] == name, aws["response"]["body"]["Note"] == name],
           5 * [True])
        ok("%s: what names nobody is as it was" % kind,
           (http["request"]["body"]["context"]["sessionId"], json.loads(line["line"])["bytes"]), (SESSION, 123456789012))
    done = fixture("redact", path("planted.jsonl"), path("clean.jsonl.gz"))
    check("no file is written over", done.returncode == 3 and "there already" in done.stderr, done)
    fixture("redact", path("clean.jsonl.gz"), path("twice.jsonl"))
    ok("redacting again changes nothing", events("twice.jsonl"), after)
    with open(path("key"), "wb") as file:
        file.write(b"k" * 32)
    fixture("redact", path("planted.jsonl"), path("other.jsonl"), "--redaction-key", path("key"))
    check("another key, other pseudonyms", events("other.jsonl")[1] != after[1])
    ok("the key is for its owner alone",
       os.stat(os.path.join(folder.name, ".local/state/obsview/redaction-key")).st_mode & 0o777, 0o600)
    done = fixture("redact", path("broken.jsonl"), path("half.jsonl"))
    ok("half a copy is none", (done.returncode, os.path.exists(path("half.jsonl"))), (3, False))


def stat():
    done = fixture("stat", path("planted.jsonl"), "--format", "json")
    ok("stat counts by door", json.loads(done.stdout), {
        "file": path("planted.jsonl"), "start": "2026-11-23T12:00:00.000Z", "lengthMs": len(PLANTED) - 1,
        "events": 3 * len(PLANTED), "broken": 0, "redaction": None,
        "doors": {"POST /errors/report": len(PLANTED), "emf-stdin": len(PLANTED), "sts GetCallerIdentity": len(PLANTED)}})
    with open(path("quiet.jsonl"), "w", encoding="utf-8") as file:
        file.write('{"obsview-fixture":2,"start":"2026-11-23T12:00:00.000Z","length":90000}\n{"t":7,"source":"emf-tcp","line":"x"}\n')
    check("it lasts as long as its header says", ", 90.0 s, 1 event," in fixture("stat", path("quiet.jsonl")).stdout)
    done = fixture("stat", path("broken.jsonl"))
    check("broken lines are counted", "2 broken lines" in done.stdout, done.stdout)
    for words in ([], ["stat"], ["paint", "x"], ["redact", "x"]):
        check("fixture %s is refused" % " ".join(words), fixture(*words).returncode == 2)


def fed(words, text, **more):
    return subprocess.run([BINARY, *words], input=text, capture_output=True, timeout=DEADLINE,
                          env={"HOME": folder.name, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}, **more)


def pipes():
    """Standard input by its name "-", and pipes by theirs, are read like a file."""
    report = {"t": 5, "source": "http", "request": {"method": "POST", "path": "/errors/report", "body": {
        "error": {"message": "x"}, "context": {"sessionId": SESSION}}}, "expect": {"status": 200}}
    with open(write("one.jsonl", report), "rb") as file:
        text = file.read()
    for name, given in (("text", text), ("gzip", gzip.compress(text)), ("mark", b"\xef\xbb\xbf" + text)):
        for place in ("-", "/dev/stdin"):
            for words in (["fixture", "stat"], ["fixture", "verify"], ["replay", "--expect"], ["check", "contract"]):
                done = fed([*words, place], given)
                ok("%s %s, %s" % (" ".join(words), place, name), (done.returncode, b"cannot" in done.stderr), (0, False))
        done = fed(["check", "pii", "-"], given)
        check("check pii takes it for a fixture, %s" % name, b"1 other request" in done.stdout, done.stdout)
    check("what was read is a fixture's", b"POST /errors/report" in fed(["fixture", "stat", "-"], text).stdout)
    ok("it is empty the second time", fed(["replay", "-", "-"], text).returncode, 3)
    done = fed(["fixture", "redact", "-", "-"], text)
    ok("and a copy goes to standard output", (done.returncode, done.stdout.count(b"\n")), (0, 2))
    done = fed(["watch", "--once", "--fixture", "-"], text)
    check("nobody steps back in a pipe", done.returncode == 2 and b"a pipe cannot be gone back in" in done.stderr, done.stderr)
    with open(path("kept.txt"), "wb+") as file:
        file.write(b"kept\n")
        file.flush()
        subprocess.run([BINARY, "fixture", "redact", path("broken.jsonl"), "-"], stdout=file, stderr=subprocess.DEVNULL,
                       timeout=DEADLINE, env={"HOME": folder.name})
        file.seek(0)
        ok("what stood there before stays", file.read(5), b"kept\n")


def other_places():
    """Only a file is removed when it did not become a copy."""
    os.mkfifo(path("fifo"))
    reader = os.open(path("fifo"), os.O_RDONLY | os.O_NONBLOCK)
    ok("a broken line", fixture("redact", path("broken.jsonl"), path("fifo")).returncode, 3)
    os.close(reader)
    check("a pipe stays", os.path.exists(path("fifo")))
    os.symlink(path("target.jsonl"), path("link.jsonl"))
    ok("a broken line", fixture("redact", path("broken.jsonl"), path("link.jsonl")).returncode, 3)
    ok("of a link the file goes", (os.path.islink(path("link.jsonl")), os.path.exists(path("target.jsonl"))), (True, False))
    done = fed(["emulate", "--db", ":memory:", "--listen", "127.0.0.1:0", "--emf-listen", "off", "--record", "-"], b"",
               cwd=folder.name)
    check("nothing is recorded to standard output",
          done.returncode == 2 and b"cannot record to standard output" in done.stderr, done)
    check("nor to a file of that name", not os.path.exists(path("-")))
    reader, writer = os.pipe()
    process = subprocess.Popen([BINARY, "fixture", "redact", "-", path("stopped.jsonl")], stdin=reader, stderr=subprocess.PIPE,
                               env={"HOME": folder.name, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"})
    os.close(reader)
    line = b'{"t":1,"source":"emf-stdin","line":"%s"}\n' % (b"x" * 500)
    os.write(writer, json.dumps(HEADER).encode() + b"\n" + line)
    os.set_blocking(writer, False)
    end = time.monotonic() + DEADLINE
    while not (os.path.exists(path("stopped.jsonl")) and os.path.getsize(path("stopped.jsonl")) > 1000) and \
            time.monotonic() < end:
        with contextlib.suppress(BlockingIOError):
            os.write(writer, line)
    process.send_signal(signal.SIGTERM)
    with contextlib.suppress(BrokenPipeError):
        os.set_blocking(writer, True)
        while process.poll() is None and time.monotonic() < end:
            os.write(writer, line)
    os.close(writer)
    told = process.communicate(timeout=DEADLINE)[1]
    ok("a signal ends it", (process.returncode, b"ended by a signal" in told), (-signal.SIGTERM, True))
    check("and leaves no half a copy", not os.path.exists(path("stopped.jsonl")))
    done = fed(["emulate", "--db", ":memory:", "--listen", "127.0.0.1:0", "--emf-listen", "off", "--record", path("fifo")], b"")
    check("nor to a pipe that nobody reads", done.returncode == 3 and b"nobody reads it" in done.stderr, done.stderr)


if __name__ == "__main__":
    verify()
    redact()
    stat()
    pipes()
    other_places()
    folder.cleanup()
    raise SystemExit(finish())
