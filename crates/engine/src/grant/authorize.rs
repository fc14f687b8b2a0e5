//! The URL of the consent page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hilum_providers::spec::Pkce;

use crate::ProviderConfig;

/// Builds the URL of the consent page. `challenge` is sent where the provider knows PKCE.
pub fn authorize_url(provider: &ProviderConfig, redirect_uri: &str, state: &str, challenge: &str) -> String {
    let auth = &provider.provider.auth;
    let scope = provider.provider.scopes().join(auth.scope_separator);
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.client_id)
        .append_pair("redirect_uri", redirect_uri);
    // Some providers have no scopes: what is shared is set on the app and by the person there.
    if !scope.is_empty() {
        query.append_pair("scope", &scope);
    }
    query.append_pair("state", state);
    if auth.pkce == Pkce::S256 {
        query.append_pair("code_challenge", challenge).append_pair("code_challenge_method", "S256");
    }
    for (name, value) in auth.authorize_params {
        query.append_pair(name, value);
    }
    // A blank is written as %20: some consent pages read `+` as itself.
    let query = query.finish().replace('+', "%20");
    let join = if provider.authorize_url.contains('?') { '&' } else { '?' };
    format!("{}{join}{query}", provider.authorize_url)
}

/// S256 challenge of a PKCE verifier (RFC 7636, 4.2).
pub fn pkce_challenge(verifier: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    URL_SAFE_NO_PAD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PLAIN, SIGNED, provider_config};

    #[test]
    fn challenge_of_rfc_7636_appendix_b() {
        assert_eq!(
            pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn quirks_are_data() {
        let mut config = provider_config(&PLAIN, "http://127.0.0.1:9");
        config.client_id = "id & co".to_owned();
        assert_eq!(
            authorize_url(&config, "https://hilum.example/connect/callback/plain", "st", "ch"),
            "http://127.0.0.1:9/authorize?response_type=code&client_id=id%20%26%20co\
             &redirect_uri=https%3A%2F%2Fhilum.example%2Fconnect%2Fcallback%2Fplain&scope=personal%20daily%20extra\
             &state=st&code_challenge=ch&code_challenge_method=S256&prompt=consent"
        );
        let mut config = provider_config(&SIGNED, "http://127.0.0.1:9");
        config.authorize_url = "https://signed.example/authorize?mode=x".to_owned();
        assert_eq!(
            authorize_url(&config, "https://h.example/cb", "st", "ch"),
            "https://signed.example/authorize?mode=x&response_type=code&client_id=client&redirect_uri=https%3A%2F%2Fh.example%2Fcb\
             &scope=user.info%2Cuser.metrics&state=st"
        );
    }
}
