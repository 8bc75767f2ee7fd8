"""Reports of a server, and the same numbers computed by DuckDB from the files that it leaves.

Run by `make test-duckdb`; PLAYHEAD is the binary.
"""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

import duckdb

HOURS = 1
HOUR_MS = 3_600_000
TABLES = ["sessions", "ads", "chapters", "states", "events"]


class Server:
    """A server of the binary whose clock is moved by hand."""

    def __init__(self, folder):
        self.data = folder / "data"
        command = [os.environ["PLAYHEAD"], "serve", "--data", self.data, "--clock", "manual"]
        command += ["--listen", "127.0.0.1:0", "--console", "127.0.0.1:0"]
        self.log = (folder / "stderr").open("w+")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log, text=True, cwd=folder
        )
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            self.log.seek(0)
            raise RuntimeError(f"the server did not start: {self.log.read()}")
        self.door, self.console = line.removeprefix("listening on ").split(" console ")
        self.console = self.console.strip().rstrip("/")

    def ask(self, path, body=None):
        request = urllib.request.Request(self.console + path)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait()
        self.log.close()
        self.process.stdout.close()
        return status


class Reports(unittest.TestCase):
    """Traffic of some hours, all sessions closed, the server stopped: the answers stay here."""

    @classmethod
    def setUpClass(cls):
        cls.rest = contextlib.ExitStack()
        cls.addClassCleanup(cls.rest.close)
        folder = Path(cls.rest.enter_context(tempfile.TemporaryDirectory()))
        server = Server(folder)
        flags = ["--past", str(HOURS), "--starts", "3", "--target", server.door.strip()]
        subprocess.run(
            [os.environ["PLAYHEAD"], "simulate", *flags, "--console", server.console],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        newest = server.ask("/v1/sessions?limit=1")["sessions"][0]["startedAt"]
        # A day later everything is closed.
        server.ask("/v1/clock", {"to_ms": newest + 30 * HOUR_MS})
        cls.ledger = server.ask("/v1/outcomes")
        # Whole hours around the traffic; the clocks of some players are days away.
        first = newest // HOUR_MS * HOUR_MS - 4 * HOUR_MS
        cls.around = {"first": first, "last": first + 10 * HOUR_MS - 1}
        for name in ["concurrency", "timeSpent"]:
            REQUESTS[name]["range"] = {"from": first, "to": first + 10 * HOUR_MS}
        cls.answers = {name: server.ask("/v1/reports", body) for name, body in REQUESTS.items()}
        assert server.stop() == 0
        cls.db = duckdb.connect()
        for table in TABLES:
            files = server.data / "store" / table / "*" / "*" / "*.parquet"
            cls.db.execute(
                f"CREATE VIEW all_{table} AS SELECT * FROM read_parquet('{files}', hive_partitioning = false)"
            )
        cls.db.execute(
            f"CREATE VIEW sessions AS SELECT * FROM all_sessions"
            f" WHERE report_suite = '{SUITE}' AND is_reported"
        )
        for table in ["ads", "chapters", "states"]:
            cls.db.execute(
                f"CREATE VIEW {table} AS SELECT it.* FROM all_{table} AS it SEMI JOIN sessions USING (sid)"
            )

    def check(self, name, sql, rows=None):
        answer = self.answers[name]
        found = rows(answer) if rows else [(*row["key"], *row["values"]) for row in answer["rows"]]
        wanted = self.db.execute(sql, self.around if "$first" in sql else None).fetchall()
        self.assertGreater(len(wanted), 0, "there is something to compare")
        order = lambda row: [(value is None, str(value)) for value in row]
        found = sorted((tuple(row) for row in found), key=order)
        wanted = sorted(wanted, key=order)
        self.assertEqual(len(found), len(wanted), f"{found}\n{wanted}")
        for one, other in zip(found, wanted):
            self.assertEqual(len(one), len(other))
            for value, number in zip(one, other):
                if isinstance(value, float) or isinstance(number, float):
                    self.assertAlmostEqual(value, number, places=6)
                else:
                    self.assertEqual(value, number, f"{one}\n{other}")

    def test_sums_and_visitors_by_channel(self):
        self.check(
            "channels",
            """SELECT channel, count(*), count(DISTINCT visitor), sum(is_played::int), sum(time_played),
               sum(rebuffer_time), sum(error_count) FROM sessions GROUP BY ALL""",
        )

    def test_content_by_player(self):
        self.check(
            "contents",
            """SELECT name, player_name, count(*), sum(total_time_played), sum(unique_time_played)
               FROM sessions GROUP BY ALL""",
        )

    def test_percentiles_and_means(self):
        rank = "list_sort(list(time_to_start))[greatest(1, (count(time_to_start) * {0} + 99) // 100)]"
        self.check(
            "percentiles",
            f"""SELECT player_name, {rank.format(50)}, {rank.format(95)}, avg(time_to_start)
                FROM sessions GROUP BY ALL""",
        )

    def test_ads(self):
        self.check(
            "ads",
            """SELECT id, sum(is_started::int), sum(is_completed::int), sum(time_played) FROM ads
               WHERE id <> '' GROUP BY ALL""",
            lambda answer: [
                (*row["key"], *row["values"]) for row in answer["rows"] if row["key"][0] is not None
            ],
        )

    def test_chapters(self):
        self.check(
            "chapters",
            """SELECT friendly_name, sum(is_started::int), sum(time_played) FROM chapters GROUP BY ALL""",
        )

    def test_player_states(self):
        self.check("states", "SELECT name, sum(count), sum(time) FROM states GROUP BY ALL")

    def test_genres(self):
        self.check(
            "genres",
            """WITH genres AS (SELECT unnest(genre_list) AS genre FROM sessions
               UNION ALL SELECT NULL FROM sessions WHERE coalesce(len(genre_list), 0) = 0)
               SELECT genre, count(*) FROM genres GROUP BY ALL""",
        )

    def test_concurrency_by_minute(self):
        self.check(
            "concurrency",
            """WITH active AS (SELECT visitor, unnest(range(start_ts // 60000,
                   (greatest(end_ts, start_ts + 1) - 1) // 60000 + 1)) AS minute FROM sessions)
               SELECT minute * 60000, count(DISTINCT visitor), count(*) FROM active
               WHERE minute * 60000 BETWEEN $first AND $last GROUP BY ALL""",
            of_series,
        )

    def test_time_spent_by_hour(self):
        self.check(
            "timeSpent",
            """WITH spans AS (SELECT start_ts AS begins, greatest(end_ts, start_ts + 1) AS ends FROM sessions),
               hours AS (SELECT begins, ends, unnest(range(begins // 3600000,
                   (ends - 1) // 3600000 + 1)) * 3600000 AS hour FROM spans)
               SELECT hour, (sum(least(ends, hour + 3600000) - greatest(begins, hour)) + 500)::bigint // 1000
               FROM hours WHERE hour BETWEEN $first AND $last GROUP BY ALL""",
            of_series,
        )

    def test_retention_by_minute_of_content(self):
        self.check(
            "retention",
            """WITH stretches AS (SELECT sid, is_live, unnest(watched, recursive := true) FROM sessions),
               minutes AS (SELECT *, unnest(range(from_us // 60000000,
                   (to_us - 1) // 60000000 + 1)) AS minute FROM stretches WHERE to_us > from_us),
               pieces AS (SELECT sid, CASE WHEN is_live THEN minute % 1440 ELSE minute END AS place,
                   least(to_us, (minute + 1) * 60000000) - greatest(from_us, minute * 60000000) AS us
                   FROM minutes),
               by_session AS (SELECT place, sid, sum(us)::bigint AS us FROM pieces GROUP BY ALL)
               SELECT place, sum((us + 500000) // 1000000)::bigint, count(*) FROM by_session GROUP BY ALL""",
            lambda answer: [
                (int(row["key"][0]), row["values"][0], row["values"][3]) for row in answer["rows"]
            ],
        )

    def test_starts_by_hour_of_another_zone(self):
        self.check(
            "zones",
            """SELECT extract(hour FROM make_timestamp((start_ts + 19800000) * 1000))::int, count(*)
               FROM sessions GROUP BY ALL""",
            lambda answer: [(int(row["key"][0]), *row["values"]) for row in answer["rows"]],
        )

    def test_every_event_has_its_outcome(self):
        settled = self.ledger["total"]["settled"]
        wanted = {name: count for name, count in settled.items() if count}
        found = self.db.execute("SELECT outcome, count(*) FROM all_events GROUP BY ALL").fetchall()
        self.assertEqual(dict(found), wanted)
        types = """SELECT count(*) FROM all_events
                   WHERE event_type <> json_extract_string(body, '$.eventType')"""
        self.assertEqual(self.db.execute(types).fetchall(), [(0,)])


def of_series(answer):
    """The numbers of each bucket that are not all 0."""
    for place, start in enumerate(answer["buckets"]):
        numbers = [series[place] for series in answer["totalSeries"]]
        if any(numbers):
            yield (start, *numbers)


SUITE = "simulated0"
EVER = {"from": 0, "to": 4_102_444_800_000}


def table(metrics, dimensions):
    return {
        "suite": SUITE,
        "range": EVER,
        "metrics": metrics,
        "dimensions": dimensions,
        "limit": 10_000,
    }


def panel(name, granularity=None):
    of = {"suite": SUITE, "report": name, "range": EVER}
    return of | ({"granularity": granularity} if granularity else {})


REQUESTS = {
    "channels": table(
        ["sessions", "visitors", "isPlayed", "timePlayed", "rebufferTime", "errorCount"],
        ["channel"],
    ),
    "contents": table(["sessions", "totalTimePlayed", "uniqueTimePlayed"], ["name", "playerName"]),
    "percentiles": table(
        ["p50(timeToStart)", "p95(timeToStart)", "mean(timeToStart)"], ["playerName"]
    ),
    "ads": table(["ad.isStarted", "ad.isCompleted", "ad.timePlayed"], ["ad.id"]),
    "chapters": table(["chapter.isStarted", "chapter.timePlayed"], ["chapter.friendlyName"]),
    "states": table(["state.count", "state.time"], ["state.name"]),
    "genres": table(["sessions"], ["genreList"]),
    "concurrency": panel("concurrency", "minute"),
    "timeSpent": panel("timeSpent", "hour"),
    "retention": panel("retention"),
    "zones": table(["sessions"], ["hourOfDay"]) | {"zone": "Asia/Kolkata"},
}

if __name__ == "__main__":
    unittest.main()
