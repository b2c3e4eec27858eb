//! Servers as processes of their own, and what they take of the machine.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::Result;

/// Ticks of a second in `/proc`, the same on every Linux that is about.
const TICKS: f64 = 100.0;

/// A process that ends when this is dropped.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        let program = command.get_program().to_owned();
        let child = command.spawn();
        let child = child.map_err(|error| format!("{}: {error}", program.to_string_lossy()))?;
        Ok(Self(child))
    }

    /// The first line that the process prints; it must have been given a pipe for that.
    fn first_line(&mut self) -> Result<String> {
        let stdout = self.0.stdout.take().ok_or("no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        if line.is_empty() {
            return Err("a server ended before it listened".into());
        }
        Ok(line.trim().to_owned())
    }

    pub(crate) fn usage(&self) -> Result<Usage> {
        Usage::of(self.0.id())
    }

    /// Whether the process still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    /// Closes the standard input, and waits for the end of a process that ends then.
    pub(crate) fn finish(mut self) {
        drop(self.0.stdin.take());
        drop(self.0.wait());
    }

    fn terminate(&mut self) {
        let id = self.0.id().to_string();
        drop(Command::new("kill").args(["-TERM", &id]).status());
        for _ in 0..200 {
            if !self.is_running() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.is_running() {
            self.terminate();
        }
    }
}

/// What a process has taken so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Bytes of memory that belong to the process; the kernel's own for its sockets are not among them.
    pub(crate) resident: u64,
    /// Seconds of processor time.
    pub(crate) cpu: f64,
    /// Bytes given to the disk.
    pub(crate) written: u64,
}

impl Usage {
    fn of(process: u32) -> Result<Self> {
        let read = |name: &str| std::fs::read_to_string(format!("/proc/{process}/{name}"));
        // After the name, which may hold anything: utime and stime are the 12th and 13th of what follows.
        let stat = read("stat")?;
        let (_, fields) = stat.rsplit_once(')').ok_or("an odd /proc/…/stat")?;
        let ticks: u32 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|ticks| ticks.parse::<u32>().unwrap_or_default())
            .sum();
        let kilobytes = field(&read("status")?, "VmRSS:");
        Ok(Self {
            resident: kilobytes.unwrap_or_default() * 1024,
            cpu: f64::from(ticks) / TICKS,
            written: field(&read("io")?, "write_bytes:").unwrap_or_default(),
        })
    }
}

/// The number behind a name.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A server that says in its first line where it listens.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
}

impl Server {
    fn start(command: &mut Command, prefix: &str) -> Result<Self> {
        let mut process = Process::spawn(command.stdout(Stdio::piped()))?;
        let line = process.first_line()?;
        let address = line.strip_prefix(prefix).ok_or("an odd first line")?;
        Ok(Self {
            process,
            address: address.parse()?,
        })
    }

    /// A relay on a database, with no limits of rate. Its log is a file of the folder.
    pub(crate) fn relay(program: &Path, database: &str, folder: &Path) -> Result<Self> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(folder.join("relay.log"))?;
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("LISTEN", "127.0.0.1:0")
            .env("DATABASE_URL", database)
            .env("RUST_LOG", "warn")
            .stderr(log);
        for rate in ["REGISTRATIONS", "LOGINS", "BUNDLES", "KEY_PACKAGES"] {
            command.env(format!("RATE_{rate}"), "0");
        }
        Self::start(&mut command, "relay listening on http://")
    }

    /// The bare loop, which is this program.
    pub(crate) fn bare(database: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare").arg(database);
        Self::start(&mut command, "bare loop listening on http://")
    }
}

/// A program on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_process_takes_is_seen() {
        let usage = Usage::of(std::process::id()).unwrap();
        assert!(usage.resident > 100_000, "{usage:?}");
        assert_eq!(field("a: 1\nVmRSS:\t  12 kB\n", "VmRSS:"), Some(12));
    }

    #[test]
    fn a_process_that_is_dropped_ends() {
        let process = Process::spawn(Command::new("sleep").arg("1000")).unwrap();
        let id = process.0.id();
        assert!(Usage::of(id).is_ok());
        drop(process);
        assert!(Usage::of(id).is_err());
    }
}
