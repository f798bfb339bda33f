//! Where the engine's library and socket are.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::EngineError;

/// The longest path a Unix socket can have, in bytes, without the NUL at its end (Linux; macOS has four fewer).
const SOCKET_PATH_LIMIT: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The socket's name in whichever directory it lives.
const SOCKET: &str = "engine.sock";

/// What private run-time directories are called, before their random part.
const RUNTIME_PREFIX: &str = "footfall-";

const LIBRARY: &str = if cfg!(target_os = "macos") { "libchdb.dylib" } else { "libchdb.so" };

/// Where the engine of this data directory listens: inside it if the path is short enough for a socket, else in a
/// new directory of mode 0700 with a random name under `XDG_RUNTIME_DIR` or the system's temporary directory.
///
/// # Errors
/// When that directory cannot be made, or is itself too long for a socket path.
pub fn socket_path(data_dir: &Path) -> io::Result<PathBuf> {
    let inside = std::path::absolute(data_dir)?.join(SOCKET);
    if fits(&inside) {
        return Ok(inside);
    }
    let name = format!("{RUNTIME_PREFIX}{:032x}", rand::random::<u128>());
    let directory = runtime_root().join(name);
    let socket = directory.join(SOCKET);
    if !fits(&socket) {
        let text = format!("no room for a socket path of {SOCKET_PATH_LIMIT} bytes: {}", socket.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    DirBuilder::new().mode(0o700).create(&directory)?;
    Ok(socket)
}

fn fits(path: &Path) -> bool {
    path.as_os_str().as_bytes().len() <= SOCKET_PATH_LIMIT
}

fn runtime_root() -> PathBuf {
    let configured = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    configured.filter(|path| path.is_absolute() && path.is_dir()).unwrap_or_else(std::env::temp_dir)
}

/// Removes the socket, and the private directory that [`socket_path`] may have made for it.
pub(super) fn remove_socket(socket: &Path) {
    super::remove_if_there(socket);
    let Some(directory) = socket.parent() else { return };
    let ours =
        directory.file_name().is_some_and(|name| name.as_bytes().starts_with(RUNTIME_PREFIX.as_bytes()));
    if ours && directory.parent() == Some(&runtime_root()) {
        // Not empty means that somebody else uses it; then it stays.
        std::fs::remove_dir(directory).unwrap_or_default();
    }
}

/// Finds the engine library: where the configuration says, else in `lib/` beside the executable `exe`, else in
/// `lib/` beside the directory of the executable.
///
/// # Errors
/// [`EngineError::LibraryMissing`] with the first place looked at.
pub fn find_library(configured: Option<&Path>, exe: &Path) -> Result<PathBuf, EngineError> {
    let candidates: Vec<PathBuf> = match configured {
        Some(path) => vec![path.to_owned()],
        None => {
            exe.ancestors().skip(1).take(2).map(|directory| directory.join("lib").join(LIBRARY)).collect()
        }
    };
    if let Some(found) = candidates.iter().find(|path| path.is_file()) {
        return Ok(found.clone());
    }
    Err(EngineError::LibraryMissing(candidates.into_iter().next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_short_data_directory_holds_its_own_socket() {
        let path = socket_path(Path::new("/var/lib/footfall")).unwrap();
        assert_eq!(path, Path::new("/var/lib/footfall/engine.sock"));
    }

    #[test]
    fn a_long_data_directory_gets_a_private_one_that_goes_with_the_socket() {
        let long = PathBuf::from(format!("/{}", "d".repeat(120)));
        let (first, second) = (socket_path(&long).unwrap(), socket_path(&long).unwrap());
        assert_ne!(first, second);
        assert!(fits(&first));
        let directory = first.parent().unwrap();
        assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        std::fs::write(&first, "").unwrap();
        remove_socket(&first);
        remove_socket(&second);
        assert!(!directory.exists() && !second.parent().unwrap().exists());
    }

    #[test]
    fn the_library_is_found_beside_the_executable_or_one_above() {
        let root = tempfile::tempdir().unwrap();
        let exe = root.path().join("bin/footfall");
        let error = find_library(None, &exe).unwrap_err().to_string();
        assert!(error.contains("bin/lib/libchdb") && error.contains("make build"), "{error}");
        for place in ["lib", "bin/lib"] {
            let library = root.path().join(place).join(LIBRARY);
            std::fs::create_dir_all(library.parent().unwrap()).unwrap();
            std::fs::write(&library, "").unwrap();
            assert_eq!(find_library(None, &exe).unwrap(), library);
        }
        let configured = root.path().join("elsewhere.so");
        assert!(find_library(Some(&configured), &exe).is_err(), "a configured path has no fallback");
    }
}
