//! The body of the Collection API that an event of this one stands for.

use playhead_model::{
    body::{Node, NodeKey},
    keys::{EventType, KeyId},
};

use super::{details::Members, event::Setting, identity::Identity, media::Media};
use crate::{
    Decoded,
    collection::{BODY_BYTES_EXPECTED, check::Facts},
};

/// A body in the making.
#[derive(Debug)]
pub(super) struct Canonical<'b> {
    event: EventType,
    ts: i64,
    playhead: f64,
    params: Members<'b>,
    /// All members but `params`.
    members: Members<'b>,
}

impl<'b> Canonical<'b> {
    /// Puts together what was checked; nothing if there is no sound playhead.
    pub(super) fn new(event: EventType, ts: i64, media: Media<'b>) -> Option<Self> {
        let (playhead, node) = media.playhead?;
        let player_time = vec![
            (NodeKey::Known(KeyId::TS), Node::Int(ts)),
            (NodeKey::Known(KeyId::PLAYHEAD), node),
        ];
        let mut members = vec![
            (
                NodeKey::Known(KeyId::EVENT_TYPE),
                Node::Str(event.name().into()),
            ),
            (
                NodeKey::Known(KeyId::PLAYER_TIME),
                Node::Object(player_time),
            ),
        ];
        if !media.qoe.is_empty() {
            members.push((NodeKey::Known(KeyId::QOE_DATA), Node::Object(media.qoe)));
        }
        if let Some(custom) = media.custom {
            members.push((NodeKey::Known(KeyId::CUSTOM_METADATA), Node::Object(custom)));
        }
        Some(Self {
            event,
            ts,
            playhead,
            params: media.params,
            members,
        })
    }

    /// Adds to a start what the other API has there of suite, organisation and viewer.
    pub(super) fn add_account<'a: 'b>(
        &mut self,
        identity_maps: impl IntoIterator<Item = &'b Node<'a>>,
        setting: &Setting<'b>,
    ) {
        let account = setting.account;
        let mut add = |key, text: &'b str| {
            self.params
                .push((NodeKey::Known(key), Node::Str(text.into())));
        };
        add(KeyId::REPORT_SUITE, account.suite);
        if let Some(organisation) = account.organisation {
            add(KeyId::ORG_ID, organisation);
        }
        let identity = Identity::read(identity_maps);
        self.params.extend(identity.params(setting.ecid));
    }

    /// Keeps the id that the client gave the event, by which a retry is known.
    pub(super) fn add_id(&mut self, id: Option<&Node<'b>>) {
        if let Some(Node::Str(id)) = id
            && !id.is_empty()
        {
            let id = Node::Str(id.clone());
            self.members.push((NodeKey::Known(KeyId::EVENT_ID), id));
        }
    }

    pub(super) fn decoded(mut self) -> Decoded {
        let needs_params = KeyId::PARAMS.spec().required.contains(self.event);
        if needs_params || !self.params.is_empty() {
            let params = Node::Object(self.params);
            self.members.push((NodeKey::Known(KeyId::PARAMS), params));
        }
        let facts = Facts {
            event_type: Some(self.event),
            ts: Some(self.ts),
            playhead: Some(self.playhead),
            unknown_keys: 0,
        };
        Decoded::new(&Node::Object(self.members), &facts, BODY_BYTES_EXPECTED)
    }
}
