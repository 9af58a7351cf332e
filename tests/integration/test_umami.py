#!/usr/bin/env python3
"""Umami's collection endpoints: what two real servers were asked is asked again, in both dialects.

SPDX-License-Identifier: MIT

umami/collect.jsonl holds one request a line with what Umami 2.20.2 or 3.1.0 answered to it: status, body, and of a
token its claims, since every token is signed again here. The program runs under a virtual clock that stands, for each
request, where the real server's clock stood; so ids and tokens must be the same to the last character. Afterwards
umami/columns.jsonl says how many visitors the real server counted per value of a column.

Where we differ on purpose, DIFFERENCES says why; a reason that is not needed any more fails.

OBSVIEW names the program.
"""
import json
import os
import sqlite3
import tempfile

from harness import finish
from umami_server import Server, check, sign

HERE = os.path.dirname(os.path.abspath(__file__))
WEBSITE = "11111111-2222-4333-8444-555555555555"
GONE = "22222222-2222-4333-8444-555555555555"
RANGE = (1795132800000, 1795305599999)
CHROME = ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
          "Chrome/129.0.0.0 Safari/537.36")

# Note of the request, dialects, the status here: why it is not the original's.
CUT = "a value that does not fit its column is cut, kept and flagged; the original answers 500"
DIFFERENCES = [
    ("send: id 51 chars (no length check in the schema; column is 50)", "v2 v3", 200, CUT),
    ("data: string value 501 chars", "v2 v3", 200, CUT),
    ("data: key 501 chars", "v2 v3", 200, CUT),
    ("data: number 1e20", "v2 v3", 200, "kept as it is and flagged; the original answers 500 and keeps the event alone"),
    ("data: looks like a date, is not", "v2 v3", 200, "kept as text and flagged; the original answers 500"),
    ("utm_source 300 chars", "v2 v3", 200, CUT),
    ("send: ip not an address", "v3", 200, "no place is looked up, so nothing fails for want of a database of places"),
    ("ip with a port", "v2", 200, "as above"),
    ("timestamp given in milliseconds", "v2", 200, "kept in the year 58829, as 3.1 does, and flagged"),
]


def prepare(db):
    """The websites that the recording has, as its administrator made them."""
    check(Server(db=db).stop() == 0, "starts and stops")
    file = sqlite3.connect(db)
    file.execute("INSERT INTO umami_website(website_id, name, domain) VALUES(?, 'Demo shop', 'shop.example')", (WEBSITE,))
    file.execute("INSERT INTO umami_website(website_id, name, domain, deleted_at) VALUES(?, 'Second', '', 1)", (GONE,))
    file.commit()
    file.close()


# --- the replay -------------------------------------------------------------------------------------------------------

def expected_answer(row):
    """The recorded answer with the token in place of its claims."""
    answer = row.get("answer")
    if isinstance(answer, dict) and isinstance(answer.get("cache"), dict):
        claims = answer["cache"]
        if "sessionId" in answer:
            claims = {"websiteId": row["body"]["payload"]["website"], "sessionId": answer["sessionId"],
                      "visitId": answer["visitId"], "iat": claims["iat"]}
        answer = dict(answer, cache=sign(claims))
    return answer


def check_cors(row, headers, status):
    if status == 308:
        check("access-control-allow-origin" not in headers, "no CORS headers on a redirect")
        check(headers.get("location", "").endswith("/api/send"), "redirected", headers.get("location"))
        return
    wanted = {"access-control-allow-origin": "*", "access-control-allow-headers": "*",
              "access-control-allow-methods": "GET, DELETE, POST, PUT", "access-control-max-age": "86400"}
    check(all(headers.get(k) == v for k, v in wanted.items()), "CORS of " + row["note"], headers)
    check("access-control-allow-credentials" not in headers, "no credentials: " + row["note"])


def replay(server, rows, dialect):
    used = set()
    for row in rows:
        server.set_clock(row["at"])
        headers = {"content-type": "application/json", **row["headers"]}
        if "token" in row:
            headers["x-umami-cache"] = sign(row["token"])
        body = row.get("body")
        status, got_headers, got = server.ask(row["method"], row["path"], body.encode() if isinstance(body, str) else body,
                                              headers)
        name = "%s: %s" % (dialect, row["note"])
        check_cors(row, got_headers, status)
        differs = [d for d in DIFFERENCES if d[0] == row["note"] and dialect in d[1].split()]
        if differs:
            used.add(row["note"])
            check(status == differs[0][2] != row["status"], name, "(a difference) %d" % status)
            continue
        wanted = expected_answer(row)
        check(status == row["status"], name, "status %d, not %d: %s" % (status, row["status"], got[:200]))
        if wanted is not None and row["method"] != "HEAD":
            check(json.loads(got or b"null") == wanted, name, "\n  got    %s\n  wanted %s" % (got, json.dumps(wanted)))
    for note, dialects, _, _ in DIFFERENCES:
        check(note in used or dialect not in dialects.split(), "the difference %r is not needed any more" % note)


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


def run_replay(rows, columns, dialect):
    with tempfile.TemporaryDirectory() as directory:
        db = os.path.join(directory, "db")
        prepare(db)
        server = Server("--umami-dialect", dialect, "--umami-bots", "drop", "--umami-websites", "strict", db=db)
        try:
            replay(server, rows, dialect)
        finally:
            check(server.stop() == 0, "ends well")
        count_columns(db, columns, dialect)
        check_data(db, dialect)


