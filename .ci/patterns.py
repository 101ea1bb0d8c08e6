"""The table of expressions in `tests/patterns.json`, looked for in the page and in an exported flame graph: they must
find what the window and the command line find, or say what is wrong in the same words."""

import json
from pathlib import Path
from urllib.parse import quote

TABLE = json.loads(Path("tests/patterns.json").read_text(encoding="utf-8"))
NAMES = TABLE["names"]
IN_PAGE = """const shown = (selector) => document.querySelector(selector);
return [shown('#matched').textContent, shown('#search').getAttribute('aria-invalid') === 'true', shown('#function-count').textContent,
  [...document.querySelectorAll('#function-rows .row .name')].map((name) => name.textContent)]"""
IN_SVG = """const line = document.querySelector('#matched');
return [line.textContent, line.classList.contains('error'),
  [...document.querySelectorAll('.frame.match title')].map((title) => title.textContent.split('\\n')[0])]"""


def expected(row):
    """What is wrong, or what is found."""
    problem = row.get("not_in_browsers", row.get("refused"))
    if problem:
        return problem.removeprefix("error: "), None
    return None, set(row["found"]) if "found" in row else set(NAMES) - set(row["missed"])


def expect(truth, *what):
    if not truth:
        raise AssertionError(f"{what}")


def check_page(browser, page):
    browser.open(page.as_uri())
    browser.wait(lambda: browser.script("return document.documentElement.dataset.ready"), "the page is ready")
    browser.keys("/", *"main", "Tab")
    browser.wait(lambda: browser.text("#matched").startswith("Matched"), "a search")
    browser.click_on("#list-matches")
    for row in TABLE["patterns"]:
        pattern, (problem, found) = row["pattern"], expected(row)
        browser.keys("/", *pattern, "Enter")
        message, is_wrong, count, rows = browser.script(IN_PAGE)
        if problem:
            expect(is_wrong and message == problem, "page", pattern, problem, message)
        else:
            expect(not is_wrong, "page", pattern, message)
            expect(set(rows) & set(NAMES) == found, "page", pattern, found ^ (set(rows) & set(NAMES)))
            expect(int(count.split(" ")[0]) == len(rows), "all are in sight", count, rows)
        browser.keys("Escape")


def check_svg(browser, svg):
    browser.open(svg.as_uri())
    for row in TABLE["patterns"]:
        pattern, (problem, found) = row["pattern"], expected(row)
        browser.open(f"{svg.as_uri()}#search={quote(pattern, safe='')}")
        value = "const field = document.querySelector('#search-field'); return field && field.value"
        browser.wait(lambda: browser.script(value) == pattern, f"{pattern} in the field")
        message, is_wrong, names = browser.script(IN_SVG)
        if problem:  # a long one is cut
            expect(is_wrong and problem.startswith(message.rstrip("…")), "SVG", pattern, problem, message)
        else:
            expect(not is_wrong, "SVG", pattern, message)
            expect(set(names) & set(NAMES) == found, "SVG", pattern, found ^ (set(names) & set(NAMES)))


def check_patterns(browser, folder, run):
    """Among them are those that other engines need years for: the browser answers the next command all the same."""
    names, page, svg = (Path(folder) / name for name in ("names.perf.txt", "names.html", "names.svg"))
    samples = (f"% 7 [000] {index + 1}.500000: 1 cycles:\n\t1 {name}+0x1 (/app)\n\n" for index, name in enumerate(NAMES))
    names.write_text("".join(samples), encoding="utf-8")
    folded = run("flamegraph", str(names), "--format", "folded", "--quiet")
    expect({line.split(";", 1)[1].rsplit(" ", 1)[0] for line in folded.splitlines()} == set(NAMES), "names are as they are", folded)
    run("report", str(names), "-o", str(page), "--quiet")
    run("flamegraph", str(names), "-o", str(svg), "--quiet")
    check_page(browser, page)
    check_svg(browser, svg)
    expect(not browser.log(), browser.log())
