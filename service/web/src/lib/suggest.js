// A search box that suggests things by name (WAI-ARIA combobox); without it the form simply searches.
import { at } from "./at.js";
const WAIT = 120;
let count = 0;

export function suggestions(input) {
  const list = document.createElement("ul");
  list.id = `suggestions-${++count}`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0]?.textContent ?? "");
  list.hidden = true;
  input.form.append(list);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value);

  let items = [], active = -1, timer, request;
  const show = (open) => {
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) { active = -1; input.removeAttribute("aria-activedescendant"); }
  };
  const select = (index) => {
    active = index;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === active)));
    if (active < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", list.children[active].id);
    list.children[active].scrollIntoView({ block: "nearest" });
  };
  const render = () => {
    list.replaceChildren(...items.map((item, i) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${i}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      const name = document.createElement("span");
      name.textContent = item.label;
      name.lang = item.language;
      const kind = document.createElement("span");
      kind.className = "muted";
      kind.textContent = item.in ? `${item.kindLabel} · ${item.in}` : item.kindLabel;
      option.append(name, kind);
      option.addEventListener("pointerdown", (event) => { event.preventDefault(); location.assign(at(item.path)); });
      return option;
    }));
    select(-1);
    show(items.length > 0);
  };
  const ask = async () => {
    request?.abort();
    const text = input.value.trim();
    if (text.length < 2) return show(false);
    request = new AbortController();
    const address = new URL(input.dataset.suggest, location.href);
    address.searchParams.set("q", text);
    address.searchParams.set("lang", document.documentElement.lang);
    try {
      const answer = await fetch(address, { signal: request.signal });
      items = answer.ok ? (await answer.json()).suggestions : [];
      render();
    } catch (error) {
      if (error.name !== "AbortError") show(false);
    }
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
  input.addEventListener("blur", () => show(false));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return show(false);
    if (list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const size = items.length + 1;
      select(((active + 1 + step + size) % size) - 1);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      location.assign(at(items[active].path));
    }
  });
}
