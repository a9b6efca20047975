"""What every layer uses: errors, files, names, requests, answers, records, providers by name."""
