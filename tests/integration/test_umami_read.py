#!/usr/bin/env python3
"""Umami's read API: what two real servers answered, asked again after the same hits, in both dialects.

SPDX-License-Identifier: MIT

umami/read.jsonl holds, in the order of the recording, hits (by their notes in umami/collect.jsonl) and questions with
what Umami 2.20.2 or 3.1.0 answered. The program runs under a virtual clock that stands where the real server's clock
stood. Answers are compared whole; ids of events and times of what was sent without a time of its own are not, and of
rows that are equally large the order is not.

Where we differ on purpose, DIFFERENCES says why; a reason that is not needed any more fails.

Then hits are made up, and Umami's definitions (visits, bounces, total time, buckets of a time zone's wall clock) are
worked out from them here and compared.

OBSVIEW names the program.
"""
import base64
import collections
import datetime
import hashlib
import hmac
import http.client
import json
import os
import random
import re
import subprocess
import tempfile
import time
import urllib.parse
import zoneinfo

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.environ.get("OBSVIEW") or os.path.join(HERE, "../../build/obsview")
SECRET = "obsview-fixed-secret"
WEBSITE = "11111111-2222-4333-8444-555555555555"
LIVE = "2026-11-23T"  # what was sent without a time has one of this day

# Dialects, note, status here (None: another body): why it is not the original's.
DIFFERENCES = [
    ("v2 v3", "verify with GET (what @umami/api-client 0.79 does)", 200, "that client asks with GET"),
    ("v2 v3", "website bad id", 400, "a bad id is named; the original answers 500 without a word"),
    ("v3", "stats by startDate/endDate", 200, "its validator allows it, and then it fails; it works here"),
    ("v2", "stats startAt=0 endAt=1 (v2 all-time)", 200, "the original answers 500; it is a range like any other here"),
    ("v2", "session-data/values", 200, "the original's SQL is broken; answered as v3 does"),
    ("v3", "event-data/events", 200, "the original fails without an event; answered as v2 does"),
    ("v2", "session unknown", 200, "the original answers 500; here as v3"),
    ("v2", "stats of an unknown website as a plain user", 401, "the original answers 500; here as v3"),
    ("v2 v3", "create with an id already taken", 400, "the original answers 500 without a word"),
    ("v2 v3", "metrics limit offset", None, "rows that are equally large come by name here, in no order there"),
    ("v2 v3", "values path", None, "as above, and the tenth row is one of many that are equally large"),
]

passed = failed = 0


def check(good, what, detail=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("FAILED:", what, detail)


# --- the program ------------------------------------------------------------------------------------------------------

def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(claims):
    key = hashlib.sha512(SECRET.encode()).hexdigest().encode()
    text = b64(b'{"alg":"HS256","typ":"JWT"}') + "." + b64(json.dumps(claims, separators=(",", ":")).encode())
    return text + "." + b64(hmac.new(key, text.encode(), hashlib.sha256).digest())


class Server:
    def __init__(self, *options, clock="2026-11-22T00:00:00Z"):
        env = dict(os.environ, TZ="UTC", APP_SECRET="")
        self.process = subprocess.Popen(
            [BINARY, "emulate", "--listen", "127.0.0.1:0", "--emf-listen", "off", "--stack", "off", "--db", ":memory:",
             "--clock", clock, "--umami-secret", SECRET, *options], stdout=subprocess.PIPE, text=True, env=env)
        found = re.search(r"http://([\d.]+:\d+)", self.process.stdout.readline())
        assert found, "the program does not start"
        self.connection = http.client.HTTPConnection(found.group(1), timeout=20)

    def stop(self):
        self.connection.close()
        self.process.terminate()
        return self.process.wait()

    def ask(self, method, path, body=None, headers=None):
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        c = self.connection
        c.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            c.putheader(name, value.encode())
        if data is not None or method == "POST":
            c.putheader("Content-Length", str(len(data or b"")))
        c.endheaders(data)
        answer = c.getresponse()
        return answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), answer.read()

    def get(self, path, **query):
        """A question of the administrator."""
        query = {k: v for k, v in query.items() if v is not None}
        path += "?" + urllib.parse.urlencode(query) if query else ""
        status, _, body = self.ask("GET", path, headers={"authorization": "Bearer " + self.admin})
        return status, json.loads(body or b"null")

    def login(self, username, password):
        status, _, body = self.ask("POST", "/api/auth/login", {"username": username, "password": password})
        assert status == 200, body
        return json.loads(body)["token"]

    def set_clock(self, seconds):
        text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
        status, _, body = self.ask("POST", "/_obsview/clock", {"now": text}, {"content-type": "application/json"})
        assert status == 200, body


