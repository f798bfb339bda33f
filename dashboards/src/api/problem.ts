/**
 * Why a request failed. `code` is what the page decides by, `detail` is the server's own sentence
 * for a person (or null, when nothing readable arrived and the page has to find the words).
 */
export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    readonly code: string,
    readonly status: number,
    readonly detail: string | null,
  ) {
    super(`${code} (${status})`);
  }

  /** Reads a problem document, or makes one of an answer that carries none (a proxy's error page). */
  static async of(response: Response): Promise<Problem> {
    const body: unknown = await response.json().catch(() => null);
    const text = (key: string): string | null => {
      const value = typeof body === "object" && body !== null ? Reflect.get(body, key) : null;
      return typeof value === "string" && value !== "" ? value : null;
    };
    return new Problem(text("code") ?? "unexpected", response.status, text("detail") ?? text("title"));
  }
}
