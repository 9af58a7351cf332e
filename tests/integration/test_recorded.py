#!/usr/bin/env python3
"""What three AWS clients once asked another emulator, asked again: our answers have the shape of those they got.

SPDX-License-Identifier: MIT

The requests are tests/unit/signed_requests.json: awscli 2.9, awscli 1.45 and the JS SDK v3 against moto 5.2. What moto
answered stands in recorded_answers.json beside this file, per protocol and call: the status, the error's code, and the
answer with its values replaced by their types. The program runs under a virtual clock that follows the recording, so
that every time in it is as fresh as it was. Where we differ on purpose, DIFFERENCES says why; a reason that is not
needed any more fails. Services that the emulator does not have must say so in their protocol's own words.

OBSVIEW names the program.
"""
import base64
import calendar
import http.client
import json
import os
import re
import struct
import subprocess
import tempfile
import time
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.environ.get("OBSVIEW") or os.path.join(HERE, "../../build/obsview")
SERVICES = ("monitoring", "logs", "sts", "lambda", "tagging", "rds", "ecs", "pi", "ce", "budgets")
XMLNS = {"monitoring": "http://monitoring.amazonaws.com/doc/2010-08-01/",
         "rds": "http://rds.amazonaws.com/doc/2014-10-31/",
         "sts": "https://sts.amazonaws.com/doc/2011-06-15/"}

# What the clients made of clusters, services and budgets stands here in a stack, which is only read.
S3_READS = r"ListObjectsV2|GetObject(\.missing)?|GetBucketLifecycle"
READ_ONLY = {"rds": "CreateDB(Cluster|Instance)", "ecs": "CreateCluster|RegisterTaskDef|CreateService",
             "budgets": "CreateBudget"}
RECORDED_ACCOUNT, ACCOUNT = b"123456789012", b"000000000000"
CLIENTS = {"awscli-2.9.19": "cli2", "awscli-1.45.11": "cli1json"}
OTHER_WEB = "web-cli1json"  # a name is one resource's in a stack, so the second service "web" has this one

# Elements of RDS's lists; others call them "member".
ITEMS = {"member", "AvailabilityZone", "DBCluster", "DBClusterMember", "DBInstance", "DBParameterGroup", "Event",
         "EventCategory", "OptionGroupMembership", "Tag"}

