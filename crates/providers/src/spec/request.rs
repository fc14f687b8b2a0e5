//! A request as data. The engine adds the base URL, the token and the provider's own headers, and sends it.

use serde_json::Value;

/// HTTP method, and with it where the parameters go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET; parameters go into the query.
    Get,
    /// POST with a form; parameters go into the body.
    PostForm,
    /// POST with a JSON body ([`Request::json`]); parameters go into the query.
    PostJson,
    /// DELETE; parameters go into the query.
    Delete,
}

/// A request below a provider's `api_base`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Path below `api_base`, beginning with `/`; or an absolute URL that the provider gave (a file, a next page).
    /// The token goes along to addresses below `api_base` only.
    pub path: String,
    /// Query or form parameters, in order.
    pub params: Vec<(String, String)>,
    /// Body of a [`Method::PostJson`].
    pub json: Option<Value>,
}

impl Request {
    /// A GET without parameters.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), params: Vec::new(), json: None }
    }
    /// A POST of a form without parameters.
    pub fn post_form(path: impl Into<String>) -> Self {
        Self { method: Method::PostForm, ..Self::get(path) }
    }
    /// A POST of a JSON body.
    pub fn post_json(path: impl Into<String>, json: Value) -> Self {
        Self { method: Method::PostJson, json: Some(json), ..Self::get(path) }
    }
    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }
    /// Sets a parameter, in the place of one of that name.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.params.retain(|(known, _)| known != name);
        self.with(name, value)
    }
}
