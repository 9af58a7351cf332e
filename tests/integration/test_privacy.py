#!/usr/bin/env python3
"""Personal data in what an emulator gets: told, scrubbed before it is logged, judged by `check pii`, reviewed by people.

SPDX-License-Identifier: MIT
"""
import contextlib
import gzip
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree

import test_openreplay as openreplay
from harness import BINARY, Emulator, Refused, check, finish, ok

GROUP = "/obsview/privacy"
NOW_MS = int(time.time() * 1000)


HOME = tempfile.TemporaryDirectory()


def run(*args, home=HOME.name):
    done = subprocess.run([BINARY, *args], capture_output=True, timeout=90, check=False,
                          env={"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8", "TZ": "UTC"})
    return done.returncode, (done.stdout + done.stderr).decode()


def seeds():
    """Made-up people, and every value of theirs that must not be seen."""
    code, text = run("pii-seed", "--count", "3", "--seed", "11", "--format", "json")
    people = json.loads(text)["people"]
    ok("pii-seed makes people", (code, len(people)), (0, 3))
    return people, {value for person in people for name, value in person.items() if name != "name"}


PEOPLE, VALUES = seeds()


def unseen(name, text):
    ok(name + ": no value", [value for value in VALUES if value in text], [])


def judge(emulator, *options):
    code, text = run("check", "pii", "--endpoint-url", emulator.url, *options)
    unseen("check pii " + " ".join(options), text)
    return code, text


def findings(emulator, *options):
    code, text = judge(emulator, "--format", "json", *options)
    return code, json.loads(text)["findings"]


def lines_of(emulator, group):
    return [event["message"] for event in emulator.call("logs", "FilterLogEvents", logGroupName=group)["events"]]


def send_all(emulator):
    ada, alan, jean = PEOPLE
    emulator.post("/errors/report", {
        "error": {"type": "TypeError", "message": "no mail to %s, call %s" % (ada["email"], ada["phone"]),
                  "stack": "TypeError: no mail\n    at send (http://localhost/a.js?mail=%s:1:2)" % ada["email"]},
        "context": {"url": "http://localhost/u/%s?ssn=%s" % (ada["email"].replace("@", "%40"), ada["ssn"]),
                    "sessionId": "s-1", "userAgent": "Mozilla/5.0 (%s)" % ada["email"],
                    "componentStack": "in Mail (%s)" % ada["bearer"]}})
    emulator.post("/metrics/web-vitals", {"sessionId": "s-2", "userAgent": "Mozilla/5.0 " + alan["jwt"], "metrics": [
        {"name": name, "value": 1, "url": "http://localhost/card/%s/pay?%s" % (alan["email"], "mail=" + alan["email"])}
        for name in ("LCP", "INP")]})
    emulator.call("logs", "CreateLogGroup", logGroupName="/app/jobs")
    emulator.call("logs", "CreateLogStream", logGroupName="/app/jobs", logStreamName="s")
    emulator.call("logs", "PutLogEvents", logGroupName="/app/jobs", logStreamName="s", logEvents=[
        {"timestamp": NOW_MS, "message": json.dumps({"level": "INFO", "context": {"user": {"mail": jean["email"]},
                                                                                 "password": jean["password"]}})},
        {"timestamp": NOW_MS, "message": "paid with " + jean["card"]},
        {"timestamp": NOW_MS, "message": "all is well"}])


