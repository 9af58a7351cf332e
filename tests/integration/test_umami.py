#!/usr/bin/env python3
"""Umami's collection endpoints: what two real servers counted is in the store after the same hits, in both dialects.

SPDX-License-Identifier: MIT

fixture/umami-collect-v2.jsonl and -v3.jsonl hold what Umami 2.20.2 and 3.1.0 were asked and answered: status, headers,
body, ids and tokens to the last character, since the clock stands where the real server's stood. Where we differ on
purpose, `difference` says why and what the original answered. test_contract.sh holds the answers against them; here the
store is looked at that they leave behind: umami/columns.jsonl says how many visitors the real server counted per value
of a column.

OBSVIEW names the program.
"""
import json
import os
import sqlite3
import subprocess
import tempfile

from harness import BINARY, finish
from umami_server import Server, check

HERE = os.path.dirname(os.path.abspath(__file__))
WEBSITE = "11111111-2222-4333-8444-555555555555"
RANGE = (1795132800000, 1795305599999)
CHROME = ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
          "Chrome/129.0.0.0 Safari/537.36")


# --- what the recordings leave behind -----------------------------------------------------------------------------------

def count_columns(db, rows, dialect):
    """Visitors with a page view, per value; of events their number. As the real server counted them."""
    file = sqlite3.connect(db)
    views = "event_type=1" if dialect == "v2" else "event_type NOT IN (2, 5)"
    for row in rows:
        column = row["column"]
        count, where = ("count(*)", "event_type=2") if column == "event_name" else ("count(DISTINCT s.session_id)", views)
        if column == "referrer_domain":
            where += " AND referrer_domain<>'' AND referrer_domain<>hostname"
            where += "" if dialect == "v2" else " AND referrer_domain<>replace(hostname, 'www.', '')"
        got = file.execute(
            "SELECT %s, %s FROM umami_website_event e JOIN umami_session s USING(session_id) WHERE e.website_id=? AND "
            "e.created_at BETWEEN ? AND ? AND %s GROUP BY 1" % (column, count, where), (WEBSITE, *RANGE)).fetchall()
        if dialect == "v3":
            got = [r for r in got if r[0] not in (None, "")]
        wanted = [tuple(r) for r in row["rows"]]
        check(sorted(got, key=str) == sorted(wanted, key=str), "%s: column %s" % (dialect, column),
              "\n  got    %s\n  wanted %s" % (sorted(got, key=str), sorted(wanted, key=str)))
    file.close()


def check_data(db, dialect):
    file = sqlite3.connect(db)
    event = file.execute("SELECT event_id FROM umami_website_event WHERE event_name='purchase'").fetchone()
    got = file.execute("SELECT data_key, data_type, string_value, number_value, date_value FROM umami_event_data "
                       "WHERE website_event_id=? ORDER BY data_key", event).fetchall()
    check(got == [("at", 4, "2026-11-20T10:02:00.000Z", None, 1795168920000), ("big", 2, "1234567.8912", 1234567.8912, None),
                  ("coupon", 5, "null", None, None), ("currency", 1, "EUR", None, None),
                  ("items", 5, '[{"sku":"A1","qty":2}]', None, None), ("member", 3, "true", None, None),
                  ("nested.a.b", 2, "1.0000", 1, None), ("note", 1, "thanks", None, None),
                  ("revenue", 2, "49.9900", 49.99, None), ("zero", 2, "0.0000", 0, None)], dialect + ": event data", got)
    got = file.execute("SELECT event_name, currency, revenue FROM umami_revenue ORDER BY event_name").fetchall()
    check(got == [("purchase", "EUR", 49.99), ("rev-string", "USD", 12.5)], dialect + ": revenue", got)
    got = file.execute("SELECT data_key, string_value, created_at FROM umami_session_data WHERE distinct_id='user-42' "
                       "ORDER BY data_key").fetchall()
    check(got == [("active", "true", 1795255200000), ("plan", "team", 1795255220000), ("seats", "3.0000", 1795255200000)],
          dialect + ": session data is updated in place", got)
    got = file.execute("SELECT to_id FROM link WHERE kind='visitor' AND id='user-42' AND to_kind='umami-session'").fetchall()
    check(got == [("6b237400-97b9-5243-a185-5a4817924df9",)], dialect + ": linked by the visitor's id", got)
    got = file.execute("SELECT count(*), (SELECT count(*) FROM umami_website_event WHERE event_type=1) FROM pageview")
    views, events = got.fetchone()
    check(views == events > 0, dialect + ": the view pageview")
    rules = {r[0] for r in file.execute("SELECT DISTINCT rule FROM umami_verdict")}
    check({"too-long", "too-large", "bad-date", "milliseconds", "private-address"} <= rules, dialect + ": verdicts", rules)
    if dialect == "v3":
        got = file.execute("SELECT url_path, url_query, hostname, lcp, inp, cls, fcp, ttfb FROM umami_website_event "
                           "WHERE event_type=5 ORDER BY created_at").fetchall()
        check(got == [("/products", None, None, 1900.25, 96, 0.0512, 800, 120.5),
                      ("/products", None, None, 4100, None, 0.3, 2400, 400)], "performance rows", got)
    file.close()


def run_replay(columns, dialect):
    with tempfile.TemporaryDirectory() as directory:
        db = os.path.join(directory, "db")
        replayed("umami-collect-%s.jsonl" % dialect, db)
        count_columns(db, columns, dialect)
        check_data(db, dialect)


