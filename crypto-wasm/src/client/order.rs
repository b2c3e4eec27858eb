//! Lists in an order.

/// Sorts items by keys that were taken down beside them. The sorting itself is compiled once, for keys and places.
pub(super) fn in_order<T>(items: Vec<T>, mut order: Vec<(Vec<u8>, usize)>) -> Vec<T> {
    order.sort_unstable();
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    let mut take = |at: usize| items.get_mut(at).and_then(Option::take);
    order.iter().filter_map(|(_, at)| take(*at)).collect()
}

/// What [`in_order`] takes, for items that have numbers.
#[cfg(feature = "forums")]
pub(super) fn by_number(numbers: impl Iterator<Item = u64>) -> Vec<(Vec<u8>, usize)> {
    let key = |(at, number): (usize, u64)| (number.to_be_bytes().to_vec(), at);
    numbers.enumerate().map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn items_come_by_their_keys() {
        let order = vec![(vec![2], 0), (vec![1, 0], 1), (vec![1], 2)];
        assert_eq!(
            in_order(vec!["last", "second", "first"], order),
            ["first", "second", "last"]
        );
    }
}
