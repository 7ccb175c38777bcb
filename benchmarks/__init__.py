"""What is measured, and against what; figures and commands are in README.md here."""
