#!/usr/bin/env python3
"""awscli 2.9 against log groups: tags, retention, metric filters by every door, subscriptions, and the metrics of
AWS/Logs, AWS/ApiGateway and AWS/Lambda that follow from what was sent.

SPDX-License-Identifier: MIT

OBSVIEW names the program, AWSCLI another aws to try. Without that, the commands are forks of one process, warm_aws.py.
"""
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.environ.get("OBSVIEW") or os.path.join(HERE, "../../build/obsview")
VITALS = "/aws/lambda/obsview-dev-web-vitals"
ERRORS = "/aws/lambda/obsview-dev-error-reporter"
WORK = tempfile.mkdtemp()
ENVIRONMENT = {
    "PATH": os.environ["PATH"], "HOME": WORK, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_DEFAULT_REGION": "eu-west-1", "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true",
}
counts = {True: 0, False: 0}
called = set()


def ok(name, got, want):
    counts[got == want] += 1
    print("%s %d - %s" % ("ok" if got == want else "not ok", sum(counts.values()), name), flush=True)
    if got != want:
        print("# got:  %r\n# want: %r" % (got, want), flush=True)


class Emulator:
    def __init__(self):
        self.process = subprocess.Popen(
            [BINARY, "emulate", "--listen", "127.0.0.1:0", "--emf-listen", "127.0.0.1:0", "--db", WORK + "/db",
             "--rate-limit", "7"], stdout=subprocess.PIPE, text=True)
        words = self.process.stdout.readline().split()
        if words[:2] != ["obsview", "ready"]:
            raise SystemExit("the emulator did not start: %r" % words)
        self.url = words[2]
        self.emf = next(w for w in words[3:] if ":" in w and w.split(":")[-1].isdigit()).split(":")[-1]

    def stop(self):
        self.process.terminate()
        return self.process.wait(20)

    def post(self, path, body):
        connection = http.client.HTTPConnection(self.url[len("http://"):], timeout=20)
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, len(answer.read())

    def send_emf(self, *lines):
        with socket.create_connection(("127.0.0.1", int(self.emf)), 20) as door:
            door.sendall("".join(line + "\n" for line in lines).encode())


class Commands:
    """awscli, a process a command."""

    def __init__(self, program):
        self.program = program

    def run(self, words):
        """What it printed, and its exit status."""
        done = subprocess.run([self.program, *words], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=60)
        return done.stdout, done.returncode

    def stop(self):
        pass


class WarmCommands:
    """awscli in one process that forks for each command."""

    def __init__(self):
        self.path = WORK + "/aws.socket"
        with open("/usr/bin/aws", encoding="utf-8") as file:
            python = file.readline()[2:].strip()
        self.process = subprocess.Popen([python, HERE + "/warm_aws.py", self.path], env=ENVIRONMENT)
        while not os.path.exists(self.path):
            if self.process.poll() is not None:
                raise SystemExit("awscli does not start")
            time.sleep(0.05)

    def run(self, words):
        connection = http.client.HTTPConnection("aws", timeout=60)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.path)
        connection.request("POST", "/", "".join(word + "\0" for word in (
            *("%s=%s" % pair for pair in ENVIRONMENT.items()), "", *words)).encode())
        answer = connection.getresponse()
        return answer.read().decode(), int(answer.getheader("X-Status"))

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def aws(*words):
    """The answer, None when it is empty, or the error's code and message."""
    called.add(words[1])
    printed, status = commands.run(["--endpoint-url", emulator.url, "--output", "json", *words])
    if status != 0:
        return printed.strip()
    return json.loads(printed) if printed.strip() else None


def error_code(answer):
    return answer.split("(")[1].split(")")[0] if isinstance(answer, str) and "(" in answer else answer


def metric(namespace, name, *dimensions):
    """(samples, sum) of the last hours, or None."""
    words = ["--dimensions"] + ["Name=%s,Value=%s" % d for d in dimensions] if dimensions else []
    now = int(time.time())
    answer = aws("cloudwatch", "get-metric-statistics", "--namespace", namespace, "--metric-name", name,
                 "--start-time", str(now - 7200), "--end-time", str(now + 3600), "--period", "3600",
                 "--statistics", "SampleCount", "Sum", *words)
    points = answer["Datapoints"]
    return (sum(p["SampleCount"] for p in points), round(sum(p["Sum"] for p in points), 6)) if points else None


