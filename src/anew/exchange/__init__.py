"""Models of other programs, in and out: their files in one form (`foreign`), that form in anew's terms and back."""
