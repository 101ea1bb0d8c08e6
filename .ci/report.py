"""Opens what the program has written in a browser and compares what it shows with the command line."""

import json
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from decimal import Decimal
from pathlib import Path

from browser import Browser
from drivers import DRIVERS
from patterns import check_patterns

PROGRAM = sys.argv[1]
SPIKE = "sample-profiles/latency-spike.perf.txt"
PHASE = "sample-profiles/single-threaded-phase.perf.txt"
SELECTED = re.compile(r"Selected ([\d.]+) s to ([\d.]+) s · [\d.]+ s long · ([\d,]+) samples?")


def run(*args):
    return subprocess.run([PROGRAM, *args], check=True, capture_output=True, text=True).stdout


def folded(file, *args):
    text = run("flamegraph", file, "--format", "folded", "--quiet", *args)
    return dict(line.rsplit(" ", 1) for line in text.splitlines())


def calls(stacks):
    """By function, each place that it is called in: the path there, samples in it, samples that end there."""
    totals = {("all",): 0}
    for stack, count in stacks.items():
        path = ("all", *stack.split(";"))
        for length in range(1, len(path) + 1):
            totals[path[:length]] = totals.get(path[:length], 0) + int(count)
    found = {}
    for path, total in totals.items():
        own = int(stacks.get(";".join(path[1:]), 0))
        found.setdefault(path[-1], []).append((path, total, own))
    return found


def merged(lines):
    """Stacks with their counts, each stack once; empty ones are none."""
    found = {}
    for path, count in lines:
        if path:
            stack = ";".join(path)
            found[stack] = str(int(found.get(stack, 0)) + int(count))
    return found


def reshaped(stacks, change):
    return merged((change(stack.split(";")), count) for stack, count in stacks.items())


def functions(stacks):
    """By name: samples that end in it, and samples that it is in."""
    found = {}
    for stack, count in stacks.items():
        _, *path = stack.split(";")  # the first is the thread
        for name in set(path):
            own, total = found.get(name, (0, 0))
            found[name] = own + int(count) * (path[-1] == name), total + int(count)
    return found


def expect(truth, what):
    if not truth:
        raise AssertionError(what)


def number(text):
    return int(re.match(r"[\d,]+", text)[0].replace(",", ""))


class Report:
    """A page that is open."""

    def __init__(self, browser, folder, file, *args):
        self.browser, self.file = browser, file
        page = Path(folder) / "report.html"
        run("report", file, "-o", str(page), "--quiet", *args)
        browser.open(page.as_uri())
        browser.wait(lambda: browser.script("return document.documentElement.dataset.ready"), "the page is ready")
        self.total = sum(map(int, folded(file).values()))
        self.expect_whole()

    def text(self, selector):
        return self.browser.text(selector)

    def wait_for(self, selector, pattern):
        return self.browser.wait(lambda: re.search(pattern, self.text(selector)), f"{pattern} in {selector}")

    def expect_whole(self, *filters):
        total = sum(map(int, folded(self.file, *filters).values())) if filters else self.total
        self.wait_for("#selected", f"^Whole profile · .* · {total:,} samples?$")

    def pointed(self, place):
        """What stands beside the pointer at a point of the heat map."""
        self.browser.pointer(self.browser.at("#heat-map", *place))
        return self.text("#tooltip").split("\n")

    def shown_stacks(self):
        """By the dialog that readers copy from."""
        self.browser.click_on("#folded-button")
        text = self.browser.script("return document.querySelector('#folded-text').value")
        self.browser.keys("Escape")
        return dict(line.rsplit(" ", 1) for line in text.splitlines())

    def expect_range(self):
        """What is selected is what the command counts in the same range, which is given back."""
        start, end, count = self.wait_for("#selected", SELECTED.pattern).groups()
        expected = folded(self.file, "--from", start, "--to", end)
        expect(self.shown_stacks() == expected, f"stacks from {start} to {end}")
        expect(int(count.replace(",", "")) == sum(map(int, expected.values())), f"samples from {start} to {end}")
        return float(start), float(end)

    def frames(self, picture="#flame-graph"):
        """Frames that the pointer finds in a flame graph, from the root upwards, with their details."""
        found, count = {}, -1
        for down in range(1, 30):
            if len(found) == count:
                break  # the row below was the last
            count = len(found)
            for across in (0.1, 0.5, 0.95):
                x, y, width, height = self.browser.box(picture)
                if down * 18 <= height:
                    place = round(x + width * across), round(y + height - down * 18 + 9)
                    self.browser.pointer(place)
                    details = self.browser.wait(lambda: self.text("#details"), "details")
                    if f" of {self.whole_name()}" in details:
                        found.setdefault(details.split(" · ")[0], (place, details))
        return found

    def whole_name(self):
        return "the profile" if self.text("#selected").startswith("Whole") else "the selection"

    def choose_in_menu(self, place, item):
        """By right click."""
        self.browser.pointer(place, "right down", "right up")
        items = self.browser.script("return [...document.querySelectorAll('#menu button')].map((b) => b.textContent)")
        self.browser.keys(*["ArrowDown"] * items.index(item), "Enter")

    def table(self):
        """By function, what the rows in sight tell: self and total, or total and what was before."""
        rows = self.browser.script(
            "return [...document.querySelectorAll('#function-rows .row')].map((row) => ["
            "  row.querySelector('.name').textContent, ...[...row.querySelectorAll('.number')].map((cell) => cell.title || cell.textContent)])")
        return {name: (number(first), number(second)) for name, first, second, *_ in rows}


