//! What a request asks of the engine: from URL parameters and body to a [`Statement`].

use hyper::Uri;
use url::form_urlencoded;

/// The format of results when the request names none, as in ClickHouse.
const DEFAULT_FORMAT: &str = "TabSeparated";

/// One statement with everything that belongs to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Statement {
    /// The SQL; for an insert with rows in the body it has no `FORMAT` clause.
    pub sql: String,
    /// The format of the result, or of an insert's rows.
    pub format: String,
    /// The current database, if one was named.
    pub database: Option<String>,
    /// Settings that hold for this statement alone: name and unquoted value.
    pub settings: Vec<(String, String)>,
    /// Values for `{name:Type}`.
    pub parameters: Vec<(String, String)>,
}

impl Statement {
    /// Reads the URL's parameters; its `query` becomes the SQL.
    ///
    /// # Errors
    /// A sentence for the client, when a parameter is malformed or asks for something that is not offered.
    pub(super) fn from_url(uri: &Uri) -> Result<Self, String> {
        let mut statement = Self { format: DEFAULT_FORMAT.to_owned(), ..Self::default() };
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            statement.set(&name, value.into_owned())?;
        }
        Ok(statement)
    }

    /// Takes the SQL and its parameters from the fields of a form.
    ///
    /// # Errors
    /// As [`from_url`](Self::from_url).
    pub(super) fn add_form(&mut self, fields: Vec<(String, String)>) -> Result<(), String> {
        fields.into_iter().try_for_each(|(name, value)| self.set(&name, value))
    }

    /// Appends the body to the SQL of the URL, on a line of its own.
    pub(super) fn add_text(&mut self, body: &str) {
        if !self.sql.is_empty() {
            self.sql.push('\n');
        }
        self.sql.push_str(body);
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), String> {
        match name {
            "query" => self.sql = value,
            "database" => self.database = Some(value).filter(|database| !database.is_empty()),
            "default_format" => self.format = format_name(&value)?.to_owned(),
            // Results are always complete before the first byte is sent, so there is nothing to wait for.
            "wait_end_of_query" | "buffer_size" | "query_id" => {}
            "compress" | "decompress" if value == "0" => {}
            "compress" | "decompress" | "session_id" | "role" => {
                return Err(format!("{name} is not offered"));
            }
            _ => return self.set_other(name, value),
        }
        Ok(())
    }

    fn set_other(&mut self, name: &str, value: String) -> Result<(), String> {
        if let Some(parameter) = name.strip_prefix("param_") {
            self.parameters.push((parameter.to_owned(), value));
            return Ok(());
        }
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(format!("{name:?} is no name of a setting"));
        }
        self.settings.push((name.to_owned(), value));
        Ok(())
    }

    /// Splits `INSERT INTO ... FORMAT Name` into the insert and its format. `None` when the statement is none of
    /// which the body holds the rows.
    pub(super) fn as_insert(&self) -> Option<Self> {
        let sql = self.sql.trim();
        let (verb, _) = sql.split_once(|c: char| c.is_ascii_whitespace())?;
        let (rest, format) = sql.rsplit_once(|c: char| c.is_ascii_whitespace())?;
        let (insert, keyword) = rest.trim_end().rsplit_once(|c: char| c.is_ascii_whitespace() || c == ')')?;
        if !verb.eq_ignore_ascii_case("insert") || !keyword.eq_ignore_ascii_case("format") {
            return None;
        }
        let closing =
            if rest.get(insert.len()..).is_some_and(|tail| tail.starts_with(')')) { ")" } else { "" };
        let format = format_name(format).ok()?.to_owned();
        Some(Self { sql: format!("{insert}{closing}"), format, ..self.clone() })
    }

    /// The statements that prepare a fresh connection for this one.
    pub(super) fn preparation(&self) -> Vec<String> {
        let database = self.database.as_ref().map(|name| format!("USE {}", quoted(name, '`')));
        let pairs: Vec<String> =
            self.settings.iter().map(|(name, value)| format!("{name} = {}", quoted(value, '\''))).collect();
        let settings = (!pairs.is_empty()).then(|| format!("SET {}", pairs.join(", ")));
        database.into_iter().chain(settings).collect()
    }
}

fn format_name(name: &str) -> Result<&str, String> {
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain.then_some(name).ok_or_else(|| format!("{name:?} is no name of a format"))
}

/// The text between quotes, with those inside it and the backslash escaped.
fn quoted(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        if c == quote || c == '\\' {
            out.push('\\');
        }
        out.push(c);
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(query: &str) -> Result<Statement, String> {
        Statement::from_url(&format!("/?{query}").parse().unwrap())
    }

    #[test]
    fn url_parameters_fall_into_their_places() {
        let statement =
            of("query=SELECT+1&database=d%60b&default_format=JSON&wait_end_of_query=1&max_threads=2\
                            &insert_deduplication_token=it%27s%5C&param_x=%0A")
            .unwrap();
        assert_eq!(statement.sql, "SELECT 1");
        assert_eq!(statement.format, "JSON");
        assert_eq!(statement.parameters, [("x".to_owned(), "\n".to_owned())]);
        let expected = ["USE `d\\`b`", "SET max_threads = '2', insert_deduplication_token = 'it\\'s\\\\'"];
        assert_eq!(statement.preparation(), expected);
    }

    #[test]
    fn names_that_could_carry_sql_are_refused() {
        for query in
            ["a%20b=1", "a;b=1", "Max_threads=1", "default_format=A+B", "=1", "session_id=x", "compress=1"]
        {
            assert!(of(query).is_err(), "{query}");
        }
    }

    #[test]
    fn an_insert_is_told_from_other_statements() {
        let cut = |sql: &str| {
            let statement = Statement { sql: sql.to_owned(), ..Statement::default() };
            statement.as_insert().map(|insert| (insert.sql, insert.format))
        };
        let expect = |sql: &str, format: &str| Some((sql.to_owned(), format.to_owned()));
        assert_eq!(cut("INSERT INTO t(a) FORMAT CSV"), expect("INSERT INTO t(a)", "CSV"));
        assert_eq!(cut("insert into t(a)format\nCSV "), expect("insert into t(a)", "CSV"));
        assert_eq!(
            cut("INSERT INTO t SETTINGS x=1  FORMAT CSV"),
            expect("INSERT INTO t SETTINGS x=1 ", "CSV")
        );
        for other in
            ["", "INSERT", "SELECT 1 FORMAT CSV", "INSERT INTO t VALUES (1)", "INSERT INTO t FORMAT a.b"]
        {
            assert_eq!(cut(other), None, "{other}");
        }
    }
}
