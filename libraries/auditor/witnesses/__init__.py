"""Readers: each turns one file into plain data, or says which witness is missing or unreadable. No judgement here."""
