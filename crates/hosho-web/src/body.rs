//! Bodies that end in time and at their size, whoever reads them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::Frame;
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
    TooLarge,
    TooSlow,
}

/// Tells afterwards whether the body was cut off.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch(Arc<AtomicU8>);

impl Watch {
    pub(crate) fn cut(&self) -> Option<Cut> {
        match self.0.load(Ordering::Acquire) {
            1 => Some(Cut::TooLarge),
            2 => Some(Cut::TooSlow),
            _ => None,
        }
    }

    fn set(&self, cut: Cut) {
        let mark = match cut {
            Cut::TooLarge => 1,
            Cut::TooSlow => 2,
        };
        self.0.store(mark, Ordering::Release);
    }
}

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the body is too large",
            Self::TooSlow => "the body did not arrive in time",
        })
    }
}

impl std::error::Error for Cut {}

struct Limited {
    inner: Body,
    rest: u64,
    deadline: Pin<Box<Sleep>>,
    watch: Watch,
}

/// Returns the body under `limits`, whose time begins now.
pub(crate) fn limit(body: Body, limits: Limits, watch: Watch) -> Body {
    let deadline = Box::pin(sleep_until(Instant::now() + limits.arrive));
    Body::new(Limited { inner: body, rest: limits.bytes, deadline, watch })
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
        let body = limit(Body::from("four"), SMALL, watch.clone());
        assert_eq!(axum::body::to_bytes(body, 100).await.unwrap(), "four");
        assert_eq!(watch.cut(), None);
    }

    #[tokio::test]
    async fn cuts_a_body_that_is_one_byte_too_long() {
        let watch = Watch::default();
        let body = limit(Body::from("fives"), SMALL, watch.clone());
        assert!(axum::body::to_bytes(body, 100).await.is_err());
        assert_eq!(watch.cut(), Some(Cut::TooLarge));
    }
}
