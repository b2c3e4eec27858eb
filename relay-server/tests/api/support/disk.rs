//! A small disk that can be full: a file system in memory, in a mount namespace of its own that ends with the test.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A file system of a few megabytes.
pub(crate) struct Disk {
    holder: Child,
    folder: PathBuf,
}

impl Disk {
    /// Mounts it on a folder, for those alone who are started by [`Disk::enter`]. It needs root, or user namespaces for everybody.
    pub(crate) fn new(folder: &Path, megabytes: usize) -> Self {
        let script = format!(
            "mount -t tmpfs -o size={megabytes}m,mode=777 none '{}' && echo mounted && cat",
            folder.display()
        );
        let mut holder = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare");
        let mut line = String::new();
        let output = holder.stdout.take().expect("an output");
        let read = BufReader::new(output).read_line(&mut line);
        assert!(
            read.is_ok() && line == "mounted\n",
            "this test needs a mount namespace: root, or kernel.unprivileged_userns_clone=1"
        );
        Self {
            holder,
            folder: folder.to_owned(),
        }
    }

    /// What starts a program where the disk is.
    pub(crate) fn enter(&self) -> Vec<String> {
        let id = self.holder.id().to_string();
        [
            "nsenter",
            "--preserve-credentials",
            "--user",
            "--mount",
            "--target",
            &id,
        ]
        .map(str::to_owned)
        .into()
    }

    /// A file of the disk, as it is found from outside.
    fn file(&self, name: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        let folder = self.folder.strip_prefix("/").expect("an absolute path");
        root.join(folder).join(name)
    }

    /// Writes until nothing more goes in.
    pub(crate) fn fill(&self) {
        use std::io::Write as _;
        let mut file = std::fs::File::create(self.file("filler")).expect("a file");
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    /// Makes space again.
    pub(crate) fn free(&self) {
        std::fs::remove_file(self.file("filler")).expect("a filled disk");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.holder.kill());
        drop(self.holder.wait());
    }
}
