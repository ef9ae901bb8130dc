"use strict";
/* Small comforts. Every page works without this file; nothing here asks, blocks or pops up. */
(() => {
  const all = (what, from = document) => from.querySelectorAll(what);

  const copy = async (button) => {
    const told = button.parentElement.querySelector("[role=status]");
    const from = document.querySelector(button.dataset.copy);
    const text = from ? ("value" in from ? from.value : from.innerText) : "";
    try {
      await navigator.clipboard.writeText(text.trim());
      told.textContent = button.dataset.copied;
    } catch {
      told.textContent = button.dataset.notCopied;
      if (from) getSelection().selectAllChildren(from);
    }
    setTimeout(() => { told.textContent = ""; }, 6000);
  };

  /* Which details were open, for this tab and this page alone. */
  const remember = (box) => {
    const key = "open " + location.pathname + " " + box.id;
    try {
      const kept = sessionStorage.getItem(key);
      if (kept !== null) box.open = kept === "1";
      box.addEventListener("toggle", () => sessionStorage.setItem(key, box.open ? "1" : "0"));
    } catch { /* storage is switched off: nothing is remembered */ }
  };

  const dropZone = (zone) => {
    const input = zone.querySelector("input[type=file]");
    const told = zone.querySelector(".told");
    const tell = () => {
      const names = Array.from(input.files, (file) => file.name);
      told.textContent = names.length ? zone.dataset.chosen + " " + names.join(", ") : "";
    };
    input.addEventListener("change", tell);
    for (const [kind, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
      zone.addEventListener(kind, (event) => {
        event.preventDefault();
        zone.classList.toggle("over", over);
      });
    }
    zone.addEventListener("drop", (event) => {
      const files = new DataTransfer();
      for (const file of [...input.files, ...event.dataTransfer.files]) files.items.add(file);
      input.files = files.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  };

  const unsaved = (form) => {
    const line = document.createElement("p");
    line.className = "unsaved";
    line.setAttribute("role", "status");
    form.append(line);
    form.addEventListener("input", () => { line.textContent = form.dataset.unsaved; }, { once: true });
  };

  const start = (root) => {
    all("[data-print]", root).forEach((button) => { button.hidden = false; button.onclick = () => print(); });
    all("[data-copy]", root).forEach((button) => { button.hidden = false; button.onclick = () => copy(button); });
    all("details[data-remember]", root).forEach(remember);
    all("[data-drop]", root).forEach(dropZone);
    all("form[data-unsaved]", root).forEach(unsaved);
  };

  /* A second press of a button while the first is under way sends nothing twice. */
  const sendOnce = (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sending) {
      event.preventDefault();
    } else {
      form.dataset.sending = "1";
      setTimeout(() => { delete form.dataset.sending; }, 8000);
    }
  };
  document.addEventListener("submit", sendOnce);
  addEventListener("pageshow", () => all("form[data-sending]").forEach((form) => { delete form.dataset.sending; }));

  start(document);
  document.querySelector("[data-focus]")?.focus();
  /* A menu closes when the focus or a click goes elsewhere, and with Escape. */
  all("details.account, details.menu").forEach((menu) => {
    const leave = (event) => { if (!menu.contains(event.target)) menu.open = false; };
    document.addEventListener("click", leave);
    document.addEventListener("focusin", leave);
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); }
    });
  });
  /* What htmx puts into the page gets the same comforts. */
  document.addEventListener("htmx:after:swap", (event) => { if (event.target instanceof Element) start(event.target); });
})();
