//! What a file is: each format is told by its content, those that are not read are named with what to do instead,
//! and `docs/formats.md` says the same.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use assert_cmd::Command;
use common::{all_files, describe, inputs, load_text, try_load_text};
use emberscope::job::Progress;
use emberscope::load::{self, Format, FormatInfo, LoadError, LoadOptions, Times, Use, formats};
use std::io::Write as _;
use std::path::Path;

fn foreign(text: &[u8]) -> (Format, String) {
    match try_load_text(text, &LoadOptions::default()) {
        Err(error @ LoadError::Foreign { format, .. }) => (format, error.to_string()),
        Err(error) => panic!("{}: {error}", String::from_utf8_lossy(text)),
        Ok(_) => panic!("{} opens", String::from_utf8_lossy(text)),
    }
}

const TEXTS: &[(Format, &str)] = &[
    (
        Format::PerfReport,
        "# To display the perf.data header info, please use --header/--header-only options.\n#\n#\n# Total Lost Samples: 0\n#\n# Samples: 594  of event 'cpu-clock'\n# Event count (approx.): 2984924250\n#\n# Children      Self  Command  Shared Object      Symbol\n# ........  ........  .......  .................  .......\n#\n    81.31%     0.00%  app      libc.so.6          [.] __libc_start_call_main\n            |\n            ---__libc_start_call_main\n",
    ),
    (
        Format::PerfReport,
        " Percent |\tSource code & Disassembly of libc.so.6 for cpu-clock (1 samples, percent: local period)\n-----------\n         :\n",
    ),
    (
        Format::PerfStat,
        "# started on Tue Dec  1 17:15:57 2026\n\n\n Performance counter stats for 'true':\n\n              0.91 msec task-clock                       #    0.178 CPUs utilized\n",
    ),
    (
        Format::PerfStat,
        "# started on Tue Dec  1 17:15:57 2026\n\n#           time             counts unit events\n     0.100226424               0.64 msec task-clock                       #    0.006 CPUs utilized\n",
    ),
    (
        Format::PerfTrace,
        "         ? (         ): true/21239  ... [continued]: execve())                                           = 0\n     0.051 ( 0.019 ms): true/21239 brk()                                                                 = 0x55c68637a000\n",
    ),
    (
        Format::PerfStat,
        "# started on Tue Dec  1 17:15:57 2026\n\n0.91,msec,task-clock,905323,100.00,0.178,CPUs utilized\n",
    ),
    (
        Format::PerfTrace,
        "\n Summary of events:\n\n true (21243), 58 events, 90.6%\n\n",
    ),
    (
        Format::Ftrace,
        "# tracer: nop\n#\n# entries-in-buffer/entries-written: 2/2   #P:2\n#\n#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n            bash-1977    [000] d....   17284.993652: sys_close <-system_call_fastpath\n",
    ),
    (
        Format::Ftrace,
        "cpus=2\n            bash-1234  [000]     1.000100: sched_waking:         comm=kworker/0:1 pid=77 prio=120\n          <idle>-0     [000]     1.000300: sched_switch:         swapper/0:0 [120] R ==> bash:1234 [120]\n",
    ),
    (
        Format::Ftrace,
        "instance:             bash-18470 [000]   802.262447: sched_switch:         bash:18470 [120] S ==> bash:18472 [120]\ninstance:             bash-18470 [000]   802.262477: kernel_stack:         <stack trace >\n=> schedule (ffffffff821fb643)\n",
    ),
    (
        Format::Ftrace,
        "            bash-18062   (  18062) [000] d..2.   761.037061: sched_switch: prev_comm=bash prev_pid=18062\n          <idle>-0       (-------) [001] d..2.   761.037062: sched_switch: prev_comm=swapper/0 prev_pid=0\n",
    ),
    (
        Format::BpftraceMap,
        "Attaching 1 probe...\n\n\n@[29202, python3, \n    split+905\n]: 1\n@[28813, python3, \n    [unknown]\n    0x7f04c365b000\n]: 12\n",
    ),
    (
        Format::BpftraceMap,
        "@stacks[\n    work+12\n    main+4\n, app]: 7\n",
    ),
    (
        Format::Dtrace,
        "CPU     ID                    FUNCTION:NAME\n  1  75195                      :tick-60s\n\n\n              libc.so.7`__sys_read+0xa\n              app`main+0x1c\n               12\n",
    ),
    (
        Format::Pmcstat,
        "@ inst_retired.any [35705 samples]\n\n20.86%  [7447]     lz4 @ /boot/kernel/zfs.ko\n 100.0%  [7447]      zio_compress_data\n",
    ),
    (
        Format::Vtune,
        "Function Stack,CPU Time:Self,Module\nTotal,0,\n main,0.5,app\n",
    ),
    (
        Format::Instruments,
        "Weight\tSelf Weight\tSymbol Names\n4.93 s  100.0%\t0 s\t   start\n",
    ),
    (
        Format::Instruments,
        "Running Time\tSelf (ms)\t\tSymbol Name\n45.0ms   42.4%\t0.0\t \tMain Thread\n",
    ),
    (
        Format::Instruments,
        "<?xml version=\"1.0\"?>\n<trace-query-result>\n<node xpath='//trace-toc[1]'><schema name=\"time-profile\">\n",
    ),
    (
        Format::MacSample,
        "Analysis of sampling app (pid 7) every 1 millisecond\nProcess:         app [7]\n\nCall graph:\n    2681 Thread_1\n    + 2681 start  (in libdyld.dylib) + 1  [0x7fffa6d80235]\n",
    ),
    (
        Format::Callgrind,
        "# callgrind format\nversion: 1\ncreator: callgrind-3.19.0\npid: 7\ncmd:  app\npositions: line\nevents: Ir\nfl=(1) a.c\nfn=(1) main\n16 20\n",
    ),
    (
        Format::Callgrind,
        "version: 1\ncreator: xdebug 3.1.2 (PHP 8.1)\ncmd: a.php\npart: 1\npositions: line\n\nevents: Time_(10ns) Memory_(bytes)\n",
    ),
    (
        Format::Ghc,
        "\tSun Oct 28 10:51 2018 Time and Allocation Profiling Report  (Final)\n\n\t   app +RTS -p -RTS\n\n\ttotal time  =        0.80 secs   (798 ticks @ 1000 us, 1 processor)\n",
    ),
    (
        Format::Gperftools,
        "heap profile:    121:  1048576 [   242:  2097152] @ heapprofile\n     1:  1048576 [     1:  1048576] @ 0x4006d4 0x4006e5\n",
    ),
    (
        Format::Gperftools,
        "--- contentionz 1 ---\ncycles/second = 3201000000\nsampling period = 100\n88 1 @ 0x4006d4\n",
    ),
    (
        Format::HeapText,
        "desc: --massif-out-file=ms.out\ncmd: true\ntime_unit: i\n#-----------\nsnapshot=0\n",
    ),
    (
        Format::HeapText,
        "v 10400 3\nX ./app --serve\nI 1000 5f5e100\n",
    ),
    (
        Format::V8Log,
        "v8-version,11,3,244,8,-node.38,0\nv8-platform,linux,linux\nshared-library,\"/usr/bin/node\",0x400000,0x500000,0\n",
    ),
    (
        Format::Art,
        "*version\n3\ndata-file-overflow=false\nclock=dual\n",
    ),
    (
        Format::Speedscope,
        r#"{"version":"0.1.2","$schema":"https://www.speedscope.app/file-format-schema.json","profiles":[]}"#,
    ),
    (
        Format::Speedscope,
        r#"{"exporter":"x","shared":{"frames":[{"name":"a"}]},"profiles":[]}"#,
    ),
    (
        Format::Firefox,
        r#"{"meta":{"categories":[{"name":"Other"}],"preprocessedProfileVersion":41},"threads":[]}"#,
    ),
    (
        Format::Firefox,
        r#"{"meta":{"version":3},"threads":[{"name":"a","samples":{"length":0},"stringArray":[]}]}"#,
    ),
    (
        Format::Gecko,
        r#"{"meta":{"version":13},"libs":[],"threads":[{"name":"a","samples":{"schema":{"stack":0},"data":[]}}]}"#,
    ),
    (
        Format::D3,
        r#"{"name":"root","value":9,"children":[{"name":"main","value":9,"children":[]}]}"#,
    ),
    (
        Format::Otlp,
        r#"{"resourceProfiles":[{"resource":{}}],"dictionary":{}}"#,
    ),
    (
        Format::PerfJson,
        "{\n\t\"linux-perf-json-version\": 1,\n\t\"headers\": {}\n}",
    ),
    (
        Format::Dhat,
        r#"{"dhatFileVersion":2,"mode":"heap","pps":[]}"#,
    ),
    (
        Format::Ghc,
        r#"{"program":"x","arguments":["{"],"rts_arguments":["-pj"],"cost_centres":[]}"#,
    ),
    (
        Format::Safari,
        r#"{"version":1,"recording":{"displayName":"\"a","instrumentTypes":[]}}"#,
    ),
    (
        Format::Stackprof,
        r#"{"version":1.2,"mode":"cpu","interval":1000,"samples":9,"gc_samples":0,"missed_samples":0,"frames":{}}"#,
    ),
    (
        Format::V8Heap,
        r#"{"head":{"callFrame":{"functionName":"(root)"},"selfSize":0,"children":[]},"samples":[]}"#,
    ),
    (
        Format::V8Heap,
        r#"{"snapshot":{"meta":{"node_fields":["type"]}},"nodes":[1,2]}"#,
    ),
    (Format::Session, r#"{"emberscope_session":1,"profiles":[]}"#),
];

const BYTES: &[(Format, &[u8])] = &[
    (Format::Jfr, b"FLR\0\0\x02\0\0\0\0\0\0"),
    (Format::Simpleperf, b"SIMPLEPERF\x01\0X\0\0\0*V\n\tcpu-clock"),
    (Format::Art, b"SLOW\xf3\0 \0\xc4\x91\x9e,\x9a\0\0\0"),
    (Format::TraceDat, b"\x17\x08\x44tracing6\0\0\x08"),
    (Format::OldPerfData, b"PERFFILE\x68\0\0\0\0\0\0\0\x48\0"),
    (Format::Memray, b"memray\0\x0d\0\0\0"),
    (Format::Memray, b"\x04\x22\x4d\x18\x40\x40\xc0\x13\x09\0\0\xfa\x04memray\0\x0d\0"),
    (Format::Lz4, b"\x04\x22\x4d\x18\x40\x40\xc0\x13\x09\0\0\xfa\x04app  1 1.0"),
    (Format::Zip, b"PK\x03\x04\x14\0"),
    (Format::Gperftools, b"\0\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\x27\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    (Format::Gperftools, b"\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\x27\x10\0\0\0\0"),
    (Format::Nflxprofile, b"\x09\xcd\xcc\xcc\xcc\xb8\x9c\0\x41\x11\0\0\0\0\xbc\x9c\0\x41\x1a\x02\x01\x02"),
    // A resource with an attribute, and profiles; then the dictionary.
    (Format::Otlp, b"\n\x1f\n\x13\n\x11\n\thost.name\x12\x04\n\x02vm\x12\x08\n\x02\n\0\x12\x02\x10\x01\x12\x04\n\0\n\0"),
    // Two packets: a sequence and flags, then a time.
    (Format::Perfetto, b"\n\x14P\x01h\x01\xda\x03\nb\x05\n\x03\x10\xc7\x01\xd0\x03\x06\xb8\x05\x01\n\x05@\xa0\x01P\x01"),
];

#[test]
fn each_format_that_is_not_read_is_named() {
    let texts = TEXTS
        .iter()
        .map(|(format, text)| (*format, text.as_bytes()));
    for (format, bytes) in texts.chain(BYTES.iter().copied()) {
        let (told, message) = foreign(bytes);
        assert_eq!(told, format, "{message}");
        let info = format.info();
        assert!(message.contains(info.name), "{message}");
        if info.times != Times::AsInside {
            assert!(message.contains(&info.times.sentence()), "{message}");
        }
        if let Use::Instead(advice) = info.use_of {
            assert!(message.ends_with(advice), "{message}");
        }
    }
}

/// A file may end anywhere, and what follows its first bytes may be anything.
#[test]
fn any_beginning_of_a_file_is_told_to_be_something() {
    let texts = TEXTS.iter().map(|(_, text)| text.as_bytes());
    for bytes in texts.chain(BYTES.iter().map(|(_, bytes)| *bytes)) {
        for end in 0..bytes.len() {
            let formats = [
                &b""[..],
                b"\0",
                b"\"",
                b"\xff\xff\xff",
                b"{[{[\"a\\",
                b"\n\t",
            ];
            for rest in formats {
                let _ = Format::of(&[&bytes[..end], rest].concat());
            }
        }
    }
}

#[test]
fn every_format_that_is_not_read_has_an_example_here() {
    let is_there = |format: Format| {
        let mut formats = TEXTS.iter().map(|(format, _)| *format);
        formats.any(|one| one == format) || BYTES.iter().any(|(one, _)| *one == format)
    };
    let unread = formats()
        .iter()
        .filter(|info| matches!(info.use_of, Use::Instead(_)));
    let others = [Format::Json, Format::Compress];
    for info in unread.filter(|info| !others.contains(&info.format)) {
        assert!(is_there(info.format), "{}", info.name);
    }
}

#[test]
fn the_command_line_says_what_a_file_is_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.jfr");
    std::fs::write(&path, b"FLR\0\0\x02\0\0\0\0\0\0").unwrap();
    for command in ["info", "heatmap", "flamegraph"] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_emberscope"));
        let output = program.arg(command).arg(&path).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        for part in ["x.jfr", "a JFR recording", "it has times", "jfrconv"] {
            assert!(message.contains(part), "{message}");
        }
        assert_eq!(message.trim_end().lines().count(), 1, "{message}");
    }
}

