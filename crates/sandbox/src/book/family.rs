//! All tokens that come from one consent.

use hilum_providers::persona::Persona;

/// All tokens that come from one consent.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) provider: &'static str,
    pub(crate) client_id: String,
    pub(crate) persona: &'static Persona,
    pub(crate) scopes: Vec<String>,
    pub(crate) revoked: bool,
    /// How often the refresh token of each generation was shown. The first generation came from the code.
    pub(crate) refresh_calls: Vec<u64>,
    /// The newest generation of which an access token was used.
    pub(super) newest_used: Option<usize>,
}

impl Family {
    pub(super) const fn new(
        provider: &'static str,
        client_id: String,
        persona: &'static Persona,
        scopes: Vec<String>,
    ) -> Self {
        Self { provider, client_id, persona, scopes, revoked: false, refresh_calls: Vec::new(), newest_used: None }
    }

    pub(super) fn next_generation(&mut self) -> usize {
        self.refresh_calls.push(0);
        self.refresh_calls.len() - 1
    }

    pub(super) fn is_of(&self, provider: Option<&str>, client_id: Option<&str>, persona: &Persona) -> bool {
        provider.is_none_or(|p| p == self.provider)
            && client_id.is_none_or(|c| c == self.client_id)
            && persona.id == self.persona.id
    }
}

/// Freshly made tokens.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) access_token: String,
    /// `None` where the old one stays.
    pub(crate) refresh_token: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) persona: &'static Persona,
}
