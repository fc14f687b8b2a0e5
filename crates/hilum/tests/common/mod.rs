//! Driving the real binary.
#![expect(dead_code, reason = "each test file uses a part of this")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// The program, with no configuration of the machine's leaking in.
pub(crate) fn hilum() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hilum"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HILUM_")) {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    hilum().args(args).output().expect("the program starts")
}

/// Its standard output as JSON.
pub(crate) fn run_json(args: &[&str]) -> Value {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON on standard output")
}

/// An app with its credentials.
#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "appKey is the documented name")]
pub(crate) struct App {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) app_key: String,
}

/// Registers an app in a data directory.
pub(crate) fn create_app(data: &Path, name: &str, origin: &str) -> App {
    let made = run_json(&["app", "create", "--data", text(data), "--name", name, "--origin", origin, "--json"]);
    let field = |name: &str| made[name].as_str().expect(name).to_owned();
    App { client_id: field("clientId"), client_secret: field("clientSecret"), app_key: field("appKey") }
}

/// A path as text.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("temp paths are UTF-8")
}

/// A running program; killed when dropped.
pub(crate) struct Running(Child);

impl Running {
    /// Starts it and waits for its first line.
    pub(crate) fn start(mut command: Command) -> (Self, String) {
        command.stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        (Self(child), line)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _already_gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// A running `hilum serve`; killed when dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    /// `http://127.0.0.1:PORT`.
    pub(crate) url: String,
}

impl Server {
    /// Starts on a free port and waits until it says where it listens.
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, |_| {})
    }

    /// The same with more settings.
    pub(crate) fn start_with(data: &Path, settings: impl FnOnce(&mut Command)) -> Self {
        let mut command = hilum();
        command.args(["serve", "--data", text(data), "--listen", "127.0.0.1:0"]).env("HILUM_LOG", "warn");
        command.stdout(Stdio::piped()).stderr(Stdio::inherit());
        settings(&mut command);
        let mut child = command.spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("Hilum: ").unwrap_or_else(|| panic!("unexpected first line: {line:?}"));
        Self { url: url.to_owned(), child }
    }

    /// SIGKILL, and waits until the process is gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("kill");
        self.child.wait().expect("wait");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// An HTTP client for tests.
#[expect(clippy::disallowed_methods, reason = "tests are clients of the server")]
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("client")
}
