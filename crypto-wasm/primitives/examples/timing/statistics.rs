//! Welch's t-test over cropped timings.

use crate::Class;

/// Mean and variance so far (Welford).
#[derive(Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn push(&mut self, value: f64) {
        self.count += 1.0;
        let from_mean = value - self.mean;
        self.mean += from_mean / self.count;
        self.squares += from_mean * (value - self.mean);
    }

    /// The variance of the mean.
    fn error(&self) -> f64 {
        self.squares / (self.count - 1.0) / self.count
    }
}

fn welch(timings: &[(Class, f64)], limit: f64) -> f64 {
    let (mut fixed, mut random) = (Moments::default(), Moments::default());
    for (class, time) in timings.iter().filter(|(_, time)| *time <= limit) {
        match class {
            Class::Fixed => fixed.push(*time),
            Class::Random => random.push(*time),
        }
    }
    (fixed.mean - random.mean) / (fixed.error() + random.error()).sqrt()
}

/// The t that is farthest from zero, of all timings and of the fastest so many of them: what slows a sample down from outside
/// (interrupts, other processes) is cropped.
pub(crate) fn largest_t(timings: &[(Class, f64)]) -> f64 {
    let mut sorted: Vec<f64> = timings.iter().map(|(_, time)| *time).collect();
    sorted.sort_by(f64::total_cmp);
    [0.5, 0.75, 0.9, 0.95, 0.99, 1.0]
        .into_iter()
        .filter_map(|part| sorted.get(((sorted.len() - 1) as f64 * part) as usize))
        .map(|limit| welch(timings, *limit))
        .filter(|t| t.is_finite())
        .fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a })
}
