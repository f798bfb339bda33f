//! A value that only `privacy` may look at.

/// Holds an address, a user agent, a language, an id or a token between the parser and the privacy stage.
///
/// It has no `Debug`, no `Display`, no `Clone` and no serialisation, and its content can be opened inside
/// [`crate::privacy`] alone, so that logging or storing one by accident doesn't compile:
///
/// ```compile_fail
/// let secret = footfall::privacy::Sensitive::new(String::from("203.0.113.7"));
/// println!("{secret:?}");
/// ```
///
/// ```compile_fail
/// let secret = footfall::privacy::Sensitive::new(String::from("203.0.113.7"));
/// let _ = secret.open();
/// ```
///
/// ```compile_fail
/// fn store<T: serde::Serialize>(_: T) {}
/// store(footfall::privacy::Sensitive::new(String::from("203.0.113.7")));
/// ```
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Wraps a value; there is no way out but through `privacy`.
    pub fn new(value: T) -> Sensitive<T> {
        Sensitive(value)
    }

    pub(in crate::privacy) fn open(&self) -> &T {
        &self.0
    }
}
