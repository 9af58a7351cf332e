#!/usr/bin/env python3
"""What AWS answers a screen, recorded and shown again: the same frames with nobody there to be asked, no secret in the file, and
no file that brings the screen down.

SPDX-License-Identifier: MIT

An emulator stands for the account: it is asked with a profile, at an endpoint. Planted in its logs and alarms is what must not
be in a recording.
"""
import base64
import fcntl
import json
import lzma
import os
import pty
import random
import re
import resource
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time

from harness import BINARY, DEADLINE, Emulator, KEPT, Refused, check, finish, ok

KEY, SECRET = "AKIAI44QH8DHBX4MPLEQ", "je7MtGbClwBFd2Zp9Utkh3yCo8nvbEXAMPLEKEZ"
ACCOUNT, EMAIL, IP = "210987654321", "ada.lovelace@corp.io", "81.2.69.142"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWEtdG9rZW4"
PLANTED = (KEY, SECRET, ACCOUNT, EMAIL, IP, JWT, "jane.doe")
GROUP = "/aws/lambda/planted"
MESSAGES = ("login of %s from %s" % (EMAIL, IP), "again %s, with Bearer %s" % (EMAIL, JWT),
            "upload to s3://cdk-assets-%s-eu-west-1/x by arn:aws:iam::%s:user/ops/jane.doe" % (ACCOUNT, ACCOUNT),
            '{"level":"ERROR","message":"key %s is refused","request":"%s"}' % (KEY, EMAIL))
VIEWS = ("overview", "vitals", "errors", "lambda", "aurora", "costs", "logs", "alarms", "tags", "health")
ROWS = {"health": 60}  # so that nothing is cut off; the others have 40

folder = tempfile.TemporaryDirectory()


def path(name):
    return os.path.join(folder.name, name)


def environment(**env):
    home = path("home")
    os.makedirs(home + "/.aws", exist_ok=True)
    with open(home + "/.aws/config", "w", encoding="utf-8") as file:
        file.write("[profile oncall]\nregion = eu-west-1\naws_access_key_id = %s\naws_secret_access_key = %s\n" % (KEY, SECRET))
    return {"HOME": home, "LANG": "C.UTF-8", "TZ": "UTC", "TERM": "xterm-256color", "AWS_EC2_METADATA_DISABLED": "true",
            **{name: os.environ[name] for name in KEPT if name in os.environ}, **env}


def obsview(*words, **env):
    return subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=DEADLINE, stdin=subprocess.DEVNULL,
                          env=environment(**env))


def account(url):
    return ("--profile", "oncall", "--endpoint-url", url)


def rows_of(view):
    return ROWS.get(view, 40)


def record(url, name, view, *words):
    return obsview("watch", *account(url), "--record", path(name), "--once", "--view", view, "--size", "120x%d" % rows_of(view),
                   *words)


def play(name, view, at="end", *words):
    """Below the panels is a row more, of the recording."""
    return obsview("watch", "--fixture", path(name), "--once", "--at", at, "--view", view, "--size",
                   "120x%d" % (rows_of(view) + 1), *words)


def panels(view, frame):
    """Without the rows around them, and ages: a second may have passed, and with it a minute."""
    text = "\n".join(row.rstrip() for row in frame.splitlines()[2:rows_of(view) - 3])
    return re.sub(r"data of \d\d:\d\d", "data of TIME", re.sub(r" *\d+(\.\d+)? (ms|s|m)\b", " AGE", text))


def alike(view, frame):
    """What looking costs is not the account's; where an age stands, columns may be wider; a frame that is printed once does not
    wait for the word that there is no Umami. What was asked and not answered by then is missing in a recording, which
    Health counts."""
    if view == "health":
        frame = re.sub(r"\d+ (bad|to look at|ok|without data)", r"N \1", re.sub(r"(?m)^.answers .*\n", "",
                                                                                  frame.replace("  recorded ", "  ")))
    rows, columns = panels(view, frame).splitlines(), {"overview": 60, "errors": 70, "costs": 75}.get(view, 120)
    if view == "health":  # and a row that was left out leaves a blank one below
        rows = [row for row in rows if row]
    below = 75 if view == "logs" else columns
    return "\n".join([row[:columns] for row in rows[:30]] + [row[:below] for row in rows[30:]])


