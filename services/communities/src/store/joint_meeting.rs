//! 联席会议 in SQL.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, keys::CommunityId};
use kit::{
    error::{Error, Result},
    record::{ids, part, record, texts},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::joint_meeting::{
    JointAction, JointActionId, JointAttendance, JointAttendanceId, JointMeeting, JointMeetingId,
    JointMeetingState, JointResolution, JointResolutionId, ResidentUnit, ResidentUnitId,
    ResidentUnitKind, Unmet,
};

ids!(
    ResidentUnitId,
    JointMeetingId,
    JointAttendanceId,
    JointResolutionId,
    JointActionId
);
texts!(ResidentUnitKind, JointMeetingState);
record!(
    ResidentUnit,
    ResidentUnitId,
    "resident_units",
    [id, community_id, division_code, name, kind, registered_at],
    [resources, left_at]
);
record!(
    JointMeeting,
    JointMeetingId,
    "joint_meetings",
    [
        id,
        community_id,
        division_code,
        period,
        agenda,
        place,
        meets_at,
        called_by,
        created_at
    ],
    [state, minutes, updated_at]
);
record!(
    JointAttendance,
    JointAttendanceId,
    "joint_attendance",
    [id, meeting_id, unit_id]
);
part!(JointAttendance, meeting_id: JointMeetingId);
record!(
    JointResolution,
    JointResolutionId,
    "joint_resolutions",
    [id, meeting_id, text]
);
part!(JointResolution, meeting_id: JointMeetingId);
record!(
    JointAction,
    JointActionId,
    "joint_actions",
    [
        id,
        meeting_id,
        community_id,
        division_code,
        unit_id,
        title,
        due_on,
        created_at
    ],
    [result, done_at]
);
part!(JointAction, meeting_id: JointMeetingId);

/// Communities in being whose units have not met for longer than the rule of
/// the place says, those that never met first; at most five hundred.
pub async fn unmet(
    conn: &mut PgConnection,
    within: &DivisionCode,
    (now, today): (DateTime<Utc>, NaiveDate),
) -> Result<Vec<Unmet>> {
    let rows: Vec<(Uuid, String, String, Option<DateTime<Utc>>)> = sqlx::query_as(
        "SELECT c.id, c.division_code, c.name, met.last
         FROM communities c
         LEFT JOIN LATERAL (
             SELECT max(m.meets_at) AS last FROM joint_meetings m
             WHERE m.community_id = c.id AND m.state IN ('HELD', 'MINUTED', 'CLOSED')) AS met ON true
         WHERE c.active AND c.division_code LIKE $1
           AND coalesce(met.last, c.created_at) < $2 - make_interval(days =>
               policy_number('com.joint_meeting.every_days', c.division_code, $3)::integer)
         ORDER BY met.last NULLS FIRST, c.division_code LIMIT 500",
    )
    .bind(format!("{}%", within.prefix()))
    .bind(now)
    .bind(today)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(id, code, name, last_met_at)| {
            let division_code = code
                .parse()
                .map_err(|_| Error::inconsistent("communities", "division_code", id))?;
            Ok(Unmet {
                community_id: CommunityId::from_uuid(id),
                division_code,
                name,
                last_met_at,
            })
        })
        .collect()
}
