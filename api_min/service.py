"""What the routes share: transactions bound to who calls, banks, cache and metrics of one application."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Request

from api_min.auth.access import CallerOfRequest
from api_min.banks import Banks
from api_min.cat.banks import CatBanks
from api_min.hot import HotState
from api_min.metrics import ApiMetrics
from api_min.transactions import Transactions
from database.forgetting import ForgetKey


@dataclass(frozen=True)
class Service:
    """The state of an application; what must outlive it is in the database. `forget_key` knows the forgotten.

    `tenant_id` is the tenant of requests that name none.
    """

    transactions: Transactions
    banks: Banks
    forget_key: ForgetKey
    tenant_id: uuid.UUID
    hot: HotState
    metrics: ApiMetrics
    cat_banks: CatBanks


def _of(request: Request, caller: CallerOfRequest) -> Service:
    service: Service = request.app.state.service
    return replace(service, transactions=service.transactions.by(caller))


ServiceOfApp = Annotated[Service, Depends(_of)]
