//! Servers under test, each on threads of its own so that their processor time can be told apart.

use std::net::SocketAddr;

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// Threads of a server; as many as the machine class has cores.
const THREADS: usize = 2;

/// A server on loopback; ends when dropped.
pub(crate) struct Server {
    pub at: SocketAddr,
    /// Begins the names of its threads.
    pub name: &'static str,
    runtime: Option<Runtime>,
}

impl Server {
    /// Starts serving what `routes` makes of the server's address.
    pub(crate) fn start(
        name: &'static str,
        routes: impl FnOnce(SocketAddr) -> anyhow::Result<Router>,
    ) -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(THREADS).thread_name(name).enable_all().build()?;
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let at = listener.local_addr()?;
        // The server's own runtime, not the load's, is what its parts find around them.
        let (listener, router) = {
            let _inside = runtime.enter();
            (TcpListener::from_std(listener)?, routes(at)?)
        };
        let listener = listener.tap_io(|stream| {
            // Only a hint; without it answers are slower, which the figures would show.
            let _ignored = stream.set_nodelay(true);
        });
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { at, name, runtime: Some(runtime) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
