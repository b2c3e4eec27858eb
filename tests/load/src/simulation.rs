//! What the measured costs of one node come to for many users. A calculation, not a measurement: it is as good as its costs, and says
//! where the design comes to an end first.

use crate::Result;
use crate::options::Simulate;
use crate::report::{BARE, RELAY, Report, say, show};

const DAY: f64 = 86_400.0;
const GIB: f64 = 1024.0 * 1024.0 * 1024.0;
/// Of a node's cores, how much may be in use at the peak.
const BUSY: f64 = 0.5;

/// What one node and one partition of the database can do.
#[derive(Debug, Clone, PartialEq)]
struct Costs {
    /// Microseconds of processor time for a message with one envelope: taken, stored, pushed, acknowledged.
    message_us: f64,
    /// Bytes of memory for an idle connection.
    connection: f64,
    /// Cores for an idle connection, which pings.
    connection_cores: f64,
    /// Commits a second on one disk, one after another.
    commits: f64,
    /// Bytes to the disk for a message.
    written: f64,
}

/// What goes with it and is not measured here: assumptions, named as such.
struct Assumed {
    /// Cores and memory of a node.
    cores: f64,
    memory: f64,
    /// Connections that one node may have, by files and by how many may have to reconnect at once.
    connections: f64,
    /// Envelopes in one transaction at the peak.
    batch: f64,
    /// Envelopes a second that one primary of PostgreSQL takes on good hardware.
    partition: f64,
    /// Messages a second that one NATS server passes on, with many subjects.
    nats: f64,
    /// Bytes of an envelope in the database, and days that one waits on average.
    envelope: f64,
    days: f64,
}

const ASSUMED: Assumed = Assumed {
    cores: 16.0,
    memory: 64.0 * GIB,
    connections: 250_000.0,
    batch: 64.0,
    partition: 20_000.0,
    nats: 1_000_000.0,
    envelope: 2_048.0,
    days: 1.0,
};

/// For who has not measured: what docs/performance.md has.
const DEFAULTS: Costs = Costs {
    message_us: 284.0,
    connection: 16.0 * 1024.0,
    connection_cores: 7e-6,
    commits: 1000.0,
    written: 21.0 * 1024.0,
};

impl Costs {
    /// Those of a run, with the defaults for cases that were left out.
    fn of(report: &Report) -> Self {
        let value =
            |case, system, name, unit: f64| report.value(case, system, name).map(|v| v * unit);
        let idle = |name, unit| {
            value("idle-19000", RELAY, name, unit).or_else(|| value("idle-5000", RELAY, name, unit))
        };
        Self {
            message_us: value("direct", RELAY, "server µs/message", 1.0)
                .unwrap_or(DEFAULTS.message_us),
            connection: idle("KiB/connection", 1024.0).unwrap_or(DEFAULTS.connection),
            connection_cores: idle("cores/100,000 connections", 1e-5)
                .unwrap_or(DEFAULTS.connection_cores),
            commits: value("fsync", BARE, "commits/s", 1.0).unwrap_or(DEFAULTS.commits),
            written: value("direct", RELAY, "disk KiB/message", 1024.0).unwrap_or(DEFAULTS.written),
        }
    }
}

/// What so many users need at their peak.
#[derive(Debug, PartialEq)]
struct Needs {
    messages: f64,
    envelopes: f64,
    connections: f64,
    /// All of them.
    cores: f64,
    nodes_by_cpu: f64,
    nodes_by_connections: f64,
    nodes_by_memory: f64,
    partitions: f64,
    fsyncs: f64,
    fsyncs_of_one: f64,
    nats: f64,
    stored: f64,
    written: f64,
}

/// Each message goes to every device of the recipient and to the sender's others.
fn needs(ask: &Simulate, costs: &Costs) -> Needs {
    let messages = ask.users * ask.messages / DAY * ask.peak;
    let envelopes = messages * (2.0 * ask.devices - 1.0);
    let connections = ask.users * ask.devices * ask.online;
    let cores = envelopes * costs.message_us / 1e6 + connections * costs.connection_cores;
    let partitions = (envelopes / ASSUMED.partition).ceil();
    let fsyncs = envelopes / ASSUMED.batch;
    let a_day = ask.users * ask.messages * (2.0 * ask.devices - 1.0);
    Needs {
        messages,
        envelopes,
        connections,
        cores,
        nodes_by_cpu: (cores / (ASSUMED.cores * BUSY)).ceil(),
        nodes_by_connections: (connections / ASSUMED.connections).ceil(),
        nodes_by_memory: (connections * costs.connection / (ASSUMED.memory * BUSY)).ceil(),
        partitions,
        fsyncs,
        fsyncs_of_one: fsyncs / partitions,
        nats: (envelopes / ASSUMED.nats).ceil(),
        stored: a_day * ASSUMED.days * ASSUMED.envelope,
        written: envelopes * costs.written,
    }
}

impl Needs {
    fn nodes(&self) -> f64 {
        self.nodes_by_cpu
            .max(self.nodes_by_connections)
            .max(self.nodes_by_memory)
    }

    /// What comes to its end first as users are added, and at how many of them.
    fn first_limits(&self, ask: &Simulate) -> Vec<(&'static str, f64)> {
        let share = |used: f64| ask.users / used;
        let mut limits = vec![
            (
                "one PostgreSQL primary takes no more envelopes",
                share(self.envelopes / ASSUMED.partition),
            ),
            (
                "one node has no more processor time",
                share(self.cores / (ASSUMED.cores * BUSY)),
            ),
            (
                "one node has no more connections",
                share(self.connections / ASSUMED.connections),
            ),
            (
                "one NATS server passes on no more wake-ups",
                share(self.envelopes / ASSUMED.nats),
            ),
        ];
        limits.sort_by(|one, other| one.1.total_cmp(&other.1));
        limits
    }
}

