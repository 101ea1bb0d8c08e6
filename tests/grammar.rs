//! What `perf script` prints, case by case: each text by itself, and what it loads as. Most lines
//! are real ones; the comms are as adversarial as real kernels allow.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{describe, load_text};
use emberscope::profile::{FrameKind, Profile, WarningKind};

/// A stack for headers that are followed by one.
const STACK: &str = "\n\t27ff leaf+0x14 (/srv/mt)\n\t2d88 main+0x20 (/srv/mt)\n\n";

/// Headers of a whole-system recording, which teach a file's layout.
fn usual(count: usize) -> String {
    let header = |index| format!("usual 10/11 [000]  5868.{index:06}:    250000 cycles: {STACK}");
    (0..count).map(header).collect()
}

fn is_clean(profile: &Profile) -> bool {
    profile.warnings.is_empty()
}

/// Among usual headers, `line` must become this one sample.
fn among_usual(line: &str, expected: &str) {
    let text = format!("{}{line}{STACK}{}", usual(20), usual(2));
    let profile = load_text(&text);
    let samples = describe(&profile);
    let found: Vec<&String> = samples
        .iter()
        .filter(|line| !line.contains(" usual "))
        .collect();
    assert_eq!(found, [expected], "{line}");
    assert_eq!(samples.len(), 23, "{line}");
    let only_order = |w: &emberscope::profile::Warning| w.kind == WarningKind::OutOfOrder;
    assert!(
        profile.warnings.iter().all(only_order),
        "{:?}",
        profile.warnings
    );
}

#[test]
fn comms_may_hold_anything() {
    for comm in [
        "foo 12 bar",
        "kworker/u8:3",
        "C2 CompilerThre",
        "V8 WorkerThread",
        "x 1 [000] 2.3:",
        "7 8.9: ev:",
        "1.5: cycles:",
        "12/34",
        "a",
        "#hash",
        "semi;colon",
        "[kthreadd]",
        "a b  c",
        "x 1 [000] 2.000000: y",
        "sh -c 'x: 1 [0",
    ] {
        among_usual(
            &format!("{comm} 15161/15164 [001]  5868.799999:    250000 cycles: "),
            &format!("5868.799999000 {comm} 15161/15164 [1] 250000 cycles: {comm};main;leaf"),
        );
    }
}

#[test]
fn comms_may_be_padded_empty_or_begin_with_a_blank() {
    among_usual(
        " 15161/15168 [001]  5868.000500:    250000 cycles: ",
        "5868.000500000  15161/15168 [1] 250000 cycles: (no comm);main;leaf",
    );
    among_usual(
        " lead 15161/15168 [001]  5868.000500:    250000 cycles: ",
        "5868.000500000  lead 15161/15168 [1] 250000 cycles:  lead;main;leaf",
    );
    among_usual(
        "           false 39654/39654 [001] 5868.000500:    250000 cycles: ",
        "5868.000500000 false 39654/39654 [1] 250000 cycles: false;main;leaf",
    );
}

#[test]
fn thread_numbers_may_be_negative() {
    among_usual(
        ":-1    -1/-1 [000]  5868.931372: sched:sched_switch: prev_comm=x ==> next_comm=y",
        "5868.931372000 :-1 -1/-1 [0] 1 sched:sched_switch: :-1;main;leaf",
    );
}

#[test]
fn a_line_break_in_a_comm_costs_its_first_part_only() {
    let text = format!(
        "{}nl\nname  7550/7685 [000]  5869.000000:    250000 cycles: {STACK}",
        usual(3)
    );
    let profile = load_text(&text);
    assert_eq!(
        describe(&profile).last().unwrap(),
        "5869.000000000 name 7550/7685 [0] 250000 cycles: name;main;leaf"
    );
}

