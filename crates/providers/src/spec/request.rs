//! A request as data. The engine adds the base URL and the token, and sends it.

/// HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET; parameters go into the query.
    Get,
    /// POST with a form; parameters go into the body.
    PostForm,
}

/// A request below a provider's `api_base`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Path below `api_base`, beginning with `/`.
    pub path: String,
    /// Query or form parameters, in order.
    pub params: Vec<(String, String)>,
}

impl Request {
    /// A GET without parameters.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), params: Vec::new() }
    }
    /// A POST of a form without parameters.
    pub fn post_form(path: impl Into<String>) -> Self {
        Self { method: Method::PostForm, path: path.into(), params: Vec::new() }
    }
    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }
}
