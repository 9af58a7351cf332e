#!/usr/bin/env python3
"""A recording on the screen: one moment is the same frame whenever it is printed, holds nothing of later, and nothing of the
user's own is touched.

SPDX-License-Identifier: MIT
"""
import gzip
import json
import os
import random
import shlex
import shutil
import subprocess
import tempfile
import time

from harness import BINARY, DEADLINE, FIXTURES, KEPT, check, finish, ok

folder = tempfile.TemporaryDirectory()
DEMO = os.path.join(FIXTURES, "demo.jsonl")
VIEWS = ("overview", "vitals", "errors", "analytics", "sessions", "lambda", "aurora", "costs", "logs", "alarms", "tags",
         "intake", "privacy", "health")
START = "2026-11-24T10:00:00.000Z"
ALARM = {"AlarmName": "no-orders", "Namespace": "Shop", "MetricName": "Orders", "Statistic": "Sum", "Period": 60,
         "EvaluationPeriods": 1, "Threshold": 100, "ComparisonOperator": "GreaterThanThreshold",
         "TreatMissingData": "notBreaching"}


def path(name):
    return os.path.join(folder.name, name)


def watch(*words, **env):
    return subprocess.run([BINARY, "watch", *words], capture_output=True, text=True, timeout=DEADLINE, stdin=subprocess.DEVNULL,
                          env={"HOME": path("home"), "LANG": "C.UTF-8", "TZ": "UTC",
                               **{name: os.environ[name] for name in KEPT if name in os.environ}, **env})


def frame(fixture, at, view="overview", size="120x36", *words):
    run = watch("--fixture", fixture, "--once", "--at", at, "--view", view, "--size", size, *words)
    if run.returncode != 0:
        raise SystemExit("no frame of %s at %s: %s" % (view, at, run.stderr))
    return run.stdout


def write(name, *events, **header):
    with open(path(name), "w", encoding="utf-8") as file:
        for line in ({"obsview-fixture": 2, "start": START, **header}, *events):
            file.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
    return path(name)


def request(t, where, said, **headers):
    return {"t": t, "source": "http", "request": {"method": "POST", "path": where, "headers": {
        "content-type": "application/json", **headers}, "body": said}}


def error(t, message):
    return request(t, "/errors/report", {"error": {"message": message}, "context": {
        "sessionId": "0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11", "url": "https://shop.example/"}})


def line(frame, text):
    return next((row for row in frame.splitlines() if text in row), "")


def moments():
    for view, size in [(view, "120x36") for view in VIEWS] + [("overview", "80x24")]:
        ok("%s at %s, twice" % (view, size), frame(DEMO, "12:15", view, size), frame(DEMO, "12:15", view, size))
    now = frame(DEMO, "12:10", "errors")
    check("the header has the recording's time", line(now, "paused").rstrip().endswith("12:10:00"), now)
    check("and names no port", "127.0.0.1" not in now.splitlines()[0], now)
    check("what has happened is there", "959a" in now and "161b" in now, now)
    check("nothing of later is", "959a" not in frame(DEMO, "12:09:33.000", "errors"))
    check("to the millisecond", "12:10:00.000" in line(now, " of 2,667"), now)
    ok("a time in ISO 8601 is the same", frame(DEMO, "2026-11-23T12:10:00Z", "errors"), now)
    ok("so is a span from the start", frame(DEMO, "10m", "errors"), now)
    with open(DEMO, "rb") as plain, gzip.open(path("demo.gz"), "wb") as packed:
        packed.write(plain.read())
    ok("so is a file that is compressed", frame(path("demo.gz"), "12:10", "errors"), now)
    check("the end says so", "at the end" in frame(DEMO, "end"))
    short = write("short.jsonl", error(0, "a"), error(100000, "b"), length=5000)
    check("it is that of the events, when they go on for longer than the header says", "10:01:40.000" in frame(short, "end"))
    long = write("long.jsonl", error(0, "a"), error(30 * 3600000, "b"), error(48 * 3600000, "c"))
    check("of several days the day is told", "Nov 25 16:00:00.000" in frame(long, "30h"), frame(long, "30h"))
    check("and that of the end", line(frame(long, "29h"), "Nov 25 15:00:00.000").rstrip().endswith("Nov 26 10:00:00  1 of 3"),
          frame(long, "29h"))
    check("without colours or Unicode, too", frame(DEMO, "12:10", "errors", "120x36", "--ascii").isascii())