def nothing_came():
    with Emulator() as emulator:
        groups = emulator.call("logs", "DescribeLogGroups")["logGroups"]
        ok("the log group is there from the start, for as long as recordings",
           [(g["logGroupName"], g["retentionInDays"]) for g in groups], [(GROUP, 30)])
        code, text = judge(emulator)
        check("an emulator that got nothing proves nothing", code == 3 and "not enough data" in text, (code, text))
        check("by which rules is told", "rules sha256 " in text, text)
        emulator.post("/errors/report", {"error": {"message": "order 4711 of 12 failed"}, "context": {
            "url": "http://localhost/orders/4711?page=2", "sessionId": "s-1"}})
        code, found = findings(emulator)
        ok("what holds nothing is clean", (code, [f["level"] for f in found]), (0, ["ok"]))
        error = lines_of(emulator, "/aws/lambda/obsview-dev-error-reporter")[1]
        check("and logged as it came", "order 4711 of 12 failed" in error and "/orders/4711?page=2" in error, error)
        code, text = judge(emulator, "--format", "junit")
        suites = ElementTree.fromstring(text.split("\nsearched")[0])
        ok("JUnit of nothing is a case that passed", (code, suites.get("tests"), suites.get("failures")), (0, "1", "0"))
        emulator.http.request("POST", "/_obsview/reset")
        emulator.http.getresponse().read()
        ok("it is there after a reset", [(g["logGroupName"], g["retentionInDays"]) for g in
                                         emulator.call("logs", "DescribeLogGroups")["logGroups"]], [(GROUP, 30)])
        emulator.call("logs", "DeleteLogGroup", logGroupName=GROUP)
        ok("without the group nothing can be judged", judge(emulator)[0], 3)
    ok("nobody there", run("check", "pii", "--endpoint-url", "http://127.0.0.1:9")[0], 3)


def everything_is_told():
    with Emulator() as emulator:
        send_all(emulator)
        code, found = findings(emulator, "--severity", "low")
        ok("found", code, 1)
        ok("where", sorted({(f["source"], f["record"], f["field"], f["kind"]) for f in found}), [
            ("error", "error report", "context.componentStack", "bearer"),
            ("error", "error report", "context.url", "email"), ("error", "error report", "context.url", "ssn"),
            ("error", "error report", "context.userAgent", "email"),
            ("error", "error report", "error.message", "email"), ("error", "error report", "error.message", "phone"),
            ("error", "error report", "error.stack", "email"), ("log", "/app/jobs", "context.password", "secret"),
            ("log", "/app/jobs", "context.user.mail", "email"), ("log", "/app/jobs", "line", "card"),
            ("web-vitals", "web vitals", "metrics[].url", "email"), ("web-vitals", "web vitals", "userAgent", "jwt")])
        ok("each with what the issue asks for", [f for f in found if f["severity"] not in ("low", "medium", "high")], [])
        ok("sessions", {f["session"] for f in found if f["source"] != "log"}, {"s-1", "s-2"})
        ok("what was replaced says so", {f["source"] for f in found if f.get("scrubbed")}, {"error", "web-vitals"})
        ok("what was not does not", [f for f in found if f["source"] == "log" and "scrubbed" in f], [])
        ok("high ones alone", {f["kind"] for f in findings(emulator, "--severity", "high")[1]},
           {"ssn", "bearer", "secret", "card", "jwt"})
        code, text = judge(emulator, "--format", "junit")
        cases = ElementTree.fromstring(text).iter("testcase")
        ok("JUnit has a failed case for each", (code, sum(case.find("failure") is not None for case in cases)), (1, 12))
        check("text says that it was masked", "masked before it was logged" in judge(emulator)[1])
        told = "\n".join(lines_of(emulator, GROUP))
        unseen("the log group", told)
        send_all_again(emulator, len(told.splitlines()))


def send_all_again(emulator, before):
    """What was told once is not told again."""
    ada = PEOPLE[0]
    emulator.post("/errors/report", {"error": {"message": "no mail to %s, call %s" % (ada["email"], ada["phone"])},
                                     "context": {"sessionId": "s-1"}})
    ok("a repeat is no second finding", len(findings(emulator, "--severity", "low")[1]), 12)
    ok("nor a second line", len(lines_of(emulator, GROUP)), before)


