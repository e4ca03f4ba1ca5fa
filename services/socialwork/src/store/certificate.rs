//! 志愿服务记录证明 in SQL.

use chrono::NaiveDate;
use kernel::{Minutes, keys::VolunteerId};
use kit::error::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    certificate::{Certificate, CertificateId},
    volunteer_record::VolunteerRecord,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    volunteer_id: Uuid,
    number: String,
    code: String,
    from_date: NaiveDate,
    to_date: NaiveDate,
    records: i64,
    minutes: i64,
    issued_by: String,
    issued_at: chrono::DateTime<chrono::Utc>,
    standing: bool,
}

impl From<Row> for Certificate {
    fn from(row: Row) -> Self {
        Self {
            id: CertificateId::from_uuid(row.id),
            volunteer_id: VolunteerId::from_uuid(row.volunteer_id),
            number: row.number,
            code: row.code,
            from: row.from_date,
            to: row.to_date,
            records: row.records,
            minutes: Minutes::new(row.minutes),
            issued_by: row.issued_by,
            issued_at: row.issued_at,
            standing: row.standing,
        }
    }
}

/// The next running number; numbers may be left out, never used twice.
pub async fn next_serial(conn: &mut PgConnection) -> Result<i64> {
    Ok(
        sqlx::query_scalar("SELECT nextval('volunteer_certificate_numbers')")
            .fetch_one(conn)
            .await?,
    )
}

/// Writes a certificate and the records it rests on.
pub async fn insert(
    conn: &mut PgConnection,
    certificate: &Certificate,
    records: &[VolunteerRecord],
) -> Result<()> {
    sqlx::query(
        "INSERT INTO volunteer_certificates (id, volunteer_id, number, code, from_date, to_date,
             records, minutes, issued_by, issued_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(certificate.id.as_uuid())
    .bind(certificate.volunteer_id.as_uuid())
    .bind(&certificate.number)
    .bind(&certificate.code)
    .bind(certificate.from)
    .bind(certificate.to)
    .bind(certificate.records)
    .bind(certificate.minutes.get())
    .bind(&certificate.issued_by)
    .bind(certificate.issued_at)
    .execute(&mut *conn)
    .await?;
    let ids: Vec<Uuid> = records.iter().map(|record| record.id.as_uuid()).collect();
    sqlx::query(
        "INSERT INTO volunteer_certificate_records (certificate_id, record_id)
         SELECT $1, unnest($2::uuid[])",
    )
    .bind(certificate.id.as_uuid())
    .bind(&ids)
    .execute(conn)
    .await?;
    Ok(())
}

/// The certificate of a code, and whether all it names still stands.
pub async fn find_by_code(conn: &mut PgConnection, code: &str) -> Result<Option<Certificate>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT c.id, c.volunteer_id, c.number, c.code, c.from_date, c.to_date, c.records,
             c.minutes, c.issued_by, c.issued_at, NOT EXISTS (
             SELECT 1 FROM volunteer_certificate_records i
                 JOIN volunteer_records r ON r.id = i.record_id
             WHERE i.certificate_id = c.id AND r.reversed_by IS NOT NULL) AS standing
         FROM volunteer_certificates c WHERE c.code = $1",
    )
    .bind(code)
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Certificate::from))
}
