/** What every page loads; elements that only some pages have come on demand. */
import htmx from "htmx.org";
import { csrf } from "./base/http";
import "./elements/frame";
import "./elements/menu";
import "./elements/dialog";
import "./elements/toast";
import "./elements/theme";
import "./elements/search";
import "./elements/keys";
import "./elements/job";
import { watchKeyboard } from "./base/keyboard";
import { define, keepEarlyClicks, pressEarlyButton } from "./lazy";

document.addEventListener("htmx:config:request", (event) => {
  const request = (event as CustomEvent).detail?.ctx?.request;
  if (request?.headers) request.headers["X-CSRF-Token"] = csrf();
});

define(document);
keepEarlyClicks();
watchKeyboard();
pressEarlyButton();
document.addEventListener("htmx:after:swap", () => define(document));
(window as unknown as { htmx: unknown }).htmx = htmx;
