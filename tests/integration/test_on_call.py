#!/usr/bin/env python3
"""The screen of an account whose way is cut, whose credentials expire, that throttles and that hangs.

SPDX-License-Identifier: MIT

An emulator plays the demo traffic. Between it and `obsview watch --profile oncall` stands a proxy that fails as it is
told; credentials come from a credential_process that this script rewrites. The screen runs in tmux, and what it says
is read from there: the right sentence per panel, keys that are answered meanwhile, and a recovery by itself.
"""
import contextlib
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BINARY = os.environ["OBSVIEW"]
DEADLINE = 90
HELP = "help: / searches, Esc closes"  # stands on the help and nowhere else
SOCKET = "obsview-oncall-%d" % os.getpid()

passed = failed = 0


def check(name, is_true, told=""):
    global passed, failed
    if is_true:
        passed += 1
        print("ok - " + name)
    else:
        failed += 1
        print("not ok - %s\n%s" % (name, told))
    sys.stdout.flush()


class Proxy:
    """Passes requests on to the emulator, in a mood."""

    def __init__(self, upstream):
        self.upstream = upstream
        self.mood = "well"
        self.count = 0
        self.hanging = 0
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self):
                with contextlib.suppress(ConnectionError):
                    super().handle()

            def log_message(self, *args):
                pass

            def answer(self, status, body, kind="application/x-amz-json-1.0", headers=()):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def do(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                proxy.count += 1
                mood = proxy.mood
                if mood == "cut":
                    self.close_connection = True
                    return self.connection.shutdown(socket.SHUT_RDWR)
                if mood == "hang":
                    proxy.hanging += 1
                    for _ in range(300):
                        time.sleep(0.1)
                        if proxy.mood != "hang":
                            break
                if mood == "expired" and "Credential=OLDKEY/" in self.headers.get("Authorization", ""):
                    return self.answer(400, b'{"__type":"ExpiredTokenException","message":"The security token included in'
                                            b' the request is expired"}')
                if mood == "throttle" and proxy.count % 2 == 0:
                    return self.answer(400, b'{"__type":"ThrottlingException","message":"Rate exceeded"}')
                if mood == "denied" and "FilterLogEvents" in self.headers.get("X-Amz-Target", ""):
                    return self.answer(400, b'{"__type":"AccessDeniedException","message":"User: x is not authorized to'
                                            b' perform: logs:FilterLogEvents"}')
                if mood == "html":
                    return self.answer(200, b"<html><body>captive portal</body></html>", "text/html")
                connection = HTTPConnection(proxy.upstream, timeout=30)
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("content-length", "connection")}
                connection.request(self.command, self.path, body, headers)
                got = connection.getresponse()
                text = got.read()
                self.answer(got.status, text, got.getheader("Content-Type", "text/plain"),
                            [(k, v) for k, v in got.getheaders() if k.lower().startswith("x-amz")])
                connection.close()

            do_GET = do_POST = do

        self.handler = Handler
        self.port = 0
        self.server = None
        self.open()

    def open(self):
        ThreadingHTTPServer.daemon_threads = True
        ThreadingHTTPServer.allow_reuse_address = True
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), self.handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def cut(self):
        self.mood = "cut"
        self.server.shutdown()
        self.server.server_close()


class Screen:
    def __init__(self, work, env, *arguments):
        self.tmux("new-session", "-d", "-x", "120", "-y", "36", "-s", "s",
                  "env %s %s watch --profile oncall %s 2>%s" % (
                      " ".join("%s=%s" % (k, shlex.quote(v)) for k, v in env.items()), shlex.quote(BINARY),
                      " ".join(arguments), shlex.quote(os.path.join(work, "stderr"))))

    @staticmethod
    def tmux(*words):
        return subprocess.run(["tmux", "-L", SOCKET, "-f", "/dev/null", *words], check=True, capture_output=True,
                              text=True).stdout

    def text(self):
        return self.tmux("capture-pane", "-p", "-t", "s")

    def keys(self, *keys):
        self.tmux("send-keys", "-t", "s", *keys)

    def wait(self, is_true, deadline=DEADLINE, asking=False):
        """The screen once it is so; `asking` presses r meanwhile, which asks as soon as the source's pace allows."""
        end = time.monotonic() + deadline
        pressed = 0
        while True:
            text = self.text()
            if is_true(text) or time.monotonic() > end:
                return text
            if asking and time.monotonic() > pressed + 0.5:
                self.keys("r")
                pressed = time.monotonic()
            time.sleep(0.02)

    def answers_keys(self, name):
        """Walks to the help and back, twice, while the source is in trouble: both must be seen, long before an answer
        comes. The clock in the header changes by itself, so any other change says nothing."""
        worst = 0
        for key, is_open in (("?", True), ("Escape", False)) * 2:
            began = time.monotonic()
            self.keys(key)
            text = self.wait(lambda text: (HELP in text) == is_open, 10)
            worst = max(worst, time.monotonic() - began)
            check("%s: %s is answered" % (name, key), (HELP in text) == is_open, text)
        print("# %s: slowest key %.0f ms, with tmux's own time" % (name, worst * 1000))


