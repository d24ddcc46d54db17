"""The literature as one page for a browser: a map, a table and filters that share what is selected.

`page` makes the whole of it as text: a file that opens from disk, asks no network for anything and may be mailed to a
colleague; `served` makes it in pieces for a server, which also takes decisions back. Its script and style are bundled
when the package is built (`bundling`); what they show is written here: `columns` has what the map and the table need
at once, `details` the records, compressed, and `document` puts them into one document under a Content-Security-Policy.

The map moves by sigma.js 3 on graphology (both MIT), on which Gephi Lite stands too. What else was looked at:
cosmos.gl draws more points (it computes its layout on the GPU, which a seeded picture has no use for) and brings
luma.gl and eight parts of d3; force-graph draws on a plain canvas, edge by edge, and computes its own layout; deck.gl
is made for maps of the earth, whose layers and loaders it brings; regl, and pixi, would leave camera and touch to be
written as well. sigma takes places as they are, has camera, mouse and touch, and lets others draw on its canvas. That
is all the page has of it, for sigma keeps an object for each node and edge, sets all of them up at each change and
reads pixels back to know what is pointed at: 50,000 works and 300,000 citations took 26 seconds without a graphics
card. Two small WebGL programs of our own draw them from arrays, and what is pointed at is looked up there. Labels are
placed by the page too: none is over another.
"""

from graph.page.document import NotBundled, Served, page, served
from graph.page.literature import Literature, reduced

__all__ = ["Literature", "NotBundled", "Served", "page", "reduced", "served"]
