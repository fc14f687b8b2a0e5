//! How often Connect may be opened anew: by an app, and from one address.
//!
//! Sessions that nobody needs cost rows and room in memory, and the limit of all open sessions is the server's own: without
//! these, one stranger could use it up for everybody.

use std::net::IpAddr;

use hilum_model::{ClientId, Time};

use crate::rate::{Network, Rate};

/// New sessions within ten minutes; `None`: as many as come. A page that is loaded again keeps its session and counts
/// once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenLimits {
    /// Of one app.
    pub per_app: Option<u32>,
    /// From one address: an IPv4 address, or a /64 of IPv6. Counts where the address is known.
    pub per_address: Option<u32>,
}

impl Default for OpenLimits {
    /// Ten a second for an app; for an address, what a clinic or event behind one address needs.
    fn default() -> Self {
        Self { per_app: Some(6000), per_address: Some(300) }
    }
}

impl OpenLimits {
    /// No limits.
    pub const NONE: Self = Self { per_app: None, per_address: None };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    App(ClientId),
    From(Network),
}

/// What was opened lately.
#[derive(Debug, Default)]
pub struct OpenLimit(Rate<Key>);

impl OpenLimit {
    /// Takes one opening, or says after how many ms one will be free again.
    pub(super) fn take(&self, limits: OpenLimits, app: ClientId, from: Option<IpAddr>, now: Time) -> Result<(), i64> {
        let wanted = [
            limits.per_app.map(|limit| (Key::App(app), limit)),
            limits.per_address.zip(from).map(|(limit, address)| (Key::From(Network::of(address)), limit)),
        ];
        self.0.take(wanted.into_iter().flatten(), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: ClientId = ClientId([1; 20]);
    const OTHER: ClientId = ClientId([2; 20]);
    const LIMITS: OpenLimits = OpenLimits { per_app: Some(6), per_address: Some(4) };

    fn at(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn an_address_has_its_number_and_then_one_at_a_time() {
        let limit = OpenLimit::default();
        let take = |address, now| limit.take(LIMITS, APP, Some(at(address)), Time(now));
        for _ in 0..4 {
            assert_eq!(take("192.0.2.7", 0), Ok(()));
        }
        // Four in 600 s: one each 150 s.
        assert_eq!(take("192.0.2.7", 0), Err(150_000));
        assert_eq!(take("::ffff:192.0.2.7", 60_000), Err(90_000), "the same address, mapped");
        assert_eq!(take("192.0.2.8", 60_000), Ok(()), "a neighbour");
        assert_eq!(take("192.0.2.7", 150_000), Ok(()));
        assert_eq!(take("192.0.2.7", 150_000), Err(150_000));
    }

    #[test]
    fn an_app_has_its_number_whoever_asks_and_spares_the_others() {
        let limit = OpenLimit::default();
        for n in 0..6 {
            assert_eq!(limit.take(LIMITS, APP, Some(at(&format!("192.0.2.{n}"))), Time(0)), Ok(()));
        }
        // Six in 600 s: one each 100 s.
        assert_eq!(limit.take(LIMITS, APP, Some(at("198.51.100.1")), Time(0)), Err(100_000));
        assert_eq!(limit.take(LIMITS, APP, None, Time(99_999)), Err(1));
        assert_eq!(limit.take(LIMITS, OTHER, Some(at("198.51.100.1")), Time(0)), Ok(()));
    }

    #[test]
    fn what_was_refused_costs_nothing() {
        let limit = OpenLimit::default();
        for _ in 0..4 {
            assert_eq!(limit.take(LIMITS, APP, Some(at("192.0.2.7")), Time(0)), Ok(()));
        }
        for _ in 0..50 {
            assert!(limit.take(LIMITS, APP, Some(at("192.0.2.7")), Time(0)).is_err());
        }
        assert_eq!(limit.take(LIMITS, APP, Some(at("192.0.2.8")), Time(0)), Ok(()), "the app had two left");
        assert_eq!(limit.take(LIMITS, APP, Some(at("192.0.2.7")), Time(150_000)), Ok(()));
    }

    #[test]
    fn v6_counts_by_64_bits_and_unknown_addresses_by_app_alone() {
        let limit = OpenLimit::default();
        let limits = OpenLimits { per_app: None, per_address: Some(1) };
        assert_eq!(limit.take(limits, APP, Some(at("2001:db8:1:2::1")), Time(0)), Ok(()));
        assert!(limit.take(limits, OTHER, Some(at("2001:db8:1:2:ffff::9")), Time(0)).is_err());
        assert_eq!(limit.take(limits, APP, Some(at("2001:db8:1:3::1")), Time(0)), Ok(()));
        for _ in 0..100 {
            assert_eq!(limit.take(limits, APP, None, Time(0)), Ok(()));
            assert_eq!(limit.take(OpenLimits::NONE, APP, Some(at("2001:db8:1:2::1")), Time(0)), Ok(()));
        }
    }
}