def wait_for(name, want, ask):
    """The service metrics are written every few seconds."""
    deadline = time.monotonic() + 30
    got = ask()
    while got != want and time.monotonic() < deadline:
        time.sleep(0.5)
        got = ask()
    ok(name, got, want)


def put_events(group, *messages, age=1000):
    now = int(time.time() * 1000)
    events = [{"timestamp": now - age + i, "message": m} for i, m in enumerate(messages)]
    return aws("logs", "put-log-events", "--log-group-name", group, "--log-stream-name", "s", "--log-events",
               json.dumps(events))


def transformation(name, value, **more):
    return json.dumps([{"metricName": name, "metricNamespace": "App", "metricValue": value, **more}])


def put_filter(group, name, pattern, transformations):
    return aws("logs", "put-metric-filter", "--log-group-name", group, "--filter-name", name, "--filter-pattern",
               pattern, "--metric-transformations", transformations)


def names(answer, member, key):
    return [row[key] for row in answer[member]]


def groups():
    ok("create-log-group with tags and a key",
       aws("logs", "create-log-group", "--log-group-name", "/app", "--tags", "team=web,env=dev", "--kms-key-id",
           "arn:aws:kms:eu-west-1:1:key/k"), None)
    ok("create-log-stream", aws("logs", "create-log-stream", "--log-group-name", "/app", "--log-stream-name", "s"),
       None)
    ok("tag-log-group", aws("logs", "tag-log-group", "--log-group-name", "/app", "--tags", "env=prod,tier=1"), None)
    ok("untag-log-group", aws("logs", "untag-log-group", "--log-group-name", "/app", "--tags", "team"), None)
    ok("list-tags-log-group", aws("logs", "list-tags-log-group", "--log-group-name", "/app"),
       {"tags": {"env": "prod", "tier": "1"}})
    arn = "arn:aws:logs:eu-west-1:000000000000:log-group:/app"
    ok("tag-resource", aws("logs", "tag-resource", "--resource-arn", arn, "--tags", "x=y"), None)
    ok("untag-resource", aws("logs", "untag-resource", "--resource-arn", arn, "--tag-keys", "tier"), None)
    ok("list-tags-for-resource", aws("logs", "list-tags-for-resource", "--resource-arn", arn),
       {"tags": {"env": "prod", "x": "y"}})
    ok("put-retention-policy",
       aws("logs", "put-retention-policy", "--log-group-name", "/app", "--retention-in-days", "1"), None)
    ok("put-retention-policy refuses other days",
       error_code(aws("logs", "put-retention-policy", "--log-group-name", "/app", "--retention-in-days", "2")),
       "InvalidParameterException")
    group = aws("logs", "describe-log-groups", "--log-group-name-prefix", "/app")["logGroups"][0]
    ok("describe-log-groups shows both", (group["retentionInDays"], group["kmsKeyId"]),
       (1, "arn:aws:kms:eu-west-1:1:key/k"))
    rejected = put_events("/app", "expired", age=86400000 + 60000)
    ok("put-log-events rejects what the group does not keep",
       rejected["rejectedLogEventsInfo"], {"expiredLogEventEndIndex": 1})
    ok("delete-retention-policy", aws("logs", "delete-retention-policy", "--log-group-name", "/app"), None)


