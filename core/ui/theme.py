"""Colors and looks, in one place. A color means one thing everywhere; a word or sign always goes with it.

The palette is Okabe and Ito's: it can be told apart by color-blind people, on light and on dark.
"""

from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from core.activity.evidence import ActivityStatus
from core.store.tables import TaskStatus

ACTIVE: Final = "#009E73"
INACTIVE: Final = "#E69F00"
NEVER_ACTIVE: Final = "#D55E00"
UNKNOWN: Final = "#999999"
UNASSIGNED: Final = "#56B4E9"
ACCENT: Final = "#0072B2"
NOTICE: Final = "#CC79A7"
ERROR: Final = "#C62828"
"""For errors only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How something is shown: its word, the sign before it, and the color that goes with both."""

    word: str
    sign: str
    color: str

    @property
    def label(self) -> str:
        """Sign and word."""
        return f"{self.sign} {self.word}"


STATUS_LOOKS: Final = {
    ActivityStatus.ACTIVE: Look(word="Active", sign="●", color=ACTIVE),
    ActivityStatus.INACTIVE: Look(word="Inactive", sign="◐", color=INACTIVE),
    ActivityStatus.NEVER_ACTIVE: Look(word="Never active", sign="○", color=NEVER_ACTIVE),
    ActivityStatus.UNKNOWN: Look(word="Unknown", sign="?", color=UNKNOWN),
    ActivityStatus.FAILED: Look(word="Assignment failed", sign="✕", color=ERROR),
}
UNASSIGNED_LOOK: Final = Look(word="Unassigned", sign="◇", color=UNASSIGNED)
COMPANY_LOOK: Final = Look(word="For the company", sign="□", color=ACCENT)
PURCHASED_LOOK: Final = Look(word="Purchased", sign="■", color=ACCENT)
"""Of seats of which nobody knows yet what they are doing."""
NOTICE_AHEAD_LOOK: Final = Look(word="Notice can be given", sign="■", color=ACCENT)
BOUND_LOOK: Final = Look(word="Bound until the end", sign="▒", color=UNKNOWN)
NOTICE_LOOK: Final = Look(word="Last day to give notice", sign="◆", color=NOTICE)

TASK_LOOKS: Final = {
    TaskStatus.QUEUED: Look(word="Queued", sign="…", color=UNKNOWN),
    TaskStatus.RUNNING: Look(word="Running", sign="▶", color=UNASSIGNED),
    TaskStatus.SUCCEEDED: Look(word="Succeeded", sign="✓", color=ACTIVE),
    TaskStatus.PARTIAL: Look(word="Partial", sign="!", color=INACTIVE),
    TaskStatus.FAILED: Look(word="Failed", sign="✕", color=ERROR),
    TaskStatus.CANCELLED: Look(word="Cancelled", sign="–", color=UNKNOWN),
}

CHART_TEXT: Final = {"light": "#3B414C", "dark": "#D5D8DD"}
"""Of the labels along an axis; Streamlit's own gray is too faint on white."""

TEMPLATE: Final = go.layout.Template(
    layout={
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "bargap": 0.32,
        "hoverlabel": {"align": "left"},
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "traceorder": "normal",
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "xaxis": {"automargin": True, "fixedrange": True, "zeroline": False, "ticks": ""},
        "yaxis": {"automargin": True, "fixedrange": True, "zeroline": False, "ticks": ""},
        "dragmode": False,
        "clickmode": "event+select",
    }
)
"""The one Plotly template. Colors of text and grid are Streamlit's, which knows light from dark."""

TINT: Final = "33"
"""Alpha, in hexadecimal, of a color behind text: a fifth, so that the text keeps its contrast."""

STYLE: Final = """
<style>
  .stMainBlockContainer { padding: 2.25rem 2.5rem 3rem; max-width: 1760px; }
  [data-testid="stSidebarHeader"] { height: 2.5rem; min-height: 2.5rem; margin-bottom: 0; }
  [data-testid="stMetric"] { padding: 0; }
  [data-testid="stMetricValue"] { font-size: 1.6rem; font-variant-numeric: tabular-nums; }
  [data-testid="stCaptionContainer"] p { font-variant-numeric: tabular-nums; }
  .stMain h1 { font-size: 1.55rem; padding: 0 0 0.1rem; }
  .stMain h2 { font-size: 1.15rem; padding: 0.35rem 0 0; }
  .stMain h3 { font-size: 1.05rem; padding: 0.3rem 0 0.6rem; }
  [class*="st-key-section-"] h3 { padding: 0.3rem 0; }
  [class*="st-key-unseen-"] { padding: 0.55rem 0; border-top: 1px solid #8a94a333; }
  :first-child > [class*="st-key-unseen-"] { border-top: none; }
  [data-testid="stLayoutWrapper"]:has(> .st-key-beside-the-table) { position: sticky; top: 1.5rem; }
  [class*="st-key-step-"] {
    position: relative; padding: 0 0 0.9rem 1.1rem; border-left: 2px solid #8a94a355;
  }
  :last-child > [class*="st-key-step-"] { border-left-color: transparent; padding-bottom: 0; }
  [class*="st-key-step-"]::before {
    content: ""; position: absolute; left: -6px; top: 0.45rem;
    width: 10px; height: 10px; border-radius: 50%; background: #0072B2;
  }
</style>
"""
"""What the configuration can't say: less air above, so that the first figures need no scrolling at 800 px;
what stays in view beside a long table; lines between sources, and one that joins the steps of a history."""
