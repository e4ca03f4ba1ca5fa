use proptest::prelude::*;

use super::*;

/// A table of a file written as text, one row a line.
fn table(text: &str) -> Table {
    let mut lines = text.lines().enumerate();
    let cells = |line: &str| line.split(',').map(ToOwned::to_owned).collect::<Vec<_>>();
    Table {
        header: lines
            .next()
            .map(|(_, line)| cells(line))
            .unwrap_or_default(),
        rows: lines
            .map(|(at, line)| (at as u64 + 1, cells(line)))
            .collect(),
    }
}

const GOOD: [&str; 4] = [
    "code,name\n23,黑龙江省\n44,广东省",
    "code,name,provinceCode\n2301,哈尔滨市,23\n4419,东莞市,44",
    "code,name,cityCode,provinceCode\n230103,南岗区,2301,23\n441900,东莞市,4419,44",
    "code,name,areaCode,provinceCode,cityCode\n230103001,花园街道,230103,23,2301\n\
     441900003,东城街道,441900,44,4419",
];

fn run(files: [&str; 4]) -> Result<Vec<Incoming>, Problems> {
    let tables: Vec<_> = SOURCES.into_iter().zip(files.map(table)).collect();
    validate(&tables)
}

/// The good files with one of them replaced.
fn with(at: usize, text: &str) -> Problems {
    let mut files = GOOD;
    files[at] = text;
    run(files).unwrap_err()
}

fn places(problems: &Problems) -> Vec<(&str, u64)> {
    problems
        .told
        .iter()
        .map(|p| (p.file.as_str(), p.line))
        .collect()
}

#[test]
fn makes_codes_of_twelve_digits_and_leaves_stand_ins_out() {
    let codes: Vec<String> = run(GOOD)
        .unwrap()
        .into_iter()
        .map(|d| d.code.to_string())
        .collect();
    assert_eq!(
        codes,
        [
            "230000000000",
            "440000000000",
            "230100000000",
            "441900000000",
            "230103000000",
            "230103001000",
            "441900003000"
        ]
    );
}

#[test]
fn tells_every_broken_row_with_file_and_line() {
    let problems = with(
        3,
        "code,name,areaCode,provinceCode,cityCode\n\
         23010300A,花园街道,230103,23,2301\n\
         230103001,,230103,23,2301\n\
         230103002,奋斗路街道,230102,23,2301\n\
         230103001,花园街道,230103,23,2301\n\
         230103004\n\
         230199001,某街道,230199,23,2301\n\
         230199002,另一街道,230199,23,2301",
    );
    let name = "streets.csv";
    assert_eq!(
        places(&problems),
        [
            (name, 2),
            (name, 3),
            (name, 4),
            (name, 5),
            (name, 6),
            (name, 7)
        ]
    );
    assert!(
        problems.told[3].en.contains("streets.csv:3"),
        "{}",
        problems.told[3]
    );
}

#[test]
fn refuses_a_header_without_a_column_or_with_one_twice() {
    assert_eq!(
        places(&with(0, "code,nom\n23,黑龙江省"))[0],
        ("provinces.csv", 1)
    );
    let twice = with(1, "code,name,name,provinceCode\n2301,哈尔滨市,x,23");
    assert!(twice.told[0].en.contains("twice"));
    assert_eq!(places(&with(0, ""))[0], ("provinces.csv", 1));
}

#[test]
fn refuses_a_file_without_rows() {
    assert_eq!(
        places(&with(3, "code,name,areaCode,provinceCode,cityCode")),
        [("streets.csv", 1)]
    );
}

#[test]
fn a_zero_part_must_carry_its_parents_name() {
    let problems = with(
        2,
        "code,name,cityCode,provinceCode\n230103,南岗区,2301,23\n441900,莞城,4419,44",
    );
    assert_eq!(places(&problems), [("areas.csv", 3)]);
}

#[test]
fn refuses_a_code_that_begins_with_no_province() {
    let problems = with(0, "code,name\n23,黑龙江省\n44,广东省\n00,无");
    assert_eq!(places(&problems), [("provinces.csv", 4)]);
}

#[test]
fn tells_fifty_and_counts_the_rest() {
    let rows: String = (0..80).map(|_| "xx,名称\n").collect();
    let problems = with(0, &format!("code,name\n{rows}"));
    assert_eq!(problems.told.len(), 50);
    assert!(problems.total >= 80);
    assert!(
        problems
            .to_string()
            .contains(&format!("and {} more", problems.total - 50))
    );
}

proptest! {
    #[test]
    fn any_cells_are_judged_without_a_panic(
        code in "\\PC{0,12}", name in "\\PC{0,4}", above in "\\PC{0,7}",
    ) {
        let cells = vec![code, name, above.clone(), above.clone(), above];
        let header = ["code", "name", "areaCode", "provinceCode", "cityCode"];
        let streets = Table {
            header: header.map(ToOwned::to_owned).to_vec(),
            rows: vec![(2, cells)],
        };
        let mut tables: Vec<_> =
            SOURCES.into_iter().zip(GOOD.map(table)).collect();
        tables[3].1 = streets;
        let _ = validate(&tables);
    }

    /// What is accepted is whole: every parent is there, every code once.
    #[test]
    fn accepted_rows_form_a_tree(suffixes in proptest::collection::vec(1_u16..1000, 1..20)) {
        let rows: Vec<String> = suffixes
            .iter()
            .map(|n| format!("\n230103{n:03},街道{n},230103,23,2301"))
            .collect();
        let rows = rows.concat();
        let mut files = GOOD;
        let streets = format!("code,name,areaCode,provinceCode,cityCode{rows}");
        files[3] = &streets;
        let unique: HashSet<_> = suffixes.iter().collect();
        match run(files) {
            Ok(all) => {
                prop_assert_eq!(unique.len(), suffixes.len());
                let codes: HashSet<_> = all.iter().map(|d| d.code).collect();
                for code in &codes {
                    prop_assert!(code.parent().is_none_or(|parent| codes.contains(&parent)));
                }
            }
            Err(problems) => {
                prop_assert_eq!(problems.total, suffixes.len() - unique.len());
            }
        }
    }
}
