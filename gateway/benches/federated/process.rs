//! Another process of this benchmark, and what it used.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

/// A process that is ended with its owner.
pub struct Child {
    process: std::process::Child,
    /// Its first line: where it listens.
    pub said: String,
}

impl Child {
    /// Starts this program in another role and waits until it serves.
    pub fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut said).unwrap();
        let said = said.trim_end().to_owned();
        assert!(!said.is_empty(), "{arguments:?} did not start");
        Self { process, said }
    }

    /// Processor time it has used, in user and kernel mode.
    pub fn cpu_micros(&self) -> u64 {
        // The kernel counts in hundredths of a second for every program.
        const TICK_MICROS: u64 = 10_000;
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        // The name in parentheses may hold spaces.
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        let fields: Vec<&str> = fields.split(' ').collect();
        let ticks = |index: usize| fields[index].parse::<u64>().unwrap();
        (ticks(11) + ticks(12)) * TICK_MICROS
    }

    /// The most memory it ever held.
    pub fn peak_megabytes(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap();
        let kilobytes: u32 = line.trim().trim_end_matches(" kB").parse().unwrap();
        f64::from(kilobytes) / 1024.0
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// How busy the machine is.
pub fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let averages: Vec<&str> = text.split(' ').take(3).collect();
    averages.join(" ")
}
