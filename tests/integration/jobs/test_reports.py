"""A report goes out by itself: through a worker, and through Microsoft Graph as a mailbox of the tenant."""

import base64
import io
import time
from datetime import UTC, datetime, timedelta

from pypdf import PdfReader

from core.documents.formats import DocumentFormat
from core.jobs.worker import launch
from core.notification.graph_mail import GraphMailer
from core.notification.mailer import Outcome
from core.notification.setup import Post
from core.reporting.mails import Told, read_mails
from core.reporting.plan import Every, Plan
from core.reporting.plans import set_plan
from core.rights import Actor, Role
from core.simulator.faults import FaultKind
from core.store.engine import reading
from tests.support.job_runtime import OneTenant
from tests.support.tenants import Bench

ADMINISTRATOR = Actor(name="Ada", role=Role.ADMINISTRATOR)


def mails(bench: Bench) -> list[Told]:
    with reading(bench.engine) as session:
        return list(read_mails(session, bench.application_id, limit=10))


def test_a_report_that_is_due_arrives_once_although_the_first_try_was_throttled(bench: Bench) -> None:
    sender = bench.simulator.tenant.find("shared_mailbox_exchange").user_principal_name
    post = Post(sender=sender, contact=sender, mailer=GraphMailer(bench.client))
    now = datetime.now(UTC)
    moment = (now - timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    plan = Plan(
        every=Every.WEEKLY,
        day=moment.weekday(),
        hour=moment.hour,
        recipients=("cfo@contoso.example",),
        formats=(DocumentFormat.PDF, DocumentFormat.XLSX),
    )
    set_plan(bench.engine, bench.application_id, plan, actor=ADMINISTRATOR, now=moment - timedelta(days=1))
    bench.simulator.faults.add(
        path="sendMail", method="POST", kind=FaultKind.THROTTLED, times=1, retry_after="1"
    )
    worker = launch(OneTenant(bench.engine, bench.application_id, bench.client, post=post))
    try:
        deadline = time.monotonic() + 40
        while not (told := mails(bench)) or told[0].outcome is not Outcome.SENT:
            assert time.monotonic() < deadline, told
            time.sleep(0.1)
    finally:
        worker.stop()
    [told_mail] = mails(bench)
    assert (told_mail.due_at, told_mail.attempts) == (moment, 2)
    [taken] = bench.simulator.tenant.state.entries("mail")
    assert (taken["from"], taken["to"]) == (sender, ["cfo@contoso.example"])
    pdf, book = taken["attachments"]
    assert [each["name"].rpartition(".")[2] for each in (pdf, book)] == ["pdf", "xlsx"]
    text = PdfReader(io.BytesIO(base64.b64decode(pdf["content_bytes"]))).pages[0].extract_text()
    assert "License spend" in text
