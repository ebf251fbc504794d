"""The truth table of activity: every combination of sources has one status and one confidence."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.activity.evidence import (
    THRESHOLDS,
    ActivityPolicy,
    ActivitySource,
    ActivityStatus,
    Confidence,
    Evidence,
    Finding,
    Reason,
    Report,
    ReportEvidence,
    SignInEvidence,
    SourceStatus,
    classify,
)
from core.activity.workloads import DATES, Workload, measure_of

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
POLICY = ActivityPolicy(threshold_days=60)
SUITE = frozenset(
    {
        Workload.EXCHANGE,
        Workload.ONEDRIVE,
        Workload.SHAREPOINT,
        Workload.TEAMS,
        Workload.YAMMER,
        Workload.APPS,
    }
)
RECENT = NOW - timedelta(days=3)
OLD = NOW - timedelta(days=100)

ACTIVE = ActivityStatus.ACTIVE
INACTIVE = ActivityStatus.INACTIVE
NEVER = ActivityStatus.NEVER_ACTIVE
UNKNOWN = ActivityStatus.UNKNOWN
HIGH = Confidence.HIGH
PROBABLE = Confidence.PROBABLE
REVIEW = Confidence.REVIEW


def signed_in(
    successful: datetime | None = None,
    *,
    interactive: datetime | None = None,
    non_interactive: datetime | None = None,
    read_at: datetime = NOW - timedelta(hours=2),
    complete: bool = True,
    degraded: bool = False,
) -> SignInEvidence:
    return SignInEvidence(
        successful=successful,
        interactive=interactive,
        non_interactive=non_interactive,
        read_at=read_at,
        complete=complete,
        degraded=degraded,
    )


Reports = dict[Report, ReportEvidence]


def reported(
    used: dict[Workload, date] | None = None, *, without: tuple[Workload, ...] = (), days_old: int = 2
) -> Reports:
    """A row in every report, with these dates in the first report that has the workload's column."""
    left = dict(used or {})
    return {
        report: ReportEvidence(
            status=SourceStatus.AVAILABLE,
            refreshed_on=NOW.date() - timedelta(days=days_old),
            dates={workload: left.pop(workload, None) for workload in columns if workload not in without},
        )
        for report, columns in DATES.items()
    }


def without_row(status: SourceStatus = SourceStatus.AVAILABLE) -> Reports:
    return {report: ReportEvidence(status=status) for report in Report}


def with_status(reports: Reports, status: SourceStatus) -> Reports:
    return {name: replace(report, status=status) for name, report in reports.items()}


def known(
    sign_in: SignInEvidence | None = None,
    reports: Reports | None = None,
    *,
    sign_in_status: SourceStatus = SourceStatus.AVAILABLE,
    created_at: datetime | None = datetime(2022, 3, 4, tzinfo=UTC),
    assigned_at: datetime | None = datetime(2023, 1, 1, tzinfo=UTC),
) -> Evidence:
    return Evidence(
        account_created_at=created_at,
        assigned_at=assigned_at,
        sign_in=sign_in,
        sign_in_status=sign_in_status,
        reports=without_row() if reports is None else reports,
    )


def judge(
    evidence: Evidence, provides: frozenset[Workload] = SUITE, policy: ActivityPolicy = POLICY
) -> Finding:
    return classify(evidence, provides, policy, NOW)


