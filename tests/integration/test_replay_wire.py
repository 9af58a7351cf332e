#!/usr/bin/env python3
"""Fixtures sent to servers that are slow, odd, hostile or no obsview at all; and packed bodies, lines of functions and
the rate limit of one that is.

SPDX-License-Identifier: MIT
"""
import base64
import gzip
import http.client
import json
import os
import random
import socket
import sqlite3
import struct
import subprocess
import tempfile
import threading
import time

from harness import BINARY, DEADLINE, FIXTURES, Emulator, check, finish, ok

folder = tempfile.TemporaryDirectory()
START = "2026-11-24T10:00:00.000Z"
VITALS = "/metrics/web-vitals"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def path(name):
    return os.path.join(folder.name, name)


def obsview(*words, **env):
    return subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=DEADLINE,
                          env={"HOME": folder.name, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC", **env})


def write(name, *events):
    with open(path(name), "w", encoding="utf-8") as file:
        for line in ({"obsview-fixture": 2, "start": START}, *events):
            file.write(json.dumps(line) + "\n")
    return path(name)


def request(t, where, sent=None, method="POST", headers=None, **expect):
    said = {"method": method, "path": where, **({"headers": headers} if headers else {}),
            **({"body": sent} if sent is not None else {})}
    return {"t": t, "source": "http", "request": said, **({"expect": expect} if expect else {})}


def replay(server, *events, speed="max"):
    return obsview("replay", "--expect", "--speed", speed, "--to", server.url, write("sent.jsonl", *events))


class Server:
    """Answers each request with the bytes, or the pieces, that `answer(request)` gives: a request is (first line,
    headers, body, number of its connection). None closes the connection, RESET resets it; after `patience` seconds
    without a request it is closed, too."""

    RESET = object()

    def __init__(self, answer, patience=DEADLINE):
        self.patience = patience
        self.answer, self.seen, self.connections, self.lock = answer, [], 0, threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.socket.accept()
            with self.lock:
                self.connections += 1
                number = self.connections
            threading.Thread(target=self.serve, args=(connection, number), daemon=True).start()

    def serve(self, connection, number):
        connection.settimeout(self.patience)
        try:
            with connection, connection.makefile("rb") as file:
                while self.serve_one(connection, file, number):
                    pass
        except OSError:
            pass

    def serve_one(self, connection, file, number):
        first = file.readline().decode().strip()
        if not first:
            return False
        headers = http.client.parse_headers(file)
        body = file.read(int(headers.get("Content-Length", 0)))
        if "/_obsview/health" in first:  # it is no obsview
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            return False
        said = (first, headers, body, number)
        with self.lock:
            self.seen.append(said)
        answer = self.answer(said)
        if answer is self.RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if answer is None:
            return False
        for piece in answer if isinstance(answer, list) else [answer]:
            connection.sendall(piece)
        return b"onnection: close" not in b"".join(answer if isinstance(answer, list) else [answer])


def once(answer, *, status=200, body=None, count=1, **how):
    """A server that always answers so, and what a replay of `count` requests says."""
    server = Server(lambda said: answer)
    expect = {"status": status, **({"body": body} if body is not None else {})}
    return server, replay(server, *(request(n, "/x?n=%d" % n, {"n": n}, **expect) for n in range(count)), **how)


# --- answers of all kinds -------------------------------------------------------------------------------------------


def framing():
    said = b'{"a":[1,2,3],"b":"text"}'
    whole = {"a": [1, 2, 3], "b": "text"}
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    kinds = {
        "counted": head + b"Content-Length: %d\r\n\r\n" % len(said) + said,
        "chunked": head + b"Transfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"%x;q=1\r\n%c\r\n" % (1, byte) for byte in said) + b"0\r\nTrailer: x\r\n\r\n",
        "byte by byte": [bytes([byte]) for byte in head + b"Content-Length: %d\r\n\r\n" % len(said) + said],
        "behind 100 Continue": b"HTTP/1.1 100 Continue\r\n\r\n" + head + b"Content-Length: %d\r\n\r\n" % len(said) + said,
        "that closes": head + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(said) + said,
        "until the end": head + b"Connection: close\r\n\r\n" + said,
        "of HTTP/1.0": b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n" + said,
    }
    for name, answer in kinds.items():
        server, done = once(answer, body=whole, count=40)
        check("answers %s" % name, done.returncode == 0 and "40 answers compared, 0 not" in done.stderr, done)
        if "close" not in str(answer):
            check("answers %s: sixteen connections, and two for questions" % name, server.connections <= 18, server.connections)


def no_answer_paints_the_screen():
    said = b"\x1b[2J\x1b]0;x\x07\xc2\x9b2J"
    for name, expect in (("status", {"status": 201}), ("body", {"body": {"a": 1}})):
        _, done = once(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(said) + said, **expect)
        check("what came is told without its control characters (%s)" % name,
              done.returncode == 1 and "came" in done.stdout and not set("\x1b\x07\x9b") & set(done.stdout + done.stderr), done)


def bodies():
    big = "x" * (4 << 20)
    server = Server(lambda said: OK)
    text = '{"timestamp":"' + big + '","quote":"\\"","umlaut":"ü"}'
    blob = bytes(range(256)) * 64
    done = replay(server, request(0, "/text", text, status=200),
                  request(1, "/bytes", {"base64": base64.b64encode(blob).decode()}, status=200),
                  request(2, "/none", status=200), request(3, "/get", method="GET", status=200),
                  request(4, "/put", "", method="PUT", status=200))
    by_path = {said[0].split()[1]: said for said in server.seen}
    check("all are answered", done.returncode == 0, done)
    ok("a large body arrives as it was", by_path["/text"][2].decode(), text)
    ok("and bytes do", by_path["/bytes"][2], blob)
    ok("a POST without a body says so", by_path["/none"][1]["Content-Length"], "0")
    ok("a GET does not", by_path["/get"][1]["Content-Length"], None)
    ok("an empty body is one", by_path["/put"][1]["Content-Length"], "0")


def headers():
    server = Server(lambda said: OK)
    replay(server, request(0, "/x", {}, headers={
        "content-type": "application/json", "x-empty": "", "X-Mixed": "a, b", "content-length": "999",
        "transfer-encoding": "chunked", "connection": "close", "expect": "100-continue", "accept-encoding": "br",
        "x-bad": "a\r\nX-Smuggled: 1", "bad name": "1", "bad\r\nX-Smuggled2": "1"}))
    (first, got, body, _), = server.seen
    ok("first line", first, "POST /x HTTP/1.1")
    ok("headers: the recorded ones, without what is the connection's or no header",
       sorted((name.lower(), value) for name, value in got.items()),
       sorted([("host", server.url[7:]), ("content-length", "2"), ("content-type", "application/json"),
               ("x-empty", ""), ("x-mixed", "a, b"), ("x-obsview-replay", "1")]))
    ok("and the body", body, b"{}")
    for bad in ("/a b", "/a\tb", "/a\r\nX: y"):
        done = replay(server, request(0, bad, {}), request(1, "/good", {}, status=200))
        check("a path with a blank is sent nowhere", done.returncode == 3 or "1 without an answer" in done.stderr, done)
    ok("and nothing came of it", [said[0] for said in server.seen[1:]], ["POST /good HTTP/1.1"] * 3)


# --- order and comparison -------------------------------------------------------------------------------------------


def order():
    under_way, most, lock, overlaps = {}, [0], threading.Lock(), []

    def answer(said):
        first, sent, body, _ = said
        key = sent.get("X-Of") or first
        with lock:
            if key != first and under_way.get(key):
                overlaps.append(key)
            if first.startswith("GET") and any(under_way.values()):
                overlaps.append(first)
            under_way[key] = under_way.get(key, 0) + 1
            most[0] = max(most[0], sum(under_way.values()))
        time.sleep(random.random() / 100)
        with lock:
            under_way[key] -= 1
        text = json.dumps({"echo": json.loads(body or b"null")}).encode()
        return b"HTTP/1.1 %d OK\r\nContent-Length: %d\r\n\r\n%s" % (200 + (json.loads(body or b"{}") or {}).get("n", 0) % 3,
                                                                  len(text), text)

    server, events = Server(answer), []
    for n in range(300):
        kind = n % 4
        body, expect = {"n": n}, {"status": 200 + n % 3, "body": {"echo": {"n": n}}}
        if kind == 0:
            events.append(request(n, "/ingest/v1/web/i", body, headers={"x-obsview-recording": "r%d" % (n % 3),
                                                                       "x-of": "r%d" % (n % 3)}, **expect))
        elif kind == 1:
            visitor = {"x-forwarded-for": "203.0.113.%d" % (n % 5), "user-agent": "Mozilla/5.0"}
            events.append(request(n, "/api/send", body, headers={**visitor, "x-of": visitor["x-forwarded-for"]}, **expect))
        elif n % 50 == 2:
            events.append(request(n, "/question", method="GET"))
        else:
            events.append(request(n, "/any", body, **expect))
    done = replay(server, *events)
    check("each answer is compared with its own request", done.returncode == 0 and " 0 not as expected" in done.stderr, done)
    ok("what belongs together goes one by one, and a question waits", overlaps, [])
    check("the rest goes side by side", most[0] > 4, most)
    sent = [(said[1].get("X-Of"), json.loads(said[2])["n"]) for said in server.seen if said[1].get("X-Of")]
    for key in sorted({key for key, _ in sent}):
        numbers = [n for of, n in sent if of == key]
        ok("in the order of the file: %s" % key, numbers, sorted(numbers))


# --- connections that end -------------------------------------------------------------------------------------------


def endings():
    answered = set()

    def closes_in_peace(said):
        with server.lock:
            if said[3] in answered:
                return None  # the second request of a connection is not looked at any more
            answered.add(said[3])
        return OK

    server = Server(closes_in_peace)
    done = replay(server, *(request(n, "/x?n=%d" % n, {}, status=200) for n in range(60)))
    check("closed without a word: sent again", done.returncode == 0 and "without an answer" not in done.stderr
          and " 60 answers compared, 0 not" in done.stderr, done)

    server = Server(lambda said: Server.RESET if "n=30 " in said[0] else OK)
    done = replay(server, *(request(n, "/x?n=%d" % n, {}, status=200) for n in range(60)))
    check("reset: nobody knows whether it was done, so it is not sent again",
          done.returncode == 3 and "1 without an answer" in done.stderr and "no answer" in done.stderr, done)
    ok("each was seen once", sorted(said[0] for said in server.seen), sorted("POST /x?n=%d HTTP/1.1" % n for n in range(60)))

    server = Server(lambda said: None)
    done = replay(server, request(0, "/x", {}, status=200))
    check("closed at once: no answer", done.returncode == 3 and "closed before an answer came" in done.stderr, done)
    ok("asked once", len(server.seen), 1)

    quiet = Server(lambda said: OK, patience=0.3)
    done = replay(quiet, *(request(1200 * n, "/x", {}, status=200) for n in range(3)), speed="1")
    check("closed while nothing happened: a new connection", done.returncode == 0
          and " 3 answers compared, 0 not" in done.stderr, done)


def hostile():
    cases = {
        "garbage": (b"\x16\x03\x01\xff\xfe{]\x80<[not http\r\n\r\n", "expected a status line"),
        "cut off": ([b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nshort"], "before the end"),
        "a head without end": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100000, "head of more than 64 KiB"),
        "too long": (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * (9 << 20), "more than 8192 KiB"),
        "announced longer than memory": (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
                                         "expected a number of bytes"),
        "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", "twice"),
        "an upgrade": (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "got 101"),
    }
    for name, (answer, says) in cases.items():
        server, done = once(answer, count=3)
        check("%s: no answer, and why" % name, done.returncode == 3 and says in done.stderr
              and "3 without an answer" in done.stderr, done)
    server, done = once(OK + OK + b"more than was asked for", count=20)
    check("what nobody asked for is no answer to the next one", done.returncode == 0
          and " 20 answers compared, 0 not" in done.stderr and server.connections > 18, (done, server.connections))


# --- libcurl's part ------------------------------------------------------------------------------------------------


def through_libcurl():
    with Emulator("--allow-host", "shop.example", "--rate-limit", "5") as emulator:
        events = [request(n, VITALS, {"metrics": [], "n": n}, status=400, headers={"content-type": "application/json",
                                                                                   "x-empty": ""}) for n in range(40)]
        name = write("proxied.jsonl", *events)
        done = obsview("replay", "--expect", "--speed", "max", "--to", "http://shop.example", name, http_proxy=emulator.url)
        check("through a proxy", done.returncode == 0 and " 40 answers compared, 0 not" in done.stderr, done)
        done = obsview("replay", "--expect", "--speed", "max", "--to", "http://me:secret@" + emulator.address, name)
        check("with a password in the address", done.returncode == 0 and " 40 answers compared, 0 not" in done.stderr, done)
    done = obsview("replay", "--to", "https://" + emulator.address, name)
    check("https: nobody there", done.returncode == 3, done)


# --- an obsview ----------------------------------------------------------------------------------------------------


def vital(n):
    return {"metrics": [{"name": "LCP", "value": 1000 + n, "rating": "good", "url": "https://shop.example/cart",
                         "timestamp": START}], "sessionId": "0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11", "userAgent": "Mozilla/5.0"}


def get(emulator, where):
    emulator.http.request("GET", where)
    return json.loads(emulator.http.getresponse().read())


def wait_for(holds):
    until = time.monotonic() + DEADLINE
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)
    return holds()


