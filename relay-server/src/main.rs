//! The relay as a program: settings from the environment, until SIGTERM or SIGINT. `relay-server admin grant USERNAME` makes a user an
//! administrator, `admin delete USERNAME` drops one, `admin export USERNAME` prints what is stored on one, whether or not the relay runs; `relay-server check` says what is wrong with the settings.

use std::io::Write as _;
use std::process::ExitCode;

use relay_server::config::{ConfigError, LogFormat};
use relay_server::domain::{Clock, Username};
use relay_server::{Application, Config, store, telemetry};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let config = Config::read(|name| std::env::var(name).ok());
    let format = config.as_ref().map(|config| config.log_format);
    telemetry::start(format.unwrap_or(LogFormat::Text));
    if arguments == ["check"] {
        return check().await;
    }
    match run(config, &arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the relay does not run");
            ExitCode::FAILURE
        }
    }
}

/// Says what is wrong with the settings, in a line each.
async fn check() -> ExitCode {
    let variables: Vec<_> = std::env::vars().collect();
    let (lines, code) = match relay_server::check::check(&variables).await {
        Ok(_) => (vec!["the settings are good".to_owned()], ExitCode::SUCCESS),
        Err(problems) => (problems, ExitCode::FAILURE),
    };
    for line in lines {
        // Whoever closed the output does not read it.
        drop(writeln!(std::io::stdout(), "{line}"));
    }
    code
}

async fn run(
    config: Result<Config, ConfigError>,
    arguments: &[String],
) -> Result<(), Box<dyn std::error::Error>> {
    let config = config?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => serve(config).await,
        ["admin", action @ ("grant" | "delete" | "export"), username] => {
            administer(&config, action, username).await
        }
        _ => Err("usage: relay-server [check | admin grant|delete|export USERNAME]".into()),
    }
}

async fn administer(
    config: &Config,
    action: &str,
    username: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let username = Username::parse(username)?;
    let store = store::open(&config.database).await?;
    let done = match action {
        "grant" => store.grant_administration(username).await,
        "delete" => {
            let now = Clock::system().now();
            store.delete_user(username, now).await.map(drop)
        }
        _ => match store.export_user(username).await {
            Ok(export) => {
                serde_json::to_writer_pretty(std::io::stdout(), &export)?;
                Ok(())
            }
            Err(error) => Err(error),
        },
    };
    store.close().await;
    done.map_err(Into::into)
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
    if let Some(address) = application.metrics_address() {
        writeln!(std::io::stdout(), "metrics on http://{address}/metrics")?;
    }
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