def filters():
    ok("put-metric-filter", put_filter("/app", "errors", "ERROR", transformation("Errors", "1", defaultValue=0)), None)
    put_filter("/app", "latency", "{ $.ms = * }", transformation("Ms", "$.ms", unit="Milliseconds",
                                                                 dimensions={"Route": "$.route"}))
    put_filter("/app", "bytes", "[..., status = 4*, bytes]", transformation("Bytes", "$bytes"))
    put_events("/app", "ERROR a", "fine", '{"ms":12.5,"route":"/a"}', '{"ms":7.5,"route":"/a"}', "x 404 1500")
    ok("a literal counts lines", metric("App", "Errors"), (1, 1))
    ok("a value and a dimension of the line", metric("App", "Ms", ("Route", "/a")), (2, 20))
    ok("a field by its place", metric("App", "Bytes"), (1, 1500))

    ok("put-metric-filter wants a group that is there",
       error_code(put_filter("/emf", "emf", "checkout", transformation("Lines", "1"))), "ResourceNotFoundException")
    emulator.send_emf(json.dumps({"_aws": {"Timestamp": int(time.time() * 1000), "LogGroupName": "/emf",
                                           "CloudWatchMetrics": [{"Namespace": "Shop", "Dimensions": [[]],
                                                                  "Metrics": [{"Name": "n"}]}]}, "n": 3}))
    wait_for("an EMF document makes its group", (1, 3), lambda: metric("Shop", "n"))
    put_filter("/emf", "emf", "{ $.n > 2 }", transformation("BigN", "$.n"))
    emulator.send_emf(*[json.dumps({"_aws": {"Timestamp": int(time.time() * 1000), "LogGroupName": "/emf",
                                             "CloudWatchMetrics": [{"Namespace": "Shop", "Dimensions": [[]],
                                                                    "Metrics": [{"Name": "n"}]}]}, "n": n})
                        for n in (2, 5, 9)])
    wait_for("a filter over lines of the EMF door", (2, 14), lambda: metric("App", "BigN"))

    answer = aws("logs", "describe-metric-filters", "--log-group-name", "/app")
    ok("describe-metric-filters", names(answer, "metricFilters", "filterName"), ["bytes", "errors", "latency"])
    ok("describe-metric-filters gives what was put", answer["metricFilters"][2]["metricTransformations"],
       [{"metricName": "Ms", "metricNamespace": "App", "metricValue": "$.ms", "dimensions": {"Route": "$.route"},
         "unit": "Milliseconds"}])
    ok("describe-metric-filters by metric",
       names(aws("logs", "describe-metric-filters", "--metric-name", "Ms", "--metric-namespace", "App"),
             "metricFilters", "filterName"), ["latency"])
    ok("describe-log-groups counts them",
       aws("logs", "describe-log-groups", "--log-group-name-prefix", "/app")["logGroups"][0]["metricFilterCount"], 3)
    ok("test-metric-filter",
       aws("logs", "test-metric-filter", "--filter-pattern", "[..., size > 1000]", "--log-event-messages", "a 12",
           'b [c d] "e f" 1534'),
       {"matches": [{"eventNumber": 2, "eventMessage": 'b [c d] "e f" 1534',
                     "extractedValues": {"$1": "b", "$2": "c d", "$3": "e f", "$size": "1534"}}]})
    ok("delete-metric-filter",
       aws("logs", "delete-metric-filter", "--log-group-name", "/app", "--filter-name", "bytes"), None)
    put_events("/app", "x 404 1500")
    ok("a removed filter counts no more", metric("App", "Bytes"), (1, 1500))
    ok("put-metric-filter refuses what cannot work", error_code(put_filter("/app", "f", "a-b", transformation("m", "1"))),
       "InvalidParameterException")


def lines_read_back():
    """Forty lines of their own group, by stream and by Insights."""
    group = ("--log-group-name", "/lines")
    for words in (("create-log-group", *group), ("create-log-stream", *group, "--log-stream-name", "s")):
        aws("logs", *words)
    sent = ['{"n":%d,"route":"%s"}' % (n, "/a" if n % 4 else "/b") for n in range(40)]
    put_events("/lines", *sent, age=30000)
    ok("describe-log-streams", names(aws("logs", "describe-log-streams", *group), "logStreams", "logStreamName"), ["s"])
    ok("get-log-events", names(aws("logs", "get-log-events", *group, "--log-stream-name", "s", "--start-from-head"),
                               "events", "message"), sent)
    now = int(time.time())
    window = (*group, "--start-time", str(now - 600), "--end-time", str(now + 60))
    rows = query_rows(window, "filter n >= 10 | stats count(*) as c, sum(n) as s by route | sort route")
    want = [(route, [n for n in range(10, 40) if bool(n % 4) == (route == "/a")]) for route in ("/a", "/b")]
    ok("start-query and get-query-results", [(row["route"], float(row["c"]), float(row["s"])) for row in rows],
       [(route, len(ns), sum(ns)) for route, ns in want])
    last = query_rows(window, "fields @message | sort @timestamp desc | limit 1")[0]
    record = aws("logs", "get-log-record", "--log-record-pointer", last["@ptr"])["logRecord"]
    ok("get-log-record", (record["@message"], record["n"], record["@log"]), (sent[-1], "39", "000000000000:/lines"))
    queries = aws("logs", "describe-queries", *group, "--status", "Complete")["queries"]
    ok("describe-queries", len(queries), 2)
    ok("stop-query: it has ended", error_code(aws("logs", "stop-query", "--query-id", queries[0]["queryId"])),
       "InvalidParameterException")
    aws("logs", "delete-log-group", *group)