#[test]
fn what_emberscope_writes_itself_is_named() {
    let profile = common::sample_profile(common::SAMPLE_PROFILES[1]);
    let folder = tempfile::tempdir().unwrap();
    for (name, part) in [
        ("x.speedscope.json", "a profile of speedscope"),
        ("x.firefox.json", "a profile of the Firefox Profiler"),
        ("x.d3.json", "a call tree of d3-flame-graph"),
    ] {
        let file = folder.path().join(name);
        let run = |args: &[&std::ffi::OsStr]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
            command.args(args).output().unwrap()
        };
        run(&[
            "flamegraph".as_ref(),
            profile.as_ref(),
            "-o".as_ref(),
            file.as_ref(),
        ]);
        let output = run(&["info".as_ref(), file.as_ref()]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(part), "{message}");
        assert!(message.contains("where emberscope wrote it"), "{message}");
    }
}

#[test]
fn what_is_packed_twice_is_to_be_unpacked_once() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"a 1 1.000000: 1 c: \n\n").unwrap();
    let twice = zstd::stream::encode_all(&gzip.finish().unwrap()[..], 3).unwrap();
    let error = try_load_text(&twice, &LoadOptions::default()).unwrap_err();
    assert!(
        error.to_string().contains("packed twice; unpack it once"),
        "{error}"
    );
}

