/** <jf-keys>: the sheet that `?` opens; pages add lines with [data-key] on what the key presses. */
import { el, typing } from "../base/dom";
import { t } from "../base/language";

const KEYS: [string, [string, string][]][] = [
  [t("到处", "Everywhere"), [["Ctrl K", t("搜索", "Search")], ["?", t("这张表", "This sheet")], ["Esc", t("关闭", "Close")]]],
  [t("列表", "Lists"), [
    ["↑ ↓ ← →", t("移动", "Move")], ["Shift ↑ ↓ ← →", t("选择一片", "Select a range")], ["Enter / F2", t("修改单元格", "Edit the cell")],
    ["Space", t("打开侧边详情", "Open the side panel")], ["Ctrl C / Ctrl V", t("复制、粘贴，可与 Excel 往来", "Copy and paste, also with Excel")],
    ["Ctrl D", t("向下填充", "Fill down")], ["Delete", t("清空", "Clear")], ["Ctrl Z", t("撤销自己的修改", "Undo my edit")],
  ]],
  [t("记录", "Records"), [["J / K", t("下一条、上一条", "Next, previous")], ["N", t("新建", "New")], ["E", t("修改", "Edit")], ["Ctrl S", t("保存", "Save")]]],
  [t("看板", "Kanban"), [["[ / ]", t("把卡片移到上一栏、下一栏", "Move the card to the lane before, after")]]],
  [t("日历", "Calendar"), [["T", t("回到今天", "Today")], ["[ / ]", t("把记录移前、移后一天", "Move the record a day earlier, later")]]],
];

class Keys extends HTMLElement {
  connectedCallback(): void {
    document.addEventListener("jf:show", (event) => {
      if ((event as CustomEvent).detail?.name === "keys") this.open();
    });
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
      if (event.key === "?") this.open();
      else this.#press(event);
    });
  }

  /** A single letter presses the visible control that carries it: <a data-key="n">. */
  #press(event: KeyboardEvent): void {
    if (event.key.length !== 1 || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase().replace(/["\\]/g, "");
    const found = key && [...document.querySelectorAll<HTMLElement>(`[data-key="${key}"]`)].find((one) => one.offsetParent);
    if (!found) return;
    event.preventDefault();
    found.click();
  }

  open(): void {
    if (this.querySelector("dialog[open]")) return;
    const dialog = el("dialog", { class: "dialog", "aria-label": t("快捷键", "Keyboard shortcuts") },
      el("div", { class: "dialog-header" }, el("h2", {}, t("快捷键", "Keyboard shortcuts")),
        el("button", { type: "button", class: "btn btn-quiet", onclick: () => dialog.close() }, t("关闭", "Close"))),
      el("div", { class: "dialog-body stack" }, ...KEYS.map(([title, keys]) =>
        el("section", {}, el("h3", { class: "second" }, title),
          el("dl", { class: "key-list" }, ...keys.flatMap(([key, what]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, what)]))))));
    dialog.addEventListener("close", () => dialog.remove());
    this.append(dialog);
    dialog.showModal();
  }
}

customElements.define("jf-keys", Keys);
