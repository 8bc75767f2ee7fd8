//! A search: the sessions that a report would count, one by one.

use std::sync::Arc;

use playhead_model::catalog::{Aggregate, CALCULATED, Measure, Scope};
use playhead_model::report::{
    Direction, Instant, MetricRequest, Open, Order, Range, ReportError, Request, SearchAnswer,
    SearchRequest, Stop,
};

use crate::filter::find_measure;
use crate::plan::{Plan, Surroundings, failed};
use crate::report::check_suite;
use crate::select::{Selected, When};
use crate::source::{Chunk, Read, Source, SourceError, Wanted};
use crate::table::Run;
use crate::threads::Threads;

mod order;
mod told;

use order::{By, Rank};
use told::Columns;

const LIMIT_DEFAULT: usize = 50;
const LIMIT_MAX: usize = 500;
/// What is told of a session if nothing is asked for.
const DIMENSIONS: [&str; 5] = [
    "name",
    "friendlyName",
    "playerName",
    "device",
    "closeReason",
];
const METRICS: [&str; 4] = ["timePlayed", "timeToStart", "rebufferTime", "errorCount"];

/// Finds sessions. `stop` says why to stop, if so; it is asked now and then.
///
/// # Errors
/// If the request makes no sense, a limit strikes, rows cannot be read, or `stop` says so.
pub fn search(
    source: &dyn Source,
    request: &SearchRequest,
    surroundings: &Surroundings,
    stop: Stop<'_>,
) -> Result<SearchAnswer, ReportError> {
    check_suite(source, &request.suite)?;
    let request = filled(request)?;
    let limit = request.limit.unwrap_or(LIMIT_DEFAULT);
    let plan = Plan::new(&as_report(&request), surroundings)?;
    let columns = Columns::new(&request, surroundings, plan.range)?;
    let by = By::new(&request)?;
    let after = by.after(request.cursor.as_deref())?;
    let wanted = Wanted {
        suite: &request.suite,
        as_of: request.as_of.as_deref(),
        from: (request.clock, plan.from()),
        include_open: request.open != Open::Exclude,
        stop,
    };
    let mut read = source.read(&wanted).map_err(at_open)?;
    if request.open == Open::Only {
        read.chunks.retain(|chunk| chunk.is_open());
    }
    let search = Search {
        plan: &plan,
        surroundings,
        read: &read,
        threads: &Threads {
            count: surroundings.limits.threads,
            stop,
        },
        by: &by,
        after,
    };
    let mut hits = search.hits(limit + 1)?;
    let has_more = hits.len() > limit;
    hits.truncate(limit);
    let last = hits.last().filter(|_| has_more);
    let next = last.map(|hit| by.cursor(hit.rank));
    let sessions = search.tell(&hits, &columns)?;
    let (from, to) = plan.range;
    Ok(SearchAnswer {
        as_of: read.as_of.clone(),
        zone: plan.zone.name.clone(),
        from,
        to,
        headings: columns.headings(),
        sessions,
        next,
        request: SearchRequest {
            zone: Some(plan.zone.name.clone()),
            range: Range {
                from: Some(Instant::Ms(from)),
                to: Some(Instant::Ms(to)),
                last: None,
            },
            limit: Some(limit),
            ..request
        },
    })
}

/// The request with what it did not say.
fn filled(request: &SearchRequest) -> Result<SearchRequest, ReportError> {
    let mut request = request.clone();
    if request.limit.is_some_and(|it| it == 0 || it > LIMIT_MAX) {
        let message = format!("limit is 1 to {LIMIT_MAX}; follow `next` for more");
        return Err(ReportError::invalid("limit", message));
    }
    if request.as_of.is_some() && request.open != Open::Exclude {
        let message = "open sessions have gone on since `asOf`; take \"exclude\"";
        return Err(ReportError::invalid("open", message));
    }
    if request.dimensions.is_empty() && request.metrics.is_empty() {
        request.dimensions = DIMENSIONS.map(str::to_owned).to_vec();
        request.metrics = METRICS.map(MetricRequest::from).to_vec();
    }
    request.order.get_or_insert_with(|| Order {
        by: order::START.to_owned(),
        direction: Direction::Descending,
    });
    Ok(request)
}

/// The report that counts what is looked for.
fn as_report(request: &SearchRequest) -> Request {
    let request = request.clone();
    Request {
        suite: request.suite,
        range: request.range,
        zone: request.zone,
        clock: request.clock,
        segment: request.segment,
        filters: request.filters,
        bots: request.bots,
        ..Request::default()
    }
}