/// Prints the calculation.
pub(crate) fn run(ask: &Simulate) -> Result<()> {
    let costs = match &ask.json {
        Some(file) => Costs::of(&Report::read(file)?),
        None => DEFAULTS,
    };
    for line in lines(ask, &costs) {
        say(&line);
    }
    Ok(())
}

fn lines(ask: &Simulate, costs: &Costs) -> Vec<String> {
    let needs = needs(ask, costs);
    let mut lines = vec![
        format!(
            "{} users, {} devices each, {} messages a day each, peak {} times the mean, {} of the devices connected",
            show(ask.users),
            show(ask.devices),
            show(ask.messages),
            show(ask.peak),
            show(ask.online),
        ),
        format!(
            "costs: {} µs a message, {} KiB a connection, {} cores for 100,000 of them, {} commits/s of a disk",
            show(costs.message_us),
            show(costs.connection / 1024.0),
            show(costs.connection_cores * 1e5),
            show(costs.commits),
        ),
        String::new(),
        "| at the peak | |".to_owned(),
        "| --- | ---: |".to_owned(),
    ];
    let mut row = |name: &str, value: String| lines.push(format!("| {name} | {value} |"));
    row("messages a second", show(needs.messages));
    row("envelopes a second", show(needs.envelopes));
    row("connections", show(needs.connections));
    row(
        "nodes of 16 cores, half of them busy",
        show(needs.nodes_by_cpu),
    );
    row(
        "nodes, by 250,000 connections each",
        show(needs.nodes_by_connections),
    );
    row(
        "nodes, by memory (64 GiB, half of it)",
        show(needs.nodes_by_memory),
    );
    row(
        "memory of idle connections, GiB",
        show(needs.connections * costs.connection / GIB),
    );
    row(
        "partitions of PostgreSQL, by user, 20,000 envelopes/s each",
        show(needs.partitions),
    );
    row("fsyncs a second, 64 envelopes each", show(needs.fsyncs));
    row("fsyncs a second of a partition", show(needs.fsyncs_of_one));
    row("wake-ups a second between nodes", show(needs.envelopes));
    row(
        "NATS subjects with a subscriber (a device each)",
        show(needs.connections),
    );
    row("NATS servers, 1,000,000 wake-ups/s each", show(needs.nats));
    row(
        "stored envelopes, TiB (a day's)",
        show(needs.stored / GIB / 1024.0),
    );
    row("to all disks, GiB/s", show(needs.written / GIB));
    lines.push(String::new());
    lines.push("What gives way, in this order, as users are added:".to_owned());
    for (what, users) in needs.first_limits(ask) {
        lines.push(format!("- at {} users {what}", show(users)));
    }
    if needs.fsyncs_of_one > costs.commits {
        lines.push("- a partition's disk cannot be waited for so often: larger batches, or more partitions".to_owned());
    }
    lines.push(format!(
        "So: {} nodes, {} partitions, {} NATS servers, without spares.",
        show(needs.nodes()),
        show(needs.partitions),
        show(needs.nats),
    ));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(users: f64) -> Simulate {
        Simulate {
            json: None,
            users,
            devices: 2.0,
            messages: 43.2,
            peak: 2.0,
            online: 0.25,
        }
    }

    #[test]
    fn needs_follow_from_costs() {
        let costs = Costs {
            message_us: 100.0,
            connection_cores: 0.0,
            ..DEFAULTS
        };
        let needs = needs(&ask(1e8), &costs);
        // 10⁸ × 43.2 a day are 50,000 a second; twice that at the peak, three envelopes each.
        assert_eq!((needs.messages, needs.envelopes), (100_000.0, 300_000.0));
        assert_eq!(
            (needs.connections, needs.nodes_by_connections),
            (5e7, 200.0)
        );
        // 30 cores, of which a node gives 8.
        assert_eq!((needs.nodes_by_cpu, needs.partitions), (4.0, 15.0));
        assert_eq!(needs.nodes(), 200.0);
    }

    #[test]
    fn what_gives_way_is_in_order() {
        let costs = Costs {
            message_us: 100.0,
            connection_cores: 0.0,
            ..DEFAULTS
        };
        let needs = needs(&ask(1e8), &costs);
        let limits = needs.first_limits(&ask(1e8));
        assert!(limits.is_sorted_by(|one, other| one.1 <= other.1));
        assert!(
            limits[0].0.contains("node has no more connections"),
            "{limits:?}"
        );
        let database = limits
            .iter()
            .find(|limit| limit.0.contains("PostgreSQL"))
            .unwrap();
        assert!((database.1 - 1e8 / 15.0).abs() < 1.0, "{database:?}");
    }

    #[test]
    fn costs_are_those_of_a_run() {
        let mut report = Report::default();
        report.add("direct", RELAY, &[("server µs/message", 77.0)]);
        report.add("idle-5000", RELAY, &[("KiB/connection", 9.0)]);
        let costs = Costs::of(&report);
        assert_eq!((costs.message_us, costs.connection), (77.0, 9.0 * 1024.0));
        assert_eq!(costs.commits, DEFAULTS.commits);
    }
}
