"""Opens exports in the tools that they are made for; what those count must be what the folded stacks have."""

import functools
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from browser import Browser

PROGRAM = os.path.abspath(sys.argv[1])
TOOLS = Path(sys.argv[2]).resolve() / "node_modules"
SPIKE, MIXED = (f"sample-profiles/{name}.perf.txt" for name in ("latency-spike", "mixed-mode"))
RANGE = ("--from", "11.3", "--to", "11.6")
CHOICES = {
    "whole": (MIXED,),
    "selection": (SPIKE, *RANGE),
    "filter": (MIXED, "--comm", "node", "--metric", "weight"),
    "callers": (SPIKE, *RANGE, "--from-leaves"),
}


def run(*args, **options):
    return subprocess.run(args, check=True, capture_output=True, text=True, **options).stdout


def exported(command, choice, format, path):
    run(PROGRAM, command, *choice, "--format", format, "--quiet", "-o", path)
    return path


def folded(choice):
    """Stacks, outermost first, with their counts."""
    stacks = Counter()
    for line in run(PROGRAM, "flamegraph", *choice, "--format", "folded", "--quiet").splitlines():
        stack, count = line.rsplit(" ", 1)
        stacks[tuple(stack.split(";"))] += int(count)
    assert stacks, f"{choice}: nothing to compare"
    return stacks


def functions(stacks):
    """By name: in how many samples, and in how many of them innermost."""
    total, own = Counter(), Counter()
    for stack, count in stacks.items():
        own[stack[-1]] += count
        for name in set(stack):
            total[name] += count
    return {name: (total[name], own[name]) for name in total}


def nodes(stacks):
    """By path, as it is called in full: what it counts for."""
    totals = Counter()
    for stack, count in stacks.items():
        for length in range(len(stack) + 1):
            totals[("all", *stack[:length])] += count
    return dict(totals)


def as_folded(name):
    return name.replace(";", ":")


def same(what, got, wanted):
    different = [key for key in {*got, *wanted} if got.get(key) != wanted.get(key)]
    shown = [(key, got.get(key), wanted.get(key)) for key in different[:3]]
    assert not different, f"{what}: {len(different)} are different; first, got, expected: {shown}"
    print(f"{what}: {len(got)} counts, as expected")


def served(*folders):
    """What is in the folders, under their numbers."""
    class Handler(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path):
            number, _, rest = path.partition("?")[0].lstrip("/").partition("/")
            return str(folders[int(number)] / rest) if number.isdigit() else "/nowhere"

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


SCHEMA = """
const [schema, ...files] = process.argv.slice(1).map(path => JSON.parse(require("fs").readFileSync(path)));
const check = new (require("ajv"))({ strict: false }).compile(schema);
for (const file of files) if (!check(file)) throw new Error(JSON.stringify(check.errors.slice(0, 3)));
"""


def speedscope(browser, base, folder):
    release = TOOLS / "speedscope/dist/release"
    for name in ("whole", "selection", "filter"):
        path = exported("flamegraph", CHOICES[name], "speedscope", folder / f"{name}.speedscope.json")
        run("node", "-e", SCHEMA, release / "file-format-schema.json", path, cwd=TOOLS)
        page = f"{base}/0/{release.relative_to(TOOLS)}/index.html"
        browser.open("about:blank")
        browser.open(f"{page}#profileURL={base}/1/{path.name}")
        browser.wait(lambda: browser.script("return document.body.innerText.includes('Sandwich')"), "speedscope")
        browser.keys("3")
        # Only the rows that fit the window are there.
        read = """return [...document.querySelectorAll("table tr")].map(row =>
            [...row.querySelectorAll("td")].map(cell => cell.innerText))"""
        rows = [row for row in browser.wait(lambda: browser.script(read), "the table") if len(row) == 3]
        number = lambda text: int(text.split(" (")[0].replace(",", ""))
        got = {as_folded(name.strip()): (number(total), number(own)) for total, own, name in rows}
        wanted = functions(folded(CHOICES[name]))
        assert len(got) >= min(15, len(wanted)), f"speedscope shows {got}"
        same(f"speedscope, {name}", got, {key: wanted.get(key) for key in got})


D3_PAGE = """<!doctype html><meta charset="utf-8"><div id="graph"></div>
<script src="/0/d3/dist/d3.js"></script><script src="/0/d3-flame-graph/dist/d3-flamegraph.umd.js"></script>"""