#[test]
fn headers_may_lack_fields_and_have_others() {
    for (header, expected) in [
        (
            "mt  6926  5709.779182:    2004008 cpu-clock: ",
            "5709.779182000 mt 6926 2004008 cpu-clock: ",
        ),
        (
            "mt  6926/6927  5709.779182:    2004008 cpu-clock: ",
            "5709.779182000 mt 6926/6927 2004008 cpu-clock: ",
        ),
        (
            "mt  6926 [003]  5709.779182123:    2004008 cpu-clock: ",
            "5709.779182123 mt 6926 [3] 2004008 cpu-clock: ",
        ),
        (
            "mt  6926 [-01]  5709.779182: cpu-clock: ",
            "5709.779182000 mt 6926 1 cpu-clock: ",
        ),
        (
            "mt  6926  5709.779182: cpu-clock: ",
            "5709.779182000 mt 6926 1 cpu-clock: ",
        ),
        (
            "mt  6926  5709.779182: ",
            "5709.779182000 mt 6926 1 (unnamed event): ",
        ),
        (
            "DOM Worker 15137 [000] U      5866.647721:    250000 cycles: ",
            "5866.647721000 DOM Worker 15137 [0] 250000 cycles: ",
        ),
        (
            "child 1  8333 2026-11-23 02:16:53.433620  5736.821845:    3344481 cpu-clock: ",
            "5736.821845000 child 1 8333 3344481 cpu-clock: ",
        ),
        (
            "VM:  123 VCPU:001 mt  6926 [003]  5709.779182:    2004008 cycles: ",
            "5709.779182000 mt 6926 [3] 2004008 cycles: ",
        ),
        (
            "Gecko\t25122 [007] 115539.9366:\t\t1000000 task-clock:u:",
            "115539.936600000 Gecko 25122 [7] 1000000 task-clock:u: ",
        ),
        (
            "  15518/15518 14519.471062:   1 cycles: ",
            "14519.471062000  15518/15518 1 cycles: ",
        ),
    ] {
        let profile = load_text(&format!("{header}{STACK}"));
        let samples = describe(&profile);
        assert_eq!(samples.len(), 1, "{header}");
        assert!(samples[0].starts_with(expected), "{header}: {}", samples[0]);
        assert!(
            samples[0].ends_with(";main;leaf"),
            "{header}: {}",
            samples[0]
        );
        assert!(is_clean(&profile), "{header}: {:?}", profile.warnings);
    }
}

#[test]
fn headers_may_have_neither_process_nor_thread() {
    let lines = [
        "mt  5709.779182:    2004008 cpu-clock: ",
        "V8 Worker 12 5709.779183:    2004008 cpu-clock: ",
        "swapper [001]  5709.779184:    2004008 cpu-clock: ",
        "mt  5709.779185:    2004008 cpu-clock: ",
    ];
    let profile = load_text(&lines.map(|line| format!("{line}{STACK}")).concat());
    assert!(profile.threads.iter().all(|thread| thread.tid.is_none()));
    let comms: Vec<String> = profile
        .samples
        .stack
        .iter()
        .map(|stack| common::stack_text(&profile, *stack))
        .collect();
    let expected = ["mt", "V8 Worker 12", "swapper", "mt"].map(|comm| format!("{comm};main;leaf"));
    assert_eq!(comms, expected);
    let only_times = "  5709.779182:    2004008 cpu-clock: ";
    let profile = load_text(&format!("{only_times}{STACK}{only_times}{STACK}"));
    assert_eq!(profile.samples.len(), 2);
}

#[test]
fn headers_may_have_no_time_and_a_frame_or_fields_behind_the_event() {
    let profile = load_text(
        "# ========\n#\n\
         burn 15530 cpu-clock:ppp: \n\t27ff leaf+0x14 (/srv/mt)\n\n\
         x: 12 15530/15531 [001] 250000 cycles: \n\t27ff leaf+0x14 (/srv/mt)\n\n\
         burn 15530 sched:sched_switch: prev_comm=x: y ==> next_comm=z\n\t27ff leaf+0x14 (/srv/mt)\n\n",
    );
    assert_eq!(
        describe(&profile),
        [
            "0.000000000 burn 15530 1 cpu-clock:ppp: burn;leaf",
            "0.000000000 x: 12 15530/15531 [1] 250000 cycles: x: 12;leaf",
            "0.000000000 burn 15530 1 sched:sched_switch: burn;leaf",
        ]
    );
    assert!(is_clean(&profile), "{:?}", profile.warnings);
    let noise = "burn 15530 cycles: \n\t27ff leaf+0x14 (/srv/mt)\n\nnote 12 said: nothing\n\n";
    assert_eq!(load_text(noise).samples.len(), 1);
    let one_line = "            burn 15530/15530   10101010 cpu-clock:ppp:      5562cc0a4162 inner+0x29 (/tmp/burn)\n";
    let profile = load_text(&one_line.repeat(3));
    let expected = "0.000000000 burn 15530/15530 10101010 cpu-clock:ppp: burn;inner";
    assert_eq!(describe(&profile), [expected; 3]);
    assert!(is_clean(&profile), "{:?}", profile.warnings);
}

