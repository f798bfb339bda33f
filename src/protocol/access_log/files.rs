//! What the name of a file says about what it is for.

/// What a path leads to.
pub(super) enum Content {
    /// Something to look at.
    Page,
    /// Something that a page or a program fetches.
    Part,
    /// Something to keep.
    File,
}

/// Endings of what pages consist of and programs fetch.
const PARTS: [&str; 43] = [
    "atom",
    "avif",
    "bmp",
    "br",
    "css",
    "cur",
    "eot",
    "gif",
    "heic",
    "ico",
    "jpeg",
    "jpg",
    "js",
    "json",
    "jsonp",
    "jxl",
    "less",
    "m3u8",
    "m4s",
    "map",
    "mjs",
    "mpd",
    "otf",
    "png",
    "rdf",
    "rss",
    "scss",
    "svg",
    "svgz",
    "swf",
    "tif",
    "tiff",
    "ts",
    "ttf",
    "vtt",
    "wasm",
    "webmanifest",
    "webp",
    "woff",
    "woff2",
    "xml",
    "xsd",
    "xsl",
];

/// Endings of what people keep: those of the tracker, and those that it leaves out for being top-level domains.
const FILES: [&str; 65] = [
    "7z", "aab", "aac", "apk", "appimage", "avi", "azw3", "bin", "bz2", "csv", "deb", "dmg", "doc", "docx",
    "dwg", "epub", "exe", "flac", "gpx", "gz", "ics", "ipa", "iso", "jar", "kml", "m4a", "m4v", "mkv",
    "mobi", "mov", "mp3", "mp4", "msi", "msix", "odp", "ods", "odt", "ogg", "opus", "parquet", "pdf", "pkg",
    "ppt", "pptx", "psd", "rar", "rpm", "rtf", "sqlite", "stl", "tar", "tgz", "torrent", "tsv", "vcf", "wav",
    "webm", "whl", "wmv", "xls", "xlsm", "xlsx", "xz", "zip", "zst",
];

/// Files for programs whose ending says nothing.
const FOR_PROGRAMS: [&str; 2] = ["robots.txt", "ads.txt"];

/// What a path with its query leads to.
pub(super) fn content(path: &str) -> Content {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_one_of = |list: &[&str], word: &str| list.iter().any(|entry| entry.eq_ignore_ascii_case(word));
    if is_one_of(&PARTS, ending) || is_one_of(&FOR_PROGRAMS, name) {
        return Content::Part;
    }
    match is_one_of(&FILES, ending) {
        true => Content::File,
        false => Content::Page,
    }
}
