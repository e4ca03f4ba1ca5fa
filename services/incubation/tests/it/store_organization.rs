//! The database refuses what must never be, also by hand-written SQL.

use incubation::domain::organization::OrganizationStatus;
use kernel::Uscc;
use sqlx::AssertSqlSafe;

use crate::support::{CODES, House, organization_id};

pub async fn refused(house: &House, sql: impl Into<String>) -> String {
    let refused = sqlx::query(AssertSqlSafe(sql.into()))
        .execute(&house.service.db.owner)
        .await
        .unwrap_err();
    kit::Error::from(refused).reason().to_owned()
}

#[tokio::test]
async fn refuses_a_jump_of_status_and_a_standing_of_the_wrong_kind_by_hand() {
    let house = House::open().await;
    let one = organization_id(&house.registered(0).await);
    let filed = organization_id(&house.filed().await);
    let set =
        |id, status| format!("UPDATE organizations SET status = '{status}' WHERE id = '{id}'");
    assert_eq!(
        refused(&house, set(one, "PREPARING")).await,
        "ORGANIZATION_STATUS"
    );
    assert_eq!(
        refused(&house, set(filed, "REGISTERED")).await,
        "ORGANIZATION_STATUS"
    );
    let abnormal = sqlx::query(AssertSqlSafe(set(filed, "ABNORMAL")));
    abnormal.execute(&house.service.db.owner).await.unwrap();
    assert_eq!(
        refused(&house, set(filed, "REGISTERED")).await,
        "ORGANIZATION_STANDING"
    );
}

#[tokio::test]
async fn refuses_to_change_what_an_organisation_is() {
    let house = House::open().await;
    let one = organization_id(&house.registered(0).await);
    for (change, expected) in [
        ("kind = 'FOUNDATION'", "ORGANIZATION_ORIGIN"),
        ("registrar_division = '230102000000'", "ORGANIZATION_ORIGIN"),
        ("registered_on = '2001-01-01'", "ORGANIZATION_ORIGIN"),
        ("uscc = '522306000000002700'", "USCC_FIXED"),
        ("uscc = NULL", "USCC_FIXED"),
    ] {
        let sql = format!("UPDATE organizations SET {change} WHERE id = '{one}'");
        assert_eq!(refused(&house, sql).await, expected, "{change}");
    }
}

#[tokio::test]
async fn refuses_codes_that_are_wrong_doubled_or_of_another_kind() {
    let house = House::open().await;
    house.registered(0).await;
    house.filed().await;
    let insert = |columns: &str| {
        format!(
            "INSERT INTO organizations SELECT (jsonb_populate_record(NULL::organizations,
                 to_jsonb(o) || jsonb_build_object('id', gen_random_uuid(), 'name', 'x') || '{columns}')).*
             FROM organizations o WHERE kind <> 'FILED'"
        )
    };
    // A generated column cannot be written: list the others.
    let list = "id, name, uscc, override_reason, override_by, override_at, kind, functional_type,
        origin, sponsor_body, registrar_division, community_id, fields, related_residents, status,
        status_reason, registered_on, demo, version, created_at, updated_at";
    let insert = |columns: &str| {
        insert(columns)
            .replace(
                "INTO organizations SELECT",
                &format!("INTO organizations ({list}) SELECT"),
            )
            .replace(
                "SELECT (jsonb_populate_record",
                &format!("SELECT {list} FROM (SELECT (jsonb_populate_record"),
            )
            + ") AS copy"
    };
    for (columns, expected) in [
        ("{}", "USCC_EXISTS"),
        (r#"{"uscc": "522306000000000351"}"#, "USCC_CHECK_DIGIT"),
        (
            r#"{"uscc": "52230600000000035O", "override_reason": "early", "override_by": "a", "override_at": "2026-03-02"}"#,
            "USCC_CHECK_DIGIT",
        ),
        (
            r#"{"uscc": "522306000000002700", "kind": "FOUNDATION"}"#,
            "USCC_KIND_MISMATCH",
        ),
        (r#"{"uscc": "91350100M000100Y43"}"#, "USCC_KIND_MISMATCH"),
        (r#"{"uscc": null}"#, "USCC_MISSING"),
        (
            r#"{"uscc": "522306000000002700", "override_reason": "early"}"#,
            "USCC_OVERRIDE",
        ),
        (
            r#"{"uscc": "522306000000002700", "registered_on": null}"#,
            "REGISTERED_ON_MISSING",
        ),
        (
            r#"{"uscc": null, "kind": "FILED", "status": "FILED"}"#,
            "FIELD_MISSING",
        ),
        (
            r#"{"uscc": "522306000000002700", "status": "FILED"}"#,
            "ORGANIZATION_STANDING",
        ),
        (
            r#"{"uscc": "522306000000002700", "status": "REVOKED"}"#,
            "ORGANIZATION_STATUS",
        ),
    ] {
        assert_eq!(
            refused(&house, insert(columns)).await,
            expected,
            "{columns}"
        );
    }
}

#[tokio::test]
async fn judges_codes_as_the_kernel_does() {
    let house = House::open().await;
    let mut codes: Vec<String> = [
        "91350100M000100Y43",
        "9144030071526726XG",
        "91110000600037341L",
        "91350100M0001TGQXM",
        "91350211M0000XUF46",
        "91350203M0001FUE2P",
        "5223",
        "52230600000000035O",
    ]
    .map(String::from)
    .to_vec();
    codes.extend(CODES.map(String::from));
    // Every last and every inner check character of a good code.
    for symbol in "0123456789ABCDEFGHJKLMNPQRTUWXY".chars() {
        codes.push(format!("91350100M000100Y4{symbol}"));
        codes.push(format!("91350100M000100Y{symbol}3"));
        codes.push(format!("5223060000000003{symbol}0"));
    }
    for code in codes {
        let valid: bool = sqlx::query_scalar("SELECT uscc_valid($1)")
            .bind(&code)
            .fetch_one(&house.service.db.app)
            .await
            .unwrap();
        assert_eq!(valid, Uscc::parse(&code).is_ok(), "{code}");
    }
}

#[tokio::test]
async fn knows_the_same_moves_as_the_domain() {
    let house = House::open().await;
    let mut stored: Vec<(String, String)> =
        sqlx::query_as("SELECT from_state, to_state FROM organization_transitions")
            .fetch_all(&house.service.db.app)
            .await
            .unwrap();
    let mut known: Vec<(String, String)> = OrganizationStatus::MOVES
        .iter()
        .map(|(a, b)| (a.to_string(), b.to_string()))
        .collect();
    stored.sort();
    known.sort();
    assert_eq!(stored, known);
}

#[tokio::test]
async fn the_runtime_role_changes_no_rule_and_forgets_nobody() {
    let house = House::open().await;
    house.registered(0).await;
    for sql in [
        "INSERT INTO organization_transitions VALUES ('DISSOLVED', 'REGISTERED')",
        "UPDATE assessment_cutoffs SET floor = 1",
        "DELETE FROM organizations",
        "DELETE FROM organization_status_changes",
        "UPDATE engagements SET amount_fen = 1",
        "UPDATE assessments SET score = 1000",
        "UPDATE certifications SET valid_to = '2099-01-01'",
    ] {
        let denied = sqlx::query(sql).execute(&house.service.db.app).await;
        assert!(
            denied.is_err_and(|error| error.to_string().contains("permission denied")),
            "{sql}"
        );
    }
}