def nothing_is_kept():
    """Of errors and vitals no value is in a log line, an answer, a table or on screen."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.db")
        with Emulator(db=path) as emulator:
            send_all(emulator)
            judge(emulator)
            errors = lines_of(emulator, "/aws/lambda/obsview-dev-error-reporter")
            vitals = lines_of(emulator, "/aws/lambda/obsview-dev-web-vitals")
            unseen("lines of errors", "\n".join(errors))
            unseen("lines of vitals", "\n".join(vitals))
            line = json.loads(errors[1])
            check("its shape stays", line["message"].startswith("no mail to *") and "@*******.***" in line["message"],
                  line["message"])
            check("so does the address", line["context"]["url"].startswith("http://localhost/u/*"), line["context"])
            ok("a route is a route", json.loads(vitals[1])["route"], "/card/:id/pay")
            own = ("--endpoint-url", emulator.url)
            for view in ("privacy", "errors", "vitals", "overview", "intake", "analytics"):
                for form in ("text", "json", "csv", "md"):
                    unseen("report %s as %s" % (view, form), run("report", view, "--format", form, *own)[1])
            for view in ("privacy", "errors", "intake"):
                unseen("screen of " + view, run("watch", "--once", "--view", view, "--size", "160x48", *own)[1])
            intake_is_masked(emulator)
        emulator.http.close()
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % path, uri=True)) as db:
            for table, in db.execute("SELECT name FROM sqlite_schema WHERE type='table'").fetchall():
                if not table.startswith(("sqlite_", "log_chunk")):
                    unseen("table " + table, " ".join(str(row) for row in db.execute("SELECT * FROM %s" % table)))


def intake_is_masked(emulator):
    def get(path):
        emulator.http.request("GET", path)
        return emulator.http.getresponse().read().decode()

    emulator.post("/errors/report", {"error": {"message": "to " + PEOPLE[0]["email"]}, "context": {"sessionId": "s"}},
                  Referer="http://localhost/?mail=" + PEOPLE[0]["email"])
    listed = get("/_obsview/events?limit=50&mask=1&body=1")
    unseen("the intake, masked", listed)
    newest = json.loads(listed)["events"][-1]
    plain = {e["id"]: e["bodyCut"] for e in json.loads(get("/_obsview/events?limit=60&body=1"))["events"]}
    ok("masking cuts nothing", [e["id"] for e in json.loads(listed)["events"] if e["bodyCut"] != plain[e["id"]]], [])
    one = get("/_obsview/events/%d?mask=1" % newest["id"])
    unseen("one of it", one)
    ok("its body is JSON still", json.loads(json.loads(one)["body"])["error"]["message"].startswith("to *"))
    check("and says that it is not as it came", json.loads(one).get("masked") is True and newest.get("masked") is True, one)
    check("who asks for all gets all", PEOPLE[0]["email"] in get("/_obsview/events/%d" % newest["id"]))
    emulator.http.request("POST", "/errors/report", b"\xff\x00a", {"content-type": "application/json"})
    emulator.http.getresponse().read()
    last = json.loads(get("/_obsview/events?limit=1"))["events"][0]["id"]
    bare, masked = (json.loads(get("/_obsview/events/%d%s" % (last, how))) for how in ("", "?mask=1"))
    ok("bytes that are no text are told as they are", bare["bodyBase64"], "/wBh")
    ok("also where all is masked, since nobody is in them", (masked.get("bodyBase64"), "masked" in masked), ("/wBh", False))
    mail = PEOPLE[0]["email"].encode()
    for name, body, headers, is_told in (
            ("somebody's", b"\xff\x00 mail " + mail, {}, False),
            ("nobody's, compressed", gzip.compress(b'{"error":{"message":"x"}}'), {"content-encoding": "gzip"}, True),
            ("somebody's, compressed", gzip.compress(b'{"error":{"message":"to ' + mail + b'"}}'), {"content-encoding": "gzip"}, False),
            ("what cannot be unfolded", b"\x1f\x8b\x08\x00 cut", {"content-encoding": "gzip"}, False)):
        emulator.http.request("POST", "/errors/report", body, {"content-type": "application/json", **headers})
        emulator.http.getresponse().read()
        last = json.loads(get("/_obsview/events?limit=1"))["events"][0]["id"]
        masked = json.loads(get("/_obsview/events/%d?mask=1" % last))
        ok("bytes: " + name, ("bodyBase64" in masked, "masked" in masked), (is_told, not is_told))
    ok("what mask is no number", json.loads(get("/_obsview/events?mask=x")).get("events"), None)
    for path in ("/_obsview/events/0?mask=1", "/_obsview/events/x?mask=1", "/_obsview/events/999999?mask=1"):
        check("no event at " + path, "is not in the intake" in get(path))


def groups_stay():
    """Two visitors who meet one mistake are one group, whatever their values look like."""
    with Emulator() as emulator:
        ids = [emulator.post("/errors/report", {"error": {
            "type": "Error", "message": "cannot write to %s, number %s" % (person["email"], person["ssn"])}, "context": {
                "sessionId": "s"}}) for person in PEOPLE]
        prints = []
        for answer in ids:
            emulator.http.request("GET", "/errors/" + json.loads(answer)["errorId"])
            prints.append(json.loads(emulator.http.getresponse().read())["fingerprint"])
        ok("one group", len(set(prints)), 1)


def what_cannot_be_searched():
    """It is never kept in clear, and never clean."""
    with tempfile.TemporaryDirectory() as folder:
        rules = os.path.join(folder, "rules.json")
        with open(rules, "w", encoding="utf-8") as out:
            json.dump({"version": 1, "patterns": [{"name": "slow", "regex": "(?:a+)+(?:a+)+b", "severity": "low"}]}, out)
        with Emulator("--pii-rules", rules) as emulator:
            emulator.post("/errors/report", {"error": {"message": "x: " + 20 * (60 * "a" + "!b ")}, "context": {"sessionId": "s"}})
            code, found = findings(emulator)
            ok("not clean", (code, {f["level"] for f in found}), (3, {"unknown"}))
            line = lines_of(emulator, "/aws/lambda/obsview-dev-error-reporter")[1]
            check("cut where the search ended", "cut here: it cannot be searched" in line and "aaaa" not in line, line)


def hostile_texts_are_bounded():
    with Emulator() as emulator:
        emulator.post("/errors/report", {
            "error": {"message": "%40".join(["a"] * 2000), "stack": 2000 * "a@b.example "},
            "context": {"url": "http://localhost/?" + "&".join("token=%d" % i for i in range(300)), "sessionId": "s"}})
        emulator.post("/metrics/web-vitals", {"sessionId": "s", "metrics": [
            {"name": "LCP", "value": 1, "url": "http://localhost/\u00e9%%zz%%0%d?mail=a%d%%40b.example" % (i, i)}
            for i in range(100)]})
        code, _ = judge(emulator)
        ok("they are judged", code, 1)
        line = lines_of(emulator, "/aws/lambda/obsview-dev-error-reporter")[1]
        check("and masked to the last", "a@b" not in line and "token=29" not in line, line[:500])
        routes = {json.loads(text)["route"] for text in lines_of(emulator, "/aws/lambda/obsview-dev-web-vitals")
                  if text.startswith("{")}
        check("routes have no blanks", all(" " not in route for route in routes), routes)


def privacy_of(emulator):
    emulator.http.request("GET", "/_obsview/health")
    return json.loads(emulator.http.getresponse().read())["privacy"]


def floods_are_sampled():
    """Rules that are slow, and lines that come faster: each is either searched or counted, and all of them are kept."""
    total, padding = 4500, "harmless words " * 270
    documents = [{"message": "for a%d@corp.io" % n, "padding": padding, "service": "cart", "Orders": 1, "_aws": {
        "Timestamp": NOW_MS, "CloudWatchMetrics": [{"Namespace": "Shop", "Dimensions": [["service"]],
                                                    "Metrics": [{"Name": "Orders"}]}]}} for n in range(total)]
    with tempfile.TemporaryDirectory() as folder:
        rules = os.path.join(folder, "rules.json")
        with open(rules, "w", encoding="utf-8") as out:
            json.dump({"version": 1, "patterns": [
                {"name": "address", "regex": "a[0-9]+@corp[.]io", "severity": "high"},
                {"name": "slow", "regex": "[a-y ]{1,6}(?=[~^])", "severity": "low"}]}, out)
        with Emulator("--pii-rules", rules, emf="127.0.0.1:0") as emulator:
            emulator.send_emf(*documents)
            until = time.monotonic() + 90
            searching, kept = True, 0
            while time.monotonic() < until and (searching or kept < total):
                time.sleep(0.1)
                emulator.http.request("GET", "/_obsview/health")
                health = json.loads(emulator.http.getresponse().read())
                searching, kept = health["privacy"]["isSearching"], health["store"]["logLines"]
            state = privacy_of(emulator)
            ok("and each is searched or counted", state["findings"] + state["missed"] + state["unjudged"], total)
            check("both happened", state["findings"] > 0 and state["missed"] > 0, state)
            told = [json.loads(line) for line in pages_of(emulator, GROUP, "came faster")]
            ok("all lines are kept, beside those that tell", kept, total + state["findings"] + len(told))
            ok("what was not is told", sum(line["unsearched"] for line in told if "log lines that came" in line["message"]),
               state["missed"])


def pages_of(emulator, group, pattern):
    """All lines of a group with these words."""
    lines, token = [], {}
    while token is not None:
        page = emulator.call("logs", "FilterLogEvents", logGroupName=group, filterPattern='"%s"' % pattern, **token)
        lines += [event["message"] for event in page["events"]]
        token = {"nextToken": page["nextToken"]} if "nextToken" in page else None
    return lines


# --- a database -------------------------------------------------------------------------------------------------------

def digest(folder):
    sums = {}
    for name in os.listdir(folder):
        if not name.endswith(("-shm", "-lock")):
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            if content:
                sums[name] = hashlib.sha256(content).hexdigest()
    return sums


def database(path, *options):
    code, text = run("check", "pii", "--db", path, "--format", "json", *options)
    unseen("check pii --db", text)
    return code, json.loads(text)["findings"] if text.startswith("{") else text


def databases_are_searched():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.db")
        with Emulator(db=path) as emulator:
            send_all(emulator)
            openreplay.replay(emulator, "v19-leak-p2", openreplay.requests()["v19-leak-p2"])
            want = {(f["source"], f["record"], f["field"], f["kind"], f["shape"])
                    for f in findings(emulator, "--severity", "low")[1]}
            code, found = database(path)
            ok("one that is open is refused", (code, found[0]["level"], "has it open" in found[0]["evidence"]),
               (3, "unknown", True))
        before = digest(folder)
        code, found = database(path, "--severity", "low")
        ok("the same is found in the file", (code, {(f["source"], f["record"], f["field"], f["kind"], f["shape"])
                                                    for f in found}), (1, want))
        ok("of which nothing changes", digest(folder), before)
        rules = os.path.join(folder, "rules.json")
        with open(rules, "w", encoding="utf-8") as out:
            json.dump({"version": 1, "patterns": [], "kinds": {"card": "high", "jwt": "off", "secret": "off",
                                                              "aws-key": "off", "bearer": "off"}}, out)
        ok("by other rules of log lines cards alone", {f["kind"] for f in database(path, "--rules", rules)[1]
                                                       if f["source"] == "log"}, {"card"})
        killed = Emulator(db=path)
        killed.call("logs", "PutLogEvents", logGroupName="/app/jobs", logStreamName="s", logEvents=[
            {"timestamp": NOW_MS, "message": "and %s" % PEOPLE[1]["email"]}])
        killed.process.send_signal(signal.SIGKILL)
        killed.process.wait()
        before = digest(folder)
        ok("what a killed emulator left in the log is seen",
           sum(f["source"] == "log" and f["kind"] == "email" for f in database(path)[1]), 2)
        ok("and stays there", digest(folder), before)


def other_files_are_no_databases():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "no.db")
        code, found = database(path)
        ok("a file that is not there", (code, found[0]["level"]), (3, "unknown"))
        ok("is not made", os.listdir(folder), [])
        for name, content in (("text.db", b"just a text\n" * 100), ("empty.db", b"")):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(content)
            ok("%s is none of ours" % name, database(path)[0], 3)
        with contextlib.closing(sqlite3.connect(os.path.join(folder, "other.db"))) as db:
            db.execute("CREATE TABLE a(b)")
            db.commit()
        ok("another program's", database(os.path.join(folder, "other.db"))[0], 3)
        ok("no check but pii takes one", run("check", "tags", "--db", path)[0], 2)


def stores_of_little():
    """A database in which nothing is proves nothing; what only visitors left was searched as it came."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "new.db")
        with Emulator(db=path):
            pass
        code, found = database(path)
        ok("nothing in it", (code, [f["level"] for f in found]), (3, ["unknown"]))
        with Emulator(db=path) as emulator:
            emulator.post("/api/send", {"type": "event", "payload": {
                "website": "11111111-2222-4333-8444-555555555555", "url": "/x", "hostname": "shop.example"}})
        ok("a hit", database(path)[0], 0)


