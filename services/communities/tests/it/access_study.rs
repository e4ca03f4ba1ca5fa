//! The lines of `graphql_access` for study visits and what is adopted after them.

use serde_json::json;
use testkit::access::{Line, local, oversight};

use crate::{
    access_governance::open,
    graphql_study_visit::{
        confirmation, making, measure, near, noted, pilot_elsewhere, planned, report, reported,
    },
    ground::only,
    support::House,
};

pub async fn lines(house: &House) -> Vec<Line> {
    let host = pilot_elsewhere(house, "OPERATING").await;
    let (made, measures) = reported(house, &host).await;
    let id = planned(house, &near(house, &host, 5)).await;
    let off = planned(house, &near(house, &host, 6)).await;
    // Each side does its own: those of a division above look on.
    let visitor = || [vec!["community_staff".to_owned(), "civil_affairs".into()]];
    let received = || [vec!["community_staff elsewhere".to_owned()]];
    let readers = || {
        let mut near = local(&["community_staff", "civil_affairs"]);
        let there = [
            "community_staff elsewhere",
            "civil_affairs elsewhere",
            "city",
        ];
        near.extend(there.map(ToOwned::to_owned));
        [
            near,
            oversight(),
            vec![
                "auditor elsewhere".into(),
                "platform_admin elsewhere".into(),
            ],
        ]
    };
    let days = near(house, &host, 9);
    let postponed =
        json!({ "visitId": id, "startsOn": days["startsOn"], "endsOn": days["endsOn"] });
    let mut more = measure(house, "再添一项", 30);
    more["visitId"] = made.clone();
    let (plan, answer, told) = (
        ["planStudyVisit"],
        ["answerStudyVisit"],
        ["reportStudyVisit"],
    );
    let planned_only = format!("(id: {id}) {{ id }}");
    let mut lines = vec![
        Line::read("studyVisit", &planned_only, &readers()).asks(&["readStudyVisit"]),
        Line::act("planStudyVisit", near(house, &host, 12), &visitor()),
        Line::act("confirmStudyVisit", confirmation(&id), &received()).asks(&answer),
        Line::act("postponeStudyVisit", postponed, &visitor()).asks(&plan),
        Line::act("declineStudyVisit", noted(&id), &received()).asks(&answer),
        Line::act("cancelStudyVisit", noted(&off), &visitor()).asks(&plan),
        Line::act("makeStudyVisit", making(house, &id), &visitor()).asks(&plan),
        Line::act("reportStudyVisit", report(house, &made), &visitor()),
        Line::act("addStudyMeasure", more, &visitor()).asks(&told),
        Line::act(
            "adoptStudyMeasure",
            json!({ "measureId": measures[0], "evidence": "开业" }),
            &visitor(),
        )
        .asks(&told),
        Line::act(
            "giveUpStudyMeasure",
            json!({ "measureId": measures[1], "note": "无场地" }),
            &visitor(),
        )
        .asks(&told),
        Line::act("closeStudyVisit", only(&made), &visitor()).asks(&told),
    ];
    // What was made is public.
    lines.extend(open("studyVisit", &made, "studyVisits"));
    lines.extend(open("studyMeasure", &measures[0], "studyMeasures"));
    lines
}
