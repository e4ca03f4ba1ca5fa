//! Three organisations that may bid, and one that may not take elder care.

use anyhow::Result;
use kit::auth::{Account, Actor, Role};
use serde_json::{Value, json};

use super::uuid_of;
use crate::demo::{people::COUNTY, world::World};

/// Account, name, the first sixteen characters of an invented unified social credit code.
const ORGANIZATIONS: &[(&str, &str, &str)] = &[
    ("org-a", "南岗区夕阳红养老服务中心", "52230103MJA00001"),
    ("org-b", "哈尔滨市邻里社会工作服务中心", "52230103MJA00002"),
    ("org-c", "花园街道银龄助老服务社", "52230103MJA00003"),
];

/// Registers the organisations and certifies their elder care.
pub async fn seed(world: &mut World) -> Result<()> {
    let year = world.year().await?;
    for (at, (account, name, base)) in ORGANIZATIONS.iter().enumerate() {
        let organization = register(world, "civil", (name, base), COUNTY).await?;
        world
            .act(
                "civil",
                "certifyElderCare",
                json!({
                    "organizationId": organization["id"],
                    "validFrom": format!("{}-01-01", year - 1),
                    "validTo": format!("{}-01-01", year + 4), "evidence": format!("评估报告 {}-{:03}", year - 1, at + 1),
                }),
                "organization { id }",
            )
            .await?;
        world
            .desk()
            .register(vec![manager(account, name, &organization["id"])?])?;
        world.keep(account, organization);
    }
    Ok(())
}

/// Registers an organisation with the registrar of a division; answers it.
pub(super) async fn register(
    world: &mut World,
    registrar: &str,
    (name, base): (&str, &str),
    division: &str,
) -> Result<Value> {
    let new = json!({
        "name": name, "kind": "PRIVATE_NON_ENTERPRISE", "uscc": well_formed(base)?,
        "functionalType": "SOCIAL_SERVICE", "origin": "LOCAL", "registrarDivision": division,
        "registeredOn": "2021-05-10", "sponsorBody": "南岗区民政局", "demo": true,
    });
    let made = world
        .act(
            registrar,
            "registerOrganization",
            new,
            "organization { id name }",
        )
        .await?;
    Ok(made["organization"].clone())
}

/// The account of whoever leads an organisation.
pub(super) fn manager(account: &str, name: &str, id: &Value) -> Result<Account> {
    let mut actor = Actor::new(account, [Role::OrgManager]);
    actor.name = Some(format!("{name}负责人"));
    actor.organization_id = Some(uuid_of(id)?);
    Ok(Account {
        name: account.into(),
        title_zh: format!("{name}负责人"),
        actor,
    })
}

/// The same code with both check characters computed.
fn well_formed(base: &str) -> Result<String> {
    const ORGANISATION: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = &base[8..];
    // The organisation code counts letters from A = 10, all 26 of them.
    let value = |c: char| c.to_digit(36).unwrap_or_default();
    let sum: u32 = body
        .chars()
        .zip(ORGANISATION)
        .map(|(c, weight)| value(c) * weight)
        .sum();
    let organisation = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    };
    let front = format!("{base}{organisation}");
    for last in ALPHABET.chars() {
        let code = format!("{front}{last}");
        if kernel::Uscc::parse(&code).is_ok() {
            return Ok(code);
        }
    }
    anyhow::bail!("{base} cannot be made well-formed")
}
