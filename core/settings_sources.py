"""Where configuration is written: the environment first, then `.streamlit/secrets.toml`.

Both are read into one flat mapping from a path such as `("applications", "contoso", "cloud")` to what was
found there and how the person who wrote it would call that place. What it must look like is not judged here.
"""

import difflib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

ENVIRONMENT_PREFIX: Final = "SEATWISE_"
TEST_ONLY_NAMES: Final = frozenset(
    {"SEATWISE_REQUIRE", "SEATWISE_GRAPH_OPENAPI", "SEATWISE_TEST_POSTGRES_URL"}
)
SECTIONS_OF_STREAMLIT: Final = frozenset({"auth", "connections"})


class ConfigurationError(Exception):
    """The configuration cannot be used; one line that names the key and the mistake, never a secret."""


@dataclass(frozen=True, kw_only=True)
class KnownNames:
    """The names that may be written, per section; everything else is a mistake worth an error."""

    top: frozenset[str]
    smtp: frozenset[str]
    application: frozenset[str]
    lists: frozenset[str]  # those fields of an application that hold several values


@dataclass(frozen=True, kw_only=True)
class Found:
    """A value as it was written, and the name of the place where it was."""

    value: object
    place: str

    def __repr__(self) -> str:
        return f"Found(place={self.place!r})"  # the value may be a secret


Configuration: TypeAlias = dict[tuple[str, ...], Found]


def read_configuration(environ: Mapping[str, str], secrets_path: Path, known: KnownNames) -> Configuration:
    """What is configured: the environment's word before the file's, key by key.

    Every application that is mentioned has at least the path `("applications", <key>, "key")`.

    Raises:
        ConfigurationError: an unknown name, one key in two spellings, or a file that is no TOML.
    """
    return _read_file(secrets_path, known) | _read_environment(environ, known)


# ---------------------------------------------------------------- the environment


def _read_environment(environ: Mapping[str, str], known: KnownNames) -> Configuration:
    found: Configuration = {}
    for name in sorted(environ):
        if not name.startswith(ENVIRONMENT_PREFIX) or name in TEST_ONLY_NAMES:
            continue
        path = _path_of_variable(name, known)
        if path in found:
            raise ConfigurationError(f"{name}: sets the same key as {found[path].place}; keep one of them")
        if not environ[name].strip():
            raise ConfigurationError(f"{name}: is empty; give it a value or remove the variable")
        if path[0] == "applications":
            _note_application(found, path[1], name.rpartition("__")[0])
        found[path] = Found(value=_value_of_variable(name, environ[name], path, known), place=name)
    return found


def _path_of_variable(name: str, known: KnownNames) -> tuple[str, ...]:
    words = name.removeprefix(ENVIRONMENT_PREFIX).lower()
    section, separator, rest = words.partition("__")
    if words in known.top or words == "roles":
        return (words,)
    if section == "smtp" and rest in known.smtp:
        return ("smtp", rest)
    key, separator, field = rest.rpartition("__")
    if section == "applications" and separator and field in known.application:
        return ("applications", _application_key(key), field)
    names = [*known.top, "roles", *(f"smtp__{name}" for name in known.smtp)]
    names += [f"applications__{key or 'key'}__{field}" for field in known.application]
    variables = [ENVIRONMENT_PREFIX + each.upper() for each in names]
    raise ConfigurationError(f"{name}: is not a name that Seatwise knows{_meant(name, variables)}")


def _value_of_variable(name: str, text: str, path: tuple[str, ...], known: KnownNames) -> object:
    is_list = path[-1] in known.lists
    if path == ("roles",) or (is_list and text.lstrip().startswith("[")):
        shape = '["one", "two"]' if is_list else '{"claim value": "role"}'
        try:
            return json.loads(text)
        except ValueError:
            problem = f"{name}: is not JSON; expected {shape}"
        raise ConfigurationError(problem)
    if is_list:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


# ---------------------------------------------------------------- the file


def _read_file(path: Path, known: KnownNames) -> Configuration:
    where = f"in {path.name}"
    found: Configuration = {}
    for name, value in _parse(path).items():
        if name in SECTIONS_OF_STREAMLIT:
            continue
        if name == "applications":
            for key, table in _table(value, f"{name} {where}").items():
                _note_application(found, _application_key(key), f"{name}.{key} {where}")
                for field, inner in _fields(table, f"{name}.{key}", known.application, where):
                    place = f"{name}.{key}.{field} {where}"
                    found[name, _application_key(key), field] = Found(value=inner, place=place)
        elif name == "smtp":
            for field, inner in _fields(value, name, known.smtp, where):
                found[name, field] = Found(value=inner, place=f"{name}.{field} {where}")
        elif name in known.top or name == "roles":
            found[(name,)] = Found(value=value, place=f"{name} {where}")
        else:
            meant = _meant(name, [*known.top, "roles", "smtp", "applications"])
            raise ConfigurationError(f"{name} {where}: is not a key that Seatwise knows{meant}")
    return found


def _parse(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        problem = "is not encoded in UTF-8; save it as UTF-8"
    except tomllib.TOMLDecodeError as error:
        problem = f"is not valid TOML: {error}"
    except OSError as error:
        problem = f"cannot be read: {error.strerror or 'the system refused'}"
    raise ConfigurationError(f"{path.name}: {problem}")


def _table(value: object, place: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{place}: must be a table")
    return value


def _fields(value: object, section: str, names: frozenset[str], where: str) -> Iterator[tuple[str, object]]:
    for field, inner in _table(value, f"{section} {where}").items():
        if field not in names:
            meant = _meant(field, names)
            raise ConfigurationError(f"{section}.{field} {where}: is not a key that Seatwise knows{meant}")
        yield field, inner


# ---------------------------------------------------------------- names


def _application_key(written: str) -> str:
    return written.replace("_", "-")


def _note_application(found: Configuration, key: str, place: str) -> None:
    """Remember under which spelling a source speaks of an application, and refuse a second one."""
    first = found.setdefault(("applications", key, "key"), Found(value=key, place=place))
    if first.place != place:
        raise ConfigurationError(f"{place}: is the same application as {first.place}; keep one spelling")


def _meant(name: str, candidates: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, sorted(candidates), n=1)
    return f"; did you mean {close[0]}?" if close else ""
