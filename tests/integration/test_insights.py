#!/usr/bin/env python3
"""Logs Insights over the wire: answers against an independent computation in this script.

SPDX-License-Identifier: MIT

OBSVIEW names the binary. Lines are generated with a fixed seed, put with PutLogEvents, and each query's rows are
compared with what plain Python finds in the same lines.
"""
import datetime
import http.client
import ipaddress
import json
import math
import os
import random
import re
import statistics
import subprocess
import sys
import time

BINARY = os.environ.get("OBSVIEW", os.path.join(os.path.dirname(__file__), "../../build/obsview"))
AUTHORIZATION = ("AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/logs/aws4_request, "
                 "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64)
ACCOUNT = "000000000000"
GROUPS = ["/app/web", "/app/jobs", "/aws/lambda/shop"]
LEVELS = ["INFO", "INFO", "INFO", "WARN", "ERROR"]

passed = failed = 0


def ok(name, got, want):
    global passed, failed
    if got == want:
        passed += 1
        print("ok %d - %s" % (passed + failed, name))
    else:
        failed += 1
        print("not ok %d - %s" % (passed + failed, name))
        for i in range(max(len(got), len(want)) if isinstance(got, list) and isinstance(want, list) else 0):
            if i >= len(got) or i >= len(want) or got[i] != want[i]:
                print("# row %d\n#  got  %s\n#  want %s" % (
                    i, got[i] if i < len(got) else None, want[i] if i < len(want) else None))
                break
        else:
            print("# got  %s\n# want %s" % (str(got)[:1500], str(want)[:1500]))


class Emulator:
    def __init__(self):
        self.process = subprocess.Popen(
            [BINARY, "emulate", "--listen", "127.0.0.1:0", "--emf-listen", "off", "--db", ":memory:"],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("obsview ready http://"):
            raise SystemExit("the emulator did not start: " + line)
        self.connection = http.client.HTTPConnection(line.split()[2][len("http://"):], timeout=60)

    def ask(self, operation, request):
        self.connection.request("POST", "/", json.dumps(request), {
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Logs_20140328." + operation,
            "X-Amz-Date": "20261124T000000Z", "Authorization": AUTHORIZATION})
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else {}

    def call(self, operation, **request):
        status, answer = self.ask(operation, request)
        if status != 200:
            raise SystemExit("%s %s: %d %s" % (operation, request, status, answer))
        return answer

    def wait(self, query_id, **more):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            answer = self.call("GetQueryResults", queryId=query_id, **more)
            if answer["status"] not in ("Scheduled", "Running"):
                return answer
            time.sleep(0.01)
        raise SystemExit("query %s does not end" % query_id)

    def query(self, text, groups=None, start=None, end=None, **more):
        started = self.call("StartQuery", logGroupNames=groups or GROUPS[:1], startTime=start or START,
                            endTime=end or END, queryString=text, **more)
        return self.wait(started["queryId"])


# --- lines ----------------------------------------------------------------------------------------------------------

NOW = int(time.time())
START = NOW - 7200
END = NOW
SHAPES = 900


def make_lines(group, seed, count):
    rng = random.Random(seed)
    lines = []
    for i in range(count):
        t = START * 1000 + i * 7000 + rng.randrange(1000)
        kind = i % 9
        if group == GROUPS[2]:
            rid = "r-%d" % (i // 3)
            if i % 3 == 0:
                text = "START RequestId: %s Version: $LATEST" % rid
            elif i % 3 == 1:
                text = '2026-01-01T00:00:00.000Z\t%s\tINFO\tsold {"item":{"price":%d}}' % (rid, i % 40)
            else:
                text = ("REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %d ms\tMemory Size: 256 MB\t"
                        "Max Memory Used: %d MB\t" % (rid, rng.uniform(1, 900), 100, 60 + i % 70))
        elif kind == 7:
            text = "GET /item/%d user=u%d, ms=%d done" % (i % 13, i % 5, rng.randrange(2000))
        elif kind == 8:
            text = "plain line number %d" % i
        else:
            doc = {"level": rng.choice(LEVELS), "ms": rng.randrange(3000), "ratio": round(rng.uniform(-1, 1), 3),
                   "user": {"name": "user%d" % rng.randrange(20), "ip": "10.%d.%d.%d" % (
                       rng.randrange(3), rng.randrange(256), rng.randrange(256))},
                   "tags": ["t%d" % (i % 3), "x"], "ok": rng.random() < 0.8, "version": "v%d" % rng.randrange(12)}
            if i % 4 == 0:
                del doc["ratio"]
            if i % 5 == 0:
                doc["odd-name"] = "\u00e9 \"%d\"" % (i % 3)
            if i % 6 == 0:
                doc["nothing"] = None
            text = json.dumps(doc, separators=(",", ":"))
        lines.append((t, text))
    return lines


class Line:
    def __init__(self, group, stream, t, text, order):
        self.group, self.stream, self.t, self.text, self.order = group, stream, t, text, order
        self.doc = None
        if group.startswith("/aws/lambda/"):
            at = text.find("{")
            self.doc = json.JSONDecoder().raw_decode(text[at:])[0] if at >= 0 else None
        elif text.startswith("{"):
            self.doc = json.loads(text)

    def get(self, path):
        value = self.doc
        for step in path.split("."):
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            else:
                return None
        return None if isinstance(value, (dict, list)) else value


def stamp(ms):
    return datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc).strftime(
        "%Y-%m-%d %H:%M:%S") + ".%03d" % (ms % 1000)


def show(value):
    """How a computed value prints: whole numbers without a point, others with up to four decimals."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (int, float)):
        text = "%.4f" % value
        text = text.rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    return value


def raw(value):
    """How a field prints: as it stands in the line."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return json.dumps(value) if isinstance(value, (int, float)) else value


def row(**cells):
    return {k.replace("__", "."): v for k, v in cells.items() if v is not None}


def quantile(values, q):
    values = sorted(values)
    rank = q * (len(values) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (rank - low)


def floor_to(t, ms):
    return t - t % ms


def grouped(lines, key):
    out = {}
    for line in lines:
        out.setdefault(key(line), []).append(line)
    return out


def natural(text):
    """The order of texts in sort: runs of digits by length and then by digits, other runs by bytes."""
    runs = re.findall(rb"[0-9]+|[^0-9]+", text.encode())
    return [(1, len(r), r) if r[:1].isdigit() else (0, 0, r) for r in runs]


# --- the comparison -------------------------------------------------------------------------------------------------

emulator = Emulator()


def fill():
    everything = {}
    for n, group in enumerate(GROUPS):
        emulator.call("CreateLogGroup", logGroupName=group)
        for stream in ("one", "two"):
            emulator.call("CreateLogStream", logGroupName=group, logStreamName=stream)
        made = make_lines(group, 100 + n, SHAPES)
        lines = []
        for s, stream in enumerate(("one", "two")):
            mine = [(t, x) for i, (t, x) in enumerate(made) if i % 2 == s]
            emulator.call("PutLogEvents", logGroupName=group, logStreamName=stream,
                          logEvents=[{"timestamp": t, "message": x} for t, x in mine])
            lines += [Line(group, stream, t, x, 0) for t, x in mine]
        lines.sort(key=lambda line: -line.t)
        everything[group] = lines
    return everything


def rows_of(answer, pointers=False):
    return [{f["field"]: f["value"] for f in r if pointers or f["field"] != "@ptr"} for r in answer["results"]]


def check(query, want, name=None, unordered=False, **more):
    answer = emulator.query(query, **more)
    got = rows_of(answer)
    if unordered:
        got, want = (sorted(x, key=lambda r: json.dumps(r, sort_keys=True)) for x in (got, want))
    ok(name or query, got, want)
    return answer


def near(query, column, want, **more):
    got = rows_of(emulator.query(query, **more))
    good = len(got) == 1 and abs(float(got[0][column]) - want) <= 0.00006 + 1e-9 * abs(want)
    ok(query, good or got, True)


def filters(lines):
    def those(test):
        return [row(t=stamp(x.t)) for x in lines if test(x)][:10000]

    def number(x, path):
        v = x.get(path)
        return v if isinstance(v, (int, float)) and not isinstance(v, bool) else None

    cases = [
        ("level = 'ERROR'", lambda x: x.get("level") == "ERROR"),
        ("level != 'ERROR'", lambda x: x.get("level") not in (None, "ERROR")),
        ("not level = 'ERROR'", lambda x: x.get("level") != "ERROR"),
        ("ms > 1500 and ms <= 2000", lambda x: number(x, "ms") is not None and 1500 < x.get("ms") <= 2000),
        ("ms < 100 or level in ['WARN', 'ERROR']",
         lambda x: (number(x, "ms") is not None and x.get("ms") < 100) or x.get("level") in ("WARN", "ERROR")),
        ("ms = 7 or (level = 'WARN' and not (ok = 1))",
         lambda x: x.get("ms") == 7 or (x.get("level") == "WARN" and x.get("ok") is not True)),
        ("@message like 'number 1'", lambda x: "number 1" in x.text),
        ("@message like /user=u[23], ms=\\d{3} /", lambda x: re.search(r"user=u[23], ms=\d{3} ", x.text)),
        ("@message =~ /(?i)LEVEL\":\"w/", lambda x: re.search(r'(?i)LEVEL":"w', x.text)),
        ("user.name not like /user1/", lambda x: x.get("user.name") is not None and "user1" not in x.get("user.name")),
        ("level not in ['INFO', 'WARN']", lambda x: x.get("level") not in (None, "INFO", "WARN")),
        ("ispresent(ratio)", lambda x: x.get("ratio") is not None),
        ("ratio is null", lambda x: x.get("ratio") is None),
        ("ratio < -0.5", lambda x: number(x, "ratio") is not None and x.get("ratio") < -0.5),
        ("isIpv4InSubnet(user.ip, '10.1.0.0/17')",
         lambda x: x.get("user.ip") and ipaddress.ip_address(x.get("user.ip")) in ipaddress.ip_network("10.1.0.0/17")),
        ("tags.0 = 't1' and tags[1] = 'x'", lambda x: x.get("tags.0") == "t1"),
        ("`odd-name` = '\u00e9 \"1\"'", lambda x: x.get("odd-name") == '\u00e9 "1"'),
        ("strcontains(version, '1') and strlen(version) = 3",
         lambda x: x.get("version") and "1" in x.get("version") and len(x.get("version")) == 3),
        ("ms % 2 = 1 and ms * 2 + 1 > 5000", lambda x: number(x, "ms") is not None and x.get("ms") % 2 == 1
         and x.get("ms") * 2 + 1 > 5000),
        ("ok = false", lambda x: x.get("ok") is False),
        ("nothing is null and level is not null", lambda x: x.get("level") is not None),
        ("@logStream = 'two' and isempty(level)", lambda x: x.stream == "two" and x.get("level") is None),
        ("toMillis(@timestamp) >= %d" % ((START + 3600) * 1000), lambda x: x.t >= (START + 3600) * 1000),
    ]
    for text, test in cases:
        check("fields @timestamp as t | filter %s | display t" % text, those(test), "filter " + text)


def shows(lines):
    docs = [x for x in lines if x.get("level")]
    check("fields @timestamp, @message | limit 25", [row(**{"@timestamp": stamp(x.t), "@message": x.text})
                                                     for x in lines[:25]])
    check("filter ispresent(level)", [row(**{"@timestamp": stamp(x.t), "@message": x.text}) for x in docs])
    check("filter ispresent(level) | display user.name, ms, ratio, ok",
          [row(user__name=x.get("user.name"), ms=raw(x.get("ms")), ratio=raw(x.get("ratio")), ok=raw(x.get("ok")))
           for x in docs])
    check("fields toupper(user.name) as n, ms / 7 as s, concat(level, '/', version) as c, abs(ratio) as a "
          "| filter ispresent(level) | display n, s, c, a",
          [row(n=x.get("user.name").upper(), s=show(x.get("ms") / 7), c=x.get("level") + "/" + x.get("version"),
               a=None if x.get("ratio") is None else show(abs(x.get("ratio")))) for x in docs])
    check("filter ispresent(level) | display floor(ms / 100) as f, ceil(ms / 100) as c, sqrt(ms) as q, ms ^ 2 as p, "
          "greatest(ms, 1000) as g, least(ms, 1000) as l",
          [row(f=show(x.get("ms") // 100), c=show(-(-x.get("ms") // 100)), q=show(math.sqrt(x.get("ms"))),
               p=show(x.get("ms") ** 2), g=show(max(x.get("ms"), 1000)), l=show(min(x.get("ms"), 1000)))
           for x in docs])
    check("filter ispresent(level) | display substr(user.name, 4) as s, replace(version, 'v', 'V') as r, "
          "trim(user.name, 'user') as t, coalesce(ratio, level) as c",
          [row(s=x.get("user.name")[4:], r=x.get("version").replace("v", "V"), t=x.get("user.name")[4:],
               c=raw(x.get("ratio")) if x.get("ratio") is not None else x.get("level")) for x in docs])
    check("fields datefloor(@timestamp, 10m) as f, dateceil(@timestamp, 10m) as c, bin(1h) as b | display f, c, b | limit 50",
          [row(f=stamp(floor_to(x.t, 600000)), c=stamp(floor_to(x.t + 599999, 600000)), b=stamp(floor_to(x.t, 3600000)))
           for x in lines[:50]])


def parses(lines):
    glob = [(x, re.search(r"user=(.*?), ms=(.*?) done", x.text)) for x in lines]
    hits = [(x, m) for x, m in glob if m]
    check("parse @message 'user=*, ms=* done' as who, took | filter ispresent(who) | display who, took",
          [row(who=m[1], took=m[2]) for _, m in hits])
    check("parse /GET \\/item\\/(?<item>\\d+) user=(?<who>\\w+)/ | filter item > 5 | display item, who",
          [row(item=m[1], who=m[2]) for m in (re.search(r"GET /item/(\d+) user=(\w+)", x.text) for x in lines)
           if m and int(m[1]) > 5])
    check("parse user.ip '*.*.*.*' as a, b, c, d | filter b = 2 and d < 50 | display a, b, c, d",
          [dict(zip("abcd", x.get("user.ip").split("."))) for x in lines
           if x.get("user.ip") and x.get("user.ip").split(".")[1] == "2" and int(x.get("user.ip").split(".")[3]) < 50])
    by = grouped(hits, lambda h: h[1][1])
    check("parse @message 'user=*, ms=* done' as who, took | filter ispresent(took) "
          "| stats sum(took) as s, count(*) as n by who | sort who",
          [row(who=k, s=show(sum(int(m[2]) for _, m in by[k])), n=str(len(by[k]))) for k in sorted(by)])


def sorts(lines):
    docs = [x for x in lines if x.get("level")]
    check("filter ispresent(ms) | sort ms desc | limit 30 | display ms",
          [row(ms=raw(x.get("ms"))) for x in sorted(docs, key=lambda x: -x.get("ms"))[:30]])
    check("filter ispresent(level) | sort level, ms desc | limit 40 | display level, ms",
          [row(level=x.get("level"), ms=raw(x.get("ms")))
           for x in sorted(docs, key=lambda x: (x.get("level"), -x.get("ms")))[:40]])
    check("filter ispresent(version) | sort version desc, ms | limit 60 | display version, ms",
          [row(version=x.get("version"), ms=raw(x.get("ms"))) for x in sorted(
              sorted(docs, key=lambda x: x.get("ms")), key=lambda x: natural(x.get("version")), reverse=True)[:60]],
          unordered=True)
    check("fields @timestamp as t | sort @timestamp | limit 5 | display t", [row(t=stamp(x.t)) for x in lines[::-1][:5]])
    check("fields ratio | filter ispresent(level) | sort ratio | display ratio",
          [row(ratio=raw(x.get("ratio"))) for x in sorted(
              docs, key=lambda x: (x.get("ratio") is None, x.get("ratio") or 0))])
    seen = {}
    for x in docs:
        seen.setdefault((x.get("level"), x.get("ok")), x)
    check("filter ispresent(level) | fields level, ok, ms | dedup level, ok",
          [row(level=x.get("level"), ok=raw(x.get("ok")), ms=raw(x.get("ms"))) for x in seen.values()])
    best = {}
    for x in sorted(docs, key=lambda x: x.get("ms")):
        best.setdefault(x.get("user.name"), x)
    check("fields user.name, ms | filter ispresent(level) | sort ms | dedup user.name | limit 7",
          [row(user__name=x.get("user.name"), ms=raw(x.get("ms"))) for x in best.values()][:7])


def aggregates(lines):
    docs = [x for x in lines if x.get("level")]
    ms = [x.get("ms") for x in docs]
    ratios = [x.get("ratio") for x in docs if x.get("ratio") is not None]
    check("stats count(*) as n, count(level) as l, count_distinct(user.name) as u",
          [row(n=str(len(lines)), l=str(len(docs)), u=str(len({x.get("user.name") for x in docs})))])
    near("stats sum(ms) as s", "s", sum(ms))
    near("stats avg(ms) as a", "a", statistics.fmean(ms))
    near("stats stddev(ratio) as d", "d", statistics.stdev(ratios))
    near("stats sum(ratio) as r", "r", math.fsum(ratios))
    near("stats pct(ms, 50) as p", "p", quantile(ms, 0.5))
    near("stats percentile(ms, 95) as p", "p", quantile(ms, 0.95))
    near("stats pct(ratio, 99.5) as p", "p", quantile(ratios, 0.995))
    near("stats sum(ms) / count(ms) - min(ms) as e", "e", sum(ms) / len(ms) - min(ms))
    check("stats min(ms), max(ms), min(ratio), max(ratio)", [{
        "min(ms)": show(min(ms)), "max(ms)": show(max(ms)), "min(ratio)": show(min(ratios)),
        "max(ratio)": show(max(ratios))}])
    check("stats earliest(version) as a, latest(version) as b, sortsFirst(version) as c, sortsLast(version) as d",
          [row(a=docs[-1].get("version"), b=docs[0].get("version"),
               c=min((x.get("version") for x in docs), key=natural), d=max((x.get("version") for x in docs), key=natural))])
    bins = grouped(lines, lambda x: floor_to(x.t, 300000))
    check("stats count(*) by bin(5m)", [{"bin(5m)": stamp(k), "count(*)": str(len(v))} for k, v in bins.items()])
    check("stats count(*) as n by bin(5m) as t | sort t", [row(t=stamp(k), n=str(len(bins[k]))) for k in sorted(bins)])
    by = grouped(docs, lambda x: (floor_to(x.t, 900000), x.get("level")))
    check("filter ispresent(level) | stats avg(ms) as a, max(ms) as m by bin(15m) as t, level | sort t desc, level",
          [row(t=stamp(t), level=v, a=show(statistics.fmean(x.get("ms") for x in by[t, v])),
               m=show(max(x.get("ms") for x in by[t, v])))
           for t, v in sorted(by, key=lambda k: (-k[0], k[1]))])
    check("filter level = 'ERROR' | stats count(*) as n, pct(ms, 90) as p by user.name | sort n desc, user.name | limit 10",
          [row(user__name=k, n=str(len(v)), p=show(quantile([x.get("ms") for x in v], 0.9))) for k, v in sorted(
              grouped([x for x in docs if x.get("level") == "ERROR"], lambda x: x.get("user.name")).items(),
              key=lambda kv: (-len(kv[1]), natural(kv[0])))[:10]])
    per = [sum(x.get("ms") or 0 for x in v) for v in bins.values()]
    for column, want in (("hi", max(per)), ("lo", min(per)), ("n", len(per))):
        near("stats sum(ms) as s by bin(5m) | stats max(s) as hi, min(s) as lo, count(*) as n", column, want)
    names = grouped(docs, lambda x: x.get("user.name"))
    check("filter ispresent(level) | stats count(*) as n by user.name | filter n > 30 | stats count(*) as many",
          [row(many=str(sum(len(v) > 30 for v in names.values())))])
    slow = grouped(docs, lambda x: x.get("ms") > 1000)
    check("filter ispresent(ms) | stats count(*) as n by ms > 1000 as slow | sort slow",
          [row(slow="1" if k else "0", n=str(len(slow[k]))) for k in sorted(slow)])
    check("filter level = 'NONE' | stats count(*)", [])


def groups(everything):
    both = sorted(everything[GROUPS[0]] + everything[GROUPS[1]], key=lambda x: -x.t)
    counts = grouped(both, lambda x: x.group)
    check("stats count(*) as n by @log | sort @log",
          [{"@log": ACCOUNT + ":" + g, "n": str(len(counts[g]))} for g in sorted(counts)], groups=GROUPS[:2])
    answer = check("fields @timestamp, @log | limit 100",
                   [{"@timestamp": stamp(x.t), "@log": ACCOUNT + ":" + x.group} for x in both[:100]], groups=GROUPS[:2])
    ok("statistics of two groups", [answer["statistics"][k] for k in (
        "recordsScanned", "recordsMatched", "bytesScanned", "logGroupsScanned")],
        [len(both), len(both), sum(len(x.text.encode()) for x in both), 2])
    lambdas = everything[GROUPS[2]]
    reports = [re.search(r"Duration: ([\d.]+) ms.*Used: (\d+)", x.text) for x in lambdas]
    durations = [float(m[1]) for m in reports if m]
    near("filter @type = 'REPORT' | stats avg(@duration) as d", "d", statistics.fmean(durations), groups=GROUPS[2:])
    near("stats max(@maxMemoryUsed / 1000 / 1000) as mb", "mb", max(int(m[2]) for m in reports if m), groups=GROUPS[2:])
    check("filter item.price > 35 | stats count(*) as n by item.price | sort item.price",
          [row(item__price=str(p), n=str(len(v))) for p, v in sorted(grouped(
              [x for x in lambdas if (x.get("item.price") or 0) > 35], lambda x: x.get("item.price")).items())],
          groups=GROUPS[2:])
    check("filter @requestId = 'r-7' | stats count(*) as n", [row(n="3")], groups=GROUPS[2:])
    edge = everything[GROUPS[0]][400].t // 1000
    check("stats count(*) as n", [row(n=str(sum(edge - 60 <= x.t // 1000 <= edge for x in everything[GROUPS[0]])))],
          "both ends belong to the range", start=edge - 60, end=edge)


def manners(lines):
    answer = emulator.query("fields @timestamp", limit=3)
    ok("the parameter limit", len(answer["results"]), 3)
    started = emulator.call("StartQuery", logGroupName=GROUPS[0], startTime=START, endTime=END, queryString="fields ms")
    emulator.wait(started["queryId"])
    found, token = [], None
    while True:
        more = {"nextToken": token} if token else {}
        page = emulator.call("GetQueryResults", queryId=started["queryId"], maxItems=250, **more)
        found += page["results"]
        token = page.get("nextToken")
        if not token:
            break
    ok("pages of 250 rows hold every row once", len({r[-1]["value"] for r in found}), len(lines))
    pointer = found[0][-1]["value"]
    record = emulator.call("GetLogRecord", logRecordPointer=pointer)["logRecord"]
    ok("GetLogRecord gives the line back", [record["@message"], record["@timestamp"], record["@logStream"]],
       [lines[0].text, str(lines[0].t), lines[0].stream])
    ok("a stats row has no pointer", rows_of(emulator.query("stats count(*) as n"), True), [{"n": str(len(lines))}])
    hard = emulator.query("filter @message like /(.+)+[!?]$/ | stats count(*) as n")
    ok("lines that a regular expression gives up on are counted, not passed over",
       hard["statistics"].get("recordsUndecided", 0) > 0, True)
    for name, request, code in (
            ("no such group", dict(logGroupName="nope", queryString="fields a"), "ResourceNotFoundException"),
            ("no group", dict(queryString="fields a"), "InvalidParameterException"),
            ("two ways to name groups", dict(logGroupName=GROUPS[0], logGroupNames=GROUPS, queryString="fields a"),
             "InvalidParameterException"),
            ("SQL", dict(logGroupName=GROUPS[0], queryString="SELECT 1", queryLanguage="SQL"), "InvalidParameterException"),
            ("a query that is none", dict(logGroupName=GROUPS[0], queryString="explode"), "MalformedQueryException")):
        status, answer = emulator.ask("StartQuery", dict(startTime=START, endTime=END, **request))
        ok("refused: " + name, (status, answer.get("__type")), (400, code))
    status, answer = emulator.ask("StartQuery", dict(
        logGroupName=GROUPS[0], startTime=START, endTime=END, queryString="fields a | pattern @message"))
    ok("a refusal says where", answer["queryCompileError"], {
        "location": {"startCharOffset": 11, "endCharOffset": 18},
        "message": "obsview does not support the command pattern"})
    ok("milliseconds are refused", emulator.ask("StartQuery", dict(
        logGroupName=GROUPS[0], startTime=START * 1000, endTime=END * 1000, queryString="fields a"))[0], 400)
    ok("an id that is none", emulator.ask("GetQueryResults", {"queryId": "x"})[1]["__type"], "ResourceNotFoundException")
    slow = "filter %s | stats count(*)" % " and ".join("@message not like /(.+)+[!?%d]{2}$/" % i for i in range(8))
    ids = [emulator.call("StartQuery", logGroupNames=GROUPS, startTime=START, endTime=END, queryString=slow)["queryId"]
           for _ in range(6)]
    listed = emulator.call("DescribeQueries", maxResults=6)["queries"]
    ok("DescribeQueries lists the newest first", [q["queryId"] for q in listed], ids[::-1])
    ok("StopQuery", emulator.call("StopQuery", queryId=ids[0]), {"success": True})
    ok("a stopped query is Cancelled", emulator.call("GetQueryResults", queryId=ids[0])["status"], "Cancelled")
    ok("it cannot be stopped twice", emulator.ask("StopQuery", {"queryId": ids[0]})[1]["__type"],
       "InvalidParameterException")
    for query_id in ids[1:]:
        emulator.call("StopQuery", queryId=query_id)
    many = [emulator.ask("StartQuery", dict(logGroupNames=GROUPS, startTime=START, endTime=END, queryString=slow))
            for _ in range(101)]
    refused = [a for s, a in many if s != 200]
    ok("more than 100 unfinished queries are refused",
       len(refused) >= 1 and {a["__type"] for a in refused} == {"LimitExceededException"} or many[-1], True)
    began = time.monotonic()
    emulator.call("DescribeLogGroups")
    ok("short questions do not wait behind them", time.monotonic() - began < 2, True)


def main():
    everything = fill()
    lines = everything[GROUPS[0]]
    filters(lines)
    shows(lines)
    parses(lines)
    sorts(lines)
    aggregates(lines)
    groups(everything)
    manners(lines)
    emulator.process.terminate()
    ok("the emulator ends cleanly with queries running", emulator.process.wait(20), 0)
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(failed != 0)


main()
