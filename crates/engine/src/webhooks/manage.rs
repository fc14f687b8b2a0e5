//! What a developer may say about a webhook.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hilum_model::world::random_bytes;
use hilum_model::{Random, Secret};
use hilum_store::outbox::{EventType, data_types};

use super::message::SECRET_PREFIX;
use crate::egress::{self, Networks};

/// Longest address, bytes.
const LONGEST: usize = 2048;

/// Why an address is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AddressError(pub &'static str);

/// Checks an address: https to a public host on port 443 or 8443, or (where the operator opens networks) http or https to a
/// host of these. A host's name is looked up, and its addresses checked, each time that something is sent.
pub fn check_address(url: &str, opened: &Networks) -> Result<(), AddressError> {
    if url.len() > LONGEST {
        return Err(AddressError("may have at most 2,048 bytes"));
    }
    let refused = AddressError(if opened.is_empty() {
        "must be https to a public host on port 443 or 8443, without user name or password"
    } else if opened.only_this_machine() {
        "must be https to a public host on port 443 or 8443, or http to this machine, without user name or password"
    } else {
        "must be https to a public host on port 443 or 8443, or lie in a network that the operator opened, without user \
         name or password"
    });
    let parsed = egress::check_address(url, opened).map_err(|_| refused)?;
    // Other names would be refused when they are looked up; this says so at once.
    let named_here = |name: &str| name == "localhost" || name.ends_with(".localhost");
    let here_alone = !egress::is_for_the_public(&parsed) && opened.only_this_machine();
    if here_alone && parsed.domain().is_some_and(|name| !named_here(name)) {
        return Err(refused);
    }
    if parsed.fragment().is_some() { Err(AddressError("must have no fragment")) } else { Ok(()) }
}

/// Checks filters: names of types of events (or `group.*`), names of types of data. Fails with what there is.
pub fn check_filters(events: &[String], data: &[String]) -> Result<(), String> {
    let known = |filter: &String| {
        EventType::ALL.iter().any(|kind| match filter.strip_suffix(".*") {
            Some(group) => kind.name().split('.').next() == Some(group),
            None => kind.name() == filter,
        })
    };
    if !events.iter().all(known) {
        let names: Vec<&str> = EventType::ALL.iter().map(|kind| kind.name()).collect();
        return Err(format!("Types of events are {}, and groups of them such as data.*.", names.join(", ")));
    }
    let types = data_types();
    if !data.iter().all(|of| types.contains(of.as_str())) {
        let names: Vec<&str> = types.into_iter().collect();
        return Err(format!("Types of data are {}.", names.join(", ")));
    }
    Ok(())
}

/// A new secret of 32 random bytes.
pub fn new_secret(random: &dyn Random) -> Secret<String> {
    Secret::new(format!("{SECRET_PREFIX}{}", BASE64.encode(random_bytes::<32>(random))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["https://app.example/hook?key=1", "https://app.example:8443/"] {
            assert_eq!(check_address(good, &Networks::default()), Ok(()), "{good}");
        }
        let long = format!("https://app.example/{}", "x".repeat(2048));
        for bad in [
            "",
            "app.example",
            "http://app.example/",
            "http://127.0.0.1:9000/",
            "https://127.0.0.1/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://app.example:22/",
            "https://user:pw@app.example/",
            "https://app.example/#part",
            "ftp://app.example/",
            &long,
        ] {
            assert!(check_address(bad, &Networks::default()).is_err(), "{bad}");
        }
        let here = Networks::this_machine();
        for good in ["http://127.0.0.1:9000/hook", "https://app.example/", "http://localhost:9000/hook"] {
            assert_eq!(check_address(good, &here), Ok(()), "{good}");
        }
        for bad in ["http://10.0.0.1/", "http://8.8.8.8/", "http://app.example/", "https://app.example:22/"] {
            assert!(check_address(bad, &here).is_err(), "{bad}");
        }
        let mut opened = Networks::default();
        opened.open("10.1.0.0/16").expect("a network");
        for good in ["http://10.1.2.3:3000/", "https://10.1.2.3/", "http://app.internal/", "https://app.example/"] {
            assert_eq!(check_address(good, &opened), Ok(()), "{good}");
        }
        for bad in
            ["http://10.2.0.1/", "http://127.0.0.1/", "http://8.8.8.8/", "https://8.8.8.8:22/", "ftp://10.1.2.3/"]
        {
            assert!(check_address(bad, &opened).is_err(), "{bad}");
        }
    }

    #[test]
    fn filters() {
        let list = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let events = list(&["data.*", "user.erased", "connection.needs_reauth"]);
        assert_eq!(check_filters(&events, &list(&["weight", "heart_rate", "location", "sleep"])), Ok(()));
        for bad in ["*", "data", "data.", "dat.*", "data.created.*", "webhook.test", ""] {
            assert!(check_filters(&list(&[bad]), &[]).is_err(), "{bad}");
        }
        for bad in ["latitude", "sleep_day", "Weight", ""] {
            assert!(check_filters(&[], &list(&[bad])).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_secret_is_32_bytes() {
        let secret = new_secret(&hilum_model::world::SeededRandom::new(1));
        let bytes = BASE64.decode(secret.expose().strip_prefix("whsec_").expect("prefix")).expect("base64");
        assert_eq!(bytes.len(), 32);
    }
}
