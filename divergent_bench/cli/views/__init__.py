"""What people look at while they wait, or before they pay; on a terminal and through a pipe."""