# --- what a developer gets instead of silence -------------------------------------------------------------------------

def hit(**payload):
    return {"type": "event", "payload": {"website": WEBSITE, "url": "/", **payload}}


def newest(server):
    _, _, body = server.ask("GET", "/_obsview/events?limit=1")
    item = json.loads(body)["events"][-1]
    _, _, body = server.ask("GET", "/_obsview/events/%s" % item["id"])
    return json.loads(body)


def run_kind():
    """Without options: bots count, websites make themselves, and the screen says what production would have done."""
    with tempfile.TemporaryDirectory() as directory:
        server = Server(db=os.path.join(directory, "db"))
        cases = [
            ("an unknown website", hit(), {}, "website"),
            ("then it is known", hit(url="/two"), {}, None),
            ("a bot", hit(), {"user-agent": "python-requests/2.31.0"}, "bot"),
            ("milliseconds", hit(timestamp=1794304800000), {}, "milliseconds"),
            ("a private address with a country", hit(), {"x-forwarded-for": "10.1.2.3", "cf-ipcountry": "DE"},
             "private-address"),
            ("do not track", hit(), {"dnt": "1"}, "do-not-track"),
            ("a long parameter", hit(url="/?gclid=" + "g" * 256), {}, "too-long"),
        ]
        for name, body, headers, rule in cases:
            status, _, got = server.ask("POST", "/api/send", body, {"user-agent": CHROME, **headers})
            check(status == 200 and "sessionId" in json.loads(got), name + " is counted", got)
            item = newest(server)
            check(dict(item["headers"]).get("Umami-Rule") == rule and item["reason"] == (rule or "") and
                  item["fault"] == (rule is not None), name + " is flagged", item)
        status, _, got = server.ask("POST", "/api/send", hit(name="x" * 51), {"user-agent": CHROME})
        check((status, got) == (400, b'{"error":["payload: "]}'), "version 2 says little", got)
        check("payload.name: Too big" in json.dumps(newest(server)), "the screen says which field")
        for path in ("/api/send", "/api/batch"):
            for body, why in ((b"", "it is empty"), (b'{"type":"event",', "JSON"), (b"[" * 100 + b"]" * 100, "deep")):
                status, _, got = server.ask("POST", path, body, {"user-agent": CHROME})
                check(status == 400 and newest(server)["verdict"].startswith("the body is not JSON: ") and why in newest(server)["verdict"],
                      "the screen says why a body is none", (path, body[:20], newest(server)["verdict"]))
        app = "7d9f2c1e-55aa-4c9b-9a53-0a1f5d0c3b11"
        server.ask("POST", "/api/send", hit(name="cart", data={"sessionId": app}), {"user-agent": CHROME})
        server.ask("POST", "/api/send", hit(id=app), {"user-agent": CHROME})
        server.ask("POST", "/api/send", hit(name="buy\nUmami-Rule: bot"), {"user-agent": CHROME, "umami-visit": "forged"})
        server.ask("POST", "/metrics/web-vitals", {"metrics": []})
        _, _, body = server.ask("GET", "/_obsview/events?path=/api/send&details=1&limit=1")
        item, = json.loads(body)["events"]
        names = [name for name, _ in item["headers"]]
        check(names == ["Umami-Website", "Umami-Type", "Umami-Path", "Umami-Event", "Umami-Session", "Umami-Visit", "Umami-Why",
                        "Umami-Place"],
              "the newest hit comes with what was made of it, and nothing that its sender said", item)
        check("body" not in item and dict(item["headers"])["Umami-Event"] == "buy Umami-Rule: bot", "in single lines", item)
        _, _, got = server.ask("POST", "/errors/report", {"error": {"message": "boom"}, "context": {"sessionId": app.upper()}},
                               {"content-type": "application/json"})
        error = json.loads(got)["errorId"]
        status, _, got = server.ask("GET", "/_obsview/links?kind=error&hops=3&id=" + error)
        got = json.loads(got)
        check(status == 200 and not got["partial"] and [(l["kind"], l["hops"]) for l in got["links"]] ==
              [("app-session", 1)] + [("umami-session", 2)] * 2 + [("umami-visit", 2)] * 2 + [("visitor", 2)],
              "an error leads to the visits of its session", got)
        for query in ("", "?kind=error", "?kind=cookie&id=1", "?kind=error&id=1&hops=4"):
            status, _, got = server.ask("GET", "/_obsview/links" + query)
            check(status == 400, "links are not asked for so: " + query, got)
        check(server.stop() == 0, "ends well")
        file = sqlite3.connect(os.path.join(directory, "db"))
        got = file.execute("SELECT to_kind, count(*) FROM link WHERE kind='app-session' AND id=? GROUP BY 1", (app,)).fetchall()
        check(got == [("umami-session", 2), ("umami-visit", 2), ("visitor", 1)],
              "the app's own session is linked from data and from id", got)
        got = file.execute("SELECT count(*) FROM umami_website_event").fetchone()[0]
        check(got == len(cases) + 3, "every hit is stored", got)
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
    rows, columns = load("collect.jsonl"), load("columns.jsonl")
    for dialect in ("v2", "v3"):
        run_replay([r for r in rows if r["dialect"] == dialect], [c for c in columns if c["dialect"] == dialect], dialect)
    run_kind()
    run_bounds()
    run_age()
    raise SystemExit(finish())


main()
