#!/usr/bin/env python3
"""The Costs view against sums of our own, and its requests against a counting proxy that stands for AWS.

SPDX-License-Identifier: MIT

The emulator behind the proxy is asked as an account is: by --endpoint-url, at list prices. Sums are made here with
decimals, of MONTHLY answers, while obsview sums DAILY ones of two keys.
"""
import datetime
import decimal
import http.client
import http.server
import json
import os
import stat
import subprocess
import tempfile
import threading

from harness import BINARY, Emulator, check, finish

PIVOTS = {"components": ("component", "Component"), "functions": ("function", "Function"),
          "environments": ("environment", "Environment"), "resources": ("resource", "Resource")}
CENT = 10000  # in millionths

class Account:
    """A proxy before the emulator that counts what is asked of Cost Explorer, and can refuse it."""

    def __init__(self, emulator):
        account = self
        self.asked = []
        self.denied = False

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *unused):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                target = self.headers.get("X-Amz-Target", "")
                if target.startswith("AWSInsightsIndexService."):
                    account.asked.append((target.split(".")[1], self.headers["Authorization"]))
                if account.denied and target.startswith(("AWSInsights", "AWSBudget")):
                    self.answer(400, "application/x-amz-json-1.1",
                                b'{"__type":"AccessDeniedException","message":"not for you"}')
                    return
                behind = http.client.HTTPConnection(emulator.address, timeout=30)
                behind.request("POST", self.path, body, dict(self.headers))
                answer = behind.getresponse()
                self.answer(answer.status, answer.getheader("Content-Type"), answer.read())

            def answer(self, status, kind, body):
                self.send_response(status)
                self.send_header("Content-Type", kind or "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def environment(work):
    return {"PATH": os.environ["PATH"], "HOME": work, "XDG_CACHE_HOME": work + "/cache",
            "XDG_STATE_HOME": work + "/state", "XDG_CONFIG_HOME": work + "/config", "TZ": "UTC",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}


def report(work, account, view="costs", *options):
    run = subprocess.run([BINARY, "report", view, "--format", "json", "--endpoint-url", account.url, "--region",
                          "eu-west-1", *options], env=environment(work), capture_output=True, text=True, timeout=60)
    if not run.stdout:
        raise SystemExit("report %s: %s" % (view, run.stderr))
    return {panel["name"]: panel for panel in json.loads(run.stdout)["panels"]}


def got(panel):
    """When a panel's answer came, in seconds; the file is written within a millisecond or so of it."""
    return datetime.datetime.strptime(panel["got"], "%Y-%m-%dT%H:%M:%S.%fZ").timestamp()


def months():
    today = datetime.datetime.now(datetime.timezone.utc).date()
    this = today.replace(day=1)
    return (this - datetime.timedelta(days=1)).replace(day=1), this, today + datetime.timedelta(days=1)


def expected(emulator, key, start, end):
    """What one tag's values cost, in millionths, of MONTHLY answers."""
    answer = emulator.call("ce", "GetCostAndUsage",
                           TimePeriod={"Start": str(start), "End": str(end)}, Granularity="MONTHLY",
                           Metrics=["UnblendedCost"], Filter={"Tags": {"Key": "Project", "Values": ["UserMetrics"]}},
                           GroupBy=[{"Type": "TAG", "Key": key}])
    sums = {"(untagged)": 0}
    for result in answer["ResultsByTime"]:
        for group in result["Groups"]:
            amount = decimal.Decimal(group["Metrics"]["UnblendedCost"]["Amount"]) * 1000000
            sums[group["Keys"][0].split("$", 1)[1] or "(untagged)"] = int(amount)
    return sums


def sums_agree(emulator, panels):
    before, this, end = months()
    for name, (column, key) in PIVOTS.items():
        rows = {row[column]: row for row in panels[name]["table"]["rows"]}
        want = expected(emulator, key, before, this)
        have = {value: row["last month"] for value, row in rows.items() if row["last month"] or value == "(untagged)"}
        check("last month by %s, to the millionth" % key, have == want, (have, want))
    total = sum(row["cost"] for row in panels["components"]["table"]["rows"])
    check("the parts are the whole", total == panels["month"]["facts"]["spent"], total)
    for name in PIVOTS:
        check("%s sum up to it" % name, total == sum(row["cost"] for row in panels[name]["table"]["rows"]))
    want = sum(expected(emulator, "Component", this, end).values())
    check("this month, up to now", 0 <= want - total < CENT * 100, (total, want))


def a_day_is_paid_once(work, account, emulator):
    panels = report(work, account)
    check("three requests", sorted(name for name, _ in account.asked) ==
          ["GetCostAndUsage", "GetCostAndUsage", "ListCostAllocationTags"], account.asked)
    check("signed where Cost Explorer is at home", all("/us-east-1/ce/aws4_request" in signed
                                                       for _, signed in account.asked), account.asked)
    check("and told", panels["own"]["facts"]["Cost Explorer"].startswith("$0.03"), panels["own"]["facts"])
    sums_agree(emulator, panels)
    files = os.listdir(work + "/cache/obsview")
    check("three answers are kept", len(files) == 3, files)
    check("for the user alone", all(stat.S_IMODE(os.stat(work + "/cache/obsview/" + f).st_mode) == 0o600 for f in files))
    again = report(work, account)
    check("a second start asks nothing", len(account.asked) == 3, account.asked)
    check("and says the same", again["components"]["table"] == panels["components"]["table"], again["components"])
    check("of the same moment", abs(got(again["month"]) - got(panels["month"])) < 1, again["month"])
    check("for nothing", again["own"]["facts"]["Cost Explorer"].startswith("$0.00"), again["own"]["facts"])
    overview = report(work, account, "overview")
    check("the overview asks nothing either", len(account.asked) == 3, account.asked)
    check("and shows the month", overview["costs"]["facts"]["spent"] == panels["month"]["facts"]["spent"],
          overview["costs"])
    kept = report(work, account, "costs", "--max-spend", "0")
    check("what is kept is shown without any money",
          kept["month"]["facts"]["spent"] == panels["month"]["facts"]["spent"], kept["month"])


def nothing_is_paid_for_a_refusal(work, account):
    account.asked.clear()
    account.denied = True
    panels = report(work, account)
    check("a refusal is a sentence", panels["month"]["failure"] ==
          "access denied: Cost Explorer GetCostAndUsage (not for you)", panels["month"])
    check("budgets have theirs", panels["account"]["facts"]["budgets"] ==
          "access denied: Budgets DescribeBudgets (not for you)", panels["account"])
    check("it costs nothing", panels["own"]["facts"]["Cost Explorer"].startswith("$0.00"), panels["own"]["facts"])
    check("and is not kept", not os.path.exists(work + "/cache/obsview"))
    account.denied = False
    panels = report(work, account, "costs", "--max-spend", "0")
    check("--max-spend 0 asks nothing that costs", panels["month"]["failure"] ==
          "--max-spend 0: what costs is not asked" and len(account.asked) == 3, panels["month"])


def main():
    with Emulator() as emulator, tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        account = Account(emulator)
        a_day_is_paid_once(first, account, emulator)
        nothing_is_paid_for_a_refusal(second, account)
    return finish()


if __name__ == "__main__":
    raise SystemExit(main())
