//! Client of the model service.

use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use nextwell_contract::worker::*;
use nextwell_contract::{
    Coverage, EmbeddingPreview, ModelInfo, ModelParity, Problem, RankingEvaluation, ScreenEstimate,
};
use reqwest::{RequestBuilder, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// Header by which a long request's progress can be asked for.
const WORK_ID: &str = "x-work-id";

/// Speaks HTTP to the model service; cheap to clone.
#[derive(Debug, Clone)]
pub struct ModelClient {
    http: reqwest::Client,
    base: Url,
}

impl ModelClient {
    /// A client for the service at `base`, for example `http://127.0.0.1:7301`.
    ///
    /// # Errors
    /// When the address is not a URL or the HTTP client cannot be made.
    pub fn new(base: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            // A proxy for the internet must not stand between the two services.
            .no_proxy()
            .build()?;
        Ok(Self { http, base: Url::parse(base)? })
    }

    /// Version and device.
    pub async fn info(&self) -> Result<ServiceInfo, ApiError> {
        answer(self.get("v1/info").timeout(Duration::from_secs(5))).await
    }

    /// Approved symbols and Ensembl ids of typed names.
    pub async fn resolve(&self, names: Vec<String>) -> Result<Vec<ResolvedGene>, ApiError> {
        self.post("v1/genes/resolve", &ResolveRequest { names }).await
    }

    /// Streams an h5ad file; it is checked in a limited process of the service.
    pub async fn store_dataset<S>(&self, body: S) -> Result<DatasetStored, ApiError>
    where
        S: Stream<Item = Result<Bytes, axum::Error>> + Send + 'static,
    {
        let body = reqwest::Body::wrap_stream(body);
        answer(self.http.post(self.url("v1/datasets")).body(body)).await
    }

    /// Mean expression of every gene in the cells of a state.
    pub async fn expression(
        &self,
        dataset_digest: &str,
        state: Option<(String, String)>,
    ) -> Result<Vec<GeneExpression>, ApiError> {
        let path = format!("v1/datasets/{dataset_digest}/expression");
        self.post(&path, &ExpressionRequest { state }).await
    }

    /// Streams an uploaded checkpoint on, byte for byte.
    pub async fn import_model<S>(&self, content_type: &str, body: S) -> Result<ModelInfo, ApiError>
    where
        S: Stream<Item = Result<Bytes, axum::Error>> + Send + 'static,
    {
        let body = reqwest::Body::wrap_stream(body);
        let request = self.http.post(self.url("v1/models"));
        answer(request.header(reqwest::header::CONTENT_TYPE, content_type).body(body)).await
    }

    /// What the service tells about a model.
    pub async fn model(&self, digest: &str) -> Result<ModelInfo, ApiError> {
        answer(self.get(&format!("v1/models/{digest}")).timeout(Duration::from_secs(60))).await
    }

    /// Removes a model's files.
    pub async fn remove_model(&self, digest: &str) -> Result<(), ApiError> {
        let request = self.http.delete(self.url(&format!("v1/models/{digest}")));
        success(request.timeout(Duration::from_secs(60))).await.map(|_| ())
    }

    /// Compares a model on the service's device with its definition; seconds to minutes.
    pub async fn verify(&self, digest: &str, id: &str) -> Result<ModelParity, ApiError> {
        self.long(&format!("v1/models/{digest}/verify"), &(), id).await
    }

    /// How much of a data set a model can see; seconds, and once computed at once.
    pub async fn coverage(&self, work: &CoverageWork) -> Result<Coverage, ApiError> {
        let request = self.http.post(self.url("v1/models/coverage")).json(work);
        answer(request.timeout(Duration::from_secs(1800))).await
    }

    /// Embeds cells; seconds to hours.
    pub async fn embedding(
        &self,
        work: &EmbeddingWork,
        id: &str,
    ) -> Result<EmbeddingPreview, ApiError> {
        self.long("v1/models/embedding", work, id).await
    }

    /// The answer to an embedding that was computed before.
    pub async fn kept_embedding(&self, work: &EmbeddingWork) -> Result<EmbeddingPreview, ApiError> {
        self.post("v1/models/embedding", work).await
    }

    /// Trains a small model from scratch; minutes.
    pub async fn pretrain(&self, work: &PretrainWork, id: &str) -> Result<ModelInfo, ApiError> {
        self.long("v1/models/pretrain", work, id).await
    }

    /// Fine-tunes, evaluates and decides; seconds to minutes.
    pub async fn fine_tune(&self, work: &FineTuneWork, id: &str) -> Result<FineTuned, ApiError> {
        self.long("v1/models/fine-tune", work, id).await
    }

    /// Shards and forwards of a screen.
    pub async fn plan_screen(
        &self,
        work: &ScreenWork,
        id: &str,
    ) -> Result<ScreenEstimate, ApiError> {
        self.long("v1/screens/plan", work, id).await
    }

    /// Forwards, time and memory of a screen.
    pub async fn estimate_screen(&self, work: &ScreenWork) -> Result<ScreenEstimate, ApiError> {
        let request = self.http.post(self.url("v1/screens/estimate")).json(work);
        answer(request.timeout(Duration::from_secs(110))).await
    }

    /// Every effect in every cell of a finished screen, as a file.
    pub async fn screen_values(&self, work: &ValuesWork) -> Result<reqwest::Response, ApiError> {
        let request = self.http.post(self.url("v1/screens/values")).json(work);
        let response = request.timeout(Duration::from_secs(6 * 3600)).send().await;
        let response = response.map_err(|error| away(&error))?;
        match response.status().is_success() {
            true => Ok(response),
            false => Err(refusal(response).await),
        }
    }

    /// Rankings against what is known to matter.
    pub async fn evaluate_rankings(
        &self,
        work: &EvaluateWork,
    ) -> Result<Vec<RankingEvaluation>, ApiError> {
        self.post("v1/screens/evaluate", work).await
    }

    /// Screens side by side.
    pub async fn compare_screens(&self, work: &CompareWork) -> Result<Compared, ApiError> {
        self.post("v1/screens/compare", work).await
    }

    /// One shard of a screen.
    pub async fn shard(&self, work: &ShardWork, id: &str) -> Result<ShardResult, ApiError> {
        self.long("v1/screens/shards", work, id).await
    }

    /// The report of a screen whose shards are computed.
    pub async fn finish_screen(
        &self,
        work: &ScreenWork,
        id: &str,
    ) -> Result<FinishedScreen, ApiError> {
        self.long("v1/screens/finish", work, id).await
    }

    /// Progress of a long request; zeros when it is not known (any more).
    pub async fn progress(&self, id: &str) -> WorkProgress {
        let request = self.get(&format!("v1/progress/{id}")).timeout(Duration::from_secs(2));
        answer(request).await.unwrap_or_default()
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base.as_str().trim_end_matches('/'))
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(self.url(path))
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ApiError> {
        answer(self.http.post(self.url(path)).json(body).timeout(Duration::from_secs(60))).await
    }

    async fn long<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        id: &str,
    ) -> Result<T, ApiError> {
        let request = self.http.post(self.url(path)).json(body).header(WORK_ID, id);
        answer(request.timeout(Duration::from_secs(6 * 3600))).await
    }
}

/// Sends a request; an answer that is not 2xx becomes the service's own [`Problem`].
async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, ApiError> {
    let body = success(request).await?;
    serde_json::from_slice(&body).map_err(|error| {
        ApiError::internal(format!("the model service's answer is not understood: {error}"))
    })
}

/// Sends a request and answers the body of a success.
async fn success(request: RequestBuilder) -> Result<Bytes, ApiError> {
    let response = request.send().await.map_err(|error| away(&error))?;
    if response.status().is_success() {
        return response.bytes().await.map_err(|error| away(&error));
    }
    Err(refusal(response).await)
}

/// The service's own [`Problem`].
async fn refusal(response: reqwest::Response) -> ApiError {
    let status = response.status();
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) => return away(&error),
    };
    match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) => problem.into(),
        Err(_) => ApiError::unavailable(
            "model_service",
            format!("the model service answered {status} without a reason"),
        ),
    }
}

fn away(error: &reqwest::Error) -> ApiError {
    ApiError::unavailable(
        "model_service_away",
        format!("the model service does not answer ({error}); start it or check its address"),
    )
}
