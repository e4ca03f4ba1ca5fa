//! The injected clock. Business time is read here and nowhere else.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use chrono::{DateTime, FixedOffset, NaiveDate, SubsecRound, TimeDelta, Utc};

/// Whoever needs the time takes one of these.
pub trait Clock: Send + Sync + 'static {
    /// The present instant, in whole microseconds: what PostgreSQL gives back unchanged.
    fn now(&self) -> DateTime<Utc>;
}

pub type SharedClock = Arc<dyn Clock>;

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> DateTime<Utc> {
        (**self).now()
    }
}

/// China Standard Time: legal days begin and end by it, everywhere in the country.
pub const fn china_offset() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).expect("eight hours is a valid offset")
}

/// The calendar day in China at an instant.
pub fn china_date(t: DateTime<Utc>) -> NaiveDate {
    t.with_timezone(&china_offset()).date_naive()
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl SystemClock {
    pub fn shared() -> SharedClock {
        Arc::new(Self)
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the wall clock"
    )]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}

/// A clock that stands still until moved. Clones share one time.
#[derive(Clone, Debug)]
pub struct FrozenClock(Arc<AtomicI64>);

impl FrozenClock {
    pub fn at(t: DateTime<Utc>) -> Self {
        Self(Arc::new(AtomicI64::new(t.timestamp_micros())))
    }

    pub fn set(&self, t: DateTime<Utc>) {
        self.0.store(t.timestamp_micros(), Ordering::SeqCst);
    }

    /// Moves the clock; a negative step moves it back.
    pub fn advance(&self, by: TimeDelta) {
        let micros = by
            .num_microseconds()
            .expect("a step of a frozen clock fits microseconds");
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    pub fn shared(&self) -> SharedClock {
        Arc::new(self.clone())
    }
}

impl Clock for FrozenClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst))
            .expect("a frozen clock stays within the calendar")
    }
}

/// System time plus an offset kept in a small file, so that the processes of a development
/// platform move through time together. The file holds signed whole seconds as decimal text.
pub struct FileClock {
    path: PathBuf,
    base: SharedClock,
    /// Kept for the moment the file holds no number: time must not jump back to the present.
    last_good: AtomicI64,
}

impl FileClock {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self::over(path, SystemClock::shared())
    }

    /// The offset applied to another clock than the system's.
    pub fn over(path: impl Into<PathBuf>, base: SharedClock) -> Self {
        Self {
            path: path.into(),
            base,
            last_good: AtomicI64::new(0),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The offset in seconds; 0 where there is no file.
    pub fn offset(&self) -> io::Result<i64> {
        match fs::read_to_string(&self.path) {
            Ok(text) => text.trim().parse().map_err(|_| {
                let what = format!("{} does not hold whole seconds", self.path.display());
                io::Error::new(io::ErrorKind::InvalidData, what)
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Writes the offset; a reader sees the old number or the new one, never half.
    pub fn set_offset(&self, seconds: i64) -> io::Result<()> {
        // Numbered, so that two writers never share a temporary file.
        static WRITES: AtomicU64 = AtomicU64::new(0);
        let number = WRITES.fetch_add(1, Ordering::Relaxed);
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{}.{number}.tmp", std::process::id()));
        let temporary = PathBuf::from(name);
        fs::write(&temporary, seconds.to_string())?;
        fs::rename(&temporary, &self.path)
    }

    /// Moves the clock on and answers the new offset.
    pub fn advance(&self, seconds: i64) -> io::Result<i64> {
        let offset = self.offset()?.saturating_add(seconds);
        self.set_offset(offset)?;
        Ok(offset)
    }
}

impl std::fmt::Debug for FileClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileClock")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Clock for FileClock {
    fn now(&self) -> DateTime<Utc> {
        let offset = match self.offset() {
            Ok(offset) => {
                self.last_good.store(offset, Ordering::Relaxed);
                offset
            }
            Err(_) => self.last_good.load(Ordering::Relaxed),
        };
        let now = self.base.now();
        TimeDelta::try_seconds(offset)
            .and_then(|by| now.checked_add_signed(by))
            .unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_china_day_begins_at_four_in_the_afternoon_utc() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 3, d).unwrap();
        assert_eq!(china_date(at("2026-03-01T15:59:59.999999Z")), day(1));
        assert_eq!(china_date(at("2026-03-01T16:00:00Z")), day(2));
    }

    #[test]
    fn the_system_clock_tells_whole_microseconds() {
        for _ in 0..50 {
            assert_eq!(SystemClock.now().timestamp_subsec_nanos() % 1000, 0);
        }
    }

    #[test]
    fn a_frozen_clock_moves_only_when_told_and_for_all_its_clones() {
        let clock = FrozenClock::at(at("2026-01-01T00:00:00Z"));
        let shared = clock.shared();
        assert_eq!(shared.now(), shared.now());
        clock.advance(TimeDelta::days(20));
        assert_eq!(shared.now(), at("2026-01-21T00:00:00Z"));
        clock.advance(TimeDelta::seconds(-1));
        assert_eq!(shared.now(), at("2026-01-20T23:59:59Z"));
        clock.set(at("2025-06-01T08:00:00.000001Z"));
        assert_eq!(shared.now(), at("2025-06-01T08:00:00.000001Z"));
    }

    #[test]
    fn file_clocks_on_one_file_move_together() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clock");
        let base = FrozenClock::at(at("2026-01-01T00:00:00Z"));
        let one = FileClock::over(&path, base.shared());
        let two = FileClock::over(&path, base.shared());
        assert_eq!(one.now(), base.now(), "no file means no offset");
        assert_eq!(one.advance(86_400).unwrap(), 86_400);
        assert_eq!(two.now(), at("2026-01-02T00:00:00Z"));
        assert_eq!(two.advance(-90_000).unwrap(), -3_600);
        assert_eq!(one.now(), at("2025-12-31T23:00:00Z"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "-3600");
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "no temporary file stays"
        );
    }

    #[test]
    fn a_damaged_file_keeps_the_last_good_offset_and_refuses_to_be_advanced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clock");
        let base = FrozenClock::at(at("2026-01-01T00:00:00Z"));
        let clock = FileClock::over(&path, base.shared());
        clock.set_offset(60).unwrap();
        assert_eq!(clock.now(), at("2026-01-01T00:01:00Z"));
        std::fs::write(&path, "soon").unwrap();
        assert_eq!(clock.now(), at("2026-01-01T00:01:00Z"));
        assert_eq!(
            clock.advance(1).unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
        clock.set_offset(i64::MAX).unwrap();
        assert_eq!(
            clock.now(),
            base.now(),
            "an offset beyond the calendar is no offset"
        );
    }
}
