//! What a search means: the one rule of case, and expressions for filters and for whole names.
//!
//! The page and the exported SVG have the same rule, and the same expressions, in `assets/pattern/`.

use regex::{Regex, RegexBuilder};

/// A search expression: case matters once it has a capital letter.
///
/// # Errors
/// What is wrong with the expression, in a line.
pub fn compile(search: &str) -> Result<Regex, String> {
    let has_capital = has_capital_letter(search);
    let built = RegexBuilder::new(search)
        .case_insensitive(!has_capital)
        .build();
    built.map_err(|error| problem(&error))
}

/// A search as an expression for filters, where case always matters.
pub fn sensitive(search: &str) -> String {
    match has_capital_letter(search) {
        true => search.to_owned(),
        false => format!("(?i){search}"),
    }
}

/// An expression that finds one function by its whole name, in just these letters.
pub fn exactly(name: &str) -> String {
    let escaped = regex::escape(name);
    match has_capital_letter(&escaped) {
        true => format!("^{escaped}$"),
        false => format!("^(?-i:{escaped})$"),
    }
}

/// What is wrong with an expression, in a line.
pub fn problem(error: &regex::Error) -> String {
    let message = match error {
        regex::Error::CompiledTooBig(_) => "the expression is too large".to_owned(),
        error => error.to_string(),
    };
    // The last line of the message says what is wrong; those before point at it.
    let last = message.lines().last();
    last.unwrap_or("not a regular expression").trim().to_owned()
}

/// Whether a capital letter stands for itself: `\S` is none.
fn has_capital_letter(search: &str) -> bool {
    let mut escaped = false;
    search.chars().any(|character| {
        let counts = character.is_uppercase() && !escaped;
        escaped = character == '\\' && !escaped;
        counts
    })
}
