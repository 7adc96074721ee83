//! Which places of the status lists are taken.

use std::collections::BTreeMap;

use hosho::{ListNumber, StatusIndex, StatusReference};

/// How many places a list has (spec R-CERT-10).
const PLACES: u32 = 131_072;

/// The places taken in each status list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists(BTreeMap<ListNumber, Taken>);

/// One bit for each place of a list.
#[derive(Clone, Debug)]
struct Taken {
    words: Vec<u64>,
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
        let drawn = taken.free_places().nth(usize::try_from(chosen).unwrap_or(usize::MAX));
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
        Self { words: vec![0; 2_048], count: 0 }
    }

    fn take(&mut self, place: u32) -> Option<()> {
        let word = self.words.get_mut(usize::try_from(place / 64).ok()?)?;
        let bit = 1_u64 << (place % 64);
        if *word & bit != 0 {
            return None;
        }
        *word |= bit;
        self.count += 1;
        Some(())
    }

    fn free_places(&self) -> impl Iterator<Item = u32> {
        (0_u32..).zip(&self.words).flat_map(|(number, word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 0).map(move |bit| number * 64 + bit)
        })
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
        let mut full = Taken::nothing();
        full.words.fill(u64::MAX);
        full.count = PLACES;
        let mut lists = Lists(BTreeMap::from([(ListNumber::FIRST, full)]));
        assert_eq!(draw(&mut lists, |bound| bound - 1), (2, 131_071));
        assert_eq!(lists.numbers().count(), 2);
    }

    #[test]
    fn draws_the_last_free_place() {
        let mut almost = Taken::nothing();
        almost.words.fill(u64::MAX);
        almost.words[3] = u64::MAX - 2;
        almost.count = PLACES - 1;
        let mut lists = Lists(BTreeMap::from([(ListNumber::FIRST, almost)]));
        assert_eq!(draw(&mut lists, |bound| bound - 1), (1, 193));
        assert_eq!(draw(&mut lists, |_| 0), (2, 0));
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
