"""What ingest costs, and what players and analysts notice of each other.

Run by `make bench-load`; PLAYHEAD is the server's binary, BENCH makes data and load. First sessions of
the simulator close in a server: the CPU time of its pump for each, and the bytes that it leaves. Then a
server has the stored sessions of `bench_reports.py` and pings at half of the rate that it can take: alone,
and with reports or bad questions beside them, each held against the pings alone in between.
"""

import argparse
import contextlib
import itertools
import json
import os
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import bench_cases
import bench_reports
from bench_asking import Asking
from bench_reports import Server

# An answer that takes longer is one that a player waits for.
KNEE_P99_MS = 20
RATES = [5_000, 7_500, 10_000, 15_000, 20_000, 25_000, 30_000, 35_000, 40_000, 50_000, 60_000, 70_000, 80_000]
# A machine that halts for a moment is no knee.
TRIES = 2
KNEE_S, WARM_S = 2, 0.5
# What has closed goes into a part after half a minute.
STORED_AFTER_S = 60
# Every how many kinds of questions the pings are alone.
ALONE_EVERY = 2


def row(subject, figure, value, wanted=""):
    print(f"| {subject} | {figure} | {value} | {wanted} |", flush=True)


def thread_cpu(pid, name):
    """CPU seconds of the threads of a name that live."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        # One may end meanwhile.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
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
        size = stored(server, folder)
        pid = server.process.pid
        pump, compaction = thread_cpu(pid, "pump"), thread_cpu(pid, "compaction")
    closed, events = size["sessions"][0], size["events"][0]
    subject = f"{closed:,} sessions of the simulator, {events / closed:.0f} events each"
    row(subject, "CPU of the pump a closed session, with its event rows", f"{pump / closed * 1e6:,.0f} us")
    row(subject, "CPU of putting parts together a closed session", f"{compaction / closed * 1e6:,.0f} us")
    row(subject, "stored size of an event row", f"{size['events'][1] / events:.1f} bytes")
    row(subject, "stored size of a session row", f"{size['sessions'][1] / closed:.0f} bytes")


def stored(server, folder):
    """Rows and bytes of each table, once all events are in parts."""
    acknowledged = json.loads(server.ask("/v1/outcomes"))["total"]["acknowledged"]
    for _ in range(STORED_AFTER_S):
        time.sleep(1)
        lines, size = [], {}
        # There is none before the first part.
        with contextlib.suppress(FileNotFoundError):
            lines = (folder / "store/manifest.jsonl").read_text().splitlines()
        for part in map(json.loads, lines[1:-1]):
            rows, bytes_ = size.get(part["table"], (0, 0))
            size[part["table"]] = (rows + part["rows"], bytes_ + part["bytes"])
        if size.get("events", (0, 0))[0] == acknowledged:
            return size
    raise SystemExit(f"{acknowledged} events are acknowledged, and after {STORED_AFTER_S} s {size} are in parts")


class Load:
    """Pings at a rate, from a process of their own."""

    sessions = itertools.count(1_000_000, 1_000_000)

    def __init__(self, server, rate, seconds):
        command = [os.environ["BENCH"], "load", "--to", server.door, "--rate", str(rate)]
        command += ["--seconds", str(seconds), "--warm", str(WARM_S), "--sessions", "16"]
        command += ["--first-session", str(next(self.sessions)), "--server", str(server.process.pid)]
        self.rate = rate
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def finish(self):
        seen = json.loads(self.process.communicate()[0].splitlines()[-1])
        self.p50, self.p99 = seen["p50_us"] / 1000, seen["p99_us"] / 1000
        self.taken = seen["acknowledged"] / seen["seconds"]
        self.cores = [seen[name] / seen["seconds"] / 1e6 for name in ["server_cpu_us", "own_cpu_us"]]
        return self

    def is_taken(self):
        return self.taken >= 0.98 * self.rate and self.p99 <= KNEE_P99_MS


def knee(server):
    """The greatest rate at which all is acknowledged and p99 stays low; a rate that is not taken is
    tried again."""
    best, refused = None, None
    low, high = 0, len(RATES)
    while low < high:
        middle = (low + high) // 2
        for _ in range(TRIES):
            load = Load(server, RATES[middle], KNEE_S).finish()
            if load.is_taken():
                break
        if load.is_taken():
            best, low = load, middle + 1
        else:
            refused, high = load, middle
    if best is None:
        raise SystemExit(f"the p99 is above {KNEE_P99_MS} ms already at {RATES[0]} pings a second")
    row("the collector", f"knee: most pings a second with a p99 of at most {KNEE_P99_MS} ms", f"{best.rate:,}")
    for name, load in [("at the knee", best), ("at the next rate, which is not taken", refused)]:
        if load:
            took = f"{load.rate:,} sent, {load.taken:,.0f} taken, p99 {load.p99:.1f} ms"
            cores = "server {:.2f}, generator {:.2f}".format(*load.cores)
            row("the collector", f"cores in use {name}", f"{cores} of {os.cpu_count()}; {took}")
    return best.rate


def pings(server, rate, seconds, asking=()):
    """Pings, and those who ask meanwhile."""
    for thread in asking:
        thread.start()
    load = Load(server, rate, seconds).finish()
    for thread in asking:
        thread.stop()
    server.settle()
    return load


def latencies(server, reports, rounds, rate):
    """How long each report takes on an idle server, and at a rate of pings."""

    def ask_all():
        ask, _ = server.client()
        ms = {name: [] for name in reports}
        for _ in range(rounds):
            for name, request in reports.items():
                begun = time.perf_counter()
                ask(request)
                ms[name].append((time.perf_counter() - begun) * 1000)
        return {name: statistics.median(all) for name, all in ms.items()}

    ask_all()
    idle = ask_all()
    # Until it is told to end.
    load = Load(server, rate, 600)
    time.sleep(WARM_S)
    busy = ask_all()
    load.process.terminate()
    load.process.communicate()
    server.settle()
    for name in reports:
        value = f"{busy[name]:,.0f} ms; idle {idle[name]:,.0f} ms; {busy[name] / idle[name]:.1f} times"
        row(f"{name}, at {rate:,} pings/s", f"answered in, median of {rounds}", value)


def load_beside(server, folder, seconds, rounds):
    cases = bench_cases.single_cases(bench_reports.connect(folder))
    reports = {case.name: case.request for case in cases if case.request}
    ask, _ = server.client()
    for report in reports.values():
        ask(report)
    rate = knee(server) // 2
    latencies(server, reports, 5, rate)
    good = list(reports.values())
    kinds = {
        "reports, one each second": lambda: [Asking(server, good, 1.0)],
        "reports without a pause": lambda: [Asking(server, good)],
    }
    for name, question in bench_cases.BAD.items():
        kinds[name] = lambda question=question: [Asking(server, [question], is_bad=True) for _ in range(2)]
    alone, beside, asked = [], {name: [] for name in kinds}, {name: [] for name in kinds}
    for _ in range(rounds):
        for number, (name, asking) in enumerate(kinds.items()):
            if number % ALONE_EVERY == 0:
                alone.append(pings(server, rate, seconds))
            threads = asking()
            load = pings(server, rate, seconds, threads)
            beside[name].append((load.p50, load.p99))
            asked[name] += threads
    subject = f"{rate:,} pings/s, half of the knee"
    p50s, p99s = [load.p50 for load in alone], [load.p99 for load in alone]
    spread = f"{min(p99s):.1f} to {max(p99s):.1f} in {len(p99s)} measurements"
    base = statistics.median(p99s)
    row(f"{subject}, alone", "acknowledgement p50; p99", f"{statistics.median(p50s):.2f}; {base:.2f} ms ({spread})")
    for name, seen in beside.items():
        p50, p99 = (statistics.median(all) for all in zip(*seen))
        wanted = "at most 2 times" if name in bench_cases.BAD else ""
        value = f"{p50:.2f}; {p99:.2f} ms; p99 {p99 / base:.1f} times that alone"
        row(f"the same beside {name}", "acknowledgement p50; p99", value, wanted)
        answers = sum(len(thread.statuses) for thread in asked[name])
        statuses = sorted({status for thread in asked[name] for status in thread.statuses})
        row(f"the same beside {name}", "answers", f"{answers:,}, status {statuses or 'none yet'}")


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
    parser.add_argument("--hours", type=int, default=1, help="of simulated traffic")
    parser.add_argument("--starts", type=int, default=10, help="sessions of it a minute")
    parser.add_argument("--seconds", type=float, default=2, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
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
            with Server(folder / "copy", clock="system") as server:
                load_beside(server, folder / "copy", args.seconds, args.rounds)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, bench_reports.end)
    main()
