//! The national division files (B3): what must hold before anything is loaded.
//!
//! Four files, one per level, with codes of 2, 4, 6 and 9 digits that become
//! 12-digit ones. Every row is judged, and every broken one is told with its
//! file and line.
//!
//! A level that does not exist is filled with a stand-in: 东莞 (4419) has no
//! counties, so the counties' file repeats it as 441900; 金门 (350527) has no
//! townships here, so the townships' file repeats it as 350527000. A row whose
//! own part is zero and whose name is its parent's is such a stand-in; it adds
//! no division, and rows below may name it as their parent.

mod problem;

use std::collections::{HashMap, HashSet};

use kernel::{DivisionCode, Level, Refusal};

pub use problem::{Problem, Problems};

/// One of the four files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// Its name in the folder.
    pub name: &'static str,
    /// The level of its divisions.
    pub level: Level,
    /// The columns that name divisions above, the parent first.
    pub above: &'static [(&'static str, Level)],
}

/// The files, from the top down.
pub const SOURCES: [Source; 4] = [
    Source {
        name: "provinces.csv",
        level: Level::Province,
        above: &[],
    },
    Source {
        name: "cities.csv",
        level: Level::City,
        above: &[("provinceCode", Level::Province)],
    },
    Source {
        name: "areas.csv",
        level: Level::County,
        above: &[("cityCode", Level::City), ("provinceCode", Level::Province)],
    },
    Source {
        name: "streets.csv",
        level: Level::Township,
        above: &[
            ("areaCode", Level::County),
            ("cityCode", Level::City),
            ("provinceCode", Level::Province),
        ],
    },
];

/// One file as read: cells as text, each row with its line.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<(u64, Vec<String>)>,
}

/// A division to be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    pub code: DivisionCode,
    pub name: String,
}

/// Judges all files together; answers the divisions only if every row is good.
pub fn validate(tables: &[(Source, Table)]) -> Result<Vec<Incoming>, Problems> {
    let mut check = Check::default();
    for (source, table) in tables {
        check.file(*source, table);
    }
    check.finish()
}

/// Adds what was already found while reading.
pub fn validate_with(
    tables: &[(Source, Table)],
    found: Problems,
) -> Result<Vec<Incoming>, Problems> {
    let mut check = Check {
        problems: found,
        ..Check::default()
    };
    for (source, table) in tables {
        check.file(*source, table);
    }
    check.finish()
}

#[derive(Default)]
struct Check {
    incoming: Vec<Incoming>,
    /// Codes as the files write them, each with its place and its name.
    seen: HashMap<String, Seen>,
    /// Parents already told to be missing: one sentence is enough.
    missing: HashSet<String>,
    problems: Problems,
}

struct Seen {
    file: &'static str,
    line: u64,
    name: String,
}

struct Columns {
    code: usize,
    name: usize,
    above: Vec<(usize, &'static str, Level)>,
}

impl Check {
    fn finish(self) -> Result<Vec<Incoming>, Problems> {
        if self.problems.is_empty() {
            Ok(self.incoming)
        } else {
            Err(self.problems)
        }
    }

    fn file(&mut self, source: Source, table: &Table) {
        let Some(columns) = self.columns(source, &table.header) else {
            return;
        };
        if table.rows.is_empty() {
            self.problems
                .add(source.name, 1, "文件没有数据行", "the file has no rows");
        }
        for (line, cells) in &table.rows {
            self.row(source, &columns, *line, cells, table.header.len());
        }
    }

    fn columns(&mut self, source: Source, header: &[String]) -> Option<Columns> {
        let mut find = |name: &str| {
            let mut at = header
                .iter()
                .enumerate()
                .filter(|(_, cell)| cell.trim() == name);
            match (at.next(), at.next()) {
                (Some((index, _)), None) => Some(index),
                (None, _) => {
                    self.problems.add(
                        source.name,
                        1,
                        format!("表头缺少 {name} 列"),
                        format!("the header has no column {name}"),
                    );
                    None
                }
                (Some(_), Some(_)) => {
                    self.problems.add(
                        source.name,
                        1,
                        format!("表头中 {name} 列重复"),
                        format!("the header names the column {name} twice"),
                    );
                    None
                }
            }
        };
        let (code, name) = (find("code"), find("name"));
        let above: Vec<_> = source
            .above
            .iter()
            .map(|(name, level)| (find(name), *name, *level))
            .collect();
        let above: Option<Vec<_>> = above
            .into_iter()
            .map(|(index, name, level)| index.map(|index| (index, name, level)))
            .collect();
        Some(Columns {
            code: code?,
            name: name?,
            above: above?,
        })
    }

