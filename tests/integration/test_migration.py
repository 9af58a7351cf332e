#!/usr/bin/env python3
"""A database of an older release is taken over: its rows answer as before, and its links in their new table.

SPDX-License-Identifier: MIT

store_7.sql is such a database, as its own steps made it. What it knew as session_link is pairs of ids in `link`.

OBSVIEW names the program.
"""
import json
import os
import sqlite3
import tempfile

from harness import finish
from test_umami_read import WEBSITE
from umami_server import Server, check

SESSION, VISIT = "6b237400-97b9-5243-a185-5a4817924df9", "d4b455b4-15ff-509c-ab65-dca3cb3d46e5"
APP, VISITOR = "7d9f2c1e-55aa-4c9b-9a53-0a1f5d0c3b11", "user-42"
SHOWN = [("app-session", APP, "umami-session", SESSION, 1795168800000, 1795168830000),
         ("app-session", APP, "umami-visit", VISIT, 1795168800000, 1795168830000),
         ("app-session", APP, "visitor", VISITOR, 1795168820000, 1795168830000),
         ("visitor", VISITOR, "umami-session", SESSION, 1795168805000, 1795168840000),
         ("visitor", VISITOR, "umami-visit", VISIT, 1795168805000, 1795168840000)]

TEXTS = [(900, b"order 17 is lost"), (901, b"order 4711 is lost"), (902, b"TypeError"), (903, b"at pay (http://x/src/pay.ts:1:2)"),
         (904, b"no such basket")]
REPORTS = [(1795168800000, 900), (1795168700000, 901), (1795168900000, 904), (1795169000000, 901)]


def make_old(path):
    with sqlite3.connect(path) as db, open(os.path.join(os.path.dirname(__file__), "store_7.sql")) as sql:
        db.executescript(sql.read())
        db.executemany("INSERT INTO text VALUES(?, 0, 20000, ?)", TEXTS)
        db.executemany("INSERT INTO error_post VALUES(?, 0, 's', 0, 0, x'', ?, ?, 903, 902, 0, 0, 0, 0)", [
            (at << 20 | n, bytes([n] * 16), message) for n, (at, message) in enumerate(REPORTS)])
    db.close()


def the_rows_answer(server):
    dates = "?startAt=1795132800000&endAt=1795219199999"
    site = "/api/websites/" + WEBSITE
    check(server.get(site + "/stats" + dates)[1]["pageviews"] == {"value": 2, "prev": 0}, "its events are counted")
    check(server.get(site + "/metrics" + dates + "&type=country")[1] == [{"x": "DE", "y": 1}], "its session is known")
    check(server.get(site + "/event-data/properties" + dates)[1] == [{"eventName": "buy", "propertyName": "plan", "total": 1}], "its data")
    status, _, body = server.ask("GET", "/_obsview/links?kind=app-session&id=" + APP)
    found = {(x["kind"], x["id"]) for x in json.loads(body)["links"]}
    check(found >= {("umami-session", SESSION), ("umami-visit", VISIT), ("visitor", VISITOR)}, "from the app's session to the visitor", body)


def the_errors_are_grouped(server):
    """By what they are now, since their first report."""
    status, _, body = server.ask("GET", "/_obsview/error-groups")
    groups = json.loads(body)
    check([(g["firstMs"], g["lastMs"]) for g in groups["groups"]] == [(1795168700000, 1795169000000), (1795168900000, 1795168900000)]
          and not groups["partial"], "groups of errors are known since their first report", body)


def the_links_moved(path):
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT kind, id, to_kind, to_id, first_ms, last_ms FROM link").fetchall()
        both = SHOWN + [(k2, i2, k1, i1, first, last) for k1, i1, k2, i2, first, last in SHOWN]
        check(sorted(rows) == sorted(both), "each pair twice, an id without text not at all", sorted(rows))
        check({o for o, in db.execute("SELECT DISTINCT owner FROM link")} == {WEBSITE}, "they belong to the website")
        check({u - t for u, t in db.execute("SELECT until_ms, last_ms FROM link")} == {365 * 86400000}, "for a year")
        check(not db.execute("SELECT 1 FROM sqlite_schema WHERE name LIKE 'session_link%'").fetchall(), "the old table is gone")
        versions = [v for v, in db.execute("SELECT version FROM migration ORDER BY version")]
        check(versions == list(range(1, db.execute("PRAGMA user_version").fetchone()[0] + 1)) and len(versions) > 7, "all steps were noted", versions)
    db.close()


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "old.db")
        make_old(path)
        for again in range(2):  # the second start finds nothing to do
            server = Server("--db", path, clock="2026-11-21T00:00:00Z")
            try:
                server.admin = server.login("admin", "umami")
                the_rows_answer(server)
                the_errors_are_grouped(server)
            finally:
                check(server.stop() == 0, "ends well")
        the_links_moved(path)
    return finish()


if __name__ == "__main__":
    raise SystemExit(main())
