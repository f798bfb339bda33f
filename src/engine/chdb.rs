//! The C interface of libchdb, the embedded ClickHouse.
//!
//! This is the only file that calls the engine's code. Everything it hands out is safe to use: a connection runs one
//! statement at a time because every statement borrows it mutably, an insert that is dropped half-way is cancelled,
//! and a result frees its memory when its last byte is let go.
//!
//! The library is opened by path at run time, never linked, so that the collector starts without it.

#![allow(unsafe_code)] // a C interface cannot be called otherwise; each block says why it is sound

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::fmt;
use std::marker::PhantomData;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::Arc;

use bytes::Bytes;

use super::EngineError;

/// ClickHouse's code for a failure that carries none of its own (`UNKNOWN_EXCEPTION`).
const UNKNOWN_EXCEPTION: u32 = 1002;

type RawConnection = *mut c_void;
type RawStream = *mut c_void;
type RawResult = *mut c_void;

/// The functions of the library, copied out of it once; it is never unloaded, so they stay valid.
struct Functions {
    connect: unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut RawConnection,
    close: unsafe extern "C" fn(*mut RawConnection),
    shutdown: unsafe extern "C" fn(),
    query: unsafe extern "C" fn(
        RawConnection,
        *const c_char,
        usize,
        *const c_char,
        usize,
        *const *const c_char,
        *const usize,
        *const *const c_char,
        *const usize,
        usize,
    ) -> RawResult,
    result_buffer: unsafe extern "C" fn(RawResult) -> *mut c_char,
    result_length: unsafe extern "C" fn(RawResult) -> usize,
    result_error: unsafe extern "C" fn(RawResult) -> *const c_char,
    result_destroy: unsafe extern "C" fn(RawResult),
    insert: unsafe extern "C" fn(RawConnection, *const c_char, usize, *const c_char, usize) -> RawStream,
    insert_append: unsafe extern "C" fn(RawStream, *const c_char, usize) -> c_int,
    insert_error: unsafe extern "C" fn(RawStream) -> *const c_char,
    insert_done: unsafe extern "C" fn(RawStream) -> RawResult,
    insert_cancel: unsafe extern "C" fn(RawStream),
    insert_destroy: unsafe extern "C" fn(RawStream),
}

impl Functions {
    fn of(library: &libloading::Library) -> Result<Self, libloading::Error> {
        // SAFETY: the types above are those of chdb.h of this library's version; `package-lock.json` pins the
        // version, and a library without one of the names is refused here.
        unsafe {
            Ok(Self {
                connect: *library.get(c"chdb_connect")?,
                close: *library.get(c"chdb_close_conn")?,
                shutdown: *library.get(c"chdb_shutdown")?,
                query: *library.get(c"chdb_query_with_params_n")?,
                result_buffer: *library.get(c"chdb_result_buffer")?,
                result_length: *library.get(c"chdb_result_length")?,
                result_error: *library.get(c"chdb_result_error")?,
                result_destroy: *library.get(c"chdb_destroy_query_result")?,
                insert: *library.get(c"chdb_stream_insert_n")?,
                insert_append: *library.get(c"chdb_stream_append")?,
                insert_error: *library.get(c"chdb_stream_insert_error")?,
                insert_done: *library.get(c"chdb_stream_done")?,
                insert_cancel: *library.get(c"chdb_stream_cancel_insert")?,
                insert_destroy: *library.get(c"chdb_destroy_insert_stream")?,
            })
        }
    }
}

/// The loaded engine library; clones share it.
#[derive(Clone)]
pub struct Library {
    functions: Arc<Functions>,
}

impl Library {
    /// Loads `libchdb.so` and tells it to leave the process's signal handlers alone.
    ///
    /// # Errors
    /// When the file is not there, is no library, or lacks a function this module needs.
    pub fn load(path: &Path) -> Result<Self, EngineError> {
        if !path.is_file() {
            return Err(EngineError::LibraryMissing(path.to_owned()));
        }
        Self::open(path).map_err(|source| EngineError::Load { path: path.to_owned(), source })
    }

    fn open(path: &Path) -> Result<Self, libloading::Error> {
        // SAFETY: runs the library's initialisers; the operator chose the file, and it is the engine.
        let library = unsafe { libloading::Library::new(path)? };
        // SAFETY: the documented signature; it must be called before anything else, which this is.
        unsafe {
            let handlers: libloading::Symbol<'_, unsafe extern "C" fn(c_int)> =
                library.get(c"chdb_set_signal_handlers_enabled")?;
            handlers(0);
        }
        let functions = Arc::new(Functions::of(&library)?);
        // Threads of the engine may run its code until the process ends, so it is never unloaded.
        std::mem::forget(library);
        Ok(Self { functions })
    }
}

/// One data directory, ready to be connected to. A process can open one only.
#[derive(Clone)]
pub struct Database {
    library: Library,
    arguments: Arc<[CString]>,
    path: PathBuf,
}