/// Found by fuzzing: a cut in front of the second line made another event of it.
#[test]
fn a_header_without_a_time_means_the_same_wherever_a_piece_begins() {
    let text = "a 1 c:  f: (x)\nb 2 x:y: z 3 c:  f0 g+0x1 (/x)\n";
    let whole = load_text(text);
    let pieces = common::try_load_text(text.as_bytes(), &common::options(1, 1)).unwrap();
    assert_eq!(describe(&pieces), describe(&whole));
    assert_eq!(
        describe(&whole),
        ["0.000000000 b 2 x:y: z 3 1 c: b 2 x:y: z;g"]
    );
    let text = "# a 1 c:  123456 f (/x)\nb 2 c: \nnoise\n\t1 f (/x)\n\nb 2 c: \n";
    let whole = load_text(text);
    let pieces = common::try_load_text(text.as_bytes(), &common::options(1, 1)).unwrap();
    assert_eq!(describe(&pieces), describe(&whole));
    assert_eq!(whole.info.header, ["a 1 c:  123456 f (/x)"]);
}

#[test]
fn samples_may_lack_their_event() {
    for (body, stack) in [
        (
            "     561482257393 <core::str::Chars>::next",
            "mt;<core::str::Chars>::next",
        ),
        ("     5562cc0a4162 f(a: b)+0x3 (/srv/mt)", "mt;f(a: b)"),
        ("     559511660060", "mt"),
        ("", "mt"),
    ] {
        let profile = load_text(&format!("mt 1 1.000000:{body}\nmt 1 2.000000:{body}\n"));
        let expected =
            [1, 2].map(|time| format!("{time}.000000000 mt 1 1 (unnamed event): {stack}"));
        assert_eq!(describe(&profile), expected, "{body}");
    }
}

#[test]
fn what_is_behind_an_event_is_a_frame_only_if_it_looks_like_one() {
    for fields in [
        "              68 |OP LOAD|LVL L1 hit|SNP None",
        "               7              12",
        "  /user.slice",
        "     559511660060",
        " bad thing 1 happened",
    ] {
        let profile = load_text(&format!("mt 1 1.000000: 7 raw 0x1a8: {fields}\n\n"));
        assert_eq!(
            describe(&profile),
            ["1.000000000 mt 1 7 raw 0x1a8: mt"],
            "{fields}"
        );
    }
}

#[test]
fn files_without_times_need_no_blank_lines() {
    for (rest, stack) in [
        ("cycles: ", "mt"),
        ("   250000 cycles: ", "mt"),
        ("cycles:     559511660060", "mt"),
        ("cycles:  /user.slice", "mt"),
        ("cycles:               12", "mt"),
        ("sched:sched_switch: prev_comm=x: y ==> z", "mt"),
        (
            "cycles: \n\t27ff leaf+0x14 (/srv/mt)\n ABI:2    AX:0x1",
            "mt;leaf",
        ),
        ("cycles:  ABI:2    AX:0x1", "mt"),
    ] {
        let text = format!("              mt 12/13 {rest}\n").repeat(3);
        let profile = load_text(&text);
        let stacks: Vec<String> = profile
            .samples
            .stack
            .iter()
            .map(|stack| common::stack_text(&profile, *stack))
            .collect();
        assert_eq!(stacks, [stack; 3], "{rest}");
        assert!(is_clean(&profile), "{rest}: {:?}", profile.warnings);
    }
    let record = "mt 12 PERF_RECORD_COMM: b:1/1\nmt 12 cycles: \n";
    let profile = load_text(&record.repeat(3));
    assert_eq!(profile.samples.len(), 3);
    assert_eq!(profile.info.records, [("PERF_RECORD_COMM".to_owned(), 3)]);
    for log in [
        "worker 12 says: hello\n",
        "Nov 23 09:31:56 host app[12]: text\n",
    ] {
        let loaded = common::try_load_text(log.repeat(20).as_bytes(), &Default::default());
        assert!(loaded.is_err(), "{log}");
    }
}

