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
import collections
import datetime
import json
import os
import random
import re
import tempfile
import time
import zoneinfo

from harness import counts, finish
from umami_server import Server, check, sign

HERE = os.path.dirname(os.path.abspath(__file__))
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
    ("v2 v3", "values path", None, "rows that are equally large come by name here, in no order there; the tenth is one of many"),
]


def read_lines(name):
    with open(os.path.join(HERE, "umami", name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


# --- the replay -------------------------------------------------------------------------------------------------------

CREATED = {"createdAt", "updatedAt"}
RANDOM = {"timestamp", "token", "eventId", "shareId"}


def plain(value, key=None):
    """Without what differs from run to run."""
    if isinstance(value, dict):
        is_made = "urlPath" in value or "slug" in value or value.get("username") == "bob"
        return {k: "*" if k in RANDOM or (is_made and k == "id") else plain(v, k) for k, v in value.items()}
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
        if row["status"] == 500 and not note.startswith("data"):
            return  # the original kept nothing of it; we do (test_umami.py says what)
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


# --- definitions, worked out from made-up hits ------------------------------------------------------------------------

START = 1793318400  # 2026-10-30T00:00:00Z: within three days the United States leave summer time
DAYS = 4
AGENTS = ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 "
          "Safari/537.36", "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"]


def make_hits(random_):
    """A few hundred rows of a dozen visitors: (time, visitor, path, name)."""
    rows = []
    for _ in range(400):
        at = START + random_.randrange(DAYS * 86400)
        name = "buy" if random_.random() < 0.2 else None
        rows.append((at, random_.randrange(12), "/p%d" % random_.randrange(6), name))
        if random_.random() < 0.5:
            rows.append((at + random_.randrange(1, 900), rows[-1][1], "/p%d" % random_.randrange(6), None))
    return rows


def send_hits(server, rows):
    """Each row with the ids that the program gave it."""
    sent = []
    for at, visitor, path, name in rows:
        payload = {"website": WEBSITE, "hostname": "shop.example", "url": path, "timestamp": at}
        if name:
            payload["name"] = name
        status, _, body = server.ask("POST", "/api/send", {"type": "event", "payload": payload},
                                     {"user-agent": AGENTS[visitor % 2], "x-forwarded-for": "203.0.113.%d" % visitor})
        assert status == 200, body
        ids = json.loads(body)
        sent.append((at, ids["sessionId"], ids["visitId"], path, name, visitor % 2))
    return sent


def totals(rows):
    views = [r for r in rows if r[4] is None]
    stays = collections.defaultdict(list)
    for r in views:
        stays[r[1], r[2]].append(r[0])
    return {"pageviews": len(views), "visitors": len({r[1] for r in views}), "visits": len({r[2] for r in views}),
            "bounces": sum(len(t) == 1 for t in stays.values()), "totaltime": sum(max(t) - min(t) for t in stays.values())}


def buckets(rows, zone, unit):
    views, sessions = collections.Counter(), collections.defaultdict(set)
    for r in rows:
        if r[4] is not None:
            continue
        wall = datetime.datetime.fromtimestamp(r[0], zoneinfo.ZoneInfo(zone))
        text = wall.strftime("%Y-%m-%d %H:00:00" if unit == "hour" else "%Y-%m-%d 00:00:00")
        views[text] += 1
        sessions[text].add(r[1])
    return {"pageviews": [{"x": x, "y": views[x]} for x in sorted(views)],
            "sessions": [{"x": x, "y": len(sessions[x])} for x in sorted(sessions)]}


def check_numbers(server, sent, dialect, start, end):
    inside = [r for r in sent if start <= r[0] * 1000 <= end]
    span, site = {"startAt": start, "endAt": end}, "/api/websites/" + WEBSITE
    before = [r for r in sent if start - (end - start) // 60000 * 60000 <= r[0] * 1000 <= end - (end - start) // 60000 * 60000]
    what = "%s: %d rows of %d" % (dialect, len(inside), len(sent))
    now, was = totals(inside), totals(before)
    wanted = {**now, "comparison": was} if dialect == "v3" else {k: {"value": now[k], "prev": was[k]} for k in now}
    check(server.get(site + "/stats", **span) == (200, wanted), what + ": stats", (server.get(site + "/stats", **span), wanted))
    for zone in ("America/New_York", "Asia/Kolkata"):
        got = server.get(site + "/pageviews", unit="day", timezone=zone, **span)[1]
        check(got == buckets(inside, zone, "day"), "%s: days of %s" % (what, zone), got)
    if dialect == "v3" or end - start <= 48 * 3600000:
        got = server.get(site + "/pageviews", unit="hour", timezone="America/New_York", **span)[1]
        check(got == buckets(inside, "America/New_York", "hour"), what + ": hours over the end of summer time", got)
    paths = collections.defaultdict(set)
    for r in inside:
        if r[4] is None:
            paths[r[3]].add(r[1])
    got = server.get(site + "/metrics", type="url" if dialect == "v2" else "path", **span)[1]
    check({r["x"]: r["y"] for r in got} == {k: len(v) for k, v in paths.items()}, what + ": paths", got)
    chrome = totals([r for r in inside if r[5] == 0])
    got = server.get(site + "/stats", browser="chrome", **span)[1]
    check((got["bounces"] if dialect == "v3" else got["bounces"]["value"]) == chrome["bounces"], what + ": filtered", got)
    got = server.get(site + "/events", pageSize=1000, **span)[1]
    check(got["count"] == len(inside) and [e["createdAt"] for e in got["data"]] ==
          sorted((e["createdAt"] for e in got["data"]), reverse=True), what + ": events")
    got = server.get(site + "/sessions", pageSize=100, **span)[1]
    check({s["id"] for s in got["data"]} == {r[1] for r in inside} and got["count"] == len({r[1] for r in inside}),
          what + ": sessions")


def run_definitions(dialect):
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 30))
    random_ = random.Random(seed)
    server = Server("--umami-dialect", dialect, clock="2026-11-04T00:00:00Z")
    try:
        server.admin = server.login("admin", "umami")
        rows = send_hits(server, make_hits(random_)[:250])
        for late in (False, True):
            for _ in range(6):
                start = START * 1000 + random_.randrange(DAYS * 86400000)
                check_numbers(server, rows, "%s" % dialect, start, start + random_.randrange(1, 47 * 3600000))
            check_numbers(server, rows, dialect, START * 1000, (START + (DAYS + 1) * 86400) * 1000 - 1)
            if not late:  # rows older than those that were asked for already
                rows += send_hits(server, make_hits(random_)[:150])
    finally:
        check(server.stop() == 0, "ends well")
    if counts[False]:
        print("SEED=%d makes the same hits" % seed)


