//! Bodies that end in time and at their size, whoever reads them.

use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::Frame;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep_until};

/// What one kind of request may cost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// The most bytes of its body.
    pub bytes: u64,
    /// The time for all of its body to arrive.
    pub arrive: Duration,
    /// The time until the answer begins, arriving included.
    pub answer: Duration,
}

impl Limits {
    /// Pages, forms and small objects.
    pub const FORM: Self =
        Self { bytes: 64 * 1024, arrive: Duration::from_secs(10), answer: Duration::from_secs(30) };
    /// Files that visitors hand in; a photo over a slow line needs longer than a form.
    pub const UPLOAD: Self = Self {
        bytes: 8 * 1024 * 1024,
        arrive: Duration::from_mins(1),
        answer: Duration::from_secs(90),
    };
    /// What a worker publishes.
    pub const PUBLISH: Self = Self {
        bytes: 32 * 1024 * 1024,
        arrive: Duration::from_mins(1),
        answer: Duration::from_secs(90),
    };
}

/// Why a body was cut off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cut {
    NoRoom,
    TooLarge,
    TooSlow,
}

/// The most KiB that bodies larger than a form take at a time, all together.
const ROOM: usize = 128 * 1024;
const KIB: u64 = 1_024;

/// The memory for bodies that are larger than a form: anybody may send one, and it is read before
/// it is known who did. Copies share it.
#[derive(Clone, Debug)]
pub(crate) struct Room(Arc<Semaphore>);

impl Room {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(ROOM)))
    }
}

/// Tells afterwards whether the body was cut off, and holds its share of the room until then.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    cut: Arc<AtomicU8>,
    share: Arc<Mutex<Option<OwnedSemaphorePermit>>>,
}

impl Watch {
    pub(crate) fn cut(&self) -> Option<Cut> {
        match self.cut.load(Ordering::Acquire) {
            1 => Some(Cut::TooLarge),
            2 => Some(Cut::TooSlow),
            3 => Some(Cut::NoRoom),
            _ => None,
        }
    }

    /// Takes room for all `read` bytes of a body; what fits into a form needs none.
    fn hold(&self, room: &Room, read: u64) -> Result<(), Cut> {
        if read <= Limits::FORM.bytes {
            return Ok(());
        }
        let mut share = self.share.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = usize::try_from(read.div_ceil(KIB)).unwrap_or(usize::MAX);
        let held = share.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = u32::try_from(wanted.saturating_sub(held)).map_err(|_| Cut::NoRoom)?;
        let more = Arc::clone(&room.0).try_acquire_many_owned(more).map_err(|_| Cut::NoRoom)?;
        match share.as_mut() {
            Some(share) => share.merge(more),
            None => *share = Some(more),
        }
        Ok(())
    }

    fn set(&self, cut: Cut) {
        let mark = match cut {
            Cut::TooLarge => 1,
            Cut::TooSlow => 2,
            Cut::NoRoom => 3,
        };
        self.cut.store(mark, Ordering::Release);
    }
}

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoRoom => "there is no room for another large body",
            Self::TooLarge => "the body is too large",
            Self::TooSlow => "the body did not arrive in time",
        })
    }
}

impl std::error::Error for Cut {}

struct Limited {
    inner: Body,
    read: u64,
    rest: u64,
    room: Room,
    deadline: Pin<Box<Sleep>>,
    watch: Watch,
}

/// Returns the body under `limits`, whose time begins now; what is large takes of `room`.
pub(crate) fn limit(body: Body, limits: Limits, room: Room, watch: Watch) -> Body {
    let deadline = Box::pin(sleep_until(Instant::now() + limits.arrive));
    Body::new(Limited { inner: body, read: 0, rest: limits.bytes, room, deadline, watch })
}

impl HttpBody for Limited {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) else {
            if self.deadline.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.watch.set(Cut::TooSlow);
            return Poll::Ready(Some(Err(Cut::TooSlow.into())));
        };
        let Some(Ok(frame)) = frame else {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        };
        let length = frame.data_ref().map_or(0, Bytes::len);
        let rest = u64::try_from(length).ok().and_then(|length| self.rest.checked_sub(length));
        let Some(rest) = rest else {
            self.watch.set(Cut::TooLarge);
            return Poll::Ready(Some(Err(Cut::TooLarge.into())));
        };
        self.rest = rest;
        self.read = self.read.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        if let Err(cut) = self.watch.hold(&self.room, self.read) {
            self.watch.set(cut);
            return Poll::Ready(Some(Err(cut.into())));
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Limits = Limits { bytes: 4, ..Limits::FORM };

    #[tokio::test]
    async fn passes_a_body_of_just_the_limit() {
        let watch = Watch::default();
        let body = limit(Body::from("four"), SMALL, Room::new(), watch.clone());
        assert_eq!(axum::body::to_bytes(body, 100).await.unwrap(), "four");
        assert_eq!(watch.cut(), None);
    }

    #[tokio::test]
    async fn cuts_a_body_that_is_one_byte_too_long() {
        let watch = Watch::default();
        let body = limit(Body::from("fives"), SMALL, Room::new(), watch.clone());
        assert!(axum::body::to_bytes(body, 100).await.is_err());
        assert_eq!(watch.cut(), Some(Cut::TooLarge));
    }

    #[tokio::test]
    async fn large_bodies_share_a_room_and_small_ones_need_none() {
        let read = async |bytes: usize, room: &Room| {
            let watch = Watch::default();
            let body =
                limit(Body::from(vec![0; bytes]), Limits::PUBLISH, room.clone(), watch.clone());
            let whole = axum::body::to_bytes(body, usize::MAX).await.is_ok();
            (whole, watch)
        };
        let (room, largest) = (Room::new(), 32 * 1024 * 1024);
        let mut held = Vec::new();
        for _ in 0..4 {
            let (whole, watch) = read(largest, &room).await;
            assert!(whole);
            held.push(watch);
        }
        let (whole, watch) = read(65 * 1024, &room).await;
        assert_eq!((whole, watch.cut()), (false, Some(Cut::NoRoom)));
        assert!(read(64 * 1024, &room).await.0);
        held.pop();
        assert!(read(largest, &room).await.0);
    }
}