NOTHING = signed_in()
SIGN_INS = {
    "recent": known(signed_in(RECENT)),
    "old": known(signed_in(OLD)),
    "none": known(NOTHING),
    "none, scan cut off": known(signed_in(complete=False)),
    "none, degraded": known(signed_in(degraded=True)),
    "none, stale": known(signed_in(read_at=NOW - timedelta(days=20))),
    "attempts only": known(signed_in(interactive=RECENT)),
    "old, stale": known(signed_in(OLD, read_at=NOW - timedelta(days=20))),
    "missing": known(None, sign_in_status=SourceStatus.MISSING),
    "failed": known(None, sign_in_status=SourceStatus.FAILED),
    "not read": known(None, sign_in_status=SourceStatus.NOT_READ),
}
REPORTS = {
    "recent": reported({Workload.TEAMS: RECENT.date()}),
    "old": reported({Workload.TEAMS: OLD.date()}),
    "empty": reported(),
    "empty, stale": reported(days_old=20),
    "no row": without_row(),
    "concealed": without_row(SourceStatus.CONCEALED),
    "missing": without_row(SourceStatus.MISSING),
    "failed": without_row(SourceStatus.FAILED),
    "not read": without_row(SourceStatus.NOT_READ),
}
A = (ACTIVE, HIGH)
I_HIGH = (INACTIVE, HIGH)
I_PROB = (INACTIVE, PROBABLE)
I_REV = (INACTIVE, REVIEW)
N_HIGH = (NEVER, HIGH)
N_PROB = (NEVER, PROBABLE)
U = (UNKNOWN, REVIEW)
# Columns in the order of REPORTS, rows in the order of SIGN_INS.
TRUTH = {
    #                     recent old     empty   stale   no row  conceal missing failed  not read
    "recent":             [A,    A,      A,      A,      A,      A,      A,      A,      A],
    "old":                [A,    I_HIGH, I_HIGH, I_PROB, I_PROB, I_PROB, I_PROB, I_PROB, I_PROB],
    "none":               [A,    I_HIGH, N_HIGH, U,      U,      N_PROB, N_PROB, U,      U],
    "none, scan cut off": [A,    I_PROB, U,      U,      U,      U,      U,      U,      U],
    "none, degraded":     [A,    I_PROB, U,      U,      U,      U,      U,      U,      U],
    "none, stale":        [A,    I_PROB, U,      U,      U,      U,      U,      U,      U],
    "attempts only":      [A,    I_HIGH, N_HIGH, U,      U,      U,      U,      U,      U],
    "old, stale":         [A,    I_PROB, I_PROB, I_REV,  I_REV,  I_REV,  I_REV,  I_REV,  I_REV],
    "missing":            [A,    I_PROB, U,      U,      U,      U,      U,      U,      U],
    "failed":             [A,    I_PROB, U,      U,      U,      U,      U,      U,      U],
    "not read":           [A,    I_PROB, U,      U,      U,      U,      U,      U,      U],
}  # fmt: skip


@pytest.mark.parametrize("sign_in", SIGN_INS)
@pytest.mark.parametrize("report", REPORTS)
def test_the_truth_table_of_a_suite(sign_in: str, report: str) -> None:
    evidence = replace(SIGN_INS[sign_in], reports=REPORTS[report])
    finding = judge(evidence)
    assert (finding.status, finding.confidence) == TRUTH[sign_in][list(REPORTS).index(report)]
    assert finding.reasons


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_the_threshold_itself_is_still_active(threshold: int) -> None:
    policy = ActivityPolicy(threshold_days=threshold)
    within = known(signed_in(NOW - timedelta(days=threshold)))
    beyond = known(signed_in(NOW - timedelta(days=threshold + 1)))
    assert judge(within, policy=policy).status is ACTIVE
    assert judge(beyond, policy=policy).status is INACTIVE


def test_a_threshold_that_is_not_offered_is_refused() -> None:
    with pytest.raises(ValueError, match="45 days; it must be one of 15, 30, 60, 90, 120"):
        ActivityPolicy(threshold_days=45)


def test_the_latest_of_all_dates_wins_and_names_its_source() -> None:
    used = {Workload.TEAMS: date(2026, 11, 20), Workload.EXCHANGE: date(2026, 11, 21)}
    finding = judge(known(signed_in(datetime(2026, 11, 19, 23, 0, tzinfo=UTC)), reported(used)))
    assert finding.last_activity_at == datetime(2026, 11, 21, tzinfo=UTC)
    assert finding.last_activity_source is ActivitySource.EXCHANGE
    assert finding.reasons == (Reason.LAST_REPORT,)


def test_of_equal_days_the_sign_in_wins_because_it_knows_the_hour() -> None:
    at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    finding = judge(known(signed_in(at), reported({Workload.TEAMS: at.date()})))
    assert (finding.last_activity_at, finding.last_activity_source) == (at, ActivitySource.SIGN_IN)


def test_a_report_date_of_a_workload_that_the_type_lacks_is_no_activity() -> None:
    evidence = known(NOTHING, reported({Workload.TEAMS: RECENT.date()}))
    assert judge(evidence, frozenset({Workload.EXCHANGE})).status is NEVER


