//! The page around a report's data: style, scripts, and the policy that lets nothing else in.
//!
//! What is in `assets/report/` goes into the page as it is. Names from the profile are in the packed
//! data alone, but for title and file name, which are escaped.

use super::Report;
use crate::export::pattern::PATTERN_SCRIPTS;
use crate::export::svg::escape;
use crate::export::{HeatMapPictureOptions, write_heat_map_png};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

const PAGE: &str = include_str!("../../../assets/report/report.html");
const STYLE: &str = include_str!("../../../assets/report/report.css");
/// Runs before anything is drawn: the picture for readers without scripts is not for others.
const FIRST_SCRIPT: &str = "document.documentElement.classList.add('live');";
/// In this order, behind those that search; all are one script.
const SCRIPTS: [&str; 29] = [
    include_str!("../../../assets/report/data.js"),
    include_str!("../../../assets/report/time.js"),
    include_str!("../../../assets/report/counts.js"),
    include_str!("../../../assets/report/grid.js"),
    include_str!("../../../assets/report/difference.js"),
    include_str!("../../../assets/report/reshape.js"),
    include_str!("../../../assets/report/page.js"),
    include_str!("../../../assets/report/samples.js"),
    include_str!("../../../assets/report/history.js"),
    include_str!("../../../assets/report/state.js"),
    include_str!("../../../assets/report/rows.js"),
    include_str!("../../../assets/report/legend.js"),
    include_str!("../../../assets/report/strips.js"),
    include_str!("../../../assets/report/heat_map.js"),
    include_str!("../../../assets/report/heat_map_input.js"),
    include_str!("../../../assets/report/heat_map_zoom.js"),
    include_str!("../../../assets/report/nudge.js"),
    include_str!("../../../assets/report/layout.js"),
    include_str!("../../../assets/report/flame_pane.js"),
    include_str!("../../../assets/report/flame_graph.js"),
    include_str!("../../../assets/report/flame_pane_input.js"),
    include_str!("../../../assets/report/menu.js"),
    include_str!("../../../assets/report/bars.js"),
    include_str!("../../../assets/report/functions.js"),
    include_str!("../../../assets/report/panels.js"),
    include_str!("../../../assets/report/filters.js"),
    include_str!("../../../assets/report/kept.js"),
    include_str!("../../../assets/report/keys.js"),
    include_str!("../../../assets/report/main.js"),
];
/// A larger picture for readers without scripts is left out, as bytes.
const LARGEST_PICTURE: usize = 200_000;

/// The page with its data.
pub(super) fn page(report: &Report<'_>, picture: &str, data: &[u8]) -> String {
    let script = [&PATTERN_SCRIPTS[..], &SCRIPTS].concat().join("\n");
    let options = report.options;
    let title = match options.title.is_empty() {
        true => options.file_name.clone(),
        false => format!("{} · {}", options.title, options.file_name),
    };
    let values = [
        ("policy", policy(&[FIRST_SCRIPT, &script], STYLE)),
        ("title", escape(&title)),
        ("style", STYLE.to_owned()),
        ("first_script", FIRST_SCRIPT.to_owned()),
        ("picture", picture.to_owned()),
        ("data", STANDARD.encode(data)),
        ("script", script),
    ];
    fill(PAGE, &values)
}

/// How long a page is with so many bytes of data.
pub(super) fn length(empty_page: &str, data: &[u8]) -> usize {
    empty_page.len() + data.len().div_ceil(3) * 4
}

/// The heat map as an image, or in words why there is none.
pub(super) fn picture(report: &Report<'_>) -> String {
    let options = HeatMapPictureOptions {
        title: report.options.title.clone(),
        subtitle: report.options.subtitle.clone(),
        ramp: report.options.ramp,
        scale: report.options.scale,
        end: 0,
        metric: report.options.metric,
    };
    let mut png = Vec::new();
    match write_heat_map_png(report.map, &options, 1.0, &mut png) {
        Ok(()) if png.len() <= LARGEST_PICTURE => format!(
            "<img src=\"data:image/png;base64,{}\" alt=\"Heat map: {}\">",
            STANDARD.encode(png),
            escape(&options.subtitle)
        ),
        _ => "<p>The heat map is too large for a picture here.</p>".to_owned(),
    }
}

/// Lets in the page's own scripts and style, known by their hashes, and pictures inside the page.
fn policy(scripts: &[&str], style: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let scripts: Vec<String> = scripts.iter().map(|script| hash(script)).collect();
    format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        scripts.join(" "),
        hash(style)
    )
}

/// The template with each `{{name}}` replaced once; what is put in is not looked at again.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut parts = template.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").unwrap_or((part, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        filled.push_str(value.map_or("", |(_, value)| value));
        filled.push_str(rest);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_in_once() {
        let values = [("a", "{{b}}".to_owned()), ("b", "x".to_owned())];
        assert_eq!(fill("<{{a}}|{{b}}>", &values), "<{{b}}|x>");
    }

    #[test]
    fn scripts_and_style_cannot_end_their_elements() {
        let scripts = PATTERN_SCRIPTS.iter().chain(&SCRIPTS);
        for text in scripts.chain([&STYLE, &FIRST_SCRIPT]) {
            let lower = text.to_lowercase();
            assert!(
                !lower.contains("</s") && !lower.contains("<!--") && !lower.contains("<script")
            );
        }
    }
}
