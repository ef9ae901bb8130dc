"""Inherited DPYD and UGT1A1: from what a file says at each listed position to diplotypes, scores and statements. Reads no files."""
