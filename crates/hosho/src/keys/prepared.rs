//! Tables for the keys that a verifier meets often.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use hosho_ed25519::{BaseTable, Item, Path, PreparedVerifyingKey, Window, verify_many_on};

use super::{PublicKey, SignatureMismatch};
use crate::verify::VerifyError;

/// A signature to verify: the key if it is known, the message, the signature.
pub(crate) type Job<'a> = (Option<&'a PublicKey>, &'a [u8], &'a [u8; 64]);

/// Tables of the keys that verify many certificates, made once a key has been used enough.
///
/// A guarantor's key verifies thousands of certificates; with a table each takes a fraction of the
/// time, and the verdict is the same. A table takes 675 KiB, and the base point's as much once.
/// When more keys are in use than there is room for, the one used longest ago loses its table.
///
/// A [`Verifier`](crate::Verifier) has one of its own; several can share one, from any thread.
pub struct PreparedKeys {
    path: Path,
    room: usize,
    after: u32,
    base: OnceLock<Option<BaseTable>>,
    slots: Mutex<Slots>,
}

#[derive(Default)]
struct Slots {
    clock: u64,
    slots: Vec<Slot>,
}

struct Slot {
    key: [u8; 32],
    uses: u32,
    used_at: u64,
    table: Table,
}

enum Table {
    None,
    /// One thread is making it, or it could not be made.
    Claimed,
    Made(Arc<PreparedVerifyingKey>),
}

impl PreparedKeys {
    /// How many keys have a table at a time, by default: 64 tables take 42 MiB.
    pub const DEFAULT_ROOM: usize = 64;

    /// After how many verifications a table is made, by default: making and checking one takes
    /// about as long as this many verifications without it.
    pub const DEFAULT_AFTER: u32 = 224;

    /// How many keys are counted for each that has room for a table.
    const COUNTED_FOR_EACH: usize = 4;

    /// Makes an empty set with room for [`Self::DEFAULT_ROOM`] tables.
    pub fn new() -> Self {
        Self::with_room(Self::DEFAULT_ROOM)
    }

    /// Makes an empty set with room for `room` tables; with none, no table is ever made.
    pub fn with_room(room: usize) -> Self {
        Self {
            path: Path::fastest(),
            room,
            after: Self::DEFAULT_AFTER,
            base: OnceLock::new(),
            slots: Mutex::default(),
        }
    }

    /// Makes a key's table with its `uses`-th verification.
    #[must_use]
    pub fn after(mut self, uses: u32) -> Self {
        self.after = uses;
        self
    }

    /// Uses safe portable code, even where the processor has vector instructions.
    #[must_use]
    pub fn portable(mut self) -> Self {
        self.path = Path::PORTABLE;
        self
    }

    /// Uses the given path.
    #[must_use]
    pub fn on_path(mut self, path: Path) -> Self {
        self.path = path;
        self
    }

