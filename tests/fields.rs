//! What `perf script` prints besides the usual fields: only a frame is a frame, only a comm is a comm.
//! Each text means the same wherever it is cut.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{describe, load_text, options, try_load_text};
use emberscope::profile::Profile;

/// Loads it whole and cut in front of each header, which must be the same.
fn load(text: &str) -> Profile {
    let whole = load_text(text);
    let pieces = try_load_text(text.as_bytes(), &options(1, 1)).unwrap();
    assert_eq!(describe(&pieces), describe(&whole), "{text}");
    assert_eq!(pieces.warnings, whole.warnings, "{text}");
    whole
}

fn stacks_of(profile: &Profile) -> Vec<String> {
    let stacks = profile.samples.stack.iter();
    stacks
        .map(|stack| common::stack_text(profile, *stack))
        .collect()
}

/// Comm and stack of each sample, in the order of their times.
fn stacks(text: &str) -> Vec<String> {
    stacks_of(&load(text))
}

/// What one sample of each kind of header loads as, with `rest` behind the event.
fn leaf(event: &str, rest: &str) -> String {
    let line = |time| {
        format!("            work 77/78 [002]     1.00000{time}:     250000 {event}: {rest}\n")
    };
    let profile = load(&[1, 2, 3].map(line).concat());
    assert!(
        profile.warnings.is_empty(),
        "{rest}: {:?}",
        profile.warnings
    );
    let stacks = stacks_of(&profile);
    assert_eq!(stacks.len(), 3, "{rest}");
    assert!(stacks.iter().all(|stack| *stack == stacks[0]));
    stacks[0]
        .strip_prefix("work")
        .unwrap()
        .trim_start_matches(';')
        .to_owned()
}

const KERNEL: &str = "ffffffff9a1c2d30 clear_page_erms+0x7 ([kernel.kallsyms])";
const USER: &str = "    55d0c0ffee10 Pool::run(int, char const*)+0x1c (/opt/my app/bin/pool)";

#[test]
fn fields_in_front_of_a_frame_are_no_part_of_it() {
    for before in [
        "",
        // addr: not known, a number, resolved, without a symbol.
        "               0",
        "    7ffc00001f08",
        "    7ffc00001f08 [unknown] ([stack])",
        "    55d0c1004010 table+0x10 (/opt/my app/bin/pool)",
        "ffff93e2c0a1b000 [unknown] ([unknown])",
        // weight, ins_lat and retire_lat.
        "              47",
        "               0               5              12",
        // data_src, and with all of them.
        "      1e05080021 |OP N/A|LVL N/A or N/A|SNP N/A|TLB N/A|LCK N/A|BLK  N/A",
        "        68100242 |OP STORE|LVL Remote RAM (1 hop) hit|SNP Hit|TLB L1 or L2 hit|LCK Yes|BLK  Data",
        "    7ffc00001f08 [unknown] ([stack])        68100142 |OP LOAD|LVL LFB/MAB hit|SNP None|TLB L1 hit|LCK No|BLK    N/A               5               0",
        // cgroup.
        " /",
        " /system.slice/a b.service/42",
        // Intel PT's flags and packets.
        "  call                  ",
        "  tr end  hw int        ",
        "  jcc (x)               ",
        "  cbr: 40 freq: 4000 MHz (111%)  ",
        "  IP: 0 payload: 0x123456789abcdef0 ",
    ] {
        let kernel = leaf("mem-loads:P", &format!("{before} {KERNEL}"));
        assert_eq!(kernel, "clear_page_erms", "{before}");
        let user = leaf("mem-loads", &format!("{before} {USER}"));
        assert_eq!(user, "Pool::run(int, char const*)", "{before}");
    }
}

