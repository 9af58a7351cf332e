#!/usr/bin/env python3
"""The Sessions view over the wire: what it lists and tells of real trackers' recordings, how soon, and by which requests.

SPDX-License-Identifier: MIT

Recorded pages are sent as in test_openreplay.py. What the list counts piece by piece must be what `obsview sessions`
counts of a session as a whole. OBSVIEW names the program.
"""
import csv
import fcntl
import io
import json
import os
import pty
import re
import select
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time
import uuid

import harness
from harness import check, ok
from test_openreplay import CLOCK_MS, Tracker, await_that, batch, emulator_at, message, replay, requests, text, u


def rows(panel):
    return panel["table"]["rows"]


def listed(emulator):
    return {row["id"]: row for row in rows(emulator.panels("sessions", "--range", "24h")["sessions"])}


def page(url):
    return message(122, text(url) + text("") + u(0) + text("Shop"))


class Screen:
    """`obsview watch` on a terminal of its own; what it wrote so far."""

    def __init__(self, emulator, *options):
        self.terminal, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.process = subprocess.Popen(
            [harness.BINARY, "watch", "--view", "sessions", "--endpoint-url", emulator.url, *options], stdin=other,
            stdout=other, stderr=other, env=dict(emulator.env, TERM="xterm-256color"), start_new_session=True)
        os.close(other)
        self.written = b""

    def await_text(self, words, seconds=harness.DEADLINE):
        """How long it took; None when it did not come."""
        began = time.monotonic()
        while words.encode() not in self.written:
            left = began + seconds - time.monotonic()
            if left <= 0 or not select.select([self.terminal], [], [], left)[0]:
                return None
            self.written += os.read(self.terminal, 65536)
        return time.monotonic() - began

    def leave(self):
        os.write(self.terminal, b"q")
        until = time.monotonic() + harness.DEADLINE
        while self.process.poll() is None and time.monotonic() < until:
            if select.select([self.terminal], [], [], 0.1)[0]:
                try:
                    os.read(self.terminal, 65536)
                except OSError:
                    break
        status = self.process.wait(harness.DEADLINE)
        os.close(self.terminal)
        return status


def test_counts(folder):
    """Of every capture the list counts what its whole story counts."""
    with emulator_at(os.path.join(folder, "counts.db")) as emulator:
        for capture, list_of_requests in requests().items():
            replay(emulator, capture, list_of_requests)
        whole = {s["session"]: s for s in
                 json.loads(emulator.run("sessions", "ls", "--format", "json").stdout)["sessions"]}
        seen = listed(emulator)
        ok("every session is listed", sorted(seen), sorted(whole))
        for name, member in (("pages", "pages"), ("err", "errors")):
            ok("%s: piece by piece as at once" % name, {i: row[name] for i, row in seen.items()},
               {i: s[member] for i, s in whole.items()})


def test_report(folder):
    with emulator_at(os.path.join(folder, "report.db")) as emulator:
        replay(emulator, "v19-leak-p2", requests()["v19-leak-p2"])
        until = time.monotonic() + harness.DEADLINE
        panels = emulator.panels("sessions")
        while time.monotonic() < until and not rows(panels["sessions"])[0]["leak"]:
            panels = emulator.panels("sessions")
        ok("the panels", list(panels), ["sessions", "events", "timeline", "message"])
        lanes = {row["lane"]: row["when"] for row in rows(panels["timeline"])}
        ok("the lanes", list(lanes), ["page", "err", "leak", "click", "net", "issue", "vital", "event"])
        ok("pages are named", [mark["text"] for mark in lanes["page"]][0], "/")
        check("leaks are on the axis", len(lanes["leak"]) > 5, lanes["leak"])
        check("lanes go by time", all(marks == sorted(marks, key=lambda mark: mark["time"]) for marks in lanes.values()))
        kinds = [row["kind"] for row in rows(panels["events"])]
        check("events tell what was done", {"page", "click", "input", "console", "network", "error", "leak"} <= set(kinds),
              kinds)
        for form in ("text", "csv", "md", "json"):
            out = emulator.run("report", "sessions", "--format", form)
            ok("report %s" % form, (out.returncode, out.stderr), (0, ""))
            check("report %s says nothing that leaked" % form, not [planted for planted in planted_in("v19-leak-p2")
                                                                   if planted in out.stdout])
        tables = emulator.run("report", "sessions", "--format", "csv").stdout.split("\n\n")
        ok("csv has a table for each", len(tables), 3)
        ok("of equal rows", {len(row) for row in csv.reader(io.StringIO(tables[2])) if row}, {3})


