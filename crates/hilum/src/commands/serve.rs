//! `hilum serve`.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use hilum_engine::clock::{SystemClock, SystemRandom};
use hilum_engine::{Config, Egress, Engine, ProviderConfig};
use hilum_store::OpenMode;
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

use super::{RESTORED, demo_user, open_store};
use crate::config::{Flags, Settings};
use crate::{http, out};

pub(crate) async fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(flags, std::env::vars())?;
    let listener =
        TcpListener::bind(settings.listen).await.with_context(|| format!("listening on {}", settings.listen))?;
    let public_url = public_url(&settings, &listener)?;
    let server = start(&settings, listener, public_url, settings.providers.clone())?;
    let stop = stop_signal();
    out::line(&format!("Hilum: {}", server.engine.config.origin()));
    if settings.providers.is_empty() {
        tracing::warn!("no provider is configured yet: people will find no source to connect (see hilum serve --help)");
    }
    tokio::select! {
        () = stop => {}
        () = server.store_closed() => bail!("the store stopped taking writes: its last commit is in doubt. Start again once the disk is well"),
    }
    server.stop().await?;
    Ok(ExitCode::SUCCESS)
}

/// The configured address, else the one listened on.
pub(super) fn public_url(settings: &Settings, listener: &TcpListener) -> anyhow::Result<Url> {
    match &settings.public_url {
        Some(url) => Ok(url.clone()),
        None => Ok(format!("http://{}", listener.local_addr()?).parse()?),
    }
}

/// A running server.
pub(super) struct Server {
    pub engine: Arc<Engine>,
    stop: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

/// Opens the store and starts listening, jobs and the demo person's data.
pub(super) fn start(
    settings: &Settings,
    listener: TcpListener,
    public_url: Url,
    providers: BTreeMap<String, ProviderConfig>,
) -> anyhow::Result<Server> {
    let store = open_store(&settings.data, OpenMode::Serve)?;
    if let Some(at) = store.restored_at()? {
        tracing::warn!(found = %at, "{RESTORED}");
    }
    let config = Config {
        public_url,
        providers,
        bridges: settings.bridges,
        workers: settings.workers,
        open_limits: settings.open_limits,
        imports: settings.imports,
        webhooks: settings.webhooks.clone(),
        archive_days: settings.archive_days,
    };
    let egress = Egress::new().context("starting the HTTP client")?;
    let engine = Engine::new(store, Arc::new(SystemClock), Arc::new(SystemRandom), config, egress)?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = vec![
        tokio::spawn(http::serve(listener, hilum_server::router(engine.clone()), until(stopped.clone()))),
        tokio::spawn(engine.clone().run_jobs(until(stopped.clone()))),
        tokio::spawn(engine.clone().run_webhooks(until(stopped.clone()))),
    ];
    if settings.demo_user {
        tasks.push(tokio::spawn(demo_user::keep(engine.clone(), until(stopped))));
    }
    Ok(Server { engine, stop, tasks })
}

impl Server {
    /// Returns when the store has stopped by itself. Serving on would answer everything with an error; a new start looks
    /// at what is really on disk.
    pub(super) async fn store_closed(&self) {
        while self.engine.store.is_open() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Stops listening, lets requests and jobs under way finish, closes the store.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.stop.send_replace(true);
        for task in self.tasks {
            task.await.context("a task ended badly")?;
        }
        self.engine.store.close().await?;
        Ok(())
    }
}

pub(super) async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone: that is a stop too.
    let _stopped = stopped.wait_for(|stop| *stop).await.map(|_| ());
}

/// SIGTERM or Ctrl-C; a signal counts from this call on, not only once the future is awaited.
pub(super) fn stop_signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    };
    async move {
        #[cfg(unix)]
        match signals {
            (Ok(mut terminate), Ok(mut interrupt)) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                return;
            }
            (Err(error), _) | (_, Err(error)) => tracing::warn!(%error, "SIGTERM cannot be awaited"),
        }
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "Ctrl-C cannot be awaited");
            std::future::pending::<()>().await;
        }
    }
}
