#!/usr/bin/env python3
"""OpenReplay's ingest: what real trackers of five versions sent is sent again, and everything that can go wrong.

SPDX-License-Identifier: MIT

fixtures/openreplay/requests.jsonl holds the requests of the recorded pages in their order, decoded.jsonl.gz beside the
bodies what an independent decoder found in them. Tokens of the recording are exchanged for ours, as a browser would.
Side routes, preflights, refused starts and faults on purpose are in fixture/openreplay.jsonl and openreplay-project.jsonl.
The database is looked at directly where a wire of its own is not what is tested here.

OBSVIEW names the program.
"""
import collections
import contextlib
import gzip
import http.client
import json
import os
import random
import re
import socket
import sqlite3
import struct
import tempfile
import threading
import time
import zlib

import harness
from harness import Emulator, Refused, check, ok

CAPTURES = os.path.join(harness.FIXTURES, "openreplay")
CLOCK, CLOCK_MS = "2026-11-24T10:00:00Z", 1795514400000
DAY = 86400
CORS = "access-control-allow-origin"
Answer = collections.namedtuple("Answer", "status headers body")


class Tracker:
    """A browser: it sends, and shows the token that it was given last."""

    def __init__(self, emulator, prefix="/ingest"):
        self.http = http.client.HTTPConnection(emulator.address, timeout=harness.DEADLINE)
        self.prefix = prefix
        self.token = None

    def ask(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None and "Authorization" not in headers:
            headers["Authorization"] = "Bearer " + self.token
        self.http.request(method, self.prefix + path, body, {name: v for name, v in headers.items() if v is not None})
        answer = self.http.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def start(self, **members):
        request = {"projectKey": "app", "trackerVersion": "19.0.1", "userUUID": None, "timestamp": CLOCK_MS,
                   "userID": None, **members}
        answer = self.ask("POST", "/v1/web/start", json.dumps(request), Content_Type="application/json",
                          Authorization=None)
        if answer.status == 200:
            said = json.loads(answer.body)
            self.token = said["token"]
            return said
        return answer

    def send(self, body, **headers):
        return self.ask("POST", "/v1/web/i", body, **headers)


# --- batches, made here -----------------------------------------------------------------------------------------------

def u(n):
    out = b""
    while n >= 128:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def text(value):
    return u(len(value.encode())) + value.encode()


def message(number, fields):
    return u(number) + struct.pack("<I", len(fields))[:3] + fields


def batch(index, tab="tab000000001", page=0, at=CLOCK_MS, what=b""):
    return (u(81) + u(1) + u(page) + u(index) + u(at * 2) + text("http://localhost/") + message(0, u(at)) +
            message(118, text(tab)) + what)


# --- the recorded pages -----------------------------------------------------------------------------------------------

def requests():
    captures = {}
    with open(os.path.join(CAPTURES, "requests.jsonl"), encoding="utf-8") as file:
        for line in file:
            request = json.loads(line)
            captures.setdefault(request["capture"], []).append(request)
    return captures


def read(capture, name):
    with open(os.path.join(CAPTURES, capture, name), "rb") as file:
        return file.read()


def oracle(capture):
    """Of each body: messages, page, first index, tab."""
    found = {}
    with gzip.open(os.path.join(CAPTURES, capture, "decoded.jsonl.gz"), "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            entry = found.setdefault(row["body"], [0, None, None, ""])
            entry[0] += 1
            if row["tp"] == 81 and entry[1] is None:
                entry[1:3] = row["f"][1:3]
            if row["tp"] == 118 and entry[3] == "":
                entry[3] = row["f"][0]
    return found


def sent_by(capture, list_of_requests):
    """The rows that must be there afterwards: (tab, page, first index, length) per body."""
    rows, found = [], oracle(capture)
    for request in list_of_requests:
        if "body" in request:
            body = read(capture, request["body"])
            if request["headers"].get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            _, page, first, tab = found[request["body"]]
            rows.append((tab, page, first, len(body)))
    return rows


def replay(emulator, capture, list_of_requests):
    """Our answers to its starts."""
    trackers, answers = {}, []
    for request in list_of_requests:
        headers = {k.replace("-", "_"): v for k, v in request["headers"].items()}
        path = request["path"][len("/ingest"):]
        if path == "/v1/web/start":
            tracker = Tracker(emulator)
            old = request["json"].get("token")
            if old is not None:
                request = dict(request, json=dict(request["json"], token=trackers[old].token))
            answers.append(tracker.start(**request["json"]))
            trackers[request["token"]] = tracker
            continue
        tracker = trackers[request["bearer"]]
        body = read(capture, request["body"]) if "body" in request else json.dumps(request["json"]) if "json" in request \
            else None
        status = tracker.ask(request["method"], path, body, **headers).status
        if status != 200:
            raise Refused(status, request["path"])
    return answers


@contextlib.contextmanager
def rows_of(path):
    with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % path, uri=True, timeout=30)) as db:
        yield db


def bodies(path, session):
    with rows_of(path) as db:
        return db.execute("SELECT tab, page_no, first_index, length FROM recording_body WHERE session=? ORDER BY number",
                          (int(session),)).fetchall()


