//! Who may do what, as a table: a line for every operation of a service's graph
//! and every action of its policies, each tried by everybody there is.

use std::collections::{BTreeMap, BTreeSet};

use kernel::DivisionCode;
use kit::auth::{Actor, Caller, Policies, Role};
use serde_json::{Value, json};

use crate::service::{caller, data};

/// Everybody, by the name that tables use.
pub type Everybody = BTreeMap<String, Caller>;

/// Nobody, and each role: of the place, `above` it, `elsewhere`, `of nowhere`.
/// A service adds its own people (owners, contractors, members).
pub fn everybody(home: &str, above: &str, elsewhere: &str) -> Everybody {
    let mut all = BTreeMap::from([("nobody".to_owned(), Caller::of(Actor::anonymous()))]);
    for &role in Role::ALL.iter().filter(|role| **role != Role::Service) {
        let mut add = |name: String, division: Option<&str>| {
            let mut one = caller(role, home);
            one.actor.subject.clone_from(&name);
            one.actor.division =
                division.map(|code| DivisionCode::try_new(code).expect("a division code"));
            all.insert(name, one);
        };
        add(role.to_string(), Some(home));
        add(format!("{role} above"), Some(above));
        add(format!("{role} elsewhere"), Some(elsewhere));
        add(format!("{role} of nowhere"), None);
    }
    all
}

/// Names of a role where it works: of the place and above it.
pub fn local(roles: &[&str]) -> Vec<String> {
    let both = |role: &&str| [(*role).to_owned(), format!("{role} above")];
    roles.iter().flat_map(both).collect()
}

/// The same, and of nowhere: oversight of the whole country.
pub fn oversight() -> Vec<String> {
    let mut names = local(&["auditor", "platform_admin"]);
    names.extend(["auditor of nowhere", "platform_admin of nowhere"].map(ToOwned::to_owned));
    names
}

/// A role wherever it is.
pub fn everywhere(role: &str) -> Vec<String> {
    let kinds = ["", " above", " elsewhere", " of nowhere"];
    kinds.map(|kind| format!("{role}{kind}")).to_vec()
}

/// One operation.
pub struct Line {
    field: &'static str,
    query: String,
    variables: Value,
    actions: Vec<&'static str>,
    may: May,
}

enum May {
    All,
    These(BTreeSet<String>),
}

impl May {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(names) => names.contains(name),
        }
    }
}

impl Line {
    /// A mutation `verbNoun(input: VerbNounInput!)`, which asks the action of
    /// its name.
    pub fn act(field: &'static str, input: Value, may: &[Vec<String>]) -> Self {
        let kind = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
        Self {
            field,
            query: format!(
                "mutation($input: {kind}!) {{ {field}(input: $input) {{ __typename }} }}"
            ),
            variables: json!({ "input": input }),
            actions: vec![field],
            may: May::These(may.concat().into_iter().collect()),
        }
    }

    /// A query: the field with its arguments and selection, and who sees
    /// something.
    pub fn read(field: &'static str, rest: &str, may: &[Vec<String>]) -> Self {
        Self {
            field,
            query: format!("{{ {field}{rest} }}"),
            variables: json!({}),
            actions: Vec::new(),
            may: May::These(may.concat().into_iter().collect()),
        }
    }

    /// A query that is open to all.
    pub fn public(field: &'static str, rest: &str) -> Self {
        Self {
            may: May::All,
            ..Self::read(field, rest, &[])
        }
    }

    /// The actions it asks, where they have other names.
    pub fn asks(mut self, actions: &[&'static str]) -> Self {
        self.actions = actions.to_vec();
        self
    }
}

/// Whether something is shown: a value somewhere, and not only empty lists.
fn shown(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => items.iter().any(shown),
        Value::Object(map) => map.values().any(shown),
        _ => true,
    }
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default()
}

/// Tries every line by everybody. `beside` names the actions that no root field
/// of the graph asks: nested fields, other services.
pub async fn check(
    run: impl AsyncFn(&Caller, &str, Value) -> Value,
    policies: &Policies,
    everybody: &Everybody,
    lines: Vec<Line>,
    beside: &[&str],
) {
    let roots = "{ __schema { queryType { fields { name } } mutationType { fields { name } } } }";
    let schema = data(run(&everybody["nobody"], roots, json!({})).await);
    let fields: BTreeSet<String> = ["queryType", "mutationType"]
        .iter()
        .filter_map(|root| schema["__schema"][root]["fields"].as_array().cloned())
        .flatten()
        .filter_map(|field| field["name"].as_str().map(ToOwned::to_owned))
        .filter(|name| !name.starts_with('_'))
        .collect();
    let lined: BTreeSet<String> = lines.iter().map(|line| line.field.to_owned()).collect();
    assert_eq!(fields, lined, "a line for each operation, and no other");
    let actions: BTreeSet<&str> = policies.actions().collect();
    let asked = lines.iter().flat_map(|line| line.actions.iter().copied());
    let asked: BTreeSet<&str> = asked.chain(beside.iter().copied()).collect();
    assert_eq!(actions, asked, "a line for each action of the policies");

    let mut wrong = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        if let May::These(names) = &line.may {
            for name in names {
                assert!(
                    everybody.contains_key(name),
                    "{}: who is {name}?",
                    line.field
                );
            }
        }
        // Those who may not come first: nothing has happened yet.
        let (may, may_not): (Vec<_>, Vec<_>) =
            everybody.iter().partition(|(name, _)| line.may.has(name));
        for (allowed, people) in [(false, may_not), (true, may)] {
            for (m, (name, who)) in people.into_iter().enumerate() {
                let mut variables = line.variables.clone();
                if variables.get("input").is_some() {
                    variables["input"]["idempotencyKey"] =
                        json!(format!("{n:04}-{allowed}-{m:04}"));
                }
                let answer = run(who, &line.query, variables).await;
                let told = format!("{} by {name}: {answer}", line.field);
                let mutation = line.query.starts_with("mutation");
                let right = match (mutation, allowed) {
                    (false, _) => {
                        shown(&answer["data"][line.field]) == allowed
                            && code(&answer) != "INTERNAL_SERVER_ERROR"
                    }
                    (true, false) if name == "nobody" => code(&answer) == "UNAUTHENTICATED",
                    (true, false) => matches!(code(&answer), "FORBIDDEN" | "NOT_FOUND"),
                    // Refused by a rule of the matter, or done.
                    (true, true) => matches!(
                        code(&answer),
                        "" | "FAILED_PRECONDITION" | "ALREADY_EXISTS" | "CONFLICT"
                    ),
                };
                if !right {
                    wrong.push(told);
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