def check_selecting(report):
    browser, plot = report.browser, "#heat-map"
    browser.drag(browser.at(plot, 0.2, 0.3), browser.at(plot, 0.6, 0.7))
    start, end = report.expect_range()
    expect(end - start > 5, "a long range is selected")
    browser.pointer(browser.at(plot, 0.3, 0.5), "down", "up", hold="Shift")
    expect(report.expect_range() == (start, end), "Shift-click inside leaves it")
    browser.pointer(browser.at(plot, 0.8, 0.5), "down", "up", hold="Shift")
    longer = report.expect_range()
    expect(longer[0] == start and longer[1] > end, "Shift-click extends it")
    browser.pointer(browser.at(plot, 0.5, 0.5), "down", "up")
    cell = report.expect_range()
    expect(cell[1] - cell[0] < 0.1, "a click selects a cell")
    browser.keys("ArrowRight")
    expect(abs(report.expect_range()[0] - cell[0] - 1) < 1e-6, "an arrow moves it by a column")
    browser.keys("ArrowUp", hold="Shift")
    expect(report.expect_range()[1] > cell[1] + 1, "Shift and an arrow move its end")
    browser.pointer(browser.at(plot, 0.5, 0.5), "down", "up", "down", "up")
    start, end = report.expect_range()
    expect(end - start == 1 and start == int(start), "a double click selects the column")
    column = (start, end)
    browser.drag(browser.at(plot, 0.3, 0.97), browser.at(plot, 0.5, 0.97))
    start, end = report.expect_range()
    expect(end - start > 2 and start == int(start), "a drag on the axis selects columns")
    before = report.text("#selected")
    browser.pointer(browser.at(plot, 0.8, 0.3), "down", browser.at(plot, 0.9, 0.6), release=False)
    expect(report.text("#selected") != before, "a drag shows what it selects")
    browser.keys("Escape")
    expect(report.text("#selected") == before, "Esc gives up a drag")
    browser.pointer("up")
    expect(report.text("#selected") == before, "it stays given up")
    browser.keys("z", hold="Control")
    expect(report.expect_range() == column, "undo brings back what was selected before the last drag")
    browser.keys("y", hold="Control")
    expect(report.text("#selected") == before, "redo brings back the drag as one")
    for _ in range(4):
        browser.wheel(browser.at(plot, 0.4, 0.5), -100, hold="Control")
    browser.drag(browser.at(plot, 0.2, 0.3), browser.at(plot, 0.6, 0.7))
    zoomed = report.expect_range()
    expect(2 < zoomed[1] - zoomed[0] < 6, "Ctrl and the wheel zoom")
    browser.wheel(browser.at(plot, 0.4, 0.5), 100)
    browser.drag(browser.at(plot, 0.2, 0.3), browser.at(plot, 0.6, 0.7))
    expect(report.expect_range()[0] > zoomed[0], "the wheel scrolls")
    browser.keys("0")
    check_edges(report)
    check_recurring(report)
    browser.keys("Escape")
    check_several(report)
    check_keys(report)
    browser.keys("Escape")
    report.expect_whole()


def check_edges(report):
    """The end of a selection is dragged by its edge; its offsets are taken in every column by a key."""
    browser, plot = report.browser, "#heat-map"
    browser.drag(browser.at(plot, 0.5, 0.7), browser.at(plot, 0.5, 0.35))
    start, end = report.expect_range()
    browser.drag(browser.at(plot, 0.5, 0.35), browser.at(plot, 0.5, 0.2))
    expect(report.expect_range()[0] == start and report.expect_range()[1] > end, "the end is dragged by its edge")
    browser.drag(browser.at(plot, 0.5, 0.7), browser.at(plot, 0.5, 0.6))
    expect(report.expect_range()[0] > start, "the start is dragged by its edge")
    browser.keys("e")
    report.wait_for("#selected", r"^Selected \d\d ranges from ")
    browser.keys("w")
    report.expect_whole()


def check_recurring(report):
    """Alt-drag selects the same offsets in each column."""
    browser, plot = report.browser, "#heat-map"
    browser.drag(browser.at(plot, 0.3, 0.6), browser.at(plot, 0.4, 0.4), hold="Alt")
    several = r"^Selected (\d+) ranges from ([\d.]+) s to ([\d.]+) s · .* · ([\d,]+) samples$"
    ranges, start, end, count = report.wait_for("#selected", several).groups()
    first, low, high = int(float(start)), Decimal(start) % 1, Decimal(end) % 1
    expected = {}
    for column in range(first, first + int(ranges)):
        for stack, count_there in folded(report.file, "--from", str(column + low), "--to", str(column + high)).items():
            expected[stack] = str(int(expected.get(stack, 0)) + int(count_there))
    expect(report.shown_stacks() == expected, f"stacks in {ranges} ranges from {start} to {end}")
    expect(int(count) == sum(map(int, expected.values())) and int(ranges) > 2, "samples in several ranges")


