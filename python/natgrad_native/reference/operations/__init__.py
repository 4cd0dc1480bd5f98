"""The public operations of a family, one file for each part of the table."""
