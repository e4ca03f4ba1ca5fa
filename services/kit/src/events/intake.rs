//! The receiving end of a consumer: into its inbox, and no further.

use std::{collections::BTreeSet, sync::Arc};

use sqlx::{PgConnection, PgPool};
use tokio::sync::Notify;

use super::{Event, event::service_of, inbox};

/// The receiving end of a consumer.
pub(super) struct Intake {
    name: &'static str,
    pool: PgPool,
    subjects: Vec<&'static str>,
    wake: Arc<Notify>,
}

impl Intake {
    pub(super) fn new(
        name: &'static str,
        pool: PgPool,
        subjects: Vec<&'static str>,
        wake: Arc<Notify>,
    ) -> Self {
        Self {
            name,
            pool,
            subjects,
            wake,
        }
    }

    pub(super) fn wants_nothing(&self) -> bool {
        self.subjects.is_empty()
    }

    /// Whether it belongs to the same [`super::Consumer`], not only to one of
    /// the same name.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.wake, &other.wake)
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The services whose events it wants.
    pub(super) fn services(&self) -> impl Iterator<Item = &'static str> {
        self.subjects
            .iter()
            .map(|subject| service_of(subject))
            .collect::<BTreeSet<_>>()
            .into_iter()
    }

    /// Stores what it has a handler for; wakes the handlers.
    pub(super) async fn accept(
        &self,
        conn: &mut PgConnection,
        events: &[Event],
    ) -> sqlx::Result<()> {
        let wanted: Vec<&Event> = events
            .iter()
            .filter(|event| {
                self.subjects
                    .iter()
                    .any(|subject| matches(subject, &event.subject))
            })
            .collect();
        if !wanted.is_empty() {
            inbox::accept(conn, self.name, &wanted).await?;
            self.wake.notify_one();
        }
        Ok(())
    }

    pub(super) async fn accept_from_pool(&self, events: &[Event]) -> sqlx::Result<()> {
        let mut conn = self.pool.acquire().await?;
        self.accept(&mut conn, events).await
    }
}

/// Whether a subject is the pattern, or begins as it says before its `*`.
pub(super) fn matches(pattern: &str, subject: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(front) => subject.starts_with(front),
        None => pattern == subject,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn matches_a_subject_exactly_or_by_its_front() {
        assert!(matches(
            "eldercare.visit.settled",
            "eldercare.visit.settled"
        ));
        assert!(!matches(
            "eldercare.visit.settled",
            "eldercare.visit.settled_again"
        ));
        assert!(matches("eldercare.visit.*", "eldercare.visit.settled"));
        assert!(!matches("eldercare.visit.*", "eldercare.visitor.seen"));
    }
}