#[test]
fn fields_behind_a_frame_are_no_part_of_it() {
    for behind in [
        " ilen: 3 insn: 89 55 fc",
        " insn: 0f",
        " ABI:2    AX:0x4e0    BX:0xf527b4fb ",
        " ABI:2    AX:0x4e0  ABI:1    SP:0x7ffc93c28530 ",
        "               0",
        "       1f3c0a010 4K 2M",
        " N/A 4K",
        " 64K",
        " \t IPC: 0.52 (13/25) ",
        " =>     7f0000001000 printf+0x0 (/usr/lib/libc.so.6)",
        " =>                0 [unknown] ([unknown])",
        " =>     7f0000001000 printf+0x0 (/usr/lib/libc.so.6) \t IPC: 1.00 (1/1) ",
        "\t\tmovq  %rsp, %rdi",
        "  0x4005a0/0x4005b0/P/-/-/0  0x4005a1/0x4005b1/M/-/-/3 ",
        " 0x4005a0/0x4005b0/PN/-/-/0/COND/- ",
        "  main+0x1e/Pool::run+0x0/P/X/A/12  [unknown]/main+0x4/-/-/-/0 ",
        "  main+0x1e (/opt/my app/bin/pool)/free+0x0 (/usr/lib/libc.so.6)/P/-/-/1/CALL/- ",
        "  0x4005a0(/opt/my app/bin/pool)/0x4005b0(/opt/my app/bin/pool)/P/-/-/0 ",
        " ABI:2    AX:0x4e0   0x4005a0/0x4005b0/P/-/-/0  ilen: 3 insn: 89 55 fc       1f3c0a010 4K 4K",
    ] {
        let kernel = leaf("cycles:ppp", &format!(" {KERNEL}{behind}"));
        assert_eq!(kernel, "clear_page_erms", "{behind}");
        let user = leaf("cycles:ppp", &format!("               9 {USER}{behind}"));
        assert_eq!(user, "Pool::run(int, char const*)", "{behind}");
        let bare = leaf(
            "cycles:ppp",
            &format!("     55d0c0ffee10 clear_page_erms+0x7{behind}"),
        );
        assert_eq!(bare, "clear_page_erms", "{behind}");
    }
}

#[test]
fn a_frame_without_module_or_offset_is_told_from_other_fields_too() {
    for (rest, expected) in [
        ("               0     55d0c0ffee10 add", "add"),
        (
            "               0     55d0c0ffee10 add               0 N/A 4K",
            "add",
        ),
        ("     55d0c0ffee10 f ilen: 3 insn: 89 55 fc", "f"),
        (
            "              47 ffffffff9a1c2d30 operator new(unsigned long)",
            "operator new(unsigned long)",
        ),
        (
            "               0                0 [unknown] ([unknown])",
            "[unknown]",
        ),
        (
            "              47     55d0c0ffee10 [unknown] (/bin/w)",
            "[w]",
        ),
        ("     55d0c0ffee10  (/bin/w)", "[w]"),
        ("              47     55d0c0ffee10", ""),
        ("     55d0c0ffee10               0 N/A 4K", ""),
    ] {
        assert_eq!(leaf("cpu-clock", rest), expected, "{rest}");
    }
}

#[test]
fn blanks_that_were_squeezed_do_not_make_fields_frames() {
    for (rest, expected) in [
        ("47 55d0c0ffee10 leaf_b+0x1e (/srv/app)", "leaf_b"),
        ("47 401136 leaf_b+0x1e (/srv/app)", "leaf_b"),
        ("7ffd0 buf+0x8 (/srv/app) 47 401136 work (/srv/app)", "work"),
        (
            "68100142 |OP LOAD|LVL L1 hit|SNP None|TLB L1 hit|LCK No|BLK N/A 5 7 0 401136 work (/srv/app)",
            "work",
        ),
        ("401136 work (/srv/app) ilen: 3 insn: 83 fa 06", "work"),
        ("401136 work (/srv/app) 1f3c0a010 4K 4K", "work"),
        (
            "call 401136 main+0x3c (/srv/app) => 40f690 printf+0x0 (/srv/app)",
            "main",
        ),
    ] {
        assert_eq!(leaf("cpu-clock", rest), expected, "{rest}");
    }
}

#[test]
fn a_tracepoints_text_is_no_frame_and_hides_none() {
    for (event, text) in [
        (
            "sched:sched_wakeup",
            "comm=kworker/0:1 pid=18 prio=120 target_cpu=000",
        ),
        (
            "sched:sched_switch",
            "prev_comm=a b prev_pid=1 prev_prio=120 prev_state=S ==> next_comm=c next_pid=2 next_prio=120",
        ),
        ("block:block_rq_complete", "8,16 WS () 57622160 + 8 [0]"),
        (
            "kvm:kvm_exit",
            "vcpu 0 reason EXTERNAL_INTERRUPT rip 0xffffffff81 info1 0x0 intr_info 0x800000fb",
        ),
        ("probe_app:serve", "(55d0c0ffee10) size=4096"),
        ("probe_app:serve__return", "(55d0c0ffee10 <- 55d0c0ffef44)"),
        (
            "syscalls:sys_enter_read",
            "fd: 0x00000003, buf: 0x7ffc00001f08, count: 0x00000340",
        ),
        (
            "timer:timer_start",
            "timer=0xffff93e2c0a1b000 function=process_timeout expires=4295 [timeout=250] cpu=1 idx=3 flags=D|P|I",
        ),
        (
            "raw_syscalls:sys_enter",
            "NR 39 (0, 1f, 7ffc00001f08, 0, 55d0c0ffee10, 0)",
        ),
    ] {
        assert_eq!(leaf(event, text), "", "{text}");
        assert_eq!(
            leaf(event, &format!("{text} {KERNEL}")),
            "clear_page_erms",
            "{text}"
        );
        let user = leaf(event, &format!("{text} {USER}"));
        assert_eq!(user, "Pool::run(int, char const*)", "{text}");
        let bare = leaf(event, &format!("{text} ffffffff9a1c2d30 __schedule"));
        assert_eq!(bare, "__schedule", "{text}");
    }
}

