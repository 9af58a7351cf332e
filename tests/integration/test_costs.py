#!/usr/bin/env python3
"""Cost Explorer and Budgets, checked by arithmetic of their own: from the stack file and the prices, and from daily rows.

SPDX-License-Identifier: MIT

Every answer must agree with every other to the last digit, whatever the grouping, granularity or page; the default stack
must land inside the five ranges of the document it is made after; a budget must turn at a cent and not before. OBSVIEW
names the program.
"""
import configparser
import datetime
import decimal
import itertools
import json
import os
import re
import time

from harness import FIXTURES, Emulator as Plain, Refused, finish, ok

ACCOUNT = "000000000000"
NOW = "2026-11-28T15:25:00Z"
# The document: a typical month, dollars, by Component.
RANGES = {"Infrastructure": (35, 45), "OpenReplay": (25, 35), "Umami": (15, 25), "CloudWatch": (10, 20), "Grafana": (9, 9)}
TOTAL_RANGE = (94, 134)

decimal.getcontext().prec = 50
Decimal = decimal.Decimal


class Emulator(Plain):
    def __init__(self, stack=None, clock=NOW):
        super().__init__("--rate-limit", "0", stack=stack, clock=clock)

    def set_clock(self, text):
        at = datetime.datetime.strptime(text + " +0000", "%Y-%m-%dT%H:%M:%SZ %z").timestamp()
        self.move_clock(now=at * 1000)


def refusal(name, code, message, call, *args, **members):
    try:
        answer = call(*args, **members)
    except Refused as refused:
        ok(name, (refused.status, refused.code, bool(re.search(message, refused.message))), (400, code, True))
        if not re.search(message, refused.message):
            print("# it says: " + refused.message)
        return
    ok(name, answer, "a refusal")


def grouping(*keys):
    """"Component" is a tag, "SERVICE" a dimension."""
    return [{"Type": "DIMENSION" if key.isupper() else "TAG", "Key": key} for key in keys]


class Rows:
    """All pages of GetCostAndUsage: {(period start, keys): {metric: Decimal}} and totals {period start: {...}}."""

    def __init__(self, emulator, start, end, granularity="DAILY", by=(), metrics=("UnblendedCost",), **members):
        asked = dict(TimePeriod={"Start": start, "End": end}, Granularity=granularity, Metrics=list(metrics), **members)
        if by:
            asked["GroupBy"] = grouping(*by)
        self.rows, self.totals, self.estimated, self.pages, self.page_groups = {}, {}, {}, 0, []
        while True:
            answer = emulator.call("ce", "GetCostAndUsage", **asked)
            self.pages += 1
            self.page_groups.append(sum(len(result["Groups"]) for result in answer["ResultsByTime"]))
            for result in answer["ResultsByTime"]:
                self.add(result, bool(by))
            if "NextPageToken" not in answer:
                break
            asked["NextPageToken"] = answer["NextPageToken"]

    def add(self, result, is_grouped):
        period = result["TimePeriod"]["Start"]
        self.estimated[period] = result["Estimated"]
        if is_grouped:
            assert result["Total"] == {}, result["Total"]
        else:
            assert result["Groups"] == []
            self.totals[period] = {k: Decimal(v["Amount"]) for k, v in result["Total"].items()}
        for group in result["Groups"]:
            key = (period, tuple(group["Keys"]))
            assert key not in self.rows, "twice: %r" % (key,)
            self.rows[key] = {k: Decimal(v["Amount"]) for k, v in group["Metrics"].items()}

    def by_period(self, metric="UnblendedCost"):
        sums = {period: Decimal(0) for period in self.estimated}
        for (period, _), values in self.rows.items():
            sums[period] += values[metric]
        for period, values in self.totals.items():
            sums[period] += values[metric]
        return sums

    def total(self, metric="UnblendedCost"):
        return sum(self.by_period(metric).values())

    def by_keys(self, metric="UnblendedCost"):
        sums = {}
        for (_, keys), values in self.rows.items():
            sums[keys] = sums.get(keys, Decimal(0)) + values[metric]
        return sums