def sessions(path):
    with rows_of(path) as db:
        return [row[0] for row in db.execute("SELECT session FROM recording ORDER BY session")]


def torn(path):
    """Bodies and links without their session, and sessions that lack bodies."""
    with rows_of(path) as db:
        return db.execute("SELECT (SELECT count(*) FROM recording_body WHERE session NOT IN (SELECT session FROM recording)) +"
                          " (SELECT count(*) FROM link WHERE kind='recording' AND id NOT IN (SELECT CAST(session AS TEXT)"
                          " FROM recording) OR to_kind='recording' AND to_id NOT IN (SELECT CAST(session AS TEXT) FROM"
                          " recording)), (SELECT count(*) FROM recording r WHERE bodies<>(SELECT count(*) FROM"
                          " recording_body b WHERE b.session=r.session))").fetchone()


def mentioned(path, session):
    """The tables that name a session, in whatever column."""
    found = set()
    with rows_of(path) as db:
        for table, in db.execute("SELECT name FROM sqlite_schema WHERE type='table'").fetchall():
            for row in db.execute('SELECT * FROM "%s"' % table):
                if any(value == int(session) or isinstance(value, str) and session in value or
                       isinstance(value, bytes) and session.encode() in value for value in row):
                    found.add(table)
    return found


def from_bucket(emulator, what):
    emulator.http.request("GET", "/mobs" + what, headers=harness.signed("s3"))
    answer = emulator.http.getresponse()
    return answer.status, answer.read()


def objects(emulator):
    """The bucket's files, {session: {name: size}}."""
    status, told = from_bucket(emulator, "?list-type=2")
    if status != 200 or b"<IsTruncated>true" in told:
        raise Refused(status, told.decode())
    found = {}
    for key, size in re.findall(r"<Key>([^<]+)</Key>.*?<Size>(\d+)</Size>", told.decode()):
        session, name = key.split("/")
        found.setdefault(session, {})[name] = int(size)
    return found


def listed(emulator):
    """The sessions of `obsview sessions ls`."""
    told = emulator.run("sessions", "ls", "--format", "json", AWS_ACCESS_KEY_ID="AKIDEXAMPLE",
                        AWS_SECRET_ACCESS_KEY="example").stdout
    return sorted(one["session"] for one in json.loads(told)["sessions"])


def shown(emulator, **how):
    """The intake's records of trackers."""
    query = "&".join("%s=%s" % pair for pair in {"kind": "replay", "limit": 4096, **how}.items())
    emulator.http.request("GET", "/_obsview/events?" + query)
    return json.loads(emulator.http.getresponse().read())["events"]


def await_that(what, seconds=harness.DEADLINE):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.02)
    return False


def emulator_at(path, *options, clock=CLOCK):
    return Emulator("--stack", "off", *options, db=path, clock=clock)


# --- what trackers do -------------------------------------------------------------------------------------------------

def test_recorded_pages(folder):
    path = os.path.join(folder, "pages.db")
    with emulator_at(path) as emulator:
        for capture, list_of_requests in requests().items():
            answers = replay(emulator, capture, list_of_requests)
            kept = collections.Counter(row for session in {a["sessionID"] for a in answers} for row in bodies(path, session))
            ok("%s: every body is kept, told apart as it says itself" % capture, kept,
               collections.Counter(sent_by(capture, list_of_requests)))
            counted = {int(h[1]) for e in shown(emulator, body=1) for h in e["headers"] if h[0] == "Replay-Messages"}
            check("%s: all messages are read" % capture, {row[0] for row in oracle(capture).values()} <= counted)
            again = len(sessions(path))
            replay(emulator, capture, list_of_requests)
            ok("%s: another visit is another session" % capture, len(sessions(path)) > again)
        with rows_of(path) as db:
            ok("no body has a fault", db.execute("SELECT count(*) FROM recording_body WHERE fault<>0").fetchone()[0], 0)
            ok("bodies are kept as zstd", db.execute("SELECT count(*) FROM recording_body WHERE"
                                                     " substr(body, 1, 4)<>x'28b52ffd'").fetchone()[0], 0)
        ok("nothing is torn", torn(path), (0, 0))


def test_order(folder):
    """In reverse and with repeats there is the same in the end."""
    path = os.path.join(folder, "order.db")
    with emulator_at(path) as emulator:
        for capture in ("v19-default-p2", "v19-default-p1"):
            tracker = Tracker(emulator)
            session = tracker.start()["sessionID"]
            posts = [r for r in requests()[capture] if "body" in r]
            for request in posts[::-1] + posts:
                tracker.ask("POST", request["path"][len("/ingest"):], read(capture, request["body"]),
                            **{k.replace("-", "_"): v for k, v in request["headers"].items()})
            ok("%s: repeats and order change nothing" % capture, sorted(bodies(path, session)),
               sorted(sent_by(capture, posts)))
        check("two tabs are told apart", len({row[0] for row in bodies(path, session)}) == 2)


