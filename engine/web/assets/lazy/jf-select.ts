/** <jf-select url others><select></select></jf-select>: a select one can type into; with `url`, choices come from the server (`?q=`), with `others` what is no option may be typed. */
import TomSelect from "tom-select/base";
import removeButton from "tom-select/dist/esm/plugins/remove_button/plugin.js";
import { el, touch } from "../base/dom";
import { get } from "../base/http";
import { t } from "../base/language";
import { narrow } from "../form/states";
import type { Choice } from "../grid/contract";

TomSelect.define("remove_button", removeButton);

const PAUSE = 200;
/** As long as what is no option may be. */
const LONGEST_OTHER = 200;
const onPhone = matchMedia("(max-width: 640px)");

type Data = { value: string; text: string; color?: string; hint?: string };

class SelectField extends HTMLElement {
  #tom: TomSelect | null = null;

  connectedCallback(): void {
    const select = this.querySelector("select");
    if (!select || this.#tom) return;
    const url = this.getAttribute("url");
    const others = this.hasAttribute("others");
    if (touch() && !url && !select.multiple && !others) return;
    const blank = [...select.options].find((option) => option.value === "");
    const required = select.getAttribute("aria-required") === "true";
    this.#tom = new TomSelect(select, {
      plugins: select.multiple ? { remove_button: { title: t("移除", "Remove") } } : {},
      valueField: "value", labelField: "text", searchField: ["text"],
      placeholder: blank?.textContent?.trim() || t("请选择", "Choose"),
      allowEmptyOption: false, openOnFocus: false, selectOnTab: true, maxOptions: 200, hidePlaceholder: true, closeAfterSelect: !select.multiple,
      ...(others ? { create: true, createOnBlur: true, createFilter: (text: string) => text.trim().length <= LONGEST_OTHER } : {}),
      refreshThrottle: 0, // Enter right after the last letter takes what fits, not what stood first before
      loadThrottle: PAUSE, preload: false, hideSelected: select.multiple,
      ...(url ? { shouldLoad: () => true, load: (query: string, done: (found?: Data[]) => void) => void this.#load(url, query, done), score: (search: string) => (data: Data) => this.#fits(search, data) } : {}),
      render: {
        option: (data: Data) => this.#draw(data, "option"),
        item: (data: Data) => this.#draw(data, "item"),
        option_create: (data: { input: string }) => el("div", { class: "create" }, t("填写“{text}”", "Take “{text}”", { text: data.input })),
        no_results: () => el("div", { class: "no-results" }, t("没有匹配的选项", "Nothing matches")),
        loading: () => el("div", { class: "no-results" }, t("正在查找…", "Looking…")),
        not_loading: () => null as unknown as HTMLElement,
      },
      onDropdownOpen: () => {
        if (url) this.#first(url);
        this.#sheet(true);
      },
      onDropdownClose: () => {
        this.#typing(false);
        this.#sheet(false);
      },
      onItemAdd: () => this.#typing(false),
    } as never);
    const tom = this.#tom;
    const { control_input: input, control } = tom as unknown as { control_input: HTMLInputElement; control: HTMLElement };
    const label = select.getAttribute("aria-label") ?? (select.id ? document.querySelector(`label[for="${CSS.escape(select.id)}"], label[for="${CSS.escape(select.id)}-ts-control"]`)?.textContent?.trim() : "");
    if (label) for (const one of [input, select]) one.setAttribute("aria-label", label);
    control.addEventListener("click", () => !tom.isOpen && !tom.isLocked && tom.open());
    input.addEventListener("input", () => this.#typing(input.value !== ""));
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return event.stopImmediatePropagation();
      if (event.key === "Backspace" && !input.value && !select.multiple && !required) tom.clear();
    }, true);
  }