# --- what is not built, and what is not allowed -----------------------------------------------------------------------

def run_refusals(dialect):
    server = Server("--umami-dialect", dialect)
    try:
        server.admin = server.login("admin", "umami")
        for path in ("/api/me/teams", "/api/websites/%s/segments" % WEBSITE, "/api/reports", "/api/users/x/websites"):
            status, body = server.get(path)
            text = body["error"] if dialect == "v2" else body["error"]["message"]
            check(status == 501 and path in text, "%s: %s is named as not built" % (dialect, path), (status, body))
        site = "/api/websites/" + WEBSITE
        check(server.get(site + "/stats", startAt=0, endAt=1, segment="x")[0] == 501, dialect + ": a segment is not built")
        for path in ("/events", "/sessions"):
            status = server.get(site + path, startAt=0, endAt=1, cohort="x")[0]
            check(status == (501 if dialect == "v3" else 200), dialect + path + ": a cohort of a list is of v3, and not built")
        for query in ({"page": 0}, {"pageSize": "x"}):
            check(server.get("/api/websites", **query)[0] == 400, "%s: %s" % (dialect, query))
        status, headers, _ = server.ask("OPTIONS", site + "/stats")
        check(status == 204 and headers.get("allow") == "GET, HEAD, OPTIONS", dialect + ": a preflight", headers)
        check(server.ask("POST", site + "/stats")[0] == 405, dialect + ": a wrong method")
        check(server.ask("GET", "/api/nothing/at/all")[0] == 404, dialect + ": no path")
        v3 = dialect == "v3"
        check(server.ask("GET", site + "/metrics/expanded?x=1")[0] == (400 if v3 else 404), dialect + ": expanded is of v3")
        for method, path, allowed in (("DELETE", "/api/reports/utm", "OPTIONS, POST"), ("DELETE", site + "/metrics", "GET, HEAD, OPTIONS"),
                                      ("PUT", "/api/reports/x", "DELETE, GET, HEAD, OPTIONS, POST")):
            status, headers, _ = server.ask(method, path)
            check(status == 405 and server.ask("OPTIONS", path)[1].get("allow") == allowed,
                  "%s: %s of %s lends no method of a path that is like it" % (dialect, method, path), (status, headers))
        check(server.ask("GET", "/api/teams")[0] == (501 if v3 else 405), dialect + ": a list of teams is of v3")
        check(server.ask("GET", "/api/boards/x/charts")[0] == 404, dialect + ": boards have no such thing")
        forged = {"authorization": "Bearer " + sign({"userId": "41e2b680-648e-4b09-bcd7-3e2b10c06264"})[:-3] + "abc"}
        check(server.ask("GET", "/api/me", headers=forged)[0] == 401, dialect + ": a forged token")
    finally:
        check(server.stop() == 0, "ends well")


