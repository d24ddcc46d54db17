/** Elements of the document; texts are set as text, and addresses only where they lead to the web. */

type Child = Node | string | null | undefined | false;

interface Said {
  [attribute: string]: string | number | boolean | null | undefined | ((event: Event) => void);
}

/** Make an element. A function is what happens at the event of its name, false and null leave an attribute out. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  said: Said = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  return dressed(document.createElement(tag), said, children);
}

/** Make a part of a drawing that stands in the page. */
export function shape<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  said: Said = {},
  ...children: Child[]
): SVGElementTagNameMap[Tag] {
  return dressed(document.createElementNS("http://www.w3.org/2000/svg", tag), said, children);
}

function dressed<Made extends Element>(element: Made, said: Said, children: readonly Child[]): Made {
  for (const [name, value] of Object.entries(said)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(
    ...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false),
  );
  return element;
}

/**
 * Make the content of an element anew; what had the focus has it again, by its `data-code`, or else what is around it
 * and can have it.
 */
export function replace(within: HTMLElement, ...children: Child[]): void {
  const focused = within.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.code : null;
  within.replaceChildren(...children.filter((child): child is Node | string => Boolean(child)));
  if (!focused) return;
  const same = [...within.querySelectorAll<HTMLElement>("[data-code]")].find((each) => each.dataset.code === focused);
  (same ?? within.closest<HTMLElement>("[tabindex]"))?.focus();
}

/** The address where it leads to the web, else null: records come from strangers, and `javascript:` is an address. */
export function webAddress(text: string | undefined): string | null {
  if (!text || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
}

/** A link that opens beside the page and tells nobody where the reader comes from; plain text where it leads nowhere. */
export function link(text: string, address: string | undefined): Node {
  const href = webAddress(address);
  if (href === null) return document.createTextNode(text);
  return make("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
}

/** A number as people read it, in whatever language the browser speaks. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}
