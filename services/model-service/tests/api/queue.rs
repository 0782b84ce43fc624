//! Over a real connection: a full queue, callers that leave, a service that stops.

use std::time::Duration;

use nextwell_model_service::{WORK_ID, serve};
use reqwest::{Client, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::service::{config, fixture_bytes, pretrain};

/// Long enough that it never ends by itself in a test.
const FOREVER: u32 = 100_000;

struct Server {
    url: String,
    client: Client,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<anyhow::Result<()>>,
    cells: String,
    _data: TempDir,
}

impl Server {
    async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async { stopped.await.unwrap_or_default() };
        let served = tokio::spawn(serve(config(data.path()), listener, shutdown));
        let client = Client::new();
        let upload = client.post(format!("{url}/v1/datasets")).body(fixture_bytes());
        let stored: Value = upload.send().await.unwrap().json().await.unwrap();
        let cells = stored["digest"].as_str().unwrap().to_owned();
        Self { url, client, stop: Some(stop), served, cells, _data: data }
    }

    /// Starts a training in the background.
    fn train(&self, epochs: u32, seed: u64, id: &str) -> JoinHandle<reqwest::Response> {
        let mut work = pretrain(&self.cells, epochs);
        work["settings"]["seed"] = seed.into();
        let request = self.client.post(format!("{}/v1/models/pretrain", self.url));
        let request = request.header(WORK_ID, id).json(&work).send();
        tokio::spawn(async { request.await.unwrap() })
    }

    async fn progress(&self, id: &str) -> Option<Value> {
        let request = self.client.get(format!("{}/v1/progress/{id}", self.url));
        let answer = request.send().await.unwrap();
        if answer.status() == StatusCode::NOT_FOUND {
            return None;
        }
        Some(answer.json().await.unwrap())
    }

    async fn until(&self, id: &str, wanted: impl Fn(Option<Value>) -> bool) {
        for _ in 0..3000 {
            if wanted(self.progress(id).await) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{id} did not get there in 30 s");
    }
}

fn running(progress: Option<Value>) -> bool {
    progress.is_some_and(|progress| progress["done"].as_u64() > Some(0))
}

#[tokio::test]
async fn a_full_queue_answers_429_and_work_whose_caller_left_makes_room() {
    let server = Server::start().await;
    let first = server.train(FOREVER, 1, "first");
    server.until("first", running).await;
    let second = server.train(FOREVER, 2, "second");
    server.until("second", |progress| progress.is_some()).await;
    let third = server.train(FOREVER, 3, "third").await.unwrap();
    assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(third.headers().contains_key("retry-after"));
    let problem: Value = third.json().await.unwrap();
    assert_eq!(problem["code"], "queue_full");
    first.abort();
    second.abort();
    server.until("first", |progress| progress.is_none()).await;
    server.until("second", |progress| progress.is_none()).await;
    let quick = tokio::time::timeout(Duration::from_secs(60), server.train(1, 4, "quick"));
    assert_eq!(quick.await.unwrap().unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn stopping_cancels_running_work_with_a_clear_answer_and_ends() {
    let mut server = Server::start().await;
    let work = server.train(FOREVER, 1, "work");
    server.until("work", running).await;
    server.stop.take().unwrap().send(()).unwrap();
    let answer = work.await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "cancelled");
    server.served.await.unwrap().unwrap();
}