def events(name):
    with open(path(name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def operations(name):
    return {e["request"]["operation"] for e in events(name)[1:]}


# --- what is there to be asked ---------------------------------------------------------------------------------------

def plant(emulator):
    now = int(time.time() * 1000)
    for operation, members in (
            ("CreateLogGroup", {"logGroupName": GROUP}), ("CreateLogStream", {"logGroupName": GROUP, "logStreamName": "s"})):
        try:
            emulator.call("logs", operation, **members)
        except Refused as refused:
            if refused.code != "ResourceAlreadyExistsException":
                raise
    say(emulator, *MESSAGES, now=now)
    emulator.call("monitoring", "PutMetricAlarm", AlarmName="planted", Namespace="Shop", MetricName="Orders", Statistic="Sum",
                  Period=60, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
                  AlarmDescription="tell %s" % EMAIL, AlarmActions=["arn:aws:sns:eu-west-1:%s:on-call" % ACCOUNT])


def say(emulator, *messages, now=None):
    now = now or int(time.time() * 1000)
    emulator.call("logs", "PutLogEvents", logGroupName=GROUP, logStreamName="s",
                  logEvents=[{"timestamp": now + n, "message": message} for n, message in enumerate(messages)])


# --- the same frames -------------------------------------------------------------------------------------------------

def record_views(url):
    """The frame of each view, by its recording."""
    frames = {}
    for view in VIEWS:
        run = record(url, view + ".jsonl", view, "--no-redact", "--log-groups", GROUP)
        ok("%s is recorded" % view, (run.returncode, "answers are in" in run.stderr), (0, True))
        frames[view] = run.stdout
    return frames


def frames_are_the_same(frames):
    for view, frame in frames.items():
        run = play(view + ".jsonl", view, "end", "--log-groups", GROUP)
        ok("%s is shown as it was" % view, alike(view, run.stdout), alike(view, frame))
        ok("%s: twice the same" % view, play(view + ".jsonl", view, "end", "--log-groups", GROUP).stdout, run.stdout)
    check("the header says that it is recorded", "recorded" in run.stdout.splitlines()[0], run.stdout)
    check("and that it was recording", "recording" in frames["health"].splitlines()[0], frames["health"])


def any_screen_shows_it():
    """Trends have as many steps on each screen, or it would ask for what another one did not."""
    for view in VIEWS:
        for size in ("80x24", "250x%d" % rows_of(view)):
            run = obsview("watch", "--fixture", path(view + ".jsonl"), "--once", "--at", "end", "--view", view, "--size", size,
                          "--log-groups", GROUP)
            check("%s is there at %s" % (view, size), "not in the rec" not in run.stdout, run.stdout)


def what_is_not_there_is_said():
    frame = play("logs.jsonl", "aurora").stdout
    check("a view that was not looked at says so", "not in the recording: Describe" in frame, frame)
    frame = play("logs.jsonl", "logs", "start", "--log-groups", GROUP).stdout
    check("before the first answer it says that, too", "not in the recording yet" in frame, frame)
    frame = play("logs.jsonl", "logs", "end", "--log-groups", GROUP, "--range", "3h").stdout
    check("lines that are known are there in any range", "key " + KEY in frame, frame)
    frame = play("lambda.jsonl", "lambda", "end", "--range", "24h").stdout
    check("metrics of another range are not", "not in the recording" in frame, frame)


# --- the same reports ------------------------------------------------------------------------------------------------

def report(view, *words):
    run = obsview("report", view, "--format", "json", "--log-groups", GROUP, *words)
    return run, {p["name"]: p for p in json.loads(run.stdout)["panels"]} if run.stdout.startswith("{") else {}


def reported(url):
    """What does not change while the demo plays on."""
    return {view: report(view, *account(url))[1] for view in ("logs", "alarms")}


def reports_are_the_same(live):
    (again, logs), (_, alarms) = [report(view, "--fixture", path(view + ".jsonl")) for view in live]
    rows = {what: [of[what]["table"]["rows"] for of in pair] for what, pair in (("lines", (logs, live["logs"])), ("alarms", (alarms, live["alarms"])))}
    ok("a report has the lines", *[[(row["time"], row["message"]) for row in side] for side in rows["lines"]])
    ok("and the alarms", *[sorted((row["alarm"], row["rule"]) for row in side) for side in rows["alarms"]])
    ok("and is the same, byte for byte", report("logs", "--fixture", path("logs.jsonl"))[0].stdout, again.stdout)
    for view in VIEWS:
        run = obsview("report", view, "--fixture", path(view + ".jsonl"), "--log-groups", GROUP)
        ok("%s is reported" % view, (run.returncode, run.stderr), (0, ""))
    run, panels_of = report("aurora", "--fixture", path("logs.jsonl"))
    missing = [p["failure"] for p in panels_of.values() if p["failure"]]
    if run.returncode == 3:  # the frame was printed before anything else that this view asks for was answered
        missing.append(run.stderr)
    check("what was not looked at is said", any("not in the recording: " in why for why in missing), (run.returncode, run.stderr))
    for name, view, words, said in (
            ("what was not known by then", "logs", ["--at", "start"], "not in the recording yet"),
            ("what no recording has", "analytics", [], "no Umami was asked in this recording")):
        run = report(view, "--fixture", path("logs.jsonl"), *words)[0]
        ok("%s is said" % name, (run.returncode, run.stdout, said in run.stderr), (3, "", True))
    run = report("costs", "--fixture", path("costs.jsonl"), "--month", "2199-01")[0]
    ok("a month that has not begun by the recording's clock", (run.returncode, "has not begun" in run.stderr), (2, True))


# --- secrets ---------------------------------------------------------------------------------------------------------

def nothing_is_left(url):
    run = record(url, "clean.jsonl", "logs", "--log-groups", GROUP)
    ok("recorded with pseudonyms", run.returncode, 0)
    record(url, "clean-alarms.jsonl", "alarms")
    for name in ("clean.jsonl", "clean-alarms.jsonl"):
        with open(path(name), encoding="utf-8") as file:
            text = file.read()
        ok("%s: nothing that was planted" % name, [value for value in PLANTED if value in text], [])
        ok("%s: nothing that signs or is signed with" % name,
           [word for word in ("Signature=", "Authorization", "SessionToken", "AWS4-HMAC") if word in text], [])
        ok("%s is verified" % name, obsview("fixture", "verify", path(name)).returncode, 0)
    ok("a recording with secrets is not", obsview("fixture", "verify", path("logs.jsonl")).returncode, 1)
    run = obsview("fixture", "redact", path("logs.jsonl"), path("redacted.jsonl"))
    ok("it can be redacted afterwards", (run.returncode, run.stderr), (0, ""))
    before, after = play("logs.jsonl", "logs", "end", "--log-groups", GROUP), play("redacted.jsonl", "logs", "end",
                                                                                  "--log-groups", GROUP)
    shown = re.findall(r"(\w+@\w+\.example)", after.stdout)
    check("and still answers, with one pseudonym for one person", len(shown) >= 2 and len(set(shown)) == 1, after.stdout)
    ok("nothing else has changed", len(panels("logs", after.stdout).splitlines()), len(panels("logs", before.stdout).splitlines()))
    account_ids = {m for e in events("clean-alarms.jsonl")[1:] for m in re.findall(r"arn:aws:sns:[^:]*:(\d+)", json.dumps(e))}
    check("one account is one pseudonym", len(account_ids) == 1 and account_ids.pop().startswith("0000"), account_ids)


# --- failures --------------------------------------------------------------------------------------------------------

def failures_are_shown_again():
    run = record("http://127.0.0.1:1", "gone.jsonl", "alarms")
    check("a source that is gone", "connection refused" in run.stdout + run.stderr, run.stdout + run.stderr)
    kinds = {e["response"].get("kind") for e in events("gone.jsonl")[1:]}
    ok("is recorded as a failure", kinds, {"io"})
    again = play("gone.jsonl", "alarms")
    check("and shown as one", "cannot reach 127.0.0.1:1: connection refused" in again.stdout, again.stdout)
    again = report("alarms", "--fixture", path("gone.jsonl"))[0]
    ok("and reported", (again.returncode, "connection refused" in again.stderr), (3, True))


# --- a screen --------------------------------------------------------------------------------------------------------

class Screen:
    """obsview in a terminal of its own; what it writes is kept as it is."""

    def __init__(self, *words, most=None):
        """No file of it gets longer than `most` bytes."""
        self.output = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if most is not None:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            os.execve(BINARY, [BINARY, *words], environment())
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))

    def read(self, seconds):
        if select.select([self.fd], [], [], seconds)[0]:
            try:
                self.output += os.read(self.fd, 65536)
            except OSError:
                pass

    def until(self, is_so):
        end = time.monotonic() + DEADLINE
        while not is_so() and time.monotonic() < end:
            self.read(0.1)
        return is_so()

    def keys(self, text):
        os.write(self.fd, text.encode())

    def end(self, how=None):
        if how is not None:
            os.kill(self.pid, how)
        else:
            self.keys("q")
        end, status = time.monotonic() + DEADLINE, None
        while status is None and time.monotonic() < end:
            self.read(0.05)
            pid, state = os.waitpid(self.pid, os.WNOHANG)
            status = state if pid else None
        os.close(self.fd)
        return status


