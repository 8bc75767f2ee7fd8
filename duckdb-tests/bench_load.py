"""What ingest costs, and what players and analysts notice of each other.

Run by `make bench-load`; PLAYHEAD is the server's binary, BENCH makes data and load. First sessions of
the simulator close in a server: the CPU time of its pump for each, and the bytes that it leaves. Then a
server has the stored sessions of `bench_reports.py` and pings at half of the rate that it can take, alone
and with reports and bad questions beside them.
"""

import argparse
import contextlib
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import bench_cases
import bench_reports
from bench_reports import Server

# An answer that takes longer is one that a player waits for.
KNEE_P99_MS = 20
RATES = [5_000, 10_000, 15_000, 20_000, 25_000, 30_000, 35_000, 40_000, 50_000, 60_000, 70_000, 80_000]

# What is refused at once, or runs until a limit ends it.
BAD = [
    {"sql": "SELECT count(*) FROM sessions a, sessions b WHERE a.time_played < b.time_played"},
    {"sql": "SELECT sid, array_agg(watched) FROM sessions GROUP BY sid ORDER BY sid"},
    {"sql": "DELETE FROM sessions"},
    bench_cases.report(0, 315_360_000_000 * 5, report="concurrency", granularity="second"),
    bench_cases.report(
        bench_cases.FROM,
        bench_cases.END,
        metrics=["visitors", "timePlayed"],
        dimensions=["custom.playbackId", "name", "region"],
        filters=[{"dimension": "friendlyName", "op": "regex", "value": "(a|b|.*)*(x+x+)+y{1,900}"}],
    ),
    bench_cases.report(
        bench_cases.FROM,
        bench_cases.END,
        metrics=["visitors"],
        dimensions=["custom.playbackId", "name"],
    ),
]


def row(subject, figure, value, wanted=""):
    print(f"| {subject} | {figure} | {value} | {wanted} |", flush=True)