# (protocol, call, difference): why. A difference is the sign and the path of a member: "-" only moto has it, "+" only
# we have it, "~" of another type; "status" is the answer's status.
DIFFERENCES = [
    ("json", r"PutMetric(Alarm|Data(\.gzip)?)", "~", "without output there is no body; moto sends an empty object"),
    ("query", "GetMetricStatistics.ext",
     "+GetMetricStatisticsResponse.GetMetricStatisticsResult.Datapoints[].ExtendedStatistics",
     "moto leaves percentiles out without a word"),
    ("json", "GetMetricStatistics.ext", "+Datapoints[].ExtendedStatistics", "as above"),
    ("query", "GetMetricStatistics.badTime", "-ErrorResponse.Error.message", "moto says it twice"),
    ("json", "GetMetricStatistics.badTime", "-Message", "moto says it twice"),
    ("query", "DescribeAlarms", "-DescribeAlarmsResponse.DescribeAlarmsResult.MetricAlarms[].StateReasonData",
     "an alarm that was not evaluated yet has no such data; moto has it empty"),
    ("json", "DescribeAlarms", "-MetricAlarms[].StateReasonData", "as above"),
    ("query", "DescribeAlarms",
     "+DescribeAlarmsResponse.DescribeAlarmsResult.MetricAlarms[].StateTransitionedTimestamp",
     "a member since 2023 that moto does not know"),
    ("json", "DescribeAlarms", "+MetricAlarms[].StateTransitionedTimestamp", "as above"),
    ("json", "DescribeAlarms", "-MetricAlarms[].Metrics",
     "an alarm on one metric has no list of them; moto has it empty"),
    ("json", "DescribeLogGroups", "+logGroups[].logGroupClass", "a member since 2023 that moto does not know"),
    ("json", "DescribeLogStreams", "-logStreams[].uploadSequenceToken", "ignored by PutLogEvents since 2023"),
    ("json", r"GetQueryResults(\.stats)?", "+queryLanguage", "a member since 2024 that moto does not know"),
    ("json", r"GetQueryResults(\.stats)?", "+statistics", "moto reads lines without counting"),
    ("json", "DescribeBudgets", "+Budgets[].HealthStatus", "a member since 2025 that moto does not know"),
    ("query", "AssumeRole", "-AssumeRoleResponse.AssumeRoleResult.PackedPolicySize",
     "said of a session with policies, which this has not"),
    ("json", "GetResources", "+PaginationToken", "AWS ends the pages with an empty token; moto without one"),
    ("json", r"DescribeServices(\.noCluster)?", "-Message", "moto says it twice"),
    ("json", "DescribeServices", "-services[].networkConfiguration", "moto's is empty; a stack knows no subnets"),
    ("json", "DescribeServices", "-services[].taskSets", "only services of another deployment controller have some"),
    *(("json", "DescribeServices", "+services[]." + member, "AWS tells it of a service on Fargate; moto's has no type")
      for member in ("platformFamily", "platformVersion", "deployments[].platformVersion")),
    *(("json", "DescribeServices", "+services[]." + member, "AWS tells it of every service; moto does not")
      for member in ("createdAt", "enableECSManagedTags", "enableExecuteCommand", "placementConstraints",
                     "placementStrategy")),
    *(("query", "DescribeDBClusters", "-DescribeDBClustersResponse.DescribeDBClustersResult.DBClusters[]." + member, why)
      for member, why in (("BacktrackWindow", "of Aurora MySQL"), ("PubliclyAccessible", "of clusters without Aurora"),
                          ("HostedZoneId", "a zone of AWS's own, different in every region"),
                          ("KmsKeyId", "of an encrypted cluster"))),
    *(("query", "DescribeDBInstances", sign + "DescribeDBInstancesResponse.DescribeDBInstancesResult.DBInstances[]." +
       member, why)
      for sign, member, why in (
          ("-", "CACertificateIdentifier", "a certificate that nothing here shows"),
          ("-", "KmsKeyId", "of an encrypted instance"),
          ("-", "LatestRestorableTime", "of instances without Aurora: the cluster is what is restored"),
          ("+", "DatabaseInsightsMode", "a member since 2024 that moto does not know"),
          ("+", "NetworkType", "moto leaves it out of instances"),
          ("+", "PerformanceInsightsEnabled", "moto leaves it out"),
          ("+", "PerformanceInsightsRetentionPeriod", "moto leaves it out"),
          ("+", "PubliclyAccessible", "moto leaves it out"))),
]

FORECAST = {"status": 200, "answer": {"Total": {"Amount": "string", "Unit": "string"}, "ForecastResultsByTime": [
    {"TimePeriod": {"Start": "string", "End": "string"}, "MeanValue": "string", "PredictionIntervalLowerBound": "string",
     "PredictionIntervalUpperBound": "string"}]}}
TAGS = {"status": 200, "answer": {"Tags": ["string"], "ReturnSize": "number", "TotalSize": "number"}}
NO_INSTANCE = {"status": 400, "code": "InvalidArgumentException", "answer": {"__type": "string", "message": "string"}}

# What moto failed at: the call with the shape that the answer must have, or what it must be. None: there is no body.
FAILED = {
    "GetMetricData": "GetMetricData.noPercentile",  # moto has no percentiles
    "GetMetricData.noPercentile.cbor": "GetMetricData.noPercentile",  # nor CBOR
    "PutMetricData.cbor": None,
    "PutMetricData.gzip": "PutMetricData",  # it unpacks the body twice
    "DescribeAlarmHistory": "DescribeAlarmHistory",  # absent; what the API Reference says of it is below
    "PI": NO_INSTANCE,  # absent, and the identifier is made up
    "GetResourceMetrics": NO_INSTANCE,
    "GetCostForecast": FORECAST,  # absent; what the API Reference says of it
    "GetTags": TAGS,  # as above
}
HISTORY = {"AlarmHistoryItems": [dict.fromkeys(
    ("AlarmName", "AlarmType", "HistoryData", "HistoryItemType", "HistorySummary"), "string")]}

counts = {True: 0, False: 0}
used = set()


def ok(name, faults):
    counts[not faults] += 1
    print("%s %d - %s" % ("not ok" if faults else "ok", sum(counts.values()), name))
    for fault in faults:
        print("# " + fault)


# --- requests and answers ---------------------------------------------------------------------------------------------


