/** Where one begins to fill a new form in. */
const CONTROLS = "input:not([type=hidden]), textarea, select";

/** Put the caret into the first field that can be filled in, unless somebody has put it anywhere by then. */
export async function begin(form: HTMLFormElement): Promise<void> {
  const first = [...form.querySelectorAll<HTMLElement>(".field")].find(open);
  const picker = first?.querySelector("jf-select");
  if (picker) await customElements.whenDefined("jf-select");
  const control = first?.querySelector<HTMLElement>(picker ? ".ts-control input, select" : CONTROLS);
  if (control && (!document.activeElement || document.activeElement === document.body)) control.focus({ preventScroll: true });
}

function open(field: HTMLElement): boolean {
  const control = field.querySelector<HTMLInputElement>(CONTROLS);
  return Boolean(control && !control.disabled && !control.readOnly && control.checkVisibility?.() !== false && !field.closest("[inert], [hidden]"));
}
