#!/usr/bin/env python3
"""Recorded sessions by Debian's awscli and by obsview sessions: the same bytes, told, copied and removed.

SPDX-License-Identifier: MIT
"""
import glob
import json
import os
import subprocess
import urllib.request

from harness import BINARY, DEADLINE, Emulator, check, finish, ok

CAPTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../fixtures/openreplay")
AWS = os.environ.get("AWSCLI", "/usr/bin/aws")
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example", "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true"}


def record(url, capture):
    """As the tracker does; gives the session's number."""
    def post(path, body, **headers):
        request = urllib.request.Request(url + "/ingest/v1/web/" + path, body, headers)
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return answer.read()

    start = json.loads(post("start", json.dumps({
        "projectKey": "shop", "trackerVersion": "19.0.1", "timestamp": 1795888800000, "userUUID": None,
        "width": 1280, "height": 720}).encode(), **{
            "Content-Type": "application/json", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0"}))
    for path in sorted(glob.glob(os.path.join(CAPTURES, capture, "*-i.bin"))):
        with open(path, "rb") as body:
            post("i", body.read(), Authorization="Bearer " + start["token"])
    return start["sessionID"]


class Shell:
    def __init__(self, emulator):
        self.emulator = emulator
        self.env = {**emulator.env, **KEYS}

    def run(self, *command):
        return subprocess.run(command, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE,
                              check=False)

    def aws(self, *arguments):
        done = self.run(AWS, "--endpoint-url", self.emulator.url, *arguments)
        return done.stdout.decode() if done.returncode == 0 else done.stderr.decode()

    def sessions(self, *arguments, status=0):
        done = self.run(BINARY, "sessions", *arguments, "--endpoint-url", self.emulator.url)
        ok("obsview sessions %s ends with %d" % (arguments[0], status), done.returncode, status)
        return (done.stdout if status == 0 else done.stderr).decode()


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def ask_awscli(shell, folder, numbers):
    for number in numbers:
        check("aws s3 ls names session %s" % number, number + "/" in shell.aws("s3", "ls", "s3://mobs/"))
    ok("aws s3 ls --recursive names every file", shell.aws("s3", "ls", "--recursive", "s3://mobs/").count("\n"), 6)
    shell.aws("s3", "cp", "--recursive", "s3://mobs/", os.path.join(folder, "aws"))
    days = shell.aws("s3api", "get-bucket-lifecycle-configuration", "--bucket", "mobs", "--query",
                     "Rules[0].Expiration.Days")
    ok("recordings expire after 30 days", days.strip(), "30")
    part = os.path.join(folder, "part")
    key = numbers[0] + "/obsview.full"
    shell.aws("s3api", "get-object", "--bucket", "mobs", "--key", key, "--range", "bytes=100-299", part)
    ok("a range is that part of the file", read(part), read(folder, "aws", key)[100:300])
    size = shell.aws("s3api", "head-object", "--bucket", "mobs", "--key", key, "--query", "ContentLength")
    ok("head-object tells the size", int(size), len(read(folder, "aws", key)))
    check("what cannot be done is named", "NotImplemented" in shell.aws("s3", "rb", "s3://mobs"))
    check("a key alone stays", "as a whole" in shell.aws("s3", "rm", "s3://mobs/" + key))


def ask_sessions(shell, folder, numbers):
    listed = json.loads(shell.sessions("ls", "--format", "json"))["sessions"]
    ok("the newest session is first", [one["session"] for one in listed], numbers[::-1])
    ok("its device is told", listed[0]["device"], "Chrome, Linux")
    check("and its pages and errors", listed[0]["pages"] > 1 and listed[0]["errors"] > 0, listed[0])
    lines = shell.sessions("ls").splitlines()
    ok("the table has a line for each", [line.split()[0] for line in lines], ["SESSION"] + numbers[::-1])

    story = shell.sessions("show", numbers[0])
    for part in ("click", "network", "boom", "page", "input"):
        check("the story has %s" % part, part in story)
    check("without what was typed", "Ada" not in story and "ada@" not in story, story)
    told = json.loads(shell.sessions("show", numbers[0], "--format", "json"))
    check("as JSON, too", len(told["lines"]) > 20 and told["hasAnalytics"])

    shell.sessions("export", numbers[0], "--output", folder + "/")
    for path in glob.glob(os.path.join(folder, "aws", numbers[0], "*")):
        name = os.path.basename(path)
        ok("%s is exported as aws copies it" % name, read(folder, numbers[0], name), read(path))
    ok("an export is its owner's alone", os.stat(os.path.join(folder, numbers[0], "dom.mobs")).st_mode & 0o777, 0o600)
    one = os.path.join(folder, "one.full")
    shell.sessions("export", numbers[0], "--output", one)
    ok("a file takes obsview.full", read(one), read(folder, "aws", numbers[0], "obsview.full"))

    check("nobody answers: it stays", "not removed" in shell.sessions("rm", numbers[0], status=2))
    shell.sessions("rm", numbers[0], "--yes")
    check("then it has gone", "no session" in shell.sessions("show", numbers[0], status=3))
    ok("and the other has not", json.loads(shell.sessions("ls", "--format", "json"))["sessions"][0]["session"],
       numbers[1])
    check("a number is one", "not the number" in shell.sessions("show", "../../etc", status=2))


def main():
    with Emulator() as emulator:
        numbers = [record(emulator.url, "v19-default-p1"), record(emulator.url, "v19-default-p2")]
        shell = Shell(emulator)
        ask_awscli(shell, emulator.folder.name, numbers)
        ask_sessions(shell, emulator.folder.name, numbers)
    return finish()


if __name__ == "__main__":
    raise SystemExit(main())
