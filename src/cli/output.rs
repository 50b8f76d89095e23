//! Files that are there whole or not at all, and that replace no other file of the same command.

use super::failure::Failure;
use clap::builder::{OsStringValueParser, TypedValueParser};
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// An option, and the file it names if it was given.
pub(crate) type Named<'a> = (&'static str, Option<&'a Path>);

/// The name of a file, whatever it is encoded in; an empty text is none.
pub(crate) fn file() -> impl TypedValueParser<Value = PathBuf> {
    let named =
        |name: OsString| if name.is_empty() { Err("expected the name of a file") } else { Ok(PathBuf::from(name)) };
    OsStringValueParser::new().try_map(named)
}

/// Fails now, before anything is computed, if a file could not be written later, or would replace one that the command
/// reads, or another one that it writes.
pub(crate) fn check(reads: &[Named<'_>], writes: &[Named<'_>]) -> Result<(), Failure> {
    for (at, &(option, path)) in writes.iter().enumerate() {
        let Some(path) = path else { continue };
        writable(path).map_err(|error| Failure::File { path: path.to_owned(), error })?;
        if is_device(path) {
            continue;
        }
        let others = reads.iter().chain(&writes[..at]);
        let other = others.filter(|(_, other)| other.is_some_and(|other| is_same(path, other))).map(|it| it.0).next();
        if let Some(other) = other.or_else(|| stream(path)) {
            return Err(Failure::input(format!("{option} {path:?}: {other} is the same file, expected another")));
        }
    }
    Ok(())
}

fn writable(path: &Path) -> io::Result<()> {
    let is_folder = path.to_string_lossy().ends_with(std::path::is_separator);
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        // Also for root, who could.
        Ok(metadata) if metadata.permissions().readonly() => Err(io::ErrorKind::PermissionDenied.into()),
        Ok(metadata) if !metadata.is_file() => fs::OpenOptions::new().write(true).open(path).map(drop),
        Ok(_) => {
            fs::OpenOptions::new().append(true).open(path)?;
            beside(path).map(drop)
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Err(_) if is_folder => Err(io::ErrorKind::IsADirectory.into()),
        Err(_) => beside(path).map(drop),
    }
}

/// Writes the whole file: beside its place, then renamed into it.
pub(crate) fn write(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    let attempt = || {
        if is_device(path) {
            return fs::write(path, contents);
        }
        let mut file = beside(path)?;
        if let Ok(replaced) = fs::metadata(path) {
            #[cfg(unix)]
            {
                use std::os::unix::fs::MetadataExt;
                // Only root may give a file away; whoever may not, owns what it writes.
                let _ = std::os::unix::fs::fchown(file.as_file(), Some(replaced.uid()), Some(replaced.gid()));
            }
            file.as_file().set_permissions(replaced.permissions())?;
        }
        file.write_all(contents)?;
        file.as_file().sync_all()?;
        file.persist(place(path)).map_err(|error| error.error)?;
        Ok(())
    };
    attempt().map_err(|error| Failure::File { path: path.to_owned(), error })
}

/// Tells where a file is, on standard output unless that is for a program.
pub(crate) fn say_written(path: &Path, text: bool, out: &mut impl Write) -> Result<(), Failure> {
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if text {
        writeln!(out, "written: {}", place.display())?;
    } else {
        let _ = writeln!(io::stderr(), "written: {}", place.display());
    }
    Ok(())
}

/// The command as it was given.
pub(crate) fn command_line() -> String {
    let quoted = |argument: String| {
        let plain = |c: char| c.is_alphanumeric() || "-_.,=/:".contains(c);
        if !argument.is_empty() && argument.chars().all(plain) {
            argument
        } else {
            format!("'{}'", argument.replace('\'', "'\\''"))
        }
    };
    let arguments = std::env::args_os().skip(1).map(|argument| quoted(argument.to_string_lossy().into_owned()));
    std::iter::once("dualtape".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// A device or a pipe is written to; nothing may take its place.
fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Whether two paths lead to one file, by whichever links.
fn is_same(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    if let (Ok(a), Ok(b)) = (fs::metadata(a), fs::metadata(b)) {
        return number(&a) == number(&b);
    }
    place(a) == place(b)
}

/// What a file is known by, whatever its names are.
#[cfg(unix)]
fn number(metadata: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// The stream of this process that comes from the file at `path` or goes into it, if one does.
fn stream(path: &Path) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let file = fs::metadata(path).ok()?;
        let (input, out, err) = (io::stdin(), io::stdout(), io::stderr());
        let streams =
            [("standard input", input.as_fd()), ("standard output", out.as_fd()), ("standard error", err.as_fd())];
        let is_there = |stream: std::os::fd::BorrowedFd<'_>| {
            let stream = stream.try_clone_to_owned().and_then(|stream| fs::File::from(stream).metadata());
            stream.is_ok_and(|stream| number(&stream) == number(&file))
        };
        streams.into_iter().find(|&(_, stream)| is_there(stream)).map(|it| it.0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// Where the file is to be: a link stays one, and what it leads to is replaced, or made.
fn place(path: &Path) -> PathBuf {
    /// As many as systems follow.
    const LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        if let Ok(place) = fs::canonicalize(&path) {
            return place;
        }
        match fs::read_link(&path) {
            // Relative to the folder of the link.
            Ok(target) => path = folder(&path).join(target),
            Err(_) => break,
        }
    }
    match (fs::canonicalize(folder(&path)), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A temporary file in the folder of `path`, gone unless it is renamed.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".dualtape-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any other new file: the process' mask is applied to it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder(&place(path)))
}