# --- what a developer gets instead of silence -------------------------------------------------------------------------

def hit(**payload):
    return {"type": "event", "payload": {"website": WEBSITE, "url": "/", **payload}}


def replayed(fixture, db):
    done = subprocess.run([BINARY, "replay", "--strict", os.path.join(HERE, "fixture", fixture), "--db", db],
                          capture_output=True, text=True)
    check(done.returncode == 0, fixture + " is replayed", done.stderr)


def run_kind():
    """What fixture/umami-kind.jsonl leaves behind: every hit is kept, whatever is said of it."""
    with tempfile.TemporaryDirectory() as directory:
        db = os.path.join(directory, "db")
        replayed("umami-kind.jsonl", db)
        file = sqlite3.connect(db)
        got = file.execute("SELECT to_kind, count(*) FROM link WHERE kind='app-session' AND id="
                           "'7d9f2c1e-55aa-4c9b-9a53-0a1f5d0c3b11' AND to_kind<>'error' GROUP BY 1").fetchall()
        check(got == [("umami-session", 2), ("umami-visit", 2), ("visitor", 1)],
              "the app's own session is linked from data and from id", got)
        got = file.execute("SELECT count(*) FROM umami_website_event").fetchone()[0]
        check(got == 10, "every hit is stored", got)
        file.close()


def run_bounds():
    """Large and odd bodies are answered in the dialect, and the server lives on."""
    with tempfile.TemporaryDirectory() as directory:
        server = Server("--umami-dialect", "v3", db=os.path.join(directory, "db"))
        deep = b'{"type":"event","payload":{"website":"%s","data":%s}}' % (WEBSITE.encode(), b'{"a":' * 200 + b"1" + b"}" * 200)
        many = hit(name="many", data={"k%d" % i: i for i in range(3000)})
        cases = [
            ("too deep", deep, 400), ("too large", b"x" * (1 << 20 | 1), 413), ("three thousand keys", many, 200),
            ("a large one", hit(title="t" * 200000), 200), ("a byte order mark", b"\xef\xbb\xbf" + json.dumps(hit()).encode(), 200),
            ("not UTF-8", json.dumps(hit(title="TITLE")).encode().replace(b"TITLE", b"\xff\xfe"), 200),
            ("an array", b"[]", 400), ("no such time", hit(timestamp=9e15), 500),
        ]
        for name, body, wanted in cases:
            status, headers, got = server.ask("POST", "/api/send", body, {"user-agent": CHROME})
            check(status == wanted, name, "%d %s" % (status, got[:200]))
            check(headers.get("access-control-allow-origin") == "*", name + " has CORS headers")
            check(wanted == 200 or json.loads(got)["error"]["status"] == wanted, name + " in the dialect", got[:200])
        status, _, got = server.ask("POST", "/api/batch", [hit(), 5], {"user-agent": CHROME})
        check(status == 400 and json.loads(got)["error"]["items"][0] is None, "a batch with a number in it", got)
        status, _, got = server.ask("POST", "/api/batch", [hit(url="/%d" % i) for i in range(2000)], {"user-agent": CHROME})
        check(status == 200 and json.loads(got)["processed"] == 2000, "two thousand at once", got[:200])
        check(server.stop() == 0, "ends well")
        file = sqlite3.connect(os.path.join(directory, "db"))
        got = file.execute("SELECT count(*) FROM umami_event_data").fetchone()[0]
        check(got == 1000, "a thousand properties are kept", got)
        got = file.execute("SELECT page_title FROM umami_website_event WHERE page_title LIKE '\ufffd%'").fetchone()
        check(got == ("\ufffd\ufffd",), "bytes that are not UTF-8", got)
        file.close()


def run_age():
    """A year later, by the program's clock, it is all gone."""
    with tempfile.TemporaryDirectory() as directory:
        db = os.path.join(directory, "db")
        server = Server(db=db)

        def count():
            file = sqlite3.connect(db)
            row = file.execute("SELECT (SELECT count(*) FROM umami_website_event), (SELECT count(*) FROM umami_event_data),"
                               " (SELECT count(*) FROM umami_session), (SELECT count(*) FROM link)").fetchone()
            file.close()
            return row

        server.ask("POST", "/api/send", hit(url="/nobody"), {"user-agent": CHROME, "x-forwarded-for": "10.0.0.9"})
        old = [hit(name="old", id="visitor-%d" % i, data={"n": i}) for i in range(500)]
        server.ask("POST", "/api/batch", old, {"user-agent": CHROME})
        server.set_clock(RANGE[1] // 1000 + 364 * 86400)
        server.ask("POST", "/api/send", hit(id="visitor-7"), {"user-agent": CHROME})
        check(count() == (502, 500, 501, 2002), "after 364 days it is still there", count())
        server.set_clock(RANGE[1] // 1000 + 366 * 86400)
        check(count() == (1, 0, 2, 4), "what is older than 365 days is gone, but not who came again", count())
        server.set_clock(RANGE[1] // 1000 + 400 * 86400)
        check(count() == (1, 0, 1, 4), "nor is a session kept that can have no event", count())
        check(server.stop() == 0, "ends well")


def load(name):
    with open(os.path.join(HERE, "umami", name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main():
    columns = load("columns.jsonl")
    for dialect in ("v2", "v3"):
        run_replay([c for c in columns if c["dialect"] == dialect], dialect)
    run_kind()
    run_bounds()
    run_age()
    raise SystemExit(finish())


main()
