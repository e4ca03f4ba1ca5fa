//! The table that `just bench` prints.

use std::fmt::Write as _;

use crate::measure::Measured;

/// What is measured.
#[derive(Clone, Copy)]
pub enum Unit {
    /// Milliseconds: less is better.
    Millis,
    /// Transactions in a second: more is better.
    PerSecond,
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Millis => format!("{value:.1} ms"),
            Self::PerSecond => format!("{value:.0} /s"),
        }
    }

    const fn sense(self) -> &'static str {
        match self {
            Self::Millis => "less is better",
            Self::PerSecond => "more is better",
        }
    }
}

/// One line of the table.
struct Row {
    name: String,
    ours: String,
    reference: String,
    ratio: f64,
    note: String,
}

/// What one part adds: lines of the table, and what has to be said below it.
#[derive(Default)]
pub struct Part {
    rows: Vec<Row>,
    below: String,
}

impl Part {
    /// A line of the table.
    pub fn row(&mut self, name: &str, unit: Unit, measured: &Measured, note: &str) {
        self.rows.push(Row {
            name: name.to_owned(),
            ours: unit.show(measured.ours()),
            reference: unit.show(measured.reference()),
            ratio: measured.ratio(),
            note: format!("{}; {}; {note}", unit.sense(), measured.spread()),
        });
    }

    /// Markdown below the table.
    pub fn below(&mut self, text: &str) {
        self.below.push_str(text);
    }
}

/// All parts.
pub struct Report {
    about: String,
    parts: Vec<Part>,
}

impl Report {
    /// A report about this server.
    pub fn new(about: String) -> Self {
        Self {
            about,
            parts: Vec::new(),
        }
    }

    pub fn add(&mut self, part: Part) {
        self.parts.push(part);
    }

    /// The whole report.
    pub fn markdown(&self) -> String {
        let mut text = format!("{}\n\n", self.about);
        text.push_str(
            "| name | ours (median) | reference (median) | ratio ours/reference | note |\n",
        );
        text.push_str("|---|---:|---:|---:|---|\n");
        for row in self.parts.iter().flat_map(|part| &part.rows) {
            let Row {
                name,
                ours,
                reference,
                ratio,
                note,
            } = row;
            let _ = writeln!(
                text,
                "| {name} | {ours} | {reference} | {ratio:.2} | {note} |"
            );
        }
        for part in self.parts.iter().filter(|part| !part.below.is_empty()) {
            let _ = write!(text, "\n{}", part.below);
        }
        text
    }
}
