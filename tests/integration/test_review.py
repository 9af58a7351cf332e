#!/usr/bin/env python3
"""The monthly review, against Cost Explorer's own sums: three months, in JSON, CSV and Markdown, to the millionth.

SPDX-License-Identifier: MIT

OBSVIEW names the program.
"""
import csv
import datetime
import decimal
import http.client
import io
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.environ.get("OBSVIEW") or os.path.join(HERE, "../../build/obsview")
FILTER = {"Tags": {"Key": "Project", "Values": ["UserMetrics"]}}
Decimal = decimal.Decimal
counts = {True: 0, False: 0}


def ok(name, got, want=True):
    counts[got == want] += 1
    print("%s %d - %s" % ("ok" if got == want else "not ok", sum(counts.values()), name), flush=True)
    if got != want:
        print("# got:  %.1000r\n# want: %.1000r" % (got, want), flush=True)


def month_before(first, months=1):
    for _ in range(months):
        first = (first - datetime.timedelta(days=1)).replace(day=1)
    return first


def ask(url, first, end, *keys):
    """What a month cost by the values of tags, in millionths: {(value, ...): sum}."""
    http_ = http.client.HTTPConnection(url[len("http://"):], timeout=60)
    question = {"TimePeriod": {"Start": first.isoformat(), "End": end.isoformat()}, "Granularity": "MONTHLY",
                "Metrics": ["UnblendedCost"], "Filter": FILTER, "GroupBy": [{"Type": "TAG", "Key": k} for k in keys]}
    http_.request("POST", "/", json.dumps(question), {
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSInsightsIndexService.GetCostAndUsage",
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/ce/aws4_request, "
                         "SignedHeaders=host, Signature=" + 64 * "0", "X-Amz-Date": "20260101T000000Z"})
    answer = json.loads(http_.getresponse().read())
    assert "ResultsByTime" in answer, answer
    sums = {}
    for group in answer["ResultsByTime"][0]["Groups"]:
        values = tuple(k.split("$", 1)[1] for k in group["Keys"])
        sums[values] = int(Decimal(group["Metrics"]["UnblendedCost"]["Amount"]) * 1000000)
    return sums


class Program:
    def __init__(self):
        self.home = tempfile.TemporaryDirectory()
        self.env = {"PATH": os.environ["PATH"], "HOME": self.home.name, "LANG": "C.UTF-8", "NO_COLOR": "1"}
        self.process = subprocess.Popen([BINARY, "emulate", "--listen", "127.0.0.1:0", "--emf-listen", "off", "--db", ":memory:"],
                                        stdout=subprocess.PIPE, text=True, env=self.env)
        self.url = self.process.stdout.readline().split()[2]

    def report(self, *args):
        return subprocess.run([BINARY, "report", *args, "--endpoint-url", self.url], capture_output=True, text=True,
                              env=self.env, timeout=120)

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def panel(report, name):
    return next(p for p in report["panels"] if p["name"] == name)


def table(report, name, column):
    rows = panel(report, name)["table"]["rows"]
    return {row["name"].replace("(untagged)", ""): row[column] for row in rows}


def check_month(program, first):
    end = (first + datetime.timedelta(days=32)).replace(day=1)
    before = month_before(first)
    name = first.strftime("%Y-%m")
    run = program.report("costs", "--month", name, "--format", "json")
    report = json.loads(run.stdout)
    for tag, place in (("Component", "components"), ("Function", "functions"), ("Environment", "environments")):
        for column, a, b in (("cost", first, end), ("month before", before, first)):
            told = {key[0]: value for key, value in ask(program.url, a, b, tag).items() if value}
            mine = {key: value for key, value in table(report, place, column).items() if value}
            ok("%s: %s by %s is Cost Explorer's" % (name, column, tag), mine, told)
    total = sum(ask(program.url, first, end, "Component").values())
    ok(name + ": the total is their sum", panel(report, "summary")["facts"]["total"], total)
    pairs = ask(program.url, first, end, "Component", "Resource")
    dearest = sorted(pairs.values(), reverse=True)[:10]
    ok(name + ": the ten dearest resources", [row["cost"] for row in panel(report, "resources")["table"]["rows"]], dearest)
    ok(name + ": five actions, each with its evidence",
       [bool(row["evidence"]) for row in panel(report, "actions")["table"]["rows"]], [True] * 5)
    return total


def check_formats(program, name, total):
    text = program.report("costs", "--month", name, "--format", "csv").stdout
    first = text.split("\n\n")[0]
    rows = list(csv.DictReader(io.StringIO(first)))
    ok("CSV begins with the components, which add up", sum(int(row["cost"]) for row in rows), total)
    text = program.report("costs", "--month", name, "--format", "md").stdout
    ok("Markdown has the total in dollars", "- total: $%.2f\n" % (total / 1e6) in text)
    ok("Markdown has a table of components", "| name | cost | share | month before | change |\n| --- | ---: |" in text)


def check_refusals(program):
    future = (datetime.date.today() + datetime.timedelta(days=40)).strftime("%Y-%m")
    for args, sentence in ((("costs", "--month", "2025"), "expected a month such as 2025-11"),
                           (("costs", "--month", "2025-13"), "expected a month such as 2025-11"),
                           (("costs", "--month", future), "that month has not begun"),
                           (("vitals", "--month", "2025-11"), "--month is for the costs")):
        run = program.report(*args)
        ok("%s is refused in words" % " ".join(args), (run.returncode, sentence in run.stderr), (2, True))
    run = program.report("costs", "--month", "2019-01")
    ok("a month out of reach is said to be, and has no sums", ("14 months" in run.stdout, "$0.00" in run.stdout), (True, False))
    ok("nor does it say that nothing was billed, or end well", ("nothing was billed" in run.stdout, run.returncode), (False, 3))
    run = program.report("costs", "--month", "2019-01", "--format", "md")
    ok("nor in Markdown", ("nothing was billed" in run.stdout, run.returncode), (False, 3))
    earliest = month_before(datetime.date.today().replace(day=1), 13).strftime("%Y-%m")
    run = program.report("costs", "--month", earliest)
    ok("the earliest month is told without the one before", ("longer ago" in run.stdout, "$" in run.stdout, run.returncode),
       (True, True, 0))


def main():
    program = Program()
    try:
        today = datetime.date.today().replace(day=1)
        total = 0
        for months in (3, 2, 1):
            total = check_month(program, month_before(today, months))
        check_formats(program, month_before(today).strftime("%Y-%m"), total)
        check_refusals(program)
    finally:
        program.stop()
    print("%d passed, %d failed" % (counts[True], counts[False]))
    return 0 if counts[False] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
