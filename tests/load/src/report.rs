//! What was measured, as a table and as JSON.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Result;

/// The relay, which is what all of this is about.
pub(crate) const RELAY: &str = "relay";
/// The bare loop.
pub(crate) const BARE: &str = "bare";
/// The peer.
pub(crate) const EJABBERD: &str = "ejabberd";

/// One case on one system.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) case: String,
    pub(crate) system: String,
    /// By name; the name ends with the unit.
    pub(crate) values: BTreeMap<String, f64>,
}

/// A run.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Unix seconds at the beginning.
    pub(crate) at: u64,
    pub(crate) machine: BTreeMap<String, String>,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) results: Vec<Measured>,
    pub(crate) targets: Vec<Verdict>,
}

/// How far a target was reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Verdict {
    pub(crate) case: String,
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) goal: String,
    pub(crate) reached: bool,
}

/// Something to reach: nothing fails because it is missed.
struct Target {
    case: &'static str,
    value: &'static str,
    /// The system whose value it is divided by, if any.
    of: Option<&'static str>,
    goal: Goal,
}

#[derive(Clone, Copy)]
enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

const fn ratio(case: &'static str, value: &'static str, of: &'static str, goal: f64) -> Target {
    Target {
        case,
        value,
        of: Some(of),
        goal: Goal::AtLeast(goal),
    }
}

const fn most(case: &'static str, value: &'static str, goal: f64) -> Target {
    Target {
        case,
        value,
        of: None,
        goal: Goal::AtMost(goal),
    }
}

const TARGETS: [Target; 9] = [
    ratio("direct", "acks/s", BARE, 0.6),
    ratio("direct", "acks/s", EJABBERD, 7.0),
    ratio("fanout-100", "deliveries/s", BARE, 0.7),
    ratio("fanout-1000", "deliveries/s", BARE, 0.7),
    ratio("backlog", "envelopes/s", BARE, 0.4),
    most("idle-5000", "KiB/connection", 14.0),
    most("idle-19000", "KiB/connection", 14.0),
    most("half-load", "ack p99 ms", 25.0),
    most("bundles", "1000 addresses ms", 50.0),
];

impl Report {
    pub(crate) fn add(&mut self, case: &str, system: &str, values: &[(&str, f64)]) {
        let values: BTreeMap<_, _> = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect();
        let shown: Vec<_> = values
            .iter()
            .map(|(name, value)| format!("{name} {}", show(*value)))
            .collect();
        say(&format!("{case:<14}{system:<10}{}", shown.join(", ")));
        self.results.push(Measured {
            case: case.to_owned(),
            system: system.to_owned(),
            values,
        });
    }

    pub(crate) fn value(&self, case: &str, system: &str, value: &str) -> Option<f64> {
        self.results
            .iter()
            .find(|measured| measured.case == case && measured.system == system)?
            .values
            .get(value)
            .copied()
    }

    /// Compares what was measured with what is to be reached.
    pub(crate) fn judge(&mut self) {
        let verdicts = TARGETS.iter().filter_map(|target| self.verdict(target));
        self.targets = verdicts.collect();
    }

    fn verdict(&self, target: &Target) -> Option<Verdict> {
        let mut value = self.value(target.case, RELAY, target.value)?;
        let mut what = target.value.to_owned();
        if let Some(of) = target.of {
            value /= self.value(target.case, of, target.value)?;
            what = format!("{what}, × {of}");
        }
        let (goal, reached) = match target.goal {
            Goal::AtLeast(least) => (format!("≥ {least}"), value >= least),
            Goal::AtMost(most) => (format!("≤ {most}"), value <= most),
        };
        Some(Verdict {
            case: target.case.to_owned(),
            what,
            value,
            goal,
            reached,
        })
    }

    /// As tables in Markdown.
    pub(crate) fn tables(&self) -> String {
        let mut lines = vec![
            "| case | system | |".to_owned(),
            "| --- | --- | --- |".to_owned(),
        ];
        for Measured {
            case,
            system,
            values,
        } in &self.results
        {
            let values: Vec<_> = values
                .iter()
                .map(|(name, value)| format!("{name} {}", show(*value)))
                .collect();
            lines.push(format!("| {case} | {system} | {} |", values.join(", ")));
        }
        lines.push(String::new());
        lines.push("| case | | value | to reach | |".to_owned());
        lines.push("| --- | --- | ---: | --- | --- |".to_owned());
        for verdict in &self.targets {
            lines.push(format!(
                "| {} | {} | {} | {} | {} |",
                verdict.case,
                verdict.what,
                show(verdict.value),
                verdict.goal,
                if verdict.reached { "reached" } else { "missed" }
            ));
        }
        lines.join("\n")
    }

    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(file, serde_json::to_vec_pretty(self)?)?)
    }

    pub(crate) fn read(file: &Path) -> Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(file)?)?)
    }
}

/// A number with three digits that count.
pub(crate) fn show(value: f64) -> String {
    let digits = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

/// Prints a line.
pub(crate) fn say(text: &str) {
    // Whoever closed the output does not read it.
    drop(writeln!(std::io::stdout(), "{text}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_judged_by_what_was_measured() {
        let mut report = Report::default();
        report.add("direct", RELAY, &[("acks/s", 500.0)]);
        report.add("direct", BARE, &[("acks/s", 1000.0)]);
        report.add("bundles", RELAY, &[("1000 addresses ms", 50.0)]);
        report.judge();
        let verdicts: Vec<_> = report
            .targets
            .iter()
            .map(|verdict| (verdict.case.as_str(), verdict.value, verdict.reached))
            .collect();
        assert_eq!(verdicts, [("direct", 0.5, false), ("bundles", 50.0, true)]);
        let text = serde_json::to_string(&report).unwrap();
        let again: Report = serde_json::from_str(&text).unwrap();
        assert_eq!(again.targets, report.targets);
        assert!(
            again
                .tables()
                .contains("| direct | acks/s, × bare | 0.500 | ≥ 0.6 | missed |")
        );
    }

    #[test]
    fn numbers_are_shown_with_what_counts_of_them() {
        let shown = [1234567.8, 999.9, 12.34, 1.2345, 0.12345, 0.0].map(show);
        assert_eq!(
            shown,
            ["1,234,568", "1,000", "12.3", "1.23", "0.123", "0.000"]
        );
    }
}