#[test]
fn frames_behind_an_unreadable_header_are_nobodys() {
    let profile = load_text(
        "good 1 1.000000: 1 c: \n\nwho knows\n\t27ff stolen+0x14 (/srv/mt)\n\n\
         good 1 2.000000: 1 c: \n\t27ff leaf+0x14 (/srv/mt)\nnoise in a stack\n\t27ff main+0x14 (/srv/mt)\n\n",
    );
    assert_eq!(
        describe(&profile),
        [
            "1.000000000 good 1 1 c: good",
            "2.000000000 good 1 1 c: good;main;leaf"
        ]
    );
}

#[test]
fn the_swapper_is_idle_where_threads_have_no_numbers() {
    let idle = "\n\t1 default_idle+0x1 ([kernel.kallsyms])\n\n";
    let profile = load_text(&format!(
        "swapper [001]  1.000000:  1 c: {idle}mt [001]  2.000000:  1 c: {idle}"
    ));
    let samples = common::default_samples(&profile);
    assert_eq!((samples.shown, samples.idle), (1, 1));
}

#[test]
fn events_end_at_a_colon_and_a_blank() {
    for event in [
        "cycles:uppp",
        "cpu_core/cycles/",
        "cpu/cycles/ppp",
        "page-faults/period=1,call-graph=no/",
        "sched:sched_switch",
        "probe_forks:burn",
        "dummy:HG",
        "my_ev.1",
        "[unknown]",
        "cpu/event=0x3c,umask=0x0,name='x'/",
    ] {
        let profile = load_text(&format!("mt 1/1 [000]  1.000000:   7 {event}: {STACK}"));
        let expected = format!("1.000000000 mt 1/1 [0] 7 {event}: mt;main;leaf");
        assert_eq!(describe(&profile), [expected]);
    }
}

#[test]
fn tracepoints_may_say_anything() {
    for payload in [
        "prev_comm=swapper/0 prev_pid=0 prev_prio=120 prev_state=R ==> next_comm=a next_pid=3",
        "(558a78d0f201)",
        "x 1/2 [000] 3.000000: cycles: not a header",
        "comm=x pid=3: 12 4.5: done",
        "",
    ] {
        among_usual(
            &format!("tp 1/1 [000]  5868.500000: sched:sched_switch: {payload}"),
            "5868.500000000 tp 1/1 [0] 1 sched:sched_switch: tp;main;leaf",
        );
    }
}

#[test]
fn samples_may_be_one_line_or_have_a_chain_in_one_file() {
    let profile = load_text(
        "mt  6926  5709.000001: 2004008 cpu-clock:  ffffffff821cf093 mas_next+0x3 ([kernel.kallsyms])\n\
         mt  6926  5709.000002: 2004008 cpu-clock:  5595 (anonymous namespace)::spin(int)+0x3 (/srv/mt)\n\
         mt  6926  5709.000003: 2004008 cpu-clock: \n\t27ff leaf+0x14 (/srv/mt)\n\t2d88 main+0x20 (/srv/mt)\n\n\
         mt  6926  5709.000004: 2004008 cpu-clock:  7fa68b1f2d84 [unknown] ([unknown])\n\
         mt  6926  5709.000005: 1 page-faults:     559511660060 __TMC_END__+0x0 (/srv/mt)  ffffffff8175336a elf_load+0x28a ([kernel.kallsyms])\n\
         mt  6926  5709.000006: 2004008 cpu-clock: \n\n",
    );
    let stacks: Vec<String> = profile
        .samples
        .stack
        .iter()
        .map(|stack| common::stack_text(&profile, *stack))
        .collect();
    assert_eq!(
        stacks,
        [
            "mt;mas_next",
            "mt;(anonymous namespace)::spin(int)",
            "mt;main;leaf",
            "mt;[unknown]",
            "mt;elf_load",
            "mt",
        ]
    );
    assert!(is_clean(&profile), "{:?}", profile.warnings);
}