def test_session_goes_on(folder):
    path = os.path.join(folder, "goes-on.db")
    with emulator_at(path) as emulator:
        tracker = Tracker(emulator)
        first = tracker.start(userID="ada", timezone="UTC+01:00", width=1280, height=720)
        ok("a start says what the tracker checks",
           {key: type(first[key]).__name__ for key in ("token", "userUUID", "sessionID", "delay", "startTimestamp",
                                                       "beaconSizeLimit", "projectID", "compressionThreshold",
                                                       "protocolVersion", "canvasEnabled")},
           {"token": "str", "userUUID": "str", "sessionID": "str", "delay": "int", "startTimestamp": "int",
            "beaconSizeLimit": "int", "projectID": "str", "compressionThreshold": "int", "protocolVersion": "int",
            "canvasEnabled": "bool"})
        ok("delay, protocol, canvas", (first["delay"], first["protocolVersion"], first["canvasEnabled"]), (0, 1, False))
        ok("a session's number holds its start", (int(first["sessionID"]) >> 24) + 1550000000000, CLOCK_MS)
        ok("the start", first["startTimestamp"], CLOCK_MS)
        emulator.move_clock(advance=60)
        again = tracker.start(token=first["token"], userUUID=first["userUUID"], userID="grace")
        ok("a reload goes on", [again[k] for k in ("token", "sessionID", "userUUID", "startTimestamp")],
           [first[k] for k in ("token", "sessionID", "userUUID", "startTimestamp")])
        ok("a batch of it is taken", tracker.send(batch(0)).status, 200)
        other = Tracker(emulator).start(userUUID=first["userUUID"])
        check("without its token it is another session of the same visitor",
              other["sessionID"] != first["sessionID"] and other["userUUID"] == first["userUUID"])
        check("a foreign token begins a new session", Tracker(emulator).start(token="x.y.z")["sessionID"] not in
              (first["sessionID"], other["sessionID"]))
        with rows_of(path) as db:
            ok("what is kept of a start", db.execute(
                "SELECT user_id, project_key, tracker_version, timezone, width, height, started_ms, bodies FROM recording"
                " WHERE session=?", (int(first["sessionID"]),)).fetchone(),
               ("grace", "app", "19.0.1", "UTC+01:00", 1280, 720, CLOCK_MS, 1))
    with emulator_at(path, clock="2026-11-24T10:01:00Z") as emulator:
        tracker = Tracker(emulator)
        tracker.token = first["token"]
        ok("it goes on after a restart", tracker.send(batch(1)).status, 200)
        fresh = Tracker(emulator).start()
        check("no number is given out twice", fresh["sessionID"] not in (first["sessionID"], other["sessionID"]))
        emulator.post("/_obsview/reset", {})
        answer = tracker.send(batch(2))
        ok("a wiped database answers 401", (answer.status, answer.headers.get(CORS)), (401, "*"))
        new = tracker.start(token=first["token"])
        check("and the tracker gets a new session", new["sessionID"] != first["sessionID"])
        ok("which takes its batches", tracker.send(batch(0)).status, 200)


def test_cold_start(folder):
    path = os.path.join(folder, "cold.db")
    with emulator_at(path) as emulator:
        tracker = Tracker(emulator)
        probe = tracker.start(doNotRecord=True)
        ok("who only asks for conditions is no session", sessions(path), [])
        ok("conditions", json.loads(tracker.ask("GET", "/v1/web/conditions/" + probe["projectID"]).body),
           {"conditions": []})
        began = tracker.start(bufferDiff=3165)
        ok("what was buffered belongs to the session", began["startTimestamp"], CLOCK_MS - 3165)
        ok("also by its number", (int(began["sessionID"]) >> 24) + 1550000000000, CLOCK_MS - 3165)
        ok("a clock in the place of a duration", tracker.start(bufferDiff=CLOCK_MS)["startTimestamp"], CLOCK_MS)


# --- what goes wrong --------------------------------------------------------------------------------------------------

def test_links(folder):
    """From a recording to whom the app says it is, to the app's session and its errors, and back."""
    path = os.path.join(folder, "links.db")
    app = "0b0e7a52-2f5a-4b7d-9c30-1f0c8a1d2e3f"

    def linked(kind, id_, hops=1):
        emulator.http.request("GET", "/_obsview/links?kind=%s&id=%s&hops=%d" % (kind, id_, hops))
        return sorted((li["kind"], li["id"]) for li in json.loads(emulator.http.getresponse().read())["links"])

    with emulator_at(path) as emulator:
        tracker = Tracker(emulator)
        session = tracker.start(userID="ada")["sessionID"]
        ok("a start ties its user", linked("recording", session), [("visitor", "ada")])
        tracker.send(batch(0, what=message(28, text("grace")) + message(30, text("plan") + text("pro")) +
                           message(30, text("sessionId") + text(app)) + message(28, b"")))
        ok("a batch ties users and the app's session", linked("recording", session),
           [("app-session", app), ("visitor", "ada"), ("visitor", "grace")])
        with rows_of(path) as db:
            ok("the list has the last user", db.execute("SELECT user_id FROM recording").fetchall(), [("grace",)])
        error = json.loads(emulator.post("/errors/report", {"error": {"message": "x"}, "context": {"sessionId": app}}))
        check("from an error to its recording", ("recording", session) in linked("error", error["errorId"], 2))
        emulator.move_clock(advance=31 * DAY)
        ok("they go with the session", linked("recording", session), [])


