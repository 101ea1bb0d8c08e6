#!/usr/bin/env bash
# Folds one file with each tool that is installed: peers.sh FILE [ROUNDS, 3]. Times are of whole
# processes, output thrown away, the fastest of interleaved rounds. Emberscope also keeps, and
# sorts by, the times of samples. inferno-collapse-perf and stackcollapse-perf.pl are looked for on
# the PATH; a plain pass in Perl stands for the latter where it is missing.
set -euo pipefail

file=${1:?expected the text of a profile, as perf script prints it}
rounds=${2:-3}
emberscope=${EMBERSCOPE:-$(dirname "$0")/../target/release/emberscope}
[ -x "$emberscope" ] || { echo "build it first: cargo build --release" >&2; exit 1; }

plain_perl='
    if (/^$/) { $folded{join ";", $comm, reverse @stack}++ if defined $comm; undef $comm; @stack = (); }
    elsif (/^(\S.+?)\s+(\d+)\/*(\d+)*\s+/) { $comm = $1 }
    elsif (/^\s*\w+\s*(.+) \(\S*\)/) { my $name = $1; $name =~ s/\+0x[0-9a-f]+$//; push @stack, $name }
    END { print "$_ $folded{$_}\n" for sort keys %folded }'

declare -A commands seconds
names=()
add() {
    names+=("$1")
    commands[$1]=$2
    seconds[$1]=999999
}
export file emberscope plain_perl
cores=$(nproc)
add "emberscope, 1 thread" '"$emberscope" flamegraph "$file" --format folded --quiet --threads 1'
add "emberscope, $cores threads" '"$emberscope" flamegraph "$file" --format folded --quiet'
if command -v inferno-collapse-perf >/dev/null; then
    add "inferno-collapse-perf, 1 thread" 'inferno-collapse-perf --nthreads 1 "$file"'
    add "inferno-collapse-perf, $cores threads" "inferno-collapse-perf --nthreads $cores \"\$file\""
fi
if command -v stackcollapse-perf.pl >/dev/null; then
    add "stackcollapse-perf.pl" 'stackcollapse-perf.pl "$file"'
elif command -v perl >/dev/null; then
    add "a plain pass in Perl" 'perl -ne "$plain_perl" "$file"'
fi

cat "$file" >/dev/null # into memory
for ((round = 0; round < rounds; round++)); do
    for name in "${names[@]}"; do
        start=$(date +%s%N)
        bash -c "${commands[$name]}" >/dev/null 2>&1
        took=$((($(date +%s%N) - start) / 1000000))
        ((took < seconds[$name])) && seconds[$name]=$took
    done
done

bytes=$(stat -c %s "$file")
best=${seconds["emberscope, $cores threads"]}
printf '%-36s %10s %10s %12s\n' "$((bytes / 1000000)) MB" seconds MB/s "times as long"
for name in "${names[@]}"; do
    awk -v name="$name" -v ms="${seconds[$name]}" -v best="$best" -v bytes="$bytes" 'BEGIN {
        printf "%-36s %10.2f %10.0f %12.1f\n", name, ms / 1000, bytes / ms / 1000, ms / best }'
done