def month_after(month, months=1):
    year, number = int(month[:4]), int(month[5:7]) - 1 + months
    return "%04d-%02d-01" % (year + number // 12, number % 12 + 1)


# --- sums --------------------------------------------------------------------------------------------------------------


def check_sums(emulator):
    start, end = "2026-08-15", "2026-11-29"
    plain = Rows(emulator, start, end)
    for by in (["SERVICE"], ["USAGE_TYPE", "Component"], ["Function", "Environment"], ["Project"], ["REGION", "OPERATION"],
               ["LINKED_ACCOUNT"], ["INSTANCE_TYPE", "RECORD_TYPE"], ["NoSuchTag"], ["DataType", "SERVICE"]):
        ok("grouped by %s, each day sums up to its total" % " and ".join(by),
           Rows(emulator, start, end, by=by).by_period(), plain.by_period())
    months = Rows(emulator, start, end, "MONTHLY")
    want = {"2026-08-15": 0, "2026-09-01": 0, "2026-10-01": 0, "2026-11-01": 0}
    for day, value in plain.by_period().items():
        want[max(month for month in want if month <= day)] += value
    ok("months are the sums of their days, and end where they were asked to", months.by_period(), want)
    ok("only the open month is estimated", [m for m, estimated in months.estimated.items() if estimated], ["2026-11-01"])
    by_month = Rows(emulator, start, end, "MONTHLY", by=["SERVICE", "Component"])
    by_day = Rows(emulator, start, end, by=["SERVICE", "Component"])
    ok("so are they in every group", by_month.by_keys(), by_day.by_keys())
    hours = Rows(emulator, "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z", "HOURLY", by=["USAGE_TYPE"])
    days = Rows(emulator, "2026-11-24", "2026-11-29", by=["USAGE_TYPE"])
    ok("the hours of five days are those days", hours.by_keys(), days.by_keys())
    ok("today's hours end with the last full one", max(period for period, _ in hours.rows), "2026-11-28T14:00:00Z")
    metrics = Rows(emulator, start, end, metrics=["UnblendedCost", "BlendedCost", "AmortizedCost", "NetUnblendedCost",
                                                  "NetAmortizedCost", "UsageQuantity", "NormalizedUsageAmount"])
    ok("without discounts all costs are the same", {len({v[m] for m in v if m.endswith("Cost")}) for v in
                                                   metrics.totals.values()}, {1})
    normal = Rows(emulator, "2026-10-01", "2026-11-01", "MONTHLY", metrics=["NormalizedUsageAmount"])
    ok("a medium instance is two normalized units an hour", normal.total("NormalizedUsageAmount"), Decimal(2 * 24 * 31))
    later = Rows(emulator, start, end)
    ok("asked again, all is the same", later.by_period(), plain.by_period())


def check_untagged(emulator):
    by_type = Rows(emulator, "2026-10-01", "2026-11-01", "MONTHLY", by=["Component", "SERVICE"]).by_keys()
    untagged = {service for component, service in by_type if component == "Component$"}
    ok("what has no Component is under Component$", untagged,
       {"Amazon CloudFront", "Amazon API Gateway", "AWS Lambda", "Amazon Relational Database Service"})
    inactive = Rows(emulator, "2026-10-01", "2026-11-01", "MONTHLY", by=["ManagedBy"]).by_keys()
    ok("an inactive tag groups everything under ManagedBy$", list(inactive), [("ManagedBy$",)])


def check_ranges(emulator):
    """Thirteen whole months back, and what the open one will come to."""
    outside = []
    for back in range(13, 0, -1):
        month = month_after("2026-11-01", -back)
        sums = Rows(emulator, month, month_after(month), "MONTHLY", by=["Component"],
                    Filter={"Tags": {"Key": "Project", "Values": ["UserMetrics"]}}).by_keys()
        for component, (low, high) in RANGES.items():
            if not low <= sums[("Component$" + component,)] <= high:
                outside.append((month, component, sums[("Component$" + component,)]))
        if not TOTAL_RANGE[0] <= sum(sums.values()) <= TOTAL_RANGE[1]:
            outside.append((month, "total", sum(sums.values())))
    ok("thirteen months are inside all five ranges and their total", outside, [])
    budget = emulator.call("budgets", "DescribeBudget", AccountId=ACCOUNT, BudgetName="UserMetrics")["Budget"]
    forecast = Decimal(budget["CalculatedSpend"]["ForecastedSpend"]["Amount"])
    ok("and this one is forecast to be", TOTAL_RANGE[0] <= forecast <= TOTAL_RANGE[1])


# --- prices ------------------------------------------------------------------------------------------------------------


def check_prices(emulator):
    """A month of what has no load in it, from the two files."""
    prices = configparser.ConfigParser()
    with open(os.path.join(FIXTURES, "prices.ini"), encoding="utf-8") as file:
        prices.read_string("[top]\n" + file.read())
    with open(os.path.join(FIXTURES, "stacks/document.json"), encoding="utf-8") as file:
        resources = json.load(file)["resources"]

    def price(name):
        return Decimal(prices[name]["usd"]) / Decimal(prices[name]["per"])

    def of(kind):
        return [r for r in resources if r["type"] == kind]

    def number(resource, key):
        return Decimal(str(resource.get(key, 0)))

    hours = 24 * 31
    services = of("ecs:service")
    assert all(s["arm"] for s in services) and of("rds:db")[0]["class"] == "db.t4g.medium"
    want = {
        "NatGateway-Hours": hours * len(of("ec2:natgateway")) * price("NatGatewayHours"),
        "LoadBalancerUsage": hours * len(of("elasticloadbalancing:loadbalancer")) * price("LoadBalancerHours"),
        "PublicIPv4:InUseAddress": hours * sum(number(r, "publicIPv4") for r in resources) * price("PublicIpv4Hours"),
        "InstanceUsage:db.t4g.medium": hours * price("AuroraT4gMediumHours"),
        "USE1-Fargate-ARM-vCPU-Hours:perCPU":
            hours * sum(number(s, "vcpu") * number(s, "tasks") for s in services) * price("FargateArmVcpuHours"),
        "USE1-Fargate-ARM-GB-Hours":
            hours * sum(number(s, "memoryGiB") * number(s, "tasks") for s in services) * price("FargateArmGbHours"),
        "USE1-Grafana:EditorUser": sum(number(r, "editors") for r in of("grafana:workspaces")) * price("GrafanaEditors"),
        "CW:MetricMonitorUsage": hours * sum(number(r, "customMetrics") for r in of("cloudwatch")) / 730 *
            price("CustomMetricMonths"),
        "CW:AlarmMonitorUsage": sum(number(r, "alarms") for r in of("cloudwatch")) * price("AlarmMonths"),
    }
    got = {keys[0]: amount for keys, amount in
           Rows(emulator, "2026-10-01", "2026-11-01", "MONTHLY", by=["USAGE_TYPE"]).by_keys().items()}
    # Each line and day is rounded to a millionth once.
    cent_of_a_cent = {usage: abs(got[usage] - amount) <= Decimal("0.0001") for usage, amount in want.items()}
    ok("October costs what the stack file says times the price list", [u for u, near in cent_of_a_cent.items() if not near], [])


# --- filters -----------------------------------------------------------------------------------------------------------


def tag(key, *values, **members):
    return {"Tags": dict(Key=key, Values=list(values), **members)}


def dimension(key, *values):
    return {"Dimensions": {"Key": key, "Values": list(values)}}


def check_filters(emulator):
    start, end = "2026-10-20", "2026-11-10"
    keys = ["Project", "Environment", "Component", "SERVICE"]
    # One row a resource's service and Project, Environment; Component besides: enough to filter by hand.
    pairs = {pair: Rows(emulator, start, end, by=pair).by_keys() for pair in itertools.combinations(keys, 2)}
    total = Rows(emulator, start, end).total()

    def by_hand(first, second, take):
        return sum(v for (a, b), v in pairs[first, second].items() if take(a.split("$")[-1], b.split("$")[-1]))

    cases = [
        ("a tag", tag("Project", "UserMetrics"), by_hand("Project", "SERVICE", lambda a, b: a == "UserMetrics")),
        ("two values", tag("Component", "Umami", "Grafana"),
         by_hand("Component", "SERVICE", lambda a, b: a in ("Umami", "Grafana"))),
        ("And", {"And": [tag("Project", "UserMetrics"), tag("Environment", "dev")]},
         by_hand("Project", "Environment", lambda a, b: a == "UserMetrics" and b == "dev")),
        ("Or", {"Or": [tag("Component", "Umami"), dimension("SERVICE", "Amazon Elastic Load Balancing")]},
         by_hand("Component", "SERVICE", lambda a, b: a == "Umami" or b == "Amazon Elastic Load Balancing")),
        ("Not", {"Not": tag("Project", "UserMetrics")}, by_hand("Project", "SERVICE", lambda a, b: a != "UserMetrics")),
        ("Not in an And", {"And": [{"Not": tag("Component", "OpenReplay")}, {"Not": dimension("SERVICE", "AWS Lambda")}]},
         by_hand("Component", "SERVICE", lambda a, b: a != "OpenReplay" and b != "AWS Lambda")),
        ("the empty value", tag("Component", ""), by_hand("Component", "SERVICE", lambda a, b: a == "")),
        ("ABSENT", {"Tags": {"Key": "Component", "MatchOptions": ["ABSENT"]}},
         by_hand("Component", "SERVICE", lambda a, b: a == "")),
        ("a key alone", {"Tags": {"Key": "Component"}}, by_hand("Component", "SERVICE", lambda a, b: a == "")),
        ("another case", tag("Project", "usermetrics"), 0),
        ("match options", tag("Project", "UserMetrics", MatchOptions=["EQUALS", "CASE_SENSITIVE"]),
         by_hand("Project", "SERVICE", lambda a, b: a == "UserMetrics")),
        ("an inactive tag", tag("Owner", "engineering@example.com"), 0),
        ("the only region and edge", {"Or": [dimension("REGION", "us-east-1"), dimension("REGION", "global")]}, total),
        ("the account", dimension("LINKED_ACCOUNT", ACCOUNT), total),
    ]
    for name, wanted, amount in cases:
        ok("filter: " + name, Rows(emulator, start, end, Filter=wanted).total(), amount)
    rest = Rows(emulator, start, end, Filter={"Not": tag("Component", "Umami")}, by=["Component"]).by_keys()
    ok("a filtered group is absent", ("Component$Umami",) in rest, False)

    def ask(wanted):
        return Rows(emulator, start, end, Filter=wanted)

    deep = tag("Project", "x")
    for _ in range(9):
        deep = {"Not": deep}
    for name, message, wanted in (
            ("an empty expression", "exactly one of", {}),
            ("two members", "exactly one of", {**tag("Project", "x"), "Not": tag("Project", "y")}),
            ("And of one", "at least two", {"And": [tag("Project", "x")]}),
            ("nine levels", "at most 8 levels", deep),
            ("a cost category", "CostCategories", {"CostCategories": {"Key": "a", "Values": ["b"]}}),
            ("a dimension nobody has", "not a dimension", dimension("SAVINGS_PLAN_ARN", "x")),
            ("STARTS_WITH", "EQUALS and CASE_SENSITIVE", tag("Project", "x", MatchOptions=["STARTS_WITH"])),
            ("a dimension without values", "Values", {"Dimensions": {"Key": "SERVICE"}})):
        refusal("filter: %s is refused" % name, "ValidationException", message, ask, wanted)


# --- pages, values, refusals -------------------------------------------------------------------------------------------


def many(number):
    """A stack of so many things at a dollar a month and a cent more each, none of them tagged alike."""
    return {"obsview-stack": 1, "name": "many", "since": "2026-01-01T00:00:00Z", "costTags": {"name": True},
            "resources": [{"name": "thing-%05d" % i, "type": "x:thing", "service": "Things", "monthlyUsd": "%.2f" % (1 + i / 100),
                           "tags": {"name": "%05d" % i}} for i in range(number)]}


def check_pages():
    number = 5600
    with Emulator(many(number)) as emulator:
        grouped = Rows(emulator, "2026-11-01", "2026-11-04", by=["name"])
        ok("5,000 groups a page", grouped.page_groups, [5000, 5000, 5000, 1800])
        ok("and none is lost or twice between them", len(grouped.rows), 3 * number)
        ok("they sum up to the days", grouped.by_period(), Rows(emulator, "2026-11-01", "2026-11-04").by_period())
        month = Rows(emulator, "2026-10-01", "2026-11-01", "MONTHLY", by=["name"]).by_keys()
        ok("a flat month is its price to the last digit",
           all(month[("name$%05d" % i,)] == Decimal("%.2f" % (1 + i / 100)) for i in range(number)))
        answer = emulator.call("ce", "GetCostAndUsage", TimePeriod={"Start": "2026-11-01", "End": "2026-11-04"},
                               Granularity="DAILY", Metrics=["UnblendedCost"], GroupBy=grouping("name"))
        for name, end, token in (("of another request", "2026-11-05", answer["NextPageToken"]),
                                 ("that nobody gave", "2026-11-04", "abcdef")):
            refusal("a page token %s is refused" % name, "InvalidNextTokenException", "not one that was given",
                    emulator.call, "ce", "GetCostAndUsage", TimePeriod={"Start": "2026-11-01", "End": end}, Granularity="DAILY",
                    Metrics=["UnblendedCost"], GroupBy=grouping("name"), NextPageToken=token)
        period = {"Start": "2026-11-01", "End": "2026-11-02"}
        values, asked, pages = [], {"TagKey": "name", "TimePeriod": period, "SearchString": "00"}, 0
        while pages == 0 or "NextPageToken" in asked:
            answer = emulator.call("ce", "GetTags", **asked)
            values += answer["Tags"]
            pages += 1
            asked = {**asked, "NextPageToken": answer.get("NextPageToken")}
            if asked["NextPageToken"] is None:
                del asked["NextPageToken"]
        want = sorted("%05d" % i for i in range(number) if "00" in "%05d" % i)
        ok("GetTags finds values by a part, in pages", (values, answer["TotalSize"], pages), (want, len(want), -(-len(want) // 1000)))


def check_values(emulator):
    period = {"Start": "2026-11-01", "End": "2026-11-20"}
    services = [v["Value"] for v in emulator.call("ce", "GetDimensionValues", Dimension="SERVICE", TimePeriod=period)
                ["DimensionValues"]]
    want = sorted(keys[0] for keys in Rows(emulator, "2026-11-01", "2026-11-20", "MONTHLY", by=["SERVICE"]).by_keys())
    ok("GetDimensionValues lists the services that have a row", services, want)
    answer = emulator.call("ce", "GetDimensionValues", Dimension="LINKED_ACCOUNT", TimePeriod=period)
    ok("an account has its name beside it", answer["DimensionValues"], [{"Value": ACCOUNT, "Attributes": {"description":
                                                                                                         "document"}}])
    ok("GetTags lists the active keys in use", emulator.call("ce", "GetTags", TimePeriod=period)["Tags"],
       ["Component", "CostCenter", "DataType", "Environment", "Function", "Project", "Resource"])
    ok("and the values of one, the empty one first", emulator.call("ce", "GetTags", TimePeriod=period, TagKey="DataType")
       ["Tags"], ["", "Logs", "Sessions"])
    tags, token = [], None
    while token is not None or not tags:
        answer = emulator.call("ce", "ListCostAllocationTags", MaxResults=5, **({"NextToken": token} if token else {}))
        tags += answer["CostAllocationTags"]
        token = answer.get("NextToken")
    ok("sixteen tag keys, seven of them active", (len(tags), sum(t["Status"] == "Active" for t in tags)), (16, 7))
    ok("all are the user's own", {t["Type"] for t in tags}, {"UserDefined"})
    active = emulator.call("ce", "ListCostAllocationTags", Status="Active", TagKeys=["Component", "Owner"])
    ok("status and keys narrow the list", [t["TagKey"] for t in active["CostAllocationTags"]], ["Component"])
    ok("AWS made none", emulator.call("ce", "ListCostAllocationTags", Type="AWSGenerated")["CostAllocationTags"], [])


def check_refusals(emulator):
    def ask(start="2026-11-01", end="2026-11-10", granularity="DAILY", **members):
        return emulator.call("ce", "GetCostAndUsage", **{"TimePeriod": {"Start": start, "End": end}, "Granularity": granularity,
                                                         "Metrics": ["UnblendedCost"], **members})

    for name, message, members in (
            ("an end that is the start", "Start date .* should be before end date", dict(end="2026-11-01")),
            ("an end behind the next month's first", "end date past the beginning of next month", dict(end="2026-12-02")),
            ("fifteen months back", "historical data beyond 14 months", dict(start="2025-09-27")),
            ("no date", "Time period is invalid", dict(start="2026-11-31")),
            ("hours of dates", "Valid format is yyyy-MM-ddThh:mm:ssZ", dict(granularity="HOURLY")),
            ("hours of last month", "more than 14 days ago", dict(start="2026-11-10T00:00:00Z", end="2026-11-20T00:00:00Z",
                                                                 granularity="HOURLY")),
            ("days of hours", "Valid format is yyyy-MM-dd\\.", dict(start="2026-11-10T00:00:00Z", end="2026-11-20T00:00:00Z")),
            ("a metric of nobody", "Metrics", dict(Metrics=["Dollars"])),
            ("no metric", "Metrics", dict(Metrics=[])),
            ("three groups", "GroupBy", dict(GroupBy=grouping("SERVICE", "REGION", "Project"))),
            ("a cost category", "COST_CATEGORY is not supported", dict(GroupBy=[{"Type": "COST_CATEGORY", "Key": "x"}])),
            ("a group of no dimension", "not a dimension to group by", dict(GroupBy=grouping("BILLING_ENTITY"))),
            ("a billing view", "BillingViewArn", dict(BillingViewArn="arn:aws:billing::000000000000:billingview/primary"))):
        refusal("%s is refused" % name, "ValidationException", message, ask, **members)
    ok("the first of the next month is an end", ask(end="2026-12-01")["ResultsByTime"][-1]["Total"]["UnblendedCost"]["Amount"],
       "0")
    ok("fourteen months back are there", len(ask(start="2025-09-28", end="2025-10-01")["ResultsByTime"]), 3)


# --- tags, budgets, forecasts ------------------------------------------------------------------------------------------


def one_thing(usd, **members):
    return {"obsview-stack": 1, "name": "one", "since": "2026-01-01T00:00:00Z",
            "resources": [{"name": "thing", "type": "x:thing", "service": "Things", "monthlyUsd": usd,
                           "tags": {"Project": "UserMetrics"}}], **members}


def check_activation():
    stack = one_thing("30", costTags={"Project": {"active": True, "changed": "2026-11-11T09:00:00Z"}})
    with Emulator(stack) as emulator:
        rows = Rows(emulator, "2026-11-09", "2026-11-13", by=["Project"]).rows
        ok("a tag groups from the day of its activation on", [keys[0] for _, keys in sorted(rows)],
           ["Project$", "Project$", "Project$UserMetrics", "Project$UserMetrics"])
        month = Rows(emulator, "2026-11-01", "2026-11-28", "MONTHLY", by=["Project"]).by_keys()
        ok("and its month has both", month, {("Project$",): 10, ("Project$UserMetrics",): 17})
        listed = emulator.call("ce", "ListCostAllocationTags")["CostAllocationTags"]
        ok("it was updated then and used this month", (listed[0]["LastUpdatedDate"], listed[0]["LastUsedDate"]),
           ("2026-11-11T09:00:00Z", "2026-11-01T00:00:00Z"))


def check_thresholds():
    """Half of November is over: half of the price is spent."""
    for usd, spent, states in (("239.98", "119.99", ["OK", "OK"]), ("240.00", "120", ["OK", "OK"]),
                               ("240.02", "120.01", ["ALARM", "OK"]), ("300.00", "150", ["ALARM", "OK"]),
                               ("300.02", "150.01", ["ALARM", "ALARM"])):
        stack = one_thing(usd, costTags={"Project": True}, budgets=[{
            "name": "b", "limitUsd": "150", "filter": {"Project": "UserMetrics"}, "alerts": [{"percent": 80}, {"percent": 100}]}])
        with Emulator(stack, "2026-11-16T00:00:00Z") as emulator:
            budget = emulator.call("budgets", "DescribeBudget", AccountId=ACCOUNT, BudgetName="b")["Budget"]
            got = emulator.call("budgets", "DescribeNotificationsForBudget", AccountId=ACCOUNT, BudgetName="b")["Notifications"]
            ok("$%s spent is %s at 80 %% and 100 %% of 150" % (spent, states),
               (budget["CalculatedSpend"]["ActualSpend"]["Amount"], [n["NotificationState"] for n in got]), (spent, states))
            ok("and is forecast to end at $" + usd, Decimal(budget["CalculatedSpend"]["ForecastedSpend"]["Amount"]).quantize(
                Decimal("0.01")) - Decimal(usd) < Decimal("2.5"))


def check_budgets(emulator):
    def ask(operation, **members):
        return emulator.call("budgets", operation, **{"AccountId": ACCOUNT, **members})

    budgets = ask("DescribeBudgets", ShowFilterExpression=True)["Budgets"]
    ok("the document's budget", [(b["BudgetName"], b["BudgetLimit"], b["TimeUnit"], b["BudgetType"], b["CostFilters"])
                                 for b in budgets],
       [("UserMetrics", {"Amount": "150", "Unit": "USD"}, "MONTHLY", "COST", {"TagKeyValue": ["user:Project$UserMetrics"]})])
    project = tag("Project", "UserMetrics")
    spent = Rows(emulator, "2026-11-01", "2026-12-01", "MONTHLY", Filter=project).total()
    ok("has spent what Cost Explorer says", Decimal(budgets[0]["CalculatedSpend"]["ActualSpend"]["Amount"]), spent)
    ok("its filter is also an expression", budgets[0]["FilterExpression"],
       tag("Project", "UserMetrics", MatchOptions=["EQUALS"]))
    history = ask("DescribeBudgetPerformanceHistory", BudgetName="UserMetrics")["BudgetPerformanceHistory"]
    months = Rows(emulator, "2025-12-01", "2026-12-01", "MONTHLY", Filter=project).by_period()
    ok("its twelve months are Cost Explorer's",
       {time.strftime("%Y-%m-%d", time.gmtime(m["TimePeriod"]["Start"])): Decimal(m["ActualAmount"]["Amount"])
        for m in history["BudgetedAndActualAmountsList"]}, months)
    pages, token = [], None
    while token is not None or not pages:
        answer = ask("DescribeNotificationsForBudget", BudgetName="UserMetrics", MaxResults=2,
                     **({"NextToken": token} if token else {}))
        pages.append([(n["NotificationType"], n["Threshold"]) for n in answer["Notifications"]])
        token = answer.get("NextToken")
    ok("its notifications come in pages", pages, [[("ACTUAL", 80), ("ACTUAL", 100)], [("FORECASTED", 100)]])
    refusal("a budget that is not there", "NotFoundException", "Unable to get budget: nope - the budget doesn't exist", ask,
            "DescribeBudget", BudgetName="nope")
    refusal("another account", "AccessDeniedException", "not authorized to perform: budgets:ViewBudget", ask, "DescribeBudgets",
            AccountId="123456789012")


def forecast(emulator, start, end, granularity="DAILY", **members):
    answer = emulator.call("ce", "GetCostForecast", TimePeriod={"Start": start, "End": end}, Granularity=granularity,
                           Metric="UNBLENDED_COST", **members)
    rows = [tuple(Decimal(row[k]) for k in ("PredictionIntervalLowerBound", "MeanValue", "PredictionIntervalUpperBound"))
            for row in answer["ForecastResultsByTime"]]
    return Decimal(answer["Total"]["Amount"]), rows


def check_forecast(emulator):
    total, days = forecast(emulator, "2026-11-28", "2026-12-28")
    ok("a forecast has a row a day, each with an interval around its mean",
       (len(days), all(low < mean < high for low, mean, high in days)), (30, True))
    ok("that sum up to its total", sum(mean for _, mean, _ in days), total)
    widths = [forecast(emulator, "2026-11-28", "2026-12-28", PredictionIntervalLevel=level)[1][0] for level in (51, 80, 99)]
    ok("a surer interval is wider", sorted(high - low for low, _, high in widths), [high - low for low, _, high in widths])
    _, months = forecast(emulator, "2026-11-28", "2027-02-01", "MONTHLY", Filter=tag("Project", "UserMetrics"))
    ok("months too, filtered, and narrower than their days together",
       (len(months), TOTAL_RANGE[0] < months[1][1] < TOTAL_RANGE[1],
        months[1][2] - months[1][0] < sum(high - low for low, _, high in days)), (3, True, True))

    for name, code, message, asked in (
            ("of last week", "ValidationException", "Earliest supported Start is 2026-11-27", ("2026-11-20", "2026-12-01")),
            ("of more than three months by days", "ValidationException", "Latest supported End is 2027-02-28",
             ("2026-11-28", "2027-03-01")),
            ("of hours", "ValidationException", "Granularity|HOURLY", ("2026-11-28", "2026-12-01", "HOURLY"))):
        refusal("a forecast %s is refused" % name, code, message, forecast, emulator, *asked)
    for level in (50, 100):
        refusal("a level of %d is refused" % level, "ValidationException", "PredictionIntervalLevel", forecast, emulator,
                "2026-11-28", "2026-12-01", PredictionIntervalLevel=level)
    with Emulator(one_thing("30", since="2026-11-24T00:00:00Z")) as young:
        refusal("four days of history are too few", "DataUnavailableException", "Insufficient amount of historical data",
                forecast, young, "2026-11-28", "2026-12-01")


def check_back_test():
    """What was forecast each month of a year, against what came."""
    forecasts = {}
    with Emulator(clock="2025-12-01T00:00:00Z") as emulator:
        for month in (month_after("2025-12-01", i) for i in range(11)):
            emulator.set_clock(month[:7] + "-02T00:30:00Z")
            forecasts[month] = forecast(emulator, month[:7] + "-02", month[:7] + "-28")
        emulator.set_clock("2026-11-28T00:00:00Z")
        inside = count = worst = 0
        for month, (total, rows) in forecasts.items():
            came = Rows(emulator, month[:7] + "-02", month[:7] + "-28").by_period()
            for (low, _, high), day in zip(rows, sorted(came)):
                inside += low <= came[day] <= high
                count += 1
            worst = max(worst, abs(total / sum(came.values()) - 1))
    # February is shorter: what costs by the month costs more a day in it, which nobody forecasts.
    share = 100 * inside / count
    ok("of %d days forecast at 80 %%, as many came true: %.0f %%" % (count, share), 68 <= share <= 97)
    ok("and no month was off by a hundredth: %.2f %%" % (100 * worst), worst < Decimal("0.01"))


# --- what is measured --------------------------------------------------------------------------------------------------


def usage(emulator, day, metric="UsageQuantity"):
    rows = Rows(emulator, day, (datetime.date.fromisoformat(day) + datetime.timedelta(1)).isoformat(), by=["USAGE_TYPE"],
                metrics=["UsageQuantity", "UnblendedCost"])
    return {keys[0]: values[metric] for (_, keys), values in rows.rows.items()}


def charges(emulator, at, *service):
    at = datetime.datetime.strptime(at + " +0000", "%Y-%m-%dT%H:%M:%SZ %z").timestamp()
    dimensions = [{"Name": "Currency", "Value": "USD"}] + [{"Name": "ServiceName", "Value": name} for name in service]
    points = emulator.call("monitoring", "GetMetricStatistics", Namespace="AWS/Billing", MetricName="EstimatedCharges",
                           Dimensions=dimensions, StartTime=at, EndTime=at + 21600, Period=21600, Statistics=["Maximum"])
    return [point["Maximum"] for point in points["Datapoints"]]


def within(seconds, ask, want):
    deadline = time.monotonic() + seconds
    while True:
        got = ask()
        if got == want or time.monotonic() > deadline:
            return got
        time.sleep(0.05)


def check_measured():
    today, metrics, logs = "2026-11-28", "CW:MetricMonitorUsage", "USE1-DataProcessing-Bytes"
    with Emulator() as emulator:
        before = usage(emulator, today)
        yesterday = usage(emulator, "2026-11-27")
        at = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.timezone.utc).timestamp()
        data = [{"MetricName": name, "Value": 1, "Timestamp": at + minute * 60, "Dimensions": [{"Name": "d", "Value": value}]}
                for name, value, minute in (("a", "x", 1), ("a", "x", 30), ("a", "x", 70), ("a", "y", 1), ("b", "x", 125))]
        emulator.call("monitoring", "PutMetricData", Namespace="Mine", MetricData=data)
        # Mine: a.x in two hours, a.y in one, b.x in one.
        want = four = (Decimal(4) / 730).quantize(Decimal("0.000001"))
        ok("custom metrics are counted by their hours with data",
           within(10, lambda: usage(emulator, today).get(metrics), want), want)
        ok("a day with data has no simulated log bytes", usage(emulator, today).get(logs), None)
        emulator.call("logs", "CreateLogGroup", logGroupName="g")
        emulator.call("logs", "CreateLogStream", logGroupName="g", logStreamName="s")
        now = datetime.datetime(2026, 11, 28, 15, 20, tzinfo=datetime.timezone.utc).timestamp()
        emulator.call("logs", "PutLogEvents", logGroupName="g", logStreamName="s", logEvents=[
            {"timestamp": int(now * 1000), "message": "m" * 200000} for _ in range(5)])
        answer = emulator.call("monitoring", "GetMetricStatistics", Namespace="AWS/Logs", MetricName="IncomingBytes",
                               StartTime=at - 43200, EndTime=at + 43200, Period=86400, Statistics=["Sum"])
        incoming = Decimal(str(answer["Datapoints"][0]["Sum"]))
        want = (incoming / 2**30).quantize(Decimal("0.000001"))
        ok("log bytes are those that came in", within(10, lambda: usage(emulator, today).get(logs), want), want)
        ok("a megabyte of them", incoming >= 1000000)
        price = usage(emulator, today, "UnblendedCost")
        ok("and cost half a dollar a gigabyte", price[logs], (incoming / 2**30 / 2).quantize(Decimal("0.000001")))
        after = usage(emulator, today)
        ok("the metrics of AWS/Logs are no custom ones", after[metrics], four)
        ok("nothing else of the day has changed", {k: v for k, v in after.items() if k not in (metrics, logs)},
           {k: v for k, v in before.items() if k not in (metrics, logs)})
        ok("nor has a day without data", usage(emulator, "2026-11-27"), yesterday)
        hours = Rows(emulator, today + "T00:00:00Z", "2026-11-29T00:00:00Z", "HOURLY", by=["USAGE_TYPE"],
                     metrics=["UsageQuantity"]).by_keys("UsageQuantity")
        ok("its hours still add up", {keys[0]: value for keys, value in hours.items()}, after)
        emulator.set_clock("2026-11-28T18:00:00Z")
        spent = Rows(emulator, "2026-11-01", "2026-11-29", "MONTHLY", by=["SERVICE"]).by_keys()
        ok("EstimatedCharges at six are Cost Explorer's, with what was measured",
           charges(emulator, "2026-11-28T18:00:00Z"), [float(sum(spent.values()))])
        ok("and those of the service that it was measured of", charges(emulator, "2026-11-28T18:00:00Z", "AmazonCloudWatch"),
           [float(spent[("AmazonCloudWatch",)])])
        until_today = Rows(emulator, "2026-11-01", today, "MONTHLY").total()
        ok("at midnight nothing of the day is in them, though something was measured of it later",
           charges(emulator, today + "T00:00:00Z"), [float(until_today)])
        noon = charges(emulator, today + "T12:00:00Z")
        emulator.set_clock("2026-11-28T23:59:59Z")
        until_noon = Rows(emulator, today + "T00:00:00Z", today + "T12:00:00Z", "HOURLY").total()
        ok("at noon the hours until then are", charges(emulator, today + "T12:00:00Z"), [float(until_today + until_noon)])
        ok("the rest of the day makes them smaller, for the same is spread over more hours",
           charges(emulator, today + "T12:00:00Z") < noon)


def memory(emulator):
    with open("/proc/%d/status" % emulator.process.pid, encoding="ascii") as file:
        return int(re.search(r"VmHWM:\s*(\d+)", file.read()).group(1))


def check_long_bill():
    number, dimensions = 4000, [{"Name": "Currency", "Value": "USD"}]
    with Emulator(dict(many(number), since="2025-01-01T00:00:00Z")) as emulator:
        at = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.timezone.utc).timestamp()
        before = memory(emulator)
        answer = emulator.call("monitoring", "GetMetricData", StartTime=at - 450 * 86400, EndTime=at, MetricDataQueries=[
            {"Id": "a", "MetricStat": {"Stat": "Maximum", "Period": 21600, "Metric": {
                "Namespace": "AWS/Billing", "MetricName": "EstimatedCharges", "Dimensions": dimensions}}}])
        ok("fifteen months of EstimatedCharges have a value each six hours", len(answer["MetricDataResults"][0]["Values"]) > 1300)
        ok("and take no more room than a question about one", memory(emulator) - before < 32 << 10)


def main():
    with Emulator() as emulator:
        check_sums(emulator)
        check_untagged(emulator)
        check_ranges(emulator)
        check_prices(emulator)
        check_filters(emulator)
        check_values(emulator)
        check_refusals(emulator)
        check_budgets(emulator)
        check_forecast(emulator)
    check_pages()
    check_activation()
    check_thresholds()
    check_back_test()
    check_measured()
    check_long_bill()
    return finish()


if __name__ == "__main__":
    raise SystemExit(main())
