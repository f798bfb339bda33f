//! The engine's configuration: ClickHouse in the memory that it is given.
//!
//! Measured idle: 42-56 MB anonymous, 200-240 MB resident, most of it pages of the library itself that the system may take
//! back. What is left to configure is how far each cache may grow, and how many idle threads stay. There is no
//! `query_log`, `trace_log` or other system log table: ClickHouse makes them only where the configuration names
//! them, and this one does not. Nothing here sends anything anywhere.

use std::io;
use std::path::{Path, PathBuf};

/// The name of the configuration file inside the engine's directory.
const FILE: &str = "engine.xml";

/// Bytes of rows, before they are packed, from which on each column of a part has files of its own. Events have sixty
/// columns: below this, making and merging a hundred and more files costs more than it saves whoever reads.
const WIDE_PART: u64 = 128 << 20;

/// Writes the configuration into `directory` and returns its path. `memory_limit` is in bytes.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write(directory: &Path, memory_limit: u64) -> io::Result<PathBuf> {
    let path = directory.join(FILE);
    std::fs::write(&path, text(memory_limit))?;
    Ok(path)
}

fn text(memory_limit: u64) -> String {
    let cache = |share: u64, most: u64| (memory_limit / share).min(most);
    let merges = std::thread::available_parallelism().map_or(2, |cores| (cores.get() as u64 / 2).max(2));
    const MIB: u64 = 1024 * 1024;
    let mut settings = vec![
        // All queries and merges together; above it a statement fails with code 241, the engine goes on.
        ("max_server_memory_usage", memory_limit),
        // Marks and primary keys of parts that are being read; 5 GB each by default.
        ("mark_cache_size", cache(16, 64 * MIB)),
        ("primary_index_cache_size", cache(16, 64 * MIB)),
        ("index_mark_cache_size", cache(64, 16 * MIB)),
        // Which granules matched a filter; 100 MB by default.
        ("query_condition_cache_size", cache(64, 16 * MIB)),
        // Compiled expressions; 128 MB by default.
        ("compiled_expression_cache_size", cache(64, 8 * MIB)),
        // Decompressed blocks: the system's page cache is there already.
        ("uncompressed_cache_size", 0),
        ("index_uncompressed_cache_size", 0),
        // Merges, beside queries: half of the processors.
        ("background_pool_size", merges),
        ("background_schedule_pool_size", 2),
        // Idle threads kept for the next query; making them anew costs it 0.3 ms. Up to 1000 would stay by default.
        ("max_thread_pool_free_size", 16),
        ("max_io_thread_pool_free_size", 0),
    ];
    // Features that are not used: text and vector search, Parquet, Iceberg.
    let unused = [
        "text_index_tokens_cache_size",
        "text_index_header_cache_size",
        "text_index_postings_cache_size",
        "vector_similarity_index_cache_size",
        "parquet_metadata_cache_size",
        "iceberg_metadata_files_cache_size",
    ];
    settings.extend(unused.map(|name| (name, 0)));
    let lines: String =
        settings.iter().map(|(name, value)| format!("    <{name}>{value}</{name}>\n")).collect();
    format!(
        "<clickhouse>\n    <logger><level>fatal</level></logger>\n{lines}    <merge_tree>\n        \
         <min_bytes_for_wide_part>{WIDE_PART}</min_bytes_for_wide_part>\n    </merge_tree>\n</clickhouse>\n"
    )
}
