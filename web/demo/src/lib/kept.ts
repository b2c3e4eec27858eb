/** What this browser keeps of the app's settings; nothing where it keeps nothing. */
export function kept(name: string): string | null {
  try {
    return localStorage.getItem(`sealpost-demo/${name}`);
  } catch {
    return null;
  }
}

export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`sealpost-demo/${name}`, value);
  } catch {
    // It counts until the page is closed.
  }
}
