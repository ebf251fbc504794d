"""What a page shows, for tests that run the app without a browser."""

from streamlit.testing.v1 import AppTest


def open_page(app: AppTest, file: str) -> AppTest:
    """Run the app, go to the page in this file, and see it without an error."""
    app.run()
    app.switch_page(f"../../pages/{file}")
    app.run()
    assert not app.exception, app.exception
    return app


def shown(app: AppTest) -> str:
    """All texts of the page and the sidebar, one a line, in their order of kind."""
    kinds = (app.title, app.subheader, app.markdown, app.caption, app.text, app.error, app.warning, app.code)
    return "\n".join(str(element.value) for elements in kinds for element in elements)