def read_lines(name):
    with open(os.path.join(HERE, "umami", name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


# --- the replay -------------------------------------------------------------------------------------------------------

CREATED = {"createdAt", "updatedAt"}
RANDOM = {"timestamp", "token", "eventId", "shareId"}


def plain(value, key=None):
    """Without what differs from run to run."""
    if isinstance(value, dict):
        is_event = "urlPath" in value and "id" in value
        return {k: "*" if k in RANDOM or (is_event and k == "id") else plain(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, str) and (value.startswith(LIVE) or key in CREATED and value.startswith("2026-11-2")
                                   and not value.startswith(("2026-11-20", "2026-11-21"))):
        return "*"
    if isinstance(value, float):
        return round(value, 6)
    return value


SIZES = ("y", "visitors", "count", "total", "p75")


def ordered(value):
    """Lists whose order is not told: rows that are equally large stand in the order of their text."""
    if isinstance(value, dict):
        return {k: ordered(v) for k, v in value.items()}
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        return value
    for row in value:
        size = next((s for s in SIZES if s in row and not isinstance(row[s], dict)), None)
        if size is None:
            return [ordered(v) for v in value]
    key = next(s for s in SIZES if s in value[0]) if value else "y"
    if "t" in (value[0] if value else {}) or re.match(r"\d{4}-\d\d", str((value or [{}])[0].get("x"))):
        return value
    return sorted(value, key=lambda r: (-float(r.get(key) or 0), json.dumps(r, sort_keys=True)))


class Replay:
    def __init__(self, server, dialect, hits):
        self.server, self.dialect = server, dialect
        self.hits = {h["note"]: h for h in hits if h["dialect"] == dialect}
        self.tokens, self.events, self.used = {}, {}, set()
        self.share = None

    def send(self, note):
        row = self.hits[note]
        self.server.set_clock(row["at"])
        headers = {"content-type": "application/json", **row["headers"]}
        if "token" in row:
            headers["x-umami-cache"] = sign(row["token"])
        body = row.get("body")
        self.server.ask(row["method"], row["path"], body.encode() if isinstance(body, str) else body, headers)

    def headers(self, row):
        who = row.get("as")
        if who is None:
            return {}
        if who == "share":
            context = {"x-umami-share-context": row["context"]} if "context" in row else {}
            return {"x-umami-share-token": self.share, **context}
        if who == "garbage":
            return {"authorization": "Bearer garbage"}
        if who not in self.tokens:
            self.tokens[who] = self.server.login(who, "umami" if who == "admin" else "bobspassword")
        return {"authorization": "Bearer " + self.tokens[who]}

    def path(self, row):
        """With this run's id of the one event that is asked for by its id."""
        found = re.match(r"(.*/event-data/)[0-9a-f-]{36}$", row["path"])
        if not found:
            return row["path"]
        query = "?startAt=1795132800000&endAt=1795305599999&search=purchase"
        _, _, body = self.server.ask("GET", "/api/websites/%s/events%s" % (WEBSITE, query), headers=self.headers(row))
        return found.group(1) + json.loads(body)["data"][0]["id"]

    def ask(self, row):
        body = row.get("body")
        headers = self.headers(row)
        if body is not None:
            headers["content-type"] = "application/json"
        status, got_headers, got = self.server.ask(row["method"], self.path(row),
                                                   body.encode() if isinstance(body, str) else body, headers)
        if re.match("share by", row["note"]):
            self.share = json.loads(got).get("token")
        self.judge(row, status, got_headers, got)

    def judge(self, row, status, headers, got):
        name = "%s: %s" % (self.dialect, row["note"])
        differs = [d for d in DIFFERENCES if d[1] == row["note"] and self.dialect in d[0].split()]
        check(headers.get("access-control-allow-origin") == "*", "CORS of " + name)
        answer = json.loads(got) if got and headers.get("content-type") == "application/json" else None
        same = ordered(plain(answer)) == ordered(plain(row.get("answer")))
        if differs:
            self.used.add(row["note"])
            wanted = differs[0][2]
            good = status == wanted != row["status"] if wanted else status == row["status"] and not same
            check(good, name, "(a difference) %d %s" % (status, got[:300]))
            return
        check(status == row["status"], name, "status %d, not %d: %s" % (status, row["status"], got[:300]))
        if status == row["status"]:
            check(same, name, "\n  got    %s\n  wanted %s" % (json.dumps(ordered(plain(answer)), sort_keys=True)[:1500],
                                                            json.dumps(ordered(plain(row.get("answer"))), sort_keys=True)[:1500]))

    def run(self, rows):
        for row in rows:
            if row["dialect"] != self.dialect:
                continue
            for note in row.get("hits", []):
                self.send(note)
            if "note" in row:
                self.ask(row)
        for dialects, note, _, _ in DIFFERENCES:
            check(note in self.used or self.dialect not in dialects.split(), "%s: the difference %r is not needed any more"
                  % (self.dialect, note))


def run_replay(dialect, hits, rows):
    server = Server("--umami-dialect", dialect, "--umami-bots", "drop", "--umami-websites", "strict")
    try:
        Replay(server, dialect, hits).run(rows)
    finally:
        check(server.stop() == 0, "ends well")


def main():
    hits, rows = read_lines("collect.jsonl"), read_lines("read.jsonl")
    for dialect in ("v2", "v3"):
        run_replay(dialect, hits, rows)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
