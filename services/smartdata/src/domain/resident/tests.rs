use proptest::prelude::*;

use super::*;

fn keys() -> PiiKeys {
    PiiKeys::new((1, [7; 32]), vec![], [9; 32]).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-11-24T02:00:00Z".parse().unwrap()
}

fn division(code: &str) -> Division {
    Division {
        code: code.parse().unwrap(),
        name: "向阳社区".into(),
        demo: false,
        valid_from: None,
        valid_to: None,
    }
}

fn personal() -> Personal {
    Personal::try_new(
        "张三丰",
        "11010519491231002X",
        Some("138 0013 8000"),
        kernel::china_date(now()),
    )
    .unwrap()
}

fn resident() -> Resident {
    let community = division("230103001001");
    let home = Home {
        community_code: community.code,
        grid_code: None,
        demo: false,
    };
    let id = ResidentId::from_uuid(uuid::Uuid::from_u128(42));
    Resident::try_new(id, &keys(), &personal(), &home, Some(&community), now()).unwrap()
}

#[test]
fn only_the_listed_moves_are_legal() {
    for &from in ResidentStatus::ALL {
        for &next in ResidentStatus::ALL {
            let legal = ResidentStatus::MOVES.contains(&(from, next));
            assert_eq!(from.to(next).is_ok(), legal, "{from:?} → {next:?}");
        }
    }
}

#[test]
fn the_dead_and_the_merged_never_come_back() {
    for end in [ResidentStatus::Deceased, ResidentStatus::Merged] {
        assert!(
            ResidentStatus::ALL
                .iter()
                .all(|next| end.to(*next).is_err())
        );
    }
}

#[test]
fn takes_birth_and_sex_from_the_identity_number() {
    let resident = resident();
    assert_eq!(resident.birth_date, "1949-12-31".parse().unwrap());
    assert_eq!(resident.sex, Sex::Female);
    assert_eq!(resident.age_on("2026-12-30".parse().unwrap()), 76);
    assert_eq!(resident.age_on("2026-12-31".parse().unwrap()), 77);
}

#[test]
fn opens_in_full_and_covered() {
    let (resident, keys) = (resident(), keys());
    let sealed = &resident.sealed;
    assert_eq!(sealed.name(resident.id, &keys, true).unwrap(), "张三丰");
    assert_eq!(sealed.name(resident.id, &keys, false).unwrap(), "张**");
    assert_eq!(
        sealed.phone(resident.id, &keys, true).unwrap().unwrap(),
        "13800138000"
    );
    assert_eq!(
        sealed.phone(resident.id, &keys, false).unwrap().unwrap(),
        "138****8000"
    );
    assert_eq!(
        sealed.citizen_id(resident.id, &keys, false).unwrap(),
        "110*************2X"
    );
}

#[test]
fn a_field_copied_into_another_row_or_column_does_not_open() {
    let (resident, keys) = (resident(), keys());
    let other = ResidentId::from_uuid(uuid::Uuid::from_u128(43));
    assert!(resident.sealed.name(other, &keys, true).is_err());
    let swapped = Sealed {
        name: resident.sealed.citizen_id.clone(),
        ..resident.sealed.clone()
    };
    assert!(swapped.name(resident.id, &keys, true).is_err());
}

#[test]
fn one_person_has_one_index_and_it_hides_the_number() {
    let again = CitizenIdText("11010519491231002x").index();
    assert_eq!(resident().sealed.citizen_index, again);
    assert_ne!(CitizenIdText("230103198001010016").index_or_empty(), again);
}

