"""Records as databases and reference managers write them, by the reader that reads each; written by hand."""

RIS = {
    "zotero": """TY  - JOUR
TI  - Peer support: a <i>randomised</i> trial
AU  - Silva, Ana B.
AU  - van der Berg, Jan, Jr.
AU  - World Health Organization,
T2  - Journal of Peers
J2  - J Peers
AB  - BACKGROUND: Some ask. RESULTS: Some answer. CONCLUSIONS: Ask again.
DA  - 2020/05/03/
PY  - 2020
DO  - 10.1000/PEER.1
VL  - 12
IS  - 3
SP  - 123
EP  - 130
LA  - en
SN  - 1447-0349
UR  - https://example.org/peer.pdf
KW  - peer support
KW  - recovery
ER  -
""",
    "ovid": """TY  - JOUR
DB  - APA PsycInfo
ID  - 2010-12345-001
AN  - 2010-12345-001
T1  - Recovery colleges
A1  - Fanning E.
A1  - Law CJ
Y1  - 2014//
N2  - A study.
KW  - *athlete
KW  - recovery; hope
JF  - Psychology
JA  - Psych.
VL  - 8
SP  - 9-17
SN  - 2325-9671 (electronic)
M3  - http://dx.doi.org/10.1177/2325967120950040
ER  -
""",
    "scopus": """TY  - JOUR
TI  - Old news
T2  - Journal of the National Medical Association
VL  - 100
IS  - 6
C7  - Art. No. 17
PY  - 2008
AU  - Bryan, C.J.
N1  - Cited By :10
N1  - Export Date: 13 July 2022
UR  - https://www.scopus.com/inward/record.uri?eid=2-s2.0-45549090233&doi=10.1000%2fold
DB  - Scopus
ER  -
""",
    "central": """TY  - JOUR
ID  - CN-01234567
AU  - Silva, A
TI  - A trial
C3  - PUBMED 29456894; EMBASE 620000001
UR  - https://www.cochranelibrary.com/central/doi/10.1002/central/CN-01234567/full
M3  - Journal article; Conference proceeding
ER  -
""",
    "dimensions": """TY  - CHAP
ID  - pub.1147449781
U1  - 35957633 [PMID]
U1  - PMC9359172 [PMCID]
TI  - A chapter
T2  - A book
A2  - Reis, Bo
SN  - 978-0-306-40615-7
PB  - Press
CY  - Lisbon
PY  - 2021
ER  -
""",
    "mendeley": """TY  - JOUR
AU  - Silva, A., Reis, B., van der Berg, C.
TI  - Joined
UR  - http://example.org/a; http://example.org/b
L1  - file:///home/me/a.pdf
ER  -
""",
    "proquest": """Record 1 of 1
TY  - JOUR
T1  - Two lines
of a title
A1  - Silva, Ana
Y1  - 2019///
N1  - Name: x; DOI: 10.1000/hidden; Last updated - 2020
AN  - 2123456789; 31234567
DB  - ProQuest
ER  -
""",
    "no type": """AU  - Zhang, Yanqin
TI  - The long-term impact of bushfires
PY  - 2022
JO  - European Journal
ER  -
""",
}

