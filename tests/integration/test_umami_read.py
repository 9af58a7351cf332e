#!/usr/bin/env python3
"""Umami's read API: its definitions, and what nobody should ask.

SPDX-License-Identifier: MIT

fixture/umami-read-v2.jsonl and -v3.jsonl hold, in the order of a recording, hits and questions with what Umami 2.20.2
and 3.1.0 answered, for test_contract.sh. Answers are compared whole; ids of events are not, and rows that are equally
large stand in our order. Where we differ on purpose, `difference` says why and what the original answered.

Here hits are made up, and Umami's definitions (visits, bounces, total time, buckets of a time zone's wall clock) are
worked out from them and compared. Then wrong values are asked for.

OBSVIEW names the program.
"""
import collections
import datetime
import json
import os
import random
import time
import zoneinfo

from harness import counts, finish
from umami_server import Server, check

WEBSITE = "11111111-2222-4333-8444-555555555555"


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


# --- what nobody should ask ------------------------------------------------------------------------------------------

SPAN = {"startAt": "0", "endAt": "1800000000000"}
GARBAGE = ["abc", "-1", "1e999", "NaN", "9" * 400, "'; DROP TABLE umami_user; --", "1 OR 1=1", "%", "a" * 5000, "\U0001f600", b"\xff\xfe", "\x00", "[]", "{}"]
NEEDED = {"/pageviews": {"unit": "day", "timezone": "UTC"}, "/events/series": {"unit": "day", "timezone": "UTC"}, "/metrics": {"type": "browser"},
          "/event-data/values": {"propertyName": "x", "event": "y"}, "/sessions/weekly": {"timezone": "UTC"}}


def run_hostile(dialect):
    """No value of any parameter is more than a 400; which is told of what is in fixture/umami-refused-v2.jsonl and -v3."""
    server = Server("--umami-dialect", dialect)
    try:
        server.admin = server.login("admin", "umami")
        send_hits(server, [(int(time.time()) - 60 * i, i, "/p%d" % i, None) for i in range(3)])
        site = "/api/websites/" + WEBSITE
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
    for dialect in ("v2", "v3"):
        run_definitions(dialect)
        run_hostile(dialect)
    return finish()


if __name__ == "__main__":
    raise SystemExit(main())
