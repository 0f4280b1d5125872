/** The editor of a kind that came from outside and has none of its own: the rule as it is written down. */
import { el } from "../../../engine/web/assets/base/dom";
import { t } from "../../../engine/web/assets/base/language";
import { part } from "./parts";
import type { Around, RuleDoc } from "./parts";

export const written = {
  start: (): Partial<RuleDoc> => ({}),
  draw({ rule, change }: Around): HTMLElement[] {
    const { key, kind, ...rest } = rule;
    const title = t("规则的内容（JSON）", "What the rule says (JSON)");
    const area = el("textarea", { class: "input mono", rows: 10, spellcheck: "false", "aria-label": title });
    area.value = JSON.stringify(rest, null, 2);
    area.addEventListener("change", () => {
      let made: Record<string, unknown>;
      try {
        made = JSON.parse(area.value) as Record<string, unknown>;
      } catch {
        area.setAttribute("aria-invalid", "true");
        return;
      }
      area.removeAttribute("aria-invalid");
      change((now) => {
        for (const name of Object.keys(now)) delete now[name];
        Object.assign(now, { key, kind }, made);
      });
    });
    return [part(title, "", area)];
  },
};
