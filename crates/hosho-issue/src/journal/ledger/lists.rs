//! Which places of the status lists are taken.

use std::collections::BTreeMap;

use hosho::{ListNumber, StatusIndex, StatusReference};

/// How many places a list has (spec R-CERT-10).
const PLACES: u32 = 131_072;

/// The places taken in each status list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists(BTreeMap<ListNumber, Taken>);

/// Words whose free places are counted together.
const GROUP: usize = 64;

/// How many places a group has.
const GROUP_PLACES: u32 = 4_096;

/// One bit for each place of a list.
#[derive(Clone, Debug)]
struct Taken {
    words: Vec<u64>,
    // Invariant: how many places of each group of words are free.
    free: Vec<u32>,
    count: u32,
}

impl Lists {
    /// Takes a place; nothing if it is taken already.
    #[must_use]
    pub(crate) fn take(&mut self, status: StatusReference) -> Option<()> {
        self.0.entry(status.list).or_insert_with(Taken::nothing).take(status.index.number())
    }

    /// Takes a free place of the newest list that has one, or of a new list: the `random`-th free
    /// one, where `random` is asked for a number below the count of free places.
    ///
    /// Nothing when every list is full. An error is that of `random`.
    pub(crate) fn draw<E>(
        &mut self,
        random: impl FnOnce(u32) -> Result<u32, E>,
    ) -> Result<Option<StatusReference>, E> {
        let Some(list) = self.open_list() else { return Ok(None) };
        let taken = self.0.entry(list).or_insert_with(Taken::nothing);
        let chosen = random(PLACES - taken.count)?;
        let drawn = taken.free_place(chosen);
        let Some(index) = drawn.and_then(|place| StatusIndex::new(place).ok()) else {
            return Ok(None);
        };
        Ok(taken.take(index.number()).map(|()| StatusReference { list, index }))
    }

    /// Returns the numbers of the lists that are in use.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = ListNumber> {
        self.0.keys().copied()
    }

    fn open_list(&self) -> Option<ListNumber> {
        match self.0.last_key_value() {
            None => Some(ListNumber::FIRST),
            Some((list, taken)) if taken.count < PLACES => Some(*list),
            Some((list, _)) => list.next(),
        }
    }
}

impl Taken {
    fn nothing() -> Self {
        Self { words: vec![0; 2_048], free: vec![GROUP_PLACES; 32], count: 0 }
    }

    fn take(&mut self, place: u32) -> Option<()> {
        let word = self.words.get_mut(usize::try_from(place / 64).ok()?)?;
        let bit = 1_u64 << (place % 64);
        if *word & bit != 0 {
            return None;
        }
        *word |= bit;
        let group = self.free.get_mut(usize::try_from(place / GROUP_PLACES).ok()?)?;
        *group -= 1;
        self.count += 1;
        Some(())
    }

    /// Returns the free place that `nth` free ones stand before: as quick in a list that is nearly
    /// full as in an empty one, since groups and words are passed over by their counts.
    fn free_place(&self, nth: u32) -> Option<u32> {
        let mut before = nth;
        let groups = (0_u32..).zip(self.words.chunks(GROUP)).zip(&self.free);
        for ((group, words), free) in groups {
            if before >= *free {
                before -= free;
                continue;
            }
            for (number, word) in (0_u32..).zip(words) {
                let free = word.count_zeros();
                if before >= free {
                    before -= free;
                    continue;
                }
                let mut bits = !word;
                for _ in 0..before {
                    // Clears the lowest free place of the word.
                    bits &= bits.wrapping_sub(1);
                }
                return Some(group * GROUP_PLACES + number * 64 + bits.trailing_zeros());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn draw(lists: &mut Lists, chosen: impl FnOnce(u32) -> u32) -> (u16, u32) {
        let drawn: Result<_, Infallible> = lists.draw(|bound| Ok(chosen(bound)));
        let status = drawn.unwrap().unwrap();
        (status.list.number(), status.index.number())
    }

    fn taken(places: impl IntoIterator<Item = u32>) -> Taken {
        let mut taken = Taken::nothing();
        for place in places {
            taken.take(place).unwrap();
        }
        taken
    }

    #[test]
    fn draws_the_chosen_of_the_free_places() {
        let mut lists = Lists::default();
        assert_eq!(draw(&mut lists, |_| 5), (1, 5));
        assert_eq!(draw(&mut lists, |_| 5), (1, 6));
        assert_eq!(draw(&mut lists, |bound| bound - 1), (1, 131_071));
        assert_eq!(draw(&mut lists, |bound| bound - 1), (1, 131_070));
    }

    #[test]
    fn opens_a_new_list_when_one_is_full() {
        let mut lists = Lists(BTreeMap::from([(ListNumber::FIRST, taken(0..PLACES))]));
        assert_eq!(draw(&mut lists, |bound| bound - 1), (2, 131_071));
        assert_eq!(lists.numbers().count(), 2);
    }

    #[test]
    fn draws_the_last_free_place() {
        let almost = taken((0..PLACES).filter(|place| *place != 193));
        let mut lists = Lists(BTreeMap::from([(ListNumber::FIRST, almost)]));
        assert_eq!(draw(&mut lists, |bound| bound - 1), (1, 193));
        assert_eq!(draw(&mut lists, |_| 0), (2, 0));
    }

    #[test]
    fn finds_the_free_places_in_their_order() {
        let taken =
            taken([0, 2, 63, 64, 70, 4_095, 4_096, 131_071].into_iter().chain(8_192..16_384));
        let by_bits: Vec<u32> = (0..)
            .zip(&taken.words)
            .flat_map(|(number, word)| (0..64).map(move |bit| (number * 64 + bit, word >> bit & 1)))
            .filter_map(|(place, bit)| (bit == 0).then_some(place))
            .collect();
        for (nth, place) in (0..).zip(&by_bits) {
            assert_eq!(taken.free_place(nth), Some(*place));
        }
        assert_eq!(taken.free_place(PLACES - taken.count), None);
    }

    #[test]
    fn places_are_drawn_once_each_and_one_list_after_the_other_is_used_up() {
        let mut lists = Lists::default();
        let mut state = 1_u64;
        let mut random = |bound: u32| {
            // SplitMix64: any spread will do.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            u32::try_from((mixed ^ mixed >> 27) % u64::from(bound)).unwrap()
        };
        let mut counts: BTreeMap<u16, u32> = BTreeMap::new();
        for _ in 0..300_000 {
            let (list, _) = draw(&mut lists, &mut random);
            *counts.entry(list).or_default() += 1;
        }
        let full = (1..=2).map(|list| (list, PLACES));
        let last = (3, 300_000 - 2 * PLACES);
        assert_eq!(counts, full.chain([last]).collect());
        let taken = lists.0.values().flat_map(|taken| &taken.words);
        assert_eq!(taken.map(|word| word.count_ones()).sum::<u32>(), 300_000);
    }

    #[test]
    fn refuses_to_take_a_place_twice() {
        let mut lists = Lists::default();
        let place =
            StatusReference { list: ListNumber::FIRST, index: StatusIndex::new(9).unwrap() };
        assert_eq!(lists.take(place), Some(()));
        assert_eq!(lists.take(place), None);
    }
}