def check_several(report):
    """A range besides; the sides of whole columns; the same offsets everywhere by the bars at the side."""
    browser, plot = report.browser, "#heat-map"
    browser.drag(browser.at(plot, 0.3, 0.97), browser.at(plot, 0.4, 0.97))
    start, end = report.expect_range()
    left = lambda seconds: round(68 + (browser.box(plot)[2] - 68 - 52) * seconds / 30)
    y = browser.at(plot, 0.5, 0.5)[1]
    browser.drag((left(end), y), (left(end + 2.5), y))
    expect(report.expect_range() == (start, end + 3), "the side of whole columns is dragged")
    browser.pointer(browser.at(plot, 0.8, 0.5), "down", "up")
    second = report.expect_range()
    browser.keys("z", hold="Control")
    browser.pointer(browser.at(plot, 0.8, 0.5), "down", "up", hold=("Control", "Shift"))
    shown = report.wait_for("#selected", r"^Selected 2 ranges from ([\d.]+) s to ([\d.]+) s")
    expect((float(shown[1]), float(shown[2])) == (start, second[1]), "another range is selected besides")
    browser.pointer((round(browser.box(plot)[2] - 30), y), "down", "up")
    report.wait_for("#selected", r"^Selected 30 ranges from ")
    browser.keys("Escape")


def check_keys(report):
    """From nothing to the busiest cell, by columns, once more, to the ends; zoom, and what is played."""
    browser, plot = report.browser, "#heat-map"
    browser.keys("ArrowRight")
    busiest = report.expect_range()
    browser.keys(".")
    expect(abs(report.expect_range()[0] - busiest[0] - 1) < 1e-6, "a column on")
    browser.keys("Home", ",")
    first = report.expect_range()
    expect(first[0] < 1 and abs(first[0] % 1 - busiest[0] % 1) < 1e-6, "the same offset of the first column")
    browser.keys("End")
    expect(report.expect_range()[0] > 29, "of the last one")
    browser.keys("Home")
    browser.drag(browser.at(plot, 0.1, 0.5), browser.at(plot, 0.2, 0.45), hold="Alt")
    ranges = int(report.wait_for("#selected", r"^Selected (\d) ranges")[1])
    browser.keys("ArrowRight", hold="Shift")
    report.wait_for("#selected", f"^Selected {ranges + 1} ranges")
    browser.keys("ArrowLeft", hold="Shift")
    report.wait_for("#selected", f"^Selected {ranges} ranges")
    browser.pointer(browser.at(plot, 0.5, 0.5), "down", "up", "down", "up")
    start, end = report.expect_range()
    browser.keys("z")
    browser.drag(browser.at(plot, 0.2, 0.5), browser.at(plot, 0.8, 0.5))
    zoomed = report.expect_range()
    expect(start - 1 <= zoomed[0] and zoomed[1] <= end + 1, f"zoomed to the selection: {zoomed}")
    browser.keys("-", "-", "-", "PageDown", "+")
    browser.pointer(browser.at(plot, 0.2, 0.5), "down", "up", "down", "up")
    later = report.expect_range()
    expect(later[0] > end, "a screen on")
    browser.pointer(browser.at(plot, 0.2, 0.5), "down", "up", "down", "up")  # the focus, too
    browser.keys(" ")
    browser.wait(lambda: float(SELECTED.match(report.text("#selected"))[1]) > later[0] + 1, "it plays")
    browser.keys("Escape", "0")
    played = report.expect_range()
    expect(played[1] - played[0] == 1, "a column after the other")


def check_rows(report):
    """Rows of threads over the same time: what a row has in a step, and selecting steps."""
    browser, plot = report.browser, "#heat-map"
    seen = 0
    kinds = browser.script("return [...document.querySelectorAll('#rows option')].map((option) => option.textContent)")
    for kind in kinds[1:]:
        browser.keys("v")
        for across, down in ((0.3, 0.2), (0.5, 0.6), (0.8, 0.8)):
            browser.pointer(browser.at(plot, across, down))
            name, count, times = report.text("#tooltip").split("\n")[:3]
            start, end = re.match(r"([\d.]+) s to ([\d.]+) s", times).groups()
            option = {"CPUs": "--cpu", "Threads": "--tid", "Processes": "--pid"}[kind]
            counted = folded(report.file, "--from", start, "--to", end, option, name.split(" ")[-1])
            expect(number(count) == sum(map(int, counted.values())), f"{name} from {start} to {end}: {count}")
            seen += number(count)
    expect(seen > 0 and len(kinds) > 2, f"rows of {kinds}")
    browser.drag(browser.at(plot, 0.3, 0.3), browser.at(plot, 0.5, 0.5))
    start, end = report.expect_range()
    browser.screenshot("rows")
    browser.keys("ArrowRight")
    expect(0 < report.expect_range()[0] - start < 1, "an arrow moves it by a step")
    browser.keys("v", "Escape")
    expect(browser.script("return document.querySelector('#rows').value") == "0", "back to offsets")
    report.expect_whole()


def spikes():
    """Points of the heat map, some of them in a spike."""
    return [(across, down) for across in (0.2, 0.4, 0.41, 0.63) for down in (0.45, 0.5, 0.6, 0.8)]


