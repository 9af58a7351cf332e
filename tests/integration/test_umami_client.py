#!/usr/bin/env python3
"""The client of Umami's read API, against servers that answer as 2.20 and 3.1 were recorded to.

SPDX-License-Identifier: MIT

umami_answers.json holds what the two servers said about the same small scenario; its times are moved to the moment that
is asked about. The servers here are strict where real ones are: no call without the login's token, and each generation
refuses the words of the other.
"""
import datetime
import http.server
import json
import os
import subprocess
import tempfile
import threading
import urllib.parse
import urllib.request

BINARY = os.environ["OBSVIEW"]
HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "umami_answers.json")) as f:
    ANSWERS = json.load(f)
WEBSITE = "11111111-2222-4333-8444-555555555555"
PASSWORD = "correct horse battery"
KEY = "umami_0123456789abcdef"
results = {"passed": 0, "failed": 0}


def check(name, is_well, told=""):
    results["passed" if is_well else "failed"] += 1
    print("%s - %s" % ("ok" if is_well else "not ok", name))
    if not is_well:
        print("    " + str(told)[:2000].replace("\n", "\n    "))


def moved(text, by):
    """A time of a recorded answer, so much later, in the same shape."""
    is_iso = text.endswith("Z")
    at = datetime.datetime.strptime(text.rstrip("Z"), "%Y-%m-%dT%H:%M:%S.%f" if is_iso else "%Y-%m-%d %H:%M:%S")
    at += by
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (at.microsecond // 1000) if is_iso else \
        at.strftime("%Y-%m-%d %H:%M:%S")


class Umami(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, dialect):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = ANSWERS[dialect]
        self.url = "http://127.0.0.1:%d" % self.server_port
        self.seen = []  # (method, path with query)
        self.logins = 0
        self.drops = 0  # tokens that are refused although they were given
        self.faults = {}  # path's end: (status, type, text)
        self.api_key = None
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *unused):
        pass

    def reply(self, status, value):
        self.reply_text(status, "application/json", json.dumps(value))

    def reply_text(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.seen.append(("POST", self.path))
            server.logins += 1
            number = server.logins
        if self.path != "/api/auth/login":
            self.reply_text(404, "text/html", "<html>not here</html>")
        elif body.get("secondFactor") or body != {"username": "viewer", "password": PASSWORD}:
            self.reply(401, server.answers["wrongLogin"])
        else:
            self.reply(200, {"token": "token+%d/=" % number, "user": server.answers["user"]})

    def is_allowed(self):
        server = self.server
        if server.api_key is not None:
            return self.headers.get("x-umami-api-key") == server.api_key
        with server.lock:
            return server.logins > server.drops and \
                self.headers.get("Authorization") == "Bearer token+%d/=" % server.logins

    def do_GET(self):
        server = self.server
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        with server.lock:
            server.seen.append(("GET", self.path))
        for end, fault in server.faults.items():
            if url.path.endswith(end):
                return self.reply_text(*fault)
        if not self.is_allowed():
            return self.reply(401, server.answers["unauthorized"])
        return self.answer(url.path, query)

    def answer(self, path, query):
        answers = self.server.answers
        about = "/api/websites/%s/" % WEBSITE
        if path == "/api/websites":
            return self.reply(200, answers["websites"])
        if path == "/api/realtime/" + WEBSITE:
            return self.reply(200, self.moved_realtime(answers["realtime"]))
        if not path.startswith(about):
            return self.reply_text(500, "text/plain", "")
        what = path[len(about):]
        if what == "metrics":
            answer = answers.get("metrics " + query["type"], {"status": 400, "body": {"error": "Bad request"}})
            return self.reply(answer["status"], answer["body"])
        if what == "pageviews":
            return self.reply(200, self.moved_pageviews(answers["pageviews"], query))
        return self.reply(200, answers[what]) if what in ("stats", "active") else self.reply_text(404, "text/html", "")

    @staticmethod
    def moved_pageviews(recorded, query):
        """The hours that were recorded, the last of them the hour that ends the range."""
        assert query["unit"] == "hour" and query["timezone"] == "UTC", query
        last = datetime.datetime.strptime(recorded["pageviews"][-2]["x"], "%Y-%m-%d %H:%M:%S")
        end = datetime.datetime.fromtimestamp(int(query["endAt"]) / 1000, datetime.timezone.utc).replace(tzinfo=None)
        by = end.replace(minute=0, second=0, microsecond=0) - last
        return {name: [{"x": moved(point["x"], by), "y": point["y"]} for point in recorded[name][:-1]]
                for name in ("pageviews", "sessions")}

    @staticmethod
    def moved_realtime(recorded):
        newest = datetime.datetime.strptime(recorded["events"][0]["createdAt"], "%Y-%m-%dT%H:%M:%S.%fZ")
        by = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - newest
        return dict(recorded, events=[dict(event, createdAt=moved(event["createdAt"], by))
                                      for event in recorded["events"]])


class Home:
    """A home directory without any configuration, and a file with the password."""

    def __init__(self):
        self.dir = tempfile.TemporaryDirectory()
        self.password = self.file("password", PASSWORD + "\nnot this line\n")
        self.key = self.file("key", KEY + "\n")
        self.env = {name: value for name, value in os.environ.items()
                    if not name.startswith(("OBSVIEW_", "UMAMI_", "AWS_", "XDG_"))}
        self.env["HOME"] = self.dir.name

    def file(self, name, text):
        path = os.path.join(self.dir.name, name)
        with open(path, "w") as out:
            out.write(text)
        return path

    def run(self, *arguments, **env):
        return subprocess.run([BINARY, *arguments], env={**self.env, **env}, capture_output=True, text=True, timeout=60)

    def report(self, server, *options, **env):
        return self.run("report", "analytics", "--format", "json", "--range", "24h", "--umami-url",
                        server.url, *options, **env)

    def login(self):
        return ["--umami-user", "viewer", "--umami-password-file", self.password]


def rows(report, panel):
    for p in report["panels"]:
        if p["name"] == panel:
            table = p.get("table", p)
            return table["rows"]
    raise KeyError(panel)


def recorded(home, dialect):
    with Umami(dialect) as server:
        done = home.report(server, *home.login())
        check(dialect + ": a report", done.returncode == 0, done.stderr + done.stdout)
        if done.returncode != 0:
            return
        text = done.stdout
        print(text[:3000]) if os.environ.get("SHOW") else None
        report = json.loads(text)
        check(dialect + ": one login for all questions", server.logins == 1, server.seen)
        words = [urllib.parse.parse_qs(urllib.parse.urlsplit(path).query).get("type") for _, path in server.seen]
        word = "url" if dialect == "v2" else "path"
        check(dialect + ": pages are asked for in its own word", [word] in words, words)
        check_figures(dialect, report)


def check_figures(dialect, report):
    text = json.dumps(report)
    figures = {row["figure"]: row for row in rows(report, "summary")}
    check(dialect + ": figures are those of stats",
          (figures["visitors"]["now"], figures["visits"]["now"], figures["views"]["now"]) == (29, 30, 40), figures)
    check(dialect + ": bounce and average visit are worked out",
          abs(figures["bounce"]["now"] - 2600 / 30) < 1e-9 and
          abs(figures["average visit"]["now"] - 181000 / 30) < 1e-6, figures)
    pages = {row["page"]: row["visitors"] for row in rows(report, "pages")}
    check(dialect + ": pages", pages.get("/") == 4 and pages.get("/cart") == 1, pages)
    events = {row["event"]: row["times"] for row in rows(report, "events")}
    check(dialect + ": events", events == {"purchase": 1, "server-event": 1, "signup": 1}, events)
    countries = {row["country"]: row["visitors"] for row in rows(report, "countries")}
    check(dialect + ": countries", countries.get("DE") == 2 and countries.get("US") == 1 and
          (countries.get("(unknown)") == 22) == (dialect == "v2"), countries)
    check(dialect + ": hits, newest first", "/live" in json.dumps(rows(report, "hits")), rows(report, "hits"))
    check(dialect + ": 39 views in the graph", '"views"' in text and graph_sum(report) == 39, graph_sum(report))


def graph_sum(report):
    for panel in report["panels"]:
        if panel["name"] == "summary":
            return sum(value for value in panel["charts"][0]["series"][0]["values"] if value)
    return None


def a_dropped_token_is_renewed(home):
    with Umami("v3") as server:
        server.drops = 1
        done = home.report(server, *home.login())
        check("a token that is refused is renewed once, for all", done.returncode == 0 and server.logins == 2,
              (server.logins, done.stderr))


def secrets_stay_secret(home):
    with Umami("v2") as server:
        wrong = home.file("wrong", "hunter-of-secrets\n")
        done = home.report(server, "--umami-user", "viewer", "--umami-password-file", wrong)
        check("a refused login is said, with its user and without its password",
              done.returncode != 0 and 'refuses the login of "viewer"' in done.stderr + done.stdout and
              "hunter-of-secrets" not in done.stderr + done.stdout, (done.returncode, done.stderr, done.stdout))
        check("and tried once, not by each question", server.logins == 1, server.logins)
        done = home.run("config", "--umami-user", "viewer", "--umami-password-file", home.password)
        check("obsview config names the file and not the secret",
              home.password in done.stdout and PASSWORD not in done.stdout, done.stdout)
        done = home.report(server)
        check("no login is a sentence about what to set", "umami-password-file" in done.stderr + done.stdout,
              done.stderr)


def from_the_environment(home):
    with Umami("v2") as server:
        done = home.report(server, UMAMI_USERNAME="viewer", UMAMI_PASSWORD=PASSWORD)
        check("user and password from the environment", done.returncode == 0, done.stderr)
    with Umami("v3") as server:
        server.api_key = KEY
        done = home.report(server, UMAMI_API_KEY=KEY)
        check("an API key from the environment", done.returncode == 0 and server.logins == 0, done.stderr)
        done = home.report(server, "--umami-api-key-file", home.key)
        check("an API key from a file", done.returncode == 0 and server.logins == 0, done.stderr)
    os.makedirs(os.path.join(home.dir.name, ".config/obsview"))
    with Umami("v3") as server:
        home.file(".config/obsview/config", "umami-url = %s/\numami-user = viewer\numami-password-file = %s\n"
                  "umami-website = SHOP.example\n" % (server.url, home.password))
        done = home.run("report", "analytics", "--format", "csv", "--range", "24h")
        check("all of it from the config file", done.returncode == 0 and "visitors,29" in done.stdout.replace(" ", ""),
              done.stderr + done.stdout)
    os.unlink(os.path.join(home.dir.name, ".config/obsview/config"))


def what_goes_wrong(home):
    with Umami("v3") as server:
        server.faults["/stats"] = (500, "text/plain", "")
        done = home.report(server, *home.login())
        check("one panel's failure leaves the others", done.returncode == 0 and "status 500" in done.stdout and
              '"/cart"' in done.stdout, done.stdout[:500] + done.stderr)
        stats = [path for _, path in server.seen if "/stats?" in path]
        check("a 500 is not asked again at once", len(stats) == 1, stats)
        server.faults = {"/stats": (200, "application/json", '{"pageviews":"many"}')}
        done = home.report(server, *home.login())
        check("a number that is none is named", "stats: pageviews is no number" in done.stdout, done.stdout[:800])
        server.faults = {"/api/websites": (200, "text/html", "<html>a proxy's page</html>")}
        done = home.report(server, *home.login())
        check("a page instead of an answer is said", done.returncode != 0 or "Umami at" in done.stdout, done.stderr)
        server.faults = {}
        done = home.report(server, *home.login(), "--umami-website", "other.example")
        check("an unknown website is named, with those there are",
              'no website \\"other.example\\"; there are shop.example' in done.stdout, done.stdout + done.stderr)
        done = home.report(server, *home.login(), "--umami-website", "Demo shop")
        check("a website by its name", done.returncode == 0 and '"visitors"' in done.stdout, done.stderr)
    done = home.run("report", "analytics", "--umami-url", "http://127.0.0.1:1", *home.login())
    check("a server out of reach ends a report", done.returncode != 0 and "cannot reach 127.0.0.1:1" in done.stderr,
          done.stderr)


def doctor_asks_whatever_aws_says(home):
    with Umami("v2") as server:
        done = home.run("doctor", "--endpoint-url", "http://127.0.0.1:1", "--region", "eu-west-1", "--umami-url", server.url,
                        *home.login(), AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b")
        check("doctor says who answers as Umami, and as whom",
              "%s as viewer, version 2: 1 website" % server.url in done.stdout, done.stdout + done.stderr)


def the_demo_has_visitors(home):
    program = subprocess.Popen([BINARY, "emulate", "--demo", "--listen", "127.0.0.1:0", "--emf-listen", "off"],
                               env=home.env, stdout=subprocess.PIPE, text=True)
    try:
        url = program.stdout.readline().split()[2]
        done = home.run("report", "analytics", "--format", "json", "--endpoint-url", url)
        check("the demo: a report at once", done.returncode == 0, done.stderr)
        with urllib.request.urlopen(url + "/_obsview/events?path=/api/auth/login") as answer:
            check("the demo: whoever looks leaves nothing in the intake", json.load(answer)["events"] == [])
        report = json.loads(done.stdout)
        figures = {row["figure"]: row["now"] for row in rows(report, "summary")}
        check("the demo: people come and go, and most look around",
              figures["visitors"] > 80 and figures["views"] > 2 * figures["visitors"] and 10 < figures["bounce"] < 70 and
              10000 < figures["average visit"] < 300000, figures)
        events = {row["event"] for row in rows(report, "events")}
        check("the demo: they buy", events == {"add_to_cart", "pay", "order"}, events)
        check("the demo: they come from somewhere, on something",
              len(rows(report, "countries")) > 6 and len(rows(report, "devices")) > 2 and len(rows(report, "referrers")) > 3,
              rows(report, "countries"))
        verdicts = {row["verdict"].split(" ")[0] for row in rows(report, "hits")}
        check("the demo: and production would not have counted all",
              {"counted", "bot:", "do-not-track:", "too-long:"} <= verdicts and len(verdicts) > 4, verdicts)
        check("the demo: two websites", len(rows(report, "websites")) == 2, rows(report, "websites"))
    finally:
        program.terminate()
        program.wait()


def main():
    home = Home()
    for dialect in ("v2", "v3"):
        recorded(home, dialect)
    a_dropped_token_is_renewed(home)
    secrets_stay_secret(home)
    from_the_environment(home)
    what_goes_wrong(home)
    doctor_asks_whatever_aws_says(home)
    the_demo_has_visitors(home)
    print("%(passed)d passed, %(failed)d failed" % results)
    return 1 if results["failed"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