# --- what nobody should ask ------------------------------------------------------------------------------------------

SPAN = {"startAt": "0", "endAt": "1800000000000"}
GARBAGE = ["abc", "-1", "1e999", "NaN", "9" * 400, "'; DROP TABLE umami_user; --", "1 OR 1=1", "%", "a" * 5000, "\U0001f600", b"\xff\xfe", "\x00", "[]", "{}"]
NUMBERS = ["abc", "NaN", "1e999", "1 OR 1=1", "'; --", "\U0001f600"]

# Path below the website, a parameter, values that are wrong, dialects.
WRONG = [
    ("/stats", "startAt", NUMBERS, "v2 v3"), ("/stats", "endAt", NUMBERS, "v2 v3"), ("/stats", "compare", ["x", "PREV"], "v3"),
    ("/stats", "match", ["some"], "v3"), ("/stats", "eventType", ["0", "-3", "x", "1.5"], "v3"), ("/stats", "path", ["re.(", "nre.[", "re." + "a" * 501], "v3"),
    ("/pageviews", "unit", ["", "week", "HOUR", "'; --"], "v2 v3"), ("/pageviews", "timezone", ["", "Mars/Base", "../../etc/passwd", "'; --", "Europe/", "\U0001f600"], "v2 v3"),
    ("/events/series", "timezone", ["UTC'", "a" * 300], "v2 v3"), ("/sessions/weekly", "timezone", ["x"], "v2 v3"),
    ("/events", "page", ["0", "-1", "1.5", "x", "9" * 30], "v2 v3"), ("/sessions", "pageSize", ["0", "-5", "all"], "v2 v3"),
    ("/events", "orderBy", ["createdAt", "1; DROP TABLE e"], "v2"), ("/metrics", "limit", ["-1", "x"], "v2 v3"), ("/metrics", "offset", ["-1", "x"], "v2 v3"),
    ("/event-data/values", "event", [None], "v3"), ("/metrics", "type", [None], "v2 v3"),
]
NEEDED = {"/pageviews": {"unit": "day", "timezone": "UTC"}, "/events/series": {"unit": "day", "timezone": "UTC"}, "/metrics": {"type": "browser"},
          "/event-data/values": {"propertyName": "x", "event": "y"}, "/sessions/weekly": {"timezone": "UTC"}}


