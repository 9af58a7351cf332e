#!/usr/bin/env python3
"""Whatever a file, a name or a word of the command line holds: no control character and no byte that is not UTF-8 reaches
the terminal, on any command's way to fail.

SPDX-License-Identifier: MIT
"""
import json
import os
import subprocess
import tempfile

from harness import BINARY, DEADLINE, Emulator, check, finish

# A title that is set, a C1 introducer, a bad byte, a text that is read from right to left.
BAD = b"x\x1b]0;owned\x07\xc2\x9b31m\xff\xe2\x80\xaey"
PROGRAM = os.path.abspath(BINARY)  # before the directory changes
NOWHERE = "http://127.0.0.1:1"
OPEN = ["--listen", "127.0.0.1:0", "--emf-listen", "off"]


def prepare():
    event = {"t": 1, "source": "http", "request": {"method": "GET", "path": "/_obs\x1b[31m\u009b/x\u202e"}, "expect": {"status": 201}}
    head = {"obsview-fixture": 2, "start": "2026-11-24T10:00:00.000Z"}
    with open(BAD + b".jsonl", "wb") as file:
        file.write(json.dumps(head).encode() + b"\n" + json.dumps(event).encode() + b"\n" + b'{"\x1b[31m\xff\n' * 30)
    with open(BAD + b".json", "wb") as file:
        subprocess.run([PROGRAM, "stack", "print"], stdout=file, check=True)
    for name, data in (("strange.db", b"SQLite format 3\0" + b"\xff\x1b" * 4000), ("bad.ini", b"[env \x1b[31m\xff]\n\x1b[31m\xff = 1\n"),
                       ("stack.json", b'{"obsview-stack":1,"\\u001b[31m\\u009b":1}')):
        with open(name, "wb") as file:
            file.write(data)


FIXTURE = BAD + b".jsonl"
COMMANDS = [
    [BAD], [b"--" + BAD], ["help", BAD], ["version", BAD], ["completion", BAD], ["iam-policy", BAD],
    ["replay", BAD], ["replay", "--expect", FIXTURE], ["replay", "--strict", FIXTURE], ["replay", "--until", BAD, FIXTURE],
    ["replay", "--show", BAD, FIXTURE], ["replay", "--to", NOWHERE, FIXTURE], ["replay", "--to", b"http://127.0.0.1:1/" + BAD, FIXTURE],
    ["check", BAD], ["check", "emf", BAD], ["check", "emf", FIXTURE], ["check", "logs", FIXTURE], ["check", "pii", BAD],
    ["check", "pii", "--db", "strange.db"], ["check", "emf", FIXTURE, "--format", BAD], ["check", "errors", FIXTURE, "--baseline", BAD],
    ["check", "vitals", FIXTURE, "--save", BAD + b"/x"], ["check", "pii", BAD, "--pii-rules", BAD],
    ["diff", BAD, BAD], ["diff", FIXTURE, FIXTURE], ["diff", "strange.db", "strange.db"],
    ["fixture", BAD], ["fixture", "verify", BAD], ["fixture", "verify", FIXTURE], ["fixture", "stat", FIXTURE],
    ["stack", "check", BAD], ["stack", "check", "stack.json"],
    ["await", BAD], ["await", "vital", "--where", BAD], ["await", "vital", "--where", b"name~(" + BAD],
    ["await", "vital", "--timeout", "0s", "--endpoint-url", NOWHERE, "--where", b"name=" + BAD],
    ["ready", "--wait", "0s", "--endpoint-url", BAD], ["ready", "--wait", "0s", "--endpoint-url", b"http://" + BAD],
    ["emit", "metric", "A", BAD], ["emit", "log", BAD, "x"], ["emit", "metric", "A", "1", "--to", BAD],
    ["emit", "metric", "A", "1", "--unit", BAD], ["emit", "error", "x", "--to", b"http://127.0.0.1:1/" + BAD],
    ["run", "--", BAD], ["run", "--", b"./" + BAD],
    ["emulate", "--db", BAD + b"/x"], ["emulate", "--db", "strange.db", *OPEN], ["emulate", "--listen", BAD], ["emulate", "--fault", BAD],
    ["emulate", "--db", ":memory:", *OPEN, "--record", BAD + b"/x"],
    ["report", BAD], ["report", "vitals", "--endpoint-url", BAD], ["watch", "--env", BAD], ["watch", "--fixture", BAD],
    ["why", BAD, "--endpoint-url", NOWHERE], ["sessions", BAD], ["alarms", BAD], ["alarms", "rehearse", "--over", BAD], ["pii-seed", "--format", BAD],
    ["config", "--config", "bad.ini"], ["doctor", "--config", "bad.ini"],
    ["config", "--db", BAD], ["config", "--env", b"dev", "--umami-url", b"http://" + BAD], ["stack", "check", BAD + b".json"],
]
TO_AN_EMULATOR = [
    ["why", BAD], ["why", b"ns/" + BAD], ["why", b"ns/name," + BAD + b"=" + BAD], ["why", BAD, "--format", "json"],
    ["await", "vital", "--timeout", "0s", "--where", b"name=" + BAD], ["emit", "error", BAD, "--to", "URL"], ["sessions", "show", BAD],
    ["report", "intake"], ["report", "errors"], ["check", "errors"], ["alarms", "rehearse", BAD],
]


def foul(said):
    """What is no text for a terminal; None: all is."""
    try:
        text = said.decode()
    except UnicodeDecodeError as error:
        return repr(said[max(0, error.start - 40):error.start + 20])
    for n, char in enumerate(text):
        if (ord(char) < 0x20 and char not in "\n\t") or 0x7f <= ord(char) < 0xa0 or char in "\u200b\u202e\u2028":
            return repr(text[max(0, n - 40):n + 20])
    return None


def run(words, **more):
    done = subprocess.run([PROGRAM, *words], capture_output=True, stdin=subprocess.DEVNULL, timeout=DEADLINE, check=False,
                          env={"HOME": os.getcwd(), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **more})
    shown = " ".join(repr(w.decode(errors="backslashreplace") if isinstance(w, bytes) else w).strip("'")[:20] for w in words)
    found = foul(done.stdout) or foul(done.stderr)
    check("%.80s" % shown, found is None and done.returncode >= 0 and (done.stdout or done.stderr), (done.returncode, found))


def start():
    """What an emulator says of itself when it stands."""
    with subprocess.Popen([PROGRAM, "emulate", "--db", BAD + b".db", *OPEN], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        said = child.stdout.readline()
        child.terminate()
    check("it is ready", said.startswith(b"obsview ready http://") and foul(said) is None, said)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        prepare()
        for command in COMMANDS:
            run(command)
        run(["config"], COLLECT_API_ENDPOINT=BAD)
        start()
        with Emulator() as emulator:
            for command in TO_AN_EMULATOR:
                where = [] if "URL" in command else ["--endpoint-url", emulator.url]
                run([emulator.url if word == "URL" else word for word in command] + where)
        os.chdir("/")
    raise SystemExit(finish())
