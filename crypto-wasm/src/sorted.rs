//! Sets as sorted vectors: of a few hundred items at most, and a fraction of the code of a tree.

/// Adds an item where it belongs; false if it is there already.
pub(crate) fn insert<T: Ord>(set: &mut Vec<T>, item: T) -> bool {
    match set.binary_search(&item) {
        Ok(_) => false,
        Err(at) => {
            set.insert(at, item);
            true
        }
    }
}

/// Whether no item is there twice.
#[cfg(feature = "forum")]
pub(crate) fn all_distinct<T: Ord>(mut items: impl Iterator<Item = T>) -> bool {
    let mut seen = Vec::new();
    items.all(|item| insert(&mut seen, item))
}

#[cfg(test)]
mod tests {
    use super::insert;

    #[test]
    fn every_item_is_there_once_and_in_order() {
        let mut set = Vec::new();
        let new: Vec<bool> = [3, 1, 2, 3, 1, 0].map(|item| insert(&mut set, item)).into();
        assert_eq!(new, [true, true, true, false, false, true]);
        assert_eq!(set, [0, 1, 2, 3]);
    }
}
