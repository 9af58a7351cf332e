#!/usr/bin/env python3
# ask_umami.py - asks the read API over HTTP, for the benchmarks.
# SPDX-License-Identifier: MIT
#
#   ask_umami.py URL times           milliseconds of the first question, then the median of each kind
#   ask_umami.py URL loop SECONDS    asks stats without pause; "N questions"
import http.client
import json
import statistics
import sys
import time
from urllib.parse import urlencode, urlsplit

WEBSITE = "11111111-2222-4333-8444-555555555555"
ROUNDS = 7
DAYS_30 = 30 * 86400000


class Api:
    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
        body = json.dumps({"username": "admin", "password": "umami"})
        token = self.send("POST", "/api/auth/login", body)["token"]
        self.headers = {"Authorization": "Bearer " + token}

    def send(self, method, path, body=None, headers=None):
        self.connection.request(method, path, body, headers or {})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            sys.exit(f"ask_umami.py: {path}: {answer.status} {text[:200]}")
        return json.loads(text)

    def ask(self, what, **more):
        now = int(time.time() * 1000)
        query = urlencode({"startAt": now - DAYS_30, "endAt": now, "unit": "day", "timezone": "Europe/Berlin", **more})
        return self.send("GET", f"/api/websites/{WEBSITE}/{what}?{query}", headers=self.headers)


QUESTIONS = {
    "stats": ("stats", {}),
    "stats of a country": ("stats", {"country": "DE"}),
    "pageviews": ("pageviews", {}),
    "metrics of paths": ("metrics", {"type": "path"}),
    "metrics of browsers": ("metrics", {"type": "browser"}),
    "metrics of events": ("metrics", {"type": "event"}),
    "expanded": ("metrics/expanded", {"type": "path"}),
    "sessions": ("sessions", {"page": 1, "pageSize": 20}),
}


def timed(api, what, more):
    start = time.monotonic()
    api.ask(what, **more)
    return (time.monotonic() - start) * 1000


def main():
    api = Api(sys.argv[1])
    if sys.argv[2] == "times":
        print(f"first question {timed(api, 'stats', {}):.0f} ms")
        for name, (what, more) in QUESTIONS.items():
            print(f"{name} {statistics.median(timed(api, what, more) for _ in range(ROUNDS)):.1f} ms")
        return
    until = time.monotonic() + float(sys.argv[3])
    count = 0
    while time.monotonic() < until:
        api.ask("stats")
        count += 1
    print(f"{count} questions")


main()
