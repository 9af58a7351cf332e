#!/usr/bin/env python3
"""What an app's or a test's SDK writes, recorded and replayed: the same alarms turn at the same times, no signature is in the
file, and people are pseudonyms in every protocol. Debian's awscli signs; it speaks the query protocol to CloudWatch and AWS
JSON to Logs, and CBOR is written by hand.

SPDX-License-Identifier: MIT
"""
import base64
import glob
import gzip
import http.server
import json
import os
import sqlite3
import subprocess
import tempfile
import threading
import time

from harness import BINARY, DEADLINE, FIXTURES, TARGETS, Emulator, Refused, Time, cbor, check, finish, ok, signed

AWS = os.environ.get("AWSCLI", "/usr/bin/aws")
START, NOW = "2026-11-24T10:00:00.000Z", 1795514400000
KEY, SECRET = "AKIAIOSFODNN7TESTING", "a-secret-key-of-this-test-40-characters"
EMAIL, GROUP = "ada.lovelace@corp.io", "/shop/cart"
ALARM = ["--evaluation-periods", "1", "--period", "60", "--statistic", "Sum", "--threshold", "1", "--comparison-operator",
         "GreaterThanOrEqualToThreshold", "--namespace", "Shop"]
folder = tempfile.TemporaryDirectory()
ENVIRONMENT = {"HOME": folder.name, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC",
               "AWS_EC2_METADATA_DISABLED": "true", "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
               "AWS_SESSION_TOKEN": "a-session-token", "AWS_DEFAULT_REGION": "eu-west-1"}


def path(name):
    return os.path.join(folder.name, name)


def obsview(*words):
    return subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=DEADLINE, env=ENVIRONMENT)


def aws(emulator, *words):
    return subprocess.run([AWS, "--endpoint-url", emulator.url, *words], capture_output=True, text=True, timeout=DEADLINE,
                          env=ENVIRONMENT)


def events(name):
    with open(path(name), encoding="utf-8") as file:
        return [json.loads(line) for line in file][1:]


def dump(db):
    with sqlite3.connect(path(db)) as store:
        return "\n".join(store.iterdump())


def say_cbor(emulator, operation, said):
    emulator.http.request("POST", "/service/%s/operation/%s" % (TARGETS["monitoring"], operation),
                          said if isinstance(said, bytes) else cbor(said),
                          {"Content-Type": "application/cbor", "Smithy-Protocol": "rpc-v2-cbor", **signed("monitoring")})
    answer = emulator.http.getresponse()
    answer.read()
    return answer.status


def datum(name, value, **more):
    return {"Namespace": "Shop", "MetricData": [{"MetricName": name, "Value": value, "Timestamp": Time(NOW + 1000), **more}]}


def aws_by(emulator, key, *words):
    """What awscli is answered, with a key of its own."""
    run = subprocess.run([AWS, "--endpoint-url", emulator.url, "--output", "json", *words], capture_output=True, text=True,
                         timeout=DEADLINE, env={**ENVIRONMENT, "AWS_ACCESS_KEY_ID": key, "AWS_SESSION_TOKEN": ""})
    if run.returncode != 0:
        raise SystemExit("%s: %s" % (words, run.stderr))
    return json.loads(run.stdout)


# --- an hour of an app ---------------------------------------------------------------------------------------------


def write_by_awscli(emulator):
    """Each with the operation it is."""
    done = [aws(emulator, *words) for words in (
        ("logs", "create-log-group", "--log-group-name", GROUP),
        ("logs", "create-log-stream", "--log-group-name", GROUP, "--log-stream-name", "1"),
        ("logs", "put-retention-policy", "--log-group-name", GROUP, "--retention-in-days", "7"),
        ("logs", "put-metric-filter", "--log-group-name", GROUP, "--filter-name", "errors", "--filter-pattern", "ERROR",
         "--metric-transformations", "metricName=Errors,metricNamespace=Shop,metricValue=1"),
        ("cloudwatch", "put-metric-alarm", "--alarm-name", "errors", "--metric-name", "Errors", *ALARM),
        ("cloudwatch", "put-metric-alarm", "--alarm-name", "latency", "--metric-name", "Latency", *ALARM),
        ("cloudwatch", "put-metric-alarm", "--alarm-name", "orders", "--metric-name", "Orders", *ALARM),
        ("logs", "put-log-events", "--log-group-name", GROUP, "--log-stream-name", "1", "--log-events",
         "timestamp=%d,message=ERROR for %s" % (NOW, EMAIL)),
        ("logs", "tag-resource", "--resource-arn", "arn:aws:logs:eu-west-1:000000000000:log-group:" + GROUP, "--tags", "a=b"),
        ("cloudwatch", "put-metric-data", "--namespace", "Shop", "--metric-name", "Latency", "--value", "900",
         "--timestamp", START))]
    ok("awscli writes", [run.stderr for run in done if run.returncode != 0], [])