def query_rows(window, text):
    """The rows of an Insights query that has ended, as objects."""
    started = aws("logs", "start-query", *window, "--query-string", text)
    deadline = time.monotonic() + 30
    answer = aws("logs", "get-query-results", "--query-id", started["queryId"])
    while answer["status"] != "Complete" and time.monotonic() < deadline:
        answer = aws("logs", "get-query-results", "--query-id", started["queryId"])
    return [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]


def every_operation():
    """Those that the program lists; awscli 2.9 has no command for one of them."""
    text = subprocess.run([BINARY, "help", "aws"], capture_output=True, text=True, check=True).stdout
    section = text.split("\nCloudWatch Logs\n")[1].split("\n\n")[0]
    names = re.findall(r"^  (\w+)", section, re.MULTILINE)
    listed = {re.sub("(?<!^)[A-Z]", lambda c: "-" + c.group(), name).lower() for name in names}
    ok("every operation was called", listed - called, {"start-live-tail"})


def subscriptions():
    arn = "arn:aws:lambda:eu-west-1:1:function:f"
    words = ("--log-group-name", "/app", "--filter-name", "all")
    ok("put-subscription-filter",
       aws("logs", "put-subscription-filter", *words, "--filter-pattern", "", "--destination-arn", arn), None)
    answer = aws("logs", "describe-subscription-filters", "--log-group-name", "/app")["subscriptionFilters"]
    ok("describe-subscription-filters", (answer[0]["destinationArn"], answer[0]["distribution"]), (arn, "ByLogStream"))
    ok("delete-subscription-filter", aws("logs", "delete-subscription-filter", *words), None)
    ok("describe-subscription-filters is empty then",
       aws("logs", "describe-subscription-filters", "--log-group-name", "/app"), {"subscriptionFilters": []})
    for operation in ("describe-resource-policies", "describe-destinations", "describe-export-tasks"):
        ok(operation + " is refused by name", error_code(aws("logs", operation)), "UnknownOperationException")


def stored_bytes(group):
    """What the group's lines count for, as the service bills them."""
    events = aws("logs", "filter-log-events", "--log-group-name", group)["events"]
    return sum(len(e["message"].encode()) + 26 for e in events), len(events)