def the_same_as_a_replay():
    """At the same moment the numbers are those that `obsview replay --until` leaves."""
    run = subprocess.run([BINARY, "replay", DEMO, "--until", "600s", "--show", "errors", "--size", "120x36"],
                         capture_output=True, text=True, timeout=DEADLINE, env={"HOME": path("home"), "LANG": "C.UTF-8", "TZ": "UTC"})
    replayed = [row.split("│")[0].rstrip() for row in run.stdout.splitlines()[2:12]]
    ok("errors as after a replay", [row.split("│")[0].rstrip() for row in frame(DEMO, "12:10", "errors").splitlines()[2:12]],
       replayed)


def reports():
    def report(*words):
        return subprocess.run([BINARY, "report", "errors", "--format", "json", *words], capture_output=True, text=True,
                              timeout=DEADLINE, env={"HOME": path("home"), "LANG": "C.UTF-8", "TZ": "UTC"})

    def groups(run):
        return sorted(row["id"] for row in json.loads(run.stdout)["panels"][0]["table"]["rows"])

    ok("a report of a moment", groups(report("--fixture", DEMO, "--at", "12:05")), ["157a"])
    ok("a report of all of it", groups(report("--fixture", DEMO)), ["157a", "161b", "959a"])
    ok("is the same each time", report("--fixture", DEMO).stdout, report("--fixture", DEMO).stdout)
    ok("none of a file that is not there", report("--fixture", path("nowhere")).returncode, 3)


def alarms_and_markers():
    emf = {"_aws": {"Timestamp": 1795514530000, "CloudWatchMetrics": [
        {"Namespace": "Shop", "Dimensions": [[]], "Metrics": [{"Name": "Orders", "Unit": "Count"}]}]}, "Orders": 500}
    put = request(1000, "/", ALARM, **{
        "content-type": "application/x-amz-json-1.0", "x-amz-target": "GraniteServiceVersion20100801.PutMetricAlarm",
        "x-amz-date": "20261124T100001Z",
        "authorization": "AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/monitoring/aws4_request, "
                         "SignedHeaders=host;x-amz-date, Signature=" + 64 * "0"})
    file = write("alarm.jsonl", put, error(5000, "the cart is gone"),
                 {"t": 130000, "source": "emf-tcp", "line": json.dumps(emf)}, error(200000, "the cart is gone"), length=400000)
    before, after = frame(file, "10:02:59", "alarms"), frame(file, "10:04", "alarms")
    check("no alarm before its minute is over", " 0 ALARM" in before and "no-orders" in before, before)
    check("one when it is", " 1 ALARM" in after, after)
    told = frame(file, "10:00:05")
    check("who stands on a new error is told", "new error" in line(told, "10:00:05.000") and
          "the cart is gone" in line(told, "10:00:05.000"), told)
    check("it is marked in the bar", "▲" in line(before, "10:02:59.000"), before)
    turned = frame(file, "10:03", "alarms")
    check("who stands on an alarm is told", "alarm no-orders turned ALARM" in line(turned, "10:03:00.000"), turned)


def since_when():
    """A group is as old as its first report, however little of it is looked at."""
    def groups(*words):
        run = subprocess.run([BINARY, "report", "errors", "--format", "json", "--fixture", file, *words], capture_output=True,
                             text=True, timeout=DEADLINE, env={"HOME": path("home"), "LANG": "C.UTF-8", "TZ": "UTC"})
        panel = json.loads(run.stdout)["panels"][0]
        return panel["note"], {row["message"]: row["first"] for row in panel["table"]["rows"]}

    days = 86400000
    file = write("old.jsonl", error(0, "the old one"), error(10 * days, "the old one"), error(10 * days + 1000, "the new one"))
    ok("an old group is not new, and says since when", groups("--range", "1h"),
       ("2 groups, 2 events, 1 new", {"the old one": START, "the new one": "2026-12-04T10:00:01.000Z"}))
    ok("all are within a range that begins before them", groups("--range", "30d")[0], "2 groups, 3 events, 2 new")
    ok("at its time it was new", groups("--range", "1h", "--at", "1s"), ("1 group, 1 event, 1 new", {"the old one": START}))


