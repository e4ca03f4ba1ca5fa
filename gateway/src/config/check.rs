//! Settings that cannot be what their owner means.

use http::HeaderValue;
use kernel::{Refusal, refuse};

use super::{Allowance, Config};
use crate::{http::Proxies, redis::Redis};

impl Config {
    /// Refuses settings that would be weaker than they look.
    pub fn check(&self) -> Result<(), Refusal> {
        for origin in &self.http.cors_origins {
            check_origin(origin)?;
        }
        Proxies::new(&self.http.trusted_proxies)?;
        Redis::from_config(&self.redis)?;
        for (name, allowance) in [
            ("rate.identity", self.rate.identity),
            ("rate.address", self.rate.address),
        ] {
            let is_usable = |Allowance { per_second, burst }: Allowance| {
                per_second.is_finite() && per_second > 0.0 && burst > 0
            };
            if !allowance.is_none_or(is_usable) {
                return Err(refuse!(Invalid, "SETTING_INVALID", field: name,
                    zh: "{name} 的 per_second 和 burst 必须大于 0",
                    en: "per_second and burst of {name} must be more than 0"));
            }
        }
        if self.persisted.only && self.persisted.manifest.is_none() {
            return Err(refuse!(Invalid, "SETTING_INVALID", field: "persisted.only",
                zh: "persisted.only 需要 persisted.manifest",
                en: "persisted.only needs persisted.manifest"));
        }
        Ok(())
    }
}

/// An origin is a scheme, a host and perhaps a port, as browsers send it.
fn check_origin(origin: &str) -> Result<(), Refusal> {
    if origin.contains('*') {
        return Err(
            refuse!(Invalid, "SETTING_INVALID", field: "http.cors_origins",
            zh: "http.cors_origins 不接受通配符:请逐个列出来源",
            en: "http.cors_origins takes no wildcard: list each origin"),
        );
    }
    let parsed = url::Url::parse(origin).ok();
    let is_origin = parsed.is_some_and(|url| url.origin().ascii_serialization() == origin)
        && HeaderValue::from_str(origin).is_ok();
    if is_origin {
        return Ok(());
    }
    Err(
        refuse!(Invalid, "SETTING_INVALID", field: "http.cors_origins",
        zh: "{origin:?} 不是来源:应如 https://portal.example",
        en: "{origin:?} is no origin: write it as https://portal.example"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Config)) -> Option<String> {
        let mut config = Config::default();
        change(&mut config);
        config.check().err().and_then(|refusal| refusal.field)
    }

    #[test]
    fn the_defaults_stand() {
        assert_eq!(refused(|_| ()), None);
    }

    #[test]
    fn origins_are_listed_one_by_one_and_as_browsers_send_them() {
        let with = |origin: &str| refused(|it| it.http.cors_origins = vec![origin.to_owned()]);
        for bad in [
            "*",
            "https://*.example",
            "portal.example",
            "https://portal.example/",
            "https://portal.example/path",
            "null",
            "HTTPS://portal.example",
        ] {
            assert_eq!(with(bad).as_deref(), Some("http.cors_origins"), "{bad}");
        }
        assert_eq!(with("https://portal.example"), None);
        assert_eq!(with("http://localhost:5173"), None);
    }

    #[test]
    fn what_would_be_weaker_than_it_looks_is_named() {
        let zero = Some(Allowance {
            per_second: 0.0,
            burst: 1,
        });
        for (field, found) in [
            ("rate.address", refused(|it| it.rate.address = zero)),
            ("rate.identity", refused(|it| it.rate.identity = zero)),
            ("persisted.only", refused(|it| it.persisted.only = true)),
            (
                "redis.url",
                refused(|it| it.redis.url = Some("ftp://x".to_owned())),
            ),
            (
                "http.trusted_proxies",
                refused(|it| it.http.trusted_proxies = vec!["10.0.0.0/33".to_owned()]),
            ),
        ] {
            assert_eq!(found.as_deref(), Some(field));
        }
    }
}