def planted_in(capture):
    with open(os.path.join(harness.FIXTURES, "openreplay", "leaks.tsv"), encoding="utf-8") as file:
        found = [line.rstrip("\n").split("\t") for line in file]
    values = {row[4] for row in found if row[0] == capture}
    check("%s has planted values" % capture, len(values) > 3, values)
    return values


def test_live(folder):
    """A session is on screen within two seconds of its first batch, and each batch soon after it came."""
    with emulator_at(os.path.join(folder, "live.db")) as emulator:
        screen = Screen(emulator)
        check("an empty bucket says so", screen.await_text("no session was recorded") is not None)
        tracker = Tracker(emulator)
        tracker.start()
        for number in range(3):
            tracker.send(batch(10 * number, at=CLOCK_MS + number, what=page("https://shop.example/page%d" % number)))
            took = screen.await_text("/page%d" % number, 10)
            check("batch %d is there within 2 s" % number, took is not None and took < 2, took)
        ok("it leaves well", screen.leave(), 0)
        for size in ("120x36", "80x24"):
            frame = emulator.run("watch", "--once", "--view", "sessions", "--size", size).stdout
            check("at %s it says when the next one comes" % size, "next flush within 30 s" in frame, frame)


def test_jump(folder):
    """An exception in a recording, and the report of it, find each other."""
    app = str(uuid.uuid4())
    with emulator_at(os.path.join(folder, "jump.db")) as emulator:
        tracker = Tracker(emulator)
        session = tracker.start()["sessionID"]
        tracker.send(batch(0, what=message(30, text("sessionId") + text(app)) +
                           message(78, text("TypeError") + text("cart is gone") + text("[]") + text("{}"))))
        emulator.post("/errors/report", {
            "error": {"message": "cart is gone", "type": "TypeError", "stack": "TypeError: cart is gone"},
            "context": {"url": "http://localhost/", "userAgent": "Chrome/130.0", "timestamp": CLOCK_MS, "sessionId": app}})
        errors = rows(emulator.panels("errors")["sessions"])
        ok("the group names the recording", [row["recording"] for row in errors], [session])
        screen = Screen(emulator)
        check("the session is there", screen.await_text("cart is gone") is not None)
        os.write(screen.terminal, b"\tG\r")
        check("Enter on the error opens its group", screen.await_text("new in this range") is not None)
        screen.leave()


class Wire:
    """Between a screen and an emulator: passes everything on, and remembers what the screen said."""

    def __init__(self, emulator):
        self.said, self.target = b"", emulator.address.rsplit(":", 1)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.door.getsockname()[1]
        self.env = emulator.env
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client = self.door.accept()[0]
            except OSError:
                return
            server = socket.create_connection((self.target[0], int(self.target[1])))
            threading.Thread(target=self.pass_on, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self.pass_on, args=(server, client, False), daemon=True).start()

    def pass_on(self, source, target, is_said):
        try:
            while data := source.recv(65536):
                if is_said:
                    self.said += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def ranges(self):
        """Where the reads of recordings began, in order."""
        heads = [head for head in self.said.decode("latin-1").split("\r\n\r\n") if "/obsview.full" in head.split("\r\n")[0]]
        return [int(re.search(r"(?im)^range: bytes=([0-9]+)-", head).group(1)) for head in heads]


def test_ranges(folder):
    """Of a session that goes on only what is new is read."""
    with emulator_at(os.path.join(folder, "ranges.db")) as emulator:
        wire = Wire(emulator)
        tracker = Tracker(emulator)
        tracker.start()
        tracker.send(batch(0, what=page("https://shop.example/first")))
        screen = Screen(wire)
        check("the first batch is read", screen.await_text("/first") is not None)
        check("by list and timeline", await_that(lambda: len(wire.ranges()) >= 2))
        before = wire.ranges()
        ok("from the start", set(before), {0})
        for number in range(3):
            tracker.send(batch(10 * number + 10, at=CLOCK_MS + number, what=page("https://shop.example/more%d" % number)))
            check("batch %d is read" % number, screen.await_text("/more%d" % number) is not None)
        screen.leave()
        wire.door.close()
        after = wire.ranges()[len(before):]
        check("what follows is read from where it ended", after != [] and min(after) > 4096, after)


def main():
    with tempfile.TemporaryDirectory() as folder:
        for test in (test_counts, test_report, test_live, test_jump, test_ranges):
            print("#", test.__name__, flush=True)
            test(folder)
    return harness.finish()


if __name__ == "__main__":
    raise SystemExit(main())
