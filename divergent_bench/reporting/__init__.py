"""From tables to what people read: figures and the report."""