def check_search_on_heat_map(report):
    """Which part of each cell, column and row is found is what the command counts there."""
    browser, pattern = report.browser, "(^|;)(sort_|hash_body(;|$))"
    browser.keys("/", *"^sort_|^hash_body$", "Tab")
    browser.keys("h")
    report.wait_for("#legend-text", "^Found in each cell:")

    def expect_found(lines, *args):
        start, end = next(match.groups() for line in lines if (match := re.match(r"([\d.]+) s to ([\d.]+) s$", line)))
        stacks = folded(report.file, "--from", start, "--to", end, *args)
        found = sum(int(count) for stack, count in stacks.items() if re.search(pattern, stack))
        shown = re.search(r"(\d+) samples?\n(\d+) samples? found", "\n".join(lines)).groups()
        expect((int(shown[0]), int(shown[1])) == (sum(map(int, stacks.values())), found), f"{lines}: {found} of {stacks}")
        return found
    cells = sum(expect_found(report.pointed(place)) for place in spikes())
    expect(cells > 5, "cells have matches")
    expect(expect_found(report.pointed((0.41, 0.05))) > 0, "the strip tells what is found of a column")
    browser.screenshot("search-on-heat-map")
    share = browser.script("return document.querySelector('#heat-map canvas').toDataURL()")
    browser.click_on("#beside option[value=beside]")
    report.wait_for("#legend-text", "^Samples in each")
    expect_found(report.pointed((0.4, 0.7)))  # in the lower one
    browser.screenshot("search-beside")
    browser.click_on("#beside option[value=instead]")
    browser.pointer(browser.at("#heat-map", 0.41, 0.05))
    expect(browser.script("return document.querySelector('#heat-map canvas').toDataURL()") == share, "the same as before")
    browser.keys("v")
    for down in (0.3, 0.7):
        name, *lines = report.pointed((0.4, down))
        expect_found(lines, "--cpu", name.split(" ")[-1])
    browser.keys("v", "v", "Escape", "h")
    browser.click_on("#flame-graph")
    places = {name: place for name, (place, _) in report.frames().items()}
    browser.keys("Escape")
    report.choose_in_menu(places["rebuild_index"], "Show on heat map")
    pattern = "(^|;)rebuild_index(;|$)"
    expect(expect_found(report.pointed((0.4, 0.5))) > 0, "a function is shown on the heat map")
    browser.keys("h", "Escape", "Escape")
    report.expect_whole()


def check_difference(report):
    """What cells are coloured by is what `heatmap --difference` has, whatever they are compared with."""
    browser, plot = report.browser, "#heat-map"

    def expect_values(*args):
        seen = set()
        for place in spikes():
            count, value, times = report.pointed(place)
            start, end = map(Decimal, re.match(r"([\d.]+) s to ([\d.]+) s", times).groups())
            rows = round(1 / (end - start))
            made = json.loads(run("heatmap", report.file, "--difference", "--rows", str(rows), "--format", "json", "--quiet", *args))
            expected = made["values"][int(start)][round(start % 1 * rows)]
            shown = re.match(r"([\d.]+|nothing) unlike the baseline", value)[1]
            expect(shown == ("nothing" if expected is None else f"{expected:.3f}"), f"{times}: {value} is {expected}")
            seen.add(shown)
        expect(len(seen) > 1, f"values differ: {seen}")
        end, most = re.match(r"([\d.]+)(?: or more \(at most ([\d.]+)\))?", report.text("#legend-end")).groups()
        expect(Decimal(end) >= Decimal("0.3") and abs(Decimal(most or end) - Decimal(made["max"])) < 1 or made["max"] < 0.3, "the scale")
    browser.keys("u")
    report.wait_for("#legend-text", "^Difference from the baseline")
    expect_values()
    browser.drag(browser.at(plot, 0.45, 0.3), browser.at(plot, 0.55, 0.7), hold="Control")
    browser.drag(browser.at(plot, 0.7, 0.3), browser.at(plot, 0.8, 0.7))
    start, end = re.search(r"with ([\d.]+) s to ([\d.]+) s", report.text("#compared")).groups()
    expect_values("--baseline", f"{start}..{end}")
    browser.screenshot("difference")
    browser.keys("Escape")
    browser.pointer(browser.at(plot, 0.2, 0.5), "down", "up", "down", "up")
    browser.keys("Home")
    browser.drag(browser.at(plot, 0.01, 0.97), browser.at(plot, 0.3, 0.97))
    browser.click_on("#compare")
    expect_values("--baseline", f"{SELECTED.match(report.text('#selected'))[2]}..")
    browser.keys("u", "Escape", "Escape")
    report.expect_whole()


