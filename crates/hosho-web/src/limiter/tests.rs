//! The rule by itself with made-up times, and the limiter with a clock that tests move.

use super::*;

fn after(misses: u32, every: Duration) -> (History, Overall, Instant) {
    let (mut history, mut overall, mut now) =
        (History::default(), Overall::default(), Instant::now());
    for _ in 0..misses {
        history.missed(now);
        overall.missed(now);
        now += every;
    }
    (history, overall, now)
}

fn wait(millis: u64) -> Decision {
    Decision::Wait(Duration::from_millis(millis))
}

#[test]
fn ten_misses_in_a_minute_are_free() {
    let (history, overall, now) = after(10, Duration::from_secs(1));
    assert_eq!(decide(&history, &overall, now), Decision::Go);
}

#[test]
fn each_further_miss_doubles_the_wait_up_to_four_seconds() {
    let waits = [11, 12, 13, 14, 15, 16, 1_000].map(|misses| {
        let (history, overall, now) = after(misses, Duration::from_millis(10));
        decide(&history, &overall, now)
    });
    let expected = [250, 500, 1_000, 2_000, 4_000, 4_000, 4_000].map(wait);
    assert_eq!(waits, expected);
}

#[test]
fn misses_slower_than_ten_a_minute_never_wait() {
    let (history, overall, now) = after(500, Duration::from_millis(6_001));
    assert_eq!(decide(&history, &overall, now), Decision::Go);
}

#[test]
fn the_wait_falls_by_one_step_a_minute() {
    let (history, overall, now) = after(15, Duration::ZERO);
    let waits = [0, 59, 60, 120, 180, 240, 300]
        .map(|seconds| decide(&history, &overall, now + Duration::from_secs(seconds)));
    let expected =
        [wait(4_000), wait(4_000), wait(2_000), wait(1_000), wait(500), wait(250), Decision::Go];
    assert_eq!(waits, expected);
}

#[test]
fn the_ninth_try_at_a_time_is_told_when_to_come_back() {
    let (mut history, overall, now) = after(15, Duration::ZERO);
    history.waiting = 7;
    assert_eq!(decide(&history, &overall, now), wait(4_000));
    history.waiting = 8;
    assert_eq!(decide(&history, &overall, now), Decision::Refuse(Duration::from_secs(32)));
}

#[test]
fn while_many_guess_sources_that_missed_wait_and_others_do_not() {
    let (_, overall, now) = after(201, Duration::ZERO);
    let (mut missed, fresh) = (History::default(), History::default());
    missed.missed(now);
    assert_eq!(decide(&missed, &overall, now), wait(1_000));
    assert_eq!(decide(&fresh, &overall, now), Decision::Go);
    let later = now + Duration::from_secs(2);
    assert_eq!(decide(&missed, &overall, later), Decision::Go);
    let (_, quiet, now) = after(200, Duration::ZERO);
    assert_eq!(decide(&missed, &quiet, now), Decision::Go);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_wrong_tries_take_hours_and_the_right_key_still_opens() {
    let limiter = Limiter::new();
    let started = Instant::now();
    let mut opened = 0;
    for guess in 0..=10_000_u32 {
        limiter.admit(&"guesser").await.unwrap();
        // The last one is the right key.
        if guess == 10_000 { opened += 1 } else { limiter.missed(&"guesser") }
    }
    assert_eq!(opened, 1);
    assert!(started.elapsed() > Duration::from_hours(10), "{:?}", started.elapsed());
    let others = Instant::now();
    limiter.admit(&"somebody else").await.unwrap();
    assert_eq!(others.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn many_tries_at_once_wait_in_eight_places_that_are_given_back() {
    let limiter = Limiter::new();
    for _ in 0..20 {
        limiter.missed(&"guesser");
    }
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let limiter = limiter.clone();
            tokio::spawn(async move { limiter.admit(&"guesser").await.map_err(|p| p.code()) })
        })
        .collect();
    let mut refused = 0;
    for one in tries {
        match one.await.unwrap() {
            Ok(()) => {}
            Err(code) => {
                assert_eq!(code, "E10-SLOW");
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 12);
    limiter.admit(&"guesser").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_visitor_who_goes_away_gives_his_place_back() {
    let limiter = Limiter::new();
    for _ in 0..20 {
        limiter.missed(&"guesser");
    }
    for _ in 0..30 {
        let left = tokio::time::timeout(Duration::from_millis(1), limiter.admit(&"guesser")).await;
        assert!(left.is_err());
    }
    assert!(limiter.admit(&"guesser").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_memory_for_sources_is_bounded_and_keeps_the_newest() {
    let limiter = Limiter::new();
    for source in 0..MOST_SOURCES {
        limiter.missed(&source);
        tokio::time::advance(Duration::from_micros(1)).await;
    }
    limiter.missed(&MOST_SOURCES);
    let (count, newest) = limiter
        .with(|counts| (counts.sources.len(), counts.sources.contains_key(&(MOST_SOURCES - 1))));
    assert!(count <= MOST_SOURCES / 2 + 2, "{count}");
    assert!(newest);
}

#[tokio::test(start_paused = true)]
async fn what_strangers_try_is_delayed_and_its_owner_never_refused() {
    let limiter = Limiter::new();
    for _ in 0..20 {
        limiter.missed(&"aomine");
    }
    let tries: Vec<_> = (0..100)
        .map(|_| {
            let limiter = limiter.clone();
            tokio::spawn(async move { limiter.delay(&"aomine").await })
        })
        .collect();
    let begun = Instant::now();
    limiter.delay(&"aomine").await;
    assert_eq!(begun.elapsed(), Duration::from_secs(4));
    for one in tries {
        one.await.unwrap();
    }
    limiter.delay(&"somebody else").await;
    assert_eq!(begun.elapsed(), Duration::from_secs(4));
}
