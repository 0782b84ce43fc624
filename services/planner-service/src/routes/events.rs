//! Changes as a stream of server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::{Stream, StreamExt, stream};
use tokio_stream::wrappers::BroadcastStream;

use crate::App;
use crate::events::Numbered;

/// `GET /api/events`: `event: change` with a `ChangeEvent`; resumes after `Last-Event-ID`.
pub async fn stream(
    State(app): State<App>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok()?.parse().ok());
    let (missed, live) = app.events().since(last);
    // A reader that fell too far behind is told to look at everything again.
    let live = BroadcastStream::new(live).map(|event| match event {
        Ok(numbered) => encode(&numbered),
        Err(_) => Event::default().event("reset").data("{}"),
    });
    let events = stream::iter(missed.iter().map(encode).collect::<Vec<_>>()).chain(live).map(Ok);
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

fn encode(numbered: &Numbered) -> Event {
    let event = Event::default().id(numbered.id.to_string()).event("change");
    event.json_data(&numbered.event).unwrap_or_else(|_| Event::default().event("reset").data("{}"))
}