def what_the_recording_says():
    """Settings of the header, and values of answers that later lines use, are as in a replay."""
    kept = {**error(1000, "the first"), "keep": {"well": "/success"}}
    file = write("kept.jsonl", kept, error(2000, "all is {{well}}, {{nothing}} else"), error(3000, "the last"),
                 settings={"environment": "staging", "openreplay-prefix": "/replays"})
    now = frame(file, "3s", "errors", "160x36")
    check("a value of an answer is filled in", "all is true, {{nothing}} else" in now, now)
    check("the emulator is the one that was recorded", "env staging" in now.splitlines()[0], now)
    check("what is given on the command line goes first", "env here" in frame(file, "3s", "errors", "160x36", "--environment", "here"))
    bad = write("settings.jsonl", error(1000, "x"), settings={"db": "/tmp/x"})
    for words in (["watch", "--once", "--fixture", bad], ["report", "errors", "--fixture", bad]):
        run = subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=DEADLINE, stdin=subprocess.DEVNULL)
        check("a setting that no fixture may have is named: " + words[0],
              run.returncode == 3 and "db is no setting that a fixture may have" in run.stderr, (run.returncode, run.stderr))


def what_breaks_off():
    """A file that cannot be read to where one wants to be: the same for a frame and a report."""
    with open(DEMO, "rb") as plain:
        packed = bytearray(gzip.compress(plain.read()))
    middle = len(packed) // 2
    packed[middle:middle + 200] = 200 * b"\xff"
    with open(path("torn.gz"), "wb") as file:
        file.write(packed)
    for words in (["watch", "--once", "--at", "end"], ["report", "errors"]):
        run = subprocess.run([BINARY, *words, "--fixture", path("torn.gz")], capture_output=True, text=True, timeout=DEADLINE,
                             stdin=subprocess.DEVNULL)
        check("a recording that breaks off: " + words[0],
              (run.returncode, run.stdout) == (3, "") and "cannot be read" in run.stderr, (run.returncode, run.stderr, run.stdout))
    check("what comes before that can be seen", "12:01:00.000" in frame(path("torn.gz"), "12:01"))


class Screen:
    """The screen of a recording in tmux, paused at its start."""

    count = 0

    def __init__(self, fixture, *words, size=(120, 36)):
        Screen.count += 1  # a socket of its own: the server of the one before may be about to end
        self.socket = "obsview-machine-%d-%d" % (os.getpid(), Screen.count)
        self.tmux("new-session", "-d", "-x", str(size[0]), "-y", str(size[1]),
                  shlex.join(["env", "HOME=" + path("screen"), "LANG=C.UTF-8", "TZ=UTC", BINARY, "watch", "--fixture", fixture,
                              "--paused", *words]))

    def tmux(self, *words):
        return subprocess.run(["tmux", "-L", self.socket, "-f", "/dev/null", *words], check=True, capture_output=True,
                              text=True).stdout

    def wait(self, is_so):
        """The screen once it is so, or at the deadline."""
        end = time.monotonic() + DEADLINE
        while True:
            text = "\n".join(row.rstrip() for row in self.tmux("capture-pane", "-p").splitlines()).rstrip("\n")
            if is_so(text) or time.monotonic() > end:
                return text
            time.sleep(0.05)

    def go(self, at, stands):
        self.tmux("send-keys", "-l", "@" + at)
        self.tmux("send-keys", "Enter")
        return self.wait(lambda text: stands in text and "seeking" not in text)

    def end(self):
        self.tmux("kill-server")


def the_same_from_everywhere():
    """One moment, come to on, back and by --once: rows in the same order, the same ids and costs."""
    if shutil.which("tmux") is None:
        print("# no tmux: screens are not compared")
        return
    for view in ("overview", "lambda", "costs", "logs", "alarms"):
        want = "\n".join(row.rstrip() for row in frame(DEMO, "12:10", view).splitlines()).rstrip("\n")
        screen = Screen(DEMO, "--view", view)
        screen.wait(lambda text: "12:00:00.000" in text)
        for way in ("on", "back"):
            screen.go("12:10", "12:10:00.000")
            ok("%s, come %s to" % (view, way), screen.wait(lambda text, want=want: text == want), want)
            screen.go("end", "at the end")
        screen.end()


