//! `hilum export`: everything of one person, to a file or standard output. Works beside a running server.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use hilum_engine::clock::SystemClock;
use hilum_engine::export::{Export, Format, Options};
use hilum_model::{Clock as _, HumanId};
use hilum_store::{OpenMode, StoreError};

use super::{DataFlag, open_store};

#[derive(Debug, clap::Args)]
pub(crate) struct ExportFlags {
    /// The person, as the application API names it (32 hex characters)
    #[arg(long, value_name = "HUMAN_ID")]
    human: HumanId,
    #[command(flatten)]
    data: DataFlag,
    /// The form
    #[arg(long, value_enum, default_value_t = Form::Ndjson)]
    format: Form,
    /// Write to a new file, readable by its owner alone; standard output without it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// With the answers and posts that the archive keeps, as they came
    #[arg(long)]
    raw: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Form {
    /// Hilum's own lines of JSON: everything
    Ndjson,
    /// FHIR R4, a resource a line
    Fhir,
}

pub(crate) async fn run(flags: &ExportFlags) -> anyhow::Result<ExitCode> {
    let data = &flags.data.data;
    ensure!(data.is_dir(), "data directory {} does not exist", data.display());
    let store = open_store(data, OpenMode::Tool)?;
    let format = match flags.format {
        Form::Ndjson => Format::Lines,
        Form::Fhir => Format::Fhir,
    };
    let options = Options { format, raw: flags.raw };
    let export = Export::new(store.clone(), flags.human, SystemClock.now(), options);
    match &flags.output {
        Some(path) => {
            let mut file = create(path).with_context(|| path.display().to_string())?;
            write(export, flags.human, &mut file)?;
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        }
        None => write(export, flags.human, &mut io::stdout().lock())?,
    }
    store.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// A file that is there already stays as it is.
fn create(path: &Path) -> io::Result<BufWriter<std::fs::File>> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(BufWriter::new)
}

fn write(mut export: Export, human: HumanId, out: &mut impl Write) -> anyhow::Result<()> {
    loop {
        match export.next_piece() {
            Ok(Some(piece)) => match out.write_all(&piece) {
                // `hilum export … | head` has what it wants.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                written => written.context("writing the export")?,
            },
            Ok(None) => return out.flush().context("writing the export"),
            Err(StoreError::NotFound) => {
                bail!("nobody has the humanId {human}; `GET /v1/apps/{{clientId}}/users` lists it")
            }
            Err(error) => return Err(error).context("reading the data"),
        }
    }
}
