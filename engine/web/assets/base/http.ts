/** JSON to and from our own server, with the CSRF token and refusals as errors. */
import { t } from "./language";

export interface Problem { message: string; code?: string; errors?: { pointer: string; code: string; message: string }[] }

/** The server said no, or could not be reached (status 0). */
export class Refused extends Error {
  constructor(readonly status: number, readonly problem: Problem) {
    super(problem.message);
  }
}

export const csrf = (): string => document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";

async function ask<T>(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-CSRF-Token"] = csrf();
  let answer: Response;
  try {
    answer = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal, credentials: "same-origin" });
  } catch (reason) {
    if (signal?.aborted) throw reason;
    throw new Refused(0, { message: t("连不上服务器，请检查网络后重试", "The server cannot be reached; check your connection and try again") });
  }
  if (answer.status === 204) return undefined as T;
  const json = (answer.headers.get("Content-Type") ?? "").includes("json") ? await answer.json() : null;
  if (answer.ok && json !== null) return json as T;
  if (answer.status === 401 || answer.redirected) throw new Refused(401, { message: t("登录已过期，请刷新页面重新登录", "You have been signed out; reload the page to sign in again") });
  throw new Refused(answer.status, problem(json, answer.status));
}

function problem(json: Record<string, unknown> | null, status: number): Problem {
  const message = (json?.message ?? json?.detail ?? json?.title) as string | undefined;
  return {
    message: message ?? t("出错了（{status}），没有做任何改动", "Something went wrong ({status}); nothing was changed", { status }),
    code: json?.code as string | undefined,
    errors: json?.errors as Problem["errors"],
  };
}

export const get = <T>(url: string, signal?: AbortSignal): Promise<T> => ask<T>("GET", url, undefined, signal);
export const post = <T>(url: string, body: unknown, signal?: AbortSignal): Promise<T> => ask<T>("POST", url, body, signal);
export const remove = <T>(url: string): Promise<T> => ask<T>("DELETE", url);
