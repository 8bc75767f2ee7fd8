"""The reports that are measured: what is asked of the server, the same in SQL, and that both say the same."""

import json

DAY_MS = 86_400_000
FROM = 1_772_323_200_000
END = FROM + 30 * DAY_MS
DAY = FROM + 14 * DAY_MS
EVENING = DAY + 20 * 3_600_000
# What the dashboard looks at if nobody says otherwise.
LAST_DAY = END - DAY_MS
AUDIENCE = ["isViewed", "visitors", "timePlayed", "contentCompletionRate", "averageMinuteAudience"]


def of(begin, end):
    """The sessions that a report over a range is of."""
    return f"is_reported AND end_ts >= {begin} AND end_ts < {end}"


class Case:
    """A report and a query."""

    def __init__(self, name, request, sql, rows=None):
        self.name, self.request, self.sql = name, request, sql
        self.rows = rows or rows_of_table

    def ask(self, server, number):
        return [server.ask(self.request)]

    def query(self, db, number):
        return [db.execute(self.sql).fetchall()]

    def found(self, bodies):
        return [self.rows(json.loads(body)) for body in bodies]

    def check(self, bodies, wanted):
        for one, other in zip(self.found(bodies), wanted, strict=True):
            compare(self.name, one, other)


def compare(name, found, wanted):
    found, wanted = (sorted(map(tuple, rows), key=order) for rows in (found, wanted))
    if not wanted or len(found) != len(wanted):
        raise SystemExit(f"{name}: {len(found)} rows, and DuckDB has {len(wanted)}")
    for one, other in zip(found, wanted):
        if len(one) != len(other) or not all(map(is_same, one, other)):
            raise SystemExit(f"{name}: {one}, and DuckDB says {other}")


def order(row):
    return [(value is None, str(value)) for value in row if not isinstance(value, float)]


def is_same(one, other):
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and abs(one - other) <= 1e-6 * max(1, abs(other))
    return one == other


def rows_of_table(answer):
    return [(*row["key"], *row["values"]) for row in answer["rows"]]


def rows_of_series(answer):
    for place, start in enumerate(answer["buckets"]):
        numbers = [series[place] for series in answer["totalSeries"]]
        if any(numbers):
            yield (start, *numbers)


def rows_of_retention(answer):
    return [(int(row["key"][0]), row["values"][0], row["values"][3]) for row in answer["rows"]]


def report(begin, end, **fields):
    return {"suite": "bench", "range": {"from": begin, "to": end}} | fields


def bad(**fields):
    return report(FROM, END) | {"metrics": ["timePlayed"]} | fields


# What is refused at once, or works for long or until a limit ends it.
BAD = {
    "a filter on a wrong type": bad(filters=[{"metric": "timePlayed", "op": "contains", "value": "a"}]),
    "an empty range": bad(range={"from": FROM, "to": FROM}),
    "ten years by the second": report(FROM, FROM + 3_653 * DAY_MS, report="concurrency", granularity="second"),
    "a regular expression that explodes elsewhere": bad(
        filters=[{"dimension": "friendlyName", "op": "regex", "value": "(a|b|.*)*(x+x+)+y{1,900}"}],
        dimensions=["custom.playbackId"],
    ),
    "a regular expression too large": bad(
        filters=[{"dimension": "friendlyName", "op": "regex", "value": "((a{1,100}){1,100}){1,100}"}]
    ),
    "too many different keys": bad(metrics=["visitors"], dimensions=["custom.playbackId", "name"]),
    "SQL that writes": {"sql": "DELETE FROM sessions"},
    "SQL that runs for ever": {
        "sql": "SELECT count(*) FROM sessions a, sessions b WHERE a.time_played < b.time_played"
    },
    "SQL that needs too much memory": {
        "sql": "SELECT sid, array_agg(watched) FROM sessions GROUP BY sid ORDER BY sid"
    },
}


def concurrency(begin, end, step):
    """Viewers and sessions in each step: a session adds those steps that its viewer has not had yet."""
    return f"""
        WITH spans AS MATERIALIZED (SELECT visitor, greatest(start_ts, {begin}) // {step} AS a,
               (least(greatest(end_ts, start_ts + 1), {end}) - 1) // {step} AS b
             -- The second bound is one that statistics of row groups can be held against.
             FROM sessions WHERE is_reported AND start_ts < {end} AND end_ts >= {begin}
               AND greatest(end_ts, start_ts + 1) > {begin}),
             seen AS (SELECT a, b, max(b) OVER (PARTITION BY visitor ORDER BY a, b
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM spans),
             changes AS (SELECT a AS place, 0 AS viewers, 1 AS sessions FROM spans
               UNION ALL SELECT b + 1, 0, -1 FROM spans
               UNION ALL SELECT greatest(a, coalesce(before + 1, a)), 1, 0 FROM seen
                 WHERE before IS NULL OR b > before
               UNION ALL SELECT b + 1, -1, 0 FROM seen WHERE before IS NULL OR b > before),
             sums AS (SELECT place, sum(viewers) AS viewers, sum(sessions) AS sessions FROM changes GROUP BY place),
             steps AS (SELECT unnest(range({begin} // {step}, {end} // {step})) AS place)
        SELECT place * {step}, viewers::bigint, sessions::bigint FROM (SELECT place,
            sum(viewers) OVER (ORDER BY place) AS viewers, sum(sessions) OVER (ORDER BY place) AS sessions
          FROM steps FULL JOIN sums USING (place)) WHERE place * {step} < {end} AND sessions > 0"""


