#!/usr/bin/env python3
"""Requests that fail on purpose: what a client sees on its socket, and what is kept.

SPDX-License-Identifier: MIT

Rules, statuses and what they are told are in fixture/faults.jsonl and faults-aws.jsonl.
"""
import json
import socket
import sys
import time

import harness
from harness import Emulator, Refused, check, ok, signed

VITAL = {"metrics": [{"name": "LCP", "value": 1200.5, "rating": "good", "id": "v1-1-1", "delta": 1200.5,
                      "navigationType": "navigate"}], "url": "https://app.example/", "timestamp": 1764000000000,
         "sessionId": "s-1", "userAgent": "test"}
ERROR = {"error": {"message": "it broke"}, "context": {
    "url": "https://app.example/", "userAgent": "a", "timestamp": "2026-11-28T19:36:05.289Z", "sessionId": "s-1"}}


def ask(emulator, method, path, body=None, headers=(), patience=harness.DEADLINE):
    """What comes back on a socket of its own: bytes, and how it ended ("end", "reset", "silence")."""
    host, port = emulator.address.split(":")
    data = b"" if body is None else json.dumps(body).encode()
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: " + emulator.address, "Connection: close",
             "Content-Type: application/json", "Content-Length: %d" % len(data), *("%s: %s" % pair for pair in headers)]
    got = b""
    with socket.create_connection((host, int(port)), timeout=patience) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + data)
        try:
            while True:
                piece = connection.recv(65536)
                if not piece:
                    return got, "end"
                got += piece
        except ConnectionResetError:
            return got, "reset"
        except socket.timeout:
            return got, "silence"


def get(emulator, path):
    emulator.http.request("GET", path)
    return json.loads(emulator.http.getresponse().read())


def arm(emulator, rule, **more):
    return json.loads(emulator.post("/_obsview/faults", {"rule": rule, **more}))["faults"]


def clear(emulator):
    emulator.http.request("DELETE", "/_obsview/faults")
    return json.loads(emulator.http.getresponse().read())["faults"]


def newest(emulator, path):
    return get(emulator, "/_obsview/events?limit=1&path=" + path)["events"][0]


def kept(emulator):
    store = get(emulator, "/_obsview/health")["store"]
    return store["vitals"], store["errors"]


