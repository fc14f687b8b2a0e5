//! oura
mod parse;
pub mod sandbox;

use crate::spec::*;

/// The description.
pub const PROVIDER: Provider = Provider {
    id: "oura",
    aliases: &[],
    name: "oura",
    summary: "",
    icon: "",
    data_types: &[],
    auth: OAuth2 {
        authorize_url: "",
        token_url: "",
        token_params: &[],
        authorize_params: &[],
        scopes: &[],
        scope_separator: " ",
        client_auth: ClientAuth::Body,
        pkce: Pkce::None,
        envelope: "",
        rotation: Rotation::Immediate,
        access_ttl_s: 3600,
        user_id: UserId::Token("/userid"),
        scope_from: ScopeFrom::Token,
        revoke: None,
    },
    api_base: "",
    streams: &[],
    errors: &[],
    limit: Limit { requests: 1, per_s: 1 },
};
