//! One session of a plan: made from the seed and its number, again and again the same.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::act::{self, Setting};
use crate::body::{self, Voice};
use crate::catalogue::{Catalogue, DEVICES, Title};
use crate::delivery::Delivery;
use crate::moment::{Moment, What};
use crate::origin::Origin;
use crate::plan::{Mix, Options};
use crate::player::{Player, Stage};
use crate::random::Random;
use crate::truth::{Facts, Truth};

/// What kind of request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A session start to `/api/v1/sessions`.
    Start,
    /// An event of a session.
    Event,
    /// A whole offline session to `/api/v1/downloaded`.
    Batch,
    /// The same in the older form, to `/api/v1/sessions`.
    OldBatch,
    /// An event of a session that nobody opened.
    Stray,
}

/// An id that no server gave.
const STRAY_ID: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Kind {
    /// The path of the request; `sid` is the id of the session, for events.
    pub fn path(self, sid: &str) -> String {
        match self {
            Self::Start | Self::OldBatch => "/api/v1/sessions".to_owned(),
            Self::Batch => "/api/v1/downloaded".to_owned(),
            Self::Event => format!("/api/v1/sessions/{sid}/events"),
            Self::Stray => format!("/api/v1/sessions/{STRAY_ID}/events"),
        }
    }
}

/// One request, due at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Since the start of the plan, ms.
    pub at_ms: u64,
    /// Number of the session in the plan.
    pub session: usize,
    /// Number of the request in the session: the start is 0.
    pub number: u32,
    pub kind: Kind,
    pub body: String,
    pub origin: Origin,
}

/// The parts of a plan that its sessions share.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) options: Options,
    pub(crate) catalogue: Catalogue,
}

/// A session of a plan.
#[derive(Clone, Debug)]
pub struct Session {
    world: Arc<World>,
    voice: Voice,
    /// Arrival of its first request.
    at_ms: u64,
    batch: Option<Kind>,
    fps: u8,
    start_ms: u16,
    player: Player,
    network: Random,
}

impl Session {
    pub(crate) fn new(world: Arc<World>, number: usize, at_ms: u64) -> Self {
        let options = &world.options;
        let mut random = Random::new(world.seed, number as u64);
        let device = random.below(DEVICES.len() as u64) as usize;
        let is_ordinary = options.mix == Mix::Ordinary;
        let mut title = world.catalogue.pick(&mut random);
        while is_ordinary && world.catalogue.titles()[title].length_ms < 3_000_000 {
            title = random.below(world.catalogue.titles().len() as u64) as usize;
        }
        let batch = (!is_ordinary && DEVICES[device].offline && random.percent(12))
            .then(|| random.pick(&[Kind::Batch, Kind::OldBatch]));
        let content = &world.catalogue.titles()[title];
        let setting = Setting {
            title: content,
            device: &DEVICES[device],
            mean_ms: options.mean_duration_ms,
        };
        let is_resume = !is_ordinary && random.percent(8);
        let wall_ms = options.epoch_ms + at_ms;
        let position = match (content.is_live, is_resume) {
            // Second of the day where the viewer is.
            (true, _) => ((wall_ms + random.below(24) * 3_600_000) % 86_400_000) as i64,
            (false, true) => random.below(content.length_ms as u64 * 9 / 10) as i64,
            (false, false) => 0,
        };
        let acts = match is_ordinary {
            true => act::ordinary(&mut random, &setting),
            false => act::varied(&mut random, &setting),
        };
        let skew_ms = match random.below(20) {
            0 if !is_ordinary => random.between(0, 172_800_000) as i64 - 86_400_000,
            0..=10 => random.between(0, 4_000) as i64 - 2_000,
            _ => 0,
        };
        let stored_ms = if batch.is_some() {
            random.between(14_400_000, 400_000_000) as i64
        } else {
            0
        };
        let viewer = random.below(options.viewers as u64);
        let voice = Voice {
            number,
            title,
            device,
            viewer: (is_ordinary || !random.percent(10)).then_some(viewer),
            suite: random.below(options.suites as u64),
            is_resume,
            says_downloaded: batch == Some(Kind::OldBatch),
            clock_ms: wall_ms as i64 + skew_ms - stored_ms,
            is_rich: is_ordinary,
        };
        let kbps = random.between(4, 80) as u32 * 100;
        let ping_ms = if batch.is_some() {
            50_000
        } else {
            options.ping_ms
        };
        let (fps, start_ms) = (
            random.pick(&[24, 25, 30, 60]),
            random.between(80, 4_000) as u16,
        );
        let network = Random::new(random.bits(), 0);
        let player = Player::new(acts, random, position, kbps, ping_ms);
        Self {
            voice,
            at_ms,
            batch,
            fps,
            start_ms,
            player,
            network,
            world,
        }
    }

    /// Number of the session in the plan.
    pub fn number(&self) -> usize {
        self.voice.number
    }

    /// Whether it is sent as a whole, afterwards.
    pub fn is_batch(&self) -> bool {
        self.batch.is_some()
    }

    /// Its requests, in the order in which they arrive.
    pub fn requests(self) -> Requests {
        let delivery = Delivery::new(self.network.clone(), self.world.options.network);
        Requests {
            session: self,
            delivery,
            next: None,
            number: 0,
        }
    }

