//! A very small cache: a handful of large values, least recently used goes first.

use std::sync::Arc;

/// At most `capacity` values by key; the list is short, so a linear search is enough.
pub struct Lru<V> {
    capacity: usize,
    /// Most recently used last.
    entries: Vec<(String, Arc<V>)>,
}

impl<V> Lru<V> {
    /// An empty cache of at least one place.
    pub fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), entries: Vec::new() }
    }

    /// Forgets all values.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// The value under `key`, made by `make` when it is not there. A failure is not kept.
    ///
    /// # Errors
    /// What `make` answers.
    pub fn get_or_make<E>(
        &mut self,
        key: &str,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        if let Some(at) = self.entries.iter().position(|(known, _)| known == key) {
            let entry = self.entries.remove(at);
            self.entries.push(entry);
        } else {
            // Room first: old and new value need not be in memory together.
            if self.entries.len() == self.capacity {
                self.entries.remove(0);
            }
            let value = Arc::new(make()?);
            self.entries.push((key.to_owned(), value));
        }
        Ok(Arc::clone(&self.entries[self.entries.len() - 1].1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_value_is_made_again() {
        let mut cache = Lru::new(2);
        let mut made = Vec::new();
        for key in ["a", "b", "a", "c", "a", "b"] {
            let value = cache
                .get_or_make(key, || {
                    made.push(key);
                    Ok::<_, ()>(key.to_uppercase())
                })
                .unwrap();
            assert_eq!(*value, key.to_uppercase());
        }
        assert_eq!(made, ["a", "b", "c", "b"]);
        assert_eq!(cache.get_or_make("d", || Err("no")), Err("no"));
    }
}