NBIB = """PMID- 20137807
OWN - NLM
STAT- MEDLINE
LR  - 20220409
IS  - 1447-0349 (Electronic)
VI  - 375
IP  - 9713
DP  - 2010 Feb 6
TI  - [Peer support for
      all].
TT  - Apoio para todos.
PG  - 445-9
LID - 10.1000/peer.2 [doi]
LID - 1042 [pii]
AB  - OBJECTIVE: To ask. METHODS: By asking. RESULTS: Some.
FAU - Silva, Ana B
AU  - Silva AB
AUID- ORCID: 0000-0002-1825-0097
AD  - University of Lisbon.
AD  - Hospital.
FAU - Berg, Jan van den Jr
AU  - van den Berg J Jr
AD  - Hospital.
CN  - Peer Group
LA  - por
GR  - R01 MH12345/MH/NIMH NIH HHS/United States
PT  - Journal Article
PT  - Retracted Publication
DEP - 20091105
PL  - England
TA  - Lancet
JT  - Lancet (London, England)
RIN - Lancet. 2010 Feb 20;375(9715):445. doi: 10.1000/notice. PMID: 20137808
CIN - Lancet. 2010 Mar;1(1):1. PMID: 20137809
MH  - Humans
MH  - Peer Group/*psychology
OT  - peer support
PMC - PMC38908
PHST- 2009/01/02 00:00 [accepted]
AID - S0140-6736(97)11096-0 [pii]
AID - 10.1000/peer.2 [doi]
SO  - Lancet. 2010 Feb 6;375(9713):445-9.

PMID- 20137899
DP  - 2011
TI  - Cut off
AU  - Reis B
AU  - et al.
"""

ERIC = """
OWN - ERIC
TI  - Speaking Tests
AU  - Zhou, Yujia
OT  - Language Tests
JT  - Language Testing in Asia
SO  - v9 n2 p3-7 2019
AID - http://dx.doi.org/10.1186/s40468-019-0086-7
OID - EJ1245375
DP  - 2019
AB  - Background.
ISSN - EISSN-1447-0349
PT  - Journal Articles
PT  - Reports - Research
"""

ENW = """%0 Journal Article
%A Silva, Ana
%A Reis, Bo
%T Peer support
%J Journal of Peers
%D 2014
%V 12
%N 3
%P 94-98
%@ 1447-0349
%G eng
%R 10.1000/enw
%K peer support
recovery
%X First paragraph.

Second paragraph.
%U https://example.org/a
%+ University of Lisbon; Hospital

%0 Book
%A Newman, W. H.
%T Corn
%I Press
%C Lisbon
%D 1891
%P 173 s.
%@ 0-306-40615-2

%T Untyped
%Q World Health Organization
"""

WOS = """\ufeffFN Clarivate Analytics Web of Science
VR 1.0
PT J
AU Silva, AB
   van den Berg, J
AF Silva, Ana B.
   van den Berg, Jan
CA Peer Grp
TI Peer support in
   LISBON (Retracted article. See vol 2, pg 1, 2012)
SO JOURNAL OF PEERS
LA English
DT Article; Proceedings Paper
DE peer support; recovery
ID MENTAL-HEALTH; LIVED
   EXPERIENCE
AB Some text.
C1 [Silva, Ana B.; van den Berg, Jan] Univ Lisbon, Lisbon, Portugal.
   [Silva, Ana B.] Hosp, Lisbon, Portugal.
RP Silva, AB (corresponding author), Univ Lisbon, Lisbon, Portugal.
OI van den Berg, Jan/0000-0002-1825-0097
FU NIH [GM12, GM13]; Council
CR Anthony W., 1993, Psychosocial Rehabilitation Journal, V16, P11, DOI [DOI 10.1037/H0095655,
   10.1037/h0095655]
   [Anonymous], 2013, A national framework
   Bryman A., 2008, Social research methods, V3rd ed.
   Ceh M, 2018, ISPRS INT J GEO-INF, V7, DOI [10.3390/ijgi705168, 10.3390/ijgi7050168]
NR 67
TC 10
Z9 12
PU PRESS
PI LISBON
SN 1447-0349
J9 J PEERS
JI J. Peers
PD MAY 15
PY 2011
VL 32
IS 2
BP 367
EP 379
DI 10.1000/wos
PG 13
WC Psychiatry; Nursing
UT WOS:000286597100004
PM 15170338
OA gold, Green Published
ER

PT J
AU Reis, B
TI Without an end
UT MEDLINE:16842170
PY 2012
EF
"""

