//! The public API, as any client sees it.

use std::time::Duration;

use nextwell_contract::{PROBLEM_JSON, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A client of one server.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
}

/// An answer with everything a test may ask about it.
#[derive(Debug)]
pub struct Answer {
    /// What was asked.
    pub request: String,
    /// HTTP status.
    pub status: u16,
    /// Media type.
    pub content_type: String,
    /// Body, byte for byte.
    pub body: Vec<u8>,
}

impl Api {
    /// A client of the server at `base`.
    pub fn new(base: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(120)).build();
        Self { http: http.expect("an HTTP client"), base: base.to_owned() }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(self.url(path))).await
    }

    /// POST of a JSON body.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> Answer {
        self.send(self.http.post(self.url(path)).json(body)).await
    }

    /// PATCH of a JSON body.
    pub async fn patch(&self, path: &str, body: &impl Serialize) -> Answer {
        self.send(self.http.patch(self.url(path)).json(body)).await
    }

    /// PUT of a JSON body.
    pub async fn put(&self, path: &str, body: &impl Serialize) -> Answer {
        self.send(self.http.put(self.url(path)).json(body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.http.delete(self.url(path))).await
    }

    /// POST without a body.
    pub async fn press(&self, path: &str) -> Answer {
        self.send(self.http.post(self.url(path))).await
    }

    /// POST of raw bytes.
    pub async fn post_bytes(&self, path: &str, bytes: impl Into<Vec<u8>>) -> Answer {
        self.post_typed(path, "application/octet-stream", bytes).await
    }

    /// POST of bytes of a media type.
    pub async fn post_typed(&self, path: &str, kind: &str, bytes: impl Into<Vec<u8>>) -> Answer {
        let request = self.http.post(self.url(path)).header("content-type", kind);
        self.send(request.body(bytes.into())).await
    }

    /// Imports a model's files.
    pub async fn import(&self, name: &str, files: &[(String, Vec<u8>)]) -> Answer {
        let mut body = Vec::new();
        for (file, bytes) in files {
            let head = format!(
                "--x\r\nContent-Disposition: form-data; name=\"{file}\"; filename=\"{file}\"\r\n\r\n"
            );
            body.extend(head.as_bytes());
            body.extend(bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--x--\r\n");
        let path = format!("/api/models/import?name={name}");
        self.post_typed(&path, "multipart/form-data; boundary=x", body).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let (client, request) = request.build_split();
        let request = request.expect("a well-formed request");
        let asked = format!("{} {}", request.method(), request.url().path());
        let response = client.execute(request).await;
        let response = response.unwrap_or_else(|error| panic!("{asked}: {error:?}"));
        let content_type = response.headers().get("content-type");
        Answer {
            status: response.status().as_u16(),
            content_type: content_type.and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned(),
            body: response.bytes().await.unwrap_or_else(|e| panic!("{asked}: {e:?}")).to_vec(),
            request: asked,
        }
    }
}

impl Answer {
    /// The decoded body of an answer that must be a success.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        assert!((200..300).contains(&self.status), "{} failed: {self}", self.request);
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// The problem of an answer that must be a refusal, well-formed and in words.
    pub fn problem(&self) -> Problem {
        assert!(self.status >= 400, "{} was not refused: {self}", self.request);
        assert_eq!(self.content_type, PROBLEM_JSON, "{self}");
        let problem: Problem =
            serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self}"));
        assert_eq!(problem.status, self.status, "{self}");
        assert!(!problem.title.is_empty() && !problem.detail.is_empty(), "no words: {self}");
        problem
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = String::from_utf8_lossy(&self.body);
        let text: String = text.chars().take(2000).collect();
        write!(f, "{} answered {} {text}", self.request, self.status)
    }
}