def accounts_are_asked():
    """Where somebody publishes findings they are read; nobody searches there, so that none is not enough."""
    with Emulator() as emulator, tempfile.TemporaryDirectory() as home:
        os.mkdir(os.path.join(home, ".aws"))
        with open(os.path.join(home, ".aws/config"), "w", encoding="utf-8") as file:
            file.write("[profile shop]\nregion = eu-west-1\nendpoint_url = %s\naws_access_key_id = any\n"
                       "aws_secret_access_key = any\n" % emulator.url)
        code, text = run("check", "pii", "--profile", "shop", home=home)
        check("no finding is not enough", code == 3 and "nobody published findings" in text, (code, text))
        send_all(emulator)
        judge(emulator)
        code, text = run("check", "pii", "--profile", "shop", home=home)
        check("those that are there are told", code == 1 and "pii.card" in text and " 0 unknown" in text, (code, text))


# --- the view ---------------------------------------------------------------------------------------------------------

def report(emulator, home, form="json"):
    code, text = run("report", "privacy", "--format", form, "--endpoint-url", emulator.url, home=home)
    ok("report privacy", code, 0)
    unseen("report privacy", text)
    return json.loads(text) if form == "json" else text


def panel_of(said, name):
    return next(panel for panel in said["panels"] if panel["name"] == name)