def service_metrics():
    """Seven posts within the limit, two of them refused by the function, and two over the limit."""
    vitals = {"metrics": [{"name": "LCP", "value": 1250.5, "rating": "good", "url": "https://x.example/a"},
                          {"name": "CLS", "value": 0.1, "url": "https://x.example/\u00e9", "timestamp": 1}],
              "sessionId": "s", "userAgent": 'a "quoted" agent'}
    error = {"error": {"message": "m\n\u00e9", "stack": "at x"}, "context": {"sessionId": "s"}}
    answers = [emulator.post("/metrics/web-vitals", vitals)[0], emulator.post("/errors/report", error)[0]]
    put_filter(VITALS, "slow", "{ $.LCP > 1000 }", transformation("SlowLcp", "$.LCP"))
    put_filter(ERRORS, "lines", '{ $.error.message = "m*" }', transformation("ErrorLines", "1"))
    answers += [emulator.post("/metrics/web-vitals", body)[0] for body in (vitals, vitals, {}, [])]
    answers += [emulator.post("/errors/report", error)[0] for _ in range(3)]
    ok("answers of the two endpoints", answers, [200, 200, 200, 200, 400, 400, 200, 429, 429])
    ok("a filter over lines of the web-vitals function", metric("App", "SlowLcp"), (2, 2501))
    ok("a filter over lines of the error reporter", metric("App", "ErrorLines"), (1, 1))

    api, stage = ("ApiId", "obsview"), ("Stage", "$default")
    route = (api, ("Method", "POST"), ("Resource", "/errors/report"), stage)
    wait_for("AWS/ApiGateway Count", (9, 9), lambda: metric("AWS/ApiGateway", "Count", api))
    ok("AWS/ApiGateway Count by stage", metric("AWS/ApiGateway", "Count", api, stage), (9, 9))
    ok("AWS/ApiGateway Count by route", metric("AWS/ApiGateway", "Count", *route), (4, 4))
    ok("AWS/ApiGateway 4xx", metric("AWS/ApiGateway", "4xx", api), (9, 4))
    ok("AWS/ApiGateway 5xx", metric("AWS/ApiGateway", "5xx", api), (9, 0))
    ok("AWS/ApiGateway Latency has a value for each", metric("AWS/ApiGateway", "Latency", api)[0], 9)
    ok("AWS/ApiGateway IntegrationLatency of those let through", metric("AWS/ApiGateway", "IntegrationLatency", api)[0], 7)
    ok("AWS/ApiGateway DataProcessed", metric("AWS/ApiGateway", "DataProcessed", api)[0], 9)
    function = ("FunctionName", "obsview-dev-web-vitals")
    ok("AWS/Lambda Invocations", metric("AWS/Lambda", "Invocations", function), (5, 5))
    ok("AWS/Lambda Errors: a refusal is none", metric("AWS/Lambda", "Errors", function), (5, 0))
    ok("AWS/Lambda Throttles stay absent", metric("AWS/Lambda", "Throttles", function), None)
    for group in (VITALS, ERRORS, "/app", "/emf"):
        got = [int((metric("AWS/Logs", name, ("LogGroupName", group)) or (0, 0))[1])
               for name in ("IncomingBytes", "IncomingLogEvents")]
        ok("AWS/Logs of " + group, tuple(got), stored_bytes(group))
    total = int(metric("AWS/Logs", "IncomingLogEvents")[1])
    ok("AWS/Logs over all groups", total, sum(stored_bytes(g)[1] for g in (VITALS, ERRORS, "/app", "/emf")))


def after_a_restart():
    global emulator
    emulator.post("/metrics/web-vitals", {})
    ok("the emulator stops", emulator.stop(), 0)
    emulator = Emulator()
    ok("what was counted just before the stop is there",
       metric("AWS/ApiGateway", "Count", ("ApiId", "obsview")), (10, 10))
    ok("the default of the minute is there", metric("App", "Errors")[1], 1)
    put_events("/app", "ERROR after")
    ok("filters work on", metric("App", "Errors")[1], 2)
    ok("delete-log-stream", aws("logs", "delete-log-stream", "--log-group-name", "/app", "--log-stream-name", "s"), None)
    ok("delete-log-group", aws("logs", "delete-log-group", "--log-group-name", "/app"), None)
    ok("delete-log-group twice", error_code(aws("logs", "delete-log-group", "--log-group-name", "/app")),
       "ResourceNotFoundException")
    ok("its filters are gone", aws("logs", "describe-metric-filters")["metricFilters"][0]["logGroupName"], ERRORS)


commands = Commands(os.environ["AWSCLI"]) if os.environ.get("AWSCLI") else WarmCommands()
emulator = Emulator()
try:
    groups()
    filters()
    subscriptions()
    service_metrics()
    after_a_restart()
    lines_read_back()
    every_operation()
finally:
    emulator.process.kill()
    emulator.process.wait()
    commands.stop()
    shutil.rmtree(WORK)
print("%d passed, %d failed" % (counts[True], counts[False]))
raise SystemExit(counts[False] > 0)
