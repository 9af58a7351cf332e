#!/usr/bin/env python3
"""Tags, budgets and databases judged from outside: `obsview check` and `obsview report tags` beside a reading of the document.

SPDX-License-Identifier: MIT

The rules below are written down again from the document's tagging schema, and the examples are its own, as it prints
them; nothing is taken from the implementation. The default account of the emulator holds these fifteen resources; what
the program finds in it, and in accounts made from it with single things changed, has to be what this reading finds.
"""
import datetime
import decimal
import http.server
import json
import os
import re
import subprocess
import tempfile
import threading
import xml.etree.ElementTree

from harness import BINARY, FIXTURES, Emulator, finish, ok

CLOCK = "2026-11-24T10:00:00Z"
REQUIRED = ("Project", "Environment", "ManagedBy", "CostCenter", "Owner")
VALUES = {
    "Project": ("UserMetrics",), "Environment": ("dev", "staging", "prod"), "ManagedBy": ("SST",),
    "CostCenter": ("Observability",),
    "Component": ("Umami", "OpenReplay", "Grafana", "CloudWatch", "Infrastructure", "Application"),
    "Function": ("SessionReplay", "Analytics", "Metrics", "Logging", "Visualization", "Storage", "Compute", "Networking"),
    "DataType": ("Metrics", "Logs", "Sessions", "Analytics"), "Tier": ("Free", "Essential", "Standard", "Premium"),
}
COST_KEYS = ("Project", "Component", "Function", "Environment", "CostCenter", "DataType")
# Lines 794 to 979 of the document: which of the five each of its twelve examples carries beside Project.
EXAMPLES = {
    "vpc": ("Environment", "ManagedBy", "CostCenter", "Owner"), "nat": ("Environment", "CostCenter"),
    "session bucket": ("Environment", "ManagedBy", "CostCenter", "Owner"), "logs bucket": (),
    "umami service": ("Environment", "CostCenter"), "openreplay service": ("CostCenter",),
    "web vitals": ("Environment", "ManagedBy", "CostCenter"), "error reporter": (), "execution role": (),
    "grafana role": (), "umami alb": ("CostCenter",), "openreplay alb": (),
}


class Account(Emulator):
    def __init__(self, stack=None, clock=CLOCK):
        super().__init__(stack=stack, clock=clock)

    def tell(self, *words):
        done = self.run(*words)
        return done.returncode, done.stdout, done.stderr

    def check(self, name):
        done = self.run("check", name, "--format", "json")
        return done.returncode, json.loads(done.stdout) if done.stdout else {"findings": [], "error": done.stderr}

    def resources(self):
        """What the tagging API tells, page after page."""
        found, token = [], ""
        while True:
            answer = self.call("tagging", "GetResources", ResourcesPerPage=7,
                              PaginationToken=token)
            found += answer["ResourceTagMappingList"]
            token = answer.get("PaginationToken", "")
            if not token:
                return {r["ResourceARN"]: {t["Key"]: t["Value"] for t in r["Tags"]} for r in found}

    def untagged(self, key):
        """This month so far, of the project, without the key."""
        today = datetime.datetime.now(datetime.timezone.utc).date()
        answer = self.call("ce", "GetCostAndUsage", Granularity="DAILY",
                          TimePeriod={"Start": str(today.replace(day=1)), "End": str(today + datetime.timedelta(1))},
                          Metrics=["UnblendedCost"], GroupBy=[{"Type": "TAG", "Key": key}],
                          Filter={"Tags": {"Key": "Project", "Values": ["UserMetrics"]}})
        return sum(decimal.Decimal(group["Metrics"]["UnblendedCost"]["Amount"]) for day in answer["ResultsByTime"]
                   for group in day["Groups"] if group["Keys"] == [key + "$"])


def read(arn, tags):
    """The document's rules: what a resource lacks, by part of the schema, and which values are wrong."""
    service, resource = arn.split(":", 5)[2], arn.split(":", 5)[5]
    if tags.get("Project") == "Application":
        asked = ()
        if service == "lambda":
            asked = ("ObservabilityEnabled", "InstrumentedBy")
        if service == "rds" and resource.startswith("cluster:"):
            asked = ("UmamiSchema", "ObservabilityEnabled")
        return {"tags.conditional": [k for k in asked if k not in tags]}
    if tags.get("Project") != "UserMetrics" and tags.get("Component") not in VALUES["Component"]:
        return {}
    asked = []
    if service == "s3" or (service == "rds" and resource.startswith("cluster:")):
        asked.append("DataType")
    if service in ("grafana", "es", "aoss", "rds", "elasticache", "kafka"):
        asked.append("Tier")
    return {
        "tags.required": [k for k in REQUIRED if k not in tags],
        "tags.functional": [k for k in ("Component", "Function") if k not in tags],
        "tags.conditional": [k for k in asked if k not in tags],
        "tags.value": [k for k in VALUES if k in tags and tags[k] not in VALUES[k]],
    }


