//! Segments that everyone has (R9.8).

use serde_json::json;

use crate::report::{Filter, Operation};

/// A named set of conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    pub name: String,
    pub title: String,
    pub filters: Vec<Filter>,
}

/// The ready-made segments.
pub fn ready_made() -> Vec<Segment> {
    let mut all = vec![
        segment(
            "allStreamingMedia",
            "All streaming media",
            Filter {
                not: true,
                op: Operation::Null,
                ..on("name")
            },
        ),
        segment(
            "audio",
            "Audio",
            Filter {
                value: json!("audio"),
                ..on("streamType")
            },
        ),
        segment(
            "video",
            "Video",
            Filter {
                value: json!("audio"),
                not: true,
                ..on("streamType")
            },
        ),
    ];
    for kind in ["vod", "live", "linear", "podcast", "audiobook", "aod"] {
        let without_case = Filter {
            op: Operation::Regex,
            value: json!(format!("(?i)^{kind}$")),
            ..on("contentType")
        };
        all.push(segment(kind, kind, without_case));
    }
    all
}

fn on(dimension: &str) -> Filter {
    Filter {
        dimension: Some(dimension.to_owned()),
        ..Filter::default()
    }
}

fn segment(name: &str, title: &str, filter: Filter) -> Segment {
    Segment {
        name: name.to_owned(),
        title: title.to_owned(),
        filters: vec![filter],
    }
}
