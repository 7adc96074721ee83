//! What Hosho's lines of `compare` must come to, and what they aim at.

use crate::measure::Medians;

/// How much more many keys in an order that looks random may cost than one.
const MANY_KEYS_AT_MOST: f64 = 1.25;

/// Ratios of a contender to the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// The most that the time may be.
    pub at_most: f64,
    /// What the time should come to, in the end.
    pub aim: Option<f64>,
    /// The most that the instructions may be, where they are counted.
    ///
    /// Counts are the same in every run, so these are set close to what they were in November 2026,
    /// 0.902, 0.335, 0.311, 0.242 and 0.149: eight in a hundred above, since another compiler or
    /// another release of dalek moves them by a few, and the loss of an optimisation by more. Most of
    /// a key's first signature is dalek's work, so the room there is three in a hundred.
    pub instructions: Option<f64>,
}

/// Returns the limit of a contender, if it has one. That of many keys depends on the time for one.
pub fn limit(key: &str, medians: &Medians) -> Option<Limit> {
    let fixed = |at_most, aim, instructions| Some(Limit { at_most, aim: Some(aim), instructions });
    match key {
        "first" => fixed(0.95, 0.85, Some(0.93)),
        "portable" => fixed(0.45, 0.32, Some(0.362)),
        "bulk_portable" => fixed(0.33, 0.22, Some(0.336)),
        "avx2" => fixed(0.28, 0.20, Some(0.262)),
        "bulk_avx2" => fixed(0.17, 0.12, Some(0.161)),
        "bulk_two_cores" | "bulk_two_cores_avx2" => fixed(0.095, 0.065, None),
        _ => {
            let one = medians.get(key.strip_suffix("_64_keys")?)?;
            Some(Limit { at_most: MANY_KEYS_AT_MOST * one, aim: None, instructions: None })
        }
    }
}

/// Returns the keys of those whose time is above their limit.
pub fn missed(medians: &Medians) -> Vec<&str> {
    let above = |(key, ratio): &(&String, &f64)| {
        limit(key, medians).is_some_and(|limit| **ratio > limit.at_most)
    };
    medians.iter().filter(above).map(|(key, _)| key.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn medians(ratios: &[(&str, f64)]) -> Medians {
        ratios.iter().map(|(key, ratio)| ((*key).to_owned(), *ratio)).collect()
    }

    #[test]
    fn a_time_at_its_limit_is_within_and_one_above_is_missed() {
        let within = [("first", 0.95), ("bulk_two_cores", 0.095), ("ring", 1.4)];
        assert_eq!(missed(&medians(&within)), [""; 0]);
        let above = [("bulk_avx2", 0.1701), ("first", 0.951), ("portable", 0.3)];
        assert_eq!(missed(&medians(&above)), ["bulk_avx2", "first"]);
    }

    #[test]
    fn many_keys_may_cost_a_quarter_more_than_one() {
        let within = [("bulk_ifma", 0.1), ("bulk_ifma_64_keys", 0.124)];
        assert_eq!(missed(&medians(&within)), [""; 0]);
        let above = [("bulk_ifma", 0.1), ("bulk_ifma_64_keys", 0.126)];
        assert_eq!(missed(&medians(&above)), ["bulk_ifma_64_keys"]);
    }

    #[test]
    fn aims_are_below_limits_and_peers_have_none() {
        let none = Medians::new();
        for key in ["first", "portable", "bulk_portable", "avx2", "bulk_avx2", "bulk_two_cores"] {
            let limit = limit(key, &none).unwrap();
            assert!(limit.aim.unwrap() < limit.at_most, "{key}");
        }
        assert_eq!(limit("graviola", &none), None);
        assert_eq!(limit("avx2_64_keys", &none), None);
    }
}
