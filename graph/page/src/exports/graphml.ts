/** Works and citations as GraphML, as `graph/export/xml.py` writes them: what Gephi, igraph and networkx read alike. */

import type { Literature } from "../literature.ts";
import { legal, nine } from "./text.ts";
import { familyName, sources, type Work } from "./work.ts";

type Kind = "string" | "int" | "double" | "boolean";

/** The diameters of the smallest and the largest work, in the unit of the layout. */
const SIZES = [4, 40] as const;

// A carriage return is read back as a line feed unless it is a reference (w3.org/TR/xml, 2.11), and some readers treat
// U+0085 and U+2028 likewise; in an attribute, tabs and line feeds become spaces (3.3.3).
const IN_TEXT = /[&<>\r\x85\u2028]/g;
const IN_ATTRIBUTE = /[&<>"\t\n\r\x85\u2028]/g;
const NAMED: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

interface Attribute {
  name: string;
  kind: Kind;
  text(work: Work): string | null;
}

/** The file: nodes are works by their key, edges lead from the citing work to the cited one. */
export function graphml(literature: Literature, works: readonly Work[]): string {
  const ordered = [...works].sort((one, other) => one.row - other.row);
  const attributes = attributesOf(literature);
  const keys = attributes.map(({ name, kind }) => declared(name, name, "node", kind));
  // Works have sources too, and the ids of one document must differ (graphml-structure.xsd).
  const ends = [
    declared("edge_sources", "sources", "edge", "string"),
    declared("n_sources", "n_sources", "edge", "int"),
    declared("lag", "lag", "edge", "int"),
  ];
  const nodes = ordered.map((work) => {
    const data = attributes.map(({ name, text }) => datum(name, text(work)));
    return `<node id="${inAttribute(work.key)}">${data.join("")}</node>\n`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n',
    ...keys,
    ...ends,
    '<graph edgedefault="directed">\n',
    ...nodes,
    ...edges(literature, ordered),
    "</graph>\n</graphml>\n",
  ].join("");
}

function attributesOf(literature: Literature): Attribute[] {
  const { columns } = literature;
  const most = columns.cited_here.reduce((largest, each) => Math.max(largest, each), 1);
  const size = (row: number) => SIZES[0] + (SIZES[1] - SIZES[0]) * Math.sqrt((columns.cited_here[row] ?? 0) / most);
  const shade = (row: number, place: number) =>
    String(Number.parseInt(literature.colourOf(row).slice(1 + 2 * place, 3 + 2 * place), 16));
  const place = (axis: readonly number[], row: number) => nine((axis[row] ?? 0) * columns.unit);
  const whole = (value: number | null | undefined) => (value === null || value === undefined ? null : String(value));
  const all: Attribute[] = [
    // First, because Gephi has taken a later one for a colour (gephi issues 1719 and 1840).
    { name: "label", kind: "string", text: ({ row }) => literature.labelOf(row) },
    { name: "r", kind: "int", text: ({ row }) => shade(row, 0) },
    { name: "g", kind: "int", text: ({ row }) => shade(row, 1) },
    { name: "b", kind: "int", text: ({ row }) => shade(row, 2) },
    { name: "x", kind: "double", text: ({ row }) => place(columns.network.x, row) },
    { name: "y", kind: "double", text: ({ row }) => place(columns.network.y, row) },
    { name: "size", kind: "double", text: ({ row }) => nine(size(row)) },
    { name: "title", kind: "string", text: ({ title }) => title },
    { name: "year", kind: "int", text: ({ year }) => whole(year) },
    { name: "doi", kind: "string", text: ({ detail }) => detail.doi ?? null },
    { name: "openalex", kind: "string", text: ({ detail }) => detail.openalex ?? null },
    { name: "type", kind: "string", text: ({ type }) => type },
    { name: "venue", kind: "string", text: ({ venue }) => venue },
    {
      name: "first_author",
      kind: "string",
      text: ({ detail: { authors: [first] = [] } }) => (first ? familyName(first) : null),
    },
    { name: "cited_by_count", kind: "int", text: ({ citedAnywhere }) => whole(citedAnywhere) },
    { name: "sources", kind: "string", text: (work) => sources(work).join("; ") || null },
    { name: "is_retracted", kind: "boolean", text: ({ isRetracted }) => String(isRetracted === true) },
    {
      name: "is_open_access",
      kind: "boolean",
      text: ({ isOpenAccess }) => (isOpenAccess === null ? null : String(isOpenAccess)),
    },
    { name: "only_cited", kind: "boolean", text: ({ row }) => String(literature.isOnlyCited(row)) },
    { name: "community", kind: "int", text: ({ row }) => numbered(columns.communities[row]) },
    {
      name: "community_label",
      kind: "string",
      text: ({ row }) => columns.community_names[columns.communities[row] ?? -1] ?? null,
    },
  ];
  if (!columns.community_names.length) all.pop();
  if (columns.rounds === null) return all;
  return [
    ...all,
    { name: "seed", kind: "boolean", text: ({ search }) => String(search?.isSeed === true) },
    { name: "round", kind: "int", text: ({ search }) => whole(search?.round) },
    { name: "directions", kind: "string", text: ({ search }) => search?.directions.join("; ") || null },
    { name: "linked_seeds", kind: "int", text: ({ search }) => (search ? String(search.seeds.length) : null) },
    { name: "rank", kind: "int", text: ({ search }) => whole(search?.rank) },
    {
      name: "score",
      kind: "double",
      text: ({ search }) => (typeof search?.score === "number" ? nine(search.score) : null),
    },
  ];
}

function* edges(literature: Literature, ordered: readonly Work[]): Generator<string> {
  const { columns } = literature;
  const here = new Map(ordered.map((work) => [work.row, work]));
  for (const citing of ordered) {
    for (const { row, edge } of literature.references(citing.row)) {
      const cited = here.get(row);
      if (!cited) continue;
      const knowing = (columns.knowing.of[edge] ?? []).map((number) => columns.knowing.names[number] ?? "");
      // The years from the cited work to the citing one.
      const lag = citing.year === null || cited.year === null ? null : String(citing.year - cited.year);
      const data = [
        datum("edge_sources", knowing.join("; ")),
        datum("n_sources", String(knowing.length)),
        datum("lag", lag),
      ];
      yield `<edge source="${inAttribute(citing.key)}" target="${inAttribute(cited.key)}">${data.join("")}</edge>\n`;
    }
  }
}

function numbered(community: number | undefined): string | null {
  return community === undefined || community < 0 ? null : String(community);
}

function declared(id: string, name: string, element: "node" | "edge", kind: Kind): string {
  return `<key id="${id}" for="${element}" attr.name="${name}" attr.type="${kind}"/>\n`;
}

function datum(key: string, text: string | null): string {
  const shown = legal(text);
  return shown === null ? "" : `<data key="${key}">${shown.replace(IN_TEXT, referred)}</data>`;
}

function inAttribute(text: string): string {
  return (legal(text) ?? "").replace(IN_ATTRIBUTE, referred);
}

function referred(sign: string): string {
  return NAMED[sign] ?? `&#${sign.charCodeAt(0)};`;
}
