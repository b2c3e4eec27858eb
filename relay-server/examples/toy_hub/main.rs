//! Serves the toy hub at `/hub`, to try the hub protocol with any client: `toy_hub [PORT [PING [WINDOW]]]`,
//! with the times of keep-alive and of the window of stateful reconnect in milliseconds.
//!
//! Prints the port it listens on. SIGTERM or Ctrl-C shuts it down gracefully.

mod hub;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use hub::ToyHub;
use relay_server::hub::protocol::{HubOptions, HubServer};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().map_or(Ok(0), |port| port.parse())?;
    let mut options = HubOptions::default();
    if let Some(milliseconds) = arguments.next() {
        options.ping_interval = Duration::from_millis(milliseconds.parse()?);
    }
    if let Some(milliseconds) = arguments.next() {
        options.reconnect_window = Duration::from_millis(milliseconds.parse()?);
    }
    let server = HubServer::new(Arc::new(ToyHub::default()), options);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on port {}", listener.local_addr()?.port());

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        served = axum::serve(listener, server.router("/hub")) => served?,
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    server.shutdown().await;
    Ok(())
}
