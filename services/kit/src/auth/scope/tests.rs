use kernel::Level;
use proptest::{prelude::*, strategy::ValueTree as _};
use sqlx::PgPool;

use super::*;
use crate::auth::{Policies, Resource};

/// The rule of [`Actor::scope`], as a service writes it in its policies.
const SCHEMA: &str = r"
entity Thing;
action readThing appliesTo { principal: User, resource: Thing };
";
const POLICIES: &str = r#"
@id("staff-read-in-their-division")
permit (principal, action == Sanshe::Action::"readThing", resource)
when {
    principal.roles.containsAny(["community_staff", "grid_worker", "platform_admin", "auditor"])
    && resource.divisions.contains(principal.division)
};
@id("auditors-of-no-division-read-everywhere")
permit (principal, action == Sanshe::Action::"readThing", resource)
when {
    principal.roles.containsAny(["platform_admin", "auditor"]) && principal.division == ""
};
"#;
const ROLES: [Role; 4] = [
    Role::CommunityStaff,
    Role::GridWorker,
    Role::PlatformAdmin,
    Role::Auditor,
];

fn code(text: &str) -> DivisionCode {
    DivisionCode::try_new(text).unwrap()
}

fn actor(roles: &[Role], division: Option<&str>) -> Actor {
    let mut actor = Actor::new("u", roles.iter().copied());
    actor.division = division.map(code);
    actor
}

#[test]
fn reaches_the_own_division_and_all_below() {
    let scope = actor(&[Role::GridWorker], Some("110105001000")).scope(&ROLES);
    assert_eq!(scope.reach, Reach::Prefix("110105001".into()));
    assert!(scope.admits(Some(&code("110105001003"))));
    assert!(!scope.admits(Some(&code("110105002000"))));
    assert!(!scope.admits(Some(&code("110105000000"))));
    assert!(!scope.admits(None));
}

#[test]
fn reaches_nothing_without_a_role_of_the_list_or_without_a_division() {
    assert!(
        actor(&[Role::Resident], Some("110000000000"))
            .scope(&ROLES)
            .is_empty()
    );
    assert!(actor(&[Role::GridWorker], None).scope(&ROLES).is_empty());
    assert!(
        actor(&[Role::Auditor], None)
            .scope(&[Role::GridWorker])
            .is_empty()
    );
    assert!(Actor::anonymous().scope(Role::ALL).is_empty());
}

#[test]
fn an_auditor_of_no_division_reaches_everything_and_of_one_only_that() {
    assert_eq!(
        actor(&[Role::Auditor], None).scope(&ROLES).reach,
        Reach::Everything
    );
    let provincial = actor(&[Role::Auditor], Some("440000000000")).scope(&ROLES);
    assert_eq!(provincial.reach, Reach::Prefix("44".into()));
}

#[test]
fn writes_the_reach_as_sql_and_binds_the_values() {
    let sql = |scope: &Scope| {
        let mut query = QueryBuilder::<Postgres>::new("SELECT 1 FROM t WHERE TRUE");
        scope.push(&mut query, "t.division");
        query.sql().as_str().to_owned()
    };
    let one = actor(&[Role::GridWorker], Some("110105000000")).scope(&ROLES);
    assert_eq!(
        sql(&one),
        "SELECT 1 FROM t WHERE TRUE AND t.division LIKE $1"
    );
    assert_eq!(one.pattern().as_deref(), Some("110105%"));
    let all = actor(&[Role::Auditor], None).scope(&ROLES);
    assert_eq!(sql(&all), "SELECT 1 FROM t WHERE TRUE");
    assert_eq!(all.pattern(), None);
    let none = Actor::anonymous().scope(&ROLES);
    assert_eq!(sql(&none), "SELECT 1 FROM t WHERE TRUE AND FALSE");
    assert_eq!(none.pattern().as_deref(), Some(""));
}

#[test]
fn adds_own_rows_only_where_there_is_a_column_and_an_id() {
    let columns = Columns {
        division: "t.division",
        resident: Some("t.resident_id"),
        organization: Some("t.organization_id"),
    };
    let mut resident = actor(&[Role::Resident], Some("110105000000"));
    resident.resident_id = Some(Uuid::from_u128(1));
    let scope = resident
        .scope(&ROLES)
        .or_own(&resident)
        .or_organization(&resident);
    assert!(!scope.is_empty());
    let mut query = QueryBuilder::<Postgres>::new("WHERE TRUE");
    scope.push_with(&mut query, &columns);
    assert_eq!(
        query.sql().as_str(),
        "WHERE TRUE AND (FALSE OR t.resident_id = $1)"
    );
}

