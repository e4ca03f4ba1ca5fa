//! A connection whose client reads nothing is given up after a while. What it
//! was to be sent, and the places it holds, would otherwise wait for as long as
//! the client likes.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};

/// A stream with a limit on how long nothing can be written.
pub struct Patience<S> {
    stream: S,
    limit: Duration,
    /// Runs from the first write that had to wait since the last that did not.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<S> Patience<S> {
    pub const fn new(stream: S, limit: Duration) -> Self {
        Self {
            stream,
            limit,
            waiting: None,
        }
    }

    /// What a write came to, unless it has waited for too long.
    fn judge<T>(
        &mut self,
        written: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let until = Instant::now() + self.limit;
        let waiting = self.waiting.get_or_insert_with(|| {
            // Not `sleep`: nothing waits here, a write is bounded.
            Box::pin(tokio::time::sleep_until(until))
        });
        ready!(waiting.as_mut().poll(context));
        metrics::counter!("gateway.connections.slow").increment(1);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patience<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patience<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.judge(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_given_up_when_its_time_is_over() {
        let (ours, mut theirs) = duplex(8);
        let mut ours = Patience::new(ours, LIMIT);
        ours.write_all(b"12345678").await.unwrap();

        // Slow, but it takes something each time.
        for _ in 0..3 {
            let began = Instant::now();
            let reading = async {
                let almost = began + LIMIT - Duration::from_millis(2);
                tokio::time::sleep_until(almost).await;
                theirs.read_exact(&mut [0; 8]).await.unwrap();
            };
            let (written, ()) = tokio::join!(ours.write_all(b"12345678"), reading);
            written.unwrap();
        }

        let began = Instant::now();
        let error = ours.write_all(b"9").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let waited = began.elapsed();
        assert!(
            (LIMIT..LIMIT + Duration::from_millis(5)).contains(&waited),
            "{waited:?}"
        );
    }
}