def stack(at):
    """Their clusters, instances, services and budgets, made when the recording began; and a bill."""
    resources = []
    for name in CLIENTS.values():
        resources += [
            {"name": "aur-" + name, "type": "rds:cluster", "version": "15.4", "tags": {"project": "obsview"}},
            {"name": "aur-" + name + "-1", "type": "rds:db", "parent": "aur-" + name, "class": "db.t4g.medium"},
            {"name": "c-" + name, "type": "ecs:cluster"},
            {"name": OTHER_WEB if name in OTHER_WEB else "web", "type": "ecs:service", "parent": "c-" + name, "tasks": 2}]
    return {"obsview-stack": 1, "costTags": {"project": True},
            "resources": [*({**one, "created": iso(at)} for one in resources),
                          {"name": "old", "type": "kms:key", "service": "AWS Key Management Service", "monthlyUsd": "1"}],
            "budgets": [{"name": "monthly-" + name, "limitUsd": "50"} for name in CLIENTS.values()]}


def iso(at):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


class Emulator:
    def __init__(self, at):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(stack(at), file)
            file.flush()
            self.start(at, file.name)

    def start(self, at, stack_file):
        self.process = subprocess.Popen(
            [BINARY, "emulate", "--listen", "127.0.0.1:0", "--emf-listen", "off", "--db", ":memory:",
             "--rate-limit", "0", "--clock", iso(at), "--stack", stack_file],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("obsview ready http://"):
            raise SystemExit("the emulator did not start: " + line)
        self.now = at
        self.http = http.client.HTTPConnection(line.split()[2][len("http://"):], timeout=60)

    def send(self, method, path, headers, body):
        self.http.request(method, path, body, headers)
        answer = self.http.getresponse()
        return answer.status, answer.headers, answer.read()

    def advance_to(self, at):
        if at > self.now:
            status, _, text = self.send("POST", "/_obsview/clock", {"Content-Type": "application/json"},
                                        json.dumps({"now": at * 1000}))
            assert status == 200, text
            self.now = at


class Request:
    def __init__(self, row):
        self.client, self.call = row["client"], row["call"]
        self.method = row["method"]
        self.path = row["path"] + ("?" + row["query"] if row["query"] else "")
        self.body = base64.b64decode(row["body_base64"]) if "body_base64" in row else row["body"].encode()
        self.headers = {name.lower(): value for name, value in row["headers"]}
        self.headers.pop("content-length", None)
        self.service = self.headers["authorization"].split("/")[3]
        if CLIENTS.get(self.client, "no") in OTHER_WEB and self.service == "ecs":
            self.body = self.body.replace(b'"web"', b'"%s"' % OTHER_WEB.encode())
        self.at = calendar.timegm(time.strptime(self.headers["x-amz-date"], "%Y%m%dT%H%M%SZ"))
        self.protocol = self.protocol_spoken()

    def protocol_spoken(self):
        if self.service == "s3":
            return "rest-xml"
        if self.headers.get("smithy-protocol"):
            return "cbor"
        return "json" if "x-amz-target" in self.headers else "query"

    def content_type(self):
        """What the protocol says an answer is; AWS JSON has the version of the request."""
        return {"query": "text/xml", "rest-xml": "application/xml", "cbor": "application/cbor",
                "json": self.headers.get("content-type")}[self.protocol]


def read_cbor(data):
    """The value of an RPC v2 CBOR answer: RFC 8949 without what Smithy does not use."""
    at = 0

    def take(count):
        nonlocal at
        at += count
        return data[at - count:at]

    def item():
        head = take(1)[0]
        major, low = head >> 5, head & 31
        if major == 7 and low in (20, 21, 22, 31):
            return {20: False, 21: True, 22: None, 31: StopIteration}[low]
        if major == 7:
            return struct.unpack({25: ">e", 26: ">f", 27: ">d"}[low], take(1 << low - 24))[0]
        size = low if low < 24 else int.from_bytes(take(1 << low - 24), "big") if low < 28 else None
        if major in (0, 1):
            return size if major == 0 else -1 - size
        if major in (2, 3):
            return take(size).decode()
        if major == 4:
            return list(items(size))
        if major == 5:
            return dict(zip(*[items(None if size is None else 2 * size)] * 2))
        return item()  # a tag: the number of a time stands behind it

    def items(count):
        while count is None or count > 0:
            value = item()
            if value is StopIteration:
                return
            yield value
            count = None if count is None else count - 1

    value = item()
    assert at == len(data), "%d bytes behind the answer" % (len(data) - at)
    return value


def read_xml(text):
    """Items as a list, other elements as an object, texts as such; what is empty as None."""
    def value(element):
        tags = [child.tag.split("}")[-1] for child in element]
        if not tags:
            return element.text
        if len(set(tags)) == 1 and tags[0] in ITEMS:
            return [value(child) for child in element]
        return {tag: value(child) for tag, child in zip(tags, element)}

    root = xml.etree.ElementTree.fromstring(text)
    return {root.tag.split("}")[-1]: value(root)}, root.tag[1:].split("}")[0]


def merged(one, other):
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: merged(one.get(key), other.get(key)) for key in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list):
        return [merged(*(one + other))] if one and other else one or other
    return other if one is None else one