struct CitizenIdText(&'static str);

impl CitizenIdText {
    fn index(&self) -> Vec<u8> {
        let id = kernel::CitizenId::parse(self.0, kernel::china_date(now())).unwrap();
        citizen_index(&keys(), &id)
    }

    fn index_or_empty(&self) -> Vec<u8> {
        kernel::CitizenId::parse(self.0, kernel::china_date(now()))
            .map(|id| citizen_index(&keys(), &id))
            .unwrap_or_default()
    }
}

#[test]
fn verifies_once_and_only_the_living() {
    let mut resident = resident();
    resident
        .verify("g-1", VerificationMethod::IdCard, now())
        .unwrap();
    let again = resident
        .verify("g-1", VerificationMethod::IdCard, now())
        .unwrap_err();
    assert_eq!(again.reason, "RESIDENT_ALREADY_VERIFIED");
    resident.settle(None, None, now()).unwrap();
    resident.verification = None;
    let moved = resident
        .verify("g-1", VerificationMethod::IdCard, now())
        .unwrap_err();
    assert_eq!(moved.reason, "RESIDENT_STATUS");
}

#[test]
fn moves_away_and_back_but_not_twice() {
    let mut resident = resident();
    resident.settle(None, None, now()).unwrap();
    assert_eq!(
        resident.settle(None, None, now()).unwrap_err().reason,
        "RESIDENT_STATUS"
    );
    let elsewhere = division("230103001002");
    let home = Some((elsewhere.code, None));
    assert_eq!(
        resident.settle(home, None, now()).unwrap_err().reason,
        "DIVISION_NOT_FOUND"
    );
    resident.settle(home, Some(&elsewhere), now()).unwrap();
    assert_eq!(resident.status, ResidentStatus::Alive);
    assert_eq!(resident.community_code, elsewhere.code);
}

#[test]
fn a_real_resident_never_moves_into_a_demonstration() {
    let mut resident = resident();
    let demo = Division {
        demo: true,
        ..division("230103001002")
    };
    let refused = resident.settle(Some((demo.code, None)), Some(&demo), now());
    assert_eq!(refused.unwrap_err().reason, "DEMO_COMMUNITY");
    resident.demo = true;
    resident
        .settle(Some((demo.code, None)), Some(&demo), now())
        .unwrap();
}

#[test]
fn refuses_a_death_before_birth_or_after_today_and_a_second_one() {
    let mut resident = resident();
    for day in ["1949-12-30", "2026-11-25"] {
        assert_eq!(
            resident
                .die(day.parse().unwrap(), now())
                .unwrap_err()
                .reason,
            "DEATH_DATE"
        );
        assert_eq!(resident.status, ResidentStatus::Alive);
    }
    resident.die("2026-11-24".parse().unwrap(), now()).unwrap();
    assert_eq!(
        resident
            .die("2026-11-24".parse().unwrap(), now())
            .unwrap_err()
            .reason,
        "RESIDENT_STATUS"
    );
    assert_eq!(resident.age_on("2050-01-01".parse().unwrap()), 76);
}

#[test]
fn refuses_a_grid_of_another_community() {
    let grid = GridCode::try_new("230103001002001").unwrap();
    let refused = check_grid(Some(&grid), &"230103001001".parse().unwrap()).unwrap_err();
    assert_eq!(refused.reason, "GRID_OF_OTHER_COMMUNITY");
}

#[test]
fn refuses_what_is_no_name_no_number_and_no_phone() {
    let today = kernel::china_date(now());
    let field = |name: &str, id: &str, phone: &str| {
        Personal::try_new(name, id, Some(phone), today)
            .unwrap_err()
            .field
            .unwrap()
    };
    assert_eq!(
        field("张3", "11010519491231002X", "13800138000"),
        "input.name"
    );
    assert_eq!(
        field("张三", "110105194912310021", "13800138000"),
        "input.citizenId"
    );
    assert_eq!(field("张三", "11010519491231002X", "12345"), "input.phone");
    assert_eq!(
        field("张三", "11010519491231002X", "1234567890一"),
        "input.phone"
    );
}

#[test]
fn hides_personal_data_from_debug() {
    assert_eq!(format!("{:?}", personal()), "Personal(hidden)");
}

proptest! {
    #[test]
    fn a_set_of_fields_is_what_was_put_in(picked in proptest::collection::vec(0_usize..4, 0..8)) {
        let fields: Fields = picked.iter().map(|i| PersonalField::ALL[*i]).collect();
        for (i, field) in PersonalField::ALL.iter().enumerate() {
            prop_assert_eq!(fields.has(*field), picked.contains(&i));
        }
        prop_assert_eq!(fields.iter().collect::<Fields>(), fields);
    }

    #[test]
    fn phone_numbers_never_panic(text in ".{0,30}") {
        let today = kernel::china_date(now());
        let _ = Personal::try_new("张三", "11010519491231002X", Some(&text), today);
    }
}
