/** Files that the page makes, and how they come to the reader. */

import { make } from "../elements.ts";
import type { Drawing } from "./picture.ts";

const LONGEST = 80;

// Names that Windows has for devices (learn.microsoft.com, Naming Files, Paths, and Namespaces).
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** The title as the name of a file on any system: no path, no control, nothing that turns the text round. */
export function fileName(title: string, ending: string): string {
  const plain = title
    .normalize("NFC")
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, " ")
    .replace(/[<>:"/\\|?*]/g, "-")
    .replace(/\s+/g, " ");
  const short = [...plain]
    .slice(0, LONGEST)
    .join("")
    .replace(/^[. ]+|[. ]+$/g, "");
  const name = DEVICE.test(short.split(".")[0] ?? "") ? `${short}-` : short;
  return `${/[\p{L}\p{N}]/u.test(name) ? name : "literature"}.${ending}`;
}

/** Hand a file to the reader. */
export function download(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const anchor = make("a", { href: address, download: name, hidden: true });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  // The browser takes the file up after this turn; a minute is more than it needs for that.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** A drawing as a picture of points, at twice its size. */
export async function png({ text, width, height }: Drawing): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = make("canvas", { width: 2 * width, height: 2 * height });
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!made) throw new Error("this browser made no picture of the map");
  return made;
}
