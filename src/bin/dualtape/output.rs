//! Files that are there whole or not at all.

use super::failure::Failure;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// Fails now if the file could not be written later, before anything is computed.
pub(crate) fn check(path: &Path) -> Result<(), Failure> {
    let attempt = || {
        if path.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        if is_device(path) {
            return fs::OpenOptions::new().write(true).open(path).map(drop);
        }
        if path.exists() {
            fs::OpenOptions::new().append(true).open(path)?;
        }
        beside(path).map(drop)
    };
    attempt().map_err(|error| Failure::File { path: path.to_owned(), error })
}

/// Writes the whole file: beside its place, then renamed into it.
pub(crate) fn write(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    let attempt = || {
        if is_device(path) {
            return fs::write(path, contents);
        }
        let mut file = beside(path)?;
        file.write_all(contents)?;
        file.as_file().sync_all()?;
        file.persist(place(path)).map_err(|error| error.error)?;
        Ok(())
    };
    attempt().map_err(|error| Failure::File { path: path.to_owned(), error })
}

/// A device or a pipe is written to; nothing may take its place.
fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Where the file is to be: a link stays one, and what it leads to is replaced, or made.
fn place(path: &Path) -> PathBuf {
    if let Ok(place) = fs::canonicalize(path) {
        return place;
    }
    match fs::read_link(path) {
        // Relative to the folder of the link.
        Ok(target) => path.parent().unwrap_or(Path::new("")).join(target),
        Err(_) => path.to_owned(),
    }
}

/// A temporary file in the folder of `path`, gone unless it is renamed.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let place = place(path);
    let folder = match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut builder = Builder::new();
    builder.prefix(".dualtape-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any other new file: the process' mask is applied to it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
