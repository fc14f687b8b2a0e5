//! `hilum doctor`: looks at a data directory and configuration from outside.

use std::process::ExitCode;

use hilum_store::OpenMode;
use hilum_store::connections::ConnectionState;

use super::open_store;
use crate::config::{Flags, Settings};
use crate::out;

#[derive(Debug, clap::Args)]
pub(crate) struct DoctorFlags {
    #[command(flatten)]
    settings: Flags,
    /// After restoring a backup: refresh grants again, although a provider may end those that were refreshed since the
    /// backup was made
    #[arg(long)]
    accept_restored: bool,
}

/// Findings, counted.
#[derive(Default)]
struct Report {
    warnings: u32,
    failures: u32,
}

impl Report {
    fn ok(text: &str) {
        out::line(&format!("ok    {text}"));
    }
    fn warn(&mut self, text: &str) {
        self.warnings += 1;
        out::line(&format!("warn  {text}"));
    }
    fn fail(&mut self, text: &str) {
        self.failures += 1;
        out::line(&format!("FAIL  {text}"));
    }
}

pub(crate) async fn run(flags: &DoctorFlags) -> anyhow::Result<ExitCode> {
    let mut report = Report::default();
    match Settings::load(&flags.settings, std::env::vars()) {
        Ok(settings) => {
            Report::ok("configuration is valid");
            look_at_settings(&settings, &mut report);
            if settings.data.is_dir() {
                look_at_store(&settings, flags.accept_restored, &mut report).await;
            } else {
                report.warn(&format!(
                    "data directory {} does not exist yet; `hilum serve` creates it",
                    settings.data.display()
                ));
            }
        }
        Err(error) => report.fail(&format!("configuration: {error:#}")),
    }
    out::line(&format!("{} failures, {} warnings", report.failures, report.warnings));
    Ok(if report.failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn look_at_settings(settings: &Settings, report: &mut Report) {
    match &settings.public_url {
        Some(url) if url.scheme() == "https" => Report::ok(&format!("public address {url}")),
        Some(url) => {
            report.warn(&format!("public address {url} is for this machine only; phones and providers need https"));
        }
        None => report.warn("no public address (--public-url): only browsers on this machine can connect sources"),
    }
    if settings.providers.is_empty() {
        report.warn("no provider has credentials: configure [providers.NAME] client_id and client_secret");
    }
    if let Some(days) = settings.archive_days {
        Report::ok(&format!("answers and posts are kept as they came for {days} day(s)"));
    }
    for provider in settings.providers.values() {
        Report::ok(&format!("provider {} has credentials", provider.provider.id));
    }
}

async fn look_at_store(settings: &Settings, accept_restored: bool, report: &mut Report) {
    let store = match open_store(&settings.data, OpenMode::Tool) {
        Ok(store) => store,
        Err(error) => return report.fail(&format!("{error:#}")),
    };
    match store.check() {
        Ok(problems) if problems.is_empty() => Report::ok("database and keys fit together"),
        Ok(problems) => problems.iter().for_each(|p| report.fail(&format!("database: {p}"))),
        Err(error) => report.fail(&format!("database: {error}")),
    }
    if accept_restored {
        match store.accept_restored().await {
            Ok(true) => Report::ok("accepted: grants of the restored backup are refreshed again, within ten minutes"),
            Ok(false) => Report::ok("no restored backup waits to be accepted"),
            Err(error) => report.fail(&format!("accepting the restored backup: {error}")),
        }
    }
    match store.restored_at() {
        Ok(None) => {}
        Ok(Some(at)) => report.warn(&format!("{}, found {at}", super::RESTORED)),
        Err(error) => report.fail(&format!("database: {error}")),
    }
    match store.apps() {
        Ok(apps) if apps.is_empty() => report.warn("no app is registered: hilum app create --name NAME --origin URL"),
        Ok(apps) => Report::ok(&format!("{} app(s) registered", apps.len())),
        Err(error) => report.fail(&format!("apps: {error}")),
    }
    match store.all_connections() {
        Ok(connections) => {
            let broken = connections.iter().filter(|c| c.state == ConnectionState::NeedsReauth).count();
            let down = connections.iter().filter(|c| c.state == ConnectionState::ProviderDown).count();
            Report::ok(&format!("{} connection(s)", connections.len()));
            if broken > 0 {
                report.warn(&format!("{broken} connection(s) wait for the person to authorise again"));
            }
            if down > 0 {
                report.warn(&format!("{down} connection(s) get no proper answer from their provider"));
            }
        }
        Err(error) => report.fail(&format!("connections: {error}")),
    }
    if let Err(error) = store.close().await {
        report.fail(&format!("closing the database: {error}"));
    }
}