#[test]
fn nothing_but_a_header_ends_a_sample() {
    let header = |time: u32| format!("mt 1/1 [000]  {time}.000000:   7 cycles: \n");
    let frames = "\t27ff leaf+0x14 (/srv/mt)\n\t2d88 main+0x20 (/srv/mt)\n";
    for tail in [
        "",
        "\n",
        "\n\n\n",
        " ABI:2    AX:0xfdb46    BX:0x0 \n",
        " 0x4005a0/0x4005b0/P/-/-/0  0x1/0x2/M/-/-/0 \n",
        "      BPF output: 0000: 61 62\n                  0008: 63\n\n",
        " ilen: 4 insn: 48 83 e4 f0\n",
        "           103fb2a5a  4K N/A\n",
        "\t00005595116600d4\tinsn: 55\n\t00005595116600d5\tinsn: 56\n\n",
        "|20       code of line 20\n|21       }\n\n",
        " \t IPC: 0.52 (13/25) \n",
        "\r\n",
    ] {
        let text: String = (1..4).map(|time| header(time) + frames + tail).collect();
        let profile = load_text(&text);
        let expected: Vec<String> = (1..4)
            .map(|time| format!("{time}.000000000 mt 1/1 [0] 7 cycles: mt;main;leaf"))
            .collect();
        assert_eq!(describe(&profile), expected, "{tail:?}");
        let unexpected = profile
            .warnings
            .iter()
            .find(|w| w.kind != WarningKind::CutOff);
        assert_eq!(unexpected, None, "{tail:?}");
    }
}

#[test]
fn source_lines_name_what_was_inlined() {
    let profile = load_text(
        "mt 1 1.000000: 1 c: \n\
         \t31a6 operator()+0x426\n  std_thread.h:259 (inlined)\n\
         \t31a6 spin+0x426 (/srv/mt)\n  mt.cpp:20\n\
         \t7f05 thread_start+0x5 (/lib/libc.so.6)\n  libc.so.6[d44a3]\n\
         \t7f06 [unknown] ([unknown])\n\
         \t7f07 clone3+0x5 (/lib/libc.so.6)\n  ??:0\n\n",
    );
    assert_eq!(
        describe(&profile),
        ["1.000000000 mt 1 1 c: mt;clone3;[unknown];thread_start;spin;operator()"]
    );
    let kinds: Vec<FrameKind> = profile
        .stacks
        .path_up(profile.samples.stack[0])
        .map(|node| profile.frames.kind[profile.stacks.frame[node.index()].index()])
        .collect();
    assert_eq!(kinds[0], FrameKind::Inlined);
    assert!(kinds[1..].iter().all(|kind| *kind != FrameKind::Inlined));
    assert!(is_clean(&profile), "{:?}", profile.warnings);
}

#[test]
fn records_are_counted_by_kind_and_are_no_frames() {
    let records = [
        "PERF_RECORD_COMM exec: b:1/1",
        "PERF_RECORD_FORK(1:2):(1:1)",
        "PERF_RECORD_EXIT(1:2):(1:1)",
        "PERF_RECORD_MMAP -1/0: [0xffffffff81000000(0x1000) @ 0xffffffff81000000]: x [kernel.kallsyms]_text",
        "PERF_RECORD_MMAP2 1/1: [0x55(0x1000) @ 0 fd:01 1 1]: r-xp /srv/mt",
        "PERF_RECORD_SWITCH OUT preempt",
        "PERF_RECORD_SWITCH_CPU_WIDE OUT  next pid/tid: 1/2",
        "PERF_RECORD_NAMESPACES 1/1 - nr_namespaces: 7\n\t\t[0/net: 4/0xf0000000, 1/uts: 4/0xeffffffe,\n\t\t 2/ipc: 4/0xefffffff]",
        "PERF_RECORD_CGROUP cgroup: 1 /",
        "PERF_RECORD_LOST lost 12",
        "PERF_RECORD_KSYMBOL addr ffffffffc0 len 12 type 1 flags 0x0 name bpf_prog_1",
        "PERF_RECORD_AUX offset: 0 size: 0 flags: 0 []",
    ];
    let sample = format!("mt 1/1 [000]  7.000000:   7 cycles: {STACK}");
    let text: String = records
        .iter()
        .map(|record| format!("perf 1/1 [000]  0.000000: {record}\n{sample}"))
        .collect();
    let profile = load_text(&text);
    assert_eq!(profile.samples.len(), records.len());
    assert_eq!(profile.info.records.len(), records.len());
    assert!(
        profile
            .info
            .records
            .iter()
            .all(|(kind, count)| kind.starts_with("PERF_RECORD_") && *count == 1)
    );
    assert_eq!(profile.origin().to_string(), "7.000000000");
    assert_eq!(profile.frames.len(), 4, "all, mt, main, leaf");
    assert!(is_clean(&profile), "{:?}", profile.warnings);
}

