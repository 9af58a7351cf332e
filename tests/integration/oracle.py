"""What the oracles share: an emulator of their own, signed questions to it, and a tally.

SPDX-License-Identifier: MIT

An oracle computes what CloudWatch would answer from the raw values, by other means than the program, and compares.
"""
import http.client
import json
import math
import os
import subprocess

AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/monitoring/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64
)


class Emulator:
    def __init__(self):
        binary = os.environ.get("OBSVIEW", "build/obsview")
        self.process = subprocess.Popen(
            [binary, "emulate", "--listen", "127.0.0.1:0", "--emf-listen", "off", "--db", ":memory:",
             "--rate-limit", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.process.stdout.readline().split()[2][len("http://"):]
        self.connection = http.client.HTTPConnection(self.address, timeout=60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()
        self.process.terminate()
        self.process.wait(timeout=60)

    def ask(self, operation, request):
        """The status, and the answer as a value."""
        self.connection.request("POST", "/", json.dumps(request), {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "GraniteServiceVersion20100801." + operation,
            "X-Amz-Date": "20261124T000000Z", "Authorization": AUTHORIZATION})
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else {}

    def call(self, operation, request):
        status, answer = self.ask(operation, request)
        if status != 200:
            raise SystemExit("%s: %d %s" % (operation, status, answer))
        return answer

    def put(self, namespace, metric, at, values, dimensions=()):
        """Raw values of one metric at one time (epoch seconds)."""
        data = [{"MetricName": metric, "Timestamp": at, "Values": values[i:i + 150],
                 "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions]}
                for i in range(0, len(values), 150)]
        for i in range(0, len(data), 500):
            self.call("PutMetricData", {"Namespace": namespace, "MetricData": data[i:i + 500]})

    def get(self, queries, start, end):
        """Results as {id: [(label, {time: value}), ...]}, page by page."""
        found, token = {}, None
        while True:
            request = {"StartTime": start, "EndTime": end, "MetricDataQueries": queries,
                       "ScanBy": "TimestampAscending"}
            if token:
                request["NextToken"] = token
            answer = self.call("GetMetricData", request)
            for result in answer["MetricDataResults"]:
                points = {int(t): v for t, v in zip(result["Timestamps"], result["Values"])}
                found.setdefault(result["Id"], []).append((result["Label"], points))
            token = answer.get("NextToken")
            if not token:
                return found


def metric(name, key, stat, period, returned=True, namespace="Oracle", dimensions=()):
    return {"Id": name, "ReturnData": returned, "MetricStat": {
        "Metric": {"Namespace": namespace, "MetricName": key,
                   "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions]},
        "Period": period, "Stat": stat}}


def near(got, want, tolerance):
    return math.isclose(got, want, rel_tol=tolerance, abs_tol=tolerance if tolerance < 1e-6 else 0)


def same_points(got, want, tolerance):
    """None, or what differs between two {time: value}."""
    if set(got) != set(want):
        return "times differ: only got %s, only wanted %s" % (
            sorted(set(got) - set(want))[:3], sorted(set(want) - set(got))[:3])
    for at in sorted(want):
        if not near(got[at], want[at], tolerance):
            return "at %d: %r, not %r" % (at, got[at], want[at])
    return None


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, fault):
        if fault:
            self.failed += 1
            print("not ok - %s: %s" % (name, fault))
        else:
            self.passed += 1
            print("ok - %s" % name)

    def close(self):
        print("%d passed, %d failed" % (self.passed, self.failed))
        return 1 if self.failed else 0
