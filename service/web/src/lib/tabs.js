// Tabs as the ARIA practices have them: arrow keys move, the chosen one is in the tab order.
export function tabs(list, choose) {
  const all = [...list.querySelectorAll("[role=tab]")];
  const open = () => all.filter((tab) => tab.getAttribute("aria-disabled") !== "true");
  const select = (tab, focus = false) => {
    for (const other of all) {
      other.setAttribute("aria-selected", String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
    }
    document.getElementById(tab.getAttribute("aria-controls"))?.setAttribute("aria-labelledby", tab.id);
    if (focus) tab.focus();
    choose(tab);
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab && open().includes(tab)) select(tab);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (!step) return;
    event.preventDefault();
    const those = open();
    const now = those.indexOf(document.activeElement);
    const next = Math.abs(step) === 1 ? (now + step + those.length) % those.length : step > 0 ? those.length - 1 : 0;
    select(those[next], true);
  });
  select(all[0]);
  return { select, again: () => choose(all.find((tab) => tab.getAttribute("aria-selected") === "true")), all };
}
