//! The database and the domain know the same moves, noun by noun.

use communities::domain::{
    admission::AdmissionState,
    check_in::{CheckInState, OfferState},
    entrepreneur::EntrepreneurState,
    evaluation::EvaluationState,
    joint_meeting::JointMeetingState,
    moves::rows,
    pilot::PilotState,
    premises::SpaceApplicationState,
    seal::SealState,
    study_measure::StudyMeasureState,
    study_visit::StudyVisitState,
    task::TaskState,
    work_list::WorkListState,
};

use crate::support::House;

#[tokio::test]
async fn the_database_knows_the_moves_of_every_noun_and_no_other() {
    let house = House::open().await;
    let mut stored: Vec<(String, String, String)> =
        sqlx::query_as("SELECT noun, from_state, to_state FROM state_moves")
            .fetch_all(&house.service.db.app)
            .await
            .unwrap();
    let mut known = [
        rows::<WorkListState>(),
        rows::<AdmissionState>(),
        rows::<TaskState>(),
        rows::<SealState>(),
        rows::<EvaluationState>(),
        rows::<PilotState>(),
        rows::<StudyVisitState>(),
        rows::<StudyMeasureState>(),
        rows::<SpaceApplicationState>(),
        rows::<JointMeetingState>(),
        rows::<CheckInState>(),
        rows::<OfferState>(),
        rows::<EntrepreneurState>(),
    ]
    .concat();
    stored.sort();
    known.sort();
    assert_eq!(stored, known);
    // Nobody adds a move at run time, and nobody writes history by hand.
    let added = "INSERT INTO state_moves VALUES ('task', 'DONE', 'ASSIGNED')";
    assert_eq!(house.refused_sql_as_app(added).await, "DENIED");
    let erased = "DELETE FROM state_history";
    assert_eq!(house.refused_sql(erased).await, "APPEND_ONLY");
}