def write_packed(emulator):
    said = json.dumps({"logGroupName": GROUP, "logStreamName": "1", "logEvents": [{"timestamp": NOW, "message": "packed"}]})
    emulator.http.request("POST", "/", gzip.compress(said.encode(), mtime=0), {
        "Content-Type": "application/x-amz-json-1.1", "Content-Encoding": "gzip",
        "X-Amz-Target": TARGETS["logs"] + ".PutLogEvents", **signed("logs")})
    answer = emulator.http.getresponse()
    answer.read()
    return answer.status


def write_presigned(emulator):
    """Its signature is in the query."""
    query = ("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%s%%2F20261124%%2Feu-west-1%%2Fmonitoring%%2Faws4_request&"
             "X-Amz-Date=20261124T100000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Security-Token=a-session-token&"
             "X-Amz-Signature=%s" % (KEY, 64 * "7"))
    emulator.http.request("POST", "/?" + query, "Action=DisableAlarmActions&Version=2010-08-01&AlarmNames.member.1=orders",
                          {"Content-Type": "application/x-www-form-urlencoded"})
    answer = emulator.http.getresponse()
    answer.read()
    return answer.status


def ask(emulator):
    """Nothing of it is recorded."""
    for words in (("logs", "filter-log-events", "--log-group-name", GROUP), ("cloudwatch", "describe-alarms"),
                  ("sts", "get-session-token")):
        ok("%s %s" % words[:2], aws(emulator, *words).returncode, 0)
    try:
        emulator.call("monitoring", "PutNothing")
        check("an operation that is none", False)
    except Refused as refused:
        ok("an operation that is none", refused.status, 400)


def states(report):
    return sorted((alarm["AlarmName"], alarm["StateValue"], alarm["StateTransitionedTimestamp"], alarm["StateReason"])
                  for alarm in report["MetricAlarms"])


