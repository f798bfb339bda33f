//! The log: a file or standard input, plain or packed, read from any offset on.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use hyper::body::Bytes;

use super::directives::Directives;
use super::unpack::{MAX_MAGIC, Packer};
use crate::imports::MAX_CHUNK;
use crate::terminal::plain;

/// Bytes that are read at once.
const BLOCK: usize = 256 << 10;

/// A log that is read from the front to the back, unpacked.
pub(super) struct Source {
    name: String,
    input: Input,
    /// What has been read and is not done with.
    buffer: Vec<u8>,
    /// Where in the log the buffer begins.
    start: u64,
    /// What the lines before it say about those that follow.
    directives: Directives,
    /// Whether it begins with directives, so that nothing of it may be left out.
    has_directives: bool,
    is_at_end: bool,
    /// Why nothing more can be read.
    trouble: Option<io::Error>,
    /// Bytes of the file, and how many of them have been read.
    size: Option<u64>,
    read: Arc<AtomicU64>,
}

enum Input {
    /// Can be read from anywhere.
    File(File),
    Stream(Box<dyn Read + Send>),
}

/// Counts what is read.
struct Counted<R>(R, Arc<AtomicU64>);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        self.1.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl Source {
    /// Opens a log; `-` is standard input.
    pub fn open(path: &Path) -> Result<Source> {
        let (name, opened) = match path.to_str() {
            Some("-") => ("standard input".to_owned(), Source::of_stream(io::stdin())),
            _ => (plain(&path.display().to_string()), Source::of_file(path)),
        };
        let (input, size, read) =
            opened.with_context(|| format!("can't read {name}: give a readable log"))?;
        Ok(Source {
            name,
            input,
            buffer: Vec::new(),
            start: 0,
            directives: Directives::default(),
            has_directives: false,
            is_at_end: false,
            trouble: None,
            size,
            read,
        })
    }

    fn of_file(path: &Path) -> io::Result<(Input, Option<u64>, Arc<AtomicU64>)> {
        let mut file = File::open(path)?;
        let facts = file.metadata()?;
        if facts.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !facts.is_file() {
            return Source::of_stream(file);
        }
        let packer = Packer::of(&first_bytes(&mut file)?);
        file.seek(SeekFrom::Start(0))?;
        let read = Arc::default();
        let input = match packer {
            Some(packer) => Input::Stream(packer.unpack(Counted(file, Arc::clone(&read)))),
            None => Input::File(file),
        };
        Ok((input, Some(facts.len()), read))
    }

    fn of_stream(mut stream: impl Read + Send + 'static) -> io::Result<(Input, Option<u64>, Arc<AtomicU64>)> {
        let first = first_bytes(&mut stream)?;
        let packer = Packer::of(&first);
        let stream = Cursor::new(first).chain(stream);
        let input = match packer {
            Some(packer) => packer.unpack(stream),
            None => Box::new(stream),
        };
        Ok((Input::Stream(input), None, Arc::default()))
    }

    /// What the log is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first bytes of the log, `len` if it has so many.
    ///
    /// # Errors
    /// When not even they can be read.
    pub fn head(&mut self, len: usize) -> Result<&[u8]> {
        self.fill(len);
        if self.buffer.is_empty() {
            self.check()?;
        }
        self.has_directives |=
            self.buffer.starts_with(b"#") || self.buffer.windows(2).any(|pair| pair == b"\n#");
        Ok(self.buffer.get(..len).unwrap_or(&self.buffer))
    }

    /// Goes to an offset; false when the log ends before.
    ///
    /// # Errors
    /// When it can't be read, or the offset lies behind what a stream has passed.
    pub fn skip_to(&mut self, offset: u64) -> Result<bool> {
        let ahead =
            offset.checked_sub(self.start).context("the server has forgotten a part: run this again")?;
        let must_read = self.has_directives || ahead <= self.buffer.len() as u64;
        if let (Input::File(file), false) = (&mut self.input, must_read) {
            let length = file.metadata()?.len();
            if length < offset {
                return Ok(false);
            }
            file.seek(SeekFrom::Start(offset))?;
            self.buffer.clear();
            self.start = offset;
            self.read.store(offset, Ordering::Relaxed);
        }
        while self.start < offset {
            self.fill(1);
            if self.buffer.is_empty() {
                self.check()?;
                return Ok(false);
            }
            let left = usize::try_from(offset - self.start).unwrap_or(usize::MAX);
            self.pass(left.min(self.buffer.len()));
        }
        Ok(true)
    }

    /// The next lines; at the end of the log perhaps a line that is not finished, and then nothing.
    pub fn chunk(&mut self) -> Bytes {
        self.fill(MAX_CHUNK);
        let window = self.buffer.get(..MAX_CHUNK).unwrap_or(&self.buffer);
        let is_last = self.is_at_end && window.len() == self.buffer.len();
        let end = window.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
        let lines = end.filter(|_| !is_last).and_then(|end| window.get(..end));
        Bytes::copy_from_slice(lines.unwrap_or(window))
    }

    /// The directives in force where the next lines begin.
    pub fn directives(&self) -> String {
        self.directives.text()
    }

    /// Whether nothing follows what was read.
    pub fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// How much of the file is read, from 0 to 1; unknown of a stream.
    pub fn share(&self) -> Option<f64> {
        let size = self.size.filter(|size| *size > 0)?;
        Some((self.read.load(Ordering::Relaxed) as f64 / size as f64).min(1.0))
    }

    /// Whether all of it could be read.
    ///
    /// # Errors
    /// When not; what came before was read.
    pub fn check(&mut self) -> Result<()> {
        let Some(error) = self.trouble.take() else { return Ok(()) };
        let what = format!("{} can't be read to its end", self.name);
        Err(error).context(format!("{what}: repair it and run this again; what came before is imported"))
    }

    fn pass(&mut self, bytes: usize) {
        self.directives.pass(self.buffer.get(..bytes).unwrap_or_default());
        self.buffer.drain(..bytes);
        self.start += bytes as u64;
    }

    /// Reads on until the buffer holds `len` bytes, or nothing more can be read.
    fn fill(&mut self, len: usize) {
        let mut block = vec![0; BLOCK];
        while self.buffer.len() < len && !self.is_at_end {
            match self.read_block(&mut block) {
                Ok(0) => self.is_at_end = true,
                Ok(count) => self.buffer.extend(block.iter().take(count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.trouble = Some(error);
                    self.is_at_end = true;
                }
            }
        }
    }

    fn read_block(&mut self, block: &mut [u8]) -> io::Result<usize> {
        match &mut self.input {
            Input::Stream(stream) => stream.read(block),
            Input::File(file) => {
                let count = file.read(block)?;
                self.read.fetch_add(count as u64, Ordering::Relaxed);
                Ok(count)
            }
        }
    }
}

fn first_bytes(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut first = Vec::new();
    input.take(MAX_MAGIC as u64).read_to_end(&mut first)?;
    Ok(first)
}
