/** The table of the works as the first of the panels. */

import type { Panel } from "../panels.ts";
import type { Table } from "../table.ts";

/** The table, which is shown in its order by whoever sorts it. */
export function worksPanel(table: Table): Panel {
  return {
    name: "works",
    title: "Works",
    explained: "The works that the filters let through, as a table",
    element: table.element,
    get order() {
      return table.order;
    },
    show() {},
    select: (row) => table.select(row),
    refresh: () => table.refresh(),
  };
}
