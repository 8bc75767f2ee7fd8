//! Views with names that people read.
//!
//! They leave out what reports leave out (sessions without a content id, ads without an id), so
//! that both tell the same numbers.

/// A query with a name.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) name: &'static str,
    /// What it has one row of.
    #[cfg_attr(not(test), expect(dead_code, reason = "it stands on the page"))]
    about: &'static str,
    pub(crate) sql: &'static str,
}

/// Those that read the open sessions.
pub(crate) const OF_OPEN_SESSIONS: [&str; 1] = ["watching"];

pub(crate) const VIEWS: [View; 7] = [
    View {
        name: "plays",
        about: "session, with times as timestamps and the columns that are asked for most",
        sql: r#"SELECT sid AS "Session", report_suite AS "Report suite", visitor AS "Visitor",
    name AS "Content", friendly_name AS "Content name", stream_type AS "Stream type",
    channel AS "Content channel", player_name AS "Content player name", device AS "Device",
    system AS "Operating system", browser AS "Browser", country AS "Country",
    to_timestamp_millis(start_ts) AS "Started", to_timestamp_millis(end_ts) AS "Ended",
    is_viewed AS "Media starts", is_played AS "Content starts", is_completed AS "Content completes",
    time_played AS "Content time spent", total_time_played AS "Media time spent",
    rebuffer_time AS "Total rebuffer duration", error_count AS "Error events",
    close_reason AS "Close reason", is_bot AS "Bot"
FROM sessions WHERE is_reported"#,
    },
    View {
        name: "content",
        about: "report suite and content",
        sql: r#"SELECT report_suite AS "Report suite", name AS "Content",
    max(friendly_name) AS "Content name",
    count(*) FILTER (WHERE is_viewed) AS "Media starts",
    count(*) FILTER (WHERE is_played) AS "Content starts",
    count(*) FILTER (WHERE is_completed) AS "Content completes",
    count(DISTINCT visitor) AS "Unique visitors",
    sum(time_played) AS "Content time spent",
    sum(total_time_played) AS "Media time spent",
    to_timestamp_millis(max(end_ts)) AS "Last watched"
FROM sessions WHERE is_reported GROUP BY report_suite, name"#,
    },
    View {
        name: "viewers",
        about: "report suite and visitor",
        sql: r#"SELECT report_suite AS "Report suite", visitor AS "Visitor",
    count(*) FILTER (WHERE is_viewed) AS "Media starts",
    count(DISTINCT name) AS "Contents",
    sum(time_played) AS "Content time spent",
    to_timestamp_millis(min(start_ts)) AS "First seen",
    to_timestamp_millis(max(end_ts)) AS "Last seen"
FROM sessions WHERE is_reported GROUP BY report_suite, visitor"#,
    },
    View {
        name: "quality",
        about: "report suite, player and version of its library",
        sql: r#"SELECT report_suite AS "Report suite", player_name AS "Content player name",
    library_version AS "Library version",
    count(*) FILTER (WHERE is_viewed) AS "Media starts",
    count(*) FILTER (WHERE is_start_failure) AS "Start failures",
    count(*) FILTER (WHERE is_exit_before_start) AS "Exits before start",
    count(*) FILTER (WHERE is_playback_failure) AS "Playback failures",
    count(*) FILTER (WHERE has_error_impacted_streams) AS "Error impacted streams",
    sum(rebuffer_count) AS "Rebuffer events",
    sum(rebuffer_time) AS "Total rebuffer duration",
    CAST(sum(rebuffer_time_ms) AS DOUBLE)
        / nullif(sum(rebuffer_time_ms) + sum(time_played_ms), 0) AS "Rebuffer ratio",
    approx_percentile_cont(0.5) WITHIN GROUP (ORDER BY time_to_start_ms)
        AS "Time to start, median, ms",
    avg(bitrate_average) AS "Average bitrate"
FROM sessions WHERE is_reported GROUP BY report_suite, player_name, library_version"#,
    },
    View {
        name: "days",
        about: "report suite and UTC day on which sessions began, by the client's clock",
        sql: r#"SELECT report_suite AS "Report suite",
    CAST(to_timestamp_millis(start_ts) AS DATE) AS "Day",
    count(*) FILTER (WHERE is_viewed) AS "Media starts",
    count(*) FILTER (WHERE is_played) AS "Content starts",
    count(DISTINCT visitor) AS "Unique visitors",
    sum(time_played) AS "Content time spent"
FROM sessions WHERE is_reported
GROUP BY report_suite, CAST(to_timestamp_millis(start_ts) AS DATE)"#,
    },
    View {
        name: "advertising",
        about: "report suite and ad",
        sql: r#"SELECT report_suite AS "Report suite", id AS "Ad", max(friendly_name) AS "Ad name",
    max(advertiser) AS "Advertiser",
    count(*) FILTER (WHERE is_started) AS "Ad starts",
    count(*) FILTER (WHERE is_completed) AS "Ad completes",
    sum(time_played) AS "Ad time spent"
FROM ads WHERE id <> '' AND sid IN (SELECT sid FROM sessions WHERE is_reported)
GROUP BY report_suite, id"#,
    },
    View {
        name: "watching",
        about: "report suite and content that is open at this moment",
        sql: r#"SELECT report_suite AS "Report suite", name AS "Content",
    max(friendly_name) AS "Content name", count(*) AS "Open sessions",
    count(DISTINCT visitor) AS "Unique visitors", sum(time_played) AS "Content time spent"
FROM open_sessions WHERE is_reported GROUP BY report_suite, name"#,
    },
];

/// The view of a name.
pub(crate) fn find(name: &str) -> Option<&'static View> {
    VIEWS.iter().find(|view| view.name == name)
}

/// The reference page of the views.
#[cfg(test)]
fn reference_markdown() -> String {
    let mut page = String::from(
        "<!-- Made from crates/playhead-sql/src/views.rs by `make docs`. Do not edit. -->\n\n\
         # Views\n\n\
         Queries with names that people read, over the [tables](tables.md). They leave out what reports \
         leave out: sessions without\na content id, and ads without an id. Titles are quoted in SQL: \
         `SELECT \"Content name\", \"Media starts\" FROM content`.\n",
    );
    for View { name, about, sql } in &VIEWS {
        page += &format!("\n## {name}\n\nOne row a {about}.\n\n```sql\n{sql}\n```\n");
    }
    page
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn page() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = folder.join("../../docs/reference/views.md");
        let page = reference_markdown();
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&file, &page).unwrap();
        }
        let found = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(found, page, "write it anew with `make docs`");
    }
}