def check_filters(report):
    """What a filter leaves is what the command counts with it: whole, selected, by stack."""
    browser, plot = report.browser, "#heat-map"
    browser.keys("v", "v")
    place = browser.at(plot, 0.4, 0.3)
    browser.pointer(place)
    tid = report.text("#tooltip").split("\n")[0].split(" ")[-1]
    report.choose_in_menu(place, "Only this")
    report.expect_whole("--tid", tid)
    report.wait_for("#filters-chosen", f"^Only .* {tid} ×$")
    expect(report.shown_stacks() == folded(report.file, "--tid", tid), "stacks of a thread")
    browser.drag(browser.at(plot, 0.3, 0.3), browser.at(plot, 0.5, 0.5))
    start, end, count = report.wait_for("#selected", SELECTED.pattern).groups()
    selected = folded(report.file, "--tid", tid, "--from", start, "--to", end)
    expect(report.shown_stacks() == selected and number(count) == sum(map(int, selected.values())), "selected of a thread")
    browser.keys("w", "f")
    browser.click_on("#filters input[data-kind=CPUs]")
    report.expect_whole("--tid", tid, "--cpu", "0")
    browser.screenshot("filters")
    browser.click_on("#clear-filters")
    report.expect_whole()
    browser.keys("z", hold="Control")
    report.expect_whole("--tid", tid, "--cpu", "0")
    browser.click_on("#filters-chosen button")
    browser.keys("f")
    browser.click_on("#filters-chosen button")
    report.expect_whole()
    report.choose_in_menu(place, "Without this")
    report.wait_for("#filters-chosen", f"^(Without .* {tid}|Only .*) ×$")
    stacks, only = folded(report.file), folded(report.file, "--tid", tid)
    without = {stack: str(int(count) - int(only.get(stack, 0))) for stack, count in stacks.items() if count != only.get(stack)}
    expect(report.shown_stacks() == without, "stacks of all but a thread")
    browser.click_on("#filters-chosen button")
    browser.keys(*["v"] * (browser.script("return document.querySelectorAll('#rows option').length") - 2))
    report.expect_whole()


def check_stack_filters(report):
    """Filters by what a search finds, and by function, one after the other."""
    browser = report.browser
    browser.keys("/", *"^sort_|^hash", "Tab")
    report.wait_for("#matched", "^Matched")
    browser.click_on("#list-matches")
    found = {name for name in functions(folded(report.file)) if re.search("^sort_|^hash", name)}
    browser.wait(lambda: set(report.table()) == found, "what is found is listed")
    browser.keys("t")
    browser.click_on("#only-these")
    report.expect_whole("--stack", "^sort_|^hash")
    browser.keys("Escape")
    places = {name: place for name, (place, _) in report.frames().items()}
    report.choose_in_menu(places["handle_request"], "Without samples with this")
    filters = ("--stack", "^sort_|^hash", "--exclude-stack", "^handle_request$")
    report.expect_whole(*filters)
    report.wait_for("#filters-chosen", r"^With \^sort_\|\^hash ×Without handle_request ×$")
    expect(report.shown_stacks() == folded(report.file, *filters), "stacks that pass both")
    browser.click_on("#filters-chosen button")
    report.expect_whole(*filters[2:])
    browser.keys("z", hold="Control")
    report.expect_whole(*filters)
    browser.click_on("#filters-chosen button")
    browser.click_on("#filters-chosen button")
    report.expect_whole()
    report.choose_in_menu(places["handle_request"], "Hide its module")
    stacks = report.shown_stacks()
    expect(not any("handle_request" in stack for stack in stacks) and sum(map(int, stacks.values())) == report.total, "a hidden module")
    browser.keys("Escape")


def check_kept(report):
    """Selections are kept, named, gone back to, compared with, and forgotten; all of it can be undone."""
    browser, plot = report.browser, "#heat-map"
    browser.drag(browser.at(plot, 0.39, 0.4), browser.at(plot, 0.39, 0.6))
    first = report.expect_range()
    browser.keys("m")
    report.wait_for("#details", "^Kept as Selection 1; L shows the list.$")
    browser.drag(browser.at(plot, 0.5, 0.3), browser.at(plot, 0.6, 0.7))
    second = report.expect_range()
    browser.keys("m", "l")
    report.wait_for("#selections-button", r"^Selections \(2\)$")
    browser.click_on("#kept article input")
    browser.keys("End", *" spike", "Enter")
    names = "return [...document.querySelectorAll('#kept input')].map((field) => field.value)"
    expect(browser.script(names) == ["Selection 1 spike", "Selection 2"], f"{browser.script(names)}")
    browser.click_on("#kept article button")
    expect(report.expect_range() == first, "it is selected again")
    browser.click_on("#kept article:nth-child(2) button:nth-child(2)")
    start, end = re.search(r"with ([\d.]+) s to ([\d.]+) s", report.text("#compared")).groups()
    expect((float(start), float(end)) == second, "it is the baseline")
    browser.screenshot("kept")
    browser.click_on("#kept article:nth-child(2) button:nth-child(3)")
    expect(browser.script(names) == ["Selection 1 spike"], "it is forgotten")
    browser.keys("z", hold="Control")
    expect(browser.script(names) == ["Selection 1 spike", "Selection 2"], "undo brings it back")
    for _ in range(3):
        browser.keys("z", hold="Control")
    expect(browser.script(names) == ["Selection 1", "Selection 2"], "undo takes back a name at once")
    for _ in range(4):
        browser.keys("z", hold="Control")
    expect(browser.script(names) == [], "and what was kept")
    browser.keys("l")
    report.expect_whole()


