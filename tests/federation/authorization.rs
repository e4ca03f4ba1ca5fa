//! What only some callers are given. The tokens of these cases say themselves
//! what they hold: `Bearer read,mail policy:own`.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use gateway::{Authenticator, Identity, Parts, Policies, RequestContext, authorize::Caller};
use kernel::Refusal;

use crate::{
    case,
    conform::{finish, run},
    servers::{ALL, By},
    settings::chosen,
};

struct Door;

impl Authenticator for Door {
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, Refusal>> {
        let scopes = token.split(' ').next().unwrap_or_default().split(',');
        let identity = Identity {
            subject: "somebody".to_owned(),
            scopes: scopes.map(str::to_owned).collect(),
            expires: i64::MAX,
        };
        Box::pin(async { Ok(identity) })
    }
}

struct Book;

impl Policies for Book {
    fn decide<'a>(
        &'a self,
        policies: &'a [String],
        caller: &'a Caller,
        context: &'a RequestContext,
    ) -> BoxFuture<'a, Vec<String>> {
        let token = context.bearer().unwrap_or_default();
        let held: Vec<_> = token
            .split(' ')
            .filter_map(|it| it.strip_prefix("policy:"))
            .collect();
        let holding = policies.iter().filter(|it| {
            // One that anybody may have, known or not.
            it.as_str() == "anybody" || (caller.authenticated && held.contains(&it.as_str()))
        });
        let holding = holding.cloned().collect();
        Box::pin(async { holding })
    }
}

fn parts() -> Parts {
    Parts {
        authenticator: Some(Arc::new(Door)),
        policies: Some(Arc::new(Book)),
        ..Parts::default()
    }
}

#[tokio::test]
async fn callers_are_given_what_is_theirs() {
    let mut failures = Vec::new();
    for by in ALL {
        for case in case::all("guarded").iter().filter(|it| chosen(&it.name)) {
            run(case, by, parts(), &mut failures).await;
        }
    }
    finish(&failures);
}

/// A gateway that knows no callers keeps closed what is guarded.
#[tokio::test]
async fn nobody_is_known_without_an_authenticator() {
    let mut failures = Vec::new();
    let case = case::all("guarded")
        .into_iter()
        .find(|it| it.name == "fields")
        .unwrap();
    let mut anonymous = case.clone();
    anonymous.questions.truncate(1);
    anonymous.questions[0]
        .headers
        .insert("authorization".to_owned(), "Bearer read,mail".to_owned());
    run(&anonymous, By::Memory, Parts::default(), &mut failures).await;
    finish(&failures);
}
