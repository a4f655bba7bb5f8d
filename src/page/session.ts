/** The key of whoever asks. It is kept until the tab is closed, and nowhere else. */

const NAME = "runlens key";

export const session = {
  /** Null where none was given. */
  get key(): string | null {
    return sessionStorage.getItem(NAME);
  },
  signIn(key: string): void {
    sessionStorage.setItem(NAME, key);
  },
  signOut(): void {
    sessionStorage.removeItem(NAME);
  },
};