def sessions_are_reviewed():
    with tempfile.TemporaryDirectory() as home, Emulator() as emulator:
        answers = openreplay.replay(emulator, "v19-leak-p2", openreplay.requests()["v19-leak-p2"])
        session = answers[0]["sessionID"]
        judge(emulator)
        said = report(emulator, home)
        leaks = panel_of(said, "leaks")
        check("leaks by kind, field and element", '"input#ssn.ssn-field[name=ssn]"' in json.dumps(leaks), leaks)
        check("nobody reviewed yet", "0/10" in json.dumps(panel_of(said, "review")), panel_of(said, "review"))
        check("it waits", session in json.dumps(panel_of(said, "review")))
        state = os.path.join(home, ".local/state/obsview")
        os.makedirs(state)
        with open(os.path.join(state, "reviews"), "w", encoding="utf-8") as file:
            file.write("review\tdev\t%s\t%d\tada\tmasking is missing on the form\n" % (session, NOW_MS))
            for i in range(8):
                file.write("review\tdev\t%d\t%d\tada\tfine\n" % (1000 + i, NOW_MS - i * 1000))
            file.write("review\tprod\t77\t%d\tada\tof another environment\n" % NOW_MS)
            file.write("review\tdev\t78\t%d\tada\tlong ago\n" % (NOW_MS - 40 * 86400000))
            file.write("review\tdev\t../79\t%d\tada\tno id\nreview\tdev\t80\tsoon\tada\tno time\nrubbish\n" % NOW_MS)
        review = json.dumps(panel_of(report(emulator, home), "review"))
        check("nine of them", "9/10" in review and "masking is missing" in review, review)
        with open(os.path.join(state, "reviews"), "a", encoding="utf-8") as file:
            file.write("review\tdev\t2000\t%d\tgrace\tfine\n" % NOW_MS)
            file.write("look\tdev\t%d\n" % (NOW_MS + 86400000))
        review = report(emulator, home, "text")
        check("10/10", "10/10" in review and "10 of 10 sessions reviewed" in review, review)
        check("nothing is new after a look", " new" not in review.splitlines()[0], review.splitlines()[0])


def main():
    for test in (nothing_came, everything_is_told, nothing_is_kept, groups_stay, what_cannot_be_searched,
                 hostile_texts_are_bounded, floods_are_sampled, databases_are_searched, other_files_are_no_databases,
                 stores_of_little, accounts_are_asked, sessions_are_reviewed):
        print("#", test.__name__, flush=True)
        test()
    return finish()


if __name__ == "__main__":
    raise SystemExit(main())