def a_walk():
    """Back and forth at random, over what was left on the way: each frame is that of a fresh play to its moment."""
    if shutil.which("tmux") is None:
        print("# no tmux: nobody walks")
        return
    put = request(1500, "/", ALARM, **{
        "content-type": "application/x-amz-json-1.0", "x-amz-target": "GraniteServiceVersion20100801.PutMetricAlarm",
        "x-amz-date": "20261123T120001Z",
        "authorization": "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/monitoring/aws4_request, "
                         "SignedHeaders=host;x-amz-date, Signature=" + 64 * "0"})
    with open(DEMO, encoding="utf-8") as file:
        header, *events = map(json.loads, file)
    walked = write("walked.jsonl", *sorted([*events, put], key=lambda event: event["t"]), **header)
    moments = ["12:%02d:%02d" % (at // 60, at % 60) for at in range(47, 1200, 227)]
    walk = random.Random(7)
    for view in ("errors", "alarms", "intake"):
        fresh = {at: "\n".join(row.rstrip() for row in frame(walked, at, view).splitlines()).rstrip("\n") for at in moments}
        if view == "alarms":
            check("the alarm is there to be seen", all("no-orders" in shown for shown in fresh.values()), fresh)
        screen = Screen(walked, "--view", view)
        screen.wait(lambda text: "12:00:00.000" in text)
        for at in (walk.choice(moments) for _ in range(12)):
            screen.go(at, at + ".000")
            ok("%s at %s, on a walk" % (view, at), screen.wait(lambda text, at=at: text == fresh[at]), fresh[at])
        screen.end()


def keys_of_grave_markers():
    if shutil.which("tmux") is None:
        print("# no tmux: keys are not pressed")
        return
    screen = Screen(DEMO, size=(80, 24))
    screen.wait(lambda text: "2,667" in text)  # it was surveyed

    def press(key, says):
        screen.tmux("send-keys", key)
        shown = screen.wait(lambda text: says in text and "seeking" not in text)
        check("%s: %s" % (key, says), says in shown, shown)

    press("C-p", "the recording begins here")
    press("C-n", "new error 157a")
    press("C-n", "new error 161b")  # and not the next of 157a
    press(")", "error 161b")
    press("C-n", "new error 959a")
    press("C-p", "new error 161b")
    screen.go("end", "at the end")
    press("C-n", "the recording ends here")
    screen.end()


def refusals():
    def refused(name, said, *words, code=2):
        run = watch(*words)
        check(name, run.returncode == code and said in run.stderr and run.stdout == "", (run.returncode, run.stderr, run.stdout))

    refused("a file that is not there", "nowhere.jsonl", "--fixture", path("nowhere.jsonl"), code=3)
    with open(path("text"), "w", encoding="utf-8") as file:
        file.write("no fixture\n")
    refused("a file that is no fixture", "line 1", "--fixture", path("text"), code=3)
    refused("a directory", folder.name, "--fixture", folder.name, code=3)
    refused("standard input", "cannot be gone back in", "--fixture", "-")
    refused("a time outside", "goes from 12:00:00 to 12:20:00", "--fixture", DEMO, "--at", "13:00")
    refused("no time at all", "expected a time such as", "--fixture", DEMO, "--at", "noon")
    refused("no speed", "expected how many times", "--fixture", DEMO, "--speed", "fast")
    refused("a server beside it", "give one of them", "--fixture", DEMO, "--endpoint-url", "http://127.0.0.1:1")
    refused("no view", "did you mean", "--fixture", DEMO, "--once", "--view", "error")


def broken_lines():
    file = write("broken.jsonl", error(1000, "the cart is gone"), '{"t":', '{"t":2000,"source":"smoke"}',
                 error(3000, "the cart is gone"))
    run = watch("--fixture", file, "--once", "--at", "3s", "--size", "120x36", "--view", "errors")
    check("broken lines end nothing", run.returncode == 0 and "1 groups, 2 events" in run.stdout.replace("group,", "groups,"),
          run.stdout)
    check("they are named", "line 3, column" in run.stderr and "line 4, column 20: source is not" in run.stderr, run.stderr)
    run = watch("--fixture", file, "--once", "--at", "2s", "--size", "120x36")
    check("and counted on the screen", "2 broken" in line(run.stdout, "10:00:02.000"), run.stdout)


def nothing_of_the_user():
    with open(path("mine.db"), "w", encoding="utf-8"):
        pass
    run = watch("--fixture", DEMO, "--once", "--at", "12:01", OBSVIEW_DB=path("mine.db"))
    ok("a database that is named is not opened", (run.returncode, os.path.getsize(path("mine.db"))), (0, 0))
    run = watch("--fixture", DEMO, "--once", "--at", "12:01", OBSVIEW_DB=path("none.db"))
    ok("nor made", (run.returncode, os.path.exists(path("none.db"))), (0, False))
    ok("and nothing is kept in the home directory", [files for _, _, files in os.walk(path("home")) if files], [])


os.mkdir(path("home"))
os.mkdir(path("screen"))
moments()
the_same_as_a_replay()
reports()
alarms_and_markers()
since_when()
what_the_recording_says()
what_breaks_off()
the_same_from_everywhere()
a_walk()
keys_of_grave_markers()
refusals()
broken_lines()
nothing_of_the_user()
raise SystemExit(finish())
