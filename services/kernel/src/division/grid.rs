//! Grid codes (网格编码): 15 digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{DivisionCode, Error, Level, digits, text_form};

/// A grid code (网格编码): a community's code and three digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct GridCode([u8; 15]);

impl GridCode {
    pub fn try_new(text: &str) -> Result<Self, Error> {
        let digits = digits::<15>(text, "grid", "15")?;
        let community = DivisionCode::try_new(&text[..12])?;
        if community.level() != Level::Community {
            return Err(Error::GridNotInCommunity(community.level()));
        }
        if digits[12..].iter().all(|b| *b == b'0') {
            return Err(Error::GridNumber);
        }
        Ok(Self(digits))
    }

    /// The grid of a number (1–999) in a community.
    pub fn in_community(community: DivisionCode, number: u16) -> Result<Self, Error> {
        if number > 999 {
            return Err(Error::GridNumber);
        }
        Self::try_new(&format!("{community}{number:03}"))
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a grid code holds ASCII digits only")
    }

    pub fn community(&self) -> DivisionCode {
        let mut code = [0; 12];
        code.copy_from_slice(&self.0[..12]);
        DivisionCode(code)
    }

    /// 1 to 999.
    pub fn number(&self) -> u16 {
        self.as_str()[12..]
            .parse()
            .expect("three digits are a number")
    }
}

text_form!(GridCode);
