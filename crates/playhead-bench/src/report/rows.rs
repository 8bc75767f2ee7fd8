//! Generated sessions as columns: contents by a popularity curve, evenings fuller than nights.

use std::sync::Arc;

use playhead_query::{
    Chunk, Column, Ints, Read, Source, SourceError, Spans, Table, TextColumn, Times, Wanted, Words,
};

use crate::store;

/// Sessions of one chunk.
const CHUNK_ROWS: usize = 131_072;
/// The same days as those of stored sessions.
pub(super) const FIRST_DAY_MS: i64 = store::FIRST_DAY_MS as i64;
pub(super) const DAYS: i64 = store::DAYS as i64;
const DAY_MS: i64 = store::DAY_MS as i64;

/// The columns of text: name, how many values, and how much the first are preferred.
const TEXTS: &[(&str, &str, u64, u32)] = &[
    ("name", "content", 100_000, 3),
    ("visitor", "visitor", 3_000_000, 1),
    ("playerName", "player", 8, 2),
    ("appVersion", "version", 30, 2),
    ("channel", "channel", 50, 2),
    ("country", "country", 60, 2),
    ("device", "device", 6, 1),
];

/// All sessions, in order of their ends.
pub(super) struct Generated {
    chunks: Vec<Arc<dyn Chunk>>,
}

impl Generated {
    pub(super) fn new(sessions: usize) -> Self {
        let words: Vec<Arc<Words>> = TEXTS.iter().map(|_| Arc::default()).collect();
        for ((_, prefix, count, _), words) in TEXTS.iter().zip(&words) {
            for number in 0..*count {
                words.code(&format!("{prefix} {number}"));
            }
        }
        let plans = Arc::new(Words::default());
        for number in 0..5 {
            plans.code(&format!("plan {number}"));
        }
        let mut random = Random(7);
        let mut chunks: Vec<Arc<dyn Chunk>> = Vec::new();
        let mut first = 0;
        while first < sessions {
            let rows = CHUNK_ROWS.min(sessions - first);
            let chunk = Made::new(&mut random, first..first + rows, sessions, &words, &plans);
            chunks.push(Arc::new(chunk));
            first += rows;
        }
        Self { chunks }
    }
}

impl Source for Generated {
    fn suites(&self) -> Result<Vec<String>, SourceError> {
        Ok(vec!["bench".to_owned()])
    }

    fn read(&self, _: &Wanted<'_>) -> Result<Read, SourceError> {
        Ok(Read {
            chunks: self.chunks.clone(),
            as_of: String::new(),
            position: i64::MAX - 1,
        })
    }
}

struct Made {
    rows: usize,
    columns: Vec<(&'static str, Arc<Column>)>,
    plan: Arc<Column>,
    started: Times,
    ended: Times,
}

impl Made {
    fn new(
        random: &mut Random,
        rows: std::ops::Range<usize>,
        sessions: usize,
        words: &[Arc<Words>],
        plans: &Arc<Words>,
    ) -> Self {
        let count = rows.len();
        let texts = TEXTS
            .iter()
            .zip(words)
            .map(|((name, _, values, skew), words)| {
                let codes = (0..count).map(|_| random.skewed(*values, *skew) as u32 + 1);
                (*name, text(codes.collect(), words))
            });
        let mut columns: Vec<(&'static str, Arc<Column>)> = texts.collect();
        let ends: Vec<i64> = rows.map(|row| end_of(row, sessions)).collect();
        let lengths: Vec<i64> = (0..count)
            .map(|_| 1 + random.skewed(7_200, 2) as i64)
            .collect();
        let starts = ends
            .iter()
            .zip(&lengths)
            .map(|(end, length)| end - length * 1_000);
        let starts: Vec<i64> = starts.collect();
        let mut flag = |percent: u64| -> Vec<i64> {
            (0..count)
                .map(|_| i64::from(random.below(100) < percent))
                .collect()
        };
        let played = flag(90);
        let numbers = [
            ("isViewed", flag(97)),
            ("isPlayed", played.clone()),
            ("hasErrorImpactedStreams", flag(4)),
            ("isBot", flag(1)),
            ("isLive", vec![0; count]),
            (
                "timePlayed",
                lengths
                    .iter()
                    .zip(&played)
                    .map(|(length, it)| length * it)
                    .collect(),
            ),
            (
                "timeToStart",
                (0..count).map(|_| random.skewed(60, 4) as i64).collect(),
            ),
            ("startTs", starts.clone()),
            ("endTs", ends.clone()),
        ];
        let spans = lengths
            .iter()
            .zip(&played)
            .map(|(length, it)| (0, length * it * 1_000_000));
        columns.extend(numbers.map(|(name, values)| (name, ints(values))));
        let watched = Column::Spans(Spans {
            starts: (0..=count as u32).collect(),
            spans: spans.collect(),
        });
        columns.push(("watched", Arc::new(watched)));
        let plan = (0..count).map(|_| random.below(6) as u32).collect();
        Self {
            rows: count,
            columns,
            plan: text(plan, plans),
            started: times(&starts),
            ended: times(&ends),
        }
    }
}

impl Chunk for Made {
    fn rows(&self, table: Table) -> Result<usize, SourceError> {
        Ok(if table == Table::Sessions {
            self.rows
        } else {
            0
        })
    }

    fn column(&self, _: Table, name: &str) -> Result<Arc<Column>, SourceError> {
        let found = self.columns.iter().find(|(known, _)| *known == name);
        let column = found.map(|(_, column)| column.clone());
        Ok(column.unwrap_or(Arc::new(Column::Absent)))
    }

    fn custom(&self, _: Table, _: &str) -> Result<Arc<Column>, SourceError> {
        Ok(self.plan.clone())
    }

    fn ids(&self, rows: &[u32]) -> Result<Vec<String>, SourceError> {
        Ok(rows.iter().map(ToString::to_string).collect())
    }

    fn started(&self) -> Times {
        self.started
    }

    fn ended(&self) -> Times {
        self.ended
    }

    fn started_at(&self) -> Times {
        self.started
    }

    fn last_at(&self) -> Times {
        self.ended
    }

    fn position(&self) -> i64 {
        0
    }

    fn is_open(&self) -> bool {
        false
    }
}

fn text(codes: Vec<u32>, words: &Arc<Words>) -> Arc<Column> {
    let words = words.clone();
    Arc::new(Column::Text(TextColumn { codes, words }))
}

fn ints(values: Vec<i64>) -> Arc<Column> {
    Arc::new(Column::Ints(Ints::new(values.into_iter().map(Some))))
}

fn times(values: &[i64]) -> Times {
    Times {
        least: values.iter().copied().min().unwrap_or(0),
        greatest: values.iter().copied().max().unwrap_or(0),
    }
}

/// Ends are spread over the days; half of each day's fall into its last six hours.
fn end_of(row: usize, sessions: usize) -> i64 {
    let place = row as i64 * DAYS * DAY_MS / sessions as i64;
    let (day, of_day) = (place / DAY_MS, place % DAY_MS);
    let half = DAY_MS / 2;
    let of_day = if of_day < half {
        of_day * 3 / 2
    } else {
        DAY_MS * 3 / 4 + (of_day - half) / 2
    };
    FIRST_DAY_MS + day * DAY_MS + of_day
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, count: u64) -> u64 {
        self.next() % count
    }

    /// Below `count`; the greater `skew`, the more often a small number.
    fn skewed(&mut self, count: u64, skew: u32) -> u64 {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        (uniform.powi(skew as i32) * count as f64) as u64
    }
}
