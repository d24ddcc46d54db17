"""Scholarly records from open citation indexes, merged with a source for every field, as a citation graph."""