def count_of(name, operation):
    """Of lines that are whole."""
    try:
        with open(path(name), encoding="utf-8") as file:
            return sum('"operation":"%s"' % operation in line for line in file if line.endswith("\n"))
    except FileNotFoundError:
        return 0


def killed_in_the_middle(emulator):
    screen = Screen("watch", *account(emulator.url), "--record", path("killed.jsonl"), "--view", "logs", "--log-groups", GROUP)
    check("answers reach the disk while the screen is up", screen.until(lambda: count_of("killed.jsonl", "FilterLogEvents") > 0))
    screen.end(signal.SIGKILL)
    with open(path("killed.jsonl"), encoding="utf-8") as file:
        text = file.read()
    check("whole lines are left", text.endswith("\n") and all(json.loads(line) for line in text.splitlines()), text[-200:])
    frame = play("killed.jsonl", "logs", "end", "--log-groups", GROUP).stdout
    check("which can be shown", "key " in frame, frame)


def live_tail(emulator):
    screen = Screen("watch", *account(emulator.url), "--record", path("tail.jsonl"), "--view", "logs", "--log-groups", GROUP)
    screen.until(lambda: count_of("tail.jsonl", "FilterLogEvents") > 0)
    screen.keys("\t\t\rL")  # enters the group
    check("Live Tail is on", screen.until(lambda: b"Live Tail is on" in screen.output), screen.output[-2000:])
    told = 0
    while count_of("tail.jsonl", "StartLiveTail") == 0 and told < DEADLINE:
        say(emulator, "told live %d" % told)
        told += 1
        heard, end = len(screen.output), time.monotonic() + 1
        screen.until(lambda: time.monotonic() > end and len(screen.output) >= heard)
    told = [line["message"] for e in events("tail.jsonl")[1:] if e["request"]["operation"] == "StartLiveTail"
            for line in e["response"]["body"]["sessionUpdate"]["sessionResults"]]
    check("lines of Live Tail are recorded", any(message.startswith("told live") for message in told), (told, screen.output[-500:]))
    ok("the screen ends well", screen.end(), 0)
    frame = play("tail.jsonl", "logs", "end", "--log-groups", GROUP).stdout
    check("and shown again", told != [] and told[-1] in frame, frame)


