"""What the graph says about time: years, spectra of references, bursts, late recognition, ages.

A year is a number from 1 to 9999. Anything else, and no number at all, is no year: it is left out, and every
result says how many were. Nothing here looks at a clock, so a year that is still to come counts like any other,
and the same graph gives the same answer next year. A citation may be older than what it cites (a preprint, a
date of printing, a mistake): each function says what it makes of that.
"""

from graph.timeline.ages import HalfLives, MedianAge, half_lives
from graph.timeline.beauty import Beauties, sleeping_beauties
from graph.timeline.kleinberg import Burst, Bursts, bursts, citation_bursts, title_bursts
from graph.timeline.spectrum import Peak, Spectrum, rpys
from graph.timeline.terms import title_terms
from graph.timeline.years import PerYear, citation_history, citations_per_year, works_per_year

__all__ = [
    "Beauties",
    "Burst",
    "Bursts",
    "HalfLives",
    "MedianAge",
    "Peak",
    "PerYear",
    "Spectrum",
    "bursts",
    "citation_bursts",
    "citation_history",
    "citations_per_year",
    "half_lives",
    "rpys",
    "sleeping_beauties",
    "title_bursts",
    "title_terms",
    "works_per_year",
]