def retention(title, begin, end):
    """Most sessions have one stretch: those need not be put together by session."""
    minutes = """unnest(range(from_us // 60000000, (to_us - 1) // 60000000 + 1)) AS minute"""
    us = "least(to_us, (minute + 1) * 60000000) - greatest(from_us, minute * 60000000)"
    return f"""
        WITH found AS MATERIALIZED (SELECT start_position AS session, watched FROM sessions
               WHERE {of(begin, end)} AND name = '{title}' AND len(watched) > 0),
             single AS (SELECT *, {minutes} FROM (SELECT watched[1].from_us AS from_us,
               watched[1].to_us AS to_us FROM found WHERE len(watched) = 1) WHERE to_us > from_us),
             stretches AS (SELECT session, unnest(watched, recursive := true) FROM found WHERE len(watched) > 1),
             pieces AS (SELECT *, {minutes} FROM stretches WHERE to_us > from_us),
             by_session AS (SELECT minute, session, sum({us}) AS us FROM pieces GROUP BY ALL),
             parts AS (SELECT minute, sum(({us} + 500000) // 1000000) AS s, count(*) AS n FROM single GROUP BY minute
               UNION ALL SELECT minute, sum((us + 500000) // 1000000), count(*) FROM by_session GROUP BY minute)
        SELECT minute, sum(s)::bigint, sum(n)::bigint FROM parts GROUP BY minute"""


def top(begin, end):
    return f"""SELECT name, sum(is_played::int)::bigint AS starts, sum(time_played)::bigint FROM sessions
        WHERE {of(begin, end)} GROUP BY name ORDER BY starts DESC, name LIMIT 20"""


class LookUp(Case):
    """Another session each time: its rows in all tables."""

    def __init__(self, sids):
        super().__init__("a session by its id", None, None)
        self.sids = sids

    def ask(self, server, number):
        return [server.ask(f"/v1/sessions/{self.sids[number % len(self.sids)]}")]

    def query(self, db, number):
        sid = self.sids[number % len(self.sids)]
        tables = ["sessions", "ads", "chapters", "states"]
        return [db.execute(f"SELECT * FROM {table} WHERE sid = '{sid}'").fetchall() for table in tables]

    def check(self, bodies, wanted):
        answer = json.loads(bodies[0])
        counts = [1, *(len(answer[name]) for name in ["ads", "chapters", "states"])]
        if counts != [len(rows) for rows in wanted] or answer["session"]["visitor"] != wanted[0][0][2]:
            raise SystemExit(f"{self.name}: {counts}, and DuckDB has {[len(rows) for rows in wanted]}")


class FirstScreen(Case):
    """What the first page of the dashboard asks for, over the last day as it does: totals with a chart,
    titles, their names and sparks, viewers at the same time."""

    def __init__(self):
        super().__init__("the first screen's reports together", None, None)
        up_to_now = {"suite": "bench", "range": {"from": LAST_DAY}, "zone": "UTC", "includeOpen": True}
        self.requests = [
            up_to_now | {"metrics": AUDIENCE, "granularity": "15minutes"},
            up_to_now | {"metrics": AUDIENCE, "dimensions": ["name"], "limit": 50, "order": {"by": "isViewed", "direction": "descending"}},
            up_to_now | {"report": "concurrency"},
        ]
        self.names = up_to_now | {"metrics": ["isViewed"], "dimensions": ["name", "friendlyName"], "granularity": "30minutes", "limit": 200}

    def ask(self, server, number):
        bodies = [server.ask(request) for request in self.requests]
        titles = [row["key"][0] for row in json.loads(bodies[1])["rows"]]
        names = self.names | {"filters": [{"dimension": "name", "op": "in", "value": titles}]}
        return [*bodies, server.ask(names)]

    def query(self, db, number):
        where = of(LAST_DAY, END)
        numbers = """sum(is_viewed::int)::bigint, count(DISTINCT visitor), sum(time_played)::bigint,
            sum(is_completed::int) / sum(is_played::int), sum(average_minute_audience)"""
        parts = db.execute(f"""SELECT end_ts // 900000 * 900000 AS part, {numbers} FROM sessions
            WHERE {where} GROUP BY GROUPING SETS ((part), ())""").fetchall()
        titles = db.execute(f"""SELECT name, {numbers} FROM sessions WHERE {where} GROUP BY name
            ORDER BY 2 DESC, name LIMIT 50""").fetchall()
        viewers = db.execute(concurrency(LAST_DAY, END, 60_000)).fetchall()
        names = ", ".join(f"'{row[0]}'" for row in titles)
        sparks = db.execute(f"""SELECT name, friendly_name, end_ts // 1800000 * 1800000, sum(is_viewed::int)::bigint
            FROM sessions WHERE {where} AND name IN ({names}) GROUP BY ALL""").fetchall()
        return [parts, titles, viewers, sparks]

    def found(self, bodies):
        parts, titles, viewers, names = map(json.loads, bodies)
        series = zip(parts["buckets"], zip(*parts["totalSeries"]))
        series = [(start, *values) for start, values in series if values[0]]
        sparks = [
            (*row["key"], start, value)
            for row in names["rows"]
            for start, value in zip(names["buckets"], row["series"][0])
            if value
        ]
        return [[*series, (None, *parts["totals"])], rows_of_table(titles), rows_of_series(viewers), sparks]