fn any_division() -> impl Strategy<Value = DivisionCode> {
    let part = |upto: u16| prop_oneof![2 => Just(0_u16), 5 => 1..upto];
    (11_u16..14, part(4), part(4), part(4), part(4)).prop_filter_map(
        "a level is missing",
        |(province, city, county, township, community)| {
            let text = format!("{province}{city:02}{county:02}{township:03}{community:03}");
            DivisionCode::try_new(&text).ok()
        },
    )
}

/// A division and another that often, but not always, lies in it.
fn any_pair() -> impl Strategy<Value = (DivisionCode, DivisionCode)> {
    (any_division(), any_division(), any::<bool>(), 0..5_usize).prop_map(
        |(own, other, related, up)| {
            let own = if related {
                other.at(Level::ALL[up]).unwrap_or(other)
            } else {
                own
            };
            (own, other)
        },
    )
}

fn any_actor(division: DivisionCode) -> impl Strategy<Value = Actor> {
    (
        prop::collection::btree_set(0..Role::ALL.len(), 0..4),
        prop::bool::weighted(0.8),
    )
        .prop_map(move |(roles, placed)| {
            let mut actor = Actor::new("u", roles.into_iter().map(|at| Role::ALL[at]));
            actor.division = placed.then_some(division);
            actor
        })
}

fn any_case() -> impl Strategy<Value = (Actor, Option<DivisionCode>)> {
    (any_pair(), prop::bool::weighted(0.9)).prop_flat_map(|((own, other), placed)| {
        any_actor(own).prop_map(move |actor| (actor, placed.then_some(other)))
    })
}

/// `LIKE` for patterns of digits with `%` at the end, or of digits alone.
fn like(text: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('%') {
        Some(prefix) => text.starts_with(prefix),
        None => text == pattern,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn policy_and_list_agree_about_every_actor_and_division((actor, division) in any_case()) {
        thread_local! {
            static POLICY: Policies = Policies::load(SCHEMA, POLICIES).unwrap();
        }
        let thing = Resource::new("Thing", "1").in_division(division);
        let permitted = POLICY.with(|policy| policy.allows(&actor, "readThing", &thing));
        let scope = actor.scope(&ROLES);
        prop_assert_eq!(permitted, scope.admits(division.as_ref()));
        let listed = match scope.pattern() {
            None => true,
            Some(pattern) => division.is_some_and(|code| like(code.as_str(), &pattern)),
        };
        prop_assert_eq!(permitted, listed);
    }
}

/// The same, decided by PostgreSQL, where the test run has one.
#[tokio::test]
async fn policy_and_postgres_agree() {
    #[expect(clippy::disallowed_methods, reason = "tests are told of their server")]
    let Ok(url) = std::env::var("SANSHE_TEST_DATABASE_URL") else {
        return;
    };
    let pool = PgPool::connect(&url).await.unwrap();
    let policies = Policies::load(SCHEMA, POLICIES).unwrap();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..300 {
        let (actor, division) = any_case().new_tree(&mut runner).unwrap().current();
        let scope = actor.scope(&ROLES);
        let mut query = QueryBuilder::<Postgres>::new("SELECT count(*) FROM (SELECT ");
        query.push_bind(division.map(|code| code.as_str().to_owned()));
        query.push("::text AS division) t WHERE TRUE");
        scope.push(&mut query, "t.division");
        let listed: i64 = query.build_query_scalar().fetch_one(&pool).await.unwrap();
        let fixed: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM (SELECT $2::text AS division) t
             WHERE ($1::text IS NULL OR division LIKE $1)",
        )
        .bind(scope.pattern())
        .bind(division.map(|code| code.as_str().to_owned()))
        .fetch_one(&pool)
        .await
        .unwrap();
        let thing = Resource::new("Thing", "1").in_division(division);
        let permitted = policies.allows(&actor, "readThing", &thing);
        assert_eq!(permitted, listed == 1, "{actor:?} {division:?}");
        assert_eq!(permitted, fixed == 1, "{actor:?} {division:?}");
    }
}
