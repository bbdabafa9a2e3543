"""The ground that every contract stands on: strict frozen models and the small types they are made of."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from comfyvn.contracts.words import BASE

SEED_MAX = 2**64 - 1
ID_PATTERN = r"^[a-z][a-z0-9_]*$"
# Names that Windows gives to devices: a folder of that name cannot be made there.
DEVICE_NAMES = frozenset(["con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))])
UNFIT = '\\:*?"<>|'  # what Windows does not take in a file name
LANGUAGE_PATTERN = r"^[a-z]{2,3}(_[a-z0-9]+)*$"
FILE_PATTERN = r'^[^/\\:*?"<>|][^\\:*?"<>|]*$'


class Model(BaseModel):
    """A frozen value; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class Contract(Model):
    """A file's outermost value: its schema for editors, its version, and one free object for the author's notes."""

    schema_: str | None = Field(default=None, alias="$schema", description="JSON Schema of this file, for editors")
    version: Annotated[int, Field(strict=True, ge=1, le=1)] = Field(
        default=1, description="version of the contract's shape"
    )
    meta: dict[str, JsonValue] = Field(default_factory=dict, description="free notes; nothing is derived from them")


def check_id(text: str) -> str:
    """Ids are lower-case ASCII identifiers of at most 64 characters, so that they can be file names on every system."""
    if not re.fullmatch(ID_PATTERN, text) or len(text) > 64:
        raise ValueError("an id is a lower-case letter followed by lower-case letters, digits and _ (at most 64)")
    if text in DEVICE_NAMES:
        raise ValueError(f'"{text}" is a reserved device name on Windows')
    return text


def check_language(text: str) -> str:
    """A language is what comes before a folder and a file of it: en, ja, pt_br."""
    if not re.fullmatch(LANGUAGE_PATTERN, text) or len(text) > 64:
        raise ValueError("a language is a code such as en, ja or pt_br, in lower-case letters")
    return text if text not in DEVICE_NAMES else check_id(text)


def check_cell_id(text: str) -> str:
    if check_id(text) == BASE:
        raise ValueError('"base" is the name of the picture that the others are derived from')
    return text


def check_file(text: str) -> str:
    """A file slot names a file of the novel: relative, with forward slashes, never outside the folder."""
    if any(ord(letter) < 32 or letter in UNFIT for letter in text):
        raise ValueError(f"a file's name has none of {UNFIT} and no control characters; folders are parted by /")
    for part in text.split("/"):
        if part in ("", ".", "..") or part != part.strip() or part.endswith("."):
            raise ValueError("a file is named relative to the novel's folder, with forward slashes, without . or ..")
        if part.split(".")[0].lower() in DEVICE_NAMES:
            raise ValueError(f'"{part}" is a reserved device name on Windows')
    return text


Id = Annotated[str, AfterValidator(check_id), Field(json_schema_extra={"pattern": ID_PATTERN})]
CellId = Annotated[str, AfterValidator(check_cell_id), Field(json_schema_extra={"pattern": ID_PATTERN})]
File = Annotated[str, AfterValidator(check_file), Field(json_schema_extra={"pattern": FILE_PATTERN})]
Seed = Annotated[int, Field(strict=True, ge=0, le=SEED_MAX)]
Real = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Fraction = Annotated[float, Field(strict=True, ge=0, le=1)]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Whole = Annotated[int, Field(strict=True, ge=0)]
Pixels = Annotated[int, Field(strict=True, ge=16, le=16384)]
Size = tuple[Pixels, Pixels]
Text = Annotated[str, Field(max_length=20000)]
Flag = Annotated[bool, Field(strict=True)]
Rating = Literal["everyone", "teen", "mature", "adult"]  # each for fewer people than the one before
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Language = Annotated[str, Field(pattern=LANGUAGE_PATTERN, description="language code such as en, ja, pt_br")]
