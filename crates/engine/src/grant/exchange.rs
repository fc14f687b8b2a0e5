//! A code becomes a grant.

use hilum_model::{Phi, Secret};
use hilum_providers::spec::{Answer, Pkce, ScopeFrom, UserId, Verdict, id_text};
use hilum_store::grants::Tokens;
use serde_json::Value;

use super::token_call::{TokenOutcome, call_token};
use super::{GrantError, NewGrant};
use crate::egress::{Authorization, Call};
use crate::{Engine, ProviderConfig};

impl Engine {
    /// Exchanges a code. `redirect_scope` is the `scope` parameter of the redirect, if any. Codes are single use, so
    /// this is tried once: after [`GrantError::Unclear`] the person has to start again.
    pub async fn exchange_code(
        &self,
        provider: &ProviderConfig,
        code: &Secret<String>,
        verifier: &Secret<String>,
        redirect_scope: Option<&str>,
    ) -> Result<NewGrant, GrantError> {
        let auth = &provider.provider.auth;
        let mut fields = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.expose().clone()),
            ("redirect_uri", self.config.redirect_uri(provider.provider.id)),
        ];
        if auth.pkce == Pkce::S256 {
            fields.push(("code_verifier", verifier.expose().clone()));
        }
        let granted = match call_token(&self.egress, provider, self.clock.now(), fields).await {
            TokenOutcome::Granted(granted) => granted,
            TokenOutcome::Refused(word) => return Err(GrantError::Refused(word)),
            TokenOutcome::NotNow(_, word @ ("invalid_client" | "unauthorized_client")) => {
                tracing::error!(provider = provider.provider.id, word, "the provider does not know this registration");
                return Err(GrantError::Refused(word));
            }
            TokenOutcome::NotNow(..) | TokenOutcome::Unclear(_) => return Err(GrantError::Unclear),
        };
        let (account, former) = match granted.user_id {
            Some(id) => (id, None),
            None => self.fetch_account(provider, &granted.access).await?,
        };
        let told = match auth.scope_from {
            ScopeFrom::Token => granted.scope.as_deref(),
            ScopeFrom::Redirect => redirect_scope,
        };
        let tokens = Tokens { access: granted.access, refresh: granted.refresh, expires_at: granted.expires_at };
        Ok(NewGrant { tokens, account, former, scopes: granted_scopes(provider, told) })
    }

    /// The account's id, where the token answer does not tell it, and the one that it had with a predecessor.
    async fn fetch_account(
        &self,
        provider: &ProviderConfig,
        access: &Secret<String>,
    ) -> Result<(Phi<String>, Option<Phi<String>>), GrantError> {
        let UserId::Get { path, pointer, former } = provider.provider.auth.user_id else {
            // The description says that the token answer tells the id, and this one did not.
            return Err(GrantError::Unclear);
        };
        let call = Call {
            authorization: Some(Authorization::Bearer(access.clone())),
            headers: provider.headers(),
            ..Call::get(format!("{}{path}", provider.api_base), provider.sandbox)
        };
        let reply = self.egress.send(call).await.map_err(|_| GrantError::Unclear)?;
        let json: Option<Value> = serde_json::from_slice(&reply.body).ok();
        match provider.provider.judge(&Answer { status: reply.status, json: json.as_ref() }) {
            Verdict::Ok => {}
            // Without this scope there is no way to tell accounts apart.
            Verdict::ScopeMissing | Verdict::Reauthorise | Verdict::Refresh => {
                return Err(GrantError::Refused("invalid_scope"));
            }
            _ => return Err(GrantError::Unclear),
        }
        let told = |pointer: &str| json.as_ref()?.pointer(pointer).and_then(id_text).map(Phi::new);
        Ok((told(pointer).ok_or(GrantError::Unclear)?, former.and_then(told)))
    }
}

/// The granted scopes as told (separated by blanks or commas, whatever the provider asks for itself); what was asked
/// for if nothing was told.
fn granted_scopes(provider: &ProviderConfig, told: Option<&str>) -> Vec<String> {
    let Some(told) = told else {
        return provider.provider.scopes().into_iter().map(str::to_owned).collect();
    };
    let mut scopes: Vec<String> = Vec::new();
    for scope in told.split([' ', ',']).filter(|scope| !scope.is_empty()) {
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    scopes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PLAIN, provider_config};

    #[test]
    fn scopes_as_told_or_as_asked() {
        let provider = provider_config(&PLAIN, "http://127.0.0.1:9");
        assert_eq!(granted_scopes(&provider, Some("daily personal daily")), ["daily", "personal"]);
        assert_eq!(granted_scopes(&provider, Some("user.info,user.metrics")), ["user.info", "user.metrics"]);
        assert!(granted_scopes(&provider, Some("")).is_empty(), "everything was unticked");
        assert_eq!(granted_scopes(&provider, None), ["personal", "daily", "extra"]);
    }
}
