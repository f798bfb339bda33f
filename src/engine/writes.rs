//! A write of the engine that fails ends the engine.
//!
//! libchdb 26.7 goes on when `write(2)` fails, where the ClickHouse that it is made from throws: on a disk that fills up
//! it takes in parts whose files are empty, says that the insert was done, and drops what was merged into them. (Syncs
//! and renames that fail it does report.) A program's own symbols come before those of its libraries, so all of its
//! writes meet the function below. A file that can't be written ends the process on the spot, before the part can be
//! taken in: a crash, as far as anybody else can tell, after which nothing is lost or there twice.

#![allow(unsafe_code)] // stands in for a function of the C library

use std::ffi::{c_int, c_void};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use libloading::os::unix::Library;

use super::chdb;

/// The status of a process that could not write (`EX_IOERR` of `sysexits.h`).
const STATUS: i32 = 74;

/// Whether this process is an engine. The collector answers for its own writes.
static IS_ENGINE: AtomicBool = AtomicBool::new(false);

/// From now on, a file that can't be written ends this process. False when libraries would not meet the function below,
/// because this program was linked without showing it: the engine must not run then.
#[must_use]
pub(super) fn must_succeed() -> bool {
    IS_ENGINE.store(true, Ordering::Relaxed);
    let here: unsafe extern "C" fn(c_int, *const c_void, usize) -> isize = write;
    // SAFETY: the address is looked at, and nothing is called.
    let met = unsafe { Library::this().get::<*const c_void>(c"write") };
    met.is_ok_and(|met| *met == here as *const c_void)
}

/// `write(2)` for everything in this process, the engine's library included.
#[unsafe(no_mangle)]
unsafe extern "C" fn write(file: c_int, bytes: *const c_void, length: usize) -> isize {
    // SAFETY: what the caller vouches for, passed on as it is.
    let written = unsafe { libc::syscall(libc::SYS_write, file, bytes, length) };
    if written < 0 && IS_ENGINE.load(Ordering::Relaxed) {
        let error = io::Error::last_os_error();
        if is_of_a_file(&error) {
            give_up(&error);
        }
    }
    written as isize
}

/// What is said of files and not of sockets or pipes, whose other ends may go at any time.
fn is_of_a_file(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSPC | libc::EDQUOT | libc::EFBIG | libc::EIO))
}

fn give_up(error: &io::Error) -> ! {
    // By the system call: whatever it says, it must not come back here.
    let words = format!("the engine cannot write: {error}\n");
    rustix::io::write(rustix::stdio::stderr(), words.as_bytes()).ok();
    chdb::leave(STATUS)
}
