//! New settings for a door that is open.

use std::rc::Rc;

use playhead_engine::cell::CellOptions;
use playhead_engine::intake::Policy;
use playhead_sender::Network;
use tokio::sync::{mpsc, oneshot};

use super::{Datastreams, Door, Limits};

/// What may change while requests are taken. Of the options of the cell, those that it can change.
#[derive(Debug)]
pub struct Change {
    pub limits: Limits,
    pub datastreams: Datastreams,
    pub trusted_proxies: Vec<Network>,
    pub cell: CellOptions,
    pub policy: Policy,
}

type Order = (Box<Change>, oneshot::Sender<()>);

/// Gives a door new settings, from another thread.
#[derive(Clone, Debug)]
pub struct Changer(mpsc::Sender<Order>);

/// New settings, to be taken by a door.
#[derive(Debug)]
pub struct Changes(mpsc::Receiver<Order>);

/// A way to a door that is to be opened.
pub fn changes() -> (Changer, Changes) {
    let (orders, ordered) = mpsc::channel(1);
    (Changer(orders), Changes(ordered))
}

impl Changer {
    /// Changes everything at once, and waits until that is done. False if the door is closed.
    pub fn change(&self, change: Change) -> bool {
        let (done, is_done) = oneshot::channel();
        let sent = self.0.blocking_send((Box::new(change), done));
        sent.is_ok() && is_done.blocking_recv().is_ok()
    }
}

impl Changes {
    pub(super) async fn take_for_ever(mut self, door: Rc<Door>) {
        while let Some((change, done)) = self.0.recv().await {
            let Change {
                limits,
                datastreams,
                trusted_proxies,
                cell,
                policy,
            } = *change;
            door.limits.set(limits);
            door.datastreams.replace(Rc::new(datastreams));
            door.lookup
                .borrow_mut()
                .set_trusted_proxies(&trusted_proxies);
            door.cell.get_mut().reconfigure(cell, policy);
            // Whoever asked may be gone.
            let _told = done.send(());
        }
    }
}
