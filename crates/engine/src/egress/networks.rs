//! Private networks that the operator opens to webhooks: whoever hosts Hilum often hosts the apps beside it.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

/// Blocks that can be opened; link-local addresses (cloud metadata among them) and everything unusual can not.
/// Sources: RFC 1918, RFC 4193, RFC 6598, RFC 6890.
const OPENABLE: [&str; 7] =
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "127.0.0.0/8", "::1/128"];

/// A text is no network that can be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Not of the form `10.1.0.0/16`.
    #[error("is not a network like 10.1.0.0/16 or an address")]
    NotANetwork,
    /// Public, or larger than private blocks are.
    #[error("does not lie in a private block")]
    NotPrivate,
}

/// Networks to which messages may go, plain http and any port included. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Arc<[IpNet]>);

impl Networks {
    /// This machine alone.
    pub fn this_machine() -> Self {
        Self(OPENABLE[5..].iter().filter_map(|text| text.parse().ok()).collect())
    }

    /// Adds one: an address block, or a single address. Fails if the text is neither, or not of a private block.
    pub fn open(&mut self, text: &str) -> Result<(), NetworkError> {
        let single = || text.parse::<IpAddr>().map(IpNet::from);
        let network = text.parse::<IpNet>().or_else(|_| single()).map_err(|_| NetworkError::NotANetwork)?;
        let blocks = || OPENABLE.iter().filter_map(|block| block.parse::<IpNet>().ok());
        if !blocks().any(|block| block.contains(&network)) {
            return Err(NetworkError::NotPrivate);
        }
        self.0 = self.0.iter().copied().chain([network.trunc()]).collect();
        Ok(())
    }

    /// Whether an address lies in one of them, in whatever dress.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether they hold nothing but this machine.
    pub fn only_this_machine(&self) -> bool {
        self.0.iter().all(|network| network.addr().is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(texts: &[&str]) -> Result<Networks, NetworkError> {
        let mut networks = Networks::default();
        texts.iter().try_for_each(|text| networks.open(text))?;
        Ok(networks)
    }

    #[test]
    fn private_blocks_and_their_parts_can_be_opened() {
        let networks = opened(&["10.1.0.0/16", "192.168.7.9", "fd00:1::/32"]).expect("networks");
        for (address, inside) in [
            ("10.1.255.255", true),
            ("10.2.0.0", false),
            ("::ffff:10.1.2.3", true),
            ("192.168.7.9", true),
            ("192.168.7.8", false),
            ("fd00:1::5", true),
            ("fd00:2::5", false),
            ("127.0.0.1", false),
            ("8.8.8.8", false),
        ] {
            assert_eq!(networks.contains(address.parse().expect(address)), inside, "{address}");
        }
        assert!(!networks.only_this_machine() && !networks.is_empty() && Networks::default().is_empty());
    }

    #[test]
    fn what_is_public_or_holds_the_metadata_of_a_cloud_can_not() {
        for bad in ["0.0.0.0/0", "169.254.169.254", "169.254.0.0/16", "8.8.8.0/24", "::/0", "fe80::/10", "10.0.0.0/7"] {
            assert_eq!(opened(&[bad]), Err(NetworkError::NotPrivate), "{bad}");
        }
        for bad in ["", "app.internal", "10.0.0.0/33", "10.0.0/8"] {
            assert_eq!(opened(&[bad]), Err(NetworkError::NotANetwork), "{bad}");
        }
    }

    #[test]
    fn this_machine() {
        let here = Networks::this_machine();
        assert!(here.only_this_machine() && !here.is_empty());
        assert!(here.contains("127.0.0.1".parse().expect("address")) && here.contains("::1".parse().expect("address")));
        assert!(!here.contains("10.0.0.1".parse().expect("address")));
    }
}
