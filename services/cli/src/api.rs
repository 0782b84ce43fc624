//! Client of the public API, as any notebook would write it.

use std::time::Duration;

use anyhow::{Context, anyhow};
use nextwell_contract::*;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// Where the server is, for verbs that talk to one.
#[derive(Debug, Clone, clap::Args)]
pub struct ServerArgs {
    /// Address of a running nextwell server
    #[arg(long, env = "NEXTWELL_SERVER", default_value = "http://127.0.0.1:7300")]
    pub server: String,
}

/// Speaks to the public API.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
}

impl Api {
    /// A client for the server at `base`.
    pub fn new(base: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(300))
            .build()?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned() })
    }

    /// GET and decode.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.json(self.request(Method::GET, path)).await
    }

    /// GET as text.
    pub async fn text(&self, path: &str) -> anyhow::Result<String> {
        let bytes = self.send(self.request(Method::GET, path)).await?;
        String::from_utf8(bytes).context("the answer is not text")
    }

    /// POST a JSON body and decode.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        self.json(self.request(Method::POST, path).json(body)).await
    }

    /// PATCH a JSON body and decode.
    pub async fn patch<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        self.json(self.request(Method::PATCH, path).json(body)).await
    }

    /// POST raw bytes and decode.
    pub async fn post_bytes<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        content_type: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<T> {
        let mut url = reqwest::Url::parse(&format!("{}{path}", self.base))?;
        url.query_pairs_mut().extend_pairs(query);
        let request = self.http.post(url).header(reqwest::header::CONTENT_TYPE, content_type);
        self.json(request.body(body)).await
    }

    /// POST the content of a file, however large, and decode.
    pub async fn post_file<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        content_type: &str,
        file: std::fs::File,
    ) -> anyhow::Result<T> {
        let mut url = reqwest::Url::parse(&format!("{}{path}", self.base))?;
        url.query_pairs_mut().extend_pairs(query);
        let request = self.http.post(url).header(reqwest::header::CONTENT_TYPE, content_type);
        let size = file.metadata()?.len();
        let request = request.header(reqwest::header::CONTENT_LENGTH, size);
        self.json(request.body(tokio::fs::File::from_std(file))).await
    }

    /// DELETE and decode.
    pub async fn delete<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.json(self.request(Method::DELETE, path)).await
    }

    /// The campaign called `name`, or the only one.
    pub async fn campaign(&self, name: Option<&str>) -> anyhow::Result<Campaign> {
        let all: Vec<Campaign> = self.get("/api/campaigns").await?;
        let names = || all.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ");
        match name {
            Some(name) => all
                .iter()
                .find(|c| c.name == name || c.id.to_string() == name)
                .cloned()
                .ok_or_else(|| anyhow!("no campaign {name}; there are: {}", names())),
            None if all.len() == 1 => Ok(all[0].clone()),
            None => Err(anyhow!("name one with --campaign; there are: {}", names())),
        }
    }

    /// State of a campaign's loop.
    pub async fn loop_state(&self, campaign: Uuid) -> anyhow::Result<LoopState> {
        self.get(&format!("/api/campaigns/{campaign}/loop")).await
    }

    /// One job.
    pub async fn job(&self, id: i64) -> anyhow::Result<Job> {
        self.get(&format!("/api/jobs/{id}")).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> anyhow::Result<T> {
        let bytes = self.send(request).await?;
        serde_json::from_slice(&bytes).context("the server's answer is not understood")
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Vec<u8>> {
        let response = request.send().await.with_context(|| {
            format!("no nextwell server answers at {}; start one with `nextwell serve`", self.base)
        })?;
        let status = response.status();
        let bytes = response.bytes().await?.to_vec();
        if status.is_success() {
            return Ok(bytes);
        }
        Err(problem(status, &bytes))
    }
}

/// A refusal in words: title, detail and the places it names.
fn problem(status: StatusCode, body: &[u8]) -> anyhow::Error {
    let Ok(problem) = serde_json::from_slice::<Problem>(body) else {
        return anyhow!("the server answered {status}");
    };
    let mut text = format!("{}: {}", problem.title, problem.detail);
    for issue in problem.issues.iter().take(20) {
        text.push_str("\n  ");
        if let Some(row) = issue.row {
            text.push_str(&format!("row {row}: "));
        }
        text.push_str(&issue.message);
    }
    anyhow!(text)
}