BEFORE_SUCCESSES = datetime(2023, 11, 30, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "sign_in", [signed_in(interactive=BEFORE_SUCCESSES), signed_in(non_interactive=BEFORE_SUCCESSES)]
)
def test_an_attempt_from_before_successes_were_recorded_counts(sign_in: SignInEvidence) -> None:
    finding = judge(known(sign_in, reported()))
    assert finding.status is INACTIVE
    assert finding.last_activity_at == BEFORE_SUCCESSES
    assert finding.last_activity_source is ActivitySource.SIGN_IN_ATTEMPT


def test_a_later_attempt_without_a_success_is_no_activity() -> None:
    evidence = known(signed_in(interactive=datetime(2023, 12, 1, tzinfo=UTC)), reported())
    assert judge(evidence).last_activity_at is None


def test_a_hole_in_the_scan_does_not_matter_where_there_is_data() -> None:
    evidence = known(signed_in(OLD, complete=False, degraded=True), reported())
    assert (judge(evidence).status, judge(evidence).confidence) == (INACTIVE, HIGH)


def test_a_missing_column_of_a_provided_workload_is_never_never() -> None:
    finding = judge(known(NOTHING, reported(without=(Workload.EXCHANGE,))))
    assert finding.status is UNKNOWN
    assert Reason.REPORT_WITHOUT_DATE in finding.reasons


@pytest.mark.parametrize(
    ("created_at", "status", "reason"),
    [
        (NOW - timedelta(days=61), NEVER, Reason.NOTHING_REPORTED),
        (NOW - timedelta(days=60), UNKNOWN, Reason.YOUNG_ACCOUNT),
        (None, UNKNOWN, Reason.CREATION_UNKNOWN),
    ],
)
def test_a_user_younger_than_the_threshold_is_never_never_active(
    created_at: datetime | None, status: ActivityStatus, reason: Reason
) -> None:
    finding = judge(known(NOTHING, reported(), created_at=created_at))
    assert finding.status is status
    assert reason in finding.reasons


@pytest.mark.parametrize(
    ("created_at", "status"),
    [(datetime(2020, 5, 2, tzinfo=UTC), NEVER), (datetime(2020, 5, 1, tzinfo=UTC), UNKNOWN)],
)
def test_sign_ins_alone_say_never_only_of_accounts_from_after_may_2020(
    created_at: datetime, status: ActivityStatus
) -> None:
    evidence = known(NOTHING, without_row(SourceStatus.MISSING), created_at=created_at)
    assert judge(evidence).status is status


def test_a_license_assigned_lately_is_left_to_review() -> None:
    evidence = known(NOTHING, reported(), assigned_at=NOW - timedelta(days=29))
    assert (judge(evidence).status, judge(evidence).confidence) == (NEVER, REVIEW)
    assert Reason.ASSIGNED_RECENTLY in judge(evidence).reasons
    older = known(NOTHING, reported(), assigned_at=NOW - timedelta(days=30))
    assert judge(older).confidence is HIGH


def test_evidence_older_than_the_threshold_says_nothing_of_the_present() -> None:
    finding = judge(known(signed_in(NOW - timedelta(days=200), read_at=NOW - timedelta(days=70))))
    assert finding.status is UNKNOWN
    assert Reason.EVIDENCE_TOO_OLD in finding.reasons


@pytest.mark.parametrize("own", [Workload.COPILOT, Workload.VISIO, Workload.PROJECT, Workload.POWERBI])
def test_a_sign_in_proves_no_use_of_a_type_with_a_source_of_its_own(own: Workload) -> None:
    elsewhere = reported({Workload.ONEDRIVE: RECENT.date()})
    for report in (Report.COPILOT_USAGE, Report.ACTIVATIONS):
        elsewhere[report] = ReportEvidence(status=SourceStatus.AVAILABLE)
    finding = judge(known(signed_in(RECENT), elsewhere), frozenset({own, Workload.ONEDRIVE}))
    assert finding.status is UNKNOWN
    assert finding.reasons[0] is Reason.OWN_SOURCE_NEEDED


@pytest.mark.parametrize(
    ("used_on", "expected"),
    [(RECENT.date(), A), (OLD.date(), I_HIGH), (None, N_HIGH)],
)
def test_the_copilot_report_decides_whatever_the_sign_ins_say(
    used_on: date | None, expected: tuple[ActivityStatus, Confidence]
) -> None:
    reports = reported() if used_on is None else reported({Workload.COPILOT: used_on})
    finding = judge(known(signed_in(RECENT), reports), frozenset({Workload.COPILOT}))
    assert (finding.status, finding.confidence) == expected


