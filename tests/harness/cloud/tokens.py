"""Who may use the HTTP API: a user pool of Amazon Cognito, a user in it, and a token that says so."""

from __future__ import annotations

from functools import cached_property

from ..emulator import REGION
from .process import Ministack

USER = "ada"
PASSWORD = "Never-used-0utside!"
HOURS = 24


class Tokens:
    """A pool made for this purpose; `parameters` tells the template of it."""

    def __init__(self, ministack: Ministack) -> None:
        self._cognito = ministack.client("cognito-idp")
        self._pool = self._cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
        application = self._cognito.create_user_pool_client(
            UserPoolId=self._pool,
            ClientName="page",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            IdTokenValidity=HOURS,
            TokenValidityUnits={"IdToken": "hours"},
        )
        self._client: str = application["UserPoolClient"]["ClientId"]
        self._cognito.admin_create_user(UserPoolId=self._pool, Username=USER, MessageAction="SUPPRESS")
        self._cognito.admin_set_user_password(UserPoolId=self._pool, Username=USER, Password=PASSWORD, Permanent=True)

    @property
    def parameters(self) -> dict[str, str]:
        """Whose tokens the HTTP API is to admit."""
        issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{self._pool}"
        return {"JwtIssuer": issuer, "JwtAudience": self._client}

    @cached_property
    def token(self) -> str:
        """A token of the user's, good for a day."""
        given = self._cognito.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=self._client,
            AuthParameters={"USERNAME": USER, "PASSWORD": PASSWORD},
        )
        return str(given["AuthenticationResult"]["IdToken"])
