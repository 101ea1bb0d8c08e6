//! How often a recording was to take samples, where its header says so.

use super::Profile;

impl Profile {
    /// Samples a second and CPU that the recording asked for: `-F` of its command line, or else the
    /// first event's `sample_freq`.
    pub fn frequency(&self) -> Option<u32> {
        let header = || self.info.header.iter().map(|line| line.trim());
        let cmdline = header().find(|line| line.starts_with("cmdline"));
        cmdline
            .and_then(frequency_option)
            .or_else(|| header().find_map(frequency_of_event))
            .filter(|frequency| *frequency > 0)
    }
}

/// `cmdline : /usr/bin/perf record -F 49 -a -g -- sleep 60`, also `-F49`, `-agF 49`, `--freq=49`.
fn frequency_option(line: &str) -> Option<u32> {
    let mut words = line.split_whitespace();
    // What comes after these is the command that was recorded.
    let options = words.by_ref().take_while(|word| *word != "--");
    let mut is_next = false;
    for word in options {
        if std::mem::take(&mut is_next) {
            return word.parse().ok();
        }
        let short = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        let value = match (short, word.strip_prefix("--freq")) {
            (Some(letters), _) => letters.split_once('F').map(|(_, value)| value),
            (None, Some(value)) => Some(value.trim_start_matches('=')),
            (None, None) => None,
        };
        match value {
            Some("") => is_next = true,
            Some(number) => return number.parse().ok(),
            None => {}
        }
    }
    None
}

/// `event : name = cycles, …, { sample_period, sample_freq } = 49, …, freq = 1, …`
fn frequency_of_event(line: &str) -> Option<u32> {
    let is_event = line.starts_with("event") && line.contains(" freq = 1,");
    let (_, value) = line.split_once("sample_freq } = ").filter(|_| is_event)?;
    let digits = value.find(|character: char| !character.is_ascii_digit());
    value[..digits.unwrap_or(value.len())].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_tells_the_frequency() {
        let told = |options: &str| frequency_option(&format!("cmdline : /usr/bin/perf {options}"));
        assert_eq!(told("record -F 49 -a -g -- sleep 60"), Some(49));
        assert_eq!(told("record -F99 -a"), Some(99));
        assert_eq!(told("record -agF 997"), Some(997));
        assert_eq!(told("record --freq=49"), Some(49));
        assert_eq!(told("record --freq 49"), Some(49));
        assert_eq!(told("record -F max"), None);
        assert_eq!(told("record -a -- tool -F 7"), None);
    }

    #[test]
    fn an_event_tells_the_frequency() {
        let line = "event : name = cycles, type = 0, { sample_period, sample_freq } = 3999, disabled = 1, freq = 1, x";
        assert_eq!(frequency_of_event(line), Some(3999));
        assert_eq!(
            frequency_of_event(&line.replace("freq = 1", "freq = 0")),
            None
        );
    }
}