def turns(emulator):
    items = emulator.call("monitoring", "DescribeAlarmHistory", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    return sorted((item["Timestamp"], item["AlarmName"], item["HistorySummary"]) for item in items)


def record(name, *options):
    with Emulator("--record", path(name), "--redaction-key", path("key"), *options, clock=START) as emulator:
        write_by_awscli(emulator)
        ask(emulator)
        ok("what is packed", write_packed(emulator), 200)
        ok("what is signed in its query", write_presigned(emulator), 200)
        ok("CBOR without a person", say_cbor(emulator, "PutMetricData", datum("Orders", 5)), 200)
        ok("CBOR with one", say_cbor(emulator, "PutMetricData", datum("Carts", 5, Dimensions=[
            {"Name": "user", "Value": EMAIL}])), 200)
        ok("what is no CBOR", say_cbor(emulator, "PutMetricData", b"\xff" + EMAIL.encode()), 400)
        check("what is refused", aws(emulator, "cloudwatch", "set-alarm-state", "--alarm-name", "gone", "--state-value", "OK",
                                     "--state-reason", EMAIL).returncode != 0)
        emulator.move_clock(advance=180)
        return states(emulator.call("monitoring", "DescribeAlarms")), turns(emulator)


# --- what is in the file -------------------------------------------------------------------------------------------

OPERATIONS = ["CreateLogGroup", "CreateLogStream", "PutRetentionPolicy", "PutMetricFilter", "PutMetricAlarm", "PutMetricAlarm",
              "PutMetricAlarm", "PutLogEvents", "TagResource", "PutMetricData", "PutLogEvents", "DisableAlarmActions", "PutMetricData",
              "PutMetricData", "SetAlarmState"]


def operation(event):
    request = event["request"]
    target = request["headers"].get("x-amz-target")
    if target:
        return target.split(".")[1]
    if request["path"] != "/":
        return request["path"].split("/")[-1]
    return dict(pair.split("=", 1) for pair in request["body"].split("&"))["Action"]


def look(name):
    found = events(name)
    ok("all that writes is in it, and nothing else", [operation(event) for event in found], OPERATIONS)
    ok("with what was answered", [event["expect"]["status"] for event in found], 14 * [200] + [404])
    ok("for whom, and where", {event["request"]["headers"]["x-obsview-signed"] for event in found},
       {"logs/eu-west-1", "monitoring/eu-west-1", "logs/us-east-1", "monitoring/us-east-1"})
    with open(path(name), encoding="utf-8") as file:
        text = file.read()
    ok("and nothing of a signature", [word for word in (
        KEY, SECRET, "a-session-token", "AWS4-HMAC", "authorization", "x-amz-date", "x-amz-content-sha256", "X-Amz-",
        "amz-sdk-request", "content-encoding") if word in text], [])
    packed = found[10]["request"]["body"]
    packed = json.loads(packed) if isinstance(packed, str) else packed
    ok("what was packed can be read", packed["logEvents"][0]["message"], "packed")
    return found, text


def redacted():
    found, text = look("clean.jsonl")
    with_nobody, with_person = (base64.b64decode(found[n]["request"]["body"]["base64"]) for n in (12, 13))
    ok("CBOR without a person is as it was", with_nobody, cbor(datum("Orders", 5)))
    check("a person is a pseudonym, in each protocol", EMAIL.split("@", maxsplit=1)[0] not in text and "ERROR for" in text, text)
    check("in CBOR, too", EMAIL.encode() not in with_person and b".example" in with_person and b"Carts" in with_person,
          with_person)
    check("a time in it is one still", b"\xc1\xfb" in with_person or b"\xc1\x1a" in with_person, with_person)
    ok("which is counted", [found[n].get("replaced") for n in (7, 12, 13, 14)], [{"email": 1}, None, {"email": 1}, {"email": 1}])
    ok("no secret is found in it", obsview("fixture", "verify", path("clean.jsonl")).returncode, 0)


def plain():
    found, _ = look("plain.jsonl")
    body = base64.b64decode(found[13]["request"]["body"]["base64"])
    check("as it came", EMAIL.encode() in body, body)
    done = obsview("fixture", "verify", path("plain.jsonl"))
    check("a person in CBOR is found", done.returncode == 1 and done.stdout.count("email") == 3, done)
    done = obsview("check", "pii", path("plain.jsonl"))
    check("and by the check", done.returncode == 1 and "/operation/PutMetricData" in done.stdout, done)
    done = obsview("fixture", "redact", path("plain.jsonl"), path("later.jsonl"), "--redaction-key", path("key"))
    ok("redacted later is as redacted at once", [e["request"].get("body") for e in events("later.jsonl")],
       [e["request"].get("body") for e in events("clean.jsonl")])


# --- played --------------------------------------------------------------------------------------------------------


def replay(name, db):
    done = obsview("replay", "--expect", path(name), "--until", "180s", "--db", path(db), "--show", "alarms", "--format", "json")
    check("%s is played" % name, done.returncode == 0 and "15 requests, 1 refused" in done.stderr and
          "15 answers compared, 0 not as expected" in done.stderr, done)
    return done.stdout


def played(name, alarms, history):
    first, again = replay(name, "first.db"), replay(name, "again.db")
    ok("two replays show the same", again, first)
    ok("and leave the same behind", dump("again.db"), dump("first.db"))
    ok("three alarms turned", [name for name, state, *_ in alarms if state == "ALARM"], ["errors", "latency", "orders"])
    shown = json.loads(first)["panels"][0]["table"]["rows"]
    ok("the replay shows them", sorted(row["alarm"] for row in shown if row["state"] == "ALARM"), ["errors", "latency", "orders"])
    with Emulator(db=path("first.db"), clock="2026-11-24T10:03:00Z") as emulator:
        ok("the same states for the same reasons", states(emulator.call("monitoring", "DescribeAlarms")), alarms)
        ok("the same turns", turns(emulator), history)


def to_a_server(name):
    """It comes as if it were written now: a day later what was measured is of that day."""
    later = NOW + 86400000
    with Emulator("--token", "sesame", clock="2026-11-25T10:00:00Z") as emulator:
        done = obsview("replay", "--to", emulator.url, "--token", "sesame", "--speed", "max", "--expect", path(name))
        check("to an obsview: sent, in their order, and answered as they were", done.returncode == 0 and
              "15 requests, 1 refused" in done.stderr and "15 answers compared, 0 not as expected" in done.stderr, done)
        found = aws_by(emulator, "sesame", "logs", "filter-log-events", "--log-group-name", GROUP)
        ok("lines are of now", {event["timestamp"] for event in found["events"]}, {later})
        check("all of them", len(found["events"]) == 2, found)
        for metric, form in (("Latency", "query"), ("Orders", "CBOR")):
            data = aws_by(emulator, "sesame", "cloudwatch", "get-metric-statistics", "--namespace", "Shop", "--metric-name", metric,
                          "--start-time", "2026-11-25T09:59:00Z", "--end-time", "2026-11-25T10:02:00Z", "--period", "60",
                          "--statistics", "SampleCount")
            ok("so are data in %s" % form, [point["Timestamp"][:19] for point in data["Datapoints"]], ["2026-11-25T10:00:00"])
            old = aws_by(emulator, "sesame", "cloudwatch", "get-metric-statistics", "--namespace", "Shop", "--metric-name", metric,
                         "--start-time", "2026-11-24T09:59:00Z", "--end-time", "2026-11-24T10:02:00Z", "--period", "60",
                         "--statistics", "SampleCount")
            ok("and none of then", old["Datapoints"], [])
    with Emulator("--require-auth", env={name: ENVIRONMENT[name] for name in ENVIRONMENT if name.startswith("AWS_")}) as emulator:
        done = obsview("replay", "--to", emulator.url, "--speed", "max", path(name))
        check("who looks at keys refuses", "15 requests, 15 refused" in done.stderr, done)


class Other(http.server.BaseHTTPRequestHandler):
    """A server that is no obsview."""
    seen = []
    says = b"{}"

    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.seen.append(self.path)
        self.answer()

    def answer(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.says)))
        self.end_headers()
        self.wfile.write(self.says)

    def log_message(self, *args):
        pass


