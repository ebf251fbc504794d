"""What is known of a license type besides its purchases: renewals as Microsoft says them, service plans."""

from collections.abc import Sequence
from typing import Final

import streamlit as st
from sqlmodel import select

from core.activity.evidence import SourceStatus
from core.integration.catalog import read_names
from core.integration.sources import SourceName, read_sources
from core.spend.formatting import format_count
from core.spend.purchases import PurchaseDetails
from core.spend.subscribed import Subscribed, contradicted, read_subscriptions
from core.store.engine import reading
from core.store.tables import ServicePlan
from core.ui import words
from core.ui.context import ApplicationContext, now, runtime

_MOST_RENEWALS: Final = 4


def subscriptions_of(application: ApplicationContext) -> dict[str, list[Subscribed]]:
    """What Microsoft says of the subscriptions, by SKU id."""
    with reading(runtime().engine) as session:
        return read_subscriptions(session, application.id)


def renewal_lines(
    application: ApplicationContext, subscriptions: Sequence[Subscribed], purchases: Sequence[PurchaseDetails]
) -> None:
    """When the subscriptions of a type come up, and which purchases say otherwise; else why nobody knows."""
    today = now().date()
    if not subscriptions:
        _say_why_not(application)
    dated = [each for each in subscriptions if each.comes_up_on is not None or each.trial]
    for each in dated[:_MOST_RENEWALS]:
        age = words.data_age(each.read_at.date(), today)
        st.caption(f":material/event_repeat: {words.plain(each.line)} · from Microsoft, {age}")
    if len(dated) > _MOST_RENEWALS:
        st.caption(f"and {format_count(len(dated) - _MOST_RENEWALS, 'more subscription')}")
    for purchase in contradicted(purchases, subscriptions, today):
        st.warning(
            words.plain(
                f"{purchase.terms.identifier} ends on {purchase.terms.ends_on} here, a day on which "
                "Microsoft renews no subscription of this type. Correct the purchase, or ask who sold it."
            ),
            icon=":material/event_busy:",
        )


def _say_why_not(application: ApplicationContext) -> None:
    with reading(runtime().engine) as session:
        source = read_sources(session, application.id).get(SourceName.SUBSCRIPTIONS)
    if source is not None and source.status != SourceStatus.AVAILABLE:
        st.caption(f"Microsoft's renewal dates are not known. {words.plain(source.detail)}")


def plans_expander(application: ApplicationContext, sku_id: str) -> None:
    """The service plans that a type includes, by their friendly names."""
    with reading(runtime().engine) as session:
        names = read_names(session)
        plans = session.exec(
            select(ServicePlan).where(
                ServicePlan.application_id == application.id, ServicePlan.sku_id == sku_id
            )
        ).all()
    if plans:
        found = sorted({names.plan_name(each.service_plan_id, each.name) for each in plans}, key=str.casefold)
        with st.expander(format_count(len(found), "service plan")):
            st.text("\n".join(found))