  /** What one types, be it composed, takes the place of what was chosen. */
  #typing(now: boolean): void {
    this.querySelector(".ts-wrapper")?.classList.toggle("typing", now);
  }

  #leave(): void {
    if (!this.contains(document.activeElement)) return;
    this.#tom?.blur();
    (document.activeElement as HTMLElement | null)?.blur();
    getSelection()?.removeAllRanges();
  }

  /** On a phone the open picker is a sheet over the whole page. */
  #sheet(open: boolean): void {
    const wrapper = this.querySelector<HTMLElement>(".ts-wrapper");
    if (!wrapper || (open && !onPhone.matches)) return;
    const was = wrapper.classList.contains("sheet-open");
    wrapper.classList.toggle("sheet-open", open);
    wrapper.querySelector(".sheet-head")?.remove();
    if (!open) {
      /* The finger goes elsewhere next: a picker that kept the focus would keep the caret too. */
      if (was) setTimeout(() => this.#leave());
      return;
    }
    const label = this.querySelector("select")?.getAttribute("aria-label") ?? "";
    wrapper.prepend(el("div", { class: "sheet-head" }, el("span", { class: "truncate" }, label), el("button", { type: "button", class: "btn btn-quiet", onclick: (event: Event) => {
      event.preventDefault();
      this.#tom?.close();
      this.#tom?.blur();
    } }, t("完成", "Done"))));
  }

  disconnectedCallback(): void {
    this.#tom?.destroy();
    this.#tom = null;
  }

  /** Set what a linkage fills in, without saying that somebody changed it. */
  set(value: string | string[], title?: string): void {
    const values = Array.isArray(value) ? value : [value];
    if (!this.#tom) {
      const select = this.querySelector("select")!;
      for (const one of values) if (one && ![...select.options].some((option) => option.value === one)) select.add(new Option(title ?? one, one));
      for (const option of select.options) option.selected = values.includes(option.value);
      return;
    }
    for (const one of values) if (one && !this.#tom.options[one]) this.#tom.addOption({ value: one, text: title ?? one });
    this.#tom.setValue(value, true);
  }

  #all: Data[] | null = null;

  /** Offer only these options; what is chosen stays to be seen. */
  offer(values: string[] | null): void {
    const tom = this.#tom;
    const select = this.querySelector("select");
    if (!select) return;
    if (!tom) return narrow(select, values);
    this.#all ??= Object.values(tom.options as Record<string, Data & { $option?: HTMLOptionElement }>).map(({ value, text, color, $option }) => ({ value, text, color: color ?? $option?.dataset.color }));
    for (const one of this.#all) {
      const offered = !values || !one.value || values.includes(one.value) || tom.items.includes(one.value);
      if (offered && !tom.options[one.value]) tom.addOption(one);
      else if (!offered && tom.options[one.value]) tom.removeOption(one.value, true);
    }
    if (tom.isOpen) tom.refreshOptions(false); /* the list that somebody has open follows */
  }

  #asked = false;
  #found: { query: string; values: Set<string> } = { query: "", values: new Set() };

  /** What the server found for this very text fits, however it found it; until it has answered, what contains the text. */
  #fits(search: string, data: Data): number {
    const query = search.trim();
    if (query && this.#found.query === query) return this.#found.values.has(String(data.value)) ? 1 : 0;
    return data.text?.toLowerCase().includes(query.toLowerCase()) ? 1 : 0;
  }

  #first(url: string): void {
    const depends = this.hasAttribute("current");
    if (this.#asked && !depends) return;
    this.#asked = true;
    if (depends) this.#tom?.clearOptions();
    void this.#load(url, "", (found) => {
      for (const one of found ?? []) this.#tom?.addOption(one);
      this.#tom?.refreshOptions(false);
    });
  }

  async #load(url: string, query: string, done: (found?: Data[]) => void): Promise<void> {
    const full = new URL(url, location.href);
    full.searchParams.set("q", query);
    for (const name of this.getAttribute("current")?.split(",") ?? []) {
      const other = this.closest("form")?.elements.namedItem(name) as HTMLInputElement | null;
      if (other?.value) full.searchParams.set(`current.${name}`, other.value);
    }
    try {
      const { choices } = await get<{ choices: Choice[] }>(full.href);
      this.#found = { query: query.trim(), values: new Set(choices.map(({ value }) => String(value))) };
      done(choices.map(({ value, label, hint, color }) => ({ value: String(value), text: label, hint, color })));
    } catch {
      done();
    }
  }

  #draw(data: Data & { $option?: HTMLOptionElement }, kind: string): HTMLElement {
    const color = data.color ?? data.$option?.dataset.color;
    return el("div", { class: kind }, color ? el("span", { class: "badge", "data-color": color }, data.text) : el("span", { class: "truncate" }, data.text),
      kind === "option" && data.hint && el("span", { class: "caption truncate" }, data.hint));
  }
}

customElements.define("jf-select", SelectField);