def to_another_server(name):
    server = http.server.HTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    done = obsview("replay", "--to", "http://127.0.0.1:%d" % server.server_port, "--speed", "max", path(name))
    server.shutdown()
    server.server_close()
    check("to another server: passed over, and told", done.returncode == 0 and "0 requests" in done.stderr and
          "15 requests to AWS passed over, which are sent to an obsview alone" in done.stderr, done)
    ok("nothing of it is sent", Other.seen, [])
    Other.says = b'{"name":"obsview"}'
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    proxy = "http://127.0.0.1:%d" % server.server_port
    for host in ("monitoring.eu-west-1.amazonaws.com", "LOGS.cn-north-1.amazonaws.com.cn.:80", "logs.eu-west-1.api.aws"):
        done = subprocess.run([BINARY, "replay", "--to", "http://" + host, "--speed", "max", path(name)], capture_output=True, text=True,
                              timeout=DEADLINE, check=False, env={"HOME": folder.name, "http_proxy": proxy})
        check("nor to AWS, whoever answers there: " + host, "15 requests to AWS passed over" in done.stderr and Other.seen == [], (done, Other.seen))
    server.shutdown()
    server.server_close()


def looped(name):
    """A demo plays it, over and over up to now, and so it writes of now."""
    os.mkdir(path("data"))
    with open(path(name), encoding="utf-8") as file, open(path("data/demo.jsonl"), "w", encoding="utf-8") as demo:
        demo.write(json.dumps({**json.loads(file.readline()), "length": 600000}) + "\n")
        demo.writelines(file)
    with Emulator("--demo", env={"OBSVIEW_DATA": path("data")}) as emulator:
        now = time.time() * 1000
        found = emulator.call("logs", "FilterLogEvents", logGroupName=GROUP)["events"]
        check("lines of a demo are of now", found and all(now - 4 * 3600000 < event["timestamp"] < now + 1000 for event in found),
              [event["timestamp"] for event in found][:3])
        data = emulator.call("monitoring", "GetMetricStatistics", Namespace="Shop", MetricName="Orders", Period=60,
                             StartTime=int(now / 1000) - 4 * 3600, EndTime=int(now / 1000) + 60, Statistics=["Sum"])
        check("so are its data in CBOR", len(data["Datapoints"]) > 1, data)