#[test]
fn switches_are_read_in_front_of_a_frame() {
    let text = "a 1/1 [000] 1.000000: sched:sched_switch: a:1 [120] S ==> b:2 [120] ffffffff9a1c2d30 __schedule+0x1 ([kernel.kallsyms])\n";
    let profile = load(&text.repeat(2));
    assert_eq!(stacks_of(&profile), ["a;__schedule"; 2]);
    assert_eq!(profile.sched.len(), 2);
}

#[test]
fn branches_of_a_file_without_events_are_samples_of_their_left_side() {
    let text = "app  1478 [007]     1.000000100:   call                         400ba9 main+0x3c (/srv/app) =>           40f690 printf+0x0 (/srv/app)
app  1478 [007]     1.000000200:   return                       40f6c1 printf+0x31 (/srv/app) =>           400bae main+0x41 (/srv/app)
app  1478 [007]     1.000000300:   tr end  syscall              400bb4 main+0x47 (/srv/app) ilen: 2 insn: 0f 05
app  1478 [007]     1.000000400:   jmp                          400bb4 main+0x47 (/srv/app) =>           400b87 a::b: c+0x1a (/srv/app)
";
    assert_eq!(
        stacks(text),
        ["app;main", "app;printf", "app;main", "app;main"]
    );
}

#[test]
fn a_period_without_an_event_is_the_weight_and_no_part_of_a_name() {
    for (rest, weight, leaf) in [
        (
            "    3344481      55d0c0ffee10 resize (/srv/libc.so)",
            3_344_481,
            "resize",
        ),
        (
            "    3344481      561482257393 resize (/srv/libc.so)",
            3_344_481,
            "resize",
        ),
        (
            "    3344481                 0      55d0c0ffee10 resize+0x1 (/srv/libc.so)",
            3_344_481,
            "resize",
        ),
        (
            " 9223372036854775807 ffffffff9a1c2d30 resize",
            i64::MAX as u64,
            "resize",
        ),
        (" 3344481 401136 resize (/srv/libc.so)", 3_344_481, "resize"),
        ("      561482257393 resize (/srv/libc.so)", 1, "resize"),
        ("     561482257393 resize", 1, "resize"),
        (" 401136 resize (/srv/libc.so)", 1, "resize"),
        (
            "               47     55d0c0ffee10 resize (/srv/libc.so)",
            1,
            "resize",
        ),
        ("     561482257393", 1, ""),
        ("    3344481 ", 3_344_481, ""),
        (
            "          1 prev_comm=a prev_pid=1 ffffffff9a1c2d30 resize+0x3 ([kernel.kallsyms])",
            1,
            "resize",
        ),
    ] {
        let line = |time| format!("            work 77/78     1.00000{time}:{rest}\n");
        let profile = load(&[1, 2].map(line).concat());
        assert_eq!(profile.samples.weight, [weight; 2], "{rest}");
        let expected = format!("work;{leaf}");
        assert_eq!(
            stacks_of(&profile),
            [expected.trim_end_matches(';'); 2],
            "{rest}"
        );
        assert_eq!(profile.events.len(), 1);
    }
}

#[test]
fn one_header_without_numbers_shows_that_a_file_has_no_ids() {
    let stack = "\n\t  401136 run (/srv/app)\n\n";
    let mut text = String::new();
    for number in 0..200 {
        text += &format!(
            "pool 7/{} [{}] {}.000000:     250000 cycles: {stack}",
            number % 9,
            number % 9,
            number + 1
        );
    }
    assert!(
        load(&text)
            .threads
            .iter()
            .all(|thread| thread.tid.is_some())
    );
    let text = text + &format!("main 500.000000:     250000 cycles: {stack}");
    let profile = load(&text);
    assert_eq!(profile.samples.len(), 201);
    assert!(profile.warnings.is_empty(), "{:?}", profile.warnings);
    assert!(profile.threads.iter().all(|thread| thread.tid.is_none()));
    let stacks = stacks_of(&profile);
    assert_eq!(stacks[3], "pool 7/3 [3];run");
    assert_eq!(stacks[200], "main;run");
    assert!(profile.samples.cpu.iter().all(|cpu| cpu.number().is_none()));
}

