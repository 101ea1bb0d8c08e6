//! Columns of whole numbers as bytes: all lowest bytes, then all second ones, and so on. So bytes that
//! are alike stand together, and pack well.
//!
//! `assets/report/data.js` reads them.

/// Appends how many numbers there are, how many bytes each has, and the bytes.
pub(super) fn write_column(values: &[u64], out: &mut Vec<u8>) {
    let largest = values.iter().copied().max().unwrap_or(0);
    let bytes = (64 - largest.leading_zeros()).div_ceil(8);
    write_number(values.len() as u64, out);
    write_number(u64::from(bytes), out);
    for byte in 0..bytes {
        out.extend(values.iter().map(|value| (value >> (8 * byte)) as u8));
    }
}

/// Appends its length and the text.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) {
    write_number(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

/// Seven bits a byte, the lowest first; the eighth says that there are more.
fn write_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
