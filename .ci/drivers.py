"""What browsers are driven through: chromedriver for Chromium, Marionette, which is built in, for Firefox.

Both take WebDriver's commands, by the same names here: a driver has `call`, `log` and `close`.
"""

import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

# WebDriver's commands as requests; what is in braces is one of the parameters.
REQUESTS = {
    "Navigate": ("POST", "/url"),
    "ExecuteScript": ("POST", "/execute/sync"),
    "ExecuteAsyncScript": ("POST", "/execute/async"),
    "FindElement": ("POST", "/element"),
    "ElementClick": ("POST", "/element/{id}/click"),
    "PerformActions": ("POST", "/actions"),
    "ReleaseActions": ("DELETE", "/actions"),
    "TakeScreenshot": ("GET", "/screenshot"),
}


class Chromium:
    def __init__(self, dark, width, height):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.folder = tempfile.mkdtemp()
        self.process = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL)
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--disable-dev-shm-usage", f"--user-data-dir={self.folder}", f"--window-size={width},{height}"]
        if dark:
            arguments.append("--blink-settings=preferredColorScheme=0")
        options = {"args": arguments}
        wanted = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
        for _ in range(100):
            try:
                answer = self.request("POST", "/session", {"capabilities": wanted})
                break
            except urllib.error.URLError:
                time.sleep(0.2)
        self.session = f"/session/{answer['sessionId']}"

    def request(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()[:500]}") from None

    def call(self, command, parameters):
        method, path = REQUESTS[command]
        path = self.session + path.format(**parameters)
        return self.request(method, path, parameters if method == "POST" else None)

    def log(self):
        entries = self.request("POST", self.session + "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]

    def close(self):
        try:
            self.request("DELETE", self.session)
        finally:
            self.process.terminate()
            self.process.wait()
            shutil.rmtree(self.folder, ignore_errors=True)


class Firefox:
    PREFERENCES = {
        "marionette.port": 0,  # any that is free; it is written down in the profile folder
        "browser.shell.checkDefaultBrowser": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "app.update.disabledForTesting": True,
        "network.connectivity-service.enabled": False,
        "network.captive-portal-service.enabled": False,
        "services.settings.server": "",
        "extensions.systemAddon.update.enabled": False,
    }

    def __init__(self, dark, width, height):
        self.folder = tempfile.mkdtemp()
        preferences = {**self.PREFERENCES, "layout.css.prefers-color-scheme.content-override": 0 if dark else 1}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items()]
        Path(self.folder, "user.js").write_text("".join(lines))
        # The flag lets the console be read, which is the browser's own.
        command = ["firefox-esr", "--headless", "--no-remote", "--marionette", "--remote-allow-system-access",
                   "--profile", self.folder]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.socket = socket.create_connection(("127.0.0.1", self.port()), timeout=120)
        self.stream = self.socket.makefile("rb")
        self.count = 0
        self.receive()  # who it is
        self.call("NewSession", {})
        # Its toolbars are in the window, but not in what pages see of it.
        self.call("SetWindowRect", {"width": width, "height": height})
        inner = self.call("ExecuteScript", {"script": "return [innerWidth, innerHeight]", "args": []})
        self.call("SetWindowRect", {"width": 2 * width - inner[0], "height": 2 * height - inner[1]})

    def port(self):
        written = Path(self.folder, "MarionetteActivePort")
        for _ in range(300):
            if written.exists() and written.read_text().strip():
                return int(written.read_text())
            time.sleep(0.1)
        raise AssertionError("Firefox does not start")

    def receive(self):
        """Messages are their length, a colon, and JSON."""
        length = b""
        while not length.endswith(b":"):
            byte = self.stream.read(1)
            if not byte:
                raise AssertionError("Firefox has ended")
            length += byte
        return json.loads(self.stream.read(int(length[:-1])))

    def call(self, command, parameters, prefix="WebDriver"):
        self.count += 1
        data = json.dumps([0, self.count, f"{prefix}:{command}", parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(data), data))
        _, _, error, result = self.receive()
        if error:
            raise AssertionError(f"{command}: {error['error']}: {error['message'][:500]}")
        return result["value"] if isinstance(result, dict) and set(result) == {"value"} else result

    def log(self):
        """Of pages that were opened from a disk."""
        messages = ("return Services.console.getMessageArray().filter((m) => m instanceof Ci.nsIScriptError"
                    " && m.sourceName.startsWith('file:')).map((m) => m.errorMessage)")
        self.call("SetContext", {"value": "chrome"}, prefix="Marionette")
        try:
            return self.call("ExecuteScript", {"script": messages, "args": []})
        finally:
            self.call("SetContext", {"value": "content"}, prefix="Marionette")

    def close(self):
        try:
            self.call("Quit", {"flags": ["eForceQuit"]}, prefix="Marionette")
            self.process.wait(timeout=20)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self.process.terminate()
            self.process.wait()
        finally:
            self.socket.close()
            shutil.rmtree(self.folder, ignore_errors=True)


DRIVERS = {"chromium": Chromium, "firefox": Firefox}
