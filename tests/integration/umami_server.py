"""Tests of Umami's surface share: an emulator of their own that is asked byte by byte, and tokens signed here.

SPDX-License-Identifier: MIT
"""
import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import subprocess
import time
import urllib.parse

import harness
from harness import BINARY

SECRET = "obsview-fixed-secret"
KEY = hashlib.sha512(SECRET.encode()).hexdigest().encode()


def check(good, what, detail=""):
    harness.check(what, good, detail)


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(claims):
    """A token, independently of the program."""
    text = b64(b'{"alg":"HS256","typ":"JWT"}') + "." + b64(json.dumps(claims, separators=(",", ":")).encode())
    return text + "." + b64(hmac.new(KEY, text.encode(), hashlib.sha256).digest())


class Server:
    def __init__(self, *options, db=":memory:", clock="2026-11-22T00:00:00Z"):
        env = dict(os.environ, TZ="UTC", APP_SECRET="")
        self.process = subprocess.Popen(
            [BINARY, "emulate", "--listen", "127.0.0.1:0", "--emf-listen", "off", "--stack", "off", "--db", db,
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

    def get(self, path, /, **query):
        """A question of the administrator."""
        query = {k: v for k, v in query.items() if v is not None}
        path += "?" + urllib.parse.urlencode(query) if query else ""
        status, headers, body = self.ask("GET", path, headers={"authorization": "Bearer " + self.admin})
        return status, json.loads(body) if body and headers.get("content-type") == "application/json" else None

    def login(self, username, password):
        status, _, body = self.ask("POST", "/api/auth/login", {"username": username, "password": password})
        assert status == 200, body
        return json.loads(body)["token"]

    def set_clock(self, seconds):
        text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
        status, _, body = self.ask("POST", "/_obsview/clock", {"now": text}, {"content-type": "application/json"})
        assert status == 200, body
