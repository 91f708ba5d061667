"""`make acceptance`: the lives of environments in a real account, judged by what AWS reports, and a report of it."""
