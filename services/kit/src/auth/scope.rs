//! The division rule for lists (数据范围), in SQL.
//!
//! A policy decides about one thing; a list must not fetch what a policy would
//! refuse. Both say the same: whoever has a role and a division reaches that
//! division and all below it. A property test compares the two.

use kernel::DivisionCode;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Actor, Role};

/// How far a list reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The whole country.
    Everything,
    /// One division and all below it: the digits their codes begin with.
    Prefix(String),
    /// No division at all.
    Nothing,
}

/// What a list may show to an actor: a reach, and rows that are their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// By division.
    pub reach: Reach,
    /// Also rows of this resident.
    pub resident: Option<Uuid>,
    /// Also rows of this organisation.
    pub organization: Option<Uuid>,
}

/// The columns a scope is about. Text of the program, never input.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    /// Holds a 12-digit division code.
    pub division: &'static str,
    /// Holds the id of the resident a row belongs to.
    pub resident: Option<&'static str>,
    /// Holds the id of the organisation a row belongs to.
    pub organization: Option<&'static str>,
}

impl Actor {
    /// What the actor reaches where any of `roles` may look: their division,
    /// or everything for an auditor or administrator of no division.
    pub fn scope(&self, roles: &[Role]) -> Scope {
        let held = |role: &&Role| self.is(**role);
        let reach = match self.division {
            Some(division) if roles.iter().any(|role| held(&role)) => {
                Reach::Prefix(division.prefix().to_owned())
            }
            None if roles.iter().filter(held).any(|role| is_nationwide(*role)) => Reach::Everything,
            _ => Reach::Nothing,
        };
        Scope {
            reach,
            resident: None,
            organization: None,
        }
    }
}

/// Roles that look over the whole country where they have no division.
fn is_nationwide(role: Role) -> bool {
    matches!(role, Role::PlatformAdmin | Role::Auditor)
}

impl Scope {
    /// Adds rows that belong to the actor as a resident.
    pub fn or_own(mut self, actor: &Actor) -> Self {
        self.resident = actor.resident_id;
        self
    }

    /// Adds rows that belong to the actor's organisation.
    pub fn or_organization(mut self, actor: &Actor) -> Self {
        self.organization = actor.organization_id;
        self
    }

    /// Whether nothing can match, so that the query need not run.
    pub fn is_empty(&self) -> bool {
        self.reach == Reach::Nothing && self.resident.is_none() && self.organization.is_none()
    }

    /// Whether a row of this division is within the reach; what the SQL says,
    /// said again in Rust.
    pub fn admits(&self, division: Option<&DivisionCode>) -> bool {
        match &self.reach {
            Reach::Everything => true,
            Reach::Prefix(prefix) => {
                division.is_some_and(|code| code.as_str().starts_with(prefix.as_str()))
            }
            Reach::Nothing => false,
        }
    }

    /// The value to bind where the SQL is fixed text and only the division
    /// counts: `($1::text IS NULL OR division LIKE $1)`. None is everything;
    /// nothing is a pattern that no code matches.
    pub fn pattern(&self) -> Option<String> {
        match &self.reach {
            Reach::Everything => None,
            Reach::Prefix(prefix) => Some(format!("{prefix}%")),
            Reach::Nothing => Some(String::new()),
        }
    }

    /// Appends ` AND …` on a division column; own rows are not considered.
    pub fn push(&self, query: &mut QueryBuilder<Postgres>, column: &'static str) {
        match &self.reach {
            Reach::Everything => {}
            Reach::Prefix(prefix) => {
                query
                    .push(" AND ")
                    .push(column)
                    .push(" LIKE ")
                    .push_bind(format!("{prefix}%"));
            }
            Reach::Nothing => {
                query.push(" AND FALSE");
            }
        }
    }

    /// Appends ` AND (…)`: rows within the reach, or own ones.
    pub fn push_with(&self, query: &mut QueryBuilder<Postgres>, columns: &Columns) {
        query.push(" AND (");
        match &self.reach {
            Reach::Everything => query.push("TRUE"),
            Reach::Prefix(prefix) => query
                .push(columns.division)
                .push(" LIKE ")
                .push_bind(format!("{prefix}%")),
            Reach::Nothing => query.push("FALSE"),
        };
        let own = [
            (columns.resident, self.resident),
            (columns.organization, self.organization),
        ];
        for (column, id) in own {
            if let (Some(column), Some(id)) = (column, id) {
                query.push(" OR ").push(column).push(" = ").push_bind(id);
            }
        }
        query.push(")");
    }
}

#[cfg(test)]
mod tests;
