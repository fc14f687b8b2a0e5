//! Configuration: flags and `HILUM_*` environment first, then the file, then built-in values. Anything wrong refuses
//! to start, with one line that says what and where.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use hilum_engine::ProviderConfig;
use hilum_engine::egress::Networks;
use hilum_engine::enrol::OpenLimits;
use hilum_engine::hooks::KEYS_URL;
use hilum_engine::import::ImportLimits;
use hilum_engine::webhooks::WebhookConfig;
use hilum_model::Secret;
use serde::Deserialize;
use url::Url;

/// Flags that `serve` and `demo` share.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Flags {
    /// Directory for the database, the key file and the lock; created with mode 0700 if it does not exist
    #[arg(long, env = "HILUM_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:8460; port 0 takes any free one]
    #[arg(long, env = "HILUM_LISTEN", value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Where browsers and providers reach this server, e.g. https://connect.example.org
    /// [default: http://ADDR:PORT when listening on loopback]
    #[arg(long, env = "HILUM_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<Url>,
    /// Configuration file [default: DIR/hilum.toml if it exists]
    #[arg(long, env = "HILUM_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Keep what sources answer and post as it came, encrypted, for so many days, so that `hilum replay` can read it
    /// again with a later parser [default: keep nothing]
    #[arg(long, env = "HILUM_ARCHIVE_DAYS", value_name = "DAYS")]
    pub archive_days: Option<u16>,
}

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    listen: Option<SocketAddr>,
    public_url: Option<Url>,
    workers: Option<usize>,
    demo_user: Option<bool>,
    phones: Option<bool>,
    archive_days: Option<u16>,
    connect: ConnectLimits,
    imports: Imports,
    webhooks: Webhooks,
    providers: BTreeMap<String, ProviderKeys>,
}

/// New Connect sessions within ten minutes; 0: as many as come.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ConnectLimits {
    sessions_per_app: Option<u32>,
    sessions_per_address: Option<u32>,
}

/// Where events may be sent.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Webhooks {
    loopback: bool,
    networks: Vec<String>,
}

impl Webhooks {
    fn checked(&self) -> anyhow::Result<WebhookConfig> {
        let mut networks = if self.loopback { Networks::this_machine() } else { Networks::default() };
        for text in &self.networks {
            networks.open(text).map_err(|why| anyhow::anyhow!("webhooks.networks: \"{text}\" {why}"))?;
        }
        Ok(WebhookConfig { networks })
    }
}

/// Files that people upload.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Imports {
    max_mib: Option<u64>,
    at_once: Option<usize>,
}

impl Imports {
    fn checked(&self) -> anyhow::Result<ImportLimits> {
        let mut limits = ImportLimits::default();
        if let Some(mib) = self.max_mib {
            ensure!((1..=1 << 20).contains(&mib), "imports.max_mib must lie between 1 and 1048576, not {mib}");
            limits.max_bytes = mib << 20;
        }
        if let Some(at_once) = self.at_once {
            ensure!((1..=64).contains(&at_once), "imports.at_once must lie between 1 and 64, not {at_once}");
            limits.at_once = at_once;
        }
        Ok(limits)
    }
}

impl ConnectLimits {
    fn checked(&self) -> anyhow::Result<OpenLimits> {
        let read = |name: &str, said: Option<u32>, default: Option<u32>| match said {
            None => Ok(default),
            Some(0) => Ok(None),
            Some(limit) => {
                ensure!(limit <= 600_000, "connect.{name} must lie between 0 and 600000, not {limit}");
                Ok(Some(limit))
            }
        };
        let default = OpenLimits::default();
        Ok(OpenLimits {
            per_app: read("sessions_per_app", self.sessions_per_app, default.per_app)?,
            per_address: read("sessions_per_address", self.sessions_per_address, default.per_address)?,
        })
    }
}

/// An operator's registration at a provider.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ProviderKeys {
    client_id: Option<String>,
    client_secret: Option<Secret2>,
    /// What else the description names, by its names.
    settings: BTreeMap<String, Secret2>,
    /// Address of a `hilum sandbox` that stands in for the provider.
    sandbox: Option<Url>,
}