#[test]
fn a_cpu_is_printed_with_three_digits_where_there_are_no_ids() {
    let text = "a [1] [002] 1.000000: 1 c:\nb [003] 2.000000: 1 c:\nc 7 [003] 3.000000: 1 c:\n";
    let profile = load(text);
    assert_eq!(stacks_of(&profile), ["a [1]", "b", "c 7"]);
    let cpus: Vec<_> = profile.samples.cpu.iter().map(|cpu| cpu.number()).collect();
    assert_eq!(cpus, [Some(2), Some(3), Some(3)]);
}

#[test]
fn noise_with_a_time_does_not_take_the_ids_away() {
    let usual = "app 7/8 [000] 1.000000: 1 c:\n\t401136 f (/x)\n\n".repeat(5);
    for noise in [
        "# began at 12.345678: by hand\n",
        "[   12.345678] usb 1-1: new device\n",
        "app 99999999999 2.000000: 1 c:\n",
        "note at 12.345678: hello there\n",
        "swapper 0 [000] 0.000000: PERF_RECORD_MMAP -1/0: x\n",
    ] {
        let profile = load(&format!("{usual}{noise}{usual}"));
        let has_ids = profile.threads.iter().all(|thread| thread.tid.is_some());
        assert!(has_ids, "{noise}");
        assert_eq!(profile.samples.len(), 10, "{noise}");
    }
}

#[test]
fn a_number_is_a_period_only_where_the_event_has_one() {
    let stack = "\n\t  401136 run (/srv/app)\n\n";
    let text = format!(
        "kid 12095 cpu-clock: {stack}worker 3 12093 cpu-clock: {stack}worker 4 12094 cycles: {stack}\
         worker 5 12093     250000 cpu-clock: {stack}"
    );
    assert_eq!(
        describe(&load(&text)),
        [
            "0.000000000 kid 12095 1 cpu-clock: kid;run",
            "0.000000000 worker 3 12093 1 cpu-clock: worker 3;run",
            "0.000000000 worker 4 12094 cycles: worker;run",
            "0.000000000 worker 5 12093 250000 cpu-clock: worker 5;run",
        ]
    );
}

#[test]
fn a_guests_machine_and_processor_are_no_part_of_its_comms() {
    let text = "\
VM:13376 VCPU:003            uname  3404/3404  [001]     1.000100:          1   cycles:u:  ffffffffbb678b06 native_write_msr+0x6 ([guest.kernel.kallsyms])
VM:13376 VCPU:001            uname  3404/3404  [001]     1.000200:          1   cycles:u:  ffffffffbb678b0b native_write_msr+0xb ([guest.kernel.kallsyms])
VM:    7 my app  3404/3404  [001]     1.000300:          1   cycles:u: 
       VM Thread  3404/3404  [001]     1.000400:          1   cycles:u:  ffffffffbb678b0b native_write_msr+0xb ([kernel.kallsyms])
VM:x  3404/3404  [001]     1.000500:          1   cycles:u: 
";
    let expected = [
        "uname;native_write_msr",
        "uname;native_write_msr",
        "my app",
        "VM Thread;native_write_msr",
        "VM:x",
    ];
    assert_eq!(stacks(text), expected);
}

#[test]
fn times_may_have_one_decimal_where_all_have_few() {
    let stack = "\n\t  401136 leaf (/srv/app)\n\n";
    let usual = format!("app 12/13 [000] 0.0: 250000 cycles:{stack}").repeat(12);
    let odd = "x 1 [000] 2.25: 12/13 [001] 1.5: sched:sched_switch: prev_comm=y";
    let profile = load(&format!("{usual}{odd}{stack}"));
    let described = describe(&profile);
    assert_eq!(
        described[0],
        "0.000000000 app 12/13 [0] 250000 cycles: app;leaf"
    );
    assert!(
        described[12].starts_with("1.500000000 x 1 [000] 2.25: 12/13 [1] 1 sched:sched_switch: ")
    );
    // Where times have six decimals, a comm that looks like one of another kind is none.
    let usual = "app 12/13 [000] 1.000000: 1 c:\n".repeat(3);
    let text = format!("{usual}x 1 [000] 0.5: 12/13 [000] 2.000000: 1 c:\n");
    assert_eq!(stacks(&text)[3], "x 1 [000] 0.5:");
    // Where no header has a time, numbers with decimals are text.
    let timeless = "app 12 cycles: \n\t401136 f (/x)\n\n".repeat(3);
    let profile = load(&format!("{timeless}note 3 1.5: said\n\n"));
    assert_eq!(profile.samples.len(), 3);
}
