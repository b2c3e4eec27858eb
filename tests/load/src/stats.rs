//! Latencies and what they come to.

/// Latencies in nanoseconds.
#[derive(Default)]
pub(crate) struct Latencies(Vec<u64>);

impl Latencies {
    pub(crate) fn add(&mut self, nanoseconds: u64) {
        self.0.push(nanoseconds);
    }

    pub(crate) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The smallest latency that `percent` of all do not exceed, in milliseconds (nearest rank); 0 of none.
    pub(crate) fn percentile(&mut self, percent: usize) -> f64 {
        self.0.sort_unstable();
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0
            .get(rank - 1)
            .map_or(0.0, |nanoseconds| ms(*nanoseconds))
    }
}

/// Milliseconds of nanoseconds.
#[expect(clippy::cast_precision_loss, reason = "a measurement")]
pub(crate) fn ms(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}

/// A count as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "a measurement")]
pub(crate) fn number(count: usize) -> f64 {
    count as f64
}

/// Of several measurements, the one in the middle.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let mut latencies = Latencies::default();
        for n in (1..=200_u64).rev() {
            latencies.add(n * 1_000_000);
        }
        let all = [50, 99, 100].map(|percent| latencies.percentile(percent));
        assert_eq!(all, [100.0, 198.0, 200.0]);
        assert_eq!(Latencies::default().percentile(99), 0.0);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
    }
}
