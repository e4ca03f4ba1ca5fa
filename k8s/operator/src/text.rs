//! A text in a ConfigMap: plain as long as it fits, so that people can read it,
//! and packed under the same key where it does not. Who mounts it finds the same
//! file.

use std::collections::BTreeMap;

use gateway::supergraph::packed::{MAX_GRAPH, pack, unpack};
use k8s_openapi::{ByteString, api::core::v1::ConfigMap};

use crate::MAX_TEXT;

/// Whether a ConfigMap can hold it.
pub fn fits(text: &str) -> bool {
    text.len() <= MAX_TEXT || (text.len() <= MAX_GRAPH && pack(text).len() <= MAX_TEXT)
}

/// Puts a text that [`fits`].
pub fn put(map: &mut ConfigMap, key: &str, text: &str) {
    if text.len() <= MAX_TEXT {
        map.data
            .get_or_insert_default()
            .insert(key.to_owned(), text.to_owned());
    } else {
        map.binary_data
            .get_or_insert_default()
            .insert(key.to_owned(), ByteString(pack(text)));
    }
}

/// What is under a key, however it is kept.
pub fn get(map: &ConfigMap, key: &str) -> Option<String> {
    if let Some(text) = map.data.as_ref().and_then(|data| data.get(key)) {
        return Some(text.clone());
    }
    let packed = map.binary_data.as_ref()?.get(key)?;
    unpack(packed.0.clone()).ok()
}

/// Whether both hold the same texts: the same text may be packed to other bytes
/// by another release of the packer.
pub fn same(one: &ConfigMap, other: &ConfigMap) -> bool {
    let packed = |map: &ConfigMap| -> BTreeMap<String, Option<String>> {
        let keys = map.binary_data.iter().flatten();
        keys.map(|(key, _)| (key.clone(), get(map, key))).collect()
    };
    one.data.iter().flatten().eq(other.data.iter().flatten()) && packed(one) == packed(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holding(text: &str) -> ConfigMap {
        let mut map = ConfigMap::default();
        put(&mut map, "text", text);
        map
    }

    #[test]
    fn what_fits_stays_readable_and_what_does_not_is_packed() {
        let plain = "a".repeat(MAX_TEXT);
        let map = holding(&plain);
        assert_eq!(map.data.as_ref().unwrap()["text"], plain);
        assert!(map.binary_data.is_none());
        assert_eq!(get(&map, "text"), Some(plain.clone()));

        let long = plain + "b";
        let map = holding(&long);
        assert!(map.data.is_none());
        assert!(map.binary_data.as_ref().unwrap()["text"].0.len() < 10_000);
        assert_eq!(get(&map, "text"), Some(long));
        assert_eq!(get(&map, "other"), None);
    }

    #[test]
    fn what_no_configmap_holds_does_not_fit() {
        assert!(fits(&"a".repeat(MAX_TEXT + 1)));
        assert!(!fits(&"a".repeat(MAX_GRAPH + 1)));
        // Digests do not pack: four bits in each of their letters.
        let noise: String = (0..40_000)
            .map(|number| crate::version::digest(&[&format!("{number}")]))
            .collect();
        assert!(noise.len() > MAX_TEXT && !fits(&noise));
    }

    #[test]
    fn other_bytes_of_the_same_text_are_the_same() {
        let long = "a".repeat(MAX_TEXT + 1);
        let map = holding(&long);
        let mut repacked = map.clone();
        // Another way to write the same member: the byte that names a system.
        repacked
            .binary_data
            .as_mut()
            .unwrap()
            .get_mut("text")
            .unwrap()
            .0[9] ^= 1;
        assert_ne!(map, repacked);
        assert!(same(&map, &repacked));
        assert!(!same(&map, &holding(&(long + "a"))));
        assert!(!same(&map, &ConfigMap::default()));
    }
}
