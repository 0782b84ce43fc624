//! The service under test: a router on a data directory of its own.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use nextwell_model_service::{App, Config, router};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::fixture::write_h5ad;

/// One file of a form.
pub type Part<'a> = (&'a str, Vec<u8>);

/// A running service.
pub struct Service {
    /// Its API.
    pub router: Router,
    /// Its data directory.
    pub data: TempDir,
}

/// Status, body as sent, and body as JSON (`null` when it is none).
pub struct Answer {
    pub status: StatusCode,
    pub bytes: Vec<u8>,
    pub json: Value,
}

impl Answer {
    /// Status and problem code of a refusal.
    pub fn refusal(&self) -> (u16, &str) {
        assert_eq!(self.json["status"], self.status.as_u16(), "not a problem: {}", self.json);
        (self.status.as_u16(), self.json["code"].as_str().unwrap_or_default())
    }

    /// A text field of a successful answer.
    pub fn text(&self, field: &str) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.json);
        self.json[field].as_str().expect(field).to_owned()
    }
}

impl Service {
    /// A service with room for uploads of 4 MiB and one waiting request.
    pub fn start() -> Self {
        Self::with_room_for(config(Path::new("")).max_upload_bytes)
    }

    /// A service with room for uploads of so many bytes.
    pub fn with_room_for(max_upload_bytes: u64) -> Self {
        let data = tempfile::tempdir().unwrap();
        let config = Config { max_upload_bytes, ..config(data.path()) };
        let app = App::start(&config).unwrap();
        Self { router: router(Arc::clone(&app)), data }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        Answer { status, bytes, json }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Request::delete(path).body(Body::empty()).unwrap()).await
    }

    /// Imports a model from these files.
    pub async fn import(&self, parts: &[Part<'_>]) -> Answer {
        let mut body = Vec::new();
        for (name, bytes) in parts {
            let head = format!(
                "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
            );
            body.extend(head.as_bytes());
            body.extend(bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--x--\r\n");
        let request = Request::post("/v1/models")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub async fn upload(&self, bytes: Vec<u8>) -> Answer {
        self.send(Request::post("/v1/datasets").body(Body::from(bytes)).unwrap()).await
    }

    /// Uploads the fixture and answers its digest.
    pub async fn with_cells(&self) -> String {
        self.upload(fixture_bytes()).await.text("digest")
    }

    /// Trains a very small model on the fixture; answers the digests of cells and model.
    pub async fn with_model(&self) -> (String, String) {
        let cells = self.with_cells().await;
        let model = self.post("/v1/models/pretrain", pretrain(&cells, 1)).await;
        (cells, model.text("digest"))
    }
}

/// Settings of a service under test.
pub fn config(data_dir: &Path) -> Config {
    let child = env!("CARGO_BIN_EXE_inspect-file");
    let mut config = Config::new(data_dir.to_owned(), vec![child.into()]);
    config.max_upload_bytes = 4 << 20;
    config.queue_depth = 1;
    config
}

/// Bytes of the fixture file.
pub fn fixture_bytes() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cells.h5ad");
    write_h5ad(&path, 7).unwrap();
    std::fs::read(path).unwrap()
}

/// A request for a very small model.
pub fn pretrain(cells: &str, epochs: u32) -> Value {
    json!({"dataset_digest": cells, "settings": {
        "layers": 2, "hidden": 16, "heads": 2, "ffn": 32, "max_len": 64, "epochs": epochs, "seed": 1
    }})
}