def expected(resources):
    faults = {}
    for arn, tags in resources.items():
        for rule, keys in read(arn, tags).items():
            if keys:
                faults[arn, rule] = sorted(keys)
    return faults


def keys_of(evidence):
    """The keys of "lacks A, B", or those of 'A is "x", ...; B is "y", ...'."""
    if evidence.startswith("lacks "):
        return sorted(evidence[len("lacks "):].split(", "))
    return sorted(re.findall(r'(?:^|; )(\w+) is "', evidence))


def told(answer):
    return {(f["subject"], f["rule"]): keys_of(f["evidence"]) for f in answer["findings"]
            if f["level"] != "ok" and f["rule"] != "tags.costs"}


def default_stack():
    with open(os.path.join(FIXTURES, "stacks/document.json")) as file:
        return json.load(file)


def the_documents_account():
    with Account() as emulator:
        resources = emulator.resources()
        ours = {arn: tags for arn, tags in resources.items() if tags.get("Project") == "UserMetrics"}
        code, answer = emulator.check("tags")
        missing = sorted(sorted(set(REQUIRED) - {"Project"} - set(has)) for has in EXAMPLES.values()
                         if len(has) < len(REQUIRED) - 1)
        ok("the account holds the fifteen examples", len(resources), 15)
        ok("twelve of them are UserMetrics", len(ours), 12)
        ok("ten findings", len(told(answer)), 10)
        ok("with exactly the missing keys of the examples", sorted(told(answer).values()), missing)
        ok("each where an independent reading finds it", told(answer), expected(resources))
        ok("all of the five required", {rule for _, rule in told(answer)}, {"tags.required"})
        ok("all but the VPC and the session bucket",
           sorted(arn.split(":")[2] for arn in ours if (arn, "tags.required") not in told(answer)), ["ec2", "s3"])
        counted = [arn for arn, tags in ours.items() if len(tags) < 5]
        ok("counting tags finds two of them", len(counted), 2)
        ok("and the program says so", answer["notes"][0],
           "counting tags (length(Tags) < 5) would have found 2 of these 10 resources")
        ok("exit code 1", code, 1)
        ok("the six keys are active", sorted(f["subject"] for f in answer["findings"] if f["rule"] == "tags.costs"
                                             and f["level"] == "ok"), sorted(COST_KEYS))
        the_formats(emulator, answer)
        the_view(emulator, resources)
        the_edges_of_the_command(emulator)


def the_formats(emulator, answer):
    code, out, _ = emulator.tell("check", "tags", "--format", "junit")
    suites = xml.etree.ElementTree.fromstring(out)
    cases = suites.findall("./testsuite/testcase")
    ok("JUnit: exit code", code, 1)
    ok("JUnit: a case for each finding", len(cases), len(answer["findings"]))
    ok("JUnit: its counts", (suites.get("tests"), suites.get("failures"), suites.get("errors")),
       (str(len(cases)), "10", "0"))
    ok("JUnit: what failed", sorted(c.get("name") for c in cases if c.find("failure") is not None),
       sorted({arn for arn, _ in told(answer)}))
    code, out, _ = emulator.tell("check", "tags", "--format", "github")
    commands = [line for line in out.splitlines() if line.startswith("::")]
    ok("GitHub: a command for each that is not well", len(commands), 10)
    ok("GitHub: all are errors of the rule", {re.match(r"::error title=([^:,]*)::arn:", c).group(1) for c in commands},
       {"tags.required"})
    code, out, _ = emulator.tell("check", "tags")
    ok("text: what is well is counted alone", out.count("\nok "), 0)
    ok("text: its last line", out.splitlines()[-1],
       "obsview check tags: 21 looked at, 11 ok, 0 warn, 10 fail, 0 unknown")