#[test]
fn frames_that_come_later_are_put_below_those_that_wait() {
    let profile = load_text(
        "pwd 2312/2312 [000]  121.163435:  453 cycles: \n\
         \tffffffffb7 vfs_read+0x7 ([kernel.kallsyms])\n\tb00000006 (cookie) ([unknown])\n\n\
         pwd 2312/2312 [000]  121.163440:  453 cycles: \n\
         \tffffffffb8 vfs_write+0x7 ([kernel.kallsyms])\n\tb00000006 (cookie) ([unknown])\n\n\
         pwd 2313/2313 [000]  121.163441:  453 cycles: \n\
         \tffffffffb8 vfs_write+0x7 ([kernel.kallsyms])\n\tb00000006 (cookie) ([unknown])\n\n\
         pwd 2312/2312 [000]  121.163447: DEFERRED CALLCHAIN [cookie: b00000006]\n\
         \t7f18 read+0x7 (/lib/libc.so.6)\n\t7f19 main+0x7 (/bin/pwd)\n\n",
    );
    assert_eq!(
        describe(&profile),
        [
            "121.163435000 pwd 2312/2312 [0] 453 cycles: pwd;main;read;vfs_read",
            "121.163440000 pwd 2312/2312 [0] 453 cycles: pwd;main;read;vfs_write",
            "121.163441000 pwd 2313/2313 [0] 453 cycles: pwd;vfs_write",
        ]
    );
    assert_eq!(profile.info.records, [("DEFERRED CALLCHAIN".to_owned(), 1)]);
    assert!(is_clean(&profile), "{:?}", profile.warnings);
}

