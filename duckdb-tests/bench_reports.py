"""Reports of a server beside DuckDB on the same Parquet files: CPU and wall time, interleaved.

Run by `make bench-reports`; PLAYHEAD is the server's binary, BENCH makes the data. Both run on two
threads, both are asked in turns, and both answers have to be the same.
"""

import argparse
import contextlib
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import duckdb

import bench_cases

# What a request may take beside DuckDB's time.
GRACE_MS = 20
# What is given up has ended by then.
SETTLED_AFTER_S = 60


class Server:
    """A server of its own over the data, whose time stands still at the end of them, or goes on."""

    def __init__(self, data, clock="manual", cache_max="512 MiB"):
        command = [os.environ["PLAYHEAD"], "serve", "--data", data, "--clock", clock]
        command += ["--listen", "127.0.0.1:0", "--console", "127.0.0.1:0"]
        env = {name: value for name, value in os.environ.items() if not name.startswith("PLAYHEAD")}
        env["PLAYHEAD_REPORTS__THREADS"] = "2"
        env["PLAYHEAD_REPORTS__CACHE_MAX"] = cache_max
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            raise SystemExit(f"the server says {line!r} instead of where it listens")
        self.door, self.address = (url.strip().removeprefix("http://").rstrip("/")
            for url in line.removeprefix("listening on ").split(" console "))
        self.connection = http.client.HTTPConnection(self.address)
        while self.request("GET", "/readyz")[0] != 200:
            time.sleep(0.01)

    def request(self, method, path, body=None):
        headers = {"Content-Type": "application/json"} if body else {}
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def ask(self, request):
        """The bytes of an answer: to a report, or to a path."""
        if isinstance(request, str):
            status, body = self.request("GET", request)
        else:
            status, body = self.request("POST", "/v1/reports", json.dumps(request))
        if status != 200:
            raise SystemExit(f"{request} is answered with {status}: {body.decode()}")
        return body

    def client(self):
        """A function that asks over a connection of its own and answers with the status, and that connection."""
        connection = http.client.HTTPConnection(self.address)

        def ask(question):
            path = "/v1/sql" if "sql" in question else "/v1/reports"
            connection.request("POST", path, json.dumps(question), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            return answer.status

        return ask, connection

    def settle(self):
        """Waits until nothing that was asked for runs any more."""
        for _ in range(SETTLED_AFTER_S * 5):
            before = self.cpu()
            time.sleep(0.2)
            if self.cpu() - before < 0.02:
                return
        raise SystemExit(f"the server is still busy {SETTLED_AFTER_S} s after the last question")

    def cpu(self):
        """CPU time of all its threads, those that have ended included."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def resident(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.stop()

    def stop(self):
        self.connection.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stdout.close()


def connect(data):
    """A connection over the same files, with every cache that DuckDB has."""
    db = duckdb.connect()
    for setting in [
        "threads = 2",
        "parquet_metadata_cache = true",
        "cache_local_files = true",
        "validate_external_file_cache = 'NO_VALIDATION'",
        "preserve_insertion_order = false",
    ]:
        db.execute(f"SET {setting}")
    for table in ["sessions", "ads", "chapters", "states"]:
        files = f"{data}/store/{table}/suite=bench/*/*.parquet"
        db.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{files}', hive_partitioning = false)")
    return db


class Times:
    def __init__(self):
        self.cpu, self.wall = [], []

    @contextlib.contextmanager
    def measure(self, cpu):
        before, begun = cpu(), time.perf_counter()
        yield
        self.wall.append((time.perf_counter() - begun) * 1000)
        self.cpu.append((cpu() - before) * 1000)

    def medians(self):
        return statistics.median(self.cpu), statistics.median(self.wall)



def measure(server, db, case, rounds):
    """Both in turns, after one round that warms up and shows that they say the same."""
    ours, theirs = Times(), Times()
    for number in range(rounds + 1):
        if number == 0:
            case.check(case.ask(server, number), case.query(db, number))
            continue
        with ours.measure(server.cpu):
            found = case.ask(server, number)
        with theirs.measure(time.process_time):
            wanted = case.query(db, number)
        case.check(found, wanted)
    return ours.medians(), theirs.medians()


def first_run(data, case):
    """CPU and wall of the first report after a start: nothing is in memory but what the system keeps."""
    times = Times()
    with Server(data) as server, times.measure(server.cpu):
        case.ask(server, 1)
    return times.medians()


def is_met(ours, theirs):
    return all(one <= other + GRACE_MS for one, other in zip(ours, theirs))


def make(data, sessions):
    bench = os.environ["BENCH"]
    env = os.environ | {"BENCH_BINARY": os.environ["PLAYHEAD"]}
    command = [bench, "store", "--sessions", str(sessions), data]
    subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--data", help="where the data are, or are to be made; else they do not stay")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="", help="cases whose name matches this regular expression")
    parser.add_argument("--cache-max", default="512 MiB", help="the setting reports.cache_max of the server")
    parser.add_argument("--no-first", action="store_true", help="leave out the first run after a start")
    args = parser.parse_args()
    with contextlib.ExitStack() as rest:
        data = args.data
        if not data:
            data = rest.enter_context(tempfile.TemporaryDirectory()) + "/data"
        if not Path(data, "store").exists():
            make(data, args.sessions)
        db = connect(data)
        cases = [case for case in bench_cases.all_cases(db) if re.search(args.only, case.name)]
        sessions = db.execute("SELECT count(*) FROM sessions").fetchone()[0]
        print(f"Reports over {sessions:,} sessions of 30 days, 2 threads, median of {args.rounds}, ms\n")
        print("| Report | playhead, CPU | wall | DuckDB, CPU | wall | Ratio, CPU | wall | Met | first run, CPU | wall |")
        print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
        first = {case.name: (0, 0) if args.no_first else first_run(data, case) for case in cases}
        server = rest.enter_context(Server(data, cache_max=args.cache_max))
        missed = []
        for case in cases:
            ours, theirs = measure(server, db, case, args.rounds)
            met = is_met(ours, theirs)
            missed += [] if met else [case.name]
            numbers = [*ours, *theirs]
            numbers = [f"{number:,.1f}" for number in numbers]
            ratios = [f"{one / other:.2f}" for one, other in zip(ours, theirs)]
            last = [f"{number:,.0f}" for number in first[case.name]]
            row = [case.name, *numbers, *ratios, "yes" if met else "no", *last]
            print(f"| {' | '.join(row)} |", flush=True)
        print(f"\nResident memory of the server at the end: {server.resident() / 2**20:,.0f} MiB")
        print(f"More than DuckDB's time + {GRACE_MS} ms: {', '.join(missed) or 'none'}")


def end(*_):
    raise SystemExit("ended by a signal")


if __name__ == "__main__":
    # So that the server ends as well.
    signal.signal(signal.SIGTERM, end)
    main()
