#!/bin/sh
# Builds the sample programs, records them with perf and prints the recordings as text.
# Needs perf, gcc, g++, perl, java and node, and the right to record (kernel.perf_event_paranoid <= 0).
# Run it on a machine with two CPUs that has nothing else to do; takes about two minutes.
#   sh sample-profiles/record.sh [NAME]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=/tmp/emberscope-samples
mkdir -p "$work"
cd "$work"

fields=comm,pid,tid,cpu,time,period,event,ip,sym,symoff,dso
flags='-O2 -g0 -Wall -Wextra -fno-omit-frame-pointer -fno-optimize-sibling-calls -pthread'

# The header's host name and kernel build say nothing about the profile.
print() {
    perf script --header --ns -F "$fields" -i "$1.data" |
        sed -e 's/^# hostname : .*/# hostname : host/' -e 's/^# os release : .*/# os release : linux/' \
            >"$here/$1.perf.txt"
}

program() {
    gcc $flags -o "$1" "$here/src/$1.c"
    perf record -q -e cpu-clock -F "$2" -g --sample-cpu -o "$1.data" "./$1"
    print "$1"
}

# The second of the monotonic clock that begins in no less than $1 seconds: the programs' schedule.
second_in() {
    perl -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC -e 'print 1 + int(clock_gettime(CLOCK_MONOTONIC) + shift)' "$1"
}

wait_for_second() {
    perl -MTime::HiRes=clock_gettime,sleep,CLOCK_MONOTONIC -e \
        '$left = shift() - clock_gettime(CLOCK_MONOTONIC); sleep $left if $left > 0' "$1"
}

# The shared libstdc++ has no names for its own functions; the static one has.
mixed() {
    cp "$here/src/mixed.cpp" "$here/src/Orders.java" "$here/src/render.js" .
    g++ -std=c++17 $flags -static-libstdc++ -o mixed mixed.cpp
    javac -d . Orders.java
    base=$(second_in 5)
    # Java and node start early, so that what is recorded is compiled code.
    java -XX:+PreserveFramePointer -XX:+UnlockDiagnosticVMOptions -XX:+DumpPerfMapAtExit \
        -Xmx64m -cp . Orders "$base" >/dev/null &
    java=$!
    node --perf-basic-prof --interpreted-frames-native-stack ./render.js "$base" >/dev/null &
    node=$!
    ./mixed "$base" &
    wait_for_second "$base"
    # The programs' clock, so that the recording's seconds begin where theirs do. The period does not
    # divide a second: the samples do not fall on the same offsets in each.
    perf record -q -e cpu-clock -c 31700000 -a -g -k CLOCK_MONOTONIC -o mixed-mode.data -- sleep 9.5
    wait
    print mixed-mode
    rm -f "/tmp/perf-$java.map" "/tmp/perf-$node.map"
}

case "${1:-all}" in
latency-spike) program latency-spike 99 ;;
pause) program pause 49 ;;
single-threaded-phase) program single-threaded-phase 49 ;;
mixed-mode) mixed ;;
all)
    program latency-spike 99
    program pause 49
    program single-threaded-phase 49
    mixed
    ;;
*)
    echo "unknown sample: $1" >&2
    exit 2
    ;;
esac
