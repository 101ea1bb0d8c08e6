#!/bin/sh
# Builds the sample programs, records them with perf and prints the recordings as text.
# Needs perf, gcc, g++, java and node, and the right to record (kernel.perf_event_paranoid <= 0).
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

mixed() {
    g++ -std=c++17 $flags -o mixed "$here/src/mixed.cpp"
    javac -d . "$here/src/Orders.java"
    java -XX:+PreserveFramePointer -XX:+UnlockDiagnosticVMOptions -XX:+DumpPerfMapAtExit \
        -Xmx64m -cp . Orders >/dev/null &
    cp "$here/src/render.js" .
    node --perf-basic-prof --interpreted-frames-native-stack ./render.js >/dev/null &
    ./mixed &
    sleep 2
    perf record -q -e cpu-clock -F 49 -a -g -o mixed-mode.data -- sleep 5
    wait
    print mixed-mode
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
