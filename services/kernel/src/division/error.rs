//! What can be wrong with a code.

use std::borrow::Cow;

use super::Level;
use crate::{Fault, Kind, Lang};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("a {what} code has {expected} digits, this has {found}")]
    Length {
        what: &'static str,
        expected: &'static str,
        found: usize,
    },
    #[error("character {position} of the code, `{found}`, is not a digit")]
    Digit { position: usize, found: char },
    #[error("a division code begins with a province; 00 and 0x name none")]
    Province,
    #[error("the {part} part is zero although a {below} part follows")]
    Gap { part: Level, below: Level },
    #[error("a grid code begins with the code of a community, this one with a {0}'s")]
    GridNotInCommunity(Level),
    #[error("the grid number 000 names no grid")]
    GridNumber,
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Length { .. } => "DIVISION_CODE_LENGTH",
            Self::Digit { .. } => "DIVISION_CODE_DIGIT",
            Self::Province => "DIVISION_CODE_PROVINCE",
            Self::Gap { .. } => "DIVISION_CODE_GAP",
            Self::GridNotInCommunity(_) | Self::GridNumber => "GRID_CODE_MALFORMED",
        }
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        let zh = match self {
            Self::Length {
                expected,
                found,
                what,
            } => {
                let what = if *what == "grid" {
                    "网格编码"
                } else {
                    "区划代码"
                };
                format!("{what}应为 {expected} 位数字，实为 {found} 位")
            }
            Self::Digit { position, found } => {
                format!("代码第 {position} 位“{found}”不是数字")
            }
            Self::Province => "区划代码须以省级代码开头，00 及 0x 不是省级代码".to_owned(),
            Self::Gap { part, below } => {
                format!(
                    "区划代码的{}部分为零，但其后有{}部分",
                    part.zh(),
                    below.zh()
                )
            }
            Self::GridNotInCommunity(level) => {
                format!("网格编码须以村级代码开头，此处为{}代码", level.zh())
            }
            Self::GridNumber => "网格序号不能为 000".to_owned(),
        };
        lang.pick(zh, self.to_string()).into()
    }
}
