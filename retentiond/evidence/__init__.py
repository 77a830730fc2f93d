"""Proofs that stand without us: the log, signatures, certificates, and how anybody checks them."""
