//! The text of a graph as bytes, plain or packed (gzip): a ConfigMap holds 1 MiB,
//! which a city of many departments outgrows.

use std::io::{self, Read as _, Write as _};

use flate2::{Compression, GzBuilder, read::GzDecoder};

/// A graph has at most so many bytes when it is unpacked: a small file must not
/// fill the memory.
pub const MAX_GRAPH: usize = 16 << 20;

/// How gzip begins (RFC 1952 §2.3.1); no text does.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The same bytes for the same text: no name and no time is in them.
pub fn pack(text: &str) -> Vec<u8> {
    let mut packer = GzBuilder::new().write(Vec::new(), Compression::best());
    packer
        .write_all(text.as_bytes())
        .and_then(|()| packer.finish())
        .expect("memory takes what is written")
}

/// Reads both.
pub fn unpack(bytes: Vec<u8>) -> io::Result<String> {
    let plain = if bytes.starts_with(&MAGIC) {
        let mut plain = Vec::new();
        GzDecoder::new(bytes.as_slice())
            .take(MAX_GRAPH as u64 + 1)
            .read_to_end(&mut plain)?;
        plain
    } else {
        bytes
    };
    if plain.len() > MAX_GRAPH {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("a graph has at most {MAX_GRAPH} bytes"),
        ));
    }
    String::from_utf8(plain).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_read_and_packing_repeats_itself() {
        let text = "type Query { 社区: Int }\n".repeat(1_000);
        let packed = pack(&text);
        assert!(packed.len() * 10 < text.len(), "{}", packed.len());
        assert_eq!(packed, pack(&text));
        assert_eq!(unpack(packed).unwrap(), text);
        assert_eq!(unpack(text.clone().into_bytes()).unwrap(), text);
    }

    #[test]
    fn what_is_cut_is_no_text_or_is_too_much_is_refused() {
        let packed = pack("type Query { a: Int }");
        let cut = packed[..packed.len() - 5].to_vec();
        assert_eq!(
            unpack(cut).unwrap_err().kind(),
            io::ErrorKind::UnexpectedEof
        );
        let odd = unpack(vec![b'{', 0xff]).unwrap_err();
        assert_eq!(odd.kind(), io::ErrorKind::InvalidData);
        let full = " ".repeat(MAX_GRAPH);
        assert!(unpack(pack(&full)).is_ok());
        let much = unpack(pack(&(full + " "))).unwrap_err();
        assert_eq!(much.kind(), io::ErrorKind::FileTooLarge);
    }
}
