"""RIS under the names of two programs that read it and have no better format that is published.

Reference Manager, which portals in China offer as RefMan, was the program that RIS was made for. NoteFirst takes RIS,
EndNote's and NoteExpress' text; nobody outside has described a format of its own.
"""

from harvester.formats import record_format
from harvester.formats.write_ris import write_ris

__all__ = ["write_ris"]

record_format("notefirst", ".notefirst.ris", description="references for NoteFirst, as RIS, which it takes")(write_ris)
record_format("refman", ".refman.ris", description="references for Reference Manager (RefMan), as RIS")(write_ris)
