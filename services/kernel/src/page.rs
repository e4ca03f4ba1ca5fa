//! Page arguments as clients give them, and cursors that cannot be mistaken for one another's.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::{Fault, Kind, Lang};

pub const DEFAULT_LIMIT: u32 = 20;
pub const DEFAULT_MAX: u32 = 100;

const CURSOR_VERSION: u8 = 1;
const CHECKSUM_LEN: usize = 6;
const MAX_CURSOR_LEN: usize = 2048;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the cursor is malformed; use one that a page gave you, unchanged")]
    CursorMalformed { argument: &'static str },
    #[error("a page has at most {limit} items, {asked} were asked for")]
    TooLarge {
        argument: &'static str,
        asked: i32,
        limit: u32,
    },
    #[error("`{argument}` must be at least 1")]
    NotPositive { argument: &'static str },
    #[error("`{0}` and `{1}` cannot go together")]
    Conflict(&'static str, &'static str),
}

impl Error {
    /// A cursor whose argument is not known here.
    const CURSOR: Self = Self::CursorMalformed { argument: "cursor" };

    /// The same of the argument that goes in this direction.
    fn of(self, direction: Direction) -> Self {
        match (self, direction) {
            (Self::CursorMalformed { .. }, Direction::Forward) => {
                Self::CursorMalformed { argument: "after" }
            }
            (Self::CursorMalformed { .. }, Direction::Backward) => {
                Self::CursorMalformed { argument: "before" }
            }
            (other, _) => other,
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::CursorMalformed { .. } => "CURSOR_MALFORMED",
            Self::TooLarge { .. } => "PAGE_TOO_LARGE",
            Self::NotPositive { .. } => "PAGE_NOT_POSITIVE",
            Self::Conflict(..) => "PAGE_ARGUMENTS_CONFLICT",
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::CursorMalformed { argument }
            | Self::TooLarge { argument, .. }
            | Self::NotPositive { argument } => Some(argument),
            Self::Conflict(first, _) => Some(first),
        }
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        let zh = match self {
            Self::CursorMalformed { .. } => "游标无效，请原样使用分页结果给出的游标".to_owned(),
            Self::TooLarge { asked, limit, .. } => {
                format!("每页最多 {limit} 条，请求了 {asked} 条")
            }
            Self::NotPositive { argument } => format!("{argument} 至少为 1"),
            Self::Conflict(first, second) => format!("{first} 与 {second} 不能同时使用"),
        };
        lang.pick(zh, self.to_string()).into()
    }
}

/// The four arguments of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageArgs {
    pub first: Option<i32>,
    pub after: Option<String>,
    pub last: Option<i32>,
    pub before: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Forward,
    Backward,
}

/// A validated page: how many items, which way, from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub limit: u32,
    pub direction: Direction,
    pub cursor: Option<Cursor>,
}

impl PageArgs {
    pub fn first(n: i32) -> Self {
        Self {
            first: Some(n),
            ..Self::default()
        }
    }

    /// Checks the arguments against the default maximum.
    pub fn page(&self) -> Result<Page, Error> {
        self.page_within(DEFAULT_MAX)
    }

    /// Checks the arguments against a maximum. Paging forward is the default.
    pub fn page_within(&self, max: u32) -> Result<Page, Error> {
        let both = |a: bool, b: bool, names: (&'static str, &'static str)| {
            if a && b {
                Err(Error::Conflict(names.0, names.1))
            } else {
                Ok(())
            }
        };
        both(self.last.is_some(), self.first.is_some(), ("last", "first"))?;
        both(
            self.before.is_some(),
            self.after.is_some(),
            ("before", "after"),
        )?;
        both(
            self.before.is_some(),
            self.first.is_some(),
            ("before", "first"),
        )?;
        both(self.after.is_some(), self.last.is_some(), ("after", "last"))?;
        let backward = self.last.is_some() || self.before.is_some();
        let (argument, asked, cursor, direction) = if backward {
            ("last", self.last, &self.before, Direction::Backward)
        } else {
            ("first", self.first, &self.after, Direction::Forward)
        };
        let limit = match asked {
            None => DEFAULT_LIMIT.min(max),
            Some(asked) => match u32::try_from(asked) {
                Err(_) | Ok(0) => return Err(Error::NotPositive { argument }),
                Ok(n) if n > max => {
                    return Err(Error::TooLarge {
                        argument,
                        asked,
                        limit: max,
                    });
                }
                Ok(n) => n,
            },
        };
        let cursor = cursor.as_deref().map(Cursor::decode).transpose();
        let cursor = cursor.map_err(|error| error.of(direction))?;
        Ok(Page {
            limit,
            direction,
            cursor,
        })
    }
}

