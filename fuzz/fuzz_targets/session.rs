//! Session files: what is read is written the same again, and its command is one line without control characters.
#![no_main]

use emberscope::session_file::{command_line, parse};
use emberscope_fuzz::assert_printable;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = "/nowhere/fuzz.emberscope.json".as_ref();
    let Ok(session) = parse(bytes, path) else {
        return;
    };
    for view in &session.profiles {
        let command = command_line(view);
        assert_printable(command.as_bytes());
        assert!(!command.contains('\n'));
    }
    let text = serde_json::to_vec(&session).expect("JSON");
    let again = parse(&text, path).expect("what was written");
    assert_eq!(again, session);
});
