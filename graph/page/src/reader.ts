/** What the browser keeps of the reader for the page; nothing where it is forbidden to. */

type Place = "localStorage" | "sessionStorage";

/** What is kept under a name: `localStorage` for good, `sessionStorage` as long as the tab is open; empty for nothing. */
export function remembered(place: Place, name: string): string {
  try {
    return globalThis[place].getItem(name) ?? "";
  } catch {
    return "";
  }
}

export function remember(place: Place, name: string, text: string): void {
  try {
    globalThis[place].setItem(name, text);
  } catch {
    // It is there as long as the page is.
  }
}