    /// Verifies by R-SIG-1 to R-SIG-4, with the key's table if it has one or has earned one.
    pub(crate) fn verify(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8; 64],
    ) -> Result<(), SignatureMismatch> {
        match self.table(key, 1) {
            Some(table) => {
                table.verify_on(self.path, message, signature).map_err(|_| SignatureMismatch)
            }
            None => key.verify(message, signature),
        }
    }

    /// Verifies many signatures as [`Self::verify`] does, those whose key has a table in bulk.
    pub(crate) fn verify_many(&self, jobs: &[Job<'_>]) -> Vec<Result<(), VerifyError>> {
        // The keys are entries of trust bundles, so one key is one place in memory.
        let mut keys: Vec<(&PublicKey, u32)> = Vec::new();
        let mut places = Vec::with_capacity(jobs.len());
        for (key, _, _) in jobs {
            places.push(key.map(|key| {
                let place = keys.iter().position(|(seen, _)| core::ptr::eq(*seen, key));
                let place = place.unwrap_or_else(|| {
                    keys.push((key, 0));
                    keys.len() - 1
                });
                if let Some((_, uses)) = keys.get_mut(place) {
                    *uses += 1;
                }
                place
            }));
        }
        let tables: Vec<_> = keys.into_iter().map(|(key, uses)| self.table(key, uses)).collect();
        let table_at = |place: &Option<usize>| tables.get((*place)?)?.as_deref();
        let in_bulk: Vec<_> = jobs
            .iter()
            .zip(&places)
            .filter_map(|((_, message, signature), place)| {
                Some(Item { key: table_at(place)?, message, signature })
            })
            .collect();
        let mut in_bulk = verify_many_on(self.path, &in_bulk).into_iter();
        let verify = |((key, message, signature), place): (&Job<'_>, _)| {
            let verified = match (key, table_at(place)) {
                (Some(_), Some(_)) => in_bulk.next().is_some_and(|verdict| verdict.is_ok()),
                (Some(key), None) => key.verify(message, signature).is_ok(),
                (None, _) => false,
            };
            if verified { Ok(()) } else { Err(VerifyError::Signature) }
        };
        jobs.iter().zip(&places).map(verify).collect()
    }

    /// Counts `uses` of the key and returns its table, if it has one or has now earned one.
    pub(crate) fn table(&self, key: &PublicKey, uses: u32) -> Option<Arc<PreparedVerifyingKey>> {
        if self.room == 0 {
            return None;
        }
        {
            let mut slots = self.lock();
            let slot = slots.used(key, uses, self.counted());
            match &slot.table {
                Table::Made(table) => return Some(Arc::clone(table)),
                Table::None if slot.uses >= self.after => slot.table = Table::Claimed,
                Table::None | Table::Claimed => return None,
            }
        }
        // Made without the lock: other threads verify without the table meanwhile.
        let table = Arc::new(self.make(key)?);
        let mut slots = self.lock();
        slots.used(key, 0, self.counted()).table = Table::Made(Arc::clone(&table));
        slots.keep(self.room);
        Some(table)
    }

    /// How many keys are counted at a time.
    const fn counted(&self) -> usize {
        self.room.saturating_mul(Self::COUNTED_FOR_EACH)
    }

    fn make(&self, key: &PublicKey) -> Option<PreparedVerifyingKey> {
        let base = self.base.get_or_init(|| BaseTable::new(Window::Nine).ok()).as_ref()?;
        PreparedVerifyingKey::new(key.point(), Window::Nine, base).ok()
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        // A thread that panicked left counts behind, which are at worst off by one.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    fn used(&mut self, key: &PublicKey, uses: u32, most: usize) -> &mut Slot {
        self.clock += 1;
        let clock = self.clock;
        let found = self.slots.iter().position(|slot| slot.key == *key.as_bytes());
        let at = found.unwrap_or_else(|| {
            if self.slots.len() >= most {
                self.forget_oldest();
            }
            let new = Slot { key: *key.as_bytes(), uses: 0, used_at: clock, table: Table::None };
            self.slots.push(new);
            self.slots.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "found, or just pushed")]
        let slot = &mut self.slots[at];
        slot.uses = slot.uses.saturating_add(uses);
        slot.used_at = clock;
        slot
    }

    fn forget_oldest(&mut self) {
        let oldest = self.slots.iter().enumerate().min_by_key(|(_, slot)| slot.used_at);
        if let Some((at, _)) = oldest {
            self.slots.swap_remove(at);
        }
    }

    /// Takes tables away until there is room, from the keys used longest ago.
    fn keep(&mut self, room: usize) {
        let made = |slot: &&mut Slot| matches!(slot.table, Table::Made(_));
        while self.slots.iter_mut().filter(made).count() > room {
            let oldest = self.slots.iter_mut().filter(made).min_by_key(|slot| slot.used_at);
            if let Some(slot) = oldest {
                slot.table = Table::None;
                slot.uses = 0;
            }
        }
    }
}

impl Default for PreparedKeys {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PreparedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedKeys")
            .field("path", &self.path)
            .field("room", &self.room)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
