"""What stands between the pages and whoever means harm: headers, tokens of forms, limits, files sent, cookies."""