impl Page {
    /// A first page, for callers that are not clients.
    pub fn forward(limit: u32) -> Self {
        Self {
            limit,
            direction: Direction::Forward,
            cursor: None,
        }
    }

    /// One more than the limit: the extra row only tells whether there is more.
    pub fn fetch_limit(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The sort keys to continue from.
    pub fn keys<T: DeserializeOwned>(&self) -> Result<Option<T>, Error> {
        let keys = self.cursor.as_ref().map(Cursor::keys).transpose();
        keys.map_err(|error| error.of(self.direction))
    }

    /// Makes the page of up to [`Page::fetch_limit`] rows read in this page's direction: cuts
    /// the extra row and turns a backward page into reading order.
    pub fn finish<T>(&self, mut rows: Vec<T>) -> Paged<T> {
        let limit = self.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let came_from = self.cursor.is_some();
        match self.direction {
            Direction::Forward => Paged {
                items: rows,
                has_next: more,
                has_previous: came_from,
            },
            Direction::Backward => {
                rows.reverse();
                Paged {
                    items: rows,
                    has_next: came_from,
                    has_previous: more,
                }
            }
        }
    }
}

/// The items of a page in reading order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<T> {
    pub items: Vec<T>,
    pub has_next: bool,
    pub has_previous: bool,
}

impl<T> Paged<T> {
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Paged<U> {
        Paged {
            items: self.items.into_iter().map(f).collect(),
            has_next: self.has_next,
            has_previous: self.has_previous,
        }
    }
}

/// An opaque place in a list: a version byte, the sort keys as JSON and a checksum. The checksum
/// catches damage, not forgery: a cursor grants nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    json: Vec<u8>,
}

impl Cursor {
    /// The cursor of sort keys: a tuple or a small struct of plain values.
    pub fn of(keys: &impl Serialize) -> Self {
        let json = serde_json::to_vec(keys).expect("sort keys are plain values");
        Self { json }
    }