def thread_cpu(pid, name):
    """CPU seconds of the threads of a name so far."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def ingest(folder, hours, starts):
    with Server(folder) as server:
        command = [os.environ["PLAYHEAD"], "simulate", "--well-behaved", "--past", str(hours)]
        command += ["--starts", str(starts), "--target", f"http://{server.door}"]
        command += ["--console", f"http://{server.address}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        now = json.loads(server.ask("/v1/server"))["now"]
        # A day later everything is closed.
        body = json.dumps({"to_ms": now + 30 * 3_600_000})
        status, answer = server.request("POST", "/v1/clock", body)
        if status != 200:
            raise SystemExit(f"the clock: {answer.decode()}")
        # Rows wait half a minute at most until they are in a part.
        time.sleep(40)
        pid = server.process.pid
        pump, compaction = thread_cpu(pid, "pump"), thread_cpu(pid, "compaction")
    facts = [json.loads(line) for line in (folder / "store/manifest.jsonl").read_text().splitlines()]
    size = {}
    for part in facts[1:-1]:
        rows, bytes_ = size.get(part["table"], (0, 0))
        size[part["table"]] = (rows + part["rows"], bytes_ + part["bytes"])
    closed, events = size["sessions"][0], size["events"][0]
    subject = f"{closed:,} sessions of the simulator, {events / closed:.0f} events each"
    row(subject, "CPU of the pump a closed session, with its event rows", f"{pump / closed * 1e6:,.0f} us")
    row(subject, "CPU of putting parts together a closed session", f"{compaction / closed * 1e6:,.0f} us")
    row(subject, "stored size of an event row", f"{size['events'][1] / events:.1f} bytes")
    row(subject, "stored size of a session row", f"{size['sessions'][1] / closed:.0f} bytes")


class Load:
    """Pings at a rate, from a process of their own."""

    def __init__(self, server, rate, seconds, first):
        command = [os.environ["BENCH"], "load", "--to", server.door, "--rate", str(rate)]
        command += ["--seconds", str(seconds), "--warm", "1", "--sessions", "16"]
        command += ["--first-session", str(first)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def finish(self):
        seen = json.loads(self.process.communicate()[0].splitlines()[-1])
        rate = seen["acknowledged"] / seen["seconds"]
        return rate, seen["p50_us"] / 1000, seen["p99_us"] / 1000


def knee(server):
    """The greatest rate at which all is acknowledged and p99 stays low, in one of three tries: a disk
    that halts for a moment is no knee."""
    best = 0
    for place, rate in enumerate(RATES):

        def is_taken(number):
            taken, _, p99 = Load(server, rate, 3, 1_000_000 * (3 * place + number + 1)).finish()
            return taken >= 0.98 * rate and p99 <= KNEE_P99_MS

        if not any(is_taken(number) for number in range(3)):
            break
        best = rate
    return best


class Asking(threading.Thread):
    """Asks one question after another until it is told to stop."""

    def __init__(self, server, questions, pause):
        super().__init__()
        self.client, self.connection = server.client()
        self.questions, self.pause = questions, pause
        self.is_over = threading.Event()
        self.ms, self.statuses = [], {}

    def run(self):
        while not self.is_over.is_set():
            for question in self.questions:
                if self.is_over.wait(self.pause):
                    return
                begun = time.perf_counter()
                try:
                    status = self.client(question)
                except (OSError, http.client.HTTPException):
                    if self.is_over.is_set():
                        return
                    raise
                self.ms.append((time.perf_counter() - begun) * 1000)
                self.statuses[status] = self.statuses.get(status, 0) + 1

    def stop(self):
        """Does not wait for the answer that is under way: the server gives it up."""
        self.is_over.set()
        with contextlib.suppress(OSError, AttributeError):
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.join()


def beside(server, rate, seconds, first, asking):
    """Pings, and those who ask meanwhile."""
    for thread in asking:
        thread.start()
    load = Load(server, rate, seconds, first)
    _, p50, p99 = load.finish()
    for thread in asking:
        thread.stop()
    server.settle()
    return p50, p99


def load(folder, seconds, rounds):
    with Server(folder, clock="system") as server:
        load_beside(server, folder, seconds, rounds)


def load_beside(server, folder, seconds, rounds):
    cases = bench_cases.single_cases(bench_reports.connect(folder))
    reports = [case.request for case in cases if case.request]
    client, _ = server.client()
    for report in reports:
        client(report)
    rate = knee(server) // 2
    if rate == 0:
        raise SystemExit(f"the p99 is above {KNEE_P99_MS} ms already at {RATES[0]} pings a second")
    subject = f"{rate:,} pings/s, half of the knee"
    kinds = {
        "nothing beside": lambda: [],
        "a report each second": lambda: [Asking(server, reports, 1.0)],
        "reports without a pause": lambda: [Asking(server, reports, 0)],
        "bad questions without a pause": lambda: [Asking(server, BAD, 0), Asking(server, BAD[::-1], 0)],
    }
    p50s, p99s, asked = {}, {}, {}
    for number in range(rounds):
        for place, (kind, asking) in enumerate(kinds.items()):
            threads = asking()
            first = 100_000_000 + 1_000_000 * (number * len(kinds) + place)
            p50, p99 = beside(server, rate, seconds, first, threads)
            p50s.setdefault(kind, []).append(p50)
            p99s.setdefault(kind, []).append(p99)
            asked.setdefault(kind, []).extend(threads)
    for kind in kinds:
        row(subject, f"acknowledgement p50, {kind}", f"{statistics.median(p50s[kind]):.2f} ms")
        wanted = "" if kind == "nothing beside" else "at most twice the first" if kind.startswith("bad") else ""
        row(subject, f"acknowledgement p99, {kind}", f"{statistics.median(p99s[kind]):.2f} ms", wanted)
        ms = sorted(ms for thread in asked[kind] for ms in thread.ms)
        if ms and not kind.startswith("bad"):
            row(subject, f"{len(ms)} reports, p50, {kind}", f"{ms[len(ms) // 2]:,.0f} ms")
            row(subject, f"{len(ms)} reports, p99, {kind}", f"{ms[min(len(ms) - 1, len(ms) * 99 // 100)]:,.0f} ms")
        statuses = {}
        for thread in asked[kind]:
            for status, count in thread.statuses.items():
                statuses[status] = statuses.get(status, 0) + count
        if statuses:
            row(subject, f"answers by status, {kind}", ", ".join(f"{name}: {n}" for name, n in statuses.items()))


def copy_of(data, folder):
    """The data without their history to come: parts are never changed, so they need no copy."""
    for path in Path(data).rglob("*"):
        to = folder / path.relative_to(data)
        if path.is_dir():
            to.mkdir(parents=True, exist_ok=True)
        elif path.suffix == ".parquet":
            os.link(path, to)
        elif path.is_file():
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(path.read_bytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--data", help="stored sessions that `bench_reports.py` has made")
    parser.add_argument("--hours", type=int, default=4, help="of simulated traffic")
    parser.add_argument("--starts", type=int, default=40, help="sessions of it a minute")
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["ingest", "load"])
    args = parser.parse_args()
    print("| Subject | Figure | Value | Wanted |\n|---|---|---|---|", flush=True)
    # Beside the data, since links do not leave a file system.
    beside_data = Path(args.data).resolve().parent if args.data else None
    with tempfile.TemporaryDirectory(dir=beside_data) as folder:
        folder = Path(folder)
        if args.only != "load":
            ingest(folder / "simulated", args.hours, args.starts)
        if args.only != "ingest":
            data = args.data or folder / "data"
            if not Path(data, "store").exists():
                bench_reports.make(data, args.sessions)
            copy_of(data, folder / "copy")
            load(folder / "copy", args.seconds, args.rounds)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, bench_reports.end)
    main()
