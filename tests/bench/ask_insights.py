#!/usr/bin/env python3
"""Runs Insights queries over the wire and prints how many lines a second each looked at.

SPDX-License-Identifier: MIT

usage: ask_insights.py HOST:PORT START END SECONDS QUERY...   each query again and again for SECONDS (0: once)
"""
import http.client
import json
import statistics
import sys
import time

AUTHORIZATION = ("AWS4-HMAC-SHA256 Credential=bench/20261124/us-east-1/logs/aws4_request, "
                 "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64)


def call(connection, operation, request):
    connection.request("POST", "/", json.dumps(request), {
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Logs_20140328." + operation,
        "X-Amz-Date": "20261124T000000Z", "Authorization": AUTHORIZATION})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise SystemExit("%s: %d %s" % (operation, answer.status, text[:300]))
    return json.loads(text)


def run(connection, start, end, query):
    began = time.monotonic()
    started = call(connection, "StartQuery", {
        "logGroupName": "/bench/insights", "startTime": start, "endTime": end, "queryString": query})
    while True:
        time.sleep(0.02)
        answer = call(connection, "GetQueryResults", {"queryId": started["queryId"], "maxItems": 1})
        if answer["status"] not in ("Scheduled", "Running"):
            break
    if answer["status"] != "Complete":
        raise SystemExit("%s: %s" % (query, answer))
    return answer["statistics"]["recordsScanned"] / (time.monotonic() - began)


def main():
    address, start, end, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    connection = http.client.HTTPConnection(address, timeout=600)
    for query in sys.argv[5:]:
        until, speeds = time.monotonic() + seconds, []
        while not speeds or time.monotonic() < until:
            speeds.append(run(connection, start, end, query))
        print("%.0f %s" % (statistics.median(speeds), query))


main()
