"""What a release is made of: the function's zip, its checksums and its bill of materials."""
