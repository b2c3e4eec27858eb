//! Chance that can be repeated: the same seed throws the same. (When what is thrown happens is the machine's matter.)

use std::time::Duration;

/// SplitMix64.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The dice of one of many who throw at the same time.
    pub(crate) const fn of(seed: u64, player: u64) -> Self {
        Self(seed ^ player.wrapping_mul(0xd134_2543_de82_ef95))
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// One of 0 … sides − 1.
    pub(crate) fn throw(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides).expect("a number of sides");
        usize::try_from(self.next() % sides).expect("a side")
    }

    pub(crate) fn one_in(&mut self, sides: usize) -> bool {
        self.throw(sides) == 0
    }

    pub(crate) fn milliseconds(&mut self, from: usize, to: usize) -> Duration {
        let milliseconds = from + self.throw(to - from);
        Duration::from_millis(u64::try_from(milliseconds).expect("short"))
    }
}

/// `SEALPOST_KILL_SEED`, else a new one. It is printed, so that a run that failed can be repeated.
pub(crate) fn seed() -> u64 {
    let given = std::env::var("SEALPOST_KILL_SEED").ok();
    let seed = given.map_or_else(
        || u64::from_be_bytes(crate::support::random()),
        |seed| seed.parse().expect("SEALPOST_KILL_SEED: a number"),
    );
    println!("SEALPOST_KILL_SEED={seed}");
    seed
}

/// How often to kill: the number that a variable says, else this.
pub(crate) fn rounds(variable: &str, otherwise: usize) -> usize {
    let told = std::env::var(variable).ok();
    told.map_or(otherwise, |told| {
        told.parse()
            .unwrap_or_else(|_| panic!("{variable}: a number"))
    })
}
