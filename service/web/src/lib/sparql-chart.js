// Numbers as bars or lines, and dates on a time line.
import { BarController, BarElement, CategoryScale, Chart, Legend, LinearScale, LineController, LineElement, PointElement, Tooltip } from "chart.js";
import { isDate, yearOf } from "./sparql-answer.js";
import { make, named } from "./sparql-table.js";
import { colours } from "./map-style.js";

Chart.register(BarController, BarElement, CategoryScale, Legend, LinearScale, LineController, LineElement, PointElement, Tooltip);
const BARS = 40;
const POINTS = 400;

function canvas(place, label, height, note) {
  const board = make("canvas", {});
  board.setAttribute("role", "img");
  board.setAttribute("aria-label", label);
  const box = make("div", { className: "chart-box" }, board);
  box.style.height = `${height}px`;
  place.replaceChildren(box, ...(note ? [make("p", { className: "small muted" }, note)] : []));
  return board;
}

function styled(palette) {
  Chart.defaults.color = palette.ink;
  Chart.defaults.borderColor = palette.land;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.animation = false;
}

function drawn(place, board, options) {
  const picture = new Chart(board, options);
  place.addEventListener("leave", () => picture.destroy(), { once: true });
}

export function chart(place, answer, { labels, values }, { settings, words, fill }) {
  const [label] = labels;
  const palette = colours();
  styled(palette);
  const dated = answer.rows.every((row) => !row[label] || isDate(row[label]));
  const most = dated ? POINTS : BARS;
  const rows = (dated ? [...answer.rows].sort((a, b) => yearOf(a[label]) - yearOf(b[label])) : answer.rows).slice(0, most);
  const tints = [palette.c4, palette.place, palette.c2, palette.ink];
  const datasets = values.map((column, i) => ({
    label: answer.columns[column], data: rows.map((row) => (row[column] ? Number(row[column].value) : null)), backgroundColor: tints[i], borderColor: tints[i],
  }));
  const height = dated ? 380 : Math.max(220, rows.length * (14 + 10 * values.length) + 70);
  const note = answer.rows.length > most ? fill(words.first, { n: most.toLocaleString(settings.language) }) : "";
  const board = canvas(place, `${values.map((i) => answer.columns[i]).join(", ")} – ${answer.columns[label]}`, height, note);
  drawn(place, board, {
    type: dated ? "line" : "bar",
    data: { labels: rows.map((row) => cut(labels.map((i) => named(row[i], settings)).join(" · "))), datasets },
    options: { indexAxis: dated ? "x" : "y", maintainAspectRatio: false, locale: settings.language, plugins: { legend: { display: true } }, scales: { [dated ? "y" : "x"]: { beginAtZero: true } } },
  });
}

export function timeline(place, answer, { label, start, end }, { settings, words, fill }) {
  const palette = colours();
  styled(palette);
  const year = new Date().getFullYear();
  const spans = answer.rows
    .map((row) => ({ name: named(row[label], settings), from: yearOf(row[start]), to: end >= 0 && row[end] ? yearOf(row[end]) : NaN, text: [row[start], end >= 0 ? row[end] : null].filter(Boolean).map((one) => one.value).join(" – ") }))
    .filter((span) => Number.isFinite(span.from) || Number.isFinite(span.to))
    .sort((a, b) => (a.from || a.to) - (b.from || b.to));
  const shown = spans.slice(0, BARS * 3);
  // A point in time is drawn a third of a year wide, to be seen.
  const data = shown.map(({ from, to }) => { const [a, b] = [from || to, to || from]; return a === b ? [a, a + .33] : [Math.min(a, b), Math.max(a, b)]; });
  const note = spans.length > shown.length ? fill(words.first, { n: shown.length.toLocaleString(settings.language) }) : "";
  const board = canvas(place, `${answer.columns[label]} – ${answer.columns[start]}`, Math.max(200, shown.length * 22 + 60), note);
  drawn(place, board, {
    type: "bar",
    data: { labels: shown.map((span) => cut(span.name)), datasets: [{ data, backgroundColor: shown.map((span) => ((span.to || span.from) < year ? palette.c3 : palette.c4)), borderRadius: 3 }] },
    options: {
      indexAxis: "y", maintainAspectRatio: false, locale: settings.language,
      plugins: { legend: { display: false }, tooltip: { callbacks: { label: (item) => shown[item.dataIndex].text } } },
      scales: { x: { min: Math.floor(Math.min(...data.map((d) => d[0]))), ticks: { callback: (value) => String(value), precision: 0 }, position: "top" }, y: { ticks: { autoSkip: false } } },
    },
  });
}

// Names may take a third of the picture, about.
function cut(text) {
  const room = innerWidth < 700 ? 20 : 48;
  return text.length > room ? text.slice(0, room - 1) + "…" : text;
}