    fn row(
        &mut self,
        source: Source,
        columns: &Columns,
        line: u64,
        cells: &[String],
        width: usize,
    ) {
        let file = source.name;
        if cells.len() != width {
            self.problems.add(
                file,
                line,
                format!("应有 {width} 列,实有 {} 列", cells.len()),
                format!("{width} columns expected, {} found", cells.len()),
            );
            return;
        }
        let (code, name) = (cells[columns.code].trim(), cells[columns.name].trim());
        let parsed = self.code(source, line, code);
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            self.problems.add(
                file,
                line,
                "名称须为 1 至 100 个字",
                "a name has 1 to 100 characters",
            );
        }
        let Some(parsed) = parsed else { return };
        if let Some(first) = self.seen.get(code) {
            self.problems.add(
                file,
                line,
                format!("代码 {code} 与 {}:{} 重复", first.file, first.line),
                format!("code {code} is that of {}:{} again", first.file, first.line),
            );
            return;
        }
        let placed = self.place(source, columns, line, code, cells);
        let seen = Seen {
            file,
            line,
            name: name.to_owned(),
        };
        if parsed.level() == source.level {
            self.incoming.push(Incoming {
                code: parsed,
                name: name.to_owned(),
            });
        } else if placed {
            self.stand_in(source, line, code, name);
        }
        self.seen.insert(code.to_owned(), seen);
    }

    /// The code in full; none (and a problem) where it is none of this level.
    fn code(&mut self, source: Source, line: u64, code: &str) -> Option<DivisionCode> {
        let digits = source.level.digits();
        if code.len() != digits || !code.bytes().all(|b| b.is_ascii_digit()) {
            let shown: String = code.chars().take(20).collect();
            self.problems.add(
                source.name,
                line,
                format!("代码“{shown}”须为 {digits} 位数字"),
                format!("code `{shown}` must have {digits} digits"),
            );
            return None;
        }
        match DivisionCode::from_short(code) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                let Refusal { zh, en, .. } = error.into();
                self.problems.add(
                    source.name,
                    line,
                    format!("{code}:{zh}"),
                    format!("{code}: {en}"),
                );
                None
            }
        }
    }

    /// Whether the divisions above are the code's own beginning and exist.
    fn place(
        &mut self,
        source: Source,
        columns: &Columns,
        line: u64,
        code: &str,
        cells: &[String],
    ) -> bool {
        for (index, column, level) in &columns.above {
            let (given, own) = (cells[*index].trim(), &code[..level.digits()]);
            if given != own {
                let given: String = given.chars().take(20).collect();
                self.problems.add(
                    source.name,
                    line,
                    format!("{column} 为“{given}”,但代码 {code} 属于 {own}"),
                    format!("{column} is `{given}`, but code {code} belongs to {own}"),
                );
                return false;
            }
        }
        let Some((_, _, level)) = columns.above.first() else {
            return true;
        };
        let parent = &code[..level.digits()];
        if self.seen.contains_key(parent) {
            return true;
        }
        if self.missing.insert(parent.to_owned()) {
            self.problems.add(
                source.name,
                line,
                format!("上级 {parent} 不在文件中"),
                format!("the parent {parent} is in none of the files"),
            );
        }
        false
    }

    fn stand_in(&mut self, source: Source, line: u64, code: &str, name: &str) {
        let parent = source
            .above
            .first()
            .map_or("", |(_, level)| &code[..level.digits()]);
        let same = self
            .seen
            .get(parent)
            .is_some_and(|above| above.name == name);
        if !same {
            self.problems.add(
                source.name,
                line,
                format!("代码 {code} 的末段为零,只能用于与上级 {parent} 同名的占位行"),
                format!(
                    "the last part of code {code} is zero, which only stands in for its parent \
                     {parent} under the parent's name"
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests;