# --- a session that is removed --------------------------------------------------------------------------------------


def send_session(emulator):
    started = json.loads(emulator.post("/ingest/v1/web/start", {"projectKey": "shop", "trackerVersion": "17.0.0"}))
    for name in sorted(glob.glob(os.path.join(FIXTURES, "openreplay/v17-default/*.bin"))):
        with open(name, "rb") as file:
            emulator.http.request("POST", "/ingest/v1/web/i", file.read(), {"Authorization": "Bearer " + started["token"]})
        emulator.http.getresponse().read()
    return started["sessionID"]


def list_keys(emulator, bucket):
    listed = aws(emulator, "s3api", "list-objects-v2", "--bucket", bucket, "--output", "json")
    return [item["Key"] for item in json.loads(listed.stdout or "{}").get("Contents", [])]


def removed():
    bucket = "mobs"
    with Emulator("--record", path("removed.jsonl"), "--recordings-bucket", bucket, clock=START) as emulator:
        gone, stays = send_session(emulator), send_session(emulator)
        keys = [key for key in list_keys(emulator, bucket) if key.startswith(gone + "/")]
        done = aws(emulator, "s3api", "delete-objects", "--bucket", bucket, "--delete",
                   json.dumps({"Objects": [{"Key": key} for key in keys]}))
        check("a session is removed", done.returncode == 0 and keys, done)
    done = obsview("replay", "--expect", path("removed.jsonl"), "--db", path("removed.db"))
    check("and played", done.returncode == 0 and "0 not as expected" in done.stderr, done)
    with sqlite3.connect(path("removed.db")) as store:
        ok("the other one is there", store.execute("SELECT DISTINCT session FROM recording_body").fetchall(), [(int(stays),)])


# --- refused before it began ---------------------------------------------------------------------------------------


def guarded():
    with Emulator("--record", path("guarded.jsonl"), "--require-auth", "--throttle", "logs:TagLogGroup=0",
                  env={name: ENVIRONMENT[name] for name in ENVIRONMENT if name.startswith("AWS_")}) as emulator:
        ok("a good signature", aws(emulator, "logs", "create-log-group", "--log-group-name", GROUP).returncode, 0)
        check("a rate that is passed", aws(emulator, "--cli-read-timeout", "5", "logs", "tag-log-group", "--log-group-name", GROUP,
                                           "--tags", "a=b").returncode != 0)
        try:
            emulator.call("logs", "DeleteLogGroup", logGroupName=GROUP)
            check("a bad signature", False)
        except Refused as refused:
            ok("a bad signature", refused.status, 403)
        emulator.http.request("POST", "/metrics/web-vitals", "{}", {"Content-Type": "application/json",
                                                                   "X-Obsview-Signed": "logs"})
        emulator.http.getresponse().read()
    found = events("guarded.jsonl")
    ok("what no replay would refuse is not in it", [event["request"]["path"] for event in found], ["/", "/metrics/web-vitals"])
    ok("nobody else vouches", [event["request"]["headers"].get("x-obsview-signed") for event in found], ["logs/eu-west-1", None])


if __name__ == "__main__":
    with open(path("key"), "wb") as key:
        key.write(32 * b"k")
    seen = record("clean.jsonl", "--record-expect", "body")
    record("plain.jsonl", "--no-redact")
    redacted()
    plain()
    played("clean.jsonl", *seen)
    to_a_server("clean.jsonl")
    to_another_server("clean.jsonl")
    looped("clean.jsonl")
    removed()
    guarded()
    folder.cleanup()
    raise SystemExit(finish())
