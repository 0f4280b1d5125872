/** <jf-rich><textarea>: an editor over the textarea, which keeps the markup; what the server takes out never comes back. */
import { Editor } from "@tiptap/core";
import StarterKit from "@tiptap/starter-kit";
import { el, icon } from "../base/dom";
import { t } from "../base/language";

interface Tool { icon: string; label: string; on: (editor: Editor) => boolean; act: (editor: Editor) => void }

const TOOLS: Tool[] = [
  { icon: "bold", label: t("加粗", "Bold"), on: (editor) => editor.isActive("bold"), act: (editor) => editor.chain().focus().toggleBold().run() },
  { icon: "italic", label: t("斜体", "Italic"), on: (editor) => editor.isActive("italic"), act: (editor) => editor.chain().focus().toggleItalic().run() },
  { icon: "underline", label: t("下划线", "Underline"), on: (editor) => editor.isActive("underline"), act: (editor) => editor.chain().focus().toggleUnderline().run() },
  { icon: "strikethrough", label: t("删除线", "Strike through"), on: (editor) => editor.isActive("strike"), act: (editor) => editor.chain().focus().toggleStrike().run() },
  { icon: "h-2", label: t("标题", "Heading"), on: (editor) => editor.isActive("heading", { level: 2 }), act: (editor) => editor.chain().focus().toggleHeading({ level: 2 }).run() },
  { icon: "list", label: t("列表", "List"), on: (editor) => editor.isActive("bulletList"), act: (editor) => editor.chain().focus().toggleBulletList().run() },
  { icon: "list-numbers", label: t("编号列表", "Numbered list"), on: (editor) => editor.isActive("orderedList"), act: (editor) => editor.chain().focus().toggleOrderedList().run() },
  { icon: "blockquote", label: t("引用", "Quote"), on: (editor) => editor.isActive("blockquote"), act: (editor) => editor.chain().focus().toggleBlockquote().run() },
  { icon: "link", label: t("链接", "Link"), on: (editor) => editor.isActive("link"), act: askLink },
  { icon: "arrow-back-up", label: t("撤销", "Undo"), on: () => false, act: (editor) => editor.chain().focus().undo().run() },
];

class Rich extends HTMLElement {
  #editor: Editor | null = null;
  #written = "";

  connectedCallback(): void {
    if (this.#editor || !this.textarea) return;
    const { textarea } = this;
    const page = el("div", { class: "rich input" });
    const editor = (this.#editor = new Editor({
      element: page,
      injectCSS: false,
      extensions: [StarterKit.configure({ heading: { levels: [1, 2, 3] }, link: { openOnClick: false, protocols: ["http", "https", "mailto", "tel"] } })],
      content: textarea.value,
      editorProps: { attributes: { role: "textbox", "aria-multiline": "true", "aria-label": this.getAttribute("label") ?? "" } },
      onUpdate: () => this.#write(),
    }));
    const buttons = TOOLS.map((tool) => {
      const button = el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": tool.label, title: tool.label, "aria-pressed": "false" }, icon(tool.icon));
      button.addEventListener("mousedown", (event) => event.preventDefault()); /* what is selected stays so */
      button.addEventListener("click", () => tool.act(editor));
      return button;
    });
    editor.on("transaction", () => TOOLS.forEach((tool, at) => buttons[at].setAttribute("aria-pressed", String(tool.on(editor)))));
    textarea.hidden = true;
    this.#written = textarea.value;
    this.append(el("div", { class: "rich-tools", role: "toolbar", "aria-label": t("格式", "Format") }, ...buttons), page);
    textarea.addEventListener("change", () => {
      if (textarea.value !== this.#written) editor.commands.setContent((this.#written = textarea.value), { emitUpdate: false });
    });
  }

  disconnectedCallback(): void {
    this.#editor?.destroy();
    this.#editor = null;
  }

  get textarea(): HTMLTextAreaElement | null {
    return this.querySelector("textarea");
  }

  #write(): void {
    const { textarea } = this;
    if (!textarea || !this.#editor) return;
    textarea.value = this.#written = this.#editor.isEmpty ? "" : this.#editor.getHTML();
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function askLink(editor: Editor): void {
  const input = el("input", { class: "input", type: "url", "aria-label": t("网址", "Web address"), placeholder: "https://", value: (editor.getAttributes("link").href as string) ?? "" });
  const dialog = el("dialog", { class: "dialog", "aria-label": t("链接", "Link") },
    el("form", { method: "dialog" },
      el("div", { class: "dialog-header" }, el("h2", {}, t("链接", "Link"))),
      el("div", { class: "dialog-body" }, input),
      el("div", { class: "dialog-footer" }, el("button", { class: "btn", value: "" }, t("取消", "Cancel")), el("button", { class: "btn btn-primary", value: "yes" }, t("确定", "OK")))));
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue !== "yes") return;
    const chain = editor.chain().focus().extendMarkRange("link");
    if (input.value.trim()) chain.setLink({ href: input.value.trim() }).run();
    else chain.unsetLink().run();
  });
  document.body.append(dialog);
  dialog.showModal();
}

customElements.define("jf-rich", Rich);
