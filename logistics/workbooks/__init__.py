"""Spreadsheets in and out: read a file, check its rows by a declared schema, hand back what is wrong, export.

sheet = read_sheet(content, filename, titles=ReceiptSheet.all_titles())
checked = check(sheet, ReceiptSheet)
checked.raise_errors()              # RowErrors: every finding of every row
for row in checked.rows: ...        # row.number, row.values["quantity"]
"""