/// The member that takes open sessions along has another name than in reports.
fn at_open(error: SourceError) -> ReportError {
    match failed(error) {
        ReportError::TooLarge { limit, message } => ReportError::TooLarge {
            limit,
            message: message.replacen("includeOpen: ", "open: ", 1),
        },
        error => error,
    }
}

/// A session that was found.
#[derive(Clone)]
struct Hit {
    rank: Rank,
    selected: Arc<Selected>,
    row: u32,
}

struct Search<'a> {
    plan: &'a Plan,
    surroundings: &'a Surroundings,
    read: &'a Read,
    threads: &'a Threads<'a>,
    by: &'a By,
    /// Only what comes behind it.
    after: Option<Rank>,
}

impl Search<'_> {
    /// The first sessions, in order.
    ///
    /// Where chunks tell how their sessions lie in the order they are looked at one after the
    /// other, twice as many each time, until none that is left can have a session before the last.
    fn hits(&self, count: usize) -> Result<Vec<Hit>, ReportError> {
        let clock = self.plan.request.clock;
        let bounds = self.read.chunks.iter().filter_map(|chunk| {
            let (first, last) = self.by.bounds(&**chunk, clock);
            let is_behind = self.after.is_none_or(|after| last > after);
            is_behind.then(|| (first, chunk.clone()))
        });
        let mut chunks: Vec<(Rank, Arc<dyn Chunk>)> = bounds.collect();
        chunks.sort_by_key(|(first, _)| *first);
        let mut rest = &chunks[..];
        let mut at_once = match self.by.is_bounded() {
            true => self.threads.count.max(1),
            false => chunks.len(),
        };
        if !self.plan.visitor_filters.is_empty() {
            // Sessions of all chunks decide about visitors, those before the cursor as well.
            return self.best_of(self.read.chunks.clone(), count);
        }
        let mut hits = Vec::new();
        loop {
            let (some, left) = rest.split_at(at_once.min(rest.len()));
            let some = some.iter().map(|(_, chunk)| chunk.clone()).collect();
            hits.extend(self.best_of(some, count)?);
            keep_first(&mut hits, count);
            let last = hits.get(count - 1).map(|hit: &Hit| hit.rank);
            let is_done = |(first, _): &(Rank, _)| last.is_some_and(|last| last < *first);
            if left.first().is_none_or(is_done) {
                return Ok(hits);
            }
            rest = left;
            at_once *= 2;
        }
    }

    /// The first sessions of some chunks.
    fn best_of(&self, chunks: Vec<Arc<dyn Chunk>>, count: usize) -> Result<Vec<Hit>, ReportError> {
        let read = Read {
            chunks,
            as_of: String::new(),
            position: self.read.position,
        };
        let run = Run {
            plan: self.plan,
            surroundings: self.surroundings,
            read: &read,
            threads: self.threads,
        };
        let selected = run.select(When::Closed, self.plan.range, None)?;
        let selected: Vec<Arc<Selected>> = selected.into_iter().map(Arc::new).collect();
        let best = self.threads.map(&selected, |selected| {
            let clock = self.plan.request.clock;
            let rows = self.by.first(selected, clock, self.after, count)?;
            let hits = rows.into_iter().map(|(rank, row)| Hit {
                rank,
                selected: selected.clone(),
                row,
            });
            Ok(hits.collect::<Vec<Hit>>())
        })?;
        let mut hits: Vec<Hit> = best.into_iter().flatten().collect();
        keep_first(&mut hits, count);
        Ok(hits)
    }
}

fn keep_first(hits: &mut Vec<Hit>, count: usize) {
    hits.sort_unstable_by_key(|hit| hit.rank);
    hits.truncate(count);
}

/// # Errors
/// If it is no metric that one session has a number of.
fn find_number(name: &str) -> Result<Measure, ReportError> {
    let wrong = || {
        let message = format!(
            "{name:?} is not a number of each session; order by `start`, or by a metric of the \
             session that is not calculated"
        );
        ReportError::invalid("order.by", message)
    };
    if CALCULATED.iter().any(|calculated| calculated.name == name) {
        return Err(wrong());
    }
    let measure = find_measure(name, "order.by")?;
    let is_counted = matches!(measure.aggregate, Aggregate::Rows | Aggregate::Visitors);
    if measure.scope != Scope::Session || is_counted {
        return Err(wrong());
    }
    Ok(measure)
}