def names_field(dialect, body, field):
    error = body.get("error")
    return any(text.startswith(field + ": ") for text in error) if dialect == "v2" else bool(error["properties"][field]["errors"])


def run_hostile(dialect):
    """Every wrong value is a 400 that names its parameter; no value of any parameter is more than a 400."""
    server = Server("--umami-dialect", dialect)
    try:
        server.admin = server.login("admin", "umami")
        send_hits(server, [(int(time.time()) - 60 * i, i, "/p%d" % i, None) for i in range(3)])
        site = "/api/websites/" + WEBSITE
        for path, field, values, dialects in WRONG:
            for value in values if dialect in dialects.split() else ():
                status, body = server.get(site + path, **{**SPAN, **NEEDED.get(path, {}), field: value})
                check(status == 400 and names_field(dialect, body, field), "%s: %s?%s=%.40r is refused by name" % (dialect, path, field, value), (status, body))
        for path in ("/stats", "/pageviews", "/metrics", "/metrics/expanded", "/events", "/events/series", "/sessions", "/sessions/stats", "/values", "/event-data/fields",
                     "/event-data/values", "/session-data/values", "/event-data", "/daterange", "/active", "/sessions/x/activity", "/event-data/" + WEBSITE):
            for field in ("startAt", "unit", "timezone", "page", "search", "type", "limit", "path", "url", "referrer", "host", "match", "propertyName", "event", "excludeBounce"):
                for value in GARBAGE:
                    status, _ = server.get(site + path, **{**SPAN, **NEEDED.get(path, {"type": "browser"}), field: value})
                    check(status in (200, 400, 404), "%s: %s?%s=%.40r" % (dialect, path, field, value), status)
        for body in (b"", b"{", b"[]", b"null", b'{"websiteId":1}', b'{"websiteId":"%s"}' % WEBSITE.encode(), b'{"websiteId":"%s","type":"funnel","parameters":[],"dateRange":7}' % WEBSITE.encode(),
                     json.dumps({"websiteId": WEBSITE, "type": "funnel", "parameters": {"startDate": "x", "endDate": {}}, "dateRange": {"startDate": "x"}}).encode(),
                     json.dumps({"websiteId": WEBSITE, "type": "funnel", "window": -1, "steps": [{}] * 99, "dateRange": {"startDate": 0, "endDate": 9e15},
                                 "parameters": {"startDate": 0, "endDate": 9e99, "window": "x", "steps": [None] * 99}}).encode()):
            for report in ("utm", "funnel", "goal", "goals", "breakdown", "insights", "retention", "journey", "performance"):
                status, _, answer = server.ask("POST", "/api/reports/" + report, body, {"authorization": "Bearer " + server.admin})
                check(status in ((400, 404, 501) if report != "utm" or b"9e" not in body else (200, 400)), "%s: report %s of %.60r" % (dialect, report, body), (status, answer))
        status, _ = server.get("/api/me")
        check(status == 200, dialect + ": the administrator is still there")
        huge = server.get(site + "/events", page=2147483647, pageSize=1000, **SPAN)
        check(huge[0] == 200 and huge[1]["data"] == [] and huge[1]["count"] == 3, dialect + ": a page beyond the end", huge)
    finally:
        check(server.stop() == 0, "ends well")


def main():
    hits, rows = read_lines("collect.jsonl"), read_lines("read.jsonl")
    for dialect in ("v2", "v3"):
        run_replay(dialect, hits, rows)
        run_definitions(dialect)
        run_refusals(dialect)
        run_hostile(dialect)
    return finish()


if __name__ == "__main__":
    raise SystemExit(main())
