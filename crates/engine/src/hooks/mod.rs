//! Notices of providers ("webhooks"): taken in at a secret address, verified, kept durably, answered, and worked on by
//! a job. What a notice says is a hint; the data are fetched.

mod check;
mod job;
mod set_up;
mod take;
mod tink;
mod verify;

use aws_lc_rs::digest;
use subtle::ConstantTimeEq;

use crate::{Engine, ProviderConfig};

pub(crate) use job::NoticeOrder;
pub use set_up::SetUp;
pub use take::KEYS_URL;
pub use take::{Delivery, HookAnswer, HookError, HookMethod};

/// What notices need in memory.
#[derive(Debug, Default)]
pub(crate) struct HookState {
    /// Public keys of providers that sign with one.
    keys: tink::KeyCache,
}

impl Engine {
    /// The address at which a provider's notices are taken in; `None` for one without notices or not on offer. Its
    /// last part is a secret of this installation.
    pub fn hook_address(&self, provider: &str) -> Option<String> {
        let provider = self.config.provider(provider)?.provider;
        provider.webhook?;
        let base = self.config.public_url.as_str().trim_end_matches('/');
        Some(format!("{base}/hooks/{}/{}", provider.id, self.hook_secret(provider.id)))
    }

    fn hook_secret(&self, provider: &str) -> String {
        hex::encode(&self.store.mac("hooks", provider.as_bytes())[..16])
    }

    /// The registration whose address this is.
    fn hook_provider(&self, provider: &str, secret: &str) -> Option<&ProviderConfig> {
        let config = self.config.provider(provider).filter(|config| config.provider.webhook.is_some())?;
        let right = self.hook_secret(config.provider.id);
        bool::from(right.as_bytes().ct_eq(secret.as_bytes())).then_some(config)
    }
}

/// SHA-256 of several parts, each with its length.
fn fingerprint(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

#[cfg(test)]
mod tests;
