//! Who lives and works in the demonstration. All of them are invented; their
//! numbers are well-formed and belong to nobody.

use anyhow::Result;
use chrono::NaiveDate;
use kernel::{CitizenId, DivisionCode};
use kit::auth::{Account, Actor, Role};

/// The demonstration community: 南岗区花园街道幸福社区.
pub const COMMUNITY: &str = "230103001001";
/// Its county.
pub const COUNTY: &str = "230103000000";
/// Its city.
pub const CITY: &str = "230100000000";
/// Its province.
pub const PROVINCE: &str = "230000000000";
/// Its grid.
pub const GRID: &str = "230103001001001";
/// The county next door, for those who may not.
pub const ELSEWHERE: &str = "230102000000";

/// Somebody who works here.
#[derive(Debug)]
pub struct Official {
    pub account: &'static str,
    pub title: &'static str,
    pub role: Role,
    pub division: Option<&'static str>,
}

/// Those who work here.
pub const OFFICIALS: &[Official] = &[
    Official {
        account: "admin",
        title: "平台管理员",
        role: Role::PlatformAdmin,
        division: None,
    },
    Official {
        account: "civil",
        title: "南岗区民政局",
        role: Role::CivilAffairs,
        division: Some(COUNTY),
    },
    Official {
        account: "city",
        title: "哈尔滨市民政局",
        role: Role::CivilAffairs,
        division: Some(CITY),
    },
    Official {
        account: "province",
        title: "黑龙江省民政厅",
        role: Role::CivilAffairs,
        division: Some(PROVINCE),
    },
    Official {
        account: "staff",
        title: "幸福社区工作人员",
        role: Role::CommunityStaff,
        division: Some(COMMUNITY),
    },
    Official {
        account: "grid",
        title: "幸福社区网格员",
        role: Role::GridWorker,
        division: Some(COMMUNITY),
    },
    Official {
        account: "officer",
        title: "南岗区采购经办",
        role: Role::ProcurementOfficer,
        division: Some(COUNTY),
    },
    Official {
        account: "fund",
        title: "南岗区资金管理",
        role: Role::FundManager,
        division: Some(COUNTY),
    },
    Official {
        account: "auditor",
        title: "审计员",
        role: Role::Auditor,
        division: None,
    },
    Official {
        account: "stranger",
        title: "道里区工作人员(无权)",
        role: Role::CommunityStaff,
        division: Some(ELSEWHERE),
    },
];

/// Somebody who lives here.
#[derive(Debug)]
pub struct Person {
    pub account: &'static str,
    pub name: &'static str,
    pub born: (i32, u32, u32),
    pub title: &'static str,
}

/// Those who live here.
pub const RESIDENTS: &[Person] = &[
    Person {
        account: "wang",
        name: "王秀兰",
        born: (1956, 3, 8),
        title: "居民,提出助餐需求",
    },
    Person {
        account: "li",
        name: "李玉珍",
        born: (1942, 10, 1),
        title: "老人,低收入独居",
    },
    Person {
        account: "zhang",
        name: "张国强",
        born: (1950, 5, 12),
        title: "老人",
    },
    Person {
        account: "zhao",
        name: "赵立新",
        born: (1963, 7, 20),
        title: "居民,志愿者",
    },
    Person {
        account: "sun",
        name: "孙晓梅",
        born: (1990, 2, 14),
        title: "居民,社会工作者",
    },
    Person {
        account: "chen",
        name: "陈建国",
        born: (1985, 9, 9),
        title: "居民",
    },
    Person {
        account: "zhou",
        name: "周敏",
        born: (1979, 12, 3),
        title: "居民",
    },
    Person {
        account: "ming",
        name: "周小明",
        born: (2012, 6, 1),
        title: "未成年居民",
    },
];

impl Official {
    /// Their account; it needs no record of the graph.
    pub fn account(&self) -> Result<Account> {
        let mut actor = Actor::new(self.account, [self.role]);
        actor.name = Some(self.title.into());
        actor.division = self.division.map(DivisionCode::try_new).transpose()?;
        Ok(Account {
            name: self.account.into(),
            title_zh: self.title.into(),
            actor,
        })
    }
}

impl Person {
    /// Their number: well-formed, of the demonstration county.
    pub fn citizen_id(&self, at: usize) -> Result<CitizenId> {
        let (year, month, day) = self.born;
        let born = NaiveDate::from_ymd_opt(year, month, day)
            .ok_or_else(|| anyhow::anyhow!("{} was born on no day", self.account))?;
        Ok(CitizenId::synthetic(
            "230103",
            born,
            u16::try_from(at)? * 2 + 10,
        )?)
    }

    /// Their account, once they are registered.
    pub fn account(&self, resident: uuid::Uuid, also: &[Role]) -> Result<Account> {
        let mut actor = Actor::new(self.account, [Role::Resident]);
        actor.roles.extend(also);
        actor.name = Some(self.name.into());
        actor.division = Some(DivisionCode::try_new(COMMUNITY)?);
        actor.resident_id = Some(resident);
        Ok(Account {
            name: self.account.into(),
            title_zh: format!("{}({})", self.name, self.title),
            actor,
        })
    }
}
