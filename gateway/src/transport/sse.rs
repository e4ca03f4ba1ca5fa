//! Reads an event stream: `graphql-sse` as other subgraphs speak it. The bytes
//! may be cut anywhere; what is kept of them is bounded.

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use kernel::Kind;

use super::{Answer, TransportError};

/// What an event says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Next(Bytes),
    Complete,
}

/// Takes bytes, gives events.
#[derive(Debug)]
struct Decoder {
    /// The bytes of the line that is not over yet.
    line: Vec<u8>,
    event: Vec<u8>,
    data: Vec<u8>,
    /// The last byte ended a line as CR: an LF after it belongs to it.
    after_cr: bool,
    first_line: bool,
    most: usize,
}

impl Decoder {
    const fn new(most: usize) -> Self {
        Self {
            line: Vec::new(),
            event: Vec::new(),
            data: Vec::new(),
            after_cr: false,
            first_line: true,
            most,
        }
    }

    fn feed(&mut self, bytes: &[u8], said: &mut Vec<Said>) -> Result<(), TransportError> {
        for &byte in bytes {
            let after_cr = std::mem::take(&mut self.after_cr);
            match byte {
                b'\n' if after_cr => {}
                b'\n' | b'\r' => {
                    self.after_cr = byte == b'\r';
                    self.end_line(said);
                }
                _ => self.line.push(byte),
            }
            if self.line.len() + self.data.len() > self.most {
                return Err(TransportError::new(
                    Kind::Unavailable,
                    format!("an event exceeds response_bytes ({})", self.most),
                ));
            }
        }
        Ok(())
    }

    fn end_line(&mut self, said: &mut Vec<Said>) {
        let line = std::mem::take(&mut self.line);
        let line = match line.strip_prefix("\u{feff}".as_bytes()) {
            Some(rest) if self.first_line => rest,
            _ => &line,
        };
        self.first_line = false;
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            let data = std::mem::take(&mut self.data);
            match event.as_slice() {
                b"complete" => said.push(Said::Complete),
                // Some servers name only the end.
                b"next" | b"" if !data.is_empty() => said.push(Said::Next(data.into())),
                _ => {}
            }
            return;
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(at) => (&line[..at], &line[at + 1..]),
            None => (line, &line[line.len()..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"event" => self.event = value.to_vec(),
            b"data" => {
                if !self.data.is_empty() {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(value);
            }
            // Comments (heartbeats), ids, retry times.
            _ => {}
        }
    }
}

/// The answers of an event stream, until `complete`. A stream that ends
/// without it was cut off.
pub fn answers<S, E>(bytes: S, most: usize) -> impl Stream<Item = Answer> + Send + 'static
where
    S: Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
    E: std::fmt::Display + Send,
{
    let state = Some((bytes, Decoder::new(most)));
    let pieces = stream::unfold(state, |state| async move {
        let (mut bytes, mut decoder) = state?;
        let mut said = Vec::new();
        let fed = match bytes.next().await {
            Some(Ok(piece)) => decoder.feed(&piece, &mut said),
            Some(Err(error)) => Err(TransportError::new(Kind::Unavailable, error.to_string())),
            None => Err(TransportError::new(
                Kind::Unavailable,
                "the event stream was cut off",
            )),
        };
        let complete = said.iter().position(|it| *it == Said::Complete);
        let mut answers: Vec<Answer> = said
            .into_iter()
            .take(complete.unwrap_or(usize::MAX))
            .filter_map(|it| match it {
                Said::Next(body) => Some(Ok(body)),
                Said::Complete => None,
            })
            .collect();
        let goes_on = complete.is_none() && fed.is_ok();
        if complete.is_none()
            && let Err(error) = fed
        {
            answers.push(Err(error));
        }
        let next = goes_on.then_some((bytes, decoder));
        Some((stream::iter(answers), next))
    });
    pieces.flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(pieces: &[&[u8]]) -> Vec<Said> {
        let (mut decoder, mut said) = (Decoder::new(1024), Vec::new());
        for piece in pieces {
            decoder.feed(piece, &mut said).unwrap();
        }
        said
    }

    fn next(text: &'static str) -> Said {
        Said::Next(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn reads_events_comments_and_every_kind_of_line_end() {
        let text = "\u{feff}event: next\r\ndata: {\"a\":1}\r\n\r\n:\n\n: beat\n\nid: 7\nevent:next\n\
                    data:{\ndata: }\n\nevent: other\ndata: x\n\ndata: {\"b\":2}\r\revent: complete\n\n";
        assert_eq!(
            decode(&[text.as_bytes()]),
            [
                next("{\"a\":1}"),
                next("{\n}"),
                next("{\"b\":2}"),
                Said::Complete
            ]
        );
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let (mut decoder, mut said) = (Decoder::new(10), Vec::new());
        assert!(decoder.feed(b"data: 123456789", &mut said).is_err());
        let mut decoder = Decoder::new(20);
        assert!(
            decoder
                .feed(b"data: 123456789\ndata: 123456789\ndata: 1", &mut said)
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn cuts_change_nothing(cuts in proptest::collection::vec(0_usize..90, 0..8)) {
            let text: &[u8] =
                b"event: next\r\ndata: {\"a\":1}\r\n\r\n:\n\ndata: x\rdata: y\r\revent: complete\ndata: \n\n";
            let mut cuts: Vec<_> = cuts.into_iter().map(|at| at.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|it| &text[it[0]..it[1]]).collect();
            prop_assert_eq!(decode(&pieces), decode(&[text]));
        }

        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (mut decoder, mut said) = (Decoder::new(100), Vec::new());
            let _ = decoder.feed(&bytes, &mut said);
        }
    }
}
