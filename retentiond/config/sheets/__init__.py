"""Schedules as spreadsheets: a whole schedule in CSV or XLSX, out and in again.

A spreadsheet is turned into the same nested dicts, lists and text that a YAML file holds, so that the very same shapes
judge it; only the places in its complaints differ: ``FILE: sheet Classes, row 5, column Retain``, with rows numbered
as the spreadsheet program shows them. NARA's General Records Schedules are known by their headings.

    columns   which columns and rows there are, and what each holds
    cells     one cell: what a program made of it, and what the schedule language calls for
    grid      one sheet: its headings, its rows that hold anything
    csv_file  workbook  parts      bytes to grids
    transcript  classes  schedule_sheet  nara    grids to data with places
    reading   writing              the whole way, both directions
"""
