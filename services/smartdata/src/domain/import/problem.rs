//! What is wrong with the files, in two languages, with file and line.

use std::fmt;

/// How many problems are told; the rest is counted.
const TOLD: usize = 50;

/// One broken row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    /// From 1, the header included; 0 where the whole file is meant.
    pub line: u64,
    pub zh: String,
    pub en: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, zh, en } = self;
        match line {
            0 => write!(f, "{file}: {zh} / {en}"),
            _ => write!(f, "{file}:{line}: {zh} / {en}"),
        }
    }
}

/// Everything that is wrong; the first fifty in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    pub told: Vec<Problem>,
    pub total: usize,
}

impl Problems {
    /// Adds one.
    pub fn add(
        &mut self,
        file: impl Into<String>,
        line: u64,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        self.total += 1;
        if self.told.len() < TOLD {
            self.told.push(Problem {
                file: file.into(),
                line,
                zh: zh.into(),
                en: en.into(),
            });
        }
    }

    /// Whether all is well.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.told {
            writeln!(f, "{problem}")?;
        }
        let more = self.total - self.told.len();
        if more > 0 {
            writeln!(f, "…另有 {more} 处问题 / and {more} more")?;
        }
        write!(f, "未导入任何数据 / nothing was imported")
    }
}

impl std::error::Error for Problems {}
