//! Free ports on loopback.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

/// The wanted port where it is free, otherwise one that the system picks. It
/// is free now and may be taken a moment later: whoever uses it tries again.
pub fn free(wanted: Option<u16>) -> Result<u16> {
    let taken = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = match wanted.map(taken) {
        Some(Ok(listener)) => listener,
        _ => taken(0).context("no free port on loopback")?,
    };
    Ok(listener
        .local_addr()
        .context("the port cannot be read")?
        .port())
}

/// One clear line where a port that was asked for is in use.
pub fn require(port: u16) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) => anyhow::bail!(
            "port {port} on 127.0.0.1 cannot be used ({error}): stop what listens there, or choose \
             another one / 端口 {port} 已被占用"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_passed_over_and_refused() {
        let busy = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = busy.local_addr().unwrap().port();
        assert_ne!(free(Some(port)).unwrap(), port);
        assert!(
            require(port)
                .unwrap_err()
                .to_string()
                .contains(&port.to_string())
        );
    }
}
