"""A browser driven as a reader would, by pointer and keyboard, through WebDriver. Standard library only."""

import base64
import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Escape": "\ue00c", "Backspace": "\ue003", "Enter": "\ue007", "Tab": "\ue004", "Home": "\ue011",
        "Shift": "\ue008", "Control": "\ue009", "Alt": "\ue00a", "ArrowLeft": "\ue012", "ArrowUp": "\ue013",
        "ArrowRight": "\ue014", "ArrowDown": "\ue015"}


class Browser:
    """Headless Chromium with a profile folder of its own."""

    def __init__(self, dark=False, width=1280, height=860):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.folder = tempfile.mkdtemp()
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL)
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--disable-dev-shm-usage", f"--user-data-dir={self.folder}", f"--window-size={width},{height}"]
        if dark:
            arguments.append("--blink-settings=preferredColorScheme=0")
        options = {"args": arguments}
        wanted = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
        for _ in range(100):
            try:
                answer = self.call("POST", "/session", {"capabilities": wanted}, session="")
                break
            except urllib.error.URLError:
                time.sleep(0.2)
        self.session = f"/session/{answer['sessionId']}"

    session = ""

    def call(self, method, path, body=None, session=None):
        data = None if body is None else json.dumps(body).encode()
        url = self.base + (self.session if session is None else session) + path
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()[:500]}") from None

    def close(self):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            shutil.rmtree(self.folder, ignore_errors=True)

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def script(self, text, *args):
        """Only reads; what is done is done by pointer and keyboard."""
        return self.call("POST", "/execute/sync", {"script": text, "args": list(args)})

    def settle(self):
        """Until what was done has been drawn."""
        frames = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
        self.call("POST", "/execute/async", {"script": frames, "args": []})

    def text(self, selector):
        return self.script("return document.querySelector(arguments[0]).textContent", selector)

    def box(self, selector):
        return self.script("const b = document.querySelector(arguments[0]).getBoundingClientRect();"
                           "return [b.x, b.y, b.width, b.height]", selector)

    def at(self, selector, across, down):
        """A point of an element, from 0 to 1 either way."""
        x, y, width, height = self.box(selector)
        return round(x + width * across), round(y + height * down)

    def click_on(self, selector):
        element = self.call("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]
        self.call("POST", f"/element/{element}/click", {})

    def pointer(self, *steps, hold=None, release=True):
        """Steps are points to move to, 'down' and 'up', with a key held or without; in the end all is let go."""
        def action(step):
            if step in ("down", "up"):
                return {"type": f"pointer{step.capitalize()}", "button": 0}
            return {"type": "pointerMove", "duration": 30, "origin": "viewport", "x": step[0], "y": step[1]}
        pause = {"type": "pause", "duration": 0}
        actions = [{"type": "pointer", "id": "mouse", "actions": [pause, *map(action, steps), pause]}]
        if hold:
            waits = [pause] * len(steps)
            held = [{"type": "keyDown", "value": KEYS[hold]}, *waits, {"type": "keyUp", "value": KEYS[hold]}]
            actions.append({"type": "key", "id": "keys", "actions": held})
        self.call("POST", "/actions", {"actions": actions})
        if release:
            self.call("DELETE", "/actions")
        self.settle()

    def drag(self, start, end, hold=None):
        middle = ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2)
        self.pointer(start, "down", middle, end, "up", hold=hold)

    def wheel(self, point, down, hold=None):
        """Turns the wheel at a point."""
        scroll = {"type": "scroll", "x": point[0], "y": point[1], "deltaX": 0, "deltaY": down, "duration": 0, "origin": "viewport"}
        pause = {"type": "pause", "duration": 0}
        actions = [{"type": "wheel", "id": "wheel", "actions": [pause, scroll, pause]}]
        if hold:
            held = [{"type": "keyDown", "value": KEYS[hold]}, pause, {"type": "keyUp", "value": KEYS[hold]}]
            actions.append({"type": "key", "id": "keys", "actions": held})
        self.call("POST", "/actions", {"actions": actions})
        self.settle()

    def keys(self, *keys, hold=None):
        held = [KEYS[hold]] if hold else []
        typed = [KEYS.get(key, key) for key in keys]
        actions = [{"type": "keyDown", "value": key} for key in held]
        for key in typed:
            actions += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        actions += [{"type": "keyUp", "value": key} for key in held]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})
        self.settle()

    def wait(self, test, what):
        """Until `test` gives something true, which is given back."""
        for _ in range(150):
            found = test()
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"waited in vain: {what}")

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("GET", "/screenshot")))

    def log(self):
        """What the page and the browser complained about."""
        return [entry["message"] for entry in self.call("POST", "/se/log", {"type": "browser"})
                if entry["level"] in ("SEVERE", "WARNING")]
