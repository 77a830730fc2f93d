"""The path of one record, a file a step: scan, gather, review, dispose, verify, certify."""