def test_large_start(folder):
    with emulator_at(os.path.join(folder, "large.db")) as emulator:
        answer = Tracker(emulator).ask("POST", "/v1/web/start", '{"projectKey":"app","x":"%s"}' % ("x" * 200000),
                                       Content_Type="application/json")
        ok("a start that is too large", (answer.status, answer.headers.get(CORS), list(json.loads(answer.body))),
           (413, "*", ["error"]))


def test_unknown_sessions(folder):
    path = os.path.join(folder, "unknown.db")
    with emulator_at(path) as emulator, emulator_at(os.path.join(folder, "elsewhere.db"), "--token", "T") as elsewhere:
        tracker = Tracker(emulator)
        with_key = Tracker(elsewhere)
        check("with --token the project key is it", with_key.start(projectKey="app").status == 404 and
              isinstance(with_key.start(projectKey="T"), dict))
        ok("and its batches need no other", with_key.send(batch(0)).status, 200)
        ok("nor its tags", with_key.ask("GET", "/v1/web/tags").status, 200)
        ok("which a stranger does not get", Tracker(elsewhere).ask("GET", "/v1/web/tags").status, 401)
        good = tracker.start()["token"]
        probe = Tracker(emulator).start(doNotRecord=True)["token"]
        for name, token in (("none", None), ("not one of ours", "abc"), ("of another emulator", with_key.token),
                            ("changed", good[:-1] + ("1" if good[-1] != "1" else "2")),
                            ("of no session", probe)):
            for where in ("/v1/web/i", "/v1/web/images"):
                answer = tracker.ask("POST", where, batch(0), Authorization=token and "Bearer " + token)
                ok("%s: a token %s" % (where, name), (answer.status, answer.headers.get(CORS)), (401, "*"))
        ok("nothing was kept", [len(bodies(path, s)) for s in sessions(path)], [0])


def fault_lines(emulator):
    events = emulator.call("logs", "FilterLogEvents", logGroupName="/obsview/openreplay",
                           filterPattern='{ $.level = "WARN" }')["events"]
    return [json.loads(event["message"]) for event in events]


def test_undecodable(folder):
    path = os.path.join(folder, "undecodable.db")
    good = batch(0)
    cases = (
        ("cut short", good[:-3], {}, len(good) - 12 - 1 - 3),
        ("no header", b"\x16" * 40, {}, 0),
        ("a number without end", u(81) + b"\xff" * 30, {}, 1),
        ("a text of 2^64 bytes", u(81) + u(1) + u(0) + u(0) + u(2) + b"\xff" * 9 + b"\x01", {}, 5),
        ("not what Content-Encoding says", good, {"Content_Encoding": "gzip"}, 0),
        ("gzip that is cut", gzip.compress(good)[:-12], {"Content_Encoding": "gzip"}, 0),
        ("gzip that does not say so", gzip.compress(good, mtime=0), {}, 0),
        ("an encoding nobody knows", good, {"Content_Encoding": "br"}, 0),
        ("nothing at all", b"", {}, 0),
    )
    with emulator_at(path) as emulator:
        for name, body, headers, offset in cases:
            tracker = Tracker(emulator)
            session = tracker.start()["sessionID"]
            answer = tracker.send(body, **headers)
            ok("%s: answered like any other" % name, (answer.status, answer.body, answer.headers.get(CORS)), (200, b"", "*"))
            tracker.send(body, **headers)
            tracker.send(batch(1))
            with rows_of(path) as db:
                rows = db.execute("SELECT length, fault<>0, fault_at FROM recording_body WHERE session=? ORDER BY number",
                                  (int(session),)).fetchall()
                ok("%s: kept as it came, once, with its fault" % name, rows, [(len(body), 1, offset), (len(batch(1)), 0, 0)])
                ok("%s: counted" % name, db.execute("SELECT bodies, faults FROM recording WHERE session=?",
                                                    (int(session),)).fetchone(), (2, 1))
            event = [e for e in shown(emulator, body=1) if e["fault"]][-1]
            told = dict(event["headers"])
            check("%s: shown as a fault" % name, event["reason"] == "undecodable" and event["status"] == 200 and
                  told["Replay-Session"] == session and told["Replay-Fault-Offset"] == str(offset) and
                  "byte" in told["Replay-Fault"] and event["body"] == "", event)
            line = [li for li in fault_lines(emulator) if li["session"] == session]
            check("%s: and told in the log" % name, len(line) == 2 and line[0]["offset"] == offset and "byte" in
                  line[0]["reason"] and line[0]["bytes"] == len(body), line)


