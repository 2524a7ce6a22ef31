"""The API under a real load over HTTP, beside the same without what makes it adaptive."""
