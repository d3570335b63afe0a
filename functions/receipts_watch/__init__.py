"""Finds uploads whose receipt stays incomplete."""