    /// The true numbers, by the names of the answers: `session`, `ads`, `chapters`, `states`. Only
    /// what is known without an engine is there.
    pub fn truth(mut self) -> Value {
        while self.next_moment().is_some() {}
        let title = self.title();
        let truth = self.player.truth();
        let facts = Facts {
            length_ms: title.length_ms,
            is_live: title.is_live,
            is_resume: self.voice.is_resume,
            is_batch: self.is_batch(),
        };
        let mut session = truth.session(facts);
        let dimensions = self.voice.dimensions(title);
        session.extend(
            dimensions
                .into_iter()
                .map(|(_, name, value)| (name.to_owned(), value)),
        );
        session.insert("reportSuite".into(), body::suite(self.voice.suite).into());
        if let Some(viewer) = self.voice.viewer {
            session.insert("visitor".into(), body::visitor(viewer).into());
        }
        if self.is_batch() {
            session.insert("isDownloaded".into(), true.into());
        }
        session.insert("startTs".into(), self.voice.clock_ms.into());
        session.insert(
            "endTs".into(),
            (self.voice.clock_ms + truth.last_ms as i64).into(),
        );
        let custom = self.voice.custom(What::Start).unwrap_or_default();
        session.insert("customMetadata".into(), custom.clone().into());
        json!({
            "session": session,
            "ads": self.ads(truth, &custom),
            "chapters": self.chapters(truth, &custom),
            "states": truth.states(),
        })
    }

    fn title(&self) -> &Title {
        &self.world.catalogue.titles()[self.voice.title]
    }

    fn ads(&self, truth: &Truth, custom: &Map<String, Value>) -> Vec<Value> {
        let ad = |ad: &crate::truth::AdTruth| {
            let what = What::AdStart {
                number: ad.number as u16,
                place: 0,
                length_ms: 0,
            };
            let mut custom = custom.clone();
            custom.extend(self.voice.custom(what).unwrap_or_default());
            json!({
                "id": body::ad_id(ad.number),
                "advertiser": body::advertiser(ad.number),
                "podIndex": ad.pod,
                "podPosition": ad.place,
                "length": body::seconds(ad.length_ms as i64),
                "playerName": self.voice.device().player,
                "isStarted": true,
                "isCompleted": ad.completed,
                "timePlayed": (ad.played_ms + 500) / 1000,
                "customMetadata": custom,
            })
        };
        truth.ads.iter().map(ad).collect()
    }

    fn chapters(&self, truth: &Truth, custom: &Map<String, Value>) -> Vec<Value> {
        let title = self.title();
        let chapter = |entered: &crate::truth::ChapterTruth| {
            let begin = title.chapters[entered.chapter];
            json!({
                "index": entered.chapter + 1,
                "offset": body::seconds(begin),
                "length": body::seconds(title.chapter_end(entered.chapter) - begin),
                "friendlyName": body::chapter_name(entered.chapter),
                "isStarted": true,
                "isCompleted": entered.completed,
                "timePlayed": (entered.played_ms + 500) / 1000,
                "customMetadata": custom,
            })
        };
        truth.chapters.iter().map(chapter).collect()
    }

    fn next_moment(&mut self) -> Option<Moment> {
        let title = &self.world.catalogue.titles()[self.voice.title];
        let ping_ms = if self.batch.is_some() {
            50_000
        } else {
            self.world.options.ping_ms
        };
        let (fps, start_ms) = (self.fps, self.start_ms);
        self.player.next(Stage {
            title,
            device: self.voice.device(),
            ping_ms,
            fps,
            start_ms,
        })
    }

    fn body(&self, moment: &Moment) -> String {
        self.voice.body(&self.world.catalogue, moment)
    }
}

/// The requests of one session.
#[derive(Clone, Debug)]
pub struct Requests {
    session: Session,
    delivery: Delivery,
    /// The next event that has not been sent.
    next: Option<Moment>,
    number: u32,
}

impl Requests {
    /// When the next request arrives, since the start of the plan. Cheap once asked.
    pub(crate) fn next_at(&mut self) -> Option<u64> {
        let since = match (self.number, self.session.batch) {
            (0, _) => Some(0),
            (_, Some(_)) => None,
            (_, None) => {
                self.fill();
                self.delivery.next_at()
            }
        };
        since.map(|ms| self.session.at_ms + ms)
    }

    /// Sends what has to be under way before the next arrival is known.
    fn fill(&mut self) {
        loop {
            if self.next.is_none() {
                self.next = self.session.next_moment();
            }
            let Some(moment) = self.next else { return };
            let earliest = self.delivery.earliest(&moment);
            if self.delivery.next_at().is_some_and(|at| at < earliest) {
                return;
            }
            self.delivery.send(moment);
            self.next = None;
        }
    }

    fn batch(&mut self) -> String {
        let mut body = String::from("[");
        while let Some(moment) = self.session.next_moment() {
            if body.len() > 1 {
                body.push(',');
            }
            body.push_str(&self.session.body(&moment));
        }
        body.push(']');
        body
    }
}

impl Iterator for Requests {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        let at_ms = self.next_at()?;
        let (kind, body) = match (self.number, self.session.batch) {
            (0, Some(kind)) => (kind, self.batch()),
            (0, None) => {
                let start = self.session.next_moment()?;
                (Kind::Start, self.session.body(&start))
            }
            _ => {
                let (_, moment) = self.delivery.arrive()?;
                (Kind::Event, self.session.body(&moment))
            }
        };
        let number = self.number;
        let origin = match number {
            0 => Origin::of(&self.session.voice),
            _ => Origin::default(),
        };
        self.number += 1;
        Some(Request {
            at_ms,
            session: self.session.voice.number,
            number,
            kind,
            body,
            origin,
        })
    }
}