#[test]
fn symbols_and_modules_may_hold_anything() {
    for (frame, name, module) in [
        (
            "31c7 [unknown] (/srv/mt del (x) (deleted))",
            "[mt del (x) (deleted)]",
            "/srv/mt del (x) (deleted)",
        ),
        (
            "1 hashCode ([JIT app cache])",
            "hashCode",
            "[JIT app cache]",
        ),
        ("1 Vec::operator++0x39 (/x)", "Vec::operator+", "/x"),
        ("1 Vec::operator->()+0x39 (/x)", "Vec::operator->()", "/x"),
        (
            "1 StubRoutines (1)+0xc9 (/tmp/perf-9.map)",
            "StubRoutines (1)",
            "/tmp/perf-9.map",
        ),
        (
            "1 unsigned long tmpl<long, 7>(std::map<int, int> const&)+0x1 (/x)",
            "unsigned long tmpl<long, 7>(std::map<int, int> const&)",
            "/x",
        ),
        (
            "1 main::{lambda(int)#1}::operator()(int) const+0x1 (/x)",
            "main::{lambda(int)#1}::operator()(int) const",
            "/x",
        ),
        (
            "1 deep [clone .isra.0]+0x1 (/x)",
            "deep [clone .isra.0]",
            "/x",
        ),
        (
            "1 void Work.lambda$main$0(long)+0x4a2 (/tmp/perf-9.map)",
            "void Work.lambda$main$0(long)",
            "/tmp/perf-9.map",
        ),
        (
            "1 JS:~ node:internal/main/run_main_module:1:1+0xdc (/tmp/perf-9.map)",
            "JS:~ node:internal/main/run_main_module:1:1",
            "/tmp/perf-9.map",
        ),
        (
            "1 RegExp:[&<>\"']+0x1 (/tmp/perf-9.map)",
            "RegExp:[&<>\"']",
            "/tmp/perf-9.map",
        ),
        (
            "1 net/http.(*Client).Do+0x1 (/srv/app)",
            "net/http.(*Client).Do",
            "/srv/app",
        ),
        (
            "1 <r::S<u32> as r::T>::go+0x1 (/x)",
            "<r::S<u32> as r::T>::go",
            "/x",
        ),
        ("1 a;b+0x1 (/x)", "a;b", "/x"),
        ("1 main+0x1f (/srv/mt+0x27ff)", "main", "/srv/mt"),
        (
            "1 do_it+0x1 ([guest.kernel.kallsyms.1234])",
            "do_it",
            "[guest.kernel.kallsyms.1234]",
        ),
        ("1 [unknown] (//anon)", "[anon]", "//anon"),
        (
            "1 [unknown] (/memfd:x (deleted))",
            "[memfd:x (deleted)]",
            "/memfd:x (deleted)",
        ),
        (
            "7f1e2215d058  (/lib/libc-2.15.so)",
            "[libc-2.15.so]",
            "/lib/libc-2.15.so",
        ),
        ("27ff (/path)", "[path]", "/path"),
        ("27ff", "[unknown]", ""),
        ("2d88 deep", "deep", ""),
        (
            "1 Lorg/x/Y;::m+0x1 (/tmp/perf-9.map)",
            "org/x/Y::m",
            "/tmp/perf-9.map",
        ),
        (
            "1 _ZN4core3ops4call17hd2ec8fe1bea7d332E+0x1 (/x)",
            "core::ops::call",
            "/x",
        ),
        ("1 _Z4deepid+0x1 (/x)", "deep(int, double)", "/x"),
        (
            "1 x 1/1 [000] 1.000000: cycles: +0x1 (/x)",
            "x 1/1 [000] 1.000000: cycles: ",
            "/x",
        ),
    ] {
        let profile = load_text(&format!("mt 1 1.000000: 1 c: \n\t  {frame}\n\n"));
        let leaf = profile.stacks.frame[profile.samples.stack[0].index()];
        assert_eq!(profile.frame_name(leaf), name, "{frame}");
        assert_eq!(profile.frame_module(leaf), module, "{frame}");
        assert!(is_clean(&profile), "{frame}: {:?}", profile.warnings);
    }
}

#[test]
fn symbols_are_kept_as_they_were_where_names_are_made_of_them() {
    let profile = load_text("mt 1 1.000000: 1 c: \n\t1 _Z4deepid+0x1 (/x)\n\t2 main+0x1 (/x)\n\n");
    let raw: Vec<_> = profile
        .stacks
        .path_up(profile.samples.stack[0])
        .map(|node| profile.raw_name(profile.stacks.frame[node.index()]))
        .collect();
    assert_eq!(raw, [Some("_Z4deepid".into()), None, None]);
}

#[test]
fn text_before_and_between_is_reported_or_known() {
    let profile = load_text(&format!(
        "# ========\n# captured on    : Mon Nov 23 02:16:53 2026\n# time of first sample : 5738.085561\n\
         # clockid: monotonic (1)\n# ========\n#\n\
         mt 1 1.000000: 1 c: {STACK}\
         # a comment in between\n\
         Was the 'perf record' command properly terminated?\n\
         \x20instruction trace error type 1 time 47170.086912826 cpu -1 pid 0\n\
         mt 1 2.000000: 1 c: {STACK}"
    ));
    assert_eq!(profile.samples.len(), 2);
    assert!(
        profile
            .info
            .header
            .iter()
            .any(|line| line == "clockid: monotonic (1)")
    );
    let [warning] = profile.warnings.as_slice() else {
        panic!("{:?}", profile.warnings);
    };
    assert_eq!(
        (warning.kind, warning.count),
        (WarningKind::UnreadableLine, 1)
    );
}

#[test]
fn a_long_preamble_does_not_hide_the_layout() {
    let noise = "some log line of another program that went to the same file\n".repeat(90_000);
    assert!(noise.len() > 5 << 20);
    let profile = load_text(&format!("{noise}mt 1 1.000000: 1 c: {STACK}"));
    assert_eq!(profile.samples.len(), 1);
    assert_eq!(profile.warnings[0].count, 90_000);
}