def packed():
    """Bodies that came packed are recorded as what was in them, and replayed so."""
    recording = path("packed.jsonl")
    start = b'{"projectKey":"shop","trackerVersion":"17.0.0"}'
    with open(os.path.join(FIXTURES, "openreplay/v17-default/003-i.bin"), "rb") as file:
        batch = file.read()
    sent = [(VITALS, json.dumps(vital(1), separators=(",", ":")).encode(), "gzip"), ("/ingest/v1/web/start", start, None),
            ("/ingest/v1/web/i", batch, "gzip"), ("/ingest/v1/web/start", start, "gzip")]
    statuses, token = [], ""
    with Emulator("--record", recording, "--no-redact", clock=START) as emulator:
        for where, body, encoding in sent:
            emulator.http.request("POST", where, gzip.compress(body) if encoding else body, {
                "Content-Type": "application/json", "Authorization": "Bearer " + token,
                **({"Content-Encoding": encoding} if encoding else {})})
            answer = emulator.http.getresponse()
            token = json.loads(answer.read() or b"{}").get("token", token)
            statuses.append(answer.status)
        check("all are recorded", wait_for(lambda: get(emulator, "/_obsview/health")["recording"]["written"] == len(sent)))
    with open(recording, encoding="utf-8") as file:
        events = [json.loads(line) for line in file][1:]
    ok("packed vitals and batches are taken, a packed start is not", statuses, [200, 200, 200, 400])
    ok("what is in a packed body is recorded", [body_of(event) for event in events], [body for _, body, _ in sent])
    ok("no header says otherwise", [event["request"]["headers"].get("content-encoding") for event in events], [None] * 4)
    ok("the same is expected of a replay, but not of what was refused for being packed",
       [event.get("expect", {}).get("status") for event in events], [200, 200, 200, None])
    with Emulator(db=path("packed.db")) as emulator:
        done = obsview("replay", "--expect", "--speed", "max", "--to", emulator.url, recording)
        check("over the wire", done.returncode == 0 and " 3 answers compared, 0 not" in done.stderr, done)
    with sqlite3.connect(path("packed.db")) as store:
        ok("the batch is in the store", store.execute("SELECT count(*) FROM recording_body").fetchone(), (1,))
    name = write("gzip.jsonl", request(0, VITALS, {"base64": base64.b64encode(gzip.compress(sent[0][1])).decode()},
                                       headers={"content-encoding": "gzip", "content-type": "application/json"}, status=200))
    with Emulator() as emulator:
        for how in ((), ("--to", emulator.url)):
            done = obsview("replay", "--expect", *how, name)
            check("a body that a fixture holds packed is sent packed %s" % (how[:1],), done.returncode == 0
                  and " 1 answer compared, 0 not" in done.stderr, done)


