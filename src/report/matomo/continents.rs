//! Continents by country. Central America with the Caribbean is one of its own, as in Matomo.

use super::names::UNKNOWN;

/// Name, code, and the ISO codes of the countries on it.
const CONTINENTS: [(&str, &str, &str); 8] = [
    (
        "Africa",
        "afr",
        "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU \
         MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
    ),
    ("Antarctica", "ant", "AQ BV GS HM TF"),
    (
        "Asia",
        "asi",
        "AE AF AM AZ BD BH BN BT CC CN CX GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO \
         MV MY NP OM PH PK PS QA SA SG SY TH TJ TL TM TW UZ VN YE",
    ),
    (
        "Central America",
        "amc",
        "AG AI AW BB BL BM BQ BS BZ CR CU CW DM DO GD GP GT HN HT JM KN KY LC MF MQ MS NI PA PR SV SX TC TT \
         VC VG VI",
    ),
    (
        "Europe",
        "eur",
        "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV \
         MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM TR UA VA XK",
    ),
    ("North America", "amn", "CA GL MX PM US"),
    ("Oceania", "oce", "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS"),
    ("South America", "ams", "AR BO BR CL CO EC FK GF GY PE PY SR UY VE"),
];

/// The name of the continent that a country is on.
pub(super) fn name(country: &str) -> &'static str {
    find(country).map_or(UNKNOWN, |(name, ..)| name)
}

/// Its code, as segments have it.
pub(super) fn code(country: &str) -> &'static str {
    find(country).map_or("unk", |(_, code, _)| code)
}

fn find(country: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    CONTINENTS.iter().find(|(_, _, countries)| countries.split(' ').any(|own| own == country))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_lie_on_continents() {
        assert_eq!((name("NL"), code("NL")), ("Europe", "eur"));
        assert_eq!((name("PA"), code("US")), ("Central America", "amn"));
        assert_eq!((name(""), code("XX")), ("Unknown", "unk"));
    }
}