impl ProviderKeys {
    /// The registration, checked.
    fn checked(self, provider: &'static hilum_providers::Provider) -> anyhow::Result<ProviderConfig> {
        let name = provider.id;
        let id = self.client_id.filter(|t| !t.trim().is_empty());
        let secret = self.client_secret.map(|s| s.0).filter(|s| !s.expose().trim().is_empty());
        let (Some(id), Some(secret)) = (id, secret) else {
            bail!("providers.{name} needs both client_id and client_secret");
        };
        let settings = self.settings.into_iter().map(|(name, value)| (name, value.0)).collect();
        let mut config = ProviderConfig { settings, ..ProviderConfig::live(provider, id, secret) };
        for set in config.settings.keys() {
            ensure!(
                provider.settings.iter().any(|known| known.name == set),
                "providers.{name}.settings.{set}: there is no such setting"
            );
        }
        if let Some(missing) = provider.settings.iter().find(|s| s.required && !config.settings.contains_key(s.name)) {
            bail!("providers.{name} needs settings.{}: {}", missing.name, missing.about);
        }
        if let Some(base) = self.sandbox {
            check_public_url(&base).with_context(|| format!("providers.{name}.sandbox"))?;
            ensure!(base.scheme() == "http", "providers.{name}.sandbox must be an http address on this machine");
            let at = hilum_sandbox::endpoints(name, base.as_str());
            config.authorize_url = at.authorize_url;
            config.token_url = at.token_url;
            config.api_base = at.api_base;
            config.settings.insert(KEYS_URL.to_owned(), Secret::new(at.keys_url));
            config.sandbox = true;
        }
        Ok(config)
    }
}

/// A secret read from a file.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
struct Secret2(Secret<String>);

impl From<String> for Secret2 {
    fn from(text: String) -> Self {
        Self(Secret::new(text))
    }
}

/// All that is configured, checked.
#[derive(Debug)]
pub(crate) struct Settings {
    pub data: PathBuf,
    pub listen: SocketAddr,
    /// `None`: follows from the address that is really listened on.
    pub public_url: Option<Url>,
    pub workers: usize,
    pub open_limits: OpenLimits,
    pub imports: ImportLimits,
    pub webhooks: WebhookConfig,
    /// How long payloads are kept as they came, days.
    pub archive_days: Option<u16>,
    /// The public `demo` token stands for a demo person with made-up data.
    pub demo_user: bool,
    /// Sources that push from the person's phone are on offer.
    pub bridges: bool,
    pub providers: BTreeMap<String, ProviderConfig>,
}

/// Where data live when nothing is said.
const DEFAULT_DATA: &str = "hilum-data";
const DEFAULT_LISTEN: &str = "127.0.0.1:8460";
/// Days for which payloads may be kept: three years.
const LONGEST_ARCHIVE: u16 = 3 * 365;
/// Environment variables of this form configure providers: `HILUM_PROVIDERS__OURA__CLIENT_ID`.
const PROVIDERS_PREFIX: &str = "HILUM_PROVIDERS__";

impl Settings {
    /// Reads and checks everything. `environment` is handed in so that tests need not change the process's own.
    pub(crate) fn load(flags: &Flags, environment: impl Iterator<Item = (String, String)>) -> anyhow::Result<Self> {
        let data = flags.data.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
        let mut file = read_file(flags.config.as_deref(), &data)?;
        from_environment(&mut file.providers, environment)?;
        let listen = match flags.listen.or(file.listen) {
            Some(listen) => listen,
            None => DEFAULT_LISTEN.parse().context("built-in address")?,
        };
        let public_url = flags.public_url.clone().or(file.public_url);
        if let Some(url) = &public_url {
            check_public_url(url)?;
        } else {
            ensure!(
                listen.ip().is_loopback(),
                "listening on {listen} needs --public-url (or HILUM_PUBLIC_URL): the https address under which browsers reach this server"
            );
        }
        let workers = file.workers.unwrap_or(4);
        ensure!((1..=256).contains(&workers), "workers must lie between 1 and 256, not {workers}");
        let open_limits = file.connect.checked()?;
        let imports = file.imports.checked()?;
        let webhooks = file.webhooks.checked()?;
        let archive_days = flags.archive_days.or(file.archive_days);
        if let Some(days) = archive_days {
            ensure!(
                (1..=LONGEST_ARCHIVE).contains(&days),
                "archive_days must lie between 1 and {LONGEST_ARCHIVE}, not {days}"
            );
        }
        let mut providers = BTreeMap::new();
        for (name, keys) in file.providers {
            let provider = hilum_providers::find(&name).with_context(|| {
                let known: Vec<&str> = hilum_providers::REGISTRY.iter().map(|p| p.id).collect();
                format!("providers.{name}: no such provider; known are {}", known.join(", "))
            })?;
            providers.insert(provider.id.to_owned(), keys.checked(provider)?);
        }
        let demo_user = file.demo_user.unwrap_or(true);
        let bridges = file.phones.unwrap_or(true);
        Ok(Self {
            data,
            listen,
            public_url,
            workers,
            open_limits,
            imports,
            webhooks,
            archive_days,
            demo_user,
            bridges,
            providers,
        })
    }
}