def shape_of(value):
    """The value's types: of a list the one item that has all members of its items."""
    if isinstance(value, dict):
        return {key: shape_of(member) for key, member in value.items() if member is not None}
    if isinstance(value, list):
        shape = []
        for one in value:
            shape = merged(shape, [shape_of(one)])
        return shape
    return {bool: "boolean", int: "number", float: "number", str: "string"}.get(type(value))


def differences(want, got, path=""):
    """Signs and paths; an empty list, or an empty element of XML, may stand for any."""
    if want in (None, []) and not isinstance(got, dict) or got in (None, []) and isinstance(want, list):
        return
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted({**want, **got}):
            below = path + "." + key if path else key
            if key not in got or key not in want:
                yield ("-" if key in want else "+") + below
            else:
                yield from differences(want[key], got[key], below)
    elif isinstance(want, list) and isinstance(got, list):
        yield from differences(want[0], got[0], path + "[]")
    elif want != got:
        yield "~" + path


def error_code(protocol, answer):
    if protocol == "json":
        return answer.get("__type", "").split("#")[-1]
    return answer.get("ErrorResponse", {}).get("Error", {}).get("Code")


# --- what must hold ---------------------------------------------------------------------------------------------------


def on_purpose(request, difference):
    for row in DIFFERENCES:
        protocols, call, what = row[:3]
        if request.protocol in protocols.split() and re.fullmatch(call, request.call) and difference == what:
            used.add(row)
            return True
    return False


def read_answer(request, text):
    if request.protocol == "query":
        answer, xmlns = read_xml(text)
        assert xmlns == XMLNS[request.service], "the namespace is " + xmlns
        return answer
    if not text:
        return None
    return read_cbor(text) if request.protocol == "cbor" else json.loads(text)


def history_in(protocol):
    item = {**HISTORY["AlarmHistoryItems"][0], "Timestamp": "string" if protocol == "query" else "number"}
    answer = {"AlarmHistoryItems": [item]}
    if protocol == "query":
        answer = {"DescribeAlarmHistoryResponse": {"DescribeAlarmHistoryResult": answer,
                                                   "ResponseMetadata": {"RequestId": "string"}}}
    return {"status": 200, "answer": answer}


def wanted_of(request, recorded):
    """The recorded answer, or another one where moto had none."""
    if request.call not in FAILED:
        return recorded[request.protocol][request.call]
    like = FAILED[request.call]
    if isinstance(like, dict):
        return like
    assert recorded[request.protocol][request.call]["status"] in (404, 500)
    if like is None:
        return {"status": 200}
    if like == "DescribeAlarmHistory":
        return history_in(request.protocol)
    return recorded["query" if request.protocol == "query" else "json"][like]


def header_faults(request, headers, has_body, code):
    want = request.content_type() if has_body or request.protocol != "cbor" else None  # Smithy: no body has no type
    kind = headers["Content-Type"]
    if (kind and kind.split(";")[0]) != want:
        yield "the content type is %s, not %s" % (kind, want)
    if request.protocol == "cbor" and headers["smithy-protocol"] != "rpc-v2-cbor":
        yield "the answer does not say that it is RPC v2 CBOR"
    if request.protocol != "rest-xml" and not re.fullmatch("[0-9a-f-]{36}", headers["x-amzn-RequestId"] or ""):
        yield "the request id is %s" % headers["x-amzn-RequestId"]
    if code and request.headers.get("x-amzn-query-mode") and headers["x-amzn-query-error"] != code + ";Sender":
        yield "the code of the query protocol is %s" % headers["x-amzn-query-error"]