/// What other formats begin with, in front of or inside samples of `perf script`.
#[test]
fn samples_of_perf_open_whatever_stands_before_them() {
    let sample = "app 7/7 [000] 1.000000001:  1 cycles: \n\t    55d4 work+0x4 (/srv/app)\n\n";
    let expected = ["1.000000001 app 7/7 [0] 1 cycles: app;work"];
    for before in [
        "# callgrind format\n",
        "# Samples: 594  of event 'cpu-clock'\n#\n",
        "Attaching 1 probe...\n@[1]: 7\n",
        "cpus=2\n",
        "v8-version,11\n",
        " Performance counter stats for 'true':\n\n",
        "FUNCTION:NAME\n",
        "@ cycles [9 samples]\n",
        "Sampling process 7 for 3 seconds\n",
        "events: 1\npositions: 2\n",
    ] {
        let profile = load_text(&format!("{before}\n{sample}"));
        assert_eq!(describe(&profile), expected, "{before}");
    }
}

/// `perf script -F comm,cpu,time,event` of threads whose names end as ftrace's do.
#[test]
fn names_that_end_in_numbers_are_no_ftrace() {
    for (text, samples) in [
        (
            "web-1 [000] 1.000100: cycles: \n\t55d4 work+0x4 (/srv/app)\n\nweb-1 [000] 1.000200: cycles: \n\t55d4 work+0x4 (/srv/app)\n\n",
            2,
        ),
        (
            "           web-1 [000]     1.000100:     250000 cycles:      55d4aa11 work+0x4 (/srv/app)\n",
            1,
        ),
        (
            "           web-1 [000]     1.000100: sched:sched_switch: prev_comm=web-1 prev_pid=7\n",
            1,
        ),
        (
            "           web-1 [000]     1.000100: cycles:  ffffffff821f2c2b halt+0xb ([kernel.kallsyms])\n",
            1,
        ),
        (
            "           web-1     7 [000]     1.000100: my_event: some text\n",
            1,
        ),
    ] {
        assert_eq!(load_text(text).samples.len(), samples, "{text}");
    }
}

