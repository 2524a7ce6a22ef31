"""Who calls: a signed token (JWT) says, and nothing that comes with a request is believed against it.

settings     QBANK_AUTH, QBANK_JWT_*, QBANK_JWKS_URL, and what they may be
caller       Caller and Role: what a token says
tokens       Verifier: a token in, a Caller out, or Unauthenticated
keys, jwks   the keys that tokens are checked with: a configured one, or those that an issuer publishes
trust        which of these an application takes
development  a key of one's own, and tokens signed with it
gate         the middleware before every route but the open ones
access       what a route declares: who may call it
"""