impl Database {
    /// Names the data directory and the configuration file; nothing is opened yet.
    ///
    /// # Errors
    /// When a path contains a NUL byte.
    pub fn new(library: Library, data: &Path, config: &Path) -> Result<Self, EngineError> {
        let argument = |flag: &str, path: &Path| {
            let bytes = [flag.as_bytes(), path.as_os_str().as_bytes()].concat();
            CString::new(bytes).map_err(|_| EngineError::Open(path.to_owned()))
        };
        let arguments = Arc::new([
            CString::from(c"clickhouse"),
            argument("--path=", data)?,
            argument("--config-file=", config)?,
        ]);
        Ok(Self { library, arguments, path: data.to_owned() })
    }

    /// Opens a connection, which takes about a tenth of a millisecond once the directory is open.
    ///
    /// A new connection has default settings, no current database and no temporary tables: nothing of another
    /// connection reaches it.
    ///
    /// # Errors
    /// When the engine refuses: another process holds the directory, its files cannot be read, or it was shut down.
    /// The engine gives no reason; it prints one to standard error.
    pub fn connect(&self) -> Result<Connection, EngineError> {
        let mut arguments: Vec<*mut c_char> =
            self.arguments.iter().map(|argument| argument.as_ptr().cast_mut()).collect();
        let count = c_int::try_from(arguments.len()).unwrap_or(c_int::MAX);
        // SAFETY: `count` strings that end in NUL and outlive the call, which only reads them.
        let raw = unsafe { (self.library.functions.connect)(count, arguments.as_mut_ptr()) };
        match NonNull::new(raw) {
            Some(raw) => Ok(Connection { functions: Arc::clone(&self.library.functions), raw }),
            None => Err(EngineError::Open(self.path.clone())),
        }
    }

    /// Writes out what is still in memory and ends the engine's threads. To be called once, when every
    /// [`Connection`] is closed; no connection can be opened afterwards.
    pub fn shut_down(&self) {
        // SAFETY: takes nothing; after it `connect` returns NULL, which is handled.
        unsafe { (self.library.functions.shutdown)() }
    }
}

/// A session with the engine. It closes when dropped.
pub struct Connection {
    functions: Arc<Functions>,
    raw: NonNull<RawConnection>,
}

impl Connection {
    /// Runs one statement, blocking until it is done, and returns its whole result in `format`.
    /// `parameters` are the values for `{name:Type}` in `sql`, in ClickHouse's escaped form.
    ///
    /// # Errors
    /// What the engine says about the statement.
    pub fn query(
        &mut self,
        sql: &str,
        format: &str,
        parameters: &[(String, String)],
    ) -> Result<Bytes, QueryError> {
        let names = Texts::of(parameters.iter().map(|(name, _)| name));
        let values = Texts::of(parameters.iter().map(|(_, value)| value));
        // SAFETY: the connection is open and, being borrowed mutably, idle; every pointer goes with its length and
        // outlives the call; both lists have `parameters.len()` entries.
        let raw = unsafe {
            (self.functions.query)(
                *self.raw.as_ref(),
                sql.as_ptr().cast(),
                sql.len(),
                format.as_ptr().cast(),
                format.len(),
                names.pointers.as_ptr(),
                names.lengths.as_ptr(),
                values.pointers.as_ptr(),
                values.lengths.as_ptr(),
                parameters.len(),
            )
        };
        Answer::take(&self.functions, raw)?.into_bytes()
    }

    /// Begins an insert whose rows follow in pieces. `sql` is `INSERT INTO table (columns) SETTINGS ...` without a
    /// `FORMAT` clause; `format` tells how the rows are written.
    ///
    /// # Errors
    /// When the statement is wrong: no such table, column or format.
    pub fn insert(&mut self, sql: &str, format: &str) -> Result<InsertStream<'_>, QueryError> {
        // SAFETY: as in `query`: an open idle connection, and texts with their lengths that outlive the call.
        let raw = unsafe {
            (self.functions.insert)(
                *self.raw.as_ref(),
                sql.as_ptr().cast(),
                sql.len(),
                format.as_ptr().cast(),
                format.len(),
            )
        };
        let stream = InsertStream { functions: Arc::clone(&self.functions), raw, connection: PhantomData };
        match stream.error() {
            Some(error) => Err(error),
            None => Ok(stream),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: opened by `connect`, closed here alone; streams borrow the connection, so none is left.
        unsafe { (self.functions.close)(self.raw.as_ptr()) }
    }
}

/// An insert under way. Dropping it before [`finish`](Self::finish) cancels it, and no row of it is kept.
pub struct InsertStream<'connection> {
    functions: Arc<Functions>,
    raw: RawStream,
    connection: PhantomData<&'connection mut Connection>,
}

