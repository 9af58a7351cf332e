"""Start-up and idle cost of `obsview emulate`, interleaved with nginx on the same machine.

SPDX-License-Identifier: MIT
"""
import os
import pty
import select
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

BINARY = sys.argv[1]
ROUNDS = 15


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def first_200(command, port, path):
    """Milliseconds from exec to the first answer with status 200; the process is ended afterwards."""
    request = ("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % (path, port)).encode()
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.perf_counter() - begin < 10:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
                    s.sendall(request)
                    if s.recv(64).startswith(b"HTTP/1.1 200"):
                        return (time.perf_counter() - begin) * 1000
            except OSError:
                pass
        raise SystemExit("no answer from " + command[0])
    finally:
        process.terminate()
        process.wait()


def status_of(pid, field):
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    raise KeyError(field)


def threads_total(pid, field):
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/status" % (pid, task)) as f:
            total += next(int(line.split()[1]) for line in f if line.startswith(field + ":"))
    return total


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle(pid, seconds):
    before, cpu = threads_total(pid, "voluntary_ctxt_switches"), cpu_seconds(pid)
    time.sleep(seconds)
    wakeups = (threads_total(pid, "voluntary_ctxt_switches") - before) / seconds
    return wakeups, 100 * (cpu_seconds(pid) - cpu) / seconds, status_of(pid, "VmRSS") / 1024


def drain(fd, seconds):
    end = time.monotonic() + seconds
    first = None
    begin = time.monotonic()
    size = 0
    while time.monotonic() < end:
        if select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
            try:
                size += len(os.read(fd, 65536))
            except OSError:
                break
            first = first or time.monotonic() - begin
    return first, size


def screen(directory):
    """The emulator with its screen in a pseudo-terminal of 120x36: first frame, then what it costs to be idle."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="120", LINES="36", XDG_STATE_HOME=directory)
        os.execv(BINARY, [BINARY, "--listen", "127.0.0.1:%d" % free_port(), "--emf-listen", "off", "--db", ":memory:"])
    first, _ = drain(fd, 3)
    before, cpu = threads_total(pid, "voluntary_ctxt_switches"), cpu_seconds(pid)
    _, size = drain(fd, 20)
    wakeups = (threads_total(pid, "voluntary_ctxt_switches") - before) / 20
    share = 100 * (cpu_seconds(pid) - cpu) / 20
    rss = status_of(pid, "VmRSS") / 1024
    os.kill(pid, signal.SIGTERM)
    drain(fd, 2)
    os.waitpid(pid, 0)
    print("screen: first bytes %.1f ms after exec; idle %.2f %% of a core, %.1f switches/s in all threads, "
          "%.1f MiB resident, %d bytes/s to the terminal" % (1000 * (first or 0), share, wakeups, rss, size / 20))


def main():
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        conf = os.path.join(directory, "nginx.conf")
        with open(conf, "w") as f:
            f.write("daemon off; master_process off; worker_processes 1; pid %s/pid; error_log /dev/null;\n"
                    "events {} http { access_log off; client_body_temp_path %s/b; proxy_temp_path %s/p;\n"
                    "fastcgi_temp_path %s/f; uwsgi_temp_path %s/u; scgi_temp_path %s/s;\n"
                    "server { listen 127.0.0.1:%d; location / { return 200; } } }\n"
                    % (directory, directory, directory, directory, directory, directory, port))
        ours, theirs = [], []
        for n in range(ROUNDS):
            mine = free_port()
            ours.append(first_200([BINARY, "emulate", "--listen", "127.0.0.1:%d" % mine, "--emf-listen", "off",
                                   "--db", os.path.join(directory, "s%d.db" % n)], mine, "/_obsview/health"))
            theirs.append(first_200([nginx, "-p", directory, "-c", conf], port, "/"))
        print("exec to first 200: obsview %.1f ms, nginx %.1f ms, ratio %.2f (medians of %d)"
              % (statistics.median(ours), statistics.median(theirs),
                 statistics.median(ours) / statistics.median(theirs), ROUNDS))
        mine = free_port()
        process = subprocess.Popen([BINARY, "emulate", "--listen", "127.0.0.1:%d" % mine, "--emf-listen", "off",
                                    "--db", os.path.join(directory, "idle.db")], stdout=subprocess.PIPE)
        process.stdout.readline()
        print("emulator idle: %.1f switches/s in all threads, %.2f %% of a core, %.1f MiB resident" % idle(process.pid, 10))
        process.terminate()
        process.wait()
        screen(directory)


main()
