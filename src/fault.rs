//! What is told of a fault in the program itself: where it was, and never what it says.
//!
//! The text of a panic may hold whatever the code had in hand, an address or an agent among it. The place is enough to
//! find the fault.

use std::panic::{Location, PanicHookInfo, set_hook};

/// From now on a panic prints its place alone.
pub fn print_places_alone() {
    set_hook(Box::new(|panic: &PanicHookInfo<'_>| eprintln!("{}", report(panic.location()))));
}

fn report(place: Option<&Location<'_>>) -> String {
    let place = place.map_or_else(|| "a place unknown".to_owned(), Location::to_string);
    format!(
        "footfall: this is a fault in Footfall, at {place}; what it says is not shown, since it may be a visitor's"
    )
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const AS_CHILD: &str = "FOOTFALL_TEST_PANICS";
    const ADDRESS: &str = "198.51.100.7";

    /// The hook is the process's, so another process takes it: this test, by itself.
    #[test]
    fn a_panic_prints_its_place_and_never_its_text() {
        if std::env::var_os(AS_CHILD).is_some() {
            print_places_alone();
            panic!("{ADDRESS} has sent this");
        }
        let name = "fault::tests::a_panic_prints_its_place_and_never_its_text";
        let child = Command::new(std::env::current_exe().unwrap())
            .args([name, "--exact", "--nocapture"])
            .env(AS_CHILD, "1")
            .output()
            .unwrap();
        let said =
            [child.stdout, child.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(!child.status.success() && said.contains(file!()), "{said}");
        assert!(!said.contains(ADDRESS), "{said}");
    }
}
