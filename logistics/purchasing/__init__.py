"""What was ordered from suppliers: orders, receipts against them, what is overdue, closing short."""
