/** A small literature for the tests: five works, of which the last three cite the first two. */

import { type Columns, Literature } from "../src/literature.ts";

export function works(change: Partial<Columns> = {}): Literature {
  return new Literature({
    keys: ["doi:10.1/a", "doi:10.1/b", "doi:10.1/c", "doi:10.1/d", "openalex:W5"],
    labels: ["Slade 2009", "Ng 2011", "Öz 2015", "Roe 2015", null],
    titles: ["Recovery", "Peer support", "Évaluation of recovery", "A trial", null],
    authors: ["Slade", "Ng", "Öz", "Roe, Ng", null],
    years: [2009, 2011, 2015, 2015, null],
    venues: { names: ["Lancet"], of: [0, null, 0, null, null] },
    types: { names: ["article", "book"], of: [0, 1, 0, 0, null] },
    sources: { names: ["crossref", "openalex"], of: [[0], [0, 1], [1], [1], []] },
    cited_here: [3, 2, 0, 1, 0],
    cited_anywhere: [900, null, 4, 7, null],
    open_access: [true, false, null, true, null],
    seeds: [0],
    retracted: [3],
    only_cited: [4],
    rounds: null,
    ranks: null,
    largest_parts: null,
    communities: [0, 0, 1, 1, -1],
    community_names: ["recovery", "trials"],
    palette: ["#111111", "#222222"],
    grey: "#999999",
    network: { x: [0, 1, 2, 3, 4], y: [0, 1, 0, 1, 0] },
    unit: 0.5,
    timeline: { x: [0, 1, 2, 3, 4], y: [0, 1, 0, 1, 0] },
    starts: [0, 0, 1, 3, 5, 6],
    cited: [0, 0, 1, 1, 0, 3],
    knowing: { names: ["crossref", "openalex"], of: [[0], [0, 1], [1], [1], [0], [0]] },
    main_path: [1, 3],
    decisions: [],
    left_out: 0,
    ...change,
  });
}
