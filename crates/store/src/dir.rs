//! The data directory: made private, and locked by the one server that uses it.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use crate::StoreError;

/// Held by the one server process.
const LOCK: &str = "hilum.lock";

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let what = path.display().to_string();
    |source| StoreError::Io { what, source }
}

/// Creates the directory (mode 0700) if it is not there.
pub(crate) fn create(dir: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(io(dir))
}

/// Removes a directory with all that is in it, if it is there.
pub(crate) fn remove(dir: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io(dir)(error)),
        _ => Ok(()),
    }
}

/// Takes the single-instance lock; it is held as long as the file is open.
pub(crate) fn lock_instance(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join(LOCK);
    let file = open_lock(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(dir.display().to_string())),
        Err(TryLockError::Error(source)) => Err(io(&path)(source)),
    }
}

/// Waits for the lock under which keys and schema are created, so that two first starts at once do not meet.
pub(crate) fn lock_setup(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("hilum.setup.lock");
    let file = open_lock(&path)?;
    file.lock().map_err(io(&path))?;
    Ok(file)
}

fn open_lock(path: &Path) -> Result<File, StoreError> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(io(path))
}
