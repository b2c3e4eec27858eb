//! Does time tell secrets apart? Dudect's method ("Dude, is my code constant time?", DATE 2017): two classes of secrets in
//! random order, Welch's t-test on the cropped timings. `npm run soak -- --only timing` runs it. It can show a leak, not the
//! absence of one; the control shows that it would.

#![expect(clippy::expect_used, reason = "a failed measurement ends the program")]

mod statistics;
mod targets;

use std::time::Instant;

use statistics::largest_t;

/// |t| above this is a leak, if it stays. Dudect calls 4.5 suspicious and 10 certain; a shared machine is noisy.
const THRESHOLD: f64 = 10.0;
/// A suspicion is measured again, each time with twice the samples: a leak's t grows with their number, chance's does not.
const ATTEMPTS: u32 = 3;
const SAMPLES: usize = 50_000;

/// The class of a sample's secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Fixed,
    Random,
}

/// A measured operation: what it is called, and the means to take a sample.
struct Target {
    name: &'static str,
    leaky: bool,
    /// Prepares a secret of a class and returns the operation on it.
    prepare: Box<dyn Fn(Class) -> Box<dyn Fn()>>,
}

impl Target {
    /// Nanoseconds of `samples` operations with their classes, in random order. Both classes are prepared alike and ahead
    /// of a batch, so that neither is warmer in the cache.
    fn sample(&self, samples: usize) -> Vec<(Class, f64)> {
        const BATCH: usize = 100;
        let mut timings = Vec::with_capacity(samples);
        while timings.len() < samples {
            let classes = [(); BATCH].map(|()| targets::coin());
            let operations = classes.map(|class| (class, (self.prepare)(class)));
            for (class, operation) in &operations {
                let start = Instant::now();
                operation();
                timings.push((*class, start.elapsed().as_secs_f64() * 1e9));
            }
        }
        timings
    }

    /// The t of the last attempt.
    fn measure(&self) -> f64 {
        let mut t = 0.0;
        for attempt in 0..ATTEMPTS {
            t = largest_t(&self.sample(SAMPLES << attempt));
            if t.abs() < THRESHOLD {
                break;
            }
        }
        t
    }
}

fn main() {
    let (mut passed, mut failed) = (0, 0);
    for target in targets::all() {
        let start = Instant::now();
        let t = target.measure();
        let good = (t.abs() >= THRESHOLD) == target.leaky;
        *(if good { &mut passed } else { &mut failed }) += 1;
        println!(
            "{} {:<50} t = {t:>9.2} {}({:.1} s)",
            if good { "ok  " } else { "FAIL" },
            target.name,
            if target.leaky { "(must leak) " } else { "" },
            start.elapsed().as_secs_f64(),
        );
    }
    println!("{passed} passed, {failed} failed");
    std::process::exit(i32::from(failed > 0));
}
