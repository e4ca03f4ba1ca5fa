//! What a token says, and the actor it says it of.

use kernel::DivisionCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::TokenError;
use crate::auth::{Actor, actor::read_roles};

/// The claims of an access token. Login systems are told to map their
/// attributes to these names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::auth) struct Claims {
    pub iss: String,
    pub sub: String,
    pub aud: Audience,
    pub exp: NumericDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<NumericDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<NumericDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Scopes of OAuth 2.0, parted by spaces (RFC 8693 §4.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(default)]
    pub roles: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub social_worker_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volunteer_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expert_id: Option<String>,
}

/// `aud` is one text or a list of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::auth) enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    pub fn names(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

/// Seconds since 1970; the standard allows fractions, which are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(in crate::auth) struct NumericDate(pub i64);

/// The end of the year 9999: beyond it a date is a mistake.
const LAST: f64 = 253_402_300_799.0;

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        if let Some(seconds) = number.as_i64() {
            return Ok(Self(seconds));
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked to be within the calendar"
        )]
        match number.as_f64() {
            Some(seconds) if (0.0..=LAST).contains(&seconds) => Ok(Self(seconds as i64)),
            _ => Err(serde::de::Error::custom("no date")),
        }
    }
}

impl Claims {
    /// The claims that describe an actor; the times are in seconds.
    pub fn of(actor: &Actor, issuer: &str, audience: &str, issued: i64, expires: i64) -> Self {
        let id = |id: Option<Uuid>| id.map(|id| id.to_string());
        Self {
            iss: issuer.to_owned(),
            sub: actor.subject.clone(),
            aud: Audience::One(audience.to_owned()),
            exp: NumericDate(expires),
            nbf: None,
            iat: Some(NumericDate(issued)),
            name: actor.name.clone(),
            scope: None,
            roles: actor
                .roles
                .iter()
                .map(|role| role.as_str().to_owned())
                .collect(),
            division: actor.division.map(|division| division.as_str().to_owned()),
            resident_id: id(actor.resident_id),
            organization_id: id(actor.organization_id),
            social_worker_id: id(actor.social_worker_id),
            volunteer_id: id(actor.volunteer_id),
            expert_id: id(actor.expert_id),
        }
    }

    /// The actor the claims describe. A claim that cannot be read refuses the
    /// whole token: a reach that is guessed is worse than none.
    pub fn into_actor(self) -> Result<Actor, TokenError> {
        if self.sub.trim().is_empty() {
            return Err(TokenError::malformed("缺少 sub", "sub is missing"));
        }
        let division = match present(self.division) {
            Some(text) => Some(DivisionCode::try_new(&text).map_err(|_| {
                TokenError::malformed("division 不是行政区划代码", "division is no division code")
            })?),
            None => None,
        };
        Ok(Actor {
            subject: self.sub,
            name: present(self.name),
            roles: read_roles(&self.roles),
            division,
            resident_id: id(
                self.resident_id,
                TokenError::malformed("resident_id 无效", "resident_id is no id"),
            )?,
            organization_id: id(
                self.organization_id,
                TokenError::malformed("organization_id 无效", "organization_id is no id"),
            )?,
            social_worker_id: id(
                self.social_worker_id,
                TokenError::malformed("social_worker_id 无效", "social_worker_id is no id"),
            )?,
            volunteer_id: id(
                self.volunteer_id,
                TokenError::malformed("volunteer_id 无效", "volunteer_id is no id"),
            )?,
            expert_id: id(
                self.expert_id,
                TokenError::malformed("expert_id 无效", "expert_id is no id"),
            )?,
        })
    }
}

/// Login systems send an empty text where an attribute is not set.
fn present(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn id(text: Option<String>, otherwise: TokenError) -> Result<Option<Uuid>, TokenError> {
    present(text)
        .map(|text| Uuid::parse_str(&text).map_err(|_| otherwise))
        .transpose()
}