BIBTEX = r"""% Encoding: UTF-8
@string(peers = {Peers})
@string{jp = "Journal of " # peers}
@comment{jabref-meta: @article{not, title={an entry}}}

@Article{silva2014,
  author    = {Ana da Silva and {World Health Organization} and Berg, Jr., Jan {van den} and others},
  title     = {{\'E}tudes of {NASA}: 50% of \emph{H$_2$O} \& more},
  journal   = jp,
  year      = 2014, month = aug # "~10",
  volume    = "12", number = {3--4},
  pages     = {123--130},
  doi       = {https://doi.org/10.1000/A\_B},
  keywords  = {peer support, recovery},
  abstract  = {Some "quoted" text.},
  issn      = {1447-0349},
  note      = {cited By 10},
}

@inproceedings{paper, crossref = {proc}, title = {A paper}, author = {family=Reis, given=Bo, prefix=de}, pages = {e17}}
@proceedings{proc, title = {Proceedings of Peers}, editor = {Ed Itor}, year = {2011}, isbn = {0-306-40615-2},
  publisher = {Press}}
@misc{arx, author={Knuth, Donald E.}, title={A preprint}, eprint={1706.03762v5}, archivePrefix={arXiv}, year={2017}}
"""

BROKEN_BIBTEX = """@article{open,
  title = {Never closed { here,
  author = {Silva, Ana},
  year = {2014}

@book{whole, title = {Whole}, year = {2015}}
@article{cut, title = {Cut off}, author = {Reis, Bo}, journal = {Jour
"""

CSL = """[
{"id": "a", "type": "article-journal", "title": "Peer support", "container-title": "Journal of Peers",
 "author": [{"family": "Berg", "given": "Jan", "non-dropping-particle": "van den", "suffix": "Jr."},
            {"literal": "World Health Organization"}],
 "issued": {"date-parts": [["2013", 5, "2"]]}, "DOI": "10.1000/CSL", "ISSN": "1447-0349", "page": "3-9",
 "volume": 12, "issue": "3", "language": "en-GB", "note": "PMID: 31234567", "abstract": "Some."},
{"id": "b", "type": "book", "title": "A book", "ISBN": "978-0-306-40615-7", "issued": {"raw": "June 2015"},
 "editor": [{"family": "Reis", "given": "Bo"}], "collection-title": "A series"}
]"""

ZOTERO = """{"config": {"label": "BetterBibTeX JSON"}, "items": [
{"itemType": "journalArticle", "title": "Peer support", "publicationTitle": "Journal of Peers", "date": "2013-05-02",
 "creators": [{"creatorType": "author", "firstName": "Ana", "lastName": "Silva"},
              {"creatorType": "editor", "name": "World Health Organization"}],
 "DOI": "10.1000/ZOTERO", "pages": "3-9", "extra": "PMID: 31234567\\nCitation Key: silva", "tags": [{"tag": "peers"}]},
{"itemType": "note", "note": "<p>Not a work.</p>"}
]}"""

REFWORKS = """RT Journal Article
SR 1
A1 张三;李四;
AD 北京大学;
T1 同伴支持研究
JF 心理学报
YR 2020
IS 05
VO 29
OP 98
SP 94
K1 同伴支持;康复
AB 摘要
SN 1008-0821
LA 中文;
DO 10.3969/j.issn.1008-0821
DS CNKI
LK https://example.org/cnki

RT Dissertation/Thesis
A1 Silva, Ana
T1 A thesis
YR 2011
PB Lisbon
"""

FIXTURES: dict[str, tuple[str, ...]] = {
    "ris": tuple(RIS.values()),
    "nbib": (NBIB, ERIC),
    "enw": (ENW,),
    "refworks": (REFWORKS,),
    "wos": (WOS,),
    "bibtex": (BIBTEX, BROKEN_BIBTEX),
    "csl-json": (CSL,),
    "zotero-json": (ZOTERO,),
}
"""Files by the name of the reader that recognises them, and no other reader does."""
