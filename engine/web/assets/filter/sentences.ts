/** Conditions in the server's words; what is asked for at the same moment is asked in one request. */
import { post } from "../base/http";
import type { Where } from "../grid/contract";

export interface Part { field: string; text: string }
export interface Sentence { sentence: string; parts: Part[]; faults: { pointer: string; code: string; message: string }[] }

interface Waiting { where: Where; tell: (sentence: Sentence) => void; fail: (reason: unknown) => void }

const queues = new Map<string, Waiting[]>();

export function sentence(url: string, where: Where): Promise<Sentence> {
  return new Promise((tell, fail) => {
    const queue = queues.get(url);
    if (queue) return void queue.push({ where, tell, fail });
    queues.set(url, [{ where, tell, fail }]);
    setTimeout(() => void send(url));
  });
}

async function send(url: string): Promise<void> {
  const queue = queues.get(url)!;
  queues.delete(url);
  try {
    const { sentences } = await post<{ sentences: Sentence[] }>(url, { wheres: queue.map(({ where }) => where) });
    queue.forEach(({ tell }, at) => tell(sentences[at]));
  } catch (reason) {
    for (const { fail } of queue) fail(reason);
  }
}
