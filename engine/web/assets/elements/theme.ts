/** Light, dark or as the system, and the page's language: kept as cookies, and told to the server for the next device. */
import { csrf } from "../base/http";
import { keep } from "../base/preferences";

function tell(values: Record<string, string>): Promise<unknown> {
  return fetch("/me/preferences", { method: "POST", headers: { "X-CSRF-Token": csrf() }, body: new URLSearchParams(values) }).catch(() => null);
}

document.addEventListener("click", async (event) => {
  const target = event.target as Element;
  const theme = target.closest<HTMLElement>("[data-set-theme]")?.dataset.setTheme;
  const language = target.closest<HTMLElement>("[data-language]")?.dataset.language;
  if (theme) {
    document.documentElement.dataset.theme = theme;
    keep("theme", theme);
    for (const choice of document.querySelectorAll<HTMLElement>("[data-set-theme]")) {
      choice.setAttribute("aria-checked", String(choice.dataset.setTheme === theme));
    }
    document.dispatchEvent(new CustomEvent("jf:theme", { detail: { theme } }));
    void tell({ theme });
  }
  if (language) {
    keep("language", language);
    await tell({ language });
    location.reload();
  }
});
