//! Where a request comes from, when proxies stand before us.

use std::net::IpAddr;

use http::HeaderMap;
use kernel::{Refusal, refuse};

/// Networks whose word on the address of a client is believed.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<(IpAddr, u32)>);

impl Proxies {
    /// Reads networks such as `10.0.0.0/8`, or single addresses.
    pub fn new(networks: &[String]) -> Result<Self, Refusal> {
        let networks = networks.iter().map(|text| {
            network(text).ok_or_else(|| {
                refuse!(Invalid, "SETTING_INVALID", field: "http.trusted_proxies",
                    zh: "{text:?} 不是网段:应如 10.0.0.0/8",
                    en: "{text:?} is no network: write it as 10.0.0.0/8")
            })
        });
        Ok(Self(networks.collect::<Result<_, _>>()?))
    }

    /// The client of a request that `peer` sent. Each proxy adds the address it
    /// was called from at the end, so the list is read from there, up to the
    /// first that is no proxy of ours: what stands before it may be invented.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return client;
        }
        let lines: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .map(|line| line.to_str().unwrap_or_default())
            .collect();
        for entry in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            let Some(address) = address(entry.trim()) else {
                return client;
            };
            client = address;
            if !self.trusts(client) {
                return client;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|(network, length)| {
            let same = |one: u128, other: u128, width: u32| {
                let shift = width - length.min(&width);
                shift >= width || one >> shift == other >> shift
            };
            match (network, address) {
                (IpAddr::V4(network), IpAddr::V4(it)) => {
                    same(u32::from(*network).into(), u32::from(it).into(), u32::BITS)
                }
                (IpAddr::V6(network), IpAddr::V6(it)) => {
                    same((*network).into(), it.into(), u128::BITS)
                }
                _ => false,
            }
        })
    }
}

fn network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = text.split_once('/').unwrap_or((text, ""));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = if text.contains('/') {
        length.parse().ok().filter(|length| *length <= most)?
    } else {
        most
    };
    Some((address, length))
}

/// An entry of the list, which some proxies write with a port.
fn address(entry: &str) -> Option<IpAddr> {
    let plain = entry.parse::<IpAddr>().ok();
    let with_port = || entry.parse::<std::net::SocketAddr>().ok().map(|it| it.ip());
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let found = plain.or_else(with_port).or_else(bracketed);
    found.map(|it: IpAddr| it.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, lines: &[&str]) -> String {
        let trusted: Vec<String> = trusted.iter().map(|it| (*it).to_owned()).collect();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let proxies = Proxies::new(&trusted).unwrap();
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_a_proxy_of_ours_is_believed() {
        assert_eq!(client(&[], "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(
            client(&["10.0.0.0/8"], "192.0.2.1", &["198.51.100.7"]),
            "192.0.2.1"
        );
        assert_eq!(
            client(&["10.0.0.0/8"], "10.1.2.3", &["198.51.100.7"]),
            "198.51.100.7"
        );
        assert_eq!(
            client(&["10.0.0.0/8"], "::ffff:10.1.2.3", &["198.51.100.7"]),
            "198.51.100.7"
        );
        assert_eq!(
            client(&["0.0.0.0/0"], "10.1.2.3", &["198.51.100.7"]),
            "198.51.100.7"
        );
        assert_eq!(
            client(&["fd00::/8"], "fd00::1", &["[2001:db8::1]:443"]),
            "2001:db8::1"
        );
        assert_eq!(
            client(&["10.1.2.3"], "10.1.2.3", &["198.51.100.7:80"]),
            "198.51.100.7"
        );
    }

    #[test]
    fn what_a_client_writes_before_the_proxy_does_not_count() {
        let trusted = ["10.0.0.0/8"];
        assert_eq!(
            client(
                &trusted,
                "10.0.0.1",
                &["203.0.113.9, 198.51.100.7, 10.0.0.2"]
            ),
            "198.51.100.7"
        );
        assert_eq!(
            client(&trusted, "10.0.0.1", &["203.0.113.9", "198.51.100.7"]),
            "198.51.100.7"
        );
        // Rubbish ends the list; the last proxy answers for it.
        assert_eq!(
            client(&trusted, "10.0.0.1", &["198.51.100.7, x, 10.0.0.2"]),
            "10.0.0.2"
        );
        assert_eq!(client(&trusted, "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(
            client(&trusted, "10.0.0.1", &["10.0.0.3, 10.0.0.2"]),
            "10.0.0.3"
        );
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "x",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0/8",
        ] {
            assert!(Proxies::new(&[text.to_owned()]).is_err(), "{text}");
        }
    }
}
