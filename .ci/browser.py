"""A browser driven as a reader would, by pointer and keyboard. Standard library only."""

import base64
import time

from drivers import DRIVERS

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Escape": "\ue00c", "Backspace": "\ue003", "Enter": "\ue007", "Tab": "\ue004", "Home": "\ue011", "End": "\ue010",
        "Shift": "\ue008", "Control": "\ue009", "Alt": "\ue00a", "ArrowLeft": "\ue012", "ArrowUp": "\ue013",
        "ArrowRight": "\ue014", "ArrowDown": "\ue015", "PageUp": "\ue00e", "PageDown": "\ue00f"}
BUTTONS = {"down": ("pointerDown", 0), "up": ("pointerUp", 0), "right down": ("pointerDown", 2), "right up": ("pointerUp", 2)}


class Browser:
    """Headless, with a profile folder of its own."""

    def __init__(self, name, dark=False, width=1280, height=860):
        self.name = name
        self.driver = DRIVERS[name](dark, width, height)

    def call(self, command, **parameters):
        return self.driver.call(command, parameters)

    def close(self):
        self.driver.close()

    def open(self, url):
        self.call("Navigate", url=url)

    def script(self, text, *args):
        """Only reads; what is done is done by pointer and keyboard."""
        return self.call("ExecuteScript", script=text, args=list(args))

    def settle(self):
        """Until what was done has been drawn."""
        frames = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
        self.call("ExecuteAsyncScript", script=frames, args=[])

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
        element = self.call("FindElement", using="css selector", value=selector)[ELEMENT]
        self.call("ElementClick", id=element)
        self.settle()

    def pointer(self, *steps, hold=None, release=True):
        """Steps are points to move to and those of BUTTONS, with a key, or several, held or without; in the end all is let go."""
        def action(step):
            if isinstance(step, str):
                kind, button = BUTTONS[step]
                return {"type": kind, "button": button}
            return {"type": "pointerMove", "duration": 30, "origin": "viewport", "x": step[0], "y": step[1]}
        pause = {"type": "pause", "duration": 0}
        actions = [{"type": "pointer", "id": "mouse", "actions": [pause, *map(action, steps), pause]}]
        if hold:
            for key in [hold] if isinstance(hold, str) else hold:
                waits = [pause] * len(steps)
                held = [{"type": "keyDown", "value": KEYS[key]}, *waits, {"type": "keyUp", "value": KEYS[key]}]
                actions.append({"type": "key", "id": f"{key} key", "actions": held})
        self.call("PerformActions", actions=actions)
        if release:
            self.call("ReleaseActions")
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
        self.call("PerformActions", actions=actions)
        self.settle()

    def keys(self, *keys, hold=None):
        held = [KEYS[hold]] if hold else []
        typed = [KEYS.get(key, key) for key in keys]
        actions = [{"type": "keyDown", "value": key} for key in held]
        for key in typed:
            actions += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        actions += [{"type": "keyUp", "value": key} for key in held]
        self.call("PerformActions", actions=[{"type": "key", "id": "keys", "actions": actions}])
        self.settle()

    def wait(self, test, what):
        """Until `test` gives something true, which is given back."""
        for _ in range(150):
            found = test()
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"waited in vain: {what}")

    def screenshot(self, what):
        with open(f"target/report-{what}-{self.name}.png", "wb") as file:
            file.write(base64.b64decode(self.call("TakeScreenshot")))

    def log(self):
        """What the page and the browser complained about."""
        return self.driver.log()
