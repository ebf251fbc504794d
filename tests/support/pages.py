"""What a page shows, for tests that run the app without a browser."""

from streamlit.testing.v1 import AppTest


def open_page(app: AppTest, file: str) -> AppTest:
    """Run the app, go to the page in this file, and see it without an error."""
    app.run()
    app.switch_page(f"../../pages/{file}")
    return run(app)


def run(app: AppTest) -> AppTest:
    """Run the page anew, and see it without an error."""
    app.run()
    assert not app.exception, app.exception
    return app


def click(app: AppTest, label: str) -> AppTest:
    """Click the first button with this label."""
    next(button for button in app.button if button.label == label).click()
    return run(app)


def buttons(app: AppTest) -> dict[str, bool]:
    """The buttons by their label, and whether they can be clicked."""
    return {button.label: not button.disabled for button in app.button}


def choose_row(app: AppTest, key: str, position: int) -> AppTest:
    """Choose a row of the table with this key as a click on it would."""
    app.session_state[key] = {"selection": {"rows": [position], "columns": [], "cells": []}}
    return run(app)


def shown(app: AppTest) -> str:
    """All texts of the page and the sidebar, one a line, in their order of kind."""
    kinds = (app.title, app.subheader, app.markdown, app.caption, app.text, app.error, app.warning, app.code)
    return "\n".join(str(element.value) for elements in kinds for element in elements)


def popovers(app: AppTest) -> list[str]:
    """The labels of the buttons that open something, in the page itself."""
    return [each.proto.popover.label for each in app.main if each.type == "popover"]