@pytest.mark.parametrize("own", [Workload.VISIO, Workload.PROJECT])
def test_an_old_activation_is_shown_and_proves_nothing_of_the_time_since(own: Workload) -> None:
    finding = judge(known(signed_in(RECENT), reported({own: OLD.date()})), frozenset({own}))
    assert (finding.status, finding.confidence) == U
    assert finding.last_activity_at == datetime(OLD.year, OLD.month, OLD.day, tzinfo=UTC)
    assert finding.reasons == (Reason.LAST_ACTIVATION, Reason.NOTHING_SINCE)


@pytest.mark.parametrize("own", [Workload.VISIO, Workload.PROJECT])
def test_no_activation_at_all_is_never_more_than_probable(own: Workload) -> None:
    finding = judge(known(signed_in(RECENT), reported()), frozenset({own}))
    assert (finding.status, finding.confidence) == N_PROB
    assert finding.reasons == (Reason.NOTHING_REPORTED, Reason.BROWSER_UNSEEN)


@pytest.mark.parametrize(
    "provides",
    [
        {Workload.VISIO_WEB},
        {Workload.PROJECT_WEB, Workload.SHAREPOINT},
        {Workload.VISIO_WEB, Workload.PROJECT},
        {Workload.POWERBI, Workload.COPILOT},
    ],
)
def test_what_no_report_speaks_of_is_never_called_never_active(provides: set[Workload]) -> None:
    finding = judge(known(NOTHING, reported()), frozenset(provides))
    assert (finding.status, finding.reasons) == (UNKNOWN, (Reason.OWN_SOURCE_NEEDED, Reason.UNREPORTED))


def test_the_web_variant_beside_its_client_leaves_never_active_probable() -> None:
    finding = judge(known(NOTHING, reported()), frozenset({Workload.VISIO, Workload.VISIO_WEB}))
    assert (finding.status, finding.confidence) == N_PROB


def test_of_two_reports_on_mail_the_later_date_counts() -> None:
    reports = reported({Workload.EXCHANGE: OLD.date()})
    mailbox = replace(reports[Report.MAILBOX_USAGE], dates={Workload.EXCHANGE: RECENT.date()})
    finding = judge(known(NOTHING, reports | {Report.MAILBOX_USAGE: mailbox}))
    assert (finding.status, finding.reasons) == (ACTIVE, (Reason.LAST_MAILBOX_USAGE,))
    assert finding.last_activity_source is ActivitySource.EXCHANGE


def test_an_activation_is_use_of_the_apps_on_its_day() -> None:
    reports = reported()
    activated = replace(reports[Report.ACTIVATIONS], dates={Workload.APPS: RECENT.date()})
    finding = judge(known(NOTHING, reports | {Report.ACTIVATIONS: activated}), frozenset({Workload.APPS}))
    assert (finding.status, finding.reasons) == (ACTIVE, (Reason.LAST_ACTIVATION,))


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (Report.ACTIVE_USERS, Reason.REPORT_FAILED),
        (Report.APP_USAGE, Reason.APP_USAGE_FAILED),
        (Report.MAILBOX_USAGE, Reason.MAILBOX_USAGE_FAILED),
    ],
)
def test_each_report_that_concerns_a_suite_is_needed_for_never(report: Report, reason: Reason) -> None:
    failed = ReportEvidence(status=SourceStatus.FAILED)
    finding = judge(known(NOTHING, reported() | {report: failed}))
    assert (finding.status, finding.reasons) == (UNKNOWN, (reason,))


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (SourceStatus.AVAILABLE, Reason.REPORTS_WITHOUT_ROW),
        (SourceStatus.FAILED, Reason.REPORTS_FAILED),
        (SourceStatus.NOT_READ, Reason.REPORTS_NOT_READ),
    ],
)
def test_what_all_reports_lack_is_said_once(status: SourceStatus, reason: Reason) -> None:
    assert judge(known(NOTHING, without_row(status))).reasons == (reason,)


@pytest.mark.parametrize("report", [Report.COPILOT_USAGE, Report.ACTIVATIONS])
def test_a_report_that_does_not_concern_the_type_is_not_missed(report: Report) -> None:
    missing = ReportEvidence(status=SourceStatus.MISSING)
    assert judge(known(NOTHING, reported() | {report: missing})).confidence is HIGH


