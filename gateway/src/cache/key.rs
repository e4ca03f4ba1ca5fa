//! What a kept answer is found by: a hash, so that nothing personal is in it.

use sha2::{Digest as _, Sha256};

use super::{hint::Scope, owner};
use crate::{
    context::{FORWARDED, RequestContext},
    peer::{Ask, IMMATERIAL},
};

/// Headers that tell callers apart; the token is looked into by [`owner`].
const PERSONAL: [&str; 2] = ["authorization", "x-sanshe-assisted-by"];

/// A hash over all that the answer depends on.
pub type Key = [u8; 32];

/// What all keys of one call have in common: one hash per scope.
pub struct Keys {
    public: Sha256,
    private: Sha256,
}

impl Keys {
    pub fn new(subgraph: &str, ask: &Ask<'_>) -> Self {
        let mut public = Sha256::new();
        part(&mut public, subgraph.as_bytes());
        part(&mut public, ask.query.as_bytes());
        headers(&mut public, ask.context, |name| !PERSONAL.contains(&name));
        let mut private = public.clone();
        part(&mut public, b"for everybody");
        part(&mut private, &owner::of(ask.context));
        headers(&mut private, ask.context, |name| name == PERSONAL[1]);
        Self { public, private }
    }

    /// The key of what is asked for with these variables, or this part of them.
    pub fn of(&self, scope: Scope, parts: [&[u8]; 2]) -> Key {
        let mut hash = match scope {
            Scope::Public => self.public.clone(),
            Scope::Private => self.private.clone(),
        };
        for it in parts {
            part(&mut hash, it);
        }
        hash.finalize().into()
    }
}

fn headers(hash: &mut Sha256, context: &RequestContext, is_meant: impl Fn(&str) -> bool) {
    for name in FORWARDED {
        if is_meant(name) && !IMMATERIAL.contains(&name) {
            match context.headers.get(name) {
                Some(value) => part(hash, value.as_bytes()),
                None => hash.update([0xff; 8]),
            }
        }
    }
}

/// With its length, so that no two lists of parts read the same.
fn part(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}
