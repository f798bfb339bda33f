//! What an answer of the database means: will it never be another one, or is it too early to ask?
//!
//! Most failures pass: a database that is down, out of memory, too busy, read-only, or whose schema somebody is changing.
//! A few say that these very rows can't be stored, however often they are sent. Only those count as a refusal; whatever
//! isn't known is taken for something that passes.

use clickhouse::error::Error;

/// ClickHouse's codes for values that can't be read or don't fit, and for constraints that they violate.
const REFUSALS: [u32; 18] = [
    6,   // CANNOT_PARSE_TEXT
    26,  // CANNOT_PARSE_QUOTED_STRING
    27,  // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    38,  // CANNOT_PARSE_DATE
    41,  // CANNOT_PARSE_DATETIME
    53,  // TYPE_MISMATCH
    69,  // ARGUMENT_OUT_OF_BOUND
    70,  // CANNOT_CONVERT_TYPE
    72,  // CANNOT_PARSE_NUMBER
    117, // INCORRECT_DATA
    128, // TOO_LARGE_ARRAY_SIZE
    131, // TOO_LARGE_STRING_SIZE
    190, // SIZES_OF_ARRAYS_DONT_MATCH
    321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
    349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
    395, // FUNCTION_THROW_IF_VALUE_IS_NON_ZERO
    469, // VIOLATED_CONSTRAINT
    691, // UNKNOWN_ELEMENT_OF_ENUM
];

/// ClickHouse's codes for tables that are not there: the first start is about to make them.
const TOO_EARLY: [u32; 2] = [
    60, // UNKNOWN_TABLE
    81, // UNKNOWN_DATABASE
];

/// Whether the database will never take what it was sent.
pub fn is_refusal(error: &Error) -> bool {
    says(error, &REFUSALS)
}

/// Whether the database has no tables yet.
pub fn is_too_early(error: &Error) -> bool {
    says(error, &TOO_EARLY)
}

fn says(error: &Error, codes: &[u32]) -> bool {
    let Error::BadResponse(text) = error else { return false };
    code(text).is_some_and(|code| codes.contains(&code))
}

/// The code in an answer that begins like `Code: 469. DB::Exception: `.
fn code(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("Code: ")?;
    rest.split(|char: char| !char.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constraint_is_a_refusal_and_a_memory_limit_is_not() {
        let answer = |text: &str| Error::BadResponse(text.to_owned());
        assert!(is_refusal(&answer("Code: 469. DB::Exception: Constraint `c` is violated")));
        assert!(is_refusal(&answer("Code: 53")));
        for passing in
            ["Code: 241. DB::Exception: memory", "Code: 60. DB::Exception: no table", "Bad Gateway", ""]
        {
            assert!(!is_refusal(&answer(passing)), "{passing}");
        }
        assert!(!is_refusal(&Error::TimedOut));
        assert!(
            is_too_early(&answer("Code: 60. DB::Exception: no table")) && !is_too_early(&Error::TimedOut)
        );
    }
}
