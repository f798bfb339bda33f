//! Packed logs: recognised by their first bytes, unpacked as a stream within bounds of memory.

use std::io::{self, BufRead, BufReader, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::BlockDecodingStrategy::UptoBlocks;
use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

/// Bytes by which a packer is recognised, at most.
pub(super) const MAX_MAGIC: usize = 10;

/// Mebibytes that unpacking may take: what `xz -9` and `zstd --long` ask for, and no more.
const MAX_MEMORY: u32 = 128;

const TOO_LARGE: &str =
    "it takes more than 128 MiB of memory to unpack: unpack it first and give the log itself";

/// What has packed a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packer {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

impl Packer {
    /// Recognises a packer by the first bytes.
    pub fn of(first: &[u8]) -> Option<Packer> {
        match first {
            [0x1f, 0x8b, ..] => Some(Packer::Gzip),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => Some(Packer::Bzip2),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Packer::Xz),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Packer::Zstd),
            _ => None,
        }
    }

    /// The log within; several that were packed one by one and put together are one.
    pub fn unpack(self, packed: impl Read + Send + 'static) -> Box<dyn Read + Send> {
        let packed = BufReader::new(packed);
        match self {
            Packer::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Packer::Bzip2 => Box::new(MultiBzDecoder::new(packed)),
            Packer::Xz => Box::new(Bounded(XzReader::new_mem_limit(packed, true, MAX_MEMORY << 10))),
            Packer::Zstd => Box::new(Frames::new(packed)),
        }
    }
}

/// Says what to do when unpacking would take too much memory.
struct Bounded<R>(R);

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::OutOfMemory => io::Error::other(TOO_LARGE),
            _ => error,
        })
    }
}

/// The frames of zstd, one after another.
struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    is_within: bool,
}

impl<R: BufRead> Frames<R> {
    fn new(source: R) -> Frames<R> {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(u64::from(MAX_MEMORY) << 20);
        Frames { source, decoder, is_within: false }
    }

    /// Begins the next frame; false when there is none.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    io::copy(&mut self.source.by_ref().take(length.into()), &mut io::sink())?;
                }
                Err(FrameDecoderError::WindowSizeTooBig { .. }) => return Err(io::Error::other(TOO_LARGE)),
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }

    /// Whether the frame held what was packed.
    fn end(&mut self) -> io::Result<()> {
        let told = self.decoder.get_checksum_from_data();
        match told.is_none() || told == self.decoder.get_calculated_checksum() {
            true => Ok(()),
            false => Err(io::Error::new(io::ErrorKind::InvalidData, "the checksum is wrong")),
        }
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.is_within {
                self.is_within = self.begin()?;
                if !self.is_within {
                    return Ok(0);
                }
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder.decode_blocks(&mut self.source, UptoBlocks(1)).map_err(io::Error::other)?;
            }
            let count = self.decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.end()?;
            self.is_within = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    const LINES: &[u8] = b"one\ntwo\n";

    /// The lines, packed by xz.
    const XZ: [u8; 60] = [
        0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22, 0xde, 0x36, 0x02, 0x00, 0x21, 0x01, 0x16,
        0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0x01, 0x00, 0x07, 0x6f, 0x6e, 0x65, 0x0a, 0x74, 0x77, 0x6f,
        0x0a, 0x00, 0xe6, 0x0b, 0xba, 0x12, 0x00, 0x01, 0x1c, 0x08, 0x44, 0x60, 0x2a, 0xc8, 0x90, 0x42, 0x99,
        0x0d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x59, 0x5a,
    ];

    fn packed() -> Vec<(Packer, Vec<u8>)> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(LINES).unwrap();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(LINES).unwrap();
        vec![
            (Packer::Gzip, gzip.finish().unwrap()),
            (Packer::Bzip2, bzip2.finish().unwrap()),
            (Packer::Xz, XZ.to_vec()),
            (Packer::Zstd, compress_to_vec(LINES, CompressionLevel::Fastest)),
        ]
    }

    fn unpack(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let packer = Packer::of(&bytes).ok_or(io::ErrorKind::InvalidInput)?;
        let mut text = Vec::new();
        // A log may be large: no more than this is asked for.
        packer.unpack(Cursor::new(bytes)).take(1 << 20).read_to_end(&mut text)?;
        Ok(text)
    }

    #[test]
    fn what_was_packed_one_by_one_is_one_log() {
        for (packer, bytes) in packed() {
            assert_eq!(Packer::of(&bytes), Some(packer));
            assert_eq!(unpack(bytes.clone()).unwrap(), LINES, "{packer:?}");
            assert_eq!(
                unpack([bytes.clone(), bytes].concat()).unwrap(),
                [LINES, LINES].concat(),
                "{packer:?}"
            );
        }
        assert_eq!(Packer::of(b"BZh is how this line begins"), None);
        assert_eq!(Packer::of(b""), None);
    }

    #[test]
    fn frames_that_are_to_be_skipped_are_skipped() {
        let (_, frame) = packed().remove(3);
        let skipped = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        let both = [&skipped[..], &frame[..], &skipped[..], &frame[..]].concat();
        assert_eq!(unpack(both).unwrap(), [LINES, LINES].concat());
    }

    #[test]
    fn what_is_cut_off_or_changed_fails() {
        for (packer, bytes) in packed() {
            for end in 11..bytes.len() {
                assert!(unpack(bytes.get(..end).unwrap().to_vec()).is_err(), "{packer:?} {end}");
            }
            for at in 0..bytes.len() {
                for change in [1, 0x80, 0xff] {
                    let mut bytes = bytes.clone();
                    bytes[at] ^= change;
                    drop(unpack(bytes));
                }
            }
        }
    }

    #[test]
    fn what_would_take_too_much_memory_is_refused_with_advice() {
        // The same lines; a dictionary of 4 GiB is asked for.
        let xz = [
            0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22, 0xde, 0x36, 0x02, 0x00, 0x21, 0x01,
            0x28, 0x00, 0x00, 0x00, 0xe6, 0xa0, 0x11, 0xb3, 0x01, 0x00, 0x07, 0x6f, 0x6e, 0x65, 0x0a, 0x74,
            0x77, 0x6f, 0x0a, 0x00, 0xe6, 0x0b, 0xba, 0x12, 0x00, 0x01, 0x1c, 0x08, 0x44, 0x60, 0x2a, 0xc8,
            0x90, 0x42, 0x99, 0x0d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x59, 0x5a,
        ];
        // A window of 512 MiB.
        let zstd = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 19 << 3, 0x01, 0x00, 0x00, 0x00];
        for bytes in [xz.to_vec(), zstd.to_vec()] {
            let error = unpack(bytes).unwrap_err().to_string();
            assert!(error.contains("unpack it first"), "{error}");
        }
    }
}
