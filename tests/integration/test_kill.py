#!/usr/bin/env python3
"""Kills the emulator with SIGKILL at random moments under load: whatever was answered with 200 is there afterwards.

SPDX-License-Identifier: MIT

ROUNDS=N sets the number of kills (default 30). Every post carries a session id of its own; after each kill the database
is opened by a new emulator and every acknowledged id must be in a log line of the web-vitals function.
"""
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

BINARY = os.environ["OBSVIEW"]
ROUNDS = int(os.environ.get("ROUNDS", "30"))
POSTERS = 8
GROUP = "/aws/lambda/obsview-dev-web-vitals"
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/logs/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64
)


def start(db):
    process = subprocess.Popen(
        [BINARY, "emulate", "--listen", "127.0.0.1:0", "--emf-listen", "off", "--db", db, "--rate-limit", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    if not line.startswith("obsview ready http://"):
        raise SystemExit("the database did not open: " + line + process.stderr.read())
    return process, line.split()[2][len("http://"):]


def post_until_killed(address, prefix, acknowledged):
    connection = http.client.HTTPConnection(address, timeout=20)
    for n in range(100000):
        session = "%s-%d" % (prefix, n)
        body = json.dumps({
            "metrics": [{"name": "LCP", "value": 1000 + n, "rating": "good", "url": "https://example.com/kill"}],
            "sessionId": session, "userAgent": "kill"})
        try:
            connection.request("POST", "/metrics/web-vitals", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return
        if answer.status == 200:
            acknowledged.append(session)


def call(address, operation, request):
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.request("POST", "/", json.dumps(request), {
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Logs_20140328." + operation,
        "X-Amz-Date": "20261124T000000Z", "Authorization": AUTHORIZATION})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise SystemExit("%s: %d %s" % (operation, answer.status, text[:300]))
    return json.loads(text)


def stored_sessions(address, prefix):
    found, token = set(), None
    while True:
        request = {"logGroupName": GROUP, "filterPattern": '"%s"' % prefix, "limit": 10000}
        if token:
            request["nextToken"] = token
        page = call(address, "FilterLogEvents", request)
        for event in page["events"]:
            found.add(json.loads(event["message"])["sessionId"])
        token = page.get("nextToken")
        if not token:
            return found


def one_round(db, n):
    process, address = start(db)
    acknowledged, threads = [], []
    for t in range(POSTERS):
        thread = threading.Thread(target=post_until_killed, args=(address, "r%dt%d" % (n, t), acknowledged))
        thread.start()
        threads.append(thread)
    deadline = time.monotonic() + random.uniform(0.02, 0.5)
    while time.monotonic() < deadline or not acknowledged:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for thread in threads:
        thread.join()
    process, address = start(db)
    missing = set(acknowledged) - stored_sessions(address, "r%dt" % n)
    process.terminate()
    if process.wait(timeout=60) != 0:
        return len(acknowledged), "the emulator did not end well"
    return len(acknowledged), "lost %d, such as %s" % (len(missing), min(missing)) if missing else None


def main():
    seed = int(os.environ.get("SEED", str(time.time_ns() % 1000000)))
    random.seed(seed)
    print("seed", seed)
    passed = failed = total = 0
    with tempfile.TemporaryDirectory() as directory:
        db = os.path.join(directory, "kill.db")
        for n in range(ROUNDS):
            count, fault = one_round(db, n)
            total += count
            if fault:
                failed += 1
                print("not ok - round %d: %s" % (n, fault))
            else:
                passed += 1
    print("acknowledged before a kill: %d" % total)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


sys.exit(main())