def check_session(browser, folder):
    """Selections that a session keeps are in the page."""
    session = Path(folder) / "kept.emberscope.json"
    name = "<img src=x onerror=alert(1)>"
    kept = [{"name": name, "select": ["4.3051..4.6"]}]
    session.write_text(json.dumps({"emberscope_session": 1, "profiles": [{"file": str(Path(SPIKE).resolve()), "kept": kept}]}))
    report = Report(browser, folder, SPIKE, "--session", str(session))
    browser.keys("l")
    expect(browser.script("return document.querySelector('#kept input').value") == name, "its name is a text")
    expect(browser.script("return document.querySelectorAll('#page img').length") == 0, "and no element")
    browser.click_on("#kept article button")
    expect(report.expect_range() == (4.3051, 4.6), "its range is exact")


def check_flame_graph(report):
    browser = report.browser
    expected, frames = calls(folded(report.file)), report.frames()
    expect(len(frames) > 5, f"frames are found: {list(frames)}")
    for name, (_, details) in frames.items():
        counts = re.search(r" · ([\d,]+) samples?, .* · self ([\d,]+), ", details).groups()
        total, own = (int(count.replace(",", "")) for count in counts)
        expect((total, own) in [call[1:] for call in expected[name]], details)
    place, _ = frames["rebuild_index"]
    browser.pointer(place, "down", "up")
    report.wait_for("#breadcrumbs", "^Reset zoom.*rebuild_index$")
    browser.keys("Backspace")
    report.wait_for("#breadcrumbs", "indexer$")
    browser.keys("/")
    browser.keys(*"^SORT_")
    report.wait_for("#matched", "^Matched 0.00 %")
    browser.keys("Escape", "/", *"^sort_|hash_body$")
    found = sum(int(count) for stack, count in folded(report.file).items() if re.search("(^|;)sort_|hash_body(;|$)", stack))
    share = f"{100 * found / report.total:.2f}"
    report.wait_for("#matched", f"^Matched {share} % \\({found} samples\\) · \\d+ in the picture")
    browser.keys("Enter")
    report.wait_for("#matched", r" · 1 of \d+")
    expect(re.match("sort_|hash_body", report.text("#details")), "the match is told")
    browser.keys("Enter", hold="Shift")
    shown = report.wait_for("#matched", r" · (\d+) of (\d+)")
    expect(shown[1] == shown[2], "and back goes round")
    browser.screenshot("search")
    browser.keys("Escape")
    report.wait_for("#matched", "^$")
    browser.keys("Escape")
    browser.wait(lambda: browser.script("return document.querySelector('#breadcrumbs').hidden"), "Esc ends the zoom")
    browser.keys("i")
    expect(browser.wait(lambda: browser.script("return document.querySelector('#shape').value === 'icicle'"), "icicle"), "")
    browser.keys("i")


def check_shapes(report):
    """Callers, sandwich, focus, hidden functions: what is shown, and gone through by pointer, is exact."""
    browser, stacks = report.browser, folded(report.file)
    browser.keys("c")
    expect(report.shown_stacks() == reshaped(stacks, lambda path: path[::-1]), "callers grow from the leaves")
    browser.screenshot("callers")
    frames = report.frames()
    expect("hash_body" in frames and "self" not in frames["hash_body"][1], f"a leaf is called by: {frames}")
    browser.keys("c")
    places = {name: place for name, (place, _) in report.frames().items()}
    middle = "rebuild_index"

    def from_middle(path):
        return path[path.index(middle):] if middle in path else []
    report.choose_in_menu(places[middle], "Callers and callees (sandwich)")
    report.wait_for("#edits", f"^Sandwich: {middle} ×$")
    expect(report.shown_stacks() == reshaped(stacks, from_middle), "what the middle of a sandwich calls")
    above = {path[:index][::-1] for path in map(lambda stack: tuple(stack.split(";")), stacks) if middle in path for index in [path.index(middle)]}
    for name, (place, details) in report.frames("#flame-callers").items():
        expect(any(name in path for path in above), f"{name} calls {middle}")
        counts = [int(count) for stack, count in stacks.items() if re.search(f"(^|;){name};(.*;)?{middle}(;|$)", stack)]
        expect(f" · {sum(counts):,} samples" in details, f"{details}: {sum(counts)}")
    browser.screenshot("sandwich")
    caller, (place, _) = list(report.frames("#flame-callers").items())[0]
    browser.pointer(place, "down", "up")
    report.wait_for("#edits", f"^Sandwich: {caller} ×$")
    browser.keys("Escape")
    report.wait_for("#edits", "^$")
    report.choose_in_menu(places[middle], "Focus on what it calls")
    expect(report.shown_stacks() == reshaped(stacks, from_middle), "what a function calls")
    browser.click_on("#edits button")
    report.choose_in_menu(places[middle], "Hide this function")
    hidden = reshaped(stacks, lambda path: [name for name in path if name != middle])
    expect(report.shown_stacks() == hidden, "a hidden function's samples are its callers'")
    browser.keys("c")
    expect(report.shown_stacks() == reshaped(hidden, lambda path: path[::-1]), "callers without a hidden function")
    browser.keys("Escape")
    expect(report.shown_stacks() == stacks, "Esc shows all as it was recorded")
    browser.keys("z", hold="Control")
    report.wait_for("#edits", "^1 function hidden ×$")
    browser.keys("Escape")