def table(emulator, panel):
    _, out, _ = emulator.tell("report", "tags", "--format", "json")
    return next(p["table"]["rows"] for p in json.loads(out)["panels"] if p["name"] == panel)


def the_view(emulator, resources):
    want = sorted(", ".join(k for k in REQUIRED if k in read(arn, tags).get("tags.required", []))
                  for arn, tags in resources.items())
    ok("report: what each lacks", sorted(row["lacks"] for row in table(emulator, "resources")), want)
    rules = {row["key"]: row for row in table(emulator, "rules") if row["of"] != "the app's own"}
    ok("report: every rule of the schema", set(VALUES) | {"Owner"} <= set(rules))
    ours = [tags for tags in resources.values() if tags["Project"] == "UserMetrics"]
    for key in REQUIRED:
        ok("report: %s is missing as often" % key, rules[key]["missing"], sum(key not in tags for tags in ours))


def the_untagged_money():
    """What this month has cost without an Environment: the report between two sums of our own, since time goes on."""
    with Account(clock=None) as emulator:
        before = emulator.untagged("Environment")
        rows = table(emulator, "rules")
        after = emulator.untagged("Environment")
        got = next(row["untagged"] for row in rows if row["key"] == "Environment") / 1e6
        ok("report: what lacks an Environment costs as much as the bill says",
           float(before) - 0.001 <= got <= float(after) + 0.001 and before > 0)


def the_edges_of_the_command(emulator):
    code, _, errors = emulator.tell("check", "tag")
    ok("a check that is none", (code, 'did you mean "tags"' in errors), (2, True))
    code, _, errors = emulator.tell("check")
    ok("no check at all", (code, "there are tags, budget" in errors), (2, True))
    code, _, errors = emulator.tell("check", "tags", "--format", "csv")
    ok("a format it has not", (code, "text, json, junit, github, md or sarif" in errors), (2, True))
    code, _, errors = emulator.tell("report", "tags", "--format", "junit")
    ok("a format a report has not", (code, "text, json, csv or md" in errors), (2, True))
    for check in ("tags", "budget", "aurora"):
        code, found = of_nobody("http://127.0.0.1:1", check)
        ok("nobody there: %s" % check, (code, [(f["level"], f["rule"], "127.0.0.1:1" in f["evidence"]) for f in found]),
           (3, [("unknown", check, True)]))