class Mixed(Case):
    """All of them in turn: what one has in memory makes room for the next."""

    def __init__(self, cases):
        super().__init__("all of the above in turn", None, None)
        self.cases = cases

    def ask(self, server, number):
        return [case.ask(server, number) for case in self.cases]

    def query(self, db, number):
        return [case.query(db, number) for case in self.cases]

    def check(self, bodies, wanted):
        for case, one, other in zip(self.cases, bodies, wanted, strict=True):
            case.check(one, other)


def all_cases(db):
    cases = single_cases(db)
    return [*cases, Mixed(cases)]


def single_cases(db):
    live = "SELECT name FROM sessions WHERE NOT is_live GROUP BY name ORDER BY count(*) DESC, name LIMIT 1"
    title = db.execute(live).fetchone()[0]
    sids = "SELECT sid FROM sessions WHERE start_position % 7919 = 0 ORDER BY hash(sid) LIMIT 100"
    sids = [sid for (sid,) in db.execute(sids).fetchall()]
    tops = {"metrics": ["isPlayed", "timePlayed"], "dimensions": ["name"], "limit": 20}
    ever = of(FROM, END)
    return [
        Case("top 20 content, a day", report(DAY, DAY + DAY_MS, **tops), top(DAY, DAY + DAY_MS)),
        Case("top 20 content, 30 days", report(FROM, END, **tops), top(FROM, END)),
        Case(
            "concurrency by the minute, a day",
            report(DAY, DAY + DAY_MS, report="concurrency", granularity="minute"),
            concurrency(DAY, DAY + DAY_MS, 60_000),
            rows_of_series,
        ),
        Case(
            "concurrency by the second, an hour",
            report(EVENING, EVENING + 3_600_000, report="concurrency", granularity="second"),
            concurrency(EVENING, EVENING + 3_600_000, 1_000),
            rows_of_series,
        ),
        Case(
            "p50 and p95 of time to start by player",
            report(FROM, END, metrics=["p50(timeToStart)", "p95(timeToStart)"], dimensions=["playerName"]),
            # Few values occur: counting them is cheaper than `quantile_disc` over all rows.
            f"""WITH counts AS (SELECT player_name, time_to_start AS value, count(*) AS n FROM sessions
                  WHERE {ever} GROUP BY ALL),
                sums AS (SELECT player_name, value, sum(n) OVER (PARTITION BY player_name ORDER BY value) AS upto,
                  sum(n) OVER (PARTITION BY player_name) AS all_of FROM counts WHERE value IS NOT NULL)
                SELECT player_name, min(value) FILTER (upto * 100 >= 50 * all_of),
                  min(value) FILTER (upto * 100 >= 95 * all_of) FROM sums GROUP BY ALL""",
        ),
        Case(
            "visitors by channel",
            report(FROM, END, metrics=["visitors"], dimensions=["channel"]),
            f"""SELECT channel, count(*) FROM (SELECT DISTINCT channel, visitor FROM sessions WHERE {ever})
                GROUP BY ALL""",
        ),
        Case(
            "retention of one title",
            report(FROM, END, report="retention", filters=[{"dimension": "name", "value": title}]),
            retention(title, FROM, END),
            rows_of_retention,
        ),
        Case(
            "error rate by player version",
            report(
                FROM,
                END,
                metrics=[{"name": "errorRate", "formula": "hasErrorImpactedStreams / isViewed"}],
                dimensions=["playerName", "appVersion"],
                limit=10_000,
            ),
            f"""SELECT player_name, app_version, sum(has_error_impacted_streams::int) / sum(is_viewed::int)
                FROM sessions WHERE {ever} GROUP BY ALL""",
        ),
        Case(
            "a filter on custom metadata",
            report(
                FROM,
                END,
                metrics=["sessions", "timePlayed"],
                filters=[{"dimension": "custom.plan", "value": "premium"}],
            ),
            f"""SELECT count(*), sum(time_played)::bigint FROM sessions
                WHERE {ever} AND custom_metadata['plan'] = 'premium'""",
            lambda answer: [answer["totals"]],
        ),
        LookUp(sids),
        FirstScreen(),
    ]
