//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::Extension;
use axum::extract::ConnectInfo;
use axum::http::HeaderMap;

/// The other end of the TCP connection, as an extractor; `None` where the server was not told.
pub(crate) type Peer = Option<Extension<ConnectInfo<SocketAddr>>>;

/// The client's address, for limits alone. A peer in a private network is taken for a proxy: then the last address of `X-Forwarded-For` counts, which the nearest proxy wrote; without one nobody knows.
pub(crate) fn address(peer: Option<&Extension<ConnectInfo<SocketAddr>>>, headers: &HeaderMap) -> Option<IpAddr> {
    let peer = peer.map(|Extension(ConnectInfo(address))| address.ip().to_canonical())?;
    let near = match peer {
        IpAddr::V4(a) => {
            a.is_loopback()
                || a.is_private()
                || a.is_link_local()
                || (a.octets()[0] == 100 && a.octets()[1] & 0xc0 == 64)
        }
        IpAddr::V6(a) => a.is_loopback() || a.is_unique_local() || a.is_unicast_link_local(),
    };
    if !near {
        return Some(peer);
    }
    let told = headers.get_all("x-forwarded-for").into_iter().next_back()?.to_str().ok()?;
    told.rsplit(',').next()?.trim().parse().ok()
}