def emulator():
    process = subprocess.Popen([BINARY, "emulate", "--demo", "--listen", "127.0.0.1:0", "--emf-listen", "off"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    line = process.stdout.readline()
    if not line.startswith("obsview ready http://"):
        raise SystemExit("the emulator did not start: " + line)
    threading.Thread(target=process.stdout.read, daemon=True).start()
    return process, line.split()[2][len("http://"):]


def give_credentials(path, key):
    with open(path + ".new", "w", encoding="ascii") as file:
        json.dump({"Version": 1, "AccessKeyId": key, "SecretAccessKey": "secret", "SessionToken": "token",
                   "Expiration": "2099-01-01T00:00:00Z"}, file)
    os.replace(path + ".new", path)


def is_live(text):
    return "● live" in text.splitlines()[0] and "checkout" in text


def run(work, proxy):
    keys = os.path.join(work, "keys.json")
    give_credentials(keys, "OLDKEY")
    config = os.path.join(work, "aws-config")
    with open(config, "w", encoding="ascii") as file:
        file.write("[profile oncall]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:%d\n"
                   "credential_process = /bin/cat %s\n" % (proxy.port, keys))
    env = {"AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "HOME": work, "LC_ALL": "C.UTF-8",
           "XDG_STATE_HOME": os.path.join(work, "state"), "XDG_CONFIG_HOME": work, "AWS_EC2_METADATA_DISABLED": "true",
           "TERM": "screen-256color"}
    screen = Screen(work, env, "--view", "lambda", "--environment", "dev")
    try:
        text = screen.wait(is_live)
        check("the account is shown", is_live(text), text)
        check("its id and region stand in the header", "000000000000 eu-west-1" in text.splitlines()[0], text)
        check("so does what looking costs", "own $" in text.splitlines()[0], text)

        proxy.cut()
        text = screen.wait(lambda t: "cannot reach 127.0.0.1" in t, asking=True)
        check("a cut network is a sentence in its panel", "cannot reach 127.0.0.1" in text, text)
        check("what was known stays", "checkout" in text, text)
        screen.answers_keys("cut")
        proxy.mood = "well"
        proxy.open()
        text = screen.wait(lambda t: is_live(t) and "cannot reach" not in t)
        check("it comes back by itself", is_live(text) and "cannot reach" not in text, text)

        proxy.mood = "expired"
        text = screen.wait(lambda t: "expired" in t, asking=True)
        check("expired credentials are a sentence", "expired" in text, text)
        screen.answers_keys("expired")
        give_credentials(keys, "NEWKEY")
        text = screen.wait(lambda t: is_live(t) and "expired" not in t, 2 * DEADLINE)
        check("fresh credentials are picked up without a restart", is_live(text) and "expired" not in text, text)

        proxy.mood = "throttle"
        proxy.count = 0
        text = screen.wait(lambda t: proxy.count > 6, asking=True)
        check("while every second call is throttled the screen lives on", "checkout" in text and proxy.count > 6, text)
        screen.answers_keys("throttled")

        proxy.mood = "hang"
        screen.wait(lambda t: proxy.hanging > 0, asking=True)
        check("answers are awaited", proxy.hanging > 0)
        screen.answers_keys("hanging")
        text = screen.text()
        check("while answers take 30 s what was known stays", "checkout" in text, text)
        proxy.mood = "well"
        text = screen.wait(is_live)
        check("it goes on when they come", is_live(text), text)

        proxy.mood = "html"
        text = screen.wait(lambda t: "not JSON" in t, asking=True)
        check("a captive portal is told from an answer", "not JSON" in text, text)
        proxy.mood = "denied"
        screen.keys("9")
        text = screen.wait(lambda t: "access denied" in t and "FilterLogEvents" in t)
        check("a missing permission is named in its panel", "access denied" in text and "FilterLogEvents" in text, text)
        screen.keys("6")
        text = screen.wait(is_live)
        check("the other panels live on", is_live(text), text)
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):  # tmux ends with its last program
            screen.keys("q")
            screen.wait(lambda t: False, 10)
        with contextlib.suppress(subprocess.CalledProcessError):
            screen.tmux("kill-server")
    with open(os.path.join(work, "stderr"), encoding="utf-8") as file:
        text = file.read()
    check("nothing is left on standard error", text == "", text)
    for root, _, names in os.walk(work):
        for name in names:
            path = os.path.join(root, name)
            if name.startswith(("keys", "aws-config")):
                continue
            with open(path, "rb") as file:
                check("no secret in " + name, b"secret" not in file.read(), path)


def main():
    work = tempfile.mkdtemp()
    process, address = emulator()
    proxy = Proxy(address)
    try:
        run(work, proxy)
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(work, ignore_errors=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    socket.setdefaulttimeout(60)
    sys.exit(main())