def test_sizes(folder):
    path = os.path.join(folder, "sizes.db")
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(b"\0" * (300 * 1024 * 1024)) + packer.flush()  # takes its time: before a connection waits
    with emulator_at(path) as emulator:
        tracker = Tracker(emulator)
        session = tracker.start()["sessionID"]
        times = message(0, u(CLOCK_MS))
        for name, body, headers, want in (
                ("as much as a beacon may have", batch(1, what=times * (990000 // len(times))), {}, 200),
                ("2 MiB", batch(2, what=message(22, text("log") + text("x" * 2097010))), {}, 200),
                ("more than 2 MiB", b"x" * (2 * 1024 * 1024 + 1), {}, 413),
                ("a million messages", gzip.compress(batch(3, what=times * 1000000), 6), {"Content_Encoding": "gzip"}, 200),
                ("16 MiB unpacked", gzip.compress(batch(4) + b"\0" * (16 * 1024 * 1024 - len(batch(4))), 6),
                 {"Content_Encoding": "gzip"}, 200),
                ("more than 16 MiB unpacked", gzip.compress(b"\0" * (16 * 1024 * 1024 + 1), 6),
                 {"Content_Encoding": "gzip"}, 413),
                ("a bomb", bomb, {"Content_Encoding": "gzip"}, 413)):
            answer = tracker.send(body, **headers)
            ok("%s (%d bytes)" % (name, len(body)), (answer.status, answer.headers.get(CORS)), (want, "*"), )
            if want == 413:
                check("%s: the answer says what was too much" % name, b"bytes" in answer.body and
                      list(json.loads(answer.body)) == ["error"], answer.body)
        ok("what fits is kept", [row[2] for row in bodies(path, session)], [1, 2, 3, 4])


def test_unload(folder):
    """A page that is left sends its last batch and closes the connection."""
    path = os.path.join(folder, "unload.db")
    with emulator_at(path) as emulator:
        tracker = Tracker(emulator)
        session = tracker.start()["sessionID"]
        host, port = emulator.address.split(":")
        sent = []
        for i, size in enumerate((10, 5000, 60000, 300000) * 5):
            body = batch(i, what=message(22, text("log") + text("x" * size)))
            head = "POST /ingest/v1/web/i?batch=0_%d HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: " \
                   "%d\r\n\r\n" % (i, emulator.address, tracker.token, len(body))
            with socket.create_connection((host, int(port)), timeout=harness.DEADLINE) as connection:
                connection.sendall(head.encode() + body)
            sent.append(i)
        check("what it sent is kept", await_that(lambda: len(bodies(path, session)) == len(sent)), bodies(path, session))
        ok("all of it", sorted(row[2] for row in bodies(path, session)), sent)
        part = batch(99, what=message(22, text("log") + text("x" * 1000)))
        with socket.create_connection((host, int(port)), timeout=harness.DEADLINE) as connection:
            connection.sendall(head.encode() + part[:500])
        ok("a batch that was not sent whole is not", tracker.send(batch(100)).status, 200)
        ok("there", sorted(row[2] for row in bodies(path, session)), sent + [100])


def test_what_is_not_shown(folder):
    """Nothing of what was recorded stands in the intake, nor the query of the page that sent it."""
    planted = ("?scen=", "@example.com", "%40example.com", "555-0132", "078-05-1120", "4111 1111", "hunter2", "tok999", "abc123")
    with emulator_at(os.path.join(folder, "shown.db")) as emulator:
        list_of_requests = requests()["v19-leak-p2"]
        check("the pages have queries", any("?scen=" in r["headers"].get("referer", "") for r in list_of_requests))
        replay(emulator, "v19-leak-p2", list_of_requests)
        Tracker(emulator).start(userID="ada@example.com")
        emulator.http.request("GET", "/_obsview/events?limit=4096&body=1")
        told = emulator.http.getresponse().read().decode()
        check("there are records", told.count('"kind":"replay"') >= len(list_of_requests))
        ok("none tells a planted value", [value for value in planted if value in told], [])
        ok("nor does standard error", [value for value in planted if value in emulator.told()], [])
        tokens = [r["token"] for r in list_of_requests if "token" in r]
        check("nor a token", not any(token in told for token in tokens) and '["Authorization","***"]' in told)


def test_settings(folder):
    with emulator_at(os.path.join(folder, "prefix.db"), "--openreplay-prefix", "/rec/v2/", "--openreplay-protocol",
                     "2") as emulator:
        tracker = Tracker(emulator, "/rec/v2")
        ok("protocol 2", tracker.start()["protocolVersion"], 2)
        ok("below another prefix", tracker.send(batch(0), DataType="visual").status, 200)
        ok("the usual one is free", Tracker(emulator).ask("POST", "/v1/web/i", b"").status, 404)
    with emulator_at(os.path.join(folder, "root.db"), "--openreplay-prefix", "/") as emulator:
        tracker = Tracker(emulator, "")
        tracker.start()
        ok("at the root", tracker.send(batch(0)).status, 200)
        ok("others stay where they are", emulator.http.request("GET", "/_obsview/health") or
           emulator.http.getresponse().read()[:1], b"{")
    for prefix in ("ingest", "/a?b", "/api", "/_obsview/x", "/a//b"):
        try:
            emulator_at(os.path.join(folder, "no.db"), "--openreplay-prefix", prefix).stop()
            check("refused: --openreplay-prefix " + prefix, False)
        except Refused as refused:
            check("refused: --openreplay-prefix " + prefix, "--openreplay-prefix" in str(refused), str(refused))


# --- what is left after an accident -----------------------------------------------------------------------------------

def kill(emulator):
    emulator.process.kill()
    emulator.process.wait(harness.DEADLINE)
    emulator.process.stdout.close()
    emulator.errors.close()
    emulator.http.close()
    emulator.folder.cleanup()


def test_killed_while_posting(folder):
    path = os.path.join(folder, "killed.db")
    rand = random.Random(6)
    acknowledged, session = [], {}

    def post(emulator, name, count):
        tracker = Tracker(emulator)
        try:
            session[name] = tracker.start()["sessionID"]
            for i in range(count):
                body = batch(i, what=message(22, text("log") + text(rand.randbytes(2000).hex())))
                if tracker.send(body).status == 200:
                    acknowledged.append((name, i))
        except (OSError, http.client.HTTPException):
            pass

    for round_ in range(4):
        emulator = emulator_at(path)
        before = len(acknowledged)
        threads = [threading.Thread(target=post, args=(emulator, (round_, n), 100000)) for n in range(4)]
        for thread in threads:
            thread.start()
        await_that(lambda: len(acknowledged) > before + 40 + 30 * round_)
        kill(emulator)
        for thread in threads:
            thread.join()
    emulator_at(path).stop()
    lost = [pair for pair in acknowledged if pair[1] not in [row[2] for row in bodies(path, session[pair[0]])]] \
        if len(acknowledged) < 3000 else []
    check("something was acknowledged", len(acknowledged) > 200)
    ok("what was answered 200 survives a kill (%d batches)" % len(acknowledged), lost, [])
    ok("nothing is torn", torn(path), (0, 0))


def make_old(path, count, each):
    """Sessions of the store's own making; copied for each round, since making them is what takes time."""
    with emulator_at(path) as emulator:
        rand = random.Random(7)
        noise = rand.randbytes(20000)
        for n in range(count):
            tracker = Tracker(emulator)
            tracker.start(userID="visitor %d" % n)
            for i in range(each):
                ok_status = tracker.send(batch(i, what=message(22, text("log") + u(len(noise)) + noise))).status
                assert ok_status == 200


def whole_or_gone(path, before):
    """What a killed purge left is told as if there had been none, by every door."""
    with emulator_at(path) as emulator:
        there = sorted(str(session) for session in sessions(path))
        ok("the list has the sessions that are left", listed(emulator), there)
        ok("the bucket has their files, each as long as it was", objects(emulator),
           {session: before[session] for session in there})
        name = "obsview.full"
        ok("and gives them whole", [len(from_bucket(emulator, "/%s/%s" % (session, name))[1]) for session in there[:3]],
           [before[session][name] for session in there[:3]])
        gone = sorted(set(before) - set(there))
        ok("what is gone is no file", {from_bucket(emulator, "/%s/%s" % (session, name))[0] for session in gone[:3]}, {404})


def test_killed_while_purging(folder):
    path, copy = os.path.join(folder, "old.db"), os.path.join(folder, "purge.db")
    make_old(path, 120, 8)
    with emulator_at(path) as emulator:
        before = objects(emulator)
    ok("all are there", (len(sessions(path)), len(before)), (120, 120))
    with open(path, "rb") as file:
        old = file.read()
    left, looked = [], 0
    for round_ in range(8):
        with open(copy, "wb") as file:
            file.write(old)
        for end in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(copy + end)
        emulator = emulator_at(copy)
        host, port = emulator.address.split(":")
        body = b'{"advance":%d}' % (31 * DAY)
        connection = socket.create_connection((host, int(port)), timeout=harness.DEADLINE)
        connection.sendall(b"POST /_obsview/clock HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                           b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        wanted = 119 - 14 * round_
        await_that(lambda: len(sessions(copy)) <= wanted)
        kill(emulator)
        connection.close()
        left.append(len(sessions(copy)))
        ok("a purge that was killed leaves nothing torn (%d sessions left)" % left[-1], torn(copy), (0, 0))
        if 0 < left[-1] < 120 and looked < 2:
            looked += 1
            whole_or_gone(copy, before)
    check("some were killed half-way", looked > 0, left)
    with emulator_at(copy, clock="2026-12-25T10:00:01Z") as emulator:
        emulator.move_clock(advance=DAY)
        ok("and is done by the next", (sessions(copy), torn(copy)), ([], (0, 0)))


def told_sessions(emulator):
    """The sessions that lines about personal data name."""
    return {line.get("session") for _, line in privacy_lines(emulator)}


def test_retention(folder):
    path = os.path.join(folder, "retention.db")
    with emulator_at(path) as emulator:
        old = Tracker(emulator)
        gone = old.start()["sessionID"]
        old.send(batch(0, what=message(22, text("log") + text("mail bob@example.com")) + message(28, text("bob"))))
        searched(emulator)  # what is found is a line of the time when it is found
        emulator.move_clock(advance=20 * DAY)
        young = Tracker(emulator)
        stays = young.start(userID="carl")["sessionID"]
        young.send(batch(0, at=CLOCK_MS + 20 * DAY * 1000))
        ok("a batch of an old session", old.send(batch(1)).status, 200)
        searched(emulator)
        emulator.move_clock(advance=9 * DAY)
        ok("29 days", sessions(path), [int(gone), int(stays)])
        ok("29 days: in the list and the bucket", (listed(emulator), sorted(objects(emulator))), 2 * (sorted([gone, stays]),))
        ok("29 days: tables that name it", mentioned(path, gone) & {"recording", "recording_body", "link"},
           {"recording", "recording_body", "link"})
        check("29 days: what was found in it", gone in told_sessions(emulator))
        emulator.move_clock(advance=2 * DAY)
        ok("31 days: the session goes with all its batches", (sessions(path), len(bodies(path, gone)), torn(path)),
           ([int(stays)], 0, (0, 0)))
        ok("31 days: from the list and the bucket", (listed(emulator), sorted(objects(emulator))), 2 * ([stays],))
        ok("31 days: its files are not there", {name: from_bucket(emulator, "/%s/%s" % (gone, name))[0] for name in
                                                ("dom.mobs", "devtools.mob", "obsview.full")},
           {"dom.mobs": 404, "devtools.mob": 404, "obsview.full": 404})
        check("31 days: what was found in it goes, too", await_that(lambda: gone not in told_sessions(emulator)))
        ok("31 days: no table names it", mentioned(path, gone), set())
        ok("a tracker that is still there is sent away", old.send(batch(2)).status, 401)
        check("and begins anew", old.start(token=old.token)["sessionID"] != gone)
        ok("the young one goes on", young.send(batch(1)).status, 200)
        ok("its batches are there", len(bodies(path, stays)), 2)


# --- personal data ----------------------------------------------------------------------------------------------------

def searched(emulator):
    """The state of the search when nothing waits for it."""
    said = {}

    def is_done():
        emulator.http.request("GET", "/_obsview/health")
        said.update(json.loads(emulator.http.getresponse().read())["privacy"])
        return not said["isSearching"]

    check("the search comes to an end", await_that(is_done), said)
    return said


def privacy_lines(emulator):
    lines, more = [], {}
    while True:
        try:
            answer = emulator.call("logs", "FilterLogEvents", logGroupName="/obsview/privacy", **more)
        except Refused as refused:
            return [] if refused.code == "ResourceNotFoundException" else ["refused: %s" % refused]
        lines += [(event["logStreamName"], json.loads(event["message"])) for event in answer["events"]]
        if "nextToken" not in answer:
            return lines
        more = {"nextToken": answer["nextToken"]}


def told_of(lines):
    return sorted((line["kind"], line["record"], line["field"], line.get("element", ""), line["shape"], line["hash"])
                  for _, line in lines if "kind" in line)


PLANTED = ("leak.user", "555-0132", "7946 0958", "078-05-1120", "4111 1111", "title.attr", "secret.sel", "219-09-9999",
           "5500 0000", "note.mail", "console.leak", "err.leak", "net.body", "net.query", "url.leak", "tok999", "hunter2",
           "bob@example.com", "carl@example.com", "dora@example.com", "eve@example.com", "987-65-1234")


def test_privacy(folder):
    path = os.path.join(folder, "privacy.db")
    with emulator_at(path) as emulator:
        ok("nothing came, nothing is told", (searched(emulator)["findings"], privacy_lines(emulator)), (0, []))
        answers = replay(emulator, "v19-leak-p2", requests()["v19-leak-p2"])
        state, lines = searched(emulator), privacy_lines(emulator)
        ok("all batches are searched", (state["batches"], state["unjudged"], state["missed"]), (14, 0, 0))
        ok("what is found is told", (len(lines), {stream for stream, _ in lines}), (state["findings"], {"openreplay"}))
        check("of every kind that was planted", {"email", "phone", "ssn", "card"} <= {line["kind"] for _, line in lines})
        check("in selections, page text, addresses, console and requests",
              {"SelectionChange", "SetNodeData", "ResourceTiming", "ConsoleLog", "NetworkRequest"} <=
              {line["record"] for _, line in lines}, {line["record"] for _, line in lines})
        check("of the sessions there are", {line["session"] for _, line in lines} <= {a["sessionID"] for a in answers})
        ok("as structured lines", {(line["level"], line["functionName"]) for _, line in lines}, {("WARN", "obsview-privacy")})
        ok("once each", len(set(told_of(lines))), len(lines))
        replay(emulator, "v19-leak-p2", [r for r in requests()["v19-leak-p2"] if "body" not in r])
        emulator.post("/errors/report", {"error": {"message": "no mail to bob@example.com", "stack": ""},
                                         "context": {"url": "http://localhost/?mail=carl%40example.com", "sessionId": "s1"}})
        emulator.post("/metrics/web-vitals", {"metrics": 3 * [
            {"name": "LCP", "value": 1, "url": "http://localhost/?mail=carl%40example.com"}], "sessionId": "s1"})
        emulator.post("/api/send", {"type": "event", "payload": {
            "website": "11111111-2222-4333-8444-555555555555", "hostname": "shop", "url": "/a?mail=dora@example.com",
            "data": {"who": {"mail": "eve@example.com"}}}}, **{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"})
        emulator.post("/errors/report", {"error": {"message": "fine"}, "context": {"sessionId": "s1",
                                                                                  "url": "http://localhost/a?b=1"}})
        searched(emulator)
        ok("errors, vitals and hits are searched, too",
           sorted((stream, line["field"]) for stream, line in privacy_lines(emulator) if stream != "openreplay"),
           [("error", "context.url"), ("error", "error.message"), ("umami", "payload.data.who.mail"),
            ("umami", "payload.url"), ("web-vitals", "metrics[].url")])
        told = json.dumps(privacy_lines(emulator))
        ok("no value is told", [value for value in PLANTED if value in told], [])
        group = emulator.call("logs", "DescribeLogGroups", logGroupNamePrefix="/obsview/privacy")["logGroups"]
        ok("lines are kept as long as recordings", [g.get("retentionInDays") for g in group], [30])
        Tracker(emulator)
        tracker = Tracker(emulator)
        tracker.start()
        tracker.send(batch(0)[:-3])
        searched(emulator)
        check("what cannot be searched is not clean", any(line.get("unsearched") == 1 for _, line in
                                                          privacy_lines(emulator)))
        for table, in sqlite3.connect(path).execute("SELECT name FROM sqlite_schema WHERE type='table'"):
            if table.startswith("sqlite_") or table == "recording_body" or \
                    table.startswith("umami_"):
                continue
            with rows_of(path) as db:
                kept = " ".join(str(row) for row in db.execute("SELECT * FROM %s" % table))
            check("table %s holds no value" % table, not any(value in kept for value in PLANTED[:17]))
    return told_of(lines)


def test_privacy_is_exact(folder):
    """Killed at any moment, it tells everything once in the end."""
    path = os.path.join(folder, "exact.db")
    with emulator_at(os.path.join(folder, "plain.db")) as emulator:
        replay(emulator, "v19-leak-p2", requests()["v19-leak-p2"])
        searched(emulator)
        want = [row[:5] for row in told_of(privacy_lines(emulator))]
    emulator = emulator_at(path)
    tracker = Tracker(emulator)
    session = tracker.start()["sessionID"]
    for request in requests()["v19-leak-p2"]:
        if "body" in request:
            tracker.send(read("v19-leak-p2", request["body"]), DataType=request["headers"]["datatype"])
            kill(emulator)
            emulator = emulator_at(path)
            tracker.http = http.client.HTTPConnection(emulator.address, timeout=harness.DEADLINE)
    searched(emulator)
    lines = privacy_lines(emulator)
    ok("one session", {line["session"] for _, line in lines}, {session})
    ok("killed after every batch, it tells the same, once", sorted(row[:5] for row in told_of(lines)), sorted(want))
    emulator.stop()


def test_privacy_rules(folder):
    path = os.path.join(folder, "rules.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"maskInputs": 7')
    try:
        emulator_at(os.path.join(folder, "no.db"), "--pii-rules", path).stop()
        check("rules with a fault are refused", False)
    except Refused as refused:
        check("rules with a fault are refused", "--pii-rules" in str(refused), str(refused))


def test_live(folder):
    """A listener hears of a batch at once."""
    with emulator_at(os.path.join(folder, "live.db")) as emulator:
        tracker = Tracker(emulator)
        tracker.start()
        stream = http.client.HTTPConnection(emulator.address, timeout=harness.DEADLINE)
        stream.request("GET", "/_obsview/changes")
        answer = stream.getresponse()
        heard = []

        def listen():
            with contextlib.suppress(OSError):  # the connection is shut down at the end
                while line := answer.fp.readline():
                    if line.startswith(b"data:"):
                        heard.append(time.monotonic())

        threading.Thread(target=listen, daemon=True).start()
        await_that(lambda: heard, 2)
        before, at = len(heard), time.monotonic()
        tracker.send(batch(0))
        check("within a second", await_that(lambda: len(heard) > before, 5) and heard[before] - at < 1,
              (heard, at))
        stream.sock.shutdown(socket.SHUT_RDWR)


def main():
    with tempfile.TemporaryDirectory() as folder:
        for test in (test_recorded_pages, test_order, test_session_goes_on, test_cold_start, test_links, test_large_start,
                     test_unknown_sessions, test_undecodable, test_sizes, test_unload, test_what_is_not_shown, test_settings,
                     test_killed_while_posting, test_killed_while_purging, test_retention, test_privacy,
                     test_privacy_is_exact, test_privacy_rules, test_live):
            print("#", test.__name__, flush=True)
            test(folder)
    return harness.finish()


if __name__ == "__main__":
    raise SystemExit(main())
