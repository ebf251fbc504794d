"""What every page is built from. Pages are thin: guard, read, draw, call one service.

    from core.rights import Role
    from core.ui.guard import require_role
    actor = require_role(Role.VIEWER)          # the first call of every page; stops the page where it refuses

- `shell`: the main script. Page settings, sign-in, navigation, which application, the demo's badge.
- `guard`: `require_role(role) -> Actor`; `current_actor() -> Actor` for fragments, which run without the
  page; `require_recent_sign_in() -> bool` before destructive work.
- `context`: `runtime()`, `current_application() -> ApplicationContext`, `now()`.
- `theme`: the colors, each with its one meaning; `STATUS_LOOKS` (word, sign, color); the Plotly template.
- `charts`: `new_figure()`, `stacked_bars(...)`, `stacked_areas(...)`,
  `show(figure, key=…, alt=…, clickable=…) -> what the clicked mark carries | None`, `chart_text(text)` for
  whatever the tenant named.
- `tables`: `show_table(frame, columns, key=…, alt=…)`, `choose_row(…) -> position | None`, column makers
  (`text`, `count`, `amount`, `share`, `day`), `ids_key(prefix, ids)` for tables with a selection,
  `color_looks(frame, {column: looks_by_label(…)})`, `height_of(rows, most=…)`.
- `downloads`: `offer(label, columns, batches, file_stem=…, key=…)`: CSV, Excel, Parquet, built at the click;
  `offer_frame` for a table in memory; `cells(batches, to_cells)`.
- `status`: `page_head` (heading and what follows closely), `section` (heading with controls to its right),
  `freshness_line`, `empty_state`, `error_box`, `failed_runs`, `current_work`, `first_start`, and
  `sync_progress`, which polls while work is live.
- `links`: `open_activity(activity_parameters(...))`, `link_to(page file, label)`.
- `words`: `plain(text)` makes any text safe for Markdown; `moment`, `day`, `ago`,
  `ahead`, `data_age`, `duration`, `listed`.
- `activity_view` with `filters`, `overview_view` with `bars`, `groups_view`, `trend_view`,
  `changes_view` and `renewals_view`, `license_details_view` with `purchase_form`, `purchase_grid`,
  `purchase_import_view` and `license_type_facts`, `reclamation_view` with `basket`, `effect_view`,
  `inherited_view`, `leaving_form`, `reclamation_run`, `notify_form`,
  `approval_view` and `run_progress`, `history_view` with `evidence_words` and `restore_view`,
  `roster_view` with `roster_import` and `roster_preview`, `applications_view` with `coverage_view`,
  `sync_view` and `catalog_view`, `policies_view` with `exemptions_view`, `exemption_form` and
  `cooldowns_view`: the larger parts of those pages.
- `saved`: `saved(message)` draws the page anew, `show_saved()` there says it.
- `policy_notes`: that reclamation is paused, and that activity is being judged anew.
- `file_errors`: what is wrong with a file that somebody handed in.
- `tracking_chart`: Application Task Tracking and the requests by state; `request_looks`: how states look.

Whatever comes from the tenant (names, departments, error texts) is shown in table cells, with `st.text`, or
through `plain` and `chart_text`: it is never Markdown or HTML.
"""