/// `https`, or `http` on loopback; no path, query, fragment or credentials.
pub(crate) fn check_public_url(url: &Url) -> anyhow::Result<()> {
    let loopback = match url.host() {
        Some(url::Host::Domain(d)) => d == "localhost" || d.ends_with(".localhost"),
        Some(url::Host::Ipv4(a)) => a.is_loopback(),
        Some(url::Host::Ipv6(a)) => a.is_loopback(),
        None => bail!("public URL {url} names no host"),
    };
    ensure!(
        url.scheme() == "https" || (url.scheme() == "http" && loopback),
        "public URL {url} must be https (http is accepted on loopback only)"
    );
    ensure!(
        url.path() == "/" && url.query().is_none() && url.fragment().is_none(),
        "public URL {url} must be an origin: no path, query or fragment"
    );
    ensure!(url.username().is_empty() && url.password().is_none(), "public URL must hold no credentials");
    Ok(())
}

fn read_file(named: Option<&Path>, data: &Path) -> anyhow::Result<File> {
    let implied = data.join("hilum.toml");
    let path = match named {
        Some(path) => path,
        None if implied.exists() => &implied,
        None => return Ok(File::default()),
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("configuration file {}", path.display()))?;
    let file: File = toml::from_str(&text).map_err(|error| {
        // The message of the parser quotes the line, which may hold a secret: say where and what, not the text.
        let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        anyhow::anyhow!("configuration file {}, line {line}: {}", path.display(), error.message())
    })?;
    if file.providers.values().any(|keys| keys.client_secret.is_some()) {
        check_private(path)?;
    }
    Ok(file)
}

/// A file with secrets must not be readable by everybody.
#[cfg(unix)]
fn check_private(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path)?.permissions().mode();
    ensure!(
        mode.trailing_zeros() >= 3,
        "configuration file {} holds client secrets and is readable by everybody: chmod o-rwx it",
        path.display()
    );
    Ok(())
}

#[cfg(not(unix))]
fn check_private(_path: &Path) -> anyhow::Result<()> {
    Ok(())
}

