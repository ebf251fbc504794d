import json
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.graph.clouds import Cloud
from core.rights import Role
from core.settings import PROJECT, ConfigurationError, Settings, load_settings

TENANT = "0f3a7c1e-9f0b-4c39-8d6e-1f2a3b4c5d6e"
SECRET = "s3cr3t~value.of-the-app"
FILE = f"""
[applications.contoso]
name = "Contoso"
tenant_id = "{TENANT}"
client_id = "client"
client_secret = "{SECRET}"
"""
VARIABLES = {
    "SEATWISE_APPLICATIONS__CONTOSO__TENANT_ID": TENANT,
    "SEATWISE_APPLICATIONS__CONTOSO__CLIENT_ID": "client",
    "SEATWISE_APPLICATIONS__CONTOSO__CLIENT_SECRET": SECRET,
}
PEM = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nAA==\n"


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    return tmp_path / "secrets.toml"


def from_file(path: Path, text: str, environ: dict[str, str] | None = None) -> Settings:
    path.write_text(text, encoding="utf-8")
    return load_settings(environ or {}, path)


def from_variables(**variables: str) -> Settings:
    names = {f"SEATWISE_{name}": value for name, value in variables.items()}
    return load_settings(VARIABLES | names, Path("no-such-file.toml"))


def refusal(text: str, path: Path, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        from_file(path, text, environ)
    return str(caught.value)


# ---------------------------------------------------------------- defaults and the demo


def test_without_any_configuration_there_is_the_demo_tenant_with_all_rights(secrets: Path) -> None:
    settings = load_settings({}, secrets)
    demo = settings.application()
    assert list(settings.applications) == ["demo"]
    assert demo.is_demo
    assert demo.allow_reclaim


def test_without_any_configuration_the_database_is_a_file_in_the_local_data_folder(secrets: Path) -> None:
    settings = load_settings({}, secrets)
    assert settings.data_dir == PROJECT / "data" / "local"
    assert settings.database_url == f"sqlite:///{PROJECT / 'data' / 'local' / 'seatwise.db'}"


def test_the_default_database_follows_the_data_folder(tmp_path: Path, secrets: Path) -> None:
    settings = load_settings({"SEATWISE_DATA_DIR": str(tmp_path / "state")}, secrets)
    assert settings.data_dir == tmp_path / "state"
    assert settings.database_url == f"sqlite:///{tmp_path / 'state' / 'seatwise.db'}"


def test_a_configured_application_replaces_the_demo_and_may_not_reclaim_by_default(secrets: Path) -> None:
    contoso = from_file(secrets, FILE).application()
    assert contoso.key == "contoso"
    assert contoso.name == "Contoso"
    assert contoso.cloud is Cloud.GLOBAL
    assert contoso.report_hosts == (".office.com",)
    assert not contoso.allow_reclaim
    assert not contoso.is_demo


def test_a_configured_application_named_demo_is_a_real_one(secrets: Path) -> None:
    application = from_file(secrets, FILE.replace("contoso", "demo")).application("demo")
    assert not application.is_demo
    assert not application.allow_reclaim


def test_an_application_without_a_name_is_called_by_its_key() -> None:
    assert from_variables().application("contoso").name == "contoso"


# ---------------------------------------------------------------- environment and file


def test_the_environment_wins_over_the_file_key_by_key(secrets: Path) -> None:
    environ = {"SEATWISE_APPLICATIONS__CONTOSO__ALLOW_RECLAIM": "true"}
    contoso = from_file(secrets, FILE + "allow_reclaim = false\n", environ).application()
    assert contoso.allow_reclaim
    assert contoso.name == "Contoso"


def test_other_variables_and_sections_of_streamlit_and_tests_are_left_alone(secrets: Path) -> None:
    others = {"PATH": "/bin", "SEATWISE_REQUIRE": "browser", "STREAMLIT_SERVER_PORT": "1"}
    text = (
        FILE + '\n[auth]\ncookie_secret = "x"\n[auth.entra]\nclient_id = "y"\n[connections.db]\nurl = "z"\n'
    )
    assert from_file(secrets, text, others).application().key == "contoso"


def test_an_underscore_in_the_key_of_a_variable_is_the_hyphen_of_the_file(secrets: Path) -> None:
    environ = {"SEATWISE_APPLICATIONS__CONTOSO_EU__CLOUD": "gcc-high"}
    settings = from_file(secrets, FILE.replace("contoso", "contoso-eu"), environ)
    assert list(settings.applications) == ["contoso-eu"]
    assert settings.application().cloud is Cloud.GCC_HIGH


def test_a_file_saved_with_a_byte_order_mark_is_read(secrets: Path) -> None:
    secrets.write_text(FILE, encoding="utf-8-sig")
    assert load_settings({}, secrets).application().name == "Contoso"


def test_roles_may_be_given_in_the_file_or_as_json_which_replaces_them(secrets: Path) -> None:
    text = '[roles]\n"Seatwise.Operator" = "operator"\n"all staff" = "viewer"\n' + FILE
    assert from_file(secrets, text).roles == {"Seatwise.Operator": Role.OPERATOR, "all staff": Role.VIEWER}
    environ = {"SEATWISE_ROLES": json.dumps({"Admins": "administrator"})}
    assert from_file(secrets, text, environ).roles == {"Admins": Role.ADMINISTRATOR}


def test_a_mail_server_is_read_from_its_section_and_its_variables(secrets: Path) -> None:
    text = 'mail_sender = "licenses@example.com"\n[smtp]\nhost = "mail.example.com"\n'
    smtp = from_file(secrets, text, {"SEATWISE_SMTP__PORT": "2525", "SEATWISE_SMTP__PASSWORD": "hush"}).smtp
    assert smtp is not None
    assert (smtp.host, smtp.port, smtp.starttls) == ("mail.example.com", 2525, True)
    assert smtp.password is not None
    assert smtp.password.get_secret_value() == "hush"


@pytest.mark.parametrize("word", ["true", "True", "1", "yes", "on"])
def test_a_flag_of_the_environment_is_raised_by_the_usual_words(word: str) -> None:
    assert from_variables(ALLOW_UNAUTHENTICATED_READ=word).allow_unauthenticated_read


@pytest.mark.parametrize("word", ["false", "FALSE", "0", "no", "off"])
def test_a_flag_of_the_environment_is_lowered_by_the_usual_words(word: str) -> None:
    assert not from_variables(APPLICATIONS__CONTOSO__ALLOW_RECLAIM=word).application().allow_reclaim


@pytest.mark.parametrize(
    "text", [".office.com,reports.example.com", '[".office.com", "Reports.example.com"]']
)
def test_report_hosts_of_the_environment_are_separated_by_commas_or_are_json(text: str) -> None:
    application = from_variables(APPLICATIONS__CONTOSO__REPORT_HOSTS=text).application()
    assert application.report_hosts == (".office.com", "reports.example.com")


# ---------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("sqlite:///data/x.db", f"sqlite:///{PROJECT / 'data' / 'x.db'}"),
        ("postgresql+psycopg://u:p@h/db", "postgresql+psycopg://u:p@h/db"),
        ("postgresql://u:p@h:5433/db", "postgresql+psycopg://u:p@h:5433/db"),
        ("postgres://u@h/db?sslmode=require", "postgresql+psycopg://u@h/db?sslmode=require"),
    ],
)
def test_a_database_url_becomes_absolute_and_names_its_driver(written: str, read: str) -> None:
    assert from_variables(DATABASE_URL=written).database_url == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (TENANT.upper(), TENANT),
        ("contoso.onmicrosoft.com", "contoso.onmicrosoft.com"),
        ("Contoso.DE", "contoso.de"),
    ],
)
def test_a_tenant_is_a_guid_or_a_domain_in_lower_case(written: str, read: str) -> None:
    assert from_variables(APPLICATIONS__CONTOSO__TENANT_ID=written).application().tenant_id == read