def of_nobody(url, check):
    """What is found where nobody of an account answers."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run([BINARY, "check", check, "--endpoint-url", url, "--format", "json"], capture_output=True, text=True,
                              timeout=60, check=False, env={"PATH": os.environ["PATH"], "HOME": home,
                                                            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})
    return done.returncode, json.loads(done.stdout)["findings"]


class Refusing(http.server.BaseHTTPRequestHandler):
    """STS that does not tell whose keys they are."""

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = b"<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no</Message></Error></ErrorResponse>"
        self.send_response(403)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def budgets_of_nobody():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        code, found = of_nobody("http://127.0.0.1:%d" % server.server_port, "budget")
        server.shutdown()
    ok("STS does not tell the account", (code, [(f["level"], f["rule"]) for f in found]), (3, [("unknown", "budget")]))
    ok("and why is said", [w for w in ("which STS GetCallerIdentity did not tell: ", "InvalidClientTokenId") if w not in found[0]["evidence"]],
       [])


def accounts_that_differ():
    stack = default_stack()
    good = {"Project": "UserMetrics", "Environment": "prod", "ManagedBy": "SST", "CostCenter": "Observability",
            "Owner": "engineering@example.com"}
    for resource in stack["resources"]:
        if resource.get("tags", {}).get("Project") == "UserMetrics":
            resource["tags"].update(good)
    with Account(stack) as emulator:
        code, answer = emulator.check("tags")
        ok("with all tags: clean", (code, told(answer)), (0, {}))
    bad = {"umami": {"Environment": "Prod", "Owner": "a@b", "Tier": "Gold"}, "session-recordings": {"DataType": "Files"},
           "observability-vpc": {"Component": "VPC"}, "openreplay-alb": {"Function": "Replay"}}
    for resource in stack["resources"]:
        resource.get("tags", {}).update(bad.get(resource["name"], {}))
        if resource["name"] == "cloudwatch-logs-export":
            del resource["tags"]["DataType"], resource["tags"]["Function"]
        if resource["name"] == "shop-aurora":
            del resource["tags"]["UmamiSchema"]
        if resource["name"] == "umami-alb":
            del resource["tags"]["Project"]
    stack["costTags"].update({"DataType": False})
    with Account(stack) as emulator:
        code, answer = emulator.check("tags")
        want = expected(emulator.resources())
        owner = next(arn for arn, rule in want if rule == "tags.value" and "service/" in arn)
        want[owner, "tags.value"] = sorted(want[owner, "tags.value"] + ["Owner"])  # a@b is nobody's address
        ok("single things wrong: what a reading finds", told(answer), want)
        ok("a key of the bill that is inactive", [(f["subject"], f["level"]) for f in answer["findings"]
                                                  if f["rule"] == "tags.costs" and f["level"] != "ok"],
           [("DataType", "fail")])
    for resource in stack["resources"]:
        resource.get("tags", {}).pop("Component", None)
        resource.get("tags", {})["Project"] = "Shop"
    with Account(stack) as emulator:
        code, answer = emulator.check("tags")
        ok("nothing of ours is not clean", [f["level"] for f in answer["findings"] if f["rule"] == "tags"], ["unknown"])


def budgets():
    stack = default_stack()
    for limit, code, level in (("10000", 0, "ok"), ("10", 1, "fail")):
        stack["budgets"][0]["limitUsd"] = limit
        with Account(stack) as emulator:
            got, answer = emulator.check("budget")
            spent = [f["level"] for f in answer["findings"] if f["rule"] == "budget.spent"]
            ok("a budget of %s" % limit, (got, spent), (code, [level]))
    stack["budgets"][0]["alerts"] = [{"percent": 100}]
    stack["budgets"][0]["limitUsd"] = "10000"
    with Account(stack) as emulator:
        got, answer = emulator.check("budget")
        ok("nobody is told at 80 %", (got, [f["rule"] for f in answer["findings"] if f["level"] == "warn"]),
           (1, ["budget.alert.80"]))
    stack["budgets"] = []
    with Account(stack) as emulator:
        got, answer = emulator.check("budget")
        ok("no budget is a finding", (got, [f["rule"] for f in answer["findings"]]), (1, ["budget.filter"]))


def periods():
    with Account() as emulator:
        code, out, _ = emulator.tell("check", "budget", "--period", "2025-11-01..2025-11-30", "--format", "json")
        found = [f for f in json.loads(out)["findings"] if f["rule"] == "budget.period"]
        ok("the document's query loses the 30th", (code, [(f["level"], f["expected"]) for f in found]),
           (1, [("warn", "End=2025-12-01")]))
        code, out, _ = emulator.tell("check", "budget", "--period", "2025-11-01..2025-12-01")
        ok("the whole month is well", (code, "0 warn" in out), (0, True))
        code, _, errors = emulator.tell("check", "budget", "--period", "November")
        ok("a period that is none", (code, "expected two dates" in errors), (2, True))
        code, _, errors = emulator.tell("check", "tags", "--period", "2025-11-01..2025-12-01")
        ok("a check of now takes none", (code, "takes no --period" in errors), (2, True))


def databases():
    """Over the last hour by the real clock: an account that is well, one with an incident, one without a maximum."""
    stack = default_stack()
    with Account(stack, clock=None) as emulator:
        code, answer = emulator.check("aurora")
        ok("a database that is well", (code, [(f["rule"], f["level"]) for f in answer["findings"]]),
           (0, [("aurora.cpu", "ok"), ("aurora.connections", "ok")]))
    stack["incidents"] = [{"name": "busy", "after": -40, "minutes": 10,
                           "effects": [{"resource": "shop-aurora-1", "cpu": 92}]}]
    with Account(stack, clock=None) as emulator:
        code, answer = emulator.check("aurora")
        ok("ten minutes at 92 %, half an hour ago", (code, [f["level"] for f in answer["findings"]
                                                            if f["rule"] == "aurora.cpu"]), (1, ["fail"]))
    stack["resources"] = [r for r in stack["resources"] if not r["type"].startswith("rds:")]
    stack["incidents"] = []
    with Account(stack, clock=None) as emulator:
        code, answer = emulator.check("aurora")
        ok("no database cannot be judged", (code, [f["level"] for f in answer["findings"]]), (3, ["unknown"]))


def main():
    the_documents_account()
    the_untagged_money()
    accounts_that_differ()
    budgets()
    budgets_of_nobody()
    periods()
    databases()
    return finish()


if __name__ == "__main__":
    raise SystemExit(main())
