"""A person who has no mouse: Tab, Shift+Tab, Enter, Space, arrows, typing. Every stop on the way is looked at.

`Keyboard` goes by keys alone; where the focus cannot be seen, lies outside the window or stands on too small a target, it raises.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

MOST_STOPS = 400
SMALLEST = 24
"""The least width and height of a target, in CSS pixels (WCAG 2.2, 2.5.8). A link within a sentence may be as low as its line."""

# What is focused, where it is, and whether it can be seen there. The mark may be drawn by the label or the box around a field.
LOOK = """() => {
  const item = document.activeElement;
  if (!item || item === document.body || item === document.documentElement) return null;
  const around = [item, item.closest("label"), item.closest(".drop")].filter(Boolean);
  const marks = () => around.map(each => { const style = getComputedStyle(each);
    return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow].join(" "); });
  const seen = around.some(each => { const style = getComputedStyle(each);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none"; });
  const focused = marks();
  item.blur();
  const plain = marks();
  item.focus({preventScroll: true});
  const boxes = around.filter(each => each === item || each.matches("label")).map(each => each.getBoundingClientRect());
  const box = {left: Math.min(...boxes.map(b => b.left)), top: Math.min(...boxes.map(b => b.top)),
               right: Math.max(...boxes.map(b => b.right)), bottom: Math.max(...boxes.map(b => b.bottom))};
  const wide = innerWidth, high = innerHeight, own = item.getBoundingClientRect();
  const first = item.getClientRects()[0] || box;
  const written = item.tagName === "TEXTAREA";  // browsers bring the line that is written on into the window
  const within = written ? own.top >= -1 && own.top + 24 <= high : own.height > high ? own.top < high && own.bottom > 0
    : own.top >= -1 && own.bottom <= high + 1 && own.left >= -1 && own.right <= wide + 1;
  const at = document.elementFromPoint(first.left + first.width / 2, first.top + Math.min(first.height / 2, 20));
  const covered = box.bottom - box.top <= high && at &&
    !around.some(each => each.contains(at)) && !at.contains(item) ? at.outerHTML.slice(0, 80) : "";
  const sentence = item.tagName === "A" && getComputedStyle(item).display === "inline" &&
    item.parentElement.textContent.trim().length > item.textContent.trim().length;
  return {
    tag: item.tagName, type: item.type || "", name: item.name || "", value: item.value || "", href: item.getAttribute("href") || "",
    words: item.textContent.trim().replace(/\\s+/g, " ").slice(0, 60), region: item.matches("[tabindex='0'], [data-focus]"),
    mark: seen && focused.join() !== plain.join(), within, covered, sentence,
    width: Math.round(box.right - box.left), height: Math.round(box.bottom - box.top),
    place: [box.left, box.top, box.right, box.bottom].map(Math.round).join(" "),
  };
}"""


class KeyboardFault(AssertionError):
    """A stop that a person at the keyboard cannot work with; the message says which and why."""


@dataclass
class Keyboard:
    """Somebody at the keyboard of a page. `stops` counts the stops that were looked at."""

    page: Page
    stops: int = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Whoever listens to it from the start misses no window in which files are chosen.
        self.page.on("filechooser", lambda chooser: None)

    def look(self) -> dict[str, Any] | None:
        """What has the focus; None at the end of the page. Notes what is wrong with it."""
        found: dict[str, Any] | None = self.page.evaluate(LOOK)
        if found is not None:
            self.stops += 1
            what = f"{self.page.url} {found['tag']} {found['href'] or found['name']} {found['words']!r}"
            self.faults += [f"{what}: {fault}" for fault in faults_of(found)]
        return found

    def tab(self, *, back: bool = False) -> dict[str, Any] | None:
        """One stop on, or back."""
        self.page.keyboard.press("Shift+Tab" if back else "Tab")
        return self.look()

    def to(self, what: str, *, back: bool = False) -> dict[str, Any]:
        """Stop by stop to the first element that a CSS selector fits, once around the page at most."""
        ends = 0
        for _ in range(MOST_STOPS):
            found = self.tab(back=back)
            if found is None:
                ends += 1
                if ends > 1:
                    break
            elif self.has(what):
                return found
        raise KeyboardFault(f"{what} is not reached by Tab on {self.page.url}")

    def has(self, what: str) -> bool:
        """Whether the focus is on it."""
        return bool(self.page.evaluate("what => document.activeElement.matches(what)", what))

    def skip(self) -> None:
        """By the skip link, the first stop of every page, to its main part."""
        first = self.tab()
        if first is None or first["href"] != "#main":
            raise KeyboardFault(f"{self.page.url} does not begin with a skip link, but with {first}")
        self.page.keyboard.press("Enter")
        if not self.has("main"):
            raise KeyboardFault(f"the skip link of {self.page.url} does not lead to the main part")
        self.tab()
        if not self.page.evaluate("() => document.activeElement.closest('main') !== null"):
            raise KeyboardFault(f"after the skip link of {self.page.url} comes {self.look()}")

    def type(self, **typed: str) -> None:
        """Into fields in the order of the page, each reached by Tab; what stands there is replaced."""
        for name, words in typed.items():
            self.reach(f"main [name='{name}']")
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(words)

    def choose(self, **chosen: str) -> None:
        """Among radio buttons by the arrows, boxes and lists by Space and letters."""
        for name, value in chosen.items():
            found = self.reach(f"main [name='{name}']")
            if found["type"] == "checkbox":
                while self.look() and not self.has(f"[name='{name}'][value='{value}']"):
                    self.tab()
                self.page.keyboard.press("Space")
            elif found["tag"] == "SELECT":
                self._select(name, value)
            else:
                self._radio(name, value)

    def _radio(self, name: str, value: str) -> None:
        wanted = f"[name='{name}'][value='{value}']"
        for _ in range(60):
            if self.has(wanted):
                if not self.has(":checked"):
                    self.page.keyboard.press("Space")
                return
            self.page.keyboard.press("ArrowDown")
            self.look()
        raise KeyboardFault(f"{value} of {name} is not reached by the arrows on {self.page.url}")

    def _select(self, name: str, value: str) -> None:
        self.page.keyboard.press("Home")
        for _ in range(60):
            if self.page.evaluate("value => document.activeElement.value === value", value):
                return
            self.page.keyboard.press("ArrowDown")
        raise KeyboardFault(f"{value} of {name} is not reached by the arrows on {self.page.url}")

    def reach(self, what: str) -> dict[str, Any]:
        """Where the focus is, if it fits; else on to it by Tab."""
        here = self.look()
        return here if here is not None and self.has(what) else self.to(what)

    def files(self, what: str, path: Path | list[Any]) -> None:
        """The window in which files are chosen, opened by Enter."""
        self.reach(what)
        with self.page.expect_file_chooser() as waiting:
            self.page.keyboard.press("Enter")
        waiting.value.set_files(path)

    def open(self, what: str) -> None:
        """A fold, by Enter."""
        self.reach(what)
        self.page.keyboard.press("Enter")

    def follow(self, what: str) -> None:
        """A link or a button that leads to another page: to it by Tab, then Enter."""
        self.reach(what)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def told(self, *names: str) -> None:
        """After a refusal the focus is on what is wrong; from there Enter leads to the field."""
        if not self.has(".error-summary"):
            raise KeyboardFault(f"{self.page.url}: the focus is not on what is wrong, but on {self.look()}")
        self.look()
        for name in names[:1]:
            self.to(f".error-summary a[href='#f-{name}']")
            self.page.keyboard.press("Enter")
            if not self.has(f"[id='f-{name}']"):
                raise KeyboardFault(f"{self.page.url}: the summary does not lead to the field {name}")

    def check(self) -> None:
        """Raise with everything that was noted."""
        if self.faults:
            raise KeyboardFault("\n" + "\n".join(dict.fromkeys(self.faults)))


def faults_of(found: dict[str, Any]) -> list[str]:
    """What is wrong with a stop."""
    faults = []
    if not found["mark"]:
        faults.append("the focus cannot be seen")
    if not found["within"]:
        faults.append(f"it lies outside the window ({found['place']})")
    if found["covered"]:
        faults.append(f"it is covered by {found['covered']}")
    if not found["region"] and not found["sentence"] and min(found["width"], found["height"]) < SMALLEST:
        faults.append(f"the target is {found['width']} x {found['height']} px")
    return faults