def body_of(event):
    body = event["request"]["body"]
    if isinstance(body, dict) and list(body) == ["base64"]:
        return base64.b64decode(body["base64"])
    return body.encode() if isinstance(body, str) else json.dumps(body, separators=(",", ":")).encode()


def functions():
    """The output of a function goes into its log group; what no door is there for is counted, with the reason."""
    emf = {"_aws": {"Timestamp": 1795427990000, "CloudWatchMetrics": [
        {"Namespace": "Shop", "Dimensions": [["service"]], "Metrics": [{"Name": "Orders", "Unit": "Count"}]}]},
        "service": "cart", "Orders": 3}
    lines = [{"t": n, "source": "emf-stdin", "group": "/aws/lambda/shop-%d" % (n % 3), "line": json.dumps(emf)}
             for n in range(3000)]
    lines += [{"t": 3000, "source": "emf-stdin", "line": "2026-11-24T10:00:03.000Z\tid\tINFO\tplain"},
              {"t": 3001, "source": "emf-tcp", "line": json.dumps(emf)}, {"t": 3002, "source": "emf-udp", "line": json.dumps(emf)},
              {"t": 3003, "source": "aws-response", "request": {"service": "logs", "operation": "DescribeLogGroups"},
               "response": {"status": 200, "body": {}}}]
    name = write("functions.jsonl", *lines)
    with Emulator(emf="127.0.0.1:0") as emulator:
        done = obsview("replay", "--speed", "max", "--to", emulator.url, name)
        check("lines are sent", done.returncode == 0 and "; 3003 lines; 1 passed over" in done.stderr, done)
        check("all of them arrive", wait_for(lambda: get(emulator, "/_obsview/health")["store"]["logLines"] == 3003))
        groups = {group["logGroupName"] for group in emulator.call("logs", "DescribeLogGroups")["logGroups"]}
        check("in the groups of their functions", groups >= {"/aws/lambda/shop-%d" % n for n in range(3)}
              | {"/aws/lambda/function"}, groups)
        found = emulator.call("logs", "FilterLogEvents", logGroupName="/aws/lambda/function")["events"]
        check("with their times moved", len(found) == 1 and not found[0]["message"].startswith("2026-11-24"), found)
        metrics = emulator.call("monitoring", "ListMetrics", Namespace="Shop")["Metrics"]
        ok("and EMF among them is a metric", [metric["MetricName"] for metric in metrics], ["Orders"])
    with Emulator() as emulator:
        done = obsview("replay", "--speed", "max", "--to", emulator.url, name)
        check("no EMF door: said so", "; 2 lines passed over, the server takes no EMF" in done.stderr, done)
    server = Server(lambda said: OK)
    done = obsview("replay", "--speed", "max", "--to", server.url, name)
    check("no obsview: said so", "; 3003 lines passed over, " in done.stderr and "no obsview" in done.stderr, done)


