/** File types that count as downloads until a page says otherwise. */

/** Those of Matomo's own script, so that figures go on when a site changes over. */
const MATOMO =
  '7z|aac|apk|arc|arj|asc|asf|asx|avi|azw3|bin|bz|bz2|csv|deb|dmg|doc|docx|epub|exe|flv|gif|gz|gzip|hqx|ibooks|jar|' +
  'jpg|jpeg|js|md5|mobi|mov|movie|mp2|mp3|mp4|mpg|mpeg|msi|msp|odb|odf|odg|ods|odt|ogg|ogv|orf|pdf|phps|png|ppt|pptx|' +
  'qt|qtm|ra|ram|rar|rpm|rtf|sea|sha|sha256|sig|sit|tar|tbz|tbz2|tgz|torrent|txt|wav|wma|wmv|wpd|xls|xlsx|xml|xz|z|zip';

/** What has come up since. */
const YOUNGER =
  'aab|appimage|docm|dwg|flac|gpx|ics|ipa|iso|kml|m4a|m4v|mkv|msix|odp|opus|parquet|pkg|pptm|psd|sqlite|stl|tsv|vcf|' +
  'webm|whl|xlsm|zst';

export const TYPES: readonly string[] = `${MATOMO}|${YOUNGER}`.split('|');
