#!/usr/bin/env python3
"""The README's recipes for tests and CI are the files that are tried, the one in shell works, and what CI reads is right.

SPDX-License-Identifier: MIT

The workflow and the Vitest example are tried by tests/recipes/run.mjs, since they need npm packages.
"""
import json
import os
import shutil
import subprocess
import tempfile

from harness import BINARY, DEADLINE, FIXTURES, check, finish, ok

SHOWN = ("ci/github-actions.yml", "ci/test-import.sh", "vitest-app/test/setup.mjs")
EVENT = {"t": 0, "source": "http", "request": {"method": "POST", "path": "/metrics/web-vitals",
         "headers": {"content-type": "application/json"}, "body": {"sessionId": "s", "userAgent": "u", "metrics": [
             {"name": "LCP", "value": 1, "url": "https://shop.example/"}]}}}


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def shown():
    readme = read(FIXTURES, "../README.md")
    for name in SHOWN:
        text = read(FIXTURES, name)
        check("the README shows %s" % name, any(block.split("\n", 1)[1] == text for block in readme.split("```")[1::2]))


def shell(folder, rows):
    """The test of the import, of which a copy counts rows in another way."""
    place = os.path.join(folder, "ci")
    shutil.copytree(os.path.join(FIXTURES, "ci"), place)
    os.mkdir(os.path.join(place, "bin"))
    os.symlink(os.path.abspath(BINARY), os.path.join(place, "bin/obsview"))
    script = read(place, "import.sh")
    with open(os.path.join(place, "import.sh"), "w", encoding="utf-8") as file:
        file.write(script.replace("$(wc -l)", rows))
    done = subprocess.run([os.path.join(place, "test-import.sh")], capture_output=True, text=True, timeout=DEADLINE, env={
        "HOME": folder, "TMPDIR": folder, "OBSVIEW_TIMEOUT": "10s" if rows == "$(wc -l)" else "300ms",
        "PATH": os.path.join(place, "bin") + ":" + os.environ["PATH"]})
    ok("nothing is left behind", sorted(os.listdir(folder)), ["ci"])
    shutil.rmtree(place)
    return done


def in_shell(folder):
    done = shell(folder, "$(wc -l)")
    check("the test in shell passes", done.returncode == 0 and "imported 3 rows" in done.stdout, done)
    done = shell(folder, "$(wc -c)")
    check("and fails for the right reason", done.returncode == 1 and "where name=Rows and value=3 and" in done.stderr
          and '"name":"Rows","unit":"Count","value":"6"' in done.stderr, done)


def for_github(folder):
    """A line of a fixture that is answered otherwise, by replay, and one that breaks a rule, by check."""
    name, summary = os.path.join(folder, "a,b.jsonl"), os.path.join(folder, "summary.md")
    with open(name, "w", encoding="utf-8") as file:
        for row in ({"obsview-fixture": 2, "start": "2026-11-24T10:00:00.000Z"}, EVENT,
                    {**EVENT, "t": 10, "expect": {"status": 202}}, {**EVENT, "t": 20, "expect": {"status": 200}}):
            file.write(json.dumps(row) + "\n")

    def run(*words):
        return subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=DEADLINE,
                              env={"HOME": folder, "PATH": os.environ["PATH"], "GITHUB_STEP_SUMMARY": summary})

    done = run("replay", "--expect", name, "--format", "github")
    place = name.replace(",", "%2C")
    ok("an answer is annotated", (done.returncode, done.stdout.splitlines()), (1, [
        "::error file=%s,line=3,title=replay.answer::POST /metrics/web-vitals expected status 202, came 200: "
        '{"success":true,"metricsReceived":1}' % place,
        "obsview replay: 2 looked at, 1 ok, 0 warn, 1 fail, 0 unknown"]))
    check("and is in the summary", "### obsview replay: not ok\n" in read(summary), read(summary))
    ok("as JSON", json.loads(run("replay", "--expect", name, "--format", "json").stdout)["findings"][0]["where"], name + ":3")
    done = run("replay", "--expect", name, "--format", "csv")
    check("another format is refused", done.returncode == 2 and "replay --expect prints text, json" in done.stderr, done)
    with open(name, "a", encoding="utf-8") as file:
        body = {**EVENT["request"]["body"], "userAgent": "jane.doe@gmail.com"}
        file.write(json.dumps({**EVENT, "t": 30, "request": {**EVENT["request"], "body": body}}) + "\n")
    done = run("fixture", "verify", name, "--format", "github")
    check("so is what verify finds", done.returncode == 1 and ("::error file=%s,line=5,title=" % place) in done.stdout
          and "jane" not in done.stdout, done)
    done = run("check", "contract", name, "--format", "md")
    check("a check that is clean says so", done.returncode == 0 and done.stdout.startswith("### obsview check contract: ok\n"), done)
    ok("only annotations add to the summary", read(summary).count("###"), 2)


if __name__ == "__main__":
    shown()
    with tempfile.TemporaryDirectory() as scratch:
        in_shell(scratch)
    with tempfile.TemporaryDirectory() as scratch:
        for_github(scratch)
    raise SystemExit(finish())
