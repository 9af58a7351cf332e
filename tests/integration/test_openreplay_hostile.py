#!/usr/bin/env python3
"""OpenReplay's ingest under what nobody's tracker sends: much of it, at once, slowly, and with sizes that are lies.

SPDX-License-Identifier: MIT

Each must end in an answer; memory is looked at all the while, and the emulator must be of use afterwards.

OBSVIEW names the program.
"""
import concurrent.futures
import gzip
import http.client
import os
import socket
import tempfile
import time

import harness
from harness import check, ok
from test_openreplay import CLOCK_MS, Tracker, batch, emulator_at, message, text, u

MIB = 1024 * 1024
SESSIONS = 10000
TABS = 1000
# Bodies are inflated by two readers, to 16 MiB each; others wait as they came, 2 MiB each; 80 MiB were seen.
MOST_MIB = 200


def status_kib(emulator, name):
    with open("/proc/%d/status" % emulator.process.pid, encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name + ":"))


def send_all(emulator, token, bodies, headers):
    def one(body):
        tracker = Tracker(emulator)
        tracker.token = token
        return tracker.send(body, **headers).status

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return sorted(set(pool.map(one, bodies)))


def test_sizes_that_are_lies(emulator):
    tracker = Tracker(emulator)
    tracker.start()
    most = b"\xff" * 9 + b"\x01"  # 2^64 - 1
    lies = (("a text", message(22, text("log") + most)), ("a text in its size", message(22, most + b"x" * 50)),
            ("a number of 11 bytes", message(0, b"\xff" * 10 + b"\x01")), ("a message", u(22) + b"\xff\xff\xff"),
            ("an id", most + b"\0\0\0"), ("a node", message(8, most + most + u(0) + text("DIV") + b"\0")),
            ("an attribute's node", message(12, most + text("x") + text("y"))))
    for index, (name, what) in enumerate(lies):
        ok("2^64 as the size of %s" % name, tracker.send(batch(index, what=what)).status, 200)
    ok("NULs, 2 MiB", tracker.send(b"\0" * 2 * MIB).status, 200)


def test_much_at_once(emulator):
    tracker = Tracker(emulator)
    tracker.start()
    packed = {"Content_Encoding": "gzip"}
    times = message(0, u(CLOCK_MS))
    bomb = gzip.compress(b"\0" * (64 * MIB), 9)
    ok("eight bombs, four times", send_all(emulator, tracker.token, [bomb] * 32, packed), [413])
    full = [gzip.compress(batch(100 + i, what=times * 1000000), 1) for i in range(8)]
    ok("eight bodies of a million times", send_all(emulator, tracker.token, full, packed), [200])
    nuls = [gzip.compress(batch(200 + i) + b"\0" * (15 * MIB), 1) for i in range(8)]
    ok("eight of 15 MiB of NULs", send_all(emulator, tracker.token, nuls, packed), [200])
    nodes = b"".join(message(8, u(i * 64) + u(0) + u(0) + text("DIV") + b"\0") for i in range(150000))
    ok("nodes far apart", send_all(emulator, tracker.token, [gzip.compress(batch(300, what=message(7, b"") + nodes), 1)],
                                   packed), [200])


def test_many(emulator):
    tracker = Tracker(emulator)
    before = status_kib(emulator, "VmRSS")
    started = time.monotonic()
    ok("%d sessions" % SESSIONS, {type(tracker.start()) for _ in range(SESSIONS)}, {dict})
    print("%d sessions took %.1f s and %d KiB" % (SESSIONS, time.monotonic() - started,
                                                  status_kib(emulator, "VmRSS") - before))
    ok("%d tabs of one session" % TABS, {tracker.send(batch(0, tab="tab%09d" % i)).status for i in range(TABS)}, {200})


def test_images(emulator):
    tracker = Tracker(emulator)
    tracker.start()
    head = ("POST /ingest/v1/web/images HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: multipart/form-data; "
            "boundary=x\r\nContent-Length: %d\r\n\r\n" % (emulator.address, tracker.token, 256 * MIB)).encode()
    host, port = emulator.address.rsplit(":", 1)
    sent = 0
    with socket.create_connection((host, int(port)), timeout=harness.DEADLINE) as connection:
        connection.sendall(head)
        try:
            while sent < 256 * MIB:
                sent += connection.send(b"--x\r\n" + b"y" * 65536)
        except OSError:
            pass  # it was refused before it was all there
    check("images of 256 MiB are not all taken in", sent < 256 * MIB, sent)


def test_slow(emulator):
    tracker = Tracker(emulator)
    tracker.start()
    host, port = emulator.address.rsplit(":", 1)
    head = ("POST /ingest/v1/web/i HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
            % (emulator.address, tracker.token, 2 * MIB)).encode()
    slow = [socket.create_connection((host, int(port))) for _ in range(100)]
    for connection in slow:
        connection.sendall(head + b"Q")
    ok("others are served while a hundred bodies come slowly", tracker.send(batch(1)).status, 200)
    for connection in slow:
        connection.close()


def main():
    with tempfile.TemporaryDirectory() as folder, emulator_at(os.path.join(folder, "hostile.db"), "--rate-limit",
                                                              "1000000") as emulator:
        for test in (test_sizes_that_are_lies, test_much_at_once, test_many, test_images, test_slow):
            print("#", test.__name__, flush=True)
            test(emulator)
            print("resident %d MiB, at most %d MiB" % (status_kib(emulator, "VmRSS") // 1024,
                                                       status_kib(emulator, "VmHWM") // 1024), flush=True)
        check("memory is bounded", status_kib(emulator, "VmHWM") < MOST_MIB * 1024, status_kib(emulator, "VmHWM"))
        tracker = Tracker(emulator)
        check("and it goes on", "token" in tracker.start() and tracker.send(batch(0)).status == 200)
        health = http.client.HTTPConnection(emulator.address, timeout=harness.DEADLINE)
        health.request("GET", "/_obsview/health")
        ok("it is well", health.getresponse().status, 200)
    return harness.finish()


if __name__ == "__main__":
    raise SystemExit(main())
