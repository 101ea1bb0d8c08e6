//! Fonts of the system, for names in scripts that the bundled ones do not have, such as Chinese,
//! Japanese and Korean ones. egui asks for them once such a character is to be drawn.

use egui::{FallbackRequest, FontData, FontInsert};
use std::sync::{Arc, OnceLock};

/// Where desktops keep fonts that have these scripts, the better ones first.
const FILES: [&str; 13] = [
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-vf-fonts/NotoSansCJK-VF.ttc",
    "/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/adobe-source-han-sans/SourceHanSans-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "C:\\Windows\\Fonts\\msyh.ttc",
];

/// Lets the window find such a font. It is read when it is first needed, and kept.
pub(super) fn install(context: &egui::Context) {
    let font = OnceLock::new();
    let find = move |_: &FallbackRequest<'_>| font.get_or_init(|| first_of(&FILES)).clone();
    context.add_font_provider(Arc::new(find));
}

/// The first of the files that is there. Whether it is a font, and has the character, egui sees.
fn first_of(files: &[&str]) -> Option<FontInsert> {
    let read = |file| std::fs::read(file).ok().map(|bytes| (file, bytes));
    let (file, bytes) = files.iter().find_map(read)?;
    // It goes to the family that asks.
    Some(FontInsert::new(
        file,
        FontData::from_owned(bytes),
        Vec::new(),
    ))
}

#[cfg(test)]
mod tests {
    use super::first_of;

    #[test]
    fn the_first_font_that_is_there_is_taken() {
        let bundled = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/Hack-Regular.ttf");
        let found = first_of(&["/nowhere/a.ttc", bundled, "/nowhere/b.ttc"]);
        assert_eq!(found.map(|font| font.name).as_deref(), Some(bundled));
        assert!(first_of(&["/nowhere/a.ttc"]).is_none());
    }
}
