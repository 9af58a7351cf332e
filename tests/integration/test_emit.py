#!/usr/bin/env python3
"""What scripts send: `obsview emit` through every door of an emulator, and `obsview run` around commands that end in every way.

SPDX-License-Identifier: MIT
"""
import http.server
import json
import os
import pty
import signal
import socket
import subprocess
import tempfile
import threading
import time

from harness import BINARY, DEADLINE, Emulator, check, finish, ok

WEBSITE = "5a0c1a51-2b7e-4c1c-9c55-5b0a4c6f1a11"


def obsview(*words, **how):
    return subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=DEADLINE,
                          env={"HOME": "/proc/nonexistent", "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}, **how)


def until(look):
    """What `look` gives once it gives something."""
    end = time.monotonic() + DEADLINE
    while True:
        seen = look()
        if seen or time.monotonic() > end:
            return seen
        time.sleep(0.05)


def listen_for_a_line(take):
    """An agent's socket: gives its address and hands over all that one connection brings."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = server.accept()
        with connection, server:
            take(connection.makefile("rb").read())
    threading.Thread(target=serve, daemon=True).start()
    return "tcp://127.0.0.1:%d" % server.getsockname()[1]


def documents():
    metric = json.loads(obsview("emit", "metric", "Rows", "1250.5", "--unit", "Count", "--namespace", "Shop/Import",
                                "--dim", "functionName=import", "--dim", "environment=a=b,c", "--field", "n=7",
                                "--field", "code=007", "--field", "list=[1]").stdout)
    directive = metric.pop("_aws")["CloudWatchMetrics"]
    ok("a metric is an EMF document", directive, [{
        "Namespace": "Shop/Import", "Dimensions": [["functionName", "environment"]],
        "Metrics": [{"Name": "Rows", "Unit": "Count"}]}])
    ok("with its members", metric, {"Rows": 1250.5, "functionName": "import", "environment": "a=b,c", "n": 7,
                                    "code": "007", "list": [1]})
    metric = json.loads(obsview("emit", "metric", "Größe", "-0", "--field", "id=9007199254740993", "--field", "small=-42",
                                "--field", "wide=1e300", "--field", "name=Zoë \U0001f600").stdout)
    ok("no digit of an id is lost, nor a character", {k: v for k, v in metric.items() if k != "_aws"},
       {"id": "9007199254740993", "small": -42, "wide": 1e300, "name": "Zoë \U0001f600", "Größe": 0})
    lines = json.loads(obsview("emit", "metric", "Rows", "1", "--field", "said=one\ntwo=2", "--field", "b=x\n", "--field",
                               "vast=1e400").stdout)
    ok("a value of several lines is one value, and what is beyond all numbers a text",
       {k: v for k, v in lines.items() if k != "_aws"}, {"Rows": 1, "said": "one\ntwo=2", "b": "x\n", "vast": "1e400"})
    hosts = [json.loads(obsview("emit", "event", "--website", WEBSITE, "--url", url).stdout)["payload"]["hostname"] for url in (
        "https://shop.example:8443/a:b", "http://[::1]:3000/x", "https://ada@shop.example/@x", "http://shop.example?x=/")]
    ok("the host of a page", hosts, ["shop.example", "[::1]", "shop.example", "shop.example"])
    line = json.loads(obsview("emit", "log", "ERROR", "it \"broke\"", "--function", "f", "--request-id", "r",
                              "--field", "file=x").stdout)
    check("a log line has its time", line.pop("timestamp").endswith("Z"))
    ok("and the members of the schema", line, {"level": "ERROR", "message": "it \"broke\"", "functionName": "f",
                                               "requestId": "r", "context": {"file": "x"},
                                               "error": {"message": "it \"broke\"", "stack": "it \"broke\""}})
    ok("a line below ERROR has no error", "error" in json.loads(obsview("emit", "log", "INFO", "hi").stdout), False)


def refusals():
    for words, said in (
            (["metric", "Rows", "many"], "expected a number"),
            (["metric", "Rows", "1", "--unit", "Bogus"], "is not a unit of CloudWatch"),
            (["metric", "Rows", "1", "--dim", "a="], "empty or blank"),
            (["metric", "Rows", "1", "--dim", "Rows=1"], "metric Rows: something else has that name"),
            (["metric", "Rows", "1", "--dim", "bare"], "expected NAME=VALUE"),
            (["metric", "Rows", "1", "--namespace", "AWS/Lambda:"], "would drop it"),
            (["metric", "Rows"], "expected obsview emit metric NAME VALUE"),
            (["log", "info", "hi"], "lower case"),
            (["vital", "XYZ", "1"], "metrics[0].name"),
            (["vital", "LCP", "-1"], "metrics[0].value"),
            (["event", "signup"], "--website"),
            (["event", "signup", "--website", "no-uuid"], "website"),
            (["vital", "LCP", "1", "--log-group", "/g"], "--log-group is for metrics"),
            (["smoke"], "expected metric, log, vital, error or event"),
            (["metric", "Rows", "1", "--to", "127.0.0.1:25888"], "tcp://HOST:PORT"),
            (["metric", "Rows", "1", "--field", "_aws=1", "--dim", "a=b"], "field _aws: the document has its own"),
            (["metric", "Rows", "1e309"], "expected a number"),
            (["metric", "Rows", "nan"], "expected a number"),
            (["metric", "Rows", "1e300"], "CloudWatch would drop it"),
            (["log", "INFO", "\udcff"], "expected UTF-8"),
            (["log", "INFO", "hi", "--field", "f=\udcff"], "expected UTF-8"),
            (["event", "\udcff", "--website", WEBSITE], "expected UTF-8"),
            (["vital", "LCP", "1", "--to", "tcp://127.0.0.1:25888"], "expected http://HOST:PORT for what browsers send"),
            ([], "expected metric")):
        done = obsview("emit", *words)
        check("emit %s is refused" % " ".join(words), done.returncode == 2 and said in done.stderr and done.stdout == "",
              (done.returncode, done.stderr, done.stdout))
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([BINARY, "emit", "metric", "Rows", "1"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=DEADLINE)
    ok("what could not be written is said", (done.returncode, done.stderr), (3, "obsview: standard output: No space left on device\n"))
    done = obsview("emit", "metric", "Rows", "1", "--to", "tcp://127.0.0.1:1")
    check("nobody there is 3", done.returncode == 3 and "Connection refused" in done.stderr, done)


def doors():
    with Emulator(emf="127.0.0.1:0") as em:
        def sent(*words):
            done = obsview("emit", *words)
            ok("emit %s is sent" % " ".join(words[:3]), (done.returncode, done.stdout, done.stderr), (0, "", ""))

        def series(name):
            return until(lambda: em.call("monitoring", "ListMetrics", MetricName=name)["Metrics"])

        sent("metric", "OverTcp", "1", "--dim", "functionName=import", "--to", "tcp://" + em.emf)
        ok("it is a series", series("OverTcp"), [{"Namespace": "UserMetrics/Jobs", "MetricName": "OverTcp",
                                                  "Dimensions": [{"Name": "functionName", "Value": "import"}]}])
        sent("metric", "OverUdp", "2", "--to", "udp://" + em.emf)
        ok("and over UDP", len(series("OverUdp")), 1)
        em.call("logs", "CreateLogGroup", logGroupName="/jobs/import")
        for words in (["metric", "OverLogs", "3"], ["log", "WARN", "slow"], ["log", "WARN", "slow again"]):
            sent(*words, "--log-group", "/jobs/import", "--endpoint-url", em.url)
        ok("and of a log group", len(series("OverLogs")), 1)
        events = em.call("logs", "FilterLogEvents", logGroupName="/jobs/import", filterPattern="{$.level=WARN}")["events"]
        ok("which has the lines", [json.loads(e["message"])["message"] for e in events], ["slow", "slow again"])
        done = obsview("emit", "log", "INFO", "x", "--log-group", "/none", "--endpoint-url", em.url)
        check("a group that is not there is named", done.returncode == 3 and "/none" in done.stderr, done)

        sent("vital", "LCP", "2500", "--url", "https://shop.example/cart/17", "--to", em.url)
        ok("a vital is a series", len(series("LCP")) > 0, True)
        sent("error", "boom", "--type", "SmokeTest", "--session", "s-1", "--to", em.url + "/")
        events = until(lambda: em.call("logs", "FilterLogEvents", logGroupName="/aws/lambda/obsview-dev-error-reporter",
                                       filterPattern="boom")["events"])
        ok("an error is a line", len(events), 1)
        sent("event", "signup", "--website", WEBSITE, "--field", "plan=pro", "--to", em.url)
        sent("event", "--website", WEBSITE, "--url", "https://shop.example/pricing", "--to", em.url)
        done = obsview("emit", "vital", "LCP", "1", "--to", em.url + "/nowhere")
        check("what the server refuses is told", done.returncode == 3 and "answered 404" in done.stderr, done)
    with Emulator("--umami-bots", "drop") as em:
        done = obsview("emit", "event", "--website", WEBSITE, "--user-agent", "Googlebot/2.1", "--to", em.url)
        check("so is what Umami drops", done.returncode == 3 and "a bot's" in done.stderr, done)


class Stranger(http.server.BaseHTTPRequestHandler):
    answer = b""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_):
        pass


def strangers():
    """A gateway may answer as it likes; a page for people comes from none."""
    with http.server.HTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = "http://127.0.0.1:%d" % server.server_address[1]
        for answer, code, said in ((b"", 0, ""), (b"ok", 0, ""), (b"{}", 0, ""), (b'{"success":true}', 0, ""), (b"[" * 100, 0, ""),
                                   (b"\n<!DOCTYPE html><title>x</title>", 3, "a page of HTML"), (b"<html>", 3, "a page of HTML"),
                                   (b'{"success":false,"error":"full\x1b[2J"}', 3, "did not take it: ")):
            Stranger.answer = answer
            done = obsview("emit", "error", "boom", "--to", url)
            check("answered 200 with %r" % answer, done.returncode == code and said in done.stderr and "\x1b" not in done.stderr
                  and (code != 0 or done.stderr == ""), (done.returncode, done.stderr))
        server.shutdown()


def published(*words, **how):
    """`obsview run` with an agent that listens: how it ended, and the document."""
    got = []
    done = obsview("run", "--to", listen_for_a_line(got.append), *words, **how)
    until(lambda: got)
    return done, json.loads(got[0])


def runs():
    done, document = published("--dim", "environment=ci", "--field", "build=12", "--", "/bin/sh", "-c",
                               "cat; echo err >&2; exit 3", input="as it is\n")
    ok("input, output and status are the command's", (done.returncode, done.stdout, done.stderr),
       (3, "as it is\n", "err\n"))
    directive = document["_aws"]["CloudWatchMetrics"][0]
    ok("three metrics", [(m["Name"], m["Unit"]) for m in directive["Metrics"]],
       [("Duration", "Milliseconds"), ("Errors", "Count"), ("Invocations", "Count")])
    ok("two dimensions", directive["Dimensions"], [["functionName", "environment"]])
    ok("and what they say", [document[k] for k in ("functionName", "environment", "Errors", "Invocations", "exitCode",
                                                   "build")], ["sh", "ci", 1, 1, 3, 12])
    check("it took some time", 0 < document["Duration"] < DEADLINE * 1000, document["Duration"])
    done, document = published("--name", "nightly", "true")
    ok("one that works has no error", (done.returncode, document["Errors"], document["functionName"]), (0, 0, "nightly"))
    done, document = published("--", "sh", "-c", "kill -KILL $$")
    ok("a signal is passed on to who waits", (done.returncode, document["exitCode"]), (-signal.SIGKILL, 137))
    done, document = published("--", "no-such-command")
    ok("one that is not there", (done.returncode, document["exitCode"], "not found" in done.stderr), (127, 127, True))
    done = obsview("run", "--to", "tcp://127.0.0.1:1", "--", "sh", "-c", "echo out; exit 5")
    ok("when nothing is published the rest is the same", (done.returncode, done.stdout), (5, "out\n"))
    check("and it is said", "nothing was published" in done.stderr, done.stderr)
    done = obsview("run")
    check("without a command it is refused", done.returncode == 2 and "needs a command" in done.stderr, done)


def signals():
    got = []
    process = subprocess.Popen([BINARY, "run", "--to", listen_for_a_line(got.append), "--", "sh", "-c",
                                "trap 'echo caught; exit 7' TERM; echo ready; while :; do sleep 0.05; done"],
                               stdout=subprocess.PIPE, text=True)
    ok("the command runs", process.stdout.readline(), "ready\n")
    process.terminate()
    ok("SIGTERM reaches it", process.stdout.readline(), "caught\n")
    ok("and it ends as it wants", process.wait(DEADLINE), 7)
    process.stdout.close()
    until(lambda: got)
    ok("which is published", json.loads(got[0])["exitCode"], 7)


def interrupted():
    """SIGINT of a process reaches us alone, and so is passed on; that of a terminal has reached the command, too."""
    script = "trap 'n=$((n+1)); echo caught $n' INT; n=0; echo ready; while [ ! -e %s ]; do sleep 0.05; done; exit $n"
    with tempfile.TemporaryDirectory() as folder:
        end, got = os.path.join(folder, "end"), []
        words = [BINARY, "run", "--to", listen_for_a_line(got.append), "--", "sh", "-c", script % end]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        ok("it runs", process.stdout.readline(), "ready\n")
        process.send_signal(signal.SIGINT)
        ok("SIGINT reaches it", process.stdout.readline(), "caught 1\n")
        open(end, "w", encoding="utf-8").close()
        ok("and it goes on to its end", process.wait(DEADLINE), 1)
        process.stdout.close()
        until(lambda: got)
        ok("which is published as an error", json.loads(got[0])["Errors"], 1)
        os.remove(end)
        leader, terminal = pty.fork()
        if leader == 0:
            os.execv(BINARY, [*words[:2], "--to", "udp://127.0.0.1:9", *words[4:]])
        with os.fdopen(terminal, "rb", buffering=0) as screen:
            shown = b""
            while b"ready" not in shown:
                shown += screen.read(1024)
            os.write(terminal, b"\x03")
            while b"caught 1" not in shown:
                shown += screen.read(1024)
            open(end, "w", encoding="utf-8").close()
            ok("Ctrl-C reaches it once", os.waitstatus_to_exitcode(os.waitpid(leader, 0)[1]), 1)


def ignored():
    """What nohup, or a shell for a command in the background, has ignored stays so for the command."""
    script = "trap '' INT HUP; %s run --to %s -- sh -c 'kill -INT $$; kill -HUP $$; echo on'" % (BINARY, "udp://127.0.0.1:9")
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=DEADLINE)
    ok("signals that are ignored are ignored by the command", (done.returncode, done.stdout), (0, "on\n"))
    done = subprocess.run([BINARY, "run", "--to", "udp://127.0.0.1:9", "--", "sh", "-c", "kill -PIPE $$; echo on"], capture_output=True,
                          text=True, timeout=DEADLINE, restore_signals=False, preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_IGN))
    ok("SIGPIPE, too", (done.returncode, done.stdout), (0, "on\n"))
    done = subprocess.run([BINARY, "run", "--to", "udp://127.0.0.1:9", "--", "sh", "-c", "kill -PIPE $$; echo on"], capture_output=True,
                          text=True, timeout=DEADLINE, restore_signals=True)
    ok("which otherwise ends it", (done.returncode, done.stdout), (-signal.SIGPIPE, ""))
    done, document = published("sh", "-c", "exit $#", "--", "--to", "b")
    ok("options behind the command are the command's", (done.returncode, document["exitCode"]), (2, 2))


if __name__ == "__main__":
    documents()
    refusals()
    doors()
    strangers()
    runs()
    signals()
    interrupted()
    ignored()
    raise SystemExit(finish())
