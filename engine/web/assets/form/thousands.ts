/** Figures stand with thousands while nobody is in their input, and bare for whoever types; the server reads both. */
const FIGURES = "input[data-thousands]";
const BARE = /^(-?)(\d{4,})(\.\d+)?$/;
const SPREAD = /^-?\d{1,3}(,\d{3})+(\.\d+)?$/;

/** Show the figures of a form so, from now on. */
export function groupFigures(form: HTMLFormElement): void {
  form.addEventListener("focusin", ({ target }) => setTimeout(() => bare(target as HTMLInputElement))); /* once it is known what is selected */
  form.addEventListener("focusout", ({ target }) => spread(target as HTMLInputElement));
  for (const input of form.querySelectorAll<HTMLInputElement>(FIGURES)) if (input !== document.activeElement) spread(input);
}

/** With thousands, where it is a plain figure. */
export function spread(input: HTMLInputElement): void {
  const found = input.matches(FIGURES) && BARE.exec(input.value);
  if (found) input.value = found[1] + found[2].replace(/\B(?=(\d{3})+$)/g, ",") + (found[3] ?? "");
}

/** Without them, for whoever is in it; what is selected stays so. */
function bare(input: HTMLInputElement): void {
  if (!input.matches(FIGURES) || input !== document.activeElement || !SPREAD.test(input.value)) return;
  const shown = input.value;
  const place = (at: number | null): number => shown.slice(0, at ?? 0).replaceAll(",", "").length;
  const from = place(input.selectionStart), to = place(input.selectionEnd);
  input.value = shown.replaceAll(",", "");
  input.setSelectionRange(from, to);
}
