#!/usr/bin/env python3
"""The monthly review, against Cost Explorer's own sums: three months, in JSON, CSV and Markdown, to the millionth.

SPDX-License-Identifier: MIT

OBSVIEW names the program.
"""
import csv
import datetime
import decimal
import io
import json
import sys

from harness import Emulator, finish, ok

FILTER = {"Tags": {"Key": "Project", "Values": ["UserMetrics"]}}
Decimal = decimal.Decimal


def month_before(first, months=1):
    for _ in range(months):
        first = (first - datetime.timedelta(days=1)).replace(day=1)
    return first


def ask(emulator, first, end, *keys):
    """What a month cost by the values of tags, in millionths: {(value, ...): sum}."""
    answer = emulator.call("ce", "GetCostAndUsage", TimePeriod={"Start": first.isoformat(), "End": end.isoformat()},
                           Granularity="MONTHLY", Metrics=["UnblendedCost"], Filter=FILTER,
                           GroupBy=[{"Type": "TAG", "Key": key} for key in keys])
    sums = {}
    for group in answer["ResultsByTime"][0]["Groups"]:
        values = tuple(k.split("$", 1)[1] for k in group["Keys"])
        sums[values] = int(Decimal(group["Metrics"]["UnblendedCost"]["Amount"]) * 1000000)
    return sums


def panel(report, name):
    return next(p for p in report["panels"] if p["name"] == name)


def table(report, name, column):
    rows = panel(report, name)["table"]["rows"]
    return {row["name"].replace("(untagged)", ""): row[column] for row in rows}


def check_month(program, first):
    end = (first + datetime.timedelta(days=32)).replace(day=1)
    before = month_before(first)
    name = first.strftime("%Y-%m")
    run = program.run("report", "costs", "--month", name, "--format", "json")
    report = json.loads(run.stdout)
    for tag, place in (("Component", "components"), ("Function", "functions"), ("Environment", "environments")):
        for column, a, b in (("cost", first, end), ("month before", before, first)):
            told = {key[0]: value for key, value in ask(program, a, b, tag).items() if value}
            mine = {key: value for key, value in table(report, place, column).items() if value}
            ok("%s: %s by %s is Cost Explorer's" % (name, column, tag), mine, told)
    total = sum(ask(program, first, end, "Component").values())
    ok(name + ": the total is their sum", panel(report, "summary")["facts"]["total"], total)
    pairs = ask(program, first, end, "Component", "Resource")
    dearest = sorted(pairs.values(), reverse=True)[:10]
    ok(name + ": the ten dearest resources", [row["cost"] for row in panel(report, "resources")["table"]["rows"]], dearest)
    ok(name + ": five actions, each with its evidence",
       [bool(row["evidence"]) for row in panel(report, "actions")["table"]["rows"]], [True] * 5)
    return total


def check_formats(program, name, total):
    text = program.run("report", "costs", "--month", name, "--format", "csv").stdout
    first = text.split("\n\n")[0]
    rows = list(csv.DictReader(io.StringIO(first)))
    ok("CSV begins with the components, which add up", sum(int(row["cost"]) for row in rows), total)
    text = program.run("report", "costs", "--month", name, "--format", "md").stdout
    ok("Markdown has the total in dollars", "- total: $%.2f\n" % (total / 1e6) in text)
    ok("Markdown has a table of components", "| name | cost | share | month before | change |\n| --- | ---: |" in text)


def check_refusals(program):
    future = (datetime.date.today() + datetime.timedelta(days=40)).strftime("%Y-%m")
    for args, sentence in ((("costs", "--month", "2025"), "expected a month such as 2025-11"),
                           (("costs", "--month", "2025-13"), "expected a month such as 2025-11"),
                           (("costs", "--month", future), "that month has not begun"),
                           (("vitals", "--month", "2025-11"), "--month is for the costs")):
        run = program.run("report", *args)
        ok("%s is refused in words" % " ".join(args), (run.returncode, sentence in run.stderr), (2, True))
    run = program.run("report", "costs", "--month", "2019-01")
    ok("a month out of reach is said to be, and has no sums", ("14 months" in run.stdout, "$0.00" in run.stdout), (True, False))
    ok("nor does it say that nothing was billed, or end well", ("nothing was billed" in run.stdout, run.returncode), (False, 3))
    run = program.run("report", "costs", "--month", "2019-01", "--format", "md")
    ok("nor in Markdown", ("nothing was billed" in run.stdout, run.returncode), (False, 3))
    earliest = month_before(datetime.date.today().replace(day=1), 13).strftime("%Y-%m")
    run = program.run("report", "costs", "--month", earliest)
    ok("the earliest month is told without the one before", ("longer ago" in run.stdout, "$" in run.stdout, run.returncode),
       (True, True, 0))


def main():
    with Emulator() as program:
        today = datetime.date.today().replace(day=1)
        total = 0
        for months in (3, 2, 1):
            total = check_month(program, month_before(today, months))
        check_formats(program, month_before(today).strftime("%Y-%m"), total)
        check_refusals(program)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