def check_recursion(browser, folder):
    """Collapsed, and each sample counted once."""
    paths = ["main;fib;fib;fib", "main;fib;fib;pow", "main;even;odd;even;odd", "fib;main;fib"]
    frames = ["".join(f"\t1 {name} (/x)\n" for name in reversed(path.split(";"))) for path in paths]
    path = Path(folder) / "recursion.perf.txt"
    path.write_text("".join(f"run 1 {1 + index / 40:.6f}: 1 c:\n{frames[index % 4]}\n" for index in range(202)))
    report = Report(browser, folder, str(path))
    stacks = folded(str(path))
    browser.keys("r")
    once = reshaped(stacks, lambda path: [name for at, name in enumerate(path) if at == 0 or path[at - 1] != name])
    expect(report.shown_stacks() == once and once != stacks, "recursion is one call")
    browser.keys("r", "t")
    expect(report.table() == functions(stacks), f"{report.table()}: {functions(stacks)}")
    browser.keys("t")
    places = {name: place for name, (place, _) in report.frames().items()}
    report.choose_in_menu(places["fib"], "Callers and callees (sandwich)")
    outermost = reshaped(stacks, lambda path: path[path.index("fib"):] if "fib" in path else [])
    expect(report.shown_stacks() == outermost, "a sandwich counts each sample at the outermost call")
    browser.keys("Escape")


def check_table(report):
    """Self and total of the selection; order, filter, search; and before while something is compared."""
    browser, plot = report.browser, "#heat-map"
    browser.keys("t")
    expected = functions(folded(report.file))
    expect(report.wait_for("#function-count", f"^{len(expected)} functions$"), "all are there")
    shown = report.table()
    expect(len(shown) > 10 and all(expected[name] == counts for name, counts in shown.items()), f"{shown}")
    expect(list(shown)[0] == max(expected, key=lambda name: expected[name][0]), "the largest self comes first")
    browser.click_on("[data-by=total]")
    totals = [total for _, total in report.table().values()]
    expect(totals == sorted(totals, reverse=True), "a click on a heading orders by it")
    browser.click_on("#narrow")
    browser.keys(*"sort")
    browser.wait(lambda: set(report.table()) == {name for name in expected if "sort" in name}, "the list is narrowed")
    browser.keys("Escape")
    browser.pointer(browser.at("#function-rows .row", 0.8, 0.5), "down", "up")
    expect(browser.script("return document.querySelectorAll('.row[aria-selected=true]').length") == 1, "a click marks")
    browser.screenshot("table")
    browser.keys("Escape")
    browser.drag(browser.at(plot, 0.39, 0.40), browser.at(plot, 0.39, 0.60))
    start, end = report.expect_range()
    of_selection = functions(folded(report.file, "--from", str(start), "--to", str(end)))
    expect(report.table() == of_selection, "the table is of the selection")
    browser.drag(browser.at(plot, 0.5, 0.3), browser.at(plot, 0.6, 0.7), hold="Control")
    from_, to = re.search(r"with ([\d.]+) s to ([\d.]+) s", report.text("#compared")).groups()
    before = functions(folded(report.file, "--from", from_, "--to", to))
    for name, (now, then) in report.table().items():
        counts = of_selection.get(name, (0, 0))[1], before.get(name, (0, 0))[1]
        expect((now, then) == counts, f"{name}: {(now, then)} are {counts}")
    browser.screenshot("changes")
    browser.keys("t", "Escape", "Escape")
    report.expect_whole()


def check_comparison(report):
    browser, plot = report.browser, "#heat-map"
    browser.drag(browser.at(plot, 0.39, 0.40), browser.at(plot, 0.39, 0.60))
    start, end = report.expect_range()
    browser.drag(browser.at(plot, 0.5, 0.3), browser.at(plot, 0.6, 0.7), hold="Control")
    compared = r"^Compared with ([\d.]+) s to ([\d.]+) s · ([\d,]+) samples$"
    from_, to, count = report.wait_for("#compared", compared).groups()
    baseline = folded(report.file, "--from", from_, "--to", to)
    expect(int(count) == sum(map(int, baseline.values())), "the baseline's samples")
    expect(report.expect_range() == (start, end), "a baseline leaves the selection")
    selected = folded(report.file, "--from", str(start), "--to", str(end))
    scale = sum(map(int, selected.values())) / sum(map(int, baseline.values()))
    before = {path: total for places in calls(baseline).values() for path, total, _ in places}
    now = calls(selected)
    check_vanished(report, selected, baseline)
    expect_usual(report, now, before, scale)
    browser.screenshot("comparison")
    browser.click_on("#normalization option[value=time]")
    expect_usual(report, now, before, (end - start) / (float(to) - float(from_)))
    browser.click_on("#normalization option[value=samples]")
    browser.keys("Escape", "Escape")
    report.expect_whole()


def expect_usual(report, now, before, scale):
    """What frames say of the baseline."""
    for name, (_, details) in report.frames().items():
        explained = float(re.search(r" where the baseline explains ([\d.]+)", details)[1])
        possible = [scale * before.get(path, 0) for path, _, _ in now[name]]
        expect(any(abs(explained - value) < 0.06 for value in possible), f"{details}: {possible}")


