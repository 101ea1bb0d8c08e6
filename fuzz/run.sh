#!/usr/bin/env bash
# Runs every target: run.sh [SECONDS each, 600] [how many at a time, 2]. Stops at the first crash.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-600}
jobs=${2:-2}
export RAYON_NUM_THREADS=2

cargo +nightly fuzz build
# Threads of a pool that are about to end look like leaks, and nothing here forgets memory on purpose.
fuzz() {
    mkdir -p "fuzz/corpus/$1"
    cargo +nightly fuzz run "$1" "fuzz/corpus/$1" fuzz/seeds -- -dict=fuzz/perf.dict -max_len=4096 \
        -detect_leaks=0 -timeout=20 -rss_limit_mb=3000 -max_total_time="$2" -print_final_stats=1 >"fuzz/corpus/$1.log" 2>&1 ||
        { tail -n 40 "fuzz/corpus/$1.log"; return 255; }
    printf '%-16s %s\n' "$1" "$(grep -E 'DONE|number_of_executed' "fuzz/corpus/$1.log" | tr -s ' \n' ' ')"
}
export -f fuzz
mkdir -p fuzz/corpus
cargo +nightly fuzz list | xargs -P "$jobs" -I{} bash -c "fuzz {} $seconds"
