/** <jf-job url [reload]>: a card for long work, which with `reload` shows the page anew at its end; <jf-jobs> shows the jobs one started wherever one goes. */
import { el, icon } from "../base/dom";
import { get, post, remove } from "../base/http";
import { count, t } from "../base/language";

export interface Job { id: string | number; state: "queued" | "running" | "succeeded" | "failed" | "cancelled"; done?: number; total?: number;
  /** Nobody's own: it is done whatever happens, and cannot be cancelled. */
  app_work?: boolean;
  title?: string; result_url?: string; message?: string; result?: Record<string, unknown>; errors?: { message: string }[] }

const EVERY = 1_000;
const SHOWN = 10_000;
const KEPT = "jf-jobs";
const ENDED = new Set(["succeeded", "failed", "cancelled"]);

interface Kept { url: string; title: string }

const kept = (): Kept[] => JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
const keepAll = (jobs: Kept[]): void => sessionStorage.setItem(KEPT, JSON.stringify(jobs));

/** Let a job follow the person from page to page. */
export function follow(url: string, title: string): void {
  if (!kept().some((job) => job.url === url)) keepAll([...kept(), { url, title }]);
  document.querySelector<Jobs>("jf-jobs")?.draw();
}

/** The list whose records the job has changed. */
const listOf = (job: Job): string | undefined => job.result?.list as string | undefined;

class JobCard extends HTMLElement {
  #timer = 0;
  #seen: { at: number; done: number }[] = [];

  connectedCallback(): void {
    this.classList.add("progress-card");
    void this.#ask();
  }

  disconnectedCallback(): void {
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    try {
      const job = await get<Job>(this.getAttribute("url")!);
      this.#draw(job);
      this.dispatchEvent(new CustomEvent(ENDED.has(job.state) ? "jf:job-ended" : "jf:job", { bubbles: true, detail: job }));
      if (ENDED.has(job.state)) return this.hasAttribute("reload") ? location.reload() : undefined;
    } catch (reason) {
      this.#say("alert-circle", (reason as Error).message);
    }
    if (this.isConnected) this.#timer = window.setTimeout(() => void this.#ask(), EVERY);
  }

  get #title(): string {
    return this.getAttribute("label") ?? t("正在处理", "Working");
  }

  #say(picture: string, text: string, ...more: (Node | null | false)[]): void {
    this.replaceChildren(el("div", { class: "row" }, icon(picture), el("b", { class: "grow truncate" }, this.#title), ...more), el("div", { class: "second" }, text));
  }

  #draw(job: Job): void {
    if (job.title) this.setAttribute("label", job.title);
    const put = el("button", { type: "button", class: "btn btn-quiet btn-small btn-icon", "aria-label": t("收起", "Put away"),
      onclick: () => this.dispatchEvent(new CustomEvent("jf:put-away", { bubbles: true })) }, icon("x"));
    const place = job.result_url ?? (listOf(job) !== location.pathname ? listOf(job) : undefined);
    const open = place && el("a", { class: "btn btn-small", href: place }, t("查看", "View"));
    if (job.state === "succeeded") return this.#say("circle-check", job.message ?? t("已完成", "Done"), this.#undo(job), open || null, put);
    if (job.state === "failed") return this.#say("alert-circle", job.message ?? job.errors?.[0]?.message ?? t("没有完成", "It did not finish"), open || null, put);
    if (job.state === "cancelled") return this.#say("ban", t("已取消，没有改动数据", "Cancelled; no data was changed"), put);
    const bar = el("progress", { class: "progress", "aria-label": this.#title, ...(job.total ? { max: job.total, value: job.done ?? 0 } : {}) });
    this.replaceChildren(
      el("div", { class: "row" }, el("b", { class: "grow truncate" }, this.#title),
        job.app_work ? put : el("button", { type: "button", class: "btn btn-small", onclick: () => void this.#cancel() }, t("取消", "Cancel"))),
      bar, el("div", { class: "row apart second caption" }, el("span", {}, this.#progress(job)), el("span", {}, this.#remaining(job))));
  }

  /** What takes it back, as a job of its own, where that is possible. */
  #undo(job: Job): HTMLElement | null {
    const undo = job.result?.undo;
    if (typeof undo !== "string") return null;
    const button = el("button", { type: "button", class: "btn btn-small" }, t("撤销", "Undo"));
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        const begun = await post<{ job: string }>(`${undo}?job=1`, {});
        follow(begun.job, t("正在撤销", "Undoing"));
        this.dispatchEvent(new CustomEvent("jf:put-away", { bubbles: true }));
      } catch (reason) {
        this.#say("alert-circle", (reason as Error).message);
      }
    });
    return button;
  }

  #progress(job: Job): string {
    if (job.state === "queued") return job.message ?? t("排队中…", "Waiting…");
    return job.total ? `${count(job.done ?? 0)} / ${count(job.total)}` : job.done ? count(job.done) : t("正在准备…", "Preparing…");
  }

  #remaining(job: Job): string {
    const done = job.done ?? 0;
    this.#seen = [...this.#seen, { at: Date.now(), done }].slice(-10);
    const first = this.#seen[0];
    const rate = ((done - first.done) * 1_000) / Math.max(1, Date.now() - first.at);
    if (!job.total || rate <= 0) return "";
    const seconds = Math.ceil((job.total - done) / rate);
    const speed = t("{n} 行/秒", "{n} rows/s", { n: count(Math.round(rate)) });
    return `${speed} · ${seconds < 60 ? t("约 {n} 秒", "about {n} s", { n: seconds }) : t("约 {n} 分钟", "about {n} min", { n: Math.ceil(seconds / 60) })}`;
  }

  async #cancel(): Promise<void> {
    try {
      await remove(this.getAttribute("url")!);
    } catch (reason) {
      this.#say("alert-circle", (reason as Error).message);
    }
  }
}

class Jobs extends HTMLElement {
  connectedCallback(): void {
    this.classList.add("progress-float");
    this.addEventListener("jf:put-away", (event) => this.#forget((event.target as Element).getAttribute("url")!));
    this.addEventListener("jf:job-ended", (event) => this.#ended(event.target as Element, (event as CustomEvent<Job>).detail));
    this.draw();
  }

  draw(): void {
    const shown = new Set([...document.querySelectorAll("jf-job")].map((job) => job.getAttribute("url")));
    for (const job of kept()) if (!shown.has(job.url)) this.append(el("jf-job", { url: job.url, label: job.title }));
  }

  /** What went well is told once: it does not follow to the next page, and goes by itself. */
  #ended(card: Element, job: Job): void {
    if (job.state === "failed") return;
    const url = card.getAttribute("url")!;
    for (const next of (job.result?.jobs as string[] | undefined) ?? []) follow(`/jobs/${next}`, card.getAttribute("label") ?? "");
    if (job.app_work || listOf(job) === location.pathname) document.dispatchEvent(new CustomEvent("jf:refresh"));
    keepAll(kept().filter((one) => one.url !== url));
    if (job.result_url && new URL(job.result_url, location.href).pathname === location.pathname) this.#forget(url);
    else setTimeout(() => this.#forget(url), SHOWN);
  }

  #forget(url: string): void {
    keepAll(kept().filter((job) => job.url !== url));
    this.querySelector(`jf-job[url="${CSS.escape(url)}"]`)?.remove();
  }
}

document.addEventListener("jf:follow", (event) => follow((event as CustomEvent).detail.url, (event as CustomEvent).detail.title));

customElements.define("jf-job", JobCard);
customElements.define("jf-jobs", Jobs);