def full_disk(emulator):
    run = obsview("watch", *account(emulator.url), "--record", "/dev/full", "--once", "--view", "logs")
    check("a disk that is full is told before the screen", run.returncode == 3 and "/dev/full" in run.stderr, run)
    screen = Screen("watch", *account(emulator.url), "--record", path("full.jsonl"), "--view", "logs", "--log-groups", GROUP, most=4096)
    check("one that becomes full is told on the screen", screen.until(lambda: b"recording ended" in screen.output), screen.output[-2000:])
    ok("which goes on, and its end tells that not all is there", os.waitstatus_to_exitcode(screen.end()), 3)


# --- hostile files ---------------------------------------------------------------------------------------------------

def survives(what, name, view="alarms"):
    run = play(name, view)
    check(what, run.returncode in (0, 3) and "Sanitizer" not in run.stderr and "runtime error" not in run.stderr,
          (run.returncode, run.stderr, packed(name)))


def packed(name):
    """A file that brought the screen down, to be had again from what a failure prints."""
    with open(path(name), "rb") as file:
        return base64.b85encode(lzma.compress(file.read())).decode()


def hostile():
    with open(path("logs.jsonl"), "rb") as file:
        whole = file.read()
    source = random.Random(7)
    for n in range(8):
        cut = whole[:source.randrange(len(whole))]
        with open(path("cut.jsonl"), "wb") as file:
            file.write(cut)
        survives("cut at byte %d" % len(cut), "cut.jsonl", "logs")
    for n in range(8):
        bytes_ = bytearray(whole)
        for _ in range(40):
            bytes_[source.randrange(80, len(bytes_))] = source.randrange(256)
        with open(path("garbled.jsonl"), "wb") as file:
            file.write(bytes_)
        survives("garbled, %d" % n, "garbled.jsonl", "logs")
    head = {"obsview-fixture": 2, "start": "2026-11-23T12:00:00.000Z"}
    with open(path("deep.jsonl"), "w", encoding="utf-8") as file:
        file.write(json.dumps(head) + "\n")
        for body in ("[" * 60 + "]" * 60, "[" * 100000, '{"MetricAlarms":' + '[{"a":' * 2000 + "1" + "}]" * 2000 + "}"):
            file.write('{"t":1,"source":"aws-response","request":{"service":"monitoring","operation":"DescribeAlarms",'
                       '"parameters":{}},"response":{"status":200,"body":%s}}\n' % body)
    survives("deep answers", "deep.jsonl")
    with open(path("many.jsonl"), "w", encoding="utf-8") as file:
        file.write(json.dumps(head) + "\n")
        for n in range(100000):
            file.write('{"t":%d,"source":"aws-response","request":{"service":"monitoring","operation":"DescribeAlarms",'
                       '"parameters":{"AlarmTypes":["MetricAlarm","CompositeAlarm"],"MaxRecords":100}},"response":{"status":200,'
                       '"body":{"MetricAlarms":[],"n":%d}}}\n' % (n, n % 100))
    survives("a hundred thousand answers", "many.jsonl")
    run = obsview("fixture", "stat", path("many.jsonl"), "--format", "json")
    ok("are counted", json.loads(run.stdout)["doors"], {"monitoring DescribeAlarms": 100000})


def others():
    run = obsview("replay", path("logs.jsonl"))
    check("a replay passes them over, and says how many",
          run.returncode == 0 and "%d passed over" % (len(events("logs.jsonl")) - 1) in run.stderr, run.stderr)
    run = obsview("watch", *account("http://127.0.0.1:1"), "--record", path("logs.jsonl"), "--once")
    check("no file is written over", run.returncode == 3 and "is there already" in run.stderr, run.stderr)


def main():
    with Emulator("--demo") as emulator:
        plant(emulator)
        frames = record_views(emulator.url)
        live = reported(emulator.url)
        nothing_is_left(emulator.url)
        killed_in_the_middle(emulator)
        live_tail(emulator)
        full_disk(emulator)
    frames_are_the_same(frames)  # nobody is there any more
    any_screen_shows_it()
    what_is_not_there_is_said()
    reports_are_the_same(live)
    failures_are_shown_again()
    hostile()
    others()
    return finish()


if __name__ == "__main__":
    raise SystemExit(main())
