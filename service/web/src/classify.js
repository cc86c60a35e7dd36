// Classifying a text: a file can be dropped, progress is shown, and passages are filtered without loading the page again.
import { at } from "./lib/at.js";

const zone = document.querySelector("[data-zone]");
if (zone) {
  const input = zone.querySelector("input[type=file]");
  const over = (event) => { event.preventDefault(); zone.classList.add("over"); };
  zone.addEventListener("dragenter", over);
  zone.addEventListener("dragover", over);
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
}

const working = document.querySelector("[data-job]");
if (working) {
  const bar = working.querySelector("progress");
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const look = async () => {
    let job;
    try { job = await (await fetch(at(working.dataset.job))).json(); } catch { job = { status: "running" }; }
    if (job.progress?.total) {
      working.querySelector("[role=status]").hidden = false;
      bar.max = job.progress.total;
      bar.value = job.progress.done;
      working.querySelector("[data-done]").textContent = number.format(job.progress.done);
      working.querySelector("[data-total]").textContent = number.format(job.progress.total);
    }
    if (job.status === "waiting" || job.status === "running") setTimeout(look, 400);
    else location.reload();
  };
  look();
}

const text = document.querySelector(".text-with-passages");
if (text) {
  const choice = document.querySelector("#concept");
  const count = document.querySelector("[data-count]");
  const marks = [...text.querySelectorAll("mark")];
  const show = () => {
    const key = choice.value;
    const on = marks.filter((mark) => !key || mark.dataset.keys.split(" ").includes(key));
    for (const mark of marks) mark.classList.toggle("off", !on.includes(mark));
    count.textContent = choice.selectedOptions[0].dataset.shown ?? "";
    if (key && on.length) text.scrollTop = on[0].offsetTop - text.offsetTop - 24;
  };
  // The choice stands in the address, so that it is there again after a reload or a visit elsewhere.
  const choose = () => {
    const address = new URL(location.href);
    if (choice.value) address.searchParams.set("concept", choice.value);
    else address.searchParams.delete("concept");
    history.replaceState(history.state, "", address);
    show();
  };
  choice.addEventListener("change", choose);
  for (const link of document.querySelectorAll("a[data-filter]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      choice.value = link.dataset.filter;
      choose();
      document.querySelector("#text").scrollIntoView();
      text.focus({ preventScroll: true });
    });
  }
  // A browser may fill in the list as it was left; it does so before this, also when the page comes out of its cache.
  addEventListener("pageshow", show);
}
