"""The same samples and the same question to obsview and to moto_server, both over HTTP in the query protocol.

SPDX-License-Identifier: MIT

100,000 samples of one metric in 24 h, asked for with a period of one minute. obsview computes p75; moto has no
percentiles, so it is asked for Average, which is less work.
"""
import datetime
import http.client
import random
import re
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse

SAMPLES = 100000
BATCH = 500
ROUNDS = 9
HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "X-Amz-Date": "20261124T000000Z",
    "Authorization": "AWS4-HMAC-SHA256 Credential=bench/20261124/us-east-1/monitoring/aws4_request, "
                     "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64}


def iso(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def post(address, form):
    connection = http.client.HTTPConnection(address, timeout=600)
    connection.request("POST", "/", urllib.parse.urlencode(form), HEADERS)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    if answer.status != 200:
        raise SystemExit("%s answers %d: %.300s" % (address, answer.status, text))
    return text


def fill(address, start):
    random.seed(7)
    for first in range(0, SAMPLES, BATCH):
        form = {"Action": "PutMetricData", "Version": "2010-08-01", "Namespace": "Bench"}
        for i in range(BATCH):
            at = start + (first + i) * 86400 // SAMPLES
            member = "MetricData.member.%d." % (i + 1)
            form[member + "MetricName"] = "LCP"
            form[member + "Timestamp"] = iso(at)
            form[member + "Value"] = "%.1f" % random.lognormvariate(7, 0.6)
        post(address, form)


def question(start, stat):
    query = "MetricDataQueries.member.1."
    return {
        "Action": "GetMetricData", "Version": "2010-08-01", "StartTime": iso(start), "EndTime": iso(start + 86400),
        query + "Id": "a", query + "MetricStat.Metric.Namespace": "Bench",
        query + "MetricStat.Metric.MetricName": "LCP", query + "MetricStat.Period": "60",
        query + "MetricStat.Stat": stat}


def ask(address, start, stat):
    begin = time.perf_counter()
    text = post(address, question(start, stat))
    took = time.perf_counter() - begin
    values = re.search("<Values>(.*?)</Values>", text, re.S)
    return took * 1000, len(re.findall("<member>", values.group(1))) if values else 0


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("moto_server does not answer")


def main():
    start = int(time.time()) // 60 * 60 - 86400
    port = free_port()
    moto = subprocess.Popen(["moto_server", "-H", "127.0.0.1", "-p", str(port)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ours = subprocess.Popen([sys.argv[1], "emulate", "--listen", "127.0.0.1:0", "--emf-listen", "off",
                             "--db", ":memory:", "--rate-limit", "0"],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        address = ours.stdout.readline().split()[2][len("http://"):]
        peer = "127.0.0.1:%d" % port
        wait_for(port)
        fill(address, start)
        fill(peer, start)
        ask(address, start, "p75")
        before = [ask(address, start, "p75") for _ in range(ROUNDS)]
        theirs, their_points = ask(peer, start, "Average")
        behind = [ask(address, start, "p75") for _ in range(ROUNDS)]
        own, points = statistics.median(ms for ms, _ in before + behind), before[0][1]
    finally:
        for process in (moto, ours):
            process.terminate()
            process.wait()
    print("a minute over 24 h, %d samples: obsview %.2f ms (p75, %d points), moto %.0f ms (Average, %d points): "
          "%.0f times faster (goal 1000)" % (SAMPLES, own, points, theirs, their_points, theirs / own))


main()
