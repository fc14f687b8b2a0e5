//! A running `hilum demo`: server, sandboxes and sample app, as a person would start it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::common::{App, hilum, text};

/// The demo; killed when dropped.
pub(crate) struct Demo {
    child: Child,
    pub(crate) data: PathBuf,
    pub(crate) log: PathBuf,
    pub(crate) hilum: String,
    pub(crate) app: App,
}

impl Demo {
    /// Starts it on free ports, logging everything into a file beside the data.
    pub(crate) fn start(dir: &Path) -> Self {
        let (data, log) = (dir.join("demo"), dir.join("log.txt"));
        let mut child = hilum()
            .args(["demo", "--data", text(&data), "--listen", "127.0.0.1:0", "--json", "--log", "trace"])
            .stdout(Stdio::piped())
            .stderr(std::fs::OpenOptions::new().create(true).append(true).open(&log).expect("log file"))
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let ready = lines.find(|l| l.starts_with('{')).expect("a JSON line when it is ready");
        std::thread::spawn(move || lines.for_each(drop));
        let ready: Value = serde_json::from_str(&ready).expect("JSON");
        let field = |name: &str| ready[name].as_str().expect(name).to_owned();
        Self {
            child,
            data,
            log,
            hilum: field("hilum"),
            app: App { client_id: field("clientId"), client_secret: field("clientSecret"), app_key: field("appKey") },
        }
    }

    /// Stops it as Ctrl-C would, and waits.
    pub(crate) fn stop(&mut self) {
        let pid = self.child.id().to_string();
        let asked = std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("kill");
        assert!(asked.success());
        assert!(self.child.wait().expect("wait").success(), "the demo ended badly");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
