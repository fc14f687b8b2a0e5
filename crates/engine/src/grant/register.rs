//! Registering an account after the exchange, where a provider gives no data before (Polar).

use hilum_model::{ConnectionId, Secret};
use hilum_providers::spec::Request;
use serde_json::{Map, Value};

use super::GrantError;
use crate::sync::to_call;
use crate::{Engine, ProviderConfig};

impl Engine {
    /// Registers the account of a fresh token under our id of the connection. Nothing is done where the provider does
    /// not want it. "Registered before" is as good as registered.
    pub async fn register(
        &self,
        provider: &ProviderConfig,
        access: &Secret<String>,
        connection: ConnectionId,
    ) -> Result<(), GrantError> {
        let Some(register) = provider.provider.auth.register else { return Ok(()) };
        let member = Map::from_iter([(register.member.to_owned(), Value::String(connection.to_string()))]);
        let request = Request::post_json(register.path, Value::Object(member));
        match self.egress.send(to_call(provider, &request, access.clone())).await {
            Ok(reply) if register.ok.contains(&reply.status) => Ok(()),
            Ok(reply) => {
                tracing::warn!(
                    provider = provider.provider.id,
                    status = reply.status,
                    "the account was not registered"
                );
                Err(if reply.status < 500 { GrantError::Refused("registration") } else { GrantError::Unclear })
            }
            Err(_) => Err(GrantError::Unclear),
        }
    }
}