def check_vanished(report, selected, baseline):
    """Only stacks of the baseline that the selection has no sample in, nor in what they call."""
    prefixes = {path for places in calls(selected).values() for path, _, _ in places}
    gone = {stack: count for stack, count in baseline.items() if ("all", *stack.split(";")) not in prefixes}
    report.browser.click_on("#vanished")
    expected = sum(map(int, gone.values()))
    report.browser.pointer(report.browser.at("#flame-graph", 0.5, 0.99))
    if expected:
        report.wait_for("#details", f"^all · {expected} samples?, 100.00 % of what has vanished")
    report.browser.click_on("#vanished")


def check_findings(report):
    browser = report.browser
    browser.keys("n")
    first = report.text("#findings article button")
    start, end = re.search(r", ([\d.]+) s to ([\d.]+) s$", first).groups()
    expect(report.text("#compared").startswith("Compared with the rest of the profile"), "it is compared with the rest")
    shown = report.wait_for("#selected", r"from ([\d.]+) s to|Selected ([\d.]+) s to")
    expect((shown[1] or shown[2])[:len(start) - 1] == start[:-1], "its range is selected")
    if SELECTED.match(report.text("#selected")):
        report.expect_range()
    browser.screenshot(f"finding-{Path(report.file).stem.split('.')[0]}")
    browser.keys("Escape", "Escape")
    report.expect_whole()


def check_hostile_names(browser, folder):
    """Names are shown as they are; nothing in them becomes an element, or runs."""
    evil = "</script><img/src=x/onerror=document.title='ran'>"
    path = Path(folder) / "<img src=x>.perf.txt"
    path.write_text("".join(f"<b>{evil} 1 {1 + index / 50:.6f}: 1 c:\n\t1 {evil} (/{evil})\n\n" for index in range(200)))
    report = Report(browser, folder, str(path), "--title", "<img src=x>")
    details = " ".join(details for _, details in report.frames().values())
    expect(f"{evil} · /{evil} (user)" in details and f"<b>{evil} · comm" in details, details)
    expect(report.text("#file") == f"<img src=x> · {path.name}", "the title is shown as it is")
    expect(browser.script("return document.querySelectorAll('#page img, #page script').length") == 0, "elements")
    expect("ran" not in browser.script("return document.title"), "a name has run")


def check_svg(browser, folder):
    """The exported flame graph: details, zoom, search."""
    path = Path(folder) / "flame.svg"
    run("flamegraph", SPIKE, "-o", str(path), "--quiet")
    expect(xml.etree.ElementTree.parse(path).getroot().tag.endswith("svg"), "it is XML")
    browser.open(path.as_uri())
    place = browser.wait(lambda: browser.script(
        "for (const g of document.querySelectorAll('.frame'))"
        "  if (g.querySelector('title').textContent.startsWith('rebuild_index')) {"
        "    const b = g.querySelector('rect').getBoundingClientRect();"
        "    return [Math.round(b.x + b.width / 2), Math.round(b.y + b.height / 2)]; }"), "a frame")
    browser.pointer(place)
    details = browser.wait(lambda: re.search("rebuild_index.*", browser.text("#details")), "details by hovering")[0]
    browser.pointer(place, "down", "up")
    width = "return [...document.querySelectorAll('.frame')].find((g) => g.querySelector('title').textContent.startsWith('rebuild_index')).querySelector('rect').getBoundingClientRect().width"
    browser.wait(lambda: browser.script(width) > 1000, "a click zooms")
    browser.keys("Escape")
    browser.wait(lambda: browser.script(width) < 1000, "Esc zooms out")
    browser.keys("/")
    browser.keys(*"rebuild_index")
    matched = browser.wait(lambda: re.search(r"Matched: ([\d.]+ %)", browser.text("#matched")), "a search")
    expect(matched[1] in details, f"{matched[1]} of {details}")
    browser.screenshot("svg")
    expect(not browser.log(), browser.log())


def check_all(browser, folder):
    report = Report(browser, folder, SPIKE)
    check_selecting(report)
    check_rows(report)
    check_search_on_heat_map(report)
    check_difference(report)
    check_filters(report)
    check_stack_filters(report)
    check_kept(report)
    check_flame_graph(report)
    check_shapes(report)
    check_table(report)
    check_comparison(report)
    check_findings(report)
    check_findings(Report(browser, folder, PHASE, "--icicle", "--rows", "20"))
    check_recursion(browser, folder)
    check_session(browser, folder)
    check_hostile_names(browser, folder)
    expect(not browser.log(), f"the browser complains: {browser.log()}")
    check_svg(browser, folder)


def check_searches(name):
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(name, height=2400)  # all functions are in sight
        try:
            check_patterns(browser, folder, run)
        finally:
            browser.close()


def main():
    names = sys.argv[2:] or list(DRIVERS)
    for name in names:
        for dark in (False, True):
            with tempfile.TemporaryDirectory() as folder:
                browser = Browser(name, dark)
                try:
                    check_all(browser, folder)
                except AssertionError:
                    browser.screenshot("failed")
                    raise
                finally:
                    browser.close()
        check_searches(name)
    print(f"reports and exported flame graphs show in {' and '.join(names)} what the command line counts")


main()
