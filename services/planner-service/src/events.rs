//! Changes as server-sent events, fed by the database's notifications.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use nextwell_contract::ChangeEvent;
use tokio::sync::broadcast;

/// Events kept for clients that reconnect with `Last-Event-ID`.
const KEPT: usize = 512;

/// A numbered change.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbered {
    /// Grows by one with each event of this process.
    pub id: u64,
    /// What changed.
    pub event: ChangeEvent,
}

/// Fans changes out to the open streams and remembers the last few.
#[derive(Debug, Clone)]
pub struct Events {
    sender: broadcast::Sender<Numbered>,
    recent: Arc<Mutex<Recent>>,
}

#[derive(Debug, Default)]
struct Recent {
    next_id: u64,
    events: VecDeque<Numbered>,
}

impl Default for Events {
    fn default() -> Self {
        let (sender, _) = broadcast::channel(KEPT);
        Self { sender, recent: Arc::default() }
    }
}

impl Events {
    /// Tells every open stream.
    pub fn publish(&self, event: ChangeEvent) {
        let mut recent = self.recent.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        recent.next_id += 1;
        let numbered = Numbered { id: recent.next_id, event };
        if recent.events.len() == KEPT {
            recent.events.pop_front();
        }
        recent.events.push_back(numbered.clone());
        // No receiver is no error: nobody is looking.
        let _ = self.sender.send(numbered);
    }

    /// What came after event `last` (empty when nothing, or when `last` is unknown here),
    /// and a receiver for what follows.
    pub fn since(&self, last: Option<u64>) -> (Vec<Numbered>, broadcast::Receiver<Numbered>) {
        let recent = self.recent.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let missed = match last {
            Some(last) => recent.events.iter().filter(|e| e.id > last).cloned().collect(),
            None => Vec::new(),
        };
        (missed, self.sender.subscribe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str) -> ChangeEvent {
        ChangeEvent { kind: "job".into(), id: id.into(), campaign_id: None }
    }

    #[test]
    fn a_client_that_reconnects_gets_what_it_missed_and_nothing_twice() {
        let events = Events::default();
        for id in ["a", "b", "c"] {
            events.publish(event(id));
        }
        let (missed, mut live) = events.since(Some(1));
        let ids: Vec<_> = missed.iter().map(|m| m.event.id.as_str()).collect();
        assert_eq!(ids, ["b", "c"]);
        events.publish(event("d"));
        assert_eq!(live.try_recv().unwrap().event.id, "d");
        assert!(live.try_recv().is_err());
    }

    #[test]
    fn only_the_last_events_are_kept() {
        let events = Events::default();
        for n in 0..(KEPT + 10) {
            events.publish(event(&n.to_string()));
        }
        assert_eq!(events.since(Some(0)).0.len(), KEPT);
    }
}
