import tomllib
from pathlib import Path

import pytest
from streamlit import config as streamlit_config

from core.settings import PROJECT, ApplicationSettings, Settings, SmtpSettings, load_settings

FOLDER = PROJECT / ".streamlit"
EXAMPLE = (FOLDER / "secrets.example.toml").read_text(encoding="utf-8")


def switched_on(*left_off: str) -> str:
    """The example with every setting in use, less those that would contradict another one."""
    lines = [line.removeprefix("#") for line in EXAMPLE.splitlines() if not line.startswith("# ")]
    return "\n".join(line for line in lines if not line.startswith(left_off))


def test_the_example_as_it_ships_configures_nothing_and_so_serves_the_demo(tmp_path: Path) -> None:
    (tmp_path / "secrets.toml").write_text(EXAMPLE, encoding="utf-8")
    assert load_settings({}, tmp_path / "secrets.toml").application().is_demo


def test_every_setting_of_the_example_is_accepted_when_switched_on(tmp_path: Path) -> None:
    (tmp_path / "secrets.toml").write_text(
        switched_on("certificate_path", 'database_url = "postgresql'), encoding="utf-8"
    )
    contoso = load_settings({}, tmp_path / "secrets.toml").application()
    assert contoso.key == "contoso"
    assert not contoso.allow_reclaim


def test_the_example_shows_every_key_there_is() -> None:
    shown = tomllib.loads(switched_on('database_url = "postgresql'))
    assert set(shown) == set(Settings.model_fields)
    assert set(shown["smtp"]) == set(SmtpSettings.model_fields)
    assert set(shown["applications"]["contoso"]) == set(ApplicationSettings.model_fields) - {"key", "is_demo"}


def served_with() -> dict[str, object]:
    """The options of config.toml by their dotted names."""
    document = tomllib.loads((FOLDER / "config.toml").read_text(encoding="utf-8"))
    return {
        f"{section}.{name}": value
        for section, options in document.items()
        for name, value in options.items()
        if not isinstance(value, dict)
    }


def test_streamlit_knows_every_option_that_is_set() -> None:
    known = set(streamlit_config.get_config_options())
    assert set(served_with()) <= known


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("server.address", "127.0.0.1"),
        ("server.allowedHosts", ["localhost", "127.0.0.1"]),
        ("server.fileWatcherType", "none"),
        ("browser.gatherUsageStats", False),
        ("client.showErrorDetails", "none"),
        ("client.disableDataExport", True),
    ],
)
def test_the_app_is_served_as_a_production_system(option: str, value: object) -> None:
    assert served_with()[option] == value


@pytest.mark.parametrize("variant", ["light", "dark"])
def test_links_and_what_is_written_on_or_in_the_accent_can_be_read(variant: str) -> None:
    theme = tomllib.loads((FOLDER / "config.toml").read_text(encoding="utf-8"))["theme"][variant]
    background = theme["backgroundColor"]
    assert contrast(theme["textColor"], theme["secondaryBackgroundColor"]) >= 7
    assert contrast(theme["linkColor"], background) >= 4.5
    assert contrast(theme["linkColor"], theme["secondaryBackgroundColor"]) >= 4.5
    assert round(contrast(theme["primaryColor"], background), 2) >= 4.5
    assert contrast(theme["primaryColor"], "#ffffff") >= 4.5


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast of two colors written as #rrggbb."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
