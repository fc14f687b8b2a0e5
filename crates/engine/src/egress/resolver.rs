//! Name resolution that gives only allowed addresses. The client connects to exactly the addresses that were checked,
//! so a name that answers differently the next time (DNS rebinding) gains nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// A rule over addresses.
pub(super) type Rule = Arc<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// How names are looked up; the system's resolver, except in tests.
pub(super) trait Lookup: Send + Sync {
    /// The addresses of a host name.
    fn lookup(&self, host: String) -> futures_util::future::BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// The resolver of the operating system.
#[derive(Debug, Clone, Copy)]
pub(super) struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: String) -> futures_util::future::BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect()) })
    }
}

/// A name has no address that a call may go to. The text names no address, so that an answer cannot be used to map
/// a private network.
#[derive(Debug, thiserror::Error)]
#[error("host has no allowed address")]
pub(super) struct NoAllowedAddress;

/// Looks names up and drops what the rule refuses.
pub(super) struct CheckedResolver {
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) rule: Rule,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, rule) = (Arc::clone(&self.lookup), Arc::clone(&self.rule));
        Box::pin(async move {
            let found = lookup.lookup(name.as_str().to_owned()).await?;
            // One refused address spoils the name: an honest public service has none.
            if found.is_empty() || !found.iter().copied().all(|ip| rule(ip)) {
                return Err(NoAllowedAddress.into());
            }
            Ok(Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::egress::address::{is_loopback, is_public};

    /// Answers each look-up with the next list; the last one for ever.
    pub(in crate::egress) struct ScriptedLookup(Mutex<Vec<Vec<IpAddr>>>);

    impl ScriptedLookup {
        pub(in crate::egress) fn new(answers: &[&[&str]]) -> Self {
            let parse = |text: &&str| text.parse().expect("an address");
            Self(Mutex::new(answers.iter().rev().map(|list| list.iter().map(parse).collect()).collect()))
        }
    }

    impl Lookup for ScriptedLookup {
        fn lookup(&self, _host: String) -> futures_util::future::BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
            let mut answers = self.0.lock().expect("not poisoned");
            let answer = if answers.len() > 1 { answers.pop() } else { answers.last().cloned() };
            Box::pin(async move { Ok(answer.unwrap_or_default()) })
        }
    }

    async fn resolved(answers: &[&[&str]], rule: fn(IpAddr) -> bool) -> Option<Vec<String>> {
        let resolver = CheckedResolver { lookup: Arc::new(ScriptedLookup::new(answers)), rule: Arc::new(rule) };
        let found = resolver.resolve("provider.example".parse().expect("a name")).await.ok()?;
        Some(found.map(|address| address.ip().to_string()).collect())
    }

    #[tokio::test]
    async fn one_private_address_spoils_the_name() {
        assert_eq!(resolved(&[&["1.1.1.1", "2606:4700::1"]], is_public).await.map(|found| found.len()), Some(2));
        assert_eq!(resolved(&[&["1.1.1.1", "10.0.0.1"]], is_public).await, None);
        assert_eq!(resolved(&[&["::ffff:192.168.1.1"]], is_public).await, None);
        assert_eq!(resolved(&[&[]], is_public).await, None);
        assert_eq!(resolved(&[&["127.0.0.1"]], is_loopback).await, Some(vec!["127.0.0.1".to_owned()]));
        assert_eq!(resolved(&[&["127.0.0.1", "8.8.8.8"]], is_loopback).await, None);
    }

    #[tokio::test]
    async fn a_flipping_name_is_checked_every_time() {
        let resolver = CheckedResolver {
            lookup: Arc::new(ScriptedLookup::new(&[&["1.1.1.1"], &["169.254.169.254"]])),
            rule: Arc::new(is_public),
        };
        assert!(resolver.resolve("flip.example".parse().expect("a name")).await.is_ok());
        assert!(resolver.resolve("flip.example".parse().expect("a name")).await.is_err());
    }
}
