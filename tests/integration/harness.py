"""What tests over the wire share: a tally, an emulator of their own, and signed questions to it.

SPDX-License-Identifier: MIT

OBSVIEW names the program; without it the one of build/ is tested.
"""
import difflib
import http.client
import json
import os
import socket
import struct
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.environ.get("OBSVIEW") or os.path.join(HERE, "../../build/obsview")
FIXTURES = os.path.join(HERE, "../../fixtures")
DEADLINE = 90  # seconds, for whatever ought to happen
TARGETS = {"ce": "AWSInsightsIndexService", "budgets": "AWSBudgetServiceGateway", "logs": "Logs_20140328",
           "monitoring": "GraniteServiceVersion20100801", "tagging": "ResourceGroupsTaggingAPI_20170126"}
KEPT = ("PATH", "OBSVIEW_DATA", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")  # of the environment

counts = {True: 0, False: 0}


def check(name, is_so, told=""):
    counts[bool(is_so)] += 1
    print("%s %d - %s" % ("ok" if is_so else "not ok", sum(counts.values()), name), flush=True)
    if not is_so and told != "":
        print("\n".join("# " + line for line in str(told)[:4000].splitlines()), flush=True)


def ok(name, got, want=True):
    told = "got:  %.2000r\nwant: %.2000r" % (got, want)
    if isinstance(got, str) and isinstance(want, str) and "\n" in want:
        told = "\n".join(difflib.unified_diff(want.splitlines(), got.splitlines(), "want", "got", lineterm="", n=0))
    check(name, got == want, told)


def finish():
    """Prints the closing line; the exit status."""
    print("%d passed, %d failed" % (counts[True], counts[False]))
    return 1 if counts[False] else 0


def signed(service):
    """Headers of a question that an emulator takes from anybody, but only in the form of SigV4."""
    return {"X-Amz-Date": "20261124T000000Z",
            "Authorization": "AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/%s/aws4_request, "
                             "SignedHeaders=host;x-amz-date, Signature=%s" % (service, 64 * "0")}


class Time(int):
    """Milliseconds since 1970; in CBOR under tag 1."""


def cbor(value):
    if isinstance(value, Time):
        return b"\xc1\xfb" + struct.pack(">d", value / 1000)
    if isinstance(value, (int, float)):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, str):
        return cbor_head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return cbor_head(4, len(value)) + b"".join(map(cbor, value))
    return cbor_head(5, len(value)) + b"".join(cbor(key) + cbor(member) for key, member in value.items())


def cbor_head(kind, number):
    return bytes([kind << 5 | number]) if number < 24 else bytes([kind << 5 | 26]) + struct.pack(">I", number)


class Refused(Exception):
    """An answer that is an error, or a start that failed (status 0)."""

    def __init__(self, status, text):
        super().__init__("%d %s" % (status, text))
        answer = json.loads(text) if text.startswith("{") else {}
        self.status, self.code = status, answer.get("__type", "").split("#")[-1]
        self.message = answer.get("message") or answer.get("Message")


class Emulator:
    """`obsview emulate` on a port of its own, with a database in memory; `stack` is the value of a stack file, `env` is
    added to its environment. Its end
    must be a good one: status 0, and no word of a sanitizer. It and the commands that ask it have an empty home."""

    def __init__(self, *options, stack=None, clock=None, db=":memory:", emf="off", env=None):
        self.folder = tempfile.TemporaryDirectory()
        self.errors = open(os.path.join(self.folder.name, "stderr"), "w+", encoding="utf-8")
        self.env = {"HOME": self.folder.name, "LANG": "C.UTF-8", "TZ": "UTC",
                    **{name: os.environ[name] for name in KEPT if name in os.environ}, **(env or {})}
        args = [BINARY, "emulate", "--listen", "127.0.0.1:0", "--emf-listen", emf, "--db", db, *options]
        if clock is not None:
            args += ["--clock", clock]
        if stack is not None:
            path = os.path.join(self.folder.name, "stack.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(stack, file)
            args += ["--stack", path]
        self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors,
                                        text=True, env=self.env)
        words = self.process.stdout.readline().split()
        if words[:2] != ["obsview", "ready"]:
            self.process.wait(DEADLINE)
            raise Refused(0, self.told())
        self.url = words[2]
        self.address = self.url[len("http://"):]
        self.emf = words[words.index("emf") + 1] if "emf" in words else "off"
        self.http = http.client.HTTPConnection(self.address, timeout=DEADLINE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def told(self):
        """What it wrote to standard error."""
        self.errors.seek(0)
        return self.errors.read()

    def stop(self, wanted=0):
        """What it wrote to standard error; it must end with this status."""
        self.http.close()
        self.process.terminate()
        status, told = self.process.wait(DEADLINE), self.told()
        self.process.stdout.close()
        self.errors.close()
        self.folder.cleanup()
        if status != wanted or "runtime error" in told or "Sanitizer" in told:
            raise SystemExit("the emulator ended with %d: %s" % (status, told[-2000:]))
        return told

    def post(self, path, body, **headers):
        """The text that is answered; Refused when it is an error."""
        self.http.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **headers})
        answer = self.http.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise Refused(answer.status, text)
        return text

    def call(self, service, operation, **members):
        """As any client would, in AWS JSON."""
        return json.loads(self.post("/", members, **signed(service), **{
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": TARGETS[service] + "." + operation}) or "{}")

    def send_emf(self, *documents):
        """Through the socket of EMF, as an agent does."""
        host, port = self.emf.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=DEADLINE) as connection:
            for document in documents:
                connection.sendall(json.dumps(document).encode() + b"\n")

    def move_clock(self, **how):
        """`now`: milliseconds; `advance`: seconds."""
        self.post("/_obsview/clock", how)

    def run(self, *words, **env):
        """A command that asks this emulator."""
        return subprocess.run([BINARY, *words, "--endpoint-url", self.url], capture_output=True, text=True,
                              timeout=120, env=dict(self.env, **env))

    def panels(self, view, *options):
        """The panels of a report, by name."""
        report = json.loads(self.run("report", view, "--format", "json", *options).stdout)
        return {panel["name"]: panel for panel in report["panels"]}