def test_overridden_roots_lose_the_slash_at_their_end() -> None:
    application = from_variables(APPLICATIONS__CONTOSO__GRAPH_URL="https://localhost:8443/").application()
    assert application.graph_url == "https://localhost:8443"


def test_a_certificate_stands_in_for_the_secret(tmp_path: Path, secrets: Path) -> None:
    (tmp_path / "app.pem").write_text(PEM, encoding="ascii")
    text = FILE.replace(f'client_secret = "{SECRET}"', f"certificate_path = '{tmp_path / 'app.pem'}'")
    application = from_file(secrets, text).application()
    assert application.certificate_path == tmp_path / "app.pem"
    assert application.client_secret is None


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("text", "key", "wrong"),
    [
        ("databse_url = 'x'", "databse_url", "did you mean database_url"),
        ("[application.contoso]", "application", "did you mean applications"),
        ("applications = 1", "applications", "must be a table"),
        ("[applications]\ncontoso = 1", "applications.contoso", "must be a table"),
        (FILE + "tenant = 'x'", "applications.contoso.tenant", "did you mean tenant_id"),
        (FILE + "is_demo = true", "applications.contoso.is_demo", "not a key"),
        (FILE.replace(TENANT, "common"), "applications.contoso.tenant_id", "neither a GUID nor a domain"),
        (FILE.replace(TENANT, "../x"), "applications.contoso.tenant_id", "neither a GUID nor a domain"),
        (FILE + "cloud = 'mars'", "applications.contoso.cloud", "'global', 'gcc-high', 'dod' or 'china'"),
        (FILE + "allow_reclaim = 'maybe'", "applications.contoso.allow_reclaim", "boolean"),
        (FILE + "graph_url = 'http://localhost'", "applications.contoso.graph_url", "https://"),
        (FILE + "graph_url = 'https://h/v1.0'", "applications.contoso.graph_url", "without a path"),
        (FILE + "graph_url = 'https://h?a=b'", "applications.contoso.graph_url", "without a path"),
        (FILE + "authority_url = 'https://a:b@h'", "applications.contoso.authority_url", "user name"),
        (FILE + "authority_url = 'https://h:x'", "applications.contoso.authority_url", "not a URL"),
        (FILE + "report_hosts = ['*']", "applications.contoso.report_hosts", "hosts such as"),
        (FILE + "report_hosts = '.office.com'", "applications.contoso.report_hosts", "tuple"),
        (FILE + "certificate_path = 'a.pem'", "applications.contoso", "names a file that cannot be read"),
        (FILE.replace("contoso]", "Contoso]"), "applications.Contoso", "lower-case letters"),
        (
            FILE.replace("contoso]", "contoso_eu]") + FILE.replace("contoso]", "contoso-eu]"),
            "contoso",
            "spelling",
        ),
        ("[applications.contoso]", "applications.contoso.tenant_id", "is missing"),
        (FILE.replace(f'client_secret = "{SECRET}"', ""), "applications.contoso", "needs client_secret or"),
        ("database_url = 'mysql://u@h/db'", "database_url", "must be sqlite"),
        ("database_url = 'sqlite://'", "database_url", "must name a file"),
        ("database_url = 'postgresql://h'", "database_url", "must name a database"),
        ("database_url = 5", "database_url", "string"),
        ("data_dir = 5", "data_dir", "path"),
        ("secret_key = 'short'", "secret_key", "too short"),
        ("public_url = 'http://seatwise.example.com'", "public_url", "https://"),
        ("mail_sender = 'Licenses <l@example.com>'", "mail_sender", "e-mail address"),
        ("[smtp]\nport = 25", "smtp.host", "is missing"),
        ("[smtp]\nhost = 'h'\nport = 70000", "smtp.port", "less than or equal"),
        ("[smtp]\nhots = 'h'", "smtp.hots", "did you mean host"),
        ("[roles]\n'Staff' = 'boss'", "roles", "Staff"),
        ("[roles]\n'Staff' = 'boss'", "roles", "'viewer', 'analyst', 'operator' or 'administrator'"),
        ("a = = b", "secrets.toml", "not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_refused_in_one_line_that_names_key_and_problem(
    secrets: Path, text: str, key: str, wrong: str
) -> None:
    message = refusal(text, secrets)
    assert key in message
    assert wrong in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize(
    ("environ", "wrong"),
    [
        ({"SEATWISE_DATABSE_URL": "x"}, "did you mean SEATWISE_DATABASE_URL"),
        ({"SEATWISE_": "x"}, "not a name"),
        ({"SEATWISE_APPLICATIONS": "x"}, "not a name"),
        ({"SEATWISE_APPLICATIONS__CONTOSO": "x"}, "not a name"),
        ({"SEATWISE_APPLICATIONS__CLIENT_ID": "x"}, "not a name"),
        (
            {"SEATWISE_APPLICATIONS__CONTOSO__TENANT": "x"},
            "did you mean SEATWISE_APPLICATIONS__CONTOSO__TENANT_ID",
        ),
        ({"SEATWISE_ROLES__STAFF": "viewer"}, "not a name"),
        ({"SEATWISE_ROLES": "viewer"}, "not JSON"),
        ({"SEATWISE_ROLES": "[]"}, "dictionary"),
        ({"SEATWISE_PUBLIC_URL": " "}, "is empty"),
        ({"SEATWISE_DATA_DIR": "a", "SEATWISE_data_dir": "b"}, "sets the same key"),
        ({"SEATWISE_APPLICATIONS__CONTOSO__CLOUD": "mars"}, "SEATWISE_APPLICATIONS__CONTOSO__CLOUD: "),
    ],
)
def test_a_mistake_in_the_environment_is_refused_in_one_line_that_names_variable_and_problem(
    secrets: Path, environ: dict[str, str], wrong: str
) -> None:
    message = refusal("", secrets, environ)
    assert any(name in message for name in environ)
    assert wrong in message
    assert len(message.splitlines()) == 1


def test_one_application_in_two_spellings_is_refused(secrets: Path) -> None:
    environ = {"SEATWISE_APPLICATIONS__A_B__NAME": "x", "SEATWISE_APPLICATIONS__A-B__CLOUD": "dod"}
    message = refusal("", secrets, environ)
    assert "SEATWISE_APPLICATIONS__A_B: is the same application as SEATWISE_APPLICATIONS__A-B" in message


def test_a_missing_key_is_named_together_with_its_variable(secrets: Path) -> None:
    message = refusal("[applications.contoso-eu]", secrets)
    assert "SEATWISE_APPLICATIONS__CONTOSO_EU__TENANT_ID" in message


def test_all_mistakes_are_told_at_once(secrets: Path) -> None:
    message = refusal(FILE + "cloud = 'mars'\nallow_reclaim = 'maybe'", secrets)
    assert "cloud" in message
    assert "allow_reclaim" in message


def test_a_secret_and_a_certificate_together_are_refused_even_from_two_sources(
    tmp_path: Path, secrets: Path
) -> None:
    (tmp_path / "app.pem").write_text(PEM, encoding="ascii")
    environ = {"SEATWISE_APPLICATIONS__CONTOSO__CERTIFICATE_PATH": str(tmp_path / "app.pem")}
    assert "both client_secret and certificate_path" in refusal(FILE, secrets, environ)


@pytest.mark.parametrize(
    ("pem", "wrong"),
    [
        (PEM.replace("PRIVATE", "ENCRYPTED PRIVATE"), "encrypted"),
        (PEM.partition("-----BEGIN CERTIFICATE")[0], "both a private key and a certificate"),
        ("\N{SNOWMAN}", "not PEM text"),
    ],
)
def test_a_certificate_file_that_cannot_be_used_is_refused(
    tmp_path: Path, secrets: Path, pem: str, wrong: str
) -> None:
    (tmp_path / "app.pem").write_text(pem, encoding="utf-8")
    text = FILE.replace(f'client_secret = "{SECRET}"', f"certificate_path = '{tmp_path / 'app.pem'}'")
    assert wrong in refusal(text, secrets)


def test_a_file_that_is_not_utf_8_or_is_a_folder_is_refused_by_name(tmp_path: Path, secrets: Path) -> None:
    secrets.write_text(FILE, encoding="utf-16")
    with pytest.raises(ConfigurationError, match=r"secrets\.toml: is not encoded in UTF-8"):
        load_settings({}, secrets)
    with pytest.raises(ConfigurationError, match=f"{tmp_path.name}: cannot be read"):
        load_settings({}, tmp_path)


@pytest.mark.parametrize(
    ("asked", "wrong"), [(None, "name one of contoso, fabrikam"), ("tailspin", "tailspin is not configured")]
)
def test_an_application_that_cannot_be_told_is_refused_with_the_keys_there_are(
    secrets: Path, asked: str | None, wrong: str
) -> None:
    settings = from_file(secrets, FILE + FILE.replace("contoso", "fabrikam"))
    with pytest.raises(ConfigurationError, match=wrong):
        settings.application(asked)


# ---------------------------------------------------------------- secrets


def test_no_secret_is_in_a_repr_a_string_or_a_dump(secrets: Path) -> None:
    key = "k" * 40
    text = (
        f"secret_key = '{key}'\ndatabase_url = 'postgresql://u:pa55word@h/db?password=0ther&sslmode=require'\n"
        "[smtp]\nhost = 'h'\npassword = 'hush-hush'\n" + FILE
    )
    settings = from_file(secrets, text)
    assert settings.application().client_secret is not None
    shown = f"{settings!r} {settings} {settings.model_dump_json()} {settings.model_dump()}"
    for hidden in (key, "pa55word", "0ther", "hush-hush", SECRET):
        assert hidden not in shown
    assert "sslmode=require" in shown
    assert "pa55word" in settings.database_url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEATWISE_SECRET_KEY", "hush-hush"),
        ("SEATWISE_DATABASE_URL", "mysql://u:hush-hush@h/db"),
        ("SEATWISE_DATABASE_URL", "postgresql://u:hush-hush@h:port/db"),
        ("SEATWISE_APPLICATIONS__CONTOSO__CLIENT_SECRET", "hush-hush with blanks"),
        ("SEATWISE_APPLICATIONS__CONTOSO__TENANT_ID", "hush-hush pasted into the wrong line"),
        ("SEATWISE_ROLES", '{"hush-hush'),
    ],
)
def test_no_refused_value_is_in_the_error_nor_in_its_traceback(secrets: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(VARIABLES | {name: value}, secrets)
    assert name in str(caught.value)
    assert "hush-hush" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


def test_settings_cannot_be_changed(secrets: Path) -> None:
    settings = load_settings({}, secrets)
    with pytest.raises(ValueError, match="frozen"):
        settings.allow_unauthenticated_read = True


# ---------------------------------------------------------------- properties


@given(key=st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True))
def test_every_key_of_an_application_can_be_reached_by_a_variable(key: str) -> None:
    prefix = f"SEATWISE_APPLICATIONS__{key.upper().replace('-', '_')}__"
    environ = {prefix + name.rpartition("__")[2]: value for name, value in VARIABLES.items()}
    assert list(load_settings(environ, Path("no-such-file.toml")).applications) == [key]


@given(text=st.text(st.characters(codec="ascii", exclude_characters="\x00"), max_size=40))
def test_any_database_url_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        outcome = load_settings({"SEATWISE_DATABASE_URL": text}, Path("no-such-file.toml")).database_url
    except ConfigurationError as error:
        outcome = str(error)
    assert outcome.startswith(("sqlite:///", "postgresql+psycopg://", "SEATWISE_DATABASE_URL: "))
    assert len(outcome.splitlines()) == 1
