#!/usr/bin/python3
"""Debian's awscli without its start: one process that has it imported, and a fork of it for each command.

SPDX-License-Identifier: MIT

    warm_aws.py SOCKET, then HTTP on that socket: the body is NAME=VALUE of the environment and then the words of the
    command, each with a NUL behind it and an empty one between both; the answer is what the command prints, with its
    exit status in X-Status.

A command is the client it always was; what is saved is two thirds of its time, which Python spends on importing. Run
with the Python that awscli is installed for.
"""
import http.server
import os
import socketserver
import sys
import tempfile

import awscli.clidriver


def run(environment, words):
    """What it printed, and its exit status. The process is its own."""
    os.environ.update(environment)
    with tempfile.TemporaryFile() as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
        try:
            status = awscli.clidriver.create_clidriver().main(words)
        except SystemExit as end:
            status = end.code
        sys.stdout.flush()
        sys.stderr.flush()
        file.seek(0)
        return file.read(), status or 0


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        parts = self.rfile.read(int(self.headers["Content-Length"])).decode().split("\0")[:-1]
        middle = parts.index("")
        printed, status = run(dict(part.split("=", 1) for part in parts[:middle]), parts[middle + 1:])
        self.send_response(200)
        self.send_header("X-Status", str(status))
        self.send_header("Content-Length", str(len(printed)))
        self.end_headers()
        self.wfile.write(printed)

    def log_message(self, *unused):
        pass


class Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    request_queue_size = 64


def warm_up():
    """What each command would load: modules that are imported late, and compiled patterns."""
    driver = awscli.clidriver.create_clidriver()
    for service in ("cloudwatch", "lambda", "logs", "sts"):
        driver.session.create_client(service, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")


def main(path):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        if name != "AWS_DATA_PATH":  # awscli's own: where its models lie
            del os.environ[name]
    warm_up()
    with Server(path + ".new", Handler) as server:
        os.rename(path + ".new", path)  # who sees it may connect
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
