// The token of a reviewer is remembered as long as the tab is open, and goes nowhere but with the forms.
const fields = [...document.querySelectorAll("input[data-token]")];
for (const field of fields) {
  field.value = sessionStorage.getItem("token") ?? "";
  field.addEventListener("input", () => {
    sessionStorage.setItem("token", field.value);
    for (const other of fields) other.value = field.value;
  });
}