D3_DRAW = """
const done = arguments[1];
fetch(arguments[0]).then(answer => answer.json()).then(tree => {
    const chart = flamegraph.default().width(20000).minFrameSize(0).transitionDuration(0);
    chart.setColorMapper(flamegraph.colorMapper.differentialColorMapper);
    d3.select("#graph").selectAll("*").remove();
    d3.select("#graph").datum(tree).call(chart);
    done([...document.querySelectorAll("g.frame")].map(frame => {
        const node = frame.__data__;
        const path = node.ancestors().map(node => node.data.name).reverse();
        return [path, node.value, node.data.delta, frame.querySelector("rect").getAttribute("fill")];
    }));
}).catch(error => done(String(error)));
"""


def d3_flame_graph(browser, base, folder):
    (folder / "d3.html").write_text(D3_PAGE)
    browser.open(f"{base}/1/d3.html")

    def drawn(path):
        frames = browser.call("ExecuteAsyncScript", script=D3_DRAW, args=[f"{base}/1/{path.name}"])
        assert isinstance(frames, list), frames
        return frames

    for name, choice in CHOICES.items():
        path = exported("flamegraph", choice, "d3", folder / f"{name}.d3.json")
        got = {tuple(map(as_folded, path)): value for path, value, *_ in drawn(path)}
        same(f"d3-flame-graph, {name}", got, nodes(folded(choice)))
    path = exported("diff", (SPIKE, *RANGE), "d3", folder / "diff.d3.json")
    frames = drawn(path)
    got = {tuple(map(as_folded, path)): value for path, value, *_ in frames}
    same("d3-flame-graph, a difference", got, nodes(folded((SPIKE, *RANGE))))
    changes = Counter((delta > 0) - (delta < 0) for _, _, delta, _ in frames)
    assert changes[1] and changes[-1], f"deltas: {changes}"
    # Grown is redder, shrunk bluer.
    for path, _, delta, fill in frames:
        red, _, blue = map(int, re.findall(r"\d+", fill))
        assert delta == 0 or (red >= blue if delta > 0 else blue >= red), (path, delta, fill)
    print("d3-flame-graph, a difference: in the colours of its deltas")


def firefox(folder):
    session = {**os.environ, "PROFILER_CLI_SESSION_DIR": str(folder / "sessions")}

    def loader(*args):
        return run("node", TOOLS / ".bin/profiler-cli", *args, "--session", "exports", env=session)

    for name in ("whole", "selection", "filter"):
        path = exported("flamegraph", CHOICES[name], "firefox", folder / f"{name}.firefox.json")
        loader("load", path)
        try:
            own, total = Counter(), Counter()
            for thread in json.loads(loader("thread", "list", "--json"))["threads"]:
                found = loader("thread", "functions", "--thread", thread["threadHandle"], "--include-idle", "--json")
                for function in json.loads(found)["functions"]:
                    function_name = as_folded(function["name"])
                    own[function_name] += function["selfSamples"]
                    total[function_name] += function["totalSamples"]
        finally:
            run("node", TOOLS / ".bin/profiler-cli", "stop", "exports", env=session)
        got = {name: (total[name], own[name]) for name in total}
        same(f"Firefox Profiler, {name}", got, functions(folded(CHOICES[name])))


def pprof(folder):
    for name, choice in CHOICES.items():
        path = exported("flamegraph", choice, "pprof", folder / f"{name}.pb.gz")
        process = subprocess.run(["go", "tool", "pprof", "-traces", path], check=True, capture_output=True, text=True,
                                 env={**os.environ, "PPROF_TMPDIR": str(folder), "HOME": str(folder)})
        assert "symbolization" not in process.stderr.lower(), process.stderr
        got = Counter()
        for trace in re.split(r"^-+\+-+$", process.stdout, flags=re.M)[1:]:
            lines = trace.strip("\n").splitlines()
            if lines:
                label = re.match(r" *comm:  (.*)", lines[0])
                lines = lines[1:] if label else lines
                count, innermost = re.match(r" *(\d+)   (.*)", lines[0]).groups()
                names = [innermost, *(line[13:] for line in lines[1:])]
                # What is at the foot of a stack is its label, too; from the leaves, a function is there.
                assert names[-1] == label[1] if label else "--from-leaves" in choice, (label, names)
                got[tuple(as_folded(name) for name in reversed(names))] += int(count)
        same(f"go tool pprof, {name}", got, folded(choice))


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pprof(folder)
        firefox(folder)
        base = served(TOOLS, folder)
        browser = Browser("chromium")
        try:
            d3_flame_graph(browser, base, folder)
            speedscope(browser, base, folder)
        finally:
            browser.close()


main()