def test_a_single_report_that_is_not_to_be_had_leaves_it_unknown() -> None:
    finding = judge(
        known(NOTHING, reported() | {Report.APP_USAGE: ReportEvidence(status=SourceStatus.MISSING)})
    )
    assert (finding.status, finding.reasons) == (UNKNOWN, (Reason.APP_USAGE_MISSING,))


@pytest.mark.parametrize(
    ("sign_in", "expected"),
    [(signed_in(RECENT), A), (signed_in(OLD), I_PROB), (NOTHING, N_PROB), (signed_in(degraded=True), U)],
)
def test_a_type_without_workloads_is_judged_by_sign_ins_and_an_absence_is_never_high(
    sign_in: SignInEvidence, expected: tuple[ActivityStatus, Confidence]
) -> None:
    finding = judge(known(sign_in, reported()), frozenset())
    assert (finding.status, finding.confidence) == expected


@pytest.mark.parametrize(
    ("days_after_use", "expected"),
    [(-1, (INACTIVE, HIGH)), (0, (INACTIVE, HIGH)), (1, (UNKNOWN, REVIEW)), (60, (UNKNOWN, REVIEW))],
)
def test_use_from_before_the_account_was_created_may_be_that_of_an_earlier_account(
    days_after_use: int, expected: tuple[ActivityStatus, Confidence]
) -> None:
    created_at = OLD + timedelta(days=days_after_use)
    finding = judge(known(NOTHING, reported({Workload.TEAMS: OLD.date()}), created_at=created_at))
    assert (finding.status, finding.confidence) == expected
    assert (Reason.BEFORE_ACCOUNT in finding.reasons) is (expected[0] is UNKNOWN)


def test_sources_that_disagree_leave_it_unknown() -> None:
    finding = judge(known(NOTHING, reported({Workload.TEAMS: RECENT.date()})), frozenset())
    assert finding.status is UNKNOWN
    assert Reason.ACTIVE_ELSEWHERE in finding.reasons


def test_a_concealed_row_is_not_joined_to_anybody() -> None:
    concealed = with_status(reported({Workload.TEAMS: RECENT.date()}), SourceStatus.CONCEALED)
    evidence = known(signed_in(OLD), concealed)
    assert judge(evidence).status is INACTIVE


