//! The import of divisions: small files of the national form, and the
//! national files themselves where `SANSHE_DIVISIONS` names their folder.

use std::{fs, path::Path};

use smartdata::app::import::{ImportError, Report};
use tempfile::TempDir;

use crate::support::{House, import};

const PROVINCES: &str = "code,name\n23,\"黑龙江省\"\n44,\"广东省\"\n";
const CITIES: &str = "code,name,provinceCode\n2301,\"哈尔滨市\",23\n4419,\"东莞市\",44\n";
const AREAS: &str = "code,name,cityCode,provinceCode\n230102,\"道里区\",2301,23\n\
                     230103,\"南岗区\",2301,23\n441900,\"东莞市\",4419,44\n";
const STREETS: &str = "code,name,areaCode,provinceCode,cityCode\n\
                       230102001,\"兆麟街道\",230102,23,2301\n\
                       230103001,\"花园街道\",230103,23,2301\n\
                       441900003,\"东城街道\",441900,44,4419\n";

fn files(streets: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), PROVINCES, CITIES, AREAS, streets);
    folder
}

fn write(folder: &Path, provinces: &str, cities: &str, areas: &str, streets: &str) {
    for (name, text) in [
        ("provinces.csv", provinces),
        ("cities.csv", cities),
        ("areas.csv", areas),
        ("streets.csv", streets),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
}

fn report(inserted: u64, changed: u64, unchanged: u64, withdrawn: u64) -> Report {
    Report {
        inserted,
        changed,
        unchanged,
        withdrawn,
    }
}

/// The register row by row, with the version of each row: equal texts mean
/// that not one row was written.
async fn fingerprint(house: &House) -> String {
    sqlx::query_scalar(
        "SELECT string_agg(concat_ws('|', xmin, code, name, valid), ',' ORDER BY code)
         FROM divisions",
    )
    .fetch_one(&house.service.db.owner)
    .await
    .unwrap()
}

#[tokio::test]
async fn loads_once_and_writes_nothing_the_second_time() {
    let house = House::open().await;
    let folder = files(STREETS);
    // Six of the ten are there already, under the same names.
    assert_eq!(
        import(&house, folder.path()).await.unwrap(),
        report(3, 0, 6, 0)
    );
    let before = fingerprint(&house).await;
    assert_eq!(
        import(&house, folder.path()).await.unwrap(),
        report(0, 0, 9, 0)
    );
    assert_eq!(fingerprint(&house).await, before);
}

#[tokio::test]
async fn what_was_there_at_the_first_load_has_no_beginning() {
    let house = House::empty().await;
    let folder = files(STREETS);
    assert_eq!(
        import(&house, folder.path()).await.unwrap(),
        report(9, 0, 0, 0)
    );
    assert_eq!(
        house
            .count("divisions WHERE lower_inf(valid) AND upper_inf(valid)")
            .await,
        9
    );
}

#[tokio::test]
async fn a_new_name_is_kept_with_the_old_one_in_history() {
    let house = House::open().await;
    let folder = files(STREETS);
    import(&house, folder.path()).await.unwrap();
    house.service.clock.advance(chrono::TimeDelta::days(30));
    let renamed = STREETS.replace("花园街道", "大成街道");
    write(folder.path(), PROVINCES, CITIES, AREAS, &renamed);
    assert_eq!(
        import(&house, folder.path()).await.unwrap(),
        report(0, 1, 8, 0)
    );
    let (name, from): (String, String) = sqlx::query_as(
        "SELECT name, lower(valid)::text FROM divisions WHERE code = '230103001000'",
    )
    .fetch_one(&house.service.db.owner)
    .await
    .unwrap();
    assert_eq!((name.as_str(), from.as_str()), ("大成街道", "2026-04-01"));
    let (name, valid): (String, String) =
        sqlx::query_as("SELECT name, valid::text FROM division_history")
            .fetch_one(&house.service.db.owner)
            .await
            .unwrap();
    assert_eq!(
        (name.as_str(), valid.as_str()),
        ("花园街道", "(,2026-04-01)")
    );
    assert_eq!(
        import(&house, folder.path()).await.unwrap(),
        report(0, 0, 9, 0)
    );
}

#[tokio::test]
async fn a_missing_division_is_ended_and_comes_back_but_demonstrations_stay() {
    let house = House::open().await;
    let folder = files(STREETS);
    import(&house, folder.path()).await.unwrap();
    let fewer = STREETS.replace("230103001,\"花园街道\",230103,23,2301\n", "");
    write(folder.path(), PROVINCES, CITIES, AREAS, &fewer);
    assert_eq!(
        import(&house, folder.path()).await.unwrap(),
        report(0, 0, 8, 1)
    );
    assert_eq!(house.count("divisions WHERE NOT upper_inf(valid)").await, 1);
    assert_eq!(
        house
            .count("divisions WHERE demo AND upper_inf(valid)")
            .await,
        3
    );
    assert_eq!(
        import(&house, folder.path()).await.unwrap(),
        report(0, 0, 8, 0)
    );
    house.service.clock.advance(chrono::TimeDelta::days(1));
    write(folder.path(), PROVINCES, CITIES, AREAS, STREETS);
    assert_eq!(
        import(&house, folder.path()).await.unwrap(),
        report(0, 1, 8, 0)
    );
    assert_eq!(house.count("division_history").await, 1);
}

#[tokio::test]
async fn a_division_may_come_and_go_and_come_back_within_a_day() {
    let house = House::open().await;
    let folder = files(STREETS);
    import(&house, folder.path()).await.unwrap();
    let more = format!("{STREETS}230103002,\"奋斗路街道\",230103,23,2301\n");
    for (streets, expected) in [
        (more.as_str(), report(1, 0, 9, 0)),
        (STREETS, report(0, 0, 9, 1)),
        (more.as_str(), report(0, 1, 9, 0)),
        (STREETS, report(0, 0, 9, 1)),
    ] {
        write(folder.path(), PROVINCES, CITIES, AREAS, streets);
        assert_eq!(import(&house, folder.path()).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn broken_rows_are_named_and_nothing_is_loaded() {
    let house = House::open().await;
    let before = fingerprint(&house).await;
    let broken = format!(
        "{STREETS}230103001,\"重复街道\",230103,23,2301\n\
         2301030x2,\"坏码街道\",230103,23,2301\n\
         230103004,\"错属街道\",230102,23,2301\n\
         230199001,\"孤儿街道\",230199,23,2301\n\
         230103005,\"\",230103,23,2301\n"
    );
    let folder = files(&broken);
    let Err(ImportError::Problems(problems)) = import(&house, folder.path()).await else {
        panic!("the import went through");
    };
    let lines: Vec<u64> = problems.told.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [5, 6, 7, 8, 9]);
    let text = problems.to_string();
    assert!(
        text.contains("streets.csv:5: 代码 230103001 与 streets.csv:3 重复"),
        "{text}"
    );
    assert!(text.contains("is that of streets.csv:3 again"), "{text}");
    assert_eq!(fingerprint(&house).await, before);
}

#[tokio::test]
async fn missing_files_and_other_encodings_are_named() {
    let house = House::open().await;
    let folder = files(STREETS);
    fs::remove_file(folder.path().join("areas.csv")).unwrap();
    let missing = import(&house, folder.path()).await.unwrap_err().to_string();
    assert!(missing.contains("areas.csv: 文件无法读取"), "{missing}");

    let folder = files(STREETS);
    // 黑 in GBK.
    fs::write(
        folder.path().join("provinces.csv"),
        b"code,name\n23,\xBA\xDA\n",
    )
    .unwrap();
    let encoded = import(&house, folder.path()).await.unwrap_err().to_string();
    assert!(
        encoded.contains("provinces.csv:2: 不是 UTF-8 文本"),
        "{encoded}"
    );
}

#[tokio::test]
async fn reads_a_byte_order_mark_windows_line_ends_and_backslashes() {
    let house = House::open().await;
    let folder = files(STREETS);
    let odd = format!("\u{FEFF}{STREETS}230103002,\"反斜\\n杠街道\",230103,23,2301\n");
    fs::write(folder.path().join("streets.csv"), odd.replace('\n', "\r\n")).unwrap();
    assert_eq!(
        import(&house, folder.path()).await.unwrap(),
        report(4, 0, 6, 0)
    );
    assert_eq!(
        house
            .count("divisions WHERE name = E'反斜\\\\n杠街道'")
            .await,
        1
    );
}

#[tokio::test]
async fn the_serving_role_cannot_import() {
    let house = House::open().await;
    let folder = files(STREETS);
    let today = "2026-03-02".parse().unwrap();
    let mut conn = house.service.db.app.acquire().await.unwrap();
    let refused =
        smartdata::app::import::divisions(&mut conn, folder.path(), today, &mut |_| {}).await;
    assert!(matches!(refused, Err(ImportError::Store(_))));
}

#[tokio::test]
async fn two_imports_at_once_are_one_after_the_other() {
    let house = House::open().await;
    let folder = files(STREETS);
    let (a, b) = tokio::join!(import(&house, folder.path()), import(&house, folder.path()));
    let mut inserted = [a.unwrap().inserted, b.unwrap().inserted];
    inserted.sort_unstable();
    assert_eq!(inserted, [0, 3]);
}

#[tokio::test]
async fn loads_the_national_files() {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the tests says where the national files are"
    )]
    let Ok(folder) = std::env::var("SANSHE_DIVISIONS") else {
        eprintln!("not run: SANSHE_DIVISIONS names no folder with the national files");
        return;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(folder);
    let house = House::empty().await;
    let first = import(&house, &folder)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(first.inserted > 40_000, "{first:?}");
    assert_eq!((first.changed, first.withdrawn), (0, 0), "{first:?}");
    let again = import(&house, &folder).await.unwrap();
    assert_eq!(again, report(0, 0, first.inserted + first.unchanged, 0));
    assert_eq!(house.count("divisions WHERE level = 'PROVINCE'").await, 31);
    assert_eq!(
        house
            .count(
                "divisions d WHERE parent_code IS NOT NULL AND NOT EXISTS
                (SELECT 1 FROM divisions p WHERE p.code = d.parent_code)"
            )
            .await,
        0
    );
}