fn from_environment(
    providers: &mut BTreeMap<String, ProviderKeys>,
    environment: impl Iterator<Item = (String, String)>,
) -> anyhow::Result<()> {
    for (name, value) in environment {
        let Some(rest) = name.strip_prefix(PROVIDERS_PREFIX) else { continue };
        let Some((provider, key)) = rest.split_once("__") else {
            bail!("{name}: expected {PROVIDERS_PREFIX}<PROVIDER>__CLIENT_ID or …__CLIENT_SECRET");
        };
        let keys = providers.entry(provider.to_lowercase()).or_default();
        match key {
            "CLIENT_ID" => keys.client_id = Some(value),
            "CLIENT_SECRET" => keys.client_secret = Some(Secret2(Secret::new(value))),
            "SANDBOX" => keys.sandbox = Some(value.parse().with_context(|| name.clone())?),
            _ => match key.strip_prefix("SETTINGS__") {
                Some(setting) => {
                    keys.settings.insert(setting.to_lowercase(), Secret2(Secret::new(value)));
                }
                None => bail!("{name}: unknown; a provider has CLIENT_ID, CLIENT_SECRET, SANDBOX and SETTINGS__<NAME>"),
            },
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(toml: &str, flags: Flags, environment: &[(&str, &str)]) -> Result<Settings, String> {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("hilum.toml");
        std::fs::write(&path, toml).expect("write");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("chmod");
        }
        let flags = Flags { config: Some(path), ..flags };
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Settings::load(&flags, environment).map_err(|e| format!("{e:#}"))
    }

    #[test]
    fn flags_win_over_the_file_and_the_environment_fills_in() {
        let flags = Flags { listen: Some("127.0.0.1:9000".parse().expect("addr")), ..Flags::default() };
        let toml = "listen = '127.0.0.1:8000'\n[providers.oura]\nclient_id = 'file'\n";
        let settings = load(toml, flags, &[("HILUM_PROVIDERS__OURA__CLIENT_SECRET", "s3cret-canary"), ("HOME", "/x")])
            .expect("ok");
        assert_eq!(settings.listen.port(), 9000);
        let oura = &settings.providers["oura"];
        assert_eq!((oura.client_id.as_str(), oura.client_secret.expose().as_str()), ("file", "s3cret-canary"));
        assert!(!format!("{settings:?}").contains("canary"));
    }

    #[test]
    fn limits_of_opening_have_defaults_and_can_be_switched_off() {
        let limits = |toml| load(toml, Flags::default(), &[]).expect("ok").open_limits;
        assert_eq!(limits(""), OpenLimits::default());
        let some = "[connect]\nsessions_per_app = 0\nsessions_per_address = 7\n";
        assert_eq!(limits(some), OpenLimits { per_app: None, per_address: Some(7) });
    }

    #[test]
    fn a_sandbox_stands_in_where_it_is_named() {
        let file = "[providers.oura]\nclient_id='a'\nclient_secret='b'\nsandbox='http://127.0.0.1:8790'\n";
        let settings = load(file, Flags::default(), &[]).expect("ok");
        let oura = &settings.providers["oura"];
        assert!(oura.sandbox);
        assert_eq!(oura.token_url, "http://127.0.0.1:8790/oura/token");
        assert_eq!(oura.api_base, "http://127.0.0.1:8790/oura/api");
    }

    #[test]
    fn limits_of_imports_have_defaults() {
        let limits = |toml| load(toml, Flags::default(), &[]).expect("ok").imports;
        assert_eq!(limits("").max_bytes, 8 * 1024 * 1024 * 1024);
        assert_eq!(
            limits("[imports]\nmax_mib = 3\nat_once = 5"),
            ImportLimits { max_bytes: 3 * 1024 * 1024, at_once: 5 }
        );
    }

    #[test]
    fn the_archive_is_off_unless_days_are_named() {
        let days = |toml, flags| load(toml, flags, &[]).expect("ok").archive_days;
        assert_eq!(days("", Flags::default()), None);
        assert_eq!(days("archive_days = 1", Flags::default()), Some(1));
        let flags = Flags { archive_days: Some(1095), ..Flags::default() };
        assert_eq!(days("archive_days = 1", flags), Some(1095));
    }

    #[test]
    fn each_bad_configuration_is_refused_with_one_line_that_names_it() {
        let flags = Flags::default;
        let url = |u: &str| Flags { public_url: Some(u.parse().expect("url")), ..Flags::default() };
        let listen = |a: &str| Flags { listen: Some(a.parse().expect("addr")), ..Flags::default() };
        let cases: Vec<(Result<Settings, String>, &str)> = vec![
            (load("listen = 5", flags(), &[]), "line 1"),
            (load("unknown = 1", flags(), &[]), "unknown"),
            (load("workers = 0", flags(), &[]), "workers"),
            (load("[connect]\nsessions_per_app = 600001", flags(), &[]), "connect.sessions_per_app"),
            (load("[webhooks]\nloopback = 1", flags(), &[]), "boolean"),
            (load("[webhooks]\nnetworks = ['0.0.0.0/0']", flags(), &[]), "webhooks.networks"),
            (load("archive_days = 0", flags(), &[]), "archive_days"),
            (load("archive_days = 1096", flags(), &[]), "archive_days"),
            (load("[imports]\nmax_mib = 0", flags(), &[]), "imports.max_mib"),
            (load("[imports]\nat_once = 65", flags(), &[]), "imports.at_once"),
            (load("[connect]\nsessions = 1", flags(), &[]), "sessions"),
            (load("[providers.nosuch]\nclient_id='a'", flags(), &[]), "nosuch"),
            (load("[providers.oura]\nclient_id='a'", flags(), &[]), "client_secret"),
            (load("[providers.oura]\nclient_id='a'\nclient_secret=' '", flags(), &[]), "client_secret"),
            (load("[providers.oura]\nclient_id='a'\nclient_secret='b'\nsettings.x='y'", flags(), &[]), "settings.x"),
            (
                load("[providers.oura]\nclient_id='a'\nclient_secret='b'\nsandbox='https://a.example'", flags(), &[]),
                "http address on this machine",
            ),
            (load("", url("http://connect.example.org"), &[]), "https"),
            (load("", url("https://connect.example.org/path"), &[]), "path"),
            (load("", url("https://user:pw@connect.example.org"), &[]), "credentials"),
            (load("", url("https://connect.example.org/?a=1"), &[]), "query"),
            (load("", listen("0.0.0.0:80"), &[]), "--public-url"),
            (load("", flags(), &[("HILUM_PROVIDERS__OURA__TOKEN", "x")]), "TOKEN"),
            (load("", flags(), &[("HILUM_PROVIDERS__OURA", "x")]), "CLIENT_ID"),
        ];
        for (result, needle) in cases {
            let error = result.expect_err(needle);
            assert!(error.contains(needle) && !error.contains('\n'), "{needle}: {error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_world_readable_file_with_secrets_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("h.toml");
        std::fs::write(&path, "[providers.oura]\nclient_id='a'\nclient_secret='b'\n").expect("write");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("chmod");
        let flags = Flags { config: Some(path), ..Flags::default() };
        let error = Settings::load(&flags, std::iter::empty()).expect_err("refused");
        assert!(format!("{error:#}").contains("readable by everybody"));
    }
}