moments = st.none() | st.datetimes(
    min_value=datetime(2021, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime(2026, 11, 23),  # noqa: DTZ001 - hypothesis wants naive bounds
    timezones=st.just(UTC),
)
days = st.none() | st.dates(min_value=date(2021, 1, 1), max_value=date(2026, 11, 23))
sign_ins = st.builds(
    SignInEvidence,
    successful=moments,
    interactive=moments,
    non_interactive=moments,
    read_at=st.sampled_from([NOW, NOW - timedelta(days=20), NOW - timedelta(days=200)]),
    complete=st.booleans(),
    degraded=st.booleans(),
)
report_entries = st.builds(
    ReportEvidence,
    status=st.sampled_from(list(SourceStatus)),
    refreshed_on=st.sampled_from(
        [
            None,
            NOW.date() - timedelta(days=2),
            NOW.date() - timedelta(days=20),
            NOW.date() - timedelta(days=90),
        ]
    ),
    dates=st.dictionaries(st.sampled_from(list(Workload)), days),
)
reports = st.dictionaries(st.sampled_from(list(Report)), report_entries)
evidences = st.builds(
    Evidence,
    account_created_at=moments,
    assigned_at=moments,
    sign_in=st.none() | sign_ins,
    sign_in_status=st.sampled_from(list(SourceStatus)),
    reports=reports,
)
types = st.frozensets(st.sampled_from(list(Workload)))


@given(evidences, types, st.sampled_from(THRESHOLDS), sign_ins, reports)
def test_adding_evidence_never_turns_active_into_anything_else(
    evidence: Evidence, provides: frozenset[Workload], threshold: int, sign_in: SignInEvidence, added: Reports
) -> None:
    policy = ActivityPolicy(threshold_days=threshold)
    if judge(evidence, provides, policy).status is not ACTIVE:
        return
    if evidence.sign_in is None:
        evidence = replace(evidence, sign_in=sign_in, sign_in_status=SourceStatus.AVAILABLE)
    merged = dict(evidence.reports)
    for name, new in added.items():
        old = merged.get(name)
        if old is None or not old.has_row:
            merged[name] = new
        else:
            more = {workload: on for workload, on in new.dates.items() if workload not in old.dates}
            merged[name] = replace(old, dates={**old.dates, **more})
    assert judge(replace(evidence, reports=merged), provides, policy).status is ACTIVE


SURE = {REVIEW: 0, PROBABLE: 1, HIGH: 2}
BROKEN = (SourceStatus.FAILED, SourceStatus.STALE, SourceStatus.NOT_READ, SourceStatus.DEGRADED)


@given(evidences, types, st.sampled_from(BROKEN), st.sampled_from([None, *Report]))
def test_a_source_that_breaks_never_yields_never_nor_makes_a_finding_surer(
    evidence: Evidence, provides: frozenset[Workload], broken: SourceStatus, source: Report | None
) -> None:
    """What was read of it before stays known, as in the database."""
    before = judge(evidence, provides)
    stands = (
        evidence.sign_in_status if source is None else getattr(evidence.reports.get(source), "status", None)
    )
    if broken is SourceStatus.DEGRADED and stands is not SourceStatus.AVAILABLE:
        return  # it would be read again
    if source is None:
        after = judge(replace(evidence, sign_in_status=broken), provides)
    else:
        report = evidence.reports.get(source)
        if report is None or report.status is SourceStatus.CONCEALED:
            return  # what was concealed becomes known by another status
        changed = {**evidence.reports, source: replace(report, status=broken)}
        after = judge(replace(evidence, reports=changed), provides)
    assert after.status is not NEVER or before.status is NEVER
    assert SURE[after.confidence] <= SURE[before.confidence]


@given(evidences, types, st.sampled_from([None, *Report]))
def test_evidence_that_vanishes_never_yields_never(
    evidence: Evidence, provides: frozenset[Workload], source: Report | None
) -> None:
    """No type's own report and no sign-in can be lost on the way to "never"."""
    if judge(evidence, provides).status is NEVER:
        return
    if source is None:
        after = judge(replace(evidence, sign_in=None), provides)
    else:
        if source not in {report for report, _ in measure_of(provides).reports}:
            return  # it may have been what disagreed with the sign-ins
        gone = {**evidence.reports, source: ReportEvidence(status=SourceStatus.FAILED)}
        after = judge(replace(evidence, reports=gone), provides)
    assert after.status is not NEVER


@given(evidences, types, st.sampled_from(THRESHOLDS), st.integers(min_value=0, max_value=120))
def test_whoever_is_younger_than_the_threshold_is_never_called_never_active(
    evidence: Evidence, provides: frozenset[Workload], threshold: int, age: int
) -> None:
    evidence = replace(evidence, account_created_at=NOW - timedelta(days=min(age, threshold)))
    assert judge(evidence, provides, ActivityPolicy(threshold_days=threshold)).status is not NEVER


@given(evidences, types)
def test_never_active_always_rests_on_evidence_that_was_read(
    evidence: Evidence, provides: frozenset[Workload]
) -> None:
    if judge(evidence, provides).status is not NEVER:
        return
    nothing_read = replace(evidence, sign_in=None, sign_in_status=SourceStatus.NOT_READ, reports={})
    assert judge(nothing_read, provides).status is UNKNOWN
    for status in (SourceStatus.FAILED, SourceStatus.STALE, SourceStatus.NOT_READ):
        failed = replace(evidence, sign_in_status=status, reports=with_status(dict(evidence.reports), status))
        assert judge(failed, provides).status is UNKNOWN


@given(evidences, types)
def test_no_activity_of_any_date_is_ever_called_never(
    evidence: Evidence, provides: frozenset[Workload]
) -> None:
    finding = judge(evidence, provides)
    assert (finding.status in {ACTIVE, INACTIVE}) <= (finding.last_activity_at is not None)
    assert (finding.status is NEVER) <= (finding.last_activity_at is None)


@given(evidences)
def test_a_type_of_which_nothing_is_known_never_gets_high_confidence_for_an_absence(
    evidence: Evidence,
) -> None:
    finding = judge(evidence, frozenset())
    assert finding.status is ACTIVE or finding.confidence is not HIGH