def faults_of(request, want, status, headers, text):
    """All that is not as it was recorded, and not so on purpose."""
    answer = read_answer(request, text)
    found = list(differences(want["answer"], shape_of(answer))) if "answer" in want else []
    faults = [difference for difference in found if not on_purpose(request, difference)]
    if status != want["status"]:
        faults.append("the status is %d, not %d" % (status, want["status"]))
    if "answer" not in want and text:
        faults.append("there is a body")
    if "code" in want and error_code(request.protocol, answer) != want["code"]:
        faults.append("the code is %s, not %s" % (error_code(request.protocol, answer), want["code"]))
    faults += header_faults(request, headers, text != b"", want.get("code", "").removesuffix("Exception"))
    return faults + (["the answer: %d %s" % (status, text[:1500])] if faults else [])


def ask(emulator, request, query_id):
    """Once, or until an Insights query has ended; asks for the query and the account that are ours."""
    body = request.body
    if request.service == "budgets":
        body = body.replace(RECORDED_ACCOUNT, ACCOUNT)
    if request.call.startswith("GetQueryResults"):
        body = json.dumps({**json.loads(body), "queryId": query_id}).encode()
    deadline = time.monotonic() + 30
    while True:
        answer = emulator.send(request.method, request.path, request.headers, body)
        if b'"Running"' not in answer[2] and b'"Scheduled"' not in answer[2] or time.monotonic() > deadline:
            return answer
        time.sleep(0.01)


def is_here(request):
    return request.service in SERVICES and not re.fullmatch(READ_ONLY.get(request.service, "-"), request.call)


def replay(emulator, requests, recorded):
    query_id = None
    for request in requests:
        emulator.advance_to(request.at)
        status, headers, text = ask(emulator, request, query_id)
        if request.call.startswith("StartQuery"):
            query_id = json.loads(text).get("queryId")
        ok("%s, %s: %s" % (request.client, request.protocol, request.call),
           faults_of(request, wanted_of(request, recorded), status, headers, text))


def operation_of(request):
    if request.protocol == "json":
        return request.headers["x-amz-target"].split(".")[-1]
    return re.search(r"Action=(\w+)", request.body.decode()).group(1)


def refused(request, status, headers, text):
    """What is wrong with the answer of a service, operation or bucket that is not here."""
    if request.protocol == "json":
        answer = json.loads(text)
        code, message, want = error_code("json", answer), answer["message"], "UnknownOperationException"
    elif request.protocol == "query":
        answer, _ = read_xml(text)
        code, want = error_code("query", answer), "InvalidAction"
        message = answer["ErrorResponse"]["Error"]["Message"]
    else:
        answer, _ = read_xml(text)
        code, message, want = answer["Error"]["Code"], answer["Error"]["Message"], "NotImplemented"
    faults, statuses = [], (501,) if request.protocol == "rest-xml" else (400,)
    if request.service == "s3" and re.fullmatch(S3_READS, request.call):  # the one bucket here has another name
        want, statuses = "NoSuchBucket", (404,)
    if status not in statuses:
        faults.append("the status is %d" % status)
    if code != want:
        faults.append("the code is %s, not %s" % (code, want))
    if request.protocol != "rest-xml" and operation_of(request) not in message or \
            ("the one here is mobs" if want == "NoSuchBucket" else "obsview") not in message:
        faults.append("the message does not name it: " + message)
    return faults + list(header_faults(request, headers, True, None))


def main():
    with open(os.path.join(HERE, "../unit/signed_requests.json"), encoding="utf-8") as file:
        requests = [Request(row) for row in json.load(file)]
    with open(os.path.join(HERE, "recorded_answers.json"), encoding="utf-8") as file:
        recorded = json.load(file)
    emulator = Emulator(min(request.at for request in requests))
    try:
        replay(emulator, [r for r in requests if is_here(r)], recorded)
        for request in requests:
            if not is_here(request):
                answer = emulator.send(request.method, request.path, request.headers, request.body)
                ok("%s: %s of %s is not here" % (request.client, request.call, request.service),
                   refused(request, *answer))
    finally:
        emulator.process.terminate()
        emulator.process.wait(60)
    ok("every reason for a difference is needed", [str(row) for row in DIFFERENCES if row not in used])
    print("%d passed, %d failed" % (counts[True], counts[False]))
    return 1 if counts[False] else 0


if __name__ == "__main__":
    raise SystemExit(main())