impl InsertStream<'_> {
    /// Passes on some bytes of rows; a row may continue in the next piece. Blocks while the engine is behind.
    ///
    /// # Errors
    /// When the rows so far could not be read or stored; the stream is of no use then.
    pub fn append(&mut self, rows: &[u8]) -> Result<(), QueryError> {
        // SAFETY: a live stream; the bytes are copied before the call returns.
        let state = unsafe { (self.functions.insert_append)(self.raw, rows.as_ptr().cast(), rows.len()) };
        if state == 0 {
            return Ok(());
        }
        Err(self.error().unwrap_or_else(|| QueryError::unknown("the insert stream refused rows")))
    }

    /// Commits the rows, blocking until they are stored as the table's settings demand.
    ///
    /// # Errors
    /// When the rows could not be read or stored.
    pub fn finish(self) -> Result<(), QueryError> {
        // SAFETY: a live stream that is finished once, as `finish` consumes it; `drop` then only frees it.
        let raw = unsafe { (self.functions.insert_done)(self.raw) };
        Answer::take(&self.functions, raw).map(drop)
    }

    fn error(&self) -> Option<QueryError> {
        // SAFETY: the stream is live or NULL (both are allowed); the text belongs to it and is copied at once.
        unsafe { QueryError::from_c((self.functions.insert_error)(self.raw)) }
    }
}

impl Drop for InsertStream<'_> {
    fn drop(&mut self) {
        // SAFETY: destroyed here alone; cancelling a finished or failed stream does nothing.
        unsafe {
            (self.functions.insert_cancel)(self.raw);
            (self.functions.insert_destroy)(self.raw);
        }
    }
}

/// Pointers and lengths of some texts, as the C interface takes them. Valid while the texts are.
struct Texts {
    pointers: Vec<*const c_char>,
    lengths: Vec<usize>,
}

impl Texts {
    fn of<'a>(texts: impl Iterator<Item = &'a String>) -> Self {
        let (pointers, lengths) = texts.map(|text| (text.as_ptr().cast(), text.len())).unzip();
        Self { pointers, lengths }
    }
}

/// A result in the engine's memory, freed when dropped.
struct Answer {
    functions: Arc<Functions>,
    raw: RawResult,
    buffer: *const u8,
    length: usize,
}

// SAFETY: a materialised result belongs to no connection or thread; it is only read, then freed once.
unsafe impl Send for Answer {}

impl Answer {
    /// Takes ownership of what a statement returned.
    fn take(functions: &Arc<Functions>, raw: RawResult) -> Result<Self, QueryError> {
        if raw.is_null() {
            return Err(QueryError::unknown("the engine gave no answer"));
        }
        let mut answer = Self { functions: Arc::clone(functions), raw, buffer: std::ptr::null(), length: 0 };
        // SAFETY: a result that is not NULL; its error text is copied, its buffer lives until it is destroyed.
        unsafe {
            if let Some(error) = QueryError::from_c((functions.result_error)(raw)) {
                return Err(error);
            }
            answer.buffer = (functions.result_buffer)(raw).cast_const().cast();
            answer.length = (functions.result_length)(raw);
        }
        Ok(answer)
    }

    fn into_bytes(self) -> Result<Bytes, QueryError> {
        if self.buffer.is_null() || self.length == 0 {
            return Ok(Bytes::new());
        }
        Ok(Bytes::from_owner(self))
    }
}

impl AsRef<[u8]> for Answer {
    fn as_ref(&self) -> &[u8] {
        if self.buffer.is_null() {
            return &[];
        }
        // SAFETY: the engine keeps `length` bytes at `buffer`, unchanged until the result is destroyed in `drop`.
        unsafe { std::slice::from_raw_parts(self.buffer, self.length) }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: not NULL (`take` saw to it), destroyed here alone.
        unsafe { (self.functions.result_destroy)(self.raw) }
    }
}

/// What the engine said about a statement it could not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// ClickHouse's error code, for instance 60 for an unknown table.
    pub code: u32,
    /// The message as ClickHouse words it, beginning with `Code: N. DB::Exception: `.
    pub message: String,
}

impl QueryError {
    /// An error of our own in ClickHouse's words.
    pub fn new(code: u32, text: &str, name: &str) -> Self {
        Self { code, message: format!("Code: {code}. DB::Exception: {text}. ({name})") }
    }

    pub(super) fn unknown(text: &str) -> Self {
        Self::new(UNKNOWN_EXCEPTION, text, "UNKNOWN_EXCEPTION")
    }

    /// Reads the code out of an engine's message; a message without one gets `UNKNOWN_EXCEPTION`.
    fn from_message(message: &str) -> Self {
        let digits = message.strip_prefix("Code: ").and_then(|rest| rest.split('.').next());
        match digits.and_then(|digits| digits.parse().ok()) {
            Some(code) => Self { code, message: message.to_owned() },
            None => Self::unknown(message),
        }
    }

    /// # Safety
    /// `text` is NULL or a string that ends in NUL.
    unsafe fn from_c(text: *const c_char) -> Option<Self> {
        if text.is_null() {
            return None;
        }
        // SAFETY: not NULL, and the caller promises the rest.
        let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
        (!text.is_empty()).then(|| Self::from_message(&text))
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for QueryError {}

/// Ends the process at once, without running the destructors of loaded libraries: the engine's can abort even after
/// a clean shutdown. To be called when everything that must be kept is kept.
pub(super) fn leave(code: i32) -> ! {
    unsafe extern "C" {
        fn _exit(code: c_int) -> !;
    }
    // SAFETY: `_exit` of the C library takes any number and does not return.
    unsafe { _exit(code) }
}
