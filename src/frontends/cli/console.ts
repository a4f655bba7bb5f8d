/** Where the command line writes: answers to stdout, everything else to stderr. */
import type { Progress } from "../../core/knowledge.ts";

export interface Console {
  /** Resolves when the text is handed over. */
  out(text: string): Promise<void>;
  err(text: string): void;
  /** A bar on a terminal; null where nobody would see it. */
  progress: ((progress: Progress) => void) | null;
  /** Takes the bar away, before anything else is written. */
  endProgress(): void;
}

/** The console of this process. A reader of stdout that goes away (`| head`) ends it without an error. */
export async function processConsole(showProgress: boolean): Promise<Console> {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  const bar = showProgress && process.stderr.isTTY ? await progressBar() : null;
  return {
    out: (text) =>
      new Promise((resolve) => {
        process.stdout.write(text.endsWith("\n") ? text : `${text}\n`, () => resolve());
      }),
    err: (text) => void process.stderr.write(text.endsWith("\n") ? text : `${text}\n`),
    progress: bar?.show ?? null,
    endProgress: () => bar?.stop(),
  };
}

async function progressBar() {
  const { default: cliProgress } = await import("cli-progress");
  const bar = new cliProgress.SingleBar({
    format: "{bar} {value}/{total} {message}",
    clearOnComplete: true,
    hideCursor: true,
    stream: process.stderr,
  });
  let started = false;
  return {
    show({ done, total, message }: Progress): void {
      const end = total ?? Math.max(done, 1);
      if (started) {
        bar.setTotal(end);
        bar.update(done, { message });
      } else bar.start(end, done, { message });
      started = true;
    },
    stop(): void {
      if (started) bar.stop();
      started = false;
    },
  };
}