    pub fn encode(&self) -> String {
        let mut bytes = vec![CURSOR_VERSION];
        bytes.extend_from_slice(&self.json);
        bytes.extend_from_slice(&checksum(&bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub fn decode(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_CURSOR_LEN {
            return Err(Error::CURSOR);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::CURSOR)?;
        let (body, sum) = bytes.split_last_chunk().ok_or(Error::CURSOR)?;
        match body.split_first() {
            Some((&CURSOR_VERSION, json)) if *sum == checksum(body) => Ok(Self {
                json: json.to_vec(),
            }),
            _ => Err(Error::CURSOR),
        }
    }

    /// The keys; a cursor of another list has other keys and is refused.
    pub fn keys<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.json).map_err(|_| Error::CURSOR)
    }
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM_LEN] {
    let digest = Sha256::new()
        .chain_update(b"sanshe.cursor")
        .chain_update(body)
        .finalize();
    let mut sum = [0; CHECKSUM_LEN];
    sum.copy_from_slice(&digest[..CHECKSUM_LEN]);
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn args(
        first: Option<i32>,
        after: Option<&str>,
        last: Option<i32>,
        before: Option<&str>,
    ) -> PageArgs {
        let own = |text: Option<&str>| text.map(str::to_owned);
        PageArgs {
            first,
            after: own(after),
            last,
            before: own(before),
        }
    }

    #[test]
    fn pages_forward_by_default_and_within_the_maximum() {
        assert_eq!(PageArgs::default().page(), Ok(Page::forward(20)));
        assert_eq!(PageArgs::default().page_within(5), Ok(Page::forward(5)));
        assert_eq!(PageArgs::first(100).page(), Ok(Page::forward(100)));
        let page = args(None, None, Some(3), None).page().unwrap();
        assert_eq!((page.limit, page.direction), (3, Direction::Backward));
    }

    #[test]
    fn an_oversized_page_is_refused_naming_the_limit() {
        let error = PageArgs::first(101).page().unwrap_err();
        assert_eq!(
            (error.reason(), error.field()),
            ("PAGE_TOO_LARGE", Some("first"))
        );
        assert_eq!(
            error.to_string(),
            "a page has at most 100 items, 101 were asked for"
        );
        let error = args(None, None, Some(i32::MAX), None).page().unwrap_err();
        assert_eq!(error.field(), Some("last"));
        for n in [0, -1, i32::MIN] {
            assert_eq!(
                PageArgs::first(n).page().unwrap_err().reason(),
                "PAGE_NOT_POSITIVE"
            );
        }
    }

    #[test]
    fn arguments_of_both_directions_do_not_mix() {
        let cursor = Cursor::of(&1).encode();
        let c = Some(cursor.as_str());
        for args in [
            args(Some(1), None, Some(1), None),
            args(None, c, None, c),
            args(Some(1), None, None, c),
            args(None, c, Some(1), None),
        ] {
            assert_eq!(args.page().unwrap_err().reason(), "PAGE_ARGUMENTS_CONFLICT");
        }
    }

    #[test]
    fn a_cursor_gives_its_keys_back_and_not_another_lists() {
        let keys = ("2026-03-01T00:00:00Z".to_owned(), 42u32);
        let page = args(Some(2), Some(&Cursor::of(&keys).encode()), None, None)
            .page()
            .unwrap();
        assert_eq!(page.keys::<(String, u32)>(), Ok(Some(keys)));
        assert_eq!(
            page.keys::<(u32, u32)>(),
            Err(Error::CursorMalformed { argument: "after" })
        );
        assert_eq!(Page::forward(1).keys::<u32>(), Ok(None));
    }

    #[test]
    fn malformed_cursors_are_refused() {
        let good = Cursor::of(&("a", 1)).encode();
        let cut = &good[..good.len() - 1];
        let long = "A".repeat(MAX_CURSOR_LEN + 1);
        for bad in ["", "*", "AAAA", "AAAAAAAAAA", cut, &long, "WzFd"] {
            let error = args(Some(1), Some(bad), None, None).page().unwrap_err();
            assert_eq!(error.reason(), "CURSOR_MALFORMED", "{bad}");
            assert_eq!(error.field(), Some("after"));
            let error = args(None, None, Some(1), Some(bad)).page().unwrap_err();
            assert_eq!(error.field(), Some("before"));
        }
    }

    #[test]
    fn the_extra_row_only_tells_that_there_is_more() {
        let page = Page::forward(2);
        assert_eq!(page.fetch_limit(), 3);
        let cut = page.finish(vec![1, 2, 3]);
        assert_eq!(
            (cut.items, cut.has_next, cut.has_previous),
            (vec![1, 2], true, false)
        );
        let whole = page.finish(vec![1, 2]);
        assert_eq!((whole.items.len(), whole.has_next), (2, false));
        let back = Page {
            direction: Direction::Backward,
            cursor: Some(Cursor::of(&9)),
            ..page
        };
        let cut = back.finish(vec![8, 7, 6]).map(|n| n * 10);
        assert_eq!(
            (cut.items, cut.has_next, cut.has_previous),
            (vec![70, 80], true, true)
        );
    }

    proptest! {
        #[test]
        fn any_changed_byte_of_a_cursor_is_noticed(n in any::<u64>(), s in "\\PC{0,20}", at in any::<prop::sample::Index>(), flip in 1u8..) {
            let mut bytes = URL_SAFE_NO_PAD.decode(Cursor::of(&(n, &s)).encode()).unwrap();
            prop_assert!(Cursor::decode(&URL_SAFE_NO_PAD.encode(&bytes)).is_ok());
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            prop_assert_eq!(Cursor::decode(&URL_SAFE_NO_PAD.encode(&bytes)), Err(Error::CURSOR));
        }
    }
}
