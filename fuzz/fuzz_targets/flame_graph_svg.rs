//! The SVG is well-formed XML with one script, the program's own, whatever the names.
#![no_main]

use emberscope::export::{SvgOptions, subtitle, write_flame_graph_svg};
use emberscope::selection::Selection;
use emberscope_fuzz::{Loaded, assert_printable};
use libfuzzer_sys::fuzz_target;
use quick_xml::Reader;
use quick_xml::events::Event;

fuzz_target!(|bytes: &[u8]| {
    let Some(loaded) = Loaded::new(bytes) else {
        return;
    };
    let (profile, whole) = (&loaded.profile, Selection::whole());
    let name = String::from_utf8_lossy(bytes);
    let total = loaded.tree.total();
    let options = SvgOptions {
        title: name.to_string(),
        subtitle: subtitle(profile, &name, &whole, &loaded.filter, total),
        ..SvgOptions::default()
    };
    let mut out = Vec::new();
    write_flame_graph_svg(profile, &loaded.tree, None, &options, &mut out).expect("memory");
    assert_printable(&out);
    let text = std::str::from_utf8(&out).expect("UTF-8");
    let (mut scripts, mut depth) = (0, 0);
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(element) => {
                depth += 1;
                scripts += usize::from(element.name().as_ref() == "script");
                check(element.attributes());
            }
            Event::Empty(element) => check(element.attributes()),
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!((scripts, depth), (1, 0));
});

fn check(attributes: quick_xml::events::attributes::Attributes<'_>) {
    for attribute in attributes {
        let key = attribute.expect("an attribute").key;
        assert!(!key.as_ref().starts_with("on"), "a handler");
    }
}
