#!/usr/bin/env python3
"""Traffic recorded, verified, replayed: what was planted is gone, answers are as they were, and two replays leave the
same behind, byte for byte.

SPDX-License-Identifier: MIT
"""
import array
import contextlib
import fcntl
import glob
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import tempfile
import termios
import time
import xml.etree.ElementTree
import zlib

from harness import BINARY, DEADLINE, FIXTURES, Emulator, Refused, check, finish, ok

folder = tempfile.TemporaryDirectory()
HERE = os.path.dirname(os.path.abspath(__file__))
DEMO = os.path.join(FIXTURES, "demo.jsonl")
START = "2026-11-24T10:00:00.000Z"
SESSION = "0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11"
EMAIL, PHONE, ADDRESS = "ada.lovelace@corp.io", "(415) 555-0132", "81.2.69.142"
TOKEN = "s3cr3t-of-the-recording-7"
EMF = {"_aws": {"Timestamp": 1795427990000, "CloudWatchMetrics": [
    {"Namespace": "Shop", "Dimensions": [["service"]], "Metrics": [{"Name": "Orders", "Unit": "Count"}]}]},
    "service": "cart", "Orders": 3}


def path(name):
    return os.path.join(folder.name, name)


def obsview(*words, cwd=None, **place):
    env = {"HOME": folder.name, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC", **place}
    return subprocess.run([BINARY, *words], capture_output=True, encoding="utf-8", timeout=DEADLINE, env=env, cwd=cwd)


def write(name, *events):
    with open(path(name), "w", encoding="utf-8") as file:
        for line in ({"obsview-fixture": 2, "start": START}, *events):
            file.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
    return path(name)


def read(name):
    with open(path(name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def vital(value=2500, session=SESSION, url="https://shop.example/cart"):
    return {"metrics": [{"name": "LCP", "value": value, "rating": "good", "url": url, "timestamp": START}],
            "sessionId": session, "userAgent": "Mozilla/5.0"}


def request(t, said, where="/metrics/web-vitals", **expect):
    event = {"t": t, "source": "http", "request": {"method": "POST", "path": where, "headers": {
        "content-type": "application/json"}, "body": said}}
    return {**event, "expect": expect} if expect else event


def body(event):
    """JSON, also when its spaces made it a string."""
    value = event["request"]["body"]
    return json.loads(value) if isinstance(value, str) else value


def dump(db):
    with sqlite3.connect(path(db)) as store:
        return "\n".join(store.iterdump())


# --- two replays ---------------------------------------------------------------------------------------------------


def alike(fixture, name):
    """Store, reports and frames of all views, twice, and the second time somewhere else."""
    runs = []
    os.makedirs(path("elsewhere"), exist_ok=True)
    for turn, place in (("a", {}), ("b", {"HOME": path("elsewhere"), "cwd": path("elsewhere"), "LANG": "C", "TZ": "XXX-13:45",
                                          "USER": "somebody", "TERM": "vt100", "COLUMNS": "60"})):
        db = "%s-%s.db" % (name, turn)
        run = [obsview("replay", fixture, "--db", path(db), "--show", "all", "--format", "json", **place),
               obsview("replay", fixture, "--show", "all", **place)]
        run += [obsview("replay", fixture, "--show", "all", "--size", size, **place) for size in ("80x24", "200x50")]
        ok("%s %s: replayed" % (name, turn), [done.returncode for done in run], [0] * 4)
        runs.append([done.stdout for done in run] + [dump(db)])
    for what, first, second in zip(("reports", "reports as text", "frames of 80x24", "frames of 200x50", "stores"), *runs):
        ok("%s: two replays, the same %s" % (name, what), second, first)
        check("%s: and there is something in the %s" % (name, what), len(first) > 1000, len(first))


# --- recording -----------------------------------------------------------------------------------------------------


def send_recording(emulator):
    """A session of OpenReplay's tracker, as it was captured; the number of its batches."""
    started = json.loads(emulator.post("/ingest/v1/web/start", {"projectKey": "shop", "trackerVersion": "17.0.0",
                                                                "userID": EMAIL}))
    files = sorted(glob.glob(os.path.join(FIXTURES, "openreplay/v17-default/*.bin")))
    for name in files:
        with open(name, "rb") as file:
            emulator.http.request("POST", "/ingest/v1/web/i", file.read(),
                                  {"Authorization": "Bearer " + started["token"]})
        answer = emulator.http.getresponse()
        answer.read()
        ok("a batch is taken", answer.status, 200)
    return started["sessionID"], len(files)


def record():
    emulator = Emulator("--record", path("recorded.jsonl"), clock=START, emf="127.0.0.1:0")
    with emulator:
        emulator.post("/metrics/web-vitals", vital(url="https://shop.example/cart?to=" + EMAIL))
        emulator.move_clock(advance=2)
        emulator.post("/errors/report", {"error": {"message": "for %s, %s" % (EMAIL, PHONE), "type": "TypeError"},
                                         "context": {"url": "https://shop.example/", "userAgent": "x",
                                                     "timestamp": START, "sessionId": SESSION}},
                      **{"X-Forwarded-For": ADDRESS, "Cookie": "sid=1", "Authorization": "Bearer " + TOKEN})
        emulator.post("/api/send", {"type": "event", "payload": {
            "website": "5b1c9a53-55aa-4c9b-9a53-0a1f5d0c3b11", "url": "/cart", "hostname": "shop.example"}},
            **{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"})
        try:
            emulator.post("/metrics/web-vitals", {"metrics": []})
        except Exception as refused:
            ok("one is refused", refused.status, 400)
        emulator.send_emf(EMF)
        session, batches = send_recording(emulator)
        wait_for(emulator, lambda health: health["recording"]["written"] >= 6 + batches)
        recording = json.loads(get(emulator, "/_obsview/health"))["recording"]
        ok("health counts what is recorded", (recording["written"], recording["dropped"], recording["refused"]),
           (6 + batches, 0, 0))
        emulator.call("logs", "DescribeLogGroups")
        get(emulator, "/_obsview/events")
    return session, batches


def get(emulator, where):
    emulator.http.request("GET", where)
    return emulator.http.getresponse().read().decode()


def wait_for(emulator, holds):
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until and not holds(json.loads(get(emulator, "/_obsview/health"))):
        time.sleep(0.05)


def recorded(session, batches):
    header, *events = read("recorded.jsonl")
    text = json.dumps(events)
    check("it is redacted", len(header["redaction"]) == 8 and not any(v in text for v in (EMAIL, PHONE, ADDRESS)), text)
    check("credentials are not in it", "cookie" not in text and "authorization" not in text and TOKEN not in text)
    vital_event, error, hit = events[0], events[1], events[2]
    name = body(vital_event)["metrics"][0]["url"].split("=")[1]
    check("one pseudonym for one address", name in body(error)["error"]["message"], (name, error))
    ok("joins stay", (body(vital_event)["sessionId"], body(error)["context"]["sessionId"]),
       (SESSION, SESSION))
    ok("times are the clock's", (vital_event["t"], error["t"], hit["t"]), (0, 2000, 2000))
    ok("answers are expected", [e["expect"]["status"] for e in events if e["source"] == "http"],
       [200, 200, 200, 400] + [200] * (1 + batches))
    check("durations are kept", all(e["took"] >= 0 for e in events if e["source"] == "http"))
    ok("by all doors", sorted({e["source"] for e in events}), ["emf-tcp", "http"])
    replayed = [e for e in events if e["source"] == "http" and "/ingest/" in e["request"]["path"]]
    ok("a batch says whose it is", {e["request"]["headers"]["x-obsview-recording"] for e in replayed},
       {"r%016x" % int(session)})
    done = obsview("fixture", "verify", path("recorded.jsonl"))
    ok("verified clean", (done.returncode, done.stderr), (0, ""))
    done = obsview("replay", "--expect", path("recorded.jsonl"), "--db", path("again.db"))
    check("replayed as it was", done.returncode == 0 and "0 not as expected" in done.stderr, done)
    with sqlite3.connect(path("again.db")) as store:
        ok("with the session under its number and all batches", store.execute(
            "SELECT count(*), min(session), max(session) FROM recording_body").fetchone(), (batches, int(session), int(session)))
        ok("and no person in it", [row for row in store.iterdump() if EMAIL in row], [])
    alike(path("recorded.jsonl"), "recorded")


def plain():
    emulator = Emulator("--record", path("plain.jsonl"), "--no-redact", clock=START)
    with emulator:
        emulator.post("/metrics/web-vitals", vital(url="https://shop.example/?to=" + EMAIL))
    header, event = read("plain.jsonl")
    check("--no-redact keeps what came", "redaction" not in header and EMAIL in json.dumps(event), event)
    try:
        with Emulator("--record", path("plain.jsonl")):
            check("a file that is there is not written over", False)
    except Exception as refused:
        check("a file that is there is not written over", "there already" in str(refused), refused)


def killed(name):
    """What health says is written is there, whoever is killed."""
    emulator = Emulator("--record", path(name), clock=START)
    for _ in range(50):
        emulator.post("/metrics/web-vitals", vital())
    wait_for(emulator, lambda health: health["recording"]["written"] == 50)
    emulator.process.kill()
    emulator.stop(wanted=-9)
    done = obsview("fixture", "stat", path(name))
    check("%s: who is killed leaves what was said to be written" % name, " 50 events" in done.stdout, done)


# --- expectations --------------------------------------------------------------------------------------------------


def expect():
    good = write("good.jsonl", request(0, vital(), status=200, body={"success": True, "metricsReceived": 1}))
    done = obsview("replay", "--expect", good)
    check("what is expected", done.returncode == 0 and done.stdout == "", done)
    bad = write("bad.jsonl", request(0, vital(), status=202), request(1, vital(), body={"metricsReceived": 2}),
                request(2, vital(), body={"nowhere": {"x": 1}}), request(3, vital(), status=200))
    done = obsview("replay", "--expect", bad)
    ok("what is not: exit status 1", done.returncode, 1)
    lines = done.stdout.splitlines()
    ok("a line for each", len(lines), 3)
    check("with file, line, what was expected and what came",
          "bad.jsonl:2: POST /metrics/web-vitals: expected status 202, came 200" in lines[0]
          and "bad.jsonl:3:" in lines[1] and "/metricsReceived: expected 2, came 1" in lines[1]
          and "/nowhere: expected {\"x\":1}, came nothing" in lines[2], done.stdout)
    ok("without --expect nobody minds", obsview("replay", bad).returncode, 0)


def nothing_expected():
    """An answer that was not compared is none that is as expected."""
    head, good = write("head.jsonl"), write("one.jsonl", request(5000, vital(), status=200))
    for name, words in (("a head alone", [head]), ("no expectation", [write("expectless.jsonl", request(0, vital()))]),
                        ("broken lines alone", [write("junk.jsonl", "{", "x")]), ("one of two files", [good, head]),
                        ("nothing before --until", [good, "--until", "1s"])):
        done = obsview("replay", "--expect", *words)
        check("%s: could not be judged" % name, done.returncode == 3 and "nothing was compared" in done.stdout, done)
        done = obsview("replay", "--expect", *words, "--format", "json")
        told = [f["level"] for f in json.loads(done.stdout)["findings"]]
        check("%s: an unknown finding" % name, done.returncode == 3 and "unknown" in told and ("ok" in told) == (good in words[:1]
              and "--until" not in words), done)
    done = obsview("replay", "--expect", good, write("late.jsonl", request(90000, vital(), status=200)), "--until", "60s")
    check("what --until cuts off was not asked for", done.returncode == 0 and "1 answer compared" in done.stderr, done)
    done = obsview("replay", "--expect", head, write("other.jsonl", request(0, vital(), status=202)))
    ok("what was found counts more", done.returncode, 1)
    done = obsview("replay", "--expect", "--to", "http://127.0.0.1:1", good, "--format", "junit")
    check("no answer is none as expected", done.returncode == 3 and 'errors="0"' not in done.stdout, done)


WEBSITE = "5b1c9a53-55aa-4c9b-9a53-0a1f5d0c3b11"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"}


def some_request(dice):
    """Path, body and headers of one that is taken or refused, as it happens."""
    hit = {"type": dice.choice(["event", "event", "identify", "paint"]), "payload": {
        "website": dice.choice([WEBSITE, WEBSITE, "none"]), "url": "/p%d" % dice.randrange(5), "hostname": "shop.example",
        **dice.choice([{}, {"name": "buy"}, {"data": {"plan": "pro", "$price": dice.randrange(99), "id": SESSION}}])}}
    return dice.choice([
        ("/metrics/web-vitals", vital(dice.choice([dice.randrange(9000), -1, "fast"])), {}),
        ("/metrics/web-vitals", vital(url="https://shop.example/?to=" + EMAIL), {}),
        ("/errors/report", {"error": {"message": "for %s {{name}} %d" % (EMAIL, dice.randrange(9)), "type": "TypeError"},
                            "context": {"sessionId": SESSION, "timestamp": START}}, {}),
        ("/errors/report", {"error": dice.choice([7, {}, {"message": None}])}, {}),
        ("/api/send", hit, BROWSER), ("/api/batch", [hit, hit], BROWSER),
        ("/ingest/v1/web/start", {"projectKey": "shop", "trackerVersion": dice.choice(["17.0.0", "5.0.0"]), "userID": EMAIL}, {}),
    ])


def record_some(name, seed, *options):
    dice = random.Random(seed)
    with Emulator("--record", path(name), "--record-expect", "body", *options, clock=START) as emulator:
        for _ in range(100):
            where, said, headers = some_request(dice)
            try:
                emulator.post(where, said, **headers)
            except Refused:
                pass
            emulator.move_clock(advance=dice.randrange(3))


def expectations_recorded():
    """A recording of whole answers passes at once, whatever varies in them, and fails when the answer is another."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 30))
    print("# SEED=%d" % seed)
    for turn, options in enumerate(((), ("--umami-dialect", "v3"), ("--no-redact", "--umami-websites", "strict"))):
        name = "answers-%d.jsonl" % turn
        record_some(name, seed + turn, *options)
        done = obsview("replay", "--expect", "--strict", path(name))
        facts = re.search(r"; (\d+) facts hold, 0 do not", done.stderr)
        check("a recording with %s holds" % (" ".join(options) or "nothing"), done.returncode == 0 and facts, done)
        check("it is about more than statuses", facts and int(facts.group(1)) > 200, done.stderr)
        header, *events = read(name)
        text = json.dumps([event["expect"] for event in events])
        check("what varies has a matcher", '{"$type": "uuid"}' in text and '{"$type": "string"}' in text, text)
        ok("it was set up so", header.get("settings"), {options[-2].lstrip("-"): options[-1]} if options else None)
    ok("two recordings of the same differ in nothing but durations", *(
        [{**event, "took": 0} for event in read(name)[1:]] for name in again(seed)))
    events[0]["expect"]["body"]["success"] = "?"
    with open(path("changed.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in (header, *events))
    done = obsview("replay", "--expect", path("changed.jsonl"))
    check("a change is found", done.returncode == 1 and "changed.jsonl:2: POST" in done.stdout and '"?"' in done.stdout, done)
    with Emulator("--record", path("none.jsonl"), "--record-expect", "none", clock=START) as emulator:
        emulator.post("/metrics/web-vitals", vital())
    ok("nothing need be expected", "expect" in read("none.jsonl")[1], False)


def again(seed):
    for name in ("first.jsonl", "second.jsonl"):
        record_some(name, seed, "--no-redact")
        yield name


def formats():
    """What CI reads: a case for each answer, an annotation at the line of each that is another."""
    bad = write("formats.jsonl", request(0, vital(), status=200), request(1, vital(), status=202, body={"metricsReceived": 2}))
    done = obsview("replay", "--expect", "--format", "github", bad)
    check("an annotation in its line", done.returncode == 1 and "::error file=%s,line=3,title=replay.answer::POST /metrics/web-vitals "
          "expected status 202" % bad in done.stdout, done.stdout)
    done = obsview("replay", "--expect", "--format", "junit", bad)
    cases = xml.etree.ElementTree.fromstring(done.stdout).findall(".//testcase")
    ok("a case for each answer", [[e.tag for e in case] for case in cases], [[], ["failure"]])
    said = json.loads(obsview("replay", "--expect", "--format", "json", bad).stdout)
    ok("in JSON", [(f["level"], f["where"]) for f in said["findings"]], [("ok", bad + ":2"), ("fail", bad + ":3")])
    ok("csv is for views", obsview("replay", "--expect", "--format", "csv", bad).returncode, 2)
    done = obsview("replay", "--expect", "--format", "json", "--show", "vitals", bad)
    check("beside a view of its own format failures are on standard error", done.returncode == 1 and "came 200" in done.stderr
          and json.loads(done.stdout), done)


def kept_and_fresh():
    """A value of an answer in later requests, each file in a store of its own, and set up as it says."""
    first = {**request(0, {"error": {"message": "x"}, "context": {"sessionId": SESSION}}, "/errors/report", status=200), "keep": {"id": "/errorId"}}
    look = {"t": 1, "source": "http", "request": {"method": "GET", "path": "/errors/{{id}}"},
            "expect": {"status": 200, "body": {"errorId": "{{id}}"}, "headers": {"content-type": "application/json"}}}
    name = write("kept.jsonl", first, look)
    done = obsview("replay", "--expect", name)
    check("a value is kept", done.returncode == 0 and "4 facts hold" in done.stderr, done)
    lost = write("lost.jsonl", {**first, "keep": {"id": "/nowhere"}}, look)
    done = obsview("replay", "--expect", lost)
    check("what is not there cannot be kept", done.returncode == 1 and "keep id: expected a value" in done.stdout, done.stdout)
    count = {"t": 2, "source": "http", "request": {"method": "GET", "path": "/_obsview/health"},
             "expect": {"body": {"store": {"errors": 1}}}}
    name = write("count.jsonl", first, count)
    ok("one store for all files", obsview("replay", "--expect", name, name).returncode, 1)
    done = obsview("replay", "--expect", "--fresh", name, name)
    check("--fresh: one for each", done.returncode == 0 and "4 answers compared" in done.stderr, done)
    for words in (("--db", path("fresh.db")), ("--to", "http://127.0.0.1:1"), ("--show", "vitals")):
        ok("--fresh is not for %s" % words[0], obsview("replay", "--fresh", name, *words).returncode, 2)
    config = {"t": 0, "source": "http", "request": {"method": "GET", "path": "/api/config"}, "expect": {"status": 200}}
    with open(path("v3.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in (
            {"obsview-fixture": 2, "start": START, "settings": {"umami-dialect": "v3"}}, config))
    ok("it is set up as the fixture says", obsview("replay", "--expect", path("v3.jsonl")).returncode, 0)
    ok("a flag comes first", obsview("replay", "--expect", "--umami-dialect", "v2", path("v3.jsonl")).returncode, 1)
    done = obsview("replay", name, path("v3.jsonl"))
    check("not behind another", done.returncode == 3 and "--fresh" in done.stderr, done)
    ok("with --fresh it is", obsview("replay", "--expect", "--fresh", name, path("v3.jsonl")).returncode, 0)
    for settings in ({"db": "/tmp/x"}, {"stack": "/etc/passwd"}, {"umami-dialect": 3}, {"umami-dialect": "v9"}, []):
        with open(path("bad.jsonl"), "w", encoding="utf-8") as file:
            file.write(json.dumps({"obsview-fixture": 2, "start": START, "settings": settings}) + "\n")
        done = obsview("replay", path("bad.jsonl"))
        check("settings %s are refused" % settings, done.returncode in (2, 3) and "bad.jsonl: line 1" in done.stderr, done)
    done = obsview("replay", "--expect", "--strict", write("matcher.jsonl", request(0, vital(), body={"a": {"$mtach": "x"}})))
    with open(path("matcher.jsonl"), encoding="utf-8") as file:
        column = file.read().splitlines()[1].index('"$mtach": ') + len('"$mtach": ') + 1
    check("a matcher that is none is a broken line", done.returncode == 3 and "line 2, column %d: expect: body" % column in done.stderr
          and "$mtach is no matcher" in done.stderr, done)


def contracts_over_the_wire():
    """Those that depend on no clock, door or signature hold for a server, too: the same headers and bodies go out."""
    for name in ("await", "faults", "guards", "umami", "umami-kind", "umami-refused-v2", "vitals"):
        with Emulator("--stack", "off") as emulator:
            done = obsview("replay", "--expect", "--strict", "--to", emulator.url, "--speed", "max",
                           os.path.join(HERE, "fixture", name + ".jsonl"))
            check("the contract of %s over the wire" % name, done.returncode == 0 and " 0 do not" in done.stderr, done)


def leaves(value, place=()):
    """Places of what is compared literally."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if isinstance(inner, (dict, list)):
            if str(key) in ("$exact", "$all", "$each") or not str(key).startswith("$"):
                yield from leaves(inner, (*place, key))
        elif not str(key).startswith("$") or str(key).startswith("$$"):
            yield (*place, key)


def another(value):
    return not value if isinstance(value, bool) else value + 1 if isinstance(value, (int, float)) else "x%s" % (value or "")


def a_contract_that_is_broken():
    """In each of the contracts of the endpoints a few facts are changed: those lines fail, and no other one does."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 30))
    print("# SEED=%d" % seed)
    dice, files, wanted = random.Random(seed), [], []
    for name in sorted(glob.glob(os.path.join(HERE, "fixture", "*.jsonl"))):
        with open(name, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        some = [n for n, line in enumerate(lines) if list(leaves(line.get("expect", {})))]
        files.append(path(os.path.basename(name)))
        for n in sorted(dice.sample(some, min(8, len(some)))):
            *above, last = dice.choice(list(leaves(lines[n]["expect"])))
            at = lines[n]["expect"]
            for step in above:
                at = at[step]
            at[last] = another(at[last])
            wanted.append("%s:%d" % (files[-1], n + 1))
        with open(files[-1], "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
    said = json.loads(obsview("replay", "--expect", "--fresh", "--format", "json", *files).stdout)
    ok("changed facts fail, and nothing else", sorted(f["where"] for f in said["findings"] if f["level"] == "fail"),
       sorted(wanted))


def kept_over_the_wire():
    """The same against a server: what depends on an answer waits for it."""
    first = {**request(0, {"error": {"message": "x"}, "context": {"sessionId": SESSION}}, "/errors/report", status=200), "keep": {"id": "/errorId"}}
    look = {"t": 0, "source": "http", "request": {"method": "GET", "path": "/errors/{{id}}"},
            "expect": {"status": 200, "body": {"errorId": "{{id}}"}, "headers": {"content-type": "application/json"}}}
    with Emulator() as emulator:
        done = obsview("replay", "--expect", "--to", emulator.url, "--speed", "max", write("wire.jsonl", *[first, look] * 20))
        check("a value is kept over the wire", done.returncode == 0 and "80 facts hold, 0 do not" in done.stderr, done)
        try:
            emulator.post("/", {}, **{"X-Obsview-Signed": "logs", "X-Amz-Target": "Logs_20140328.DescribeLogGroups"})
            check("a signature is not vouched for from afar", False)
        except Refused as refused:
            ok("a signature is not vouched for from afar", refused.status, 403)


def broken():
    name = write("broken.jsonl", request(0, vital(), status=200), "{\"t\":2,", request(3, vital(), status=200))
    done = obsview("replay", "--expect", name)
    check("a broken line is named and left out", "line 3, column" in done.stderr
          and "1 broken line left out" in done.stderr and "2 requests" in done.stderr, done)
    check("what it expects is not known", done.returncode == 3 and "broken.jsonl: 1 broken line may" in done.stdout, done)
    ok("without --expect nobody asks", obsview("replay", name).returncode, 0)
    with open(path("cut.jsonl.gz"), "wb") as file:
        packer = zlib.compressobj(wbits=31)
        with open(name, "rb") as whole:
            file.write(packer.compress(b"".join(whole.readlines()[:2])) + packer.flush(zlib.Z_SYNC_FLUSH))
    done = obsview("replay", "--expect", path("cut.jsonl.gz"))
    check("a compressed file that breaks off behind a line does not pass", done.returncode == 3
          and "line 3, column 1: the compressed file breaks off" in done.stderr and "1 request" in done.stderr, done)
    ok("nor is it verified", obsview("fixture", "verify", path("cut.jsonl.gz")).returncode, 1)
    done = obsview("replay", "--strict", name)
    check("--strict stops there", done.returncode == 3 and "line 3, column" in done.stderr, done)
    for words in ([], [path("nowhere.jsonl")], [name, "--speed", "0"], [name, "--until", "soon"], [name, "--show", "x"],
                  [name, "--to", "tcp://127.0.0.1:1"]):
        check("replay %s is refused" % " ".join(words), obsview("replay", *words).returncode in (2, 3), words)
    done = obsview("replay", name, "--db", path("good.jsonl"))
    check("a store that is there is not begun with", done.returncode == 3 and "empty store" in done.stderr, done)


def until_a_fraction():
    name = write("half.jsonl", request(1400, vital()), request(1600, vital()))
    for words, count in (("1.5s", 1), ("1.7s", 2), ("0.025m", 1)):
        done = obsview("replay", name, "--until", words)
        check("--until %s" % words, "played %d event" % count in done.stderr, done.stderr)


def until():
    name = write("long.jsonl", *(request(60000 * n, vital(value=1000 + n)) for n in range(10)))
    done = obsview("replay", name, "--until", "5m", "--show", "vitals", "--format", "json")
    report = json.loads(done.stdout)
    check("--until ends it", "5 requests" in done.stderr, done.stderr)
    ok("and the clock stands there", report["now"], "2026-11-24T10:05:00.000Z")
    begin = time.monotonic()
    obsview("replay", name, "--speed", "1200", "--until", "10m")
    check("--speed is kept", time.monotonic() - begin >= 0.45)


def counted(db):
    """Posts of vitals in a store that somebody may be writing."""
    try:
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % db, uri=True)) as store:
            return store.execute("SELECT count(*) FROM vital_post").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def is_pending(process, number):
    """Whether a signal was sent, and not delivered yet."""
    with contextlib.suppress(OSError), open("/proc/%d/status" % process.pid, encoding="utf-8") as file:
        waiting = next((line.split()[1] for line in file if line.startswith("ShdPnd:")), "0")
        return bool(int(waiting, 16) >> number - 1 & 1)
    return False


def is_waiting_for_input(process):
    """Whether it hears of signals already, and its pipe is empty."""
    left = array.array("i", [0])
    with contextlib.suppress(OSError), open("/proc/%d/status" % process.pid, encoding="utf-8") as file:
        caught = next((line.split()[1] for line in file if line.startswith("SigCgt:")), "0")
        with open("/proc/%d/fd/0" % process.pid, "rb", buffering=0) as pipe:
            fcntl.ioctl(pipe, termios.FIONREAD, left)
        with open("/proc/%d/stat" % process.pid, encoding="utf-8") as file:
            asleep = file.read().rsplit(")", 1)[1].split()[0] == "S"
        return bool(int(caught, 16) >> signal.SIGTERM - 1 & 1) and left[0] == 0 and asleep
    return False


def ended_early():
    """Ctrl-C in a pause of an hour: what was played is told, and is there; who waits learns what ended it. It comes twice, as
    timeout(1) sends it, to the process and to its group."""
    name = write("pause.jsonl", request(0, vital()), request(1, vital()), request(3600000, vital()))
    process = subprocess.Popen([BINARY, "replay", name, "--speed", "1", "--db", path("early.db")], stderr=subprocess.PIPE, text=True,
                               env={"HOME": folder.name, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"})
    end = time.monotonic() + DEADLINE
    while counted(path("early.db")) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    while is_pending(process, signal.SIGINT) and time.monotonic() < end:
        pass
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=DEADLINE)[1]
    ok("Ctrl-C ends a replay", process.returncode, -signal.SIGINT)
    check("and says how far it came", "played 2 events" in told and "ended early, by SIGINT" in told, told)
    ok("which is there", counted(path("early.db")), 2)


def ended_while_waiting():
    """Standard input that gives no more: what came is played at once, and a signal ends the wait."""
    with open(write("begin.jsonl", *[request(0, vital())] * 9), "rb") as file:
        lines = file.read()
    for text, played in ((lines, r"played [1-9] events .* ended early, by SIGTERM"), (b"", "^$")):
        process = subprocess.Popen([BINARY, "replay", "-", "--db", path("wait%d.db" % len(text))], stdin=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env={"HOME": folder.name, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"})
        process.stdin.write(text)
        process.stdin.flush()
        end = time.monotonic() + DEADLINE
        while not is_waiting_for_input(process) and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=DEADLINE)
        told = process.stderr.read().decode()
        process.stdin.close()
        process.stderr.close()
        ok("a signal ends the wait for %d bytes and more" % len(text), process.returncode, -signal.SIGTERM)
        check("and what was played is told: %s" % played, re.search(played, told), told)


def alarm():
    """Alarms are judged on the fixture's clock: errors of a function turn a default alarm."""
    lines = [{"t": 1000 * n, "source": "emf-stdin", "group": "/aws/lambda/shop", "line":
              "REPORT RequestId: %08d-8a52-4d1c-9a53-0a1f5d0c3b11\tDuration: 9.50 ms\tBilled Duration: 10 ms\t"
              "Memory Size: 128 MB\tMax Memory Used: 70 MB\tStatus: error" % n} for n in range(600)]
    alike(write("alarm.jsonl", *lines), "function")


# --- to a server ---------------------------------------------------------------------------------------------------


def server():
    with Emulator("--rate-limit", "5", emf="127.0.0.1:0") as emulator:
        done = obsview("replay", "--to", emulator.url, "--speed", "max", "--expect", path("recorded.jsonl"))
        check("a recording is sent to a server", done.returncode == 0 and "0 not as expected" in done.stderr, done)
        wait_for(emulator, lambda health: health["store"]["logLines"] > 0)
        health = json.loads(get(emulator, "/_obsview/health"))
        check("requests and lines arrived", health["store"]["vitals"] == 1 and health["store"]["logLines"] > 0, health)
        many = write("many.jsonl", *(request(n, vital(), status=200) for n in range(50)))
        done = obsview("replay", "--to", emulator.url, "--speed", "max", "--expect", many)
        check("exempt from the rate limit", done.returncode == 0, done)
    done = obsview("replay", "--to", emulator.url, path("recorded.jsonl"))
    check("nobody there: 3", done.returncode == 3, done)


if __name__ == "__main__":
    alike(DEMO, "demo")
    recorded(*record())
    plain()
    killed("killed.jsonl")
    killed("killed.jsonl.gz")
    expect()
    nothing_expected()
    expectations_recorded()
    formats()
    kept_and_fresh()
    kept_over_the_wire()
    contracts_over_the_wire()
    a_contract_that_is_broken()
    broken()
    until()
    until_a_fraction()
    ended_early()
    ended_while_waiting()
    alarm()
    server()
    folder.cleanup()
    raise SystemExit(finish())
