//! The form of a service for one resident: what the platform knows is filled
//! in, only the rest is asked.

use kernel::keys::ResidentId;
use kit::auth::Caller;

use super::super::{
    resident::{
        self, Wanted,
        see::{self, Seen},
    },
    service_item,
};
use crate::{
    domain::{
        one_stop_case::{Answers, OneStopCase, bound, is_asked},
        resident::{Access, Fields, PersonalField},
        service_item::{FormField, FormSource},
    },
    error::Result,
    state::State,
};

/// A line of a form as one caller sees it.
#[derive(Clone)]
pub struct Line {
    pub field: FormField,
    /// Whether the resident is asked.
    pub asked: bool,
    /// What the platform knows, as far as the caller may see it.
    pub value: Option<String>,
}

fn wanted(form: &[FormField]) -> Fields {
    form.iter()
        .filter_map(|line| match line.source? {
            FormSource::Name => Some(PersonalField::Name),
            FormSource::CitizenId => Some(PersonalField::CitizenId),
            FormSource::Phone => Some(PersonalField::Phone),
            FormSource::BirthDate => Some(PersonalField::BirthDate),
            FormSource::Community | FormSource::Grid => None,
        })
        .collect()
}

fn value(seen: &Seen, source: FormSource) -> Option<String> {
    match source {
        FormSource::Name => seen.name.clone(),
        FormSource::CitizenId => seen.citizen_id.clone(),
        FormSource::Phone => seen.phone.clone(),
        FormSource::BirthDate => seen.birth_date.map(|day| day.to_string()),
        FormSource::Community => Some(seen.resident.community_code.to_string()),
        FormSource::Grid => seen.resident.grid_code.map(|code| code.to_string()),
    }
}

/// The form of a service for a resident; the caller themself where nobody is
/// named.
pub async fn lines(
    state: &State,
    caller: &Caller,
    code: &str,
    of: Option<ResidentId>,
) -> Result<Vec<Line>> {
    let me = super::super::access_log::myself(caller)?;
    let id = of.or(me).ok_or_else(resident::unknown)?;
    let codes = [code.to_owned()];
    let item = service_item::load_many(state, caller, &codes)
        .await?
        .remove(code)
        .ok_or_else(service_item::unknown)?;
    let fields = wanted(&item.form);
    let seen = see::see(state, caller, &[Wanted { id, fields }])
        .await?
        .into_values()
        .next()
        .filter(|seen| seen.access >= Access::Masked)
        .ok_or_else(resident::unknown)?;
    Ok(item
        .form
        .into_iter()
        .map(|field| Line {
            asked: is_asked(&seen.resident, &field),
            value: field.source.and_then(|source| value(&seen, source)),
            field,
        })
        .collect())
}

/// What a resident wrote in a case: for themself, and for staff who say why;
/// nothing for others.
pub async fn answers(
    state: &State,
    caller: &Caller,
    case: &OneStopCase,
) -> Result<Option<Answers>> {
    let sealed = (bound(case.id), case.answers_sealed.as_slice());
    let opened = see::case_form(state, caller, case.resident_id, sealed).await?;
    Ok(opened.map(|text| serde_json::from_str(&text)).transpose()?)
}
