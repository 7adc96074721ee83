//! Connections: so many at a time, so many of one source, and none whose other end stops reading.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use crate::source::Source;

/// Connections at a time.
const MOST: usize = 2_048;
/// Connections of one source at a time, unless all come through a proxy.
const MOST_OF_ONE: usize = 128;
/// How long a connection may take nothing of what is written to it.
const STALLED: Duration = Duration::from_secs(30);

/// Accepts connections while there are places.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    taken: Arc<Mutex<Taken>>,
    most_of_one: usize,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_source: HashMap<Source, usize>,
}

impl Door {
    /// Returns a door for direct visitors.
    pub(crate) fn direct() -> Self {
        Self { taken: Arc::default(), most_of_one: MOST_OF_ONE }
    }

    /// Returns a door for one proxy that all visitors come through.
    pub(crate) fn proxied() -> Self {
        Self { taken: Arc::default(), most_of_one: MOST }
    }

    fn enter(&self, source: Source) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_one = taken.by_source.get(&source).copied().unwrap_or_default();
        if taken.all >= MOST || of_one >= self.most_of_one {
            return None;
        }
        taken.all += 1;
        taken.by_source.insert(source, of_one + 1);
        Some(Place { door: self.clone(), source })
    }
}

impl<S> Accept<TcpStream, S> for Door {
    type Stream = Guarded;
    type Service = S;
    type Future = Ready<io::Result<(Guarded, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let guarded = stream.peer_addr().and_then(|address| {
            stream.set_nodelay(true)?;
            let place = self.enter(Source::of(address.ip()));
            place.ok_or_else(|| io::Error::other("too many connections"))
        });
        ready(guarded.map(|place| (Guarded { stream, stalled: None, _place: place }, service)))
    }
}

/// A place, given back when the connection ends.
#[derive(Debug)]
struct Place {
    door: Door,
    source: Source,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.door.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        match taken.by_source.get_mut(&self.source) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.by_source.remove(&self.source);
            }
        }
    }
}

/// A connection that fails when its other end takes nothing for a while.
#[derive(Debug)]
pub(crate) struct Guarded {
    stream: TcpStream,
    stalled: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl Guarded {
    fn judge<T>(
        &mut self,
        context: &mut Context<'_>,
        poll: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.stalled = None;
            return poll;
        }
        let clock = self.stalled.get_or_insert_with(|| Box::pin(sleep(STALLED)));
        match clock.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                clock.as_mut().reset(Instant::now() + STALLED);
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(context, poll)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_flush(context);
        self.judge(context, poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_shutdown(context);
        self.judge(context, poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.judge(context, poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    fn source(last: u8) -> Source {
        Source::of(std::net::IpAddr::from([192, 0, 2, last]))
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_whose_other_end_stops_reading_is_given_up() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let _silent = client.unwrap();
        let (mut guarded, ()) = Door::direct().accept(accepted.unwrap().0, ()).await.unwrap();
        let started = Instant::now();
        let part = [0; 8_192];
        let failed = loop {
            if let Err(error) = guarded.write_all(&part).await {
                break error;
            }
        };
        assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
        assert_eq!(started.elapsed().as_secs(), STALLED.as_secs());
    }

    #[test]
    fn one_source_takes_its_share_and_no_more() {
        let door = Door::direct();
        let mut places: Vec<_> = (0..MOST_OF_ONE).map(|_| door.enter(source(1)).unwrap()).collect();
        assert!(door.enter(source(1)).is_none());
        assert!(door.enter(source(2)).is_some());
        places.pop();
        assert!(door.enter(source(1)).is_some());
        drop(places);
        assert_eq!(door.taken.lock().unwrap().by_source.len(), 0);
        assert_eq!(door.taken.lock().unwrap().all, 0);
    }

    #[test]
    fn all_together_take_no_more_than_there_are() {
        let door = Door::proxied();
        let places: Vec<_> = (0..MOST).map(|_| door.enter(source(1)).unwrap()).collect();
        assert!(door.enter(source(2)).is_none());
        drop(places);
        assert!(door.enter(source(2)).is_some());
    }
}