def rate_limit():
    """The header lifts the limit for who is on this machine, and for nobody else."""
    name = write("many.jsonl", *(request(n, VITALS, vital(n), headers={
        "content-type": "application/json", "origin": "http://localhost:5173"}, status=200) for n in range(20)))
    elsewhere = own_address()
    with Emulator("--rate-limit", "5", "--listen", "0.0.0.0:0", "--token", "swordfish", "--allow-host",
                  elsewhere or "none.example") as emulator:
        port = emulator.address.rsplit(":", 1)[1]
        done = obsview("replay", "--expect", "--speed", "max", "--token", "swordfish", "--to", "http://127.0.0.1:" + port, name)
        check("exempt on this machine", done.returncode == 0 and " 20 answers compared, 0 not" in done.stderr, done)
        if elsewhere is None:
            print("# this machine has no address but loopback")
            return
        done = obsview("replay", "--expect", "--speed", "max", "--token", "swordfish", "--to",
                       "http://%s:%s" % (elsewhere, port), name)
        check("from another address it counts", done.returncode == 1 and " 15 refused" in done.stderr
              and "expected status 200, came 429" in done.stdout, done)


def own_address():
    """One that is not loopback, though nothing leaves the machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") else address


if __name__ == "__main__":
    framing()
    no_answer_paints_the_screen()
    bodies()
    headers()
    order()
    endings()
    hostile()
    through_libcurl()
    packed()
    functions()
    rate_limit()
    folder.cleanup()
    raise SystemExit(finish())