#[test]
fn all_profiles_are_told_to_be_what_they_are() {
    for path in all_files() {
        let opened = load::open(&path, &LoadOptions::default(), &Progress::default());
        let is_foreign = matches!(opened, Err(LoadError::Foreign { .. }));
        assert!(!is_foreign, "{}", path.display());
    }
}

/// A folder of files of many formats: each opens, or is named.
#[test]
fn each_input_opens_or_is_named() {
    let Some(folder) = inputs() else {
        return;
    };
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_about = path.extension().is_some_and(|ending| ending == "md");
        if path.is_dir() || is_about {
            continue;
        }
        match load::open(&path, &LoadOptions::default(), &Progress::default()) {
            Ok(profile) => assert!(!profile.samples.is_empty(), "{}", path.display()),
            // What its perf is too old or missing for.
            Err(LoadError::Foreign { .. } | LoadError::Perf { .. } | LoadError::PerfData(_)) => {}
            Err(error) => wrong.push(error.to_string()),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A row of the table in `docs/formats.md`.
fn row(info: &FormatInfo) -> String {
    let times = match info.times {
        Times::Yes => "yes".to_owned(),
        Times::No => "no".to_owned(),
        Times::Where(place) => format!("where {place}"),
        Times::AsInside => "as what is in it".to_owned(),
    };
    let (Use::Read(use_of) | Use::Instead(use_of)) = info.use_of;
    let cells = [info.name, info.recognised, &times, use_of, info.recorded];
    format!(
        "| {} |",
        cells.map(|cell| cell.replace('|', "\\|")).join(" | ")
    )
}

#[test]
fn the_documentation_lists_the_formats_as_the_code_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (read, unread) = text.split_once("\n## Formats that are named").unwrap();
    let listed = |part: &str| {
        let rows = part.lines().filter(|line| line.starts_with("| "));
        let rows = rows.filter(|line| !line.starts_with("| ---") && !line.starts_with("| Format"));
        rows.map(str::to_owned).collect::<Vec<String>>()
    };
    let is_read = |info: &&FormatInfo| matches!(info.use_of, Use::Read(_));
    let expected: Vec<String> = formats().iter().filter(is_read).map(row).collect();
    assert_eq!(listed(read).join("\n"), expected.join("\n"));
    let expected: Vec<String> = formats()
        .iter()
        .filter(|info| !is_read(info))
        .map(row)
        .collect();
    assert_eq!(listed(unread).join("\n"), expected.join("\n"));
}
