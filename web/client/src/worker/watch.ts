import type { Exchange } from "../types.js";
import type { Environment } from "./environment.js";

/** Calls in which secrets of the connection go to and fro: what they carry is told to nobody. */
const SECRET = /^\/api\/auth\//;

/** Tells of what is exchanged with the relay, as it goes over the network, while it is switched on. */
export class Watch {
  isOn = false;
  readonly #tell: (exchange: Exchange) => void;

  constructor(tell: (exchange: Exchange) => void) {
    this.#tell = tell;
  }

  /** The environment, watched. */
  over(environment: Environment): Environment {
    return {
      ...environment,
      fetch: async (url, init) => {
        const response = await environment.fetch(url, init);
        if (this.isOn) void this.#call(new URL(url), init, response.clone());
        return response;
      },
      connectHub: async (url, token, handlers) => {
        const link = await environment.connectHub(url, token, {
          ...handlers,
          envelope: (seq, envelope) => {
            this.#told("ReceiveEnvelope", null, { seq, envelope });
            handlers.envelope(seq, envelope);
          },
          forum: (push, args) => {
            this.#told(push, null, args);
            handlers.forum(push, args);
          },
        });
        return {
          ...link,
          resume: async (after) => {
            const answer = await link.resume(after);
            this.#told("Resume", { after }, answer);
            return answer;
          },
          acknowledge: (upTo) => {
            this.#told("Acknowledge", { upTo }, null);
            return link.acknowledge(upTo);
          },
          invoke: async (method, ...args) => {
            const answer = await link.invoke(method, ...args);
            this.#told(method, args, answer);
            return answer;
          },
        };
      },
    };
  }

  async #call({ pathname, search }: URL, { method = "GET", body }: RequestInit, response: Response): Promise<void> {
    const isSecret = SECRET.test(pathname);
    const answer = isSecret ? null : await response.text().then(parsed, () => null);
    this.#told(`${method} ${pathname}${search}`, isSecret ? null : parsed(body), answer, response.status);
  }

  #told(name: string, request: unknown, answer: unknown, status: number | null = null): void {
    if (this.isOn) this.#tell({ at: Date.now(), name, request, answer, status });
  }
}

function parsed(json: unknown): unknown {
  try {
    return typeof json === "string" && json !== "" ? JSON.parse(json) : null;
  } catch {
    return json;
  }
}
