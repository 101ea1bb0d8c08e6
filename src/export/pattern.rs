//! The scripts that search in the page and in SVGs: the same files in both.

/// In this order; they are for a scope in which nothing else has their names.
pub(super) const PATTERN_SCRIPTS: [&str; 9] = [
    include_str!("../../assets/pattern/properties.js"),
    include_str!("../../assets/pattern/folding.js"),
    include_str!("../../assets/pattern/classes.js"),
    include_str!("../../assets/pattern/parser.js"),
    include_str!("../../assets/pattern/brackets.js"),
    include_str!("../../assets/pattern/size.js"),
    include_str!("../../assets/pattern/program.js"),
    include_str!("../../assets/pattern/matcher.js"),
    include_str!("../../assets/pattern/pattern.js"),
];