def split(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    length = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    return head, body, length[0] if length else None


def test_each_kind(emulator):
    path = "/metrics/web-vitals"
    whole, _ = ask(emulator, "POST", path, VITAL)
    ok("without a fault it is kept", kept(emulator), (1, 0))

    arm(emulator, path + "=reset")
    ok("reset: a reset and not one byte", ask(emulator, "POST", path, VITAL), (b"", "reset"))
    event = newest(emulator, path)
    ok("reset: the intake says so", (event["verdict"], event["reason"], event["status"], event["fault"]),
       ("fault injected: the connection was reset", "fault", 0, True))
    clear(emulator)

    arm(emulator, path + "=garbage")
    answer, end = ask(emulator, "POST", path, VITAL)
    check("garbage: bytes that are no HTTP", len(answer) > 20 and not answer.startswith(b"HTTP"), answer)
    ok("garbage: and then the end", end, "end")
    try:
        json.loads(answer.decode("latin-1"))
        check("garbage: no JSON either", False)
    except ValueError:
        check("garbage: no JSON either", True)
    clear(emulator)

    arm(emulator, path + "=hang")
    ok("hang: silence", ask(emulator, "POST", path, VITAL, patience=0.4), (b"", "silence"))
    ok("hang: seen while it hangs", newest(emulator, path)["verdict"], "fault injected: no answer")
    clear(emulator)

    ok("nothing of all that was kept", kept(emulator), (1, 0))

    arm(emulator, path + "=half")
    head, body, length = split(ask(emulator, "POST", path, VITAL)[0])
    check("half: 200 with a length", head.startswith(b"HTTP/1.1 200 "), head)
    ok("half: the length is that of the whole", length, len(split(whole)[1]))
    ok("half: the body is its first half", body, split(whole)[1][:length // 2])
    check("half: the intake says so", newest(emulator, path)["verdict"].startswith("fault injected: half an answer; "),
          newest(emulator, path))
    ok("half: what was sent is kept", kept(emulator), (2, 0))
    clear(emulator)

    arm(emulator, path + "=slow:300")
    began = time.monotonic()
    answer, _ = ask(emulator, "POST", path, VITAL)
    check("slow: not before", time.monotonic() - began >= 0.3)
    ok("slow: but whole", split(answer)[1], split(whole)[1])
    check("slow: the intake says so", newest(emulator, path)["verdict"].startswith("fault injected: 300 ms late; "),
          newest(emulator, path))
    ok("slow: kept", kept(emulator), (3, 0))
    clear(emulator)
    ok("afterwards all is well", split(ask(emulator, "POST", path, VITAL)[0])[1], split(whole)[1])


def test_counted(emulator):
    emulator.post("/_obsview/faults", {"path": "/errors/report", "fault": "reset", "count": 2})
    ok("so many times", [ask(emulator, "POST", "/errors/report", ERROR)[1] for _ in range(3)],
       ["reset", "reset", "end"])


def test_aws(emulator):
    target = [*signed("monitoring").items(), ("X-Amz-Target", harness.TARGETS["monitoring"] + ".ListMetrics")]
    whole = split(ask(emulator, "POST", "/", {}, target)[0])
    for rule, end in (("reset", "reset"), ("garbage", "end"), ("half", "end")):
        arm(emulator, "/=" + rule)
        answer, got = ask(emulator, "POST", "/", {}, target)
        ok("an AWS request meets " + rule, got, end)
        if rule == "half":
            ok("half of what AWS would say", split(answer)[1], whole[1][:whole[2] // 2])
        clear(emulator)
    emulator.call("logs", "CreateLogGroup", logGroupName="g")
    arm(emulator, "/=half")
    ask(emulator, "POST", "/", {"logGroupName": "h"},
        [*signed("logs").items(), ("X-Amz-Target", "Logs_20140328.CreateLogGroup")])
    clear(emulator)
    names = [g["logGroupName"] for g in emulator.call("logs", "DescribeLogGroups")["logGroups"]]
    check("what was half answered is done", "h" in names, names)


def test_bounded(emulator):
    """More hanging connections than there is room for: the oldest are let go, and the door stays open."""
    host, port = emulator.address.split(":")
    arm(emulator, "/errors/report=hang")
    request = ("POST /errors/report HTTP/1.1\r\nHost: %s\r\nContent-Length: 2\r\n\r\n{}" % emulator.address).encode()
    held = []
    for _ in range(530):
        connection = socket.create_connection((host, int(port)), timeout=harness.DEADLINE)
        connection.sendall(request)
        held.append(connection)
    ok("the first is let go without an answer", held[0].recv(100), b"")
    ok("and the emulator answers", get(emulator, "/_obsview/health")["name"], "obsview")
    held[-1].settimeout(0.3)
    try:
        held[-1].recv(100)
        check("the last hangs on", False)
    except socket.timeout:
        check("the last hangs on", True)
    return held


def test_options():
    with Emulator("--fault", "/errors/report=500", "--fault", "POST /api/send=reset@0.5",
                  clock="2026-11-24T10:00:00Z") as emulator:
        rules = ["/errors/report=500", "POST /api/send=reset@0.5"]
        ok("from the command line", [f["rule"] for f in get(emulator, "/_obsview/faults")["faults"]], rules)
        fates = [ask(emulator, "POST", "/api/send", {})[1] for _ in range(40)]
        check("some fail and some do not", 5 < fates.count("reset") < 35, fates)
        clear(emulator)
        emulator.post("/_obsview/reset", {})
        ok("a reset brings them back", [f["rule"] for f in get(emulator, "/_obsview/faults")["faults"]], rules)
        ok("with the same dice", [ask(emulator, "POST", "/api/send", {})[1] for _ in range(40)], fates)
    try:
        with Emulator("--fault", "/x=explode"):
            check("a rule that is none is refused at the start", False)
    except Refused as refused:
        check("a rule that is none is refused at the start", "--fault: explode: expected" in str(refused), refused)


def main():
    with Emulator() as emulator:
        test_each_kind(emulator)
        emulator.post("/_obsview/reset", {})
        test_counted(emulator)
        emulator.post("/_obsview/reset", {})
        test_aws(emulator)
        held = test_bounded(emulator)
        began = time.monotonic()
    check("stopping does not wait for what hangs", time.monotonic() - began < 30)
    for connection in held:
        connection.close()
    test_options()
    return harness.finish()


if __name__ == "__main__":
    sys.exit(main())
