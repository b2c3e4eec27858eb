//! The relay as a program: settings from the environment, until SIGTERM or SIGINT. `relay-server admin grant USERNAME` makes a user an
//! administrator, whether or not the relay runs.

use std::io::Write as _;
use std::process::ExitCode;

use relay_server::domain::Username;
use relay_server::{Application, Config, store, telemetry};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    telemetry::start();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the relay does not run");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::read(|name| std::env::var(name).ok())?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => serve(config).await,
        ["admin", "grant", username] => grant(&config, username).await,
        _ => Err("usage: relay-server [admin grant USERNAME]".into()),
    }
}

async fn grant(config: &Config, username: &str) -> Result<(), Box<dyn std::error::Error>> {
    let username = Username::parse(username)?;
    let store = store::open(&config.database).await?;
    let granted = store.grant_administration(username).await;
    store.close().await;
    granted.map_err(Into::into)
}

async fn serve(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let application = Application::build(config).await?;
    writeln!(
        std::io::stdout(),
        "relay listening on {}",
        application.url()
    )?;
    application
        .run(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
        .await?;
    Ok(())
}
