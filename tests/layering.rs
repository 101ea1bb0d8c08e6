//! The direction of imports, as `docs/architecture.md` draws it.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;
use std::path::{Path, PathBuf};

/// Each module and the modules of this crate that it may use.
const ALLOWED: [(&str, &[&str]); 30] = [
    ("guard", &[]),
    ("profile", &[]),
    ("job", &["guard"]),
    ("search", &[]),
    ("parquet_schema", &["profile"]),
    ("pprof_schema", &[]),
    ("package", &[]),
    ("palette", &["profile", "package"]),
    (
        "load",
        &["guard", "profile", "job", "parquet_schema", "pprof_schema"],
    ),
    ("filter", &["profile"]),
    ("selection", &["profile", "filter"]),
    ("heat_map", &["profile", "filter"]),
    ("lanes", &["profile", "filter", "heat_map"]),
    ("value_map", &["palette", "heat_map"]),
    (
        "difference_map",
        &[
            "profile",
            "filter",
            "selection",
            "heat_map",
            "value_map",
            "call_tree",
        ],
    ),
    (
        "off_cpu",
        &[
            "profile",
            "filter",
            "selection",
            "heat_map",
            "value_map",
            "call_tree",
        ],
    ),
    ("call_tree", &["profile", "filter", "selection"]),
    ("quality", &["profile", "filter", "selection", "call_tree"]),
    (
        "ratio",
        &[
            "profile",
            "filter",
            "selection",
            "heat_map",
            "value_map",
            "call_tree",
        ],
    ),
    ("roots", &["profile", "lanes", "call_tree"]),
    ("grouping", &["profile", "call_tree", "package"]),
    ("shape", &["profile", "lanes", "roots", "grouping"]),
    ("flame_graph", &["profile", "call_tree"]),
    (
        "difference",
        &["profile", "filter", "selection", "call_tree"],
    ),
    (
        "findings",
        &[
            "profile",
            "job",
            "filter",
            "selection",
            "call_tree",
            "difference",
        ],
    ),
    (
        "export",
        &[
            "profile",
            "quality",
            "filter",
            "selection",
            "heat_map",
            "lanes",
            "call_tree",
            "flame_graph",
            "difference",
            "ratio",
            "value_map",
            "findings",
            "palette",
            "parquet_schema",
            "pprof_schema",
        ],
    ),
    (
        "session_file",
        &[
            "profile",
            "load",
            "filter",
            "selection",
            "roots",
            "grouping",
            "shape",
            "export",
        ],
    ),
    (
        "cli",
        &[
            "session_file",
            "profile",
            "parquet_schema",
            "job",
            "load",
            "filter",
            "selection",
            "heat_map",
            "lanes",
            "call_tree",
            "roots",
            "grouping",
            "shape",
            "difference",
            "difference_map",
            "off_cpu",
            "flame_graph",
            "ratio",
            "value_map",
            "findings",
            "palette",
            "export",
            "gui",
        ],
    ),
    (
        "gui",
        &[
            "guard",
            "quality",
            "session_file",
            "profile",
            "job",
            "search",
            "load",
            "filter",
            "selection",
            "heat_map",
            "lanes",
            "call_tree",
            "roots",
            "grouping",
            "shape",
            "flame_graph",
            "difference",
            "findings",
            "export",
            "package",
            "palette",
            "value_map",
            "difference_map",
            "off_cpu",
            "ratio",
        ],
    ),
    ("lib", &["profile", "gui", "cli"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The scripts of the report, small files by duty, are all in its page.
#[test]
fn the_page_has_all_its_scripts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (folder, source) in [("report", "report/page.rs"), ("pattern", "pattern.rs")] {
        let source = fs::read_to_string(root.join("src/export").join(source)).unwrap();
        for entry in fs::read_dir(root.join("assets").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            assert!(source.contains(&format!("/{folder}/{name}\")")), "{name}");
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= 350, "{name} has {lines} lines: split it");
        }
    }
}

/// The text without its comments, which may name anything.
fn code(text: &str) -> String {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines().filter(is_code).collect::<Vec<_>>().join("\n")
}

fn each_source(mut check: impl FnMut(&str, &str, &str)) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for file in files {
        let relative = file
            .strip_prefix(&root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let module = relative
            .split('/')
            .next()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned();
        check(
            &relative,
            &module,
            &code(&fs::read_to_string(&file).unwrap()),
        );
    }
}

#[test]
fn modules_use_only_those_below_them() {
    let used = regex::Regex::new(r"\bcrate::(?:\{)?([a-z_]+)").unwrap();
    each_source(|file, module, text| {
        if module == "main" {
            return;
        }
        let (_, allowed) = ALLOWED
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("{module} has no place"));
        // A module's own tests may make what they test with anything.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for found in used.captures_iter(text) {
            let name = &found[1];
            let is_module = ALLOWED.iter().any(|(known, _)| *known == name);
            assert!(
                !is_module || name == module || allowed.contains(&name),
                "{file} uses {name}"
            );
        }
    });
}

#[test]
fn only_the_window_names_egui_and_only_two_files_are_unsafe() {
    const UNSAFE: [&str; 2] = ["load/mapping.rs", "export/file/system.rs"];
    each_source(|file, module, text| {
        assert!(
            module == "gui" || !text.contains("egui::"),
            "{file} names egui"
        );
        assert!(
            UNSAFE.contains(&file) || !text.contains("unsafe {"),
            "{file} is unsafe"
        );
        let lines = text.lines().count();
        assert!(lines <= 650, "{file} has {lines} lines: split it");
    });
}
