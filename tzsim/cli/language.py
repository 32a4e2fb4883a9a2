"""In which language the command line speaks: --lang, else the environment variable TZSIM_LANG, else Chinese.

It is known before the options are read, so that what is wrong with them is said in it too. click marks its own texts for translation
by gettext; their Chinese stands here.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Sequence
from types import ModuleType
from typing import Literal

import click
import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.types

from tzsim.errors import in_chinese

Lang = Literal["zh", "en"]
VARIABLE = "TZSIM_LANG"

_spoken: Lang = "zh"


def chosen(arguments: Sequence[str]) -> Lang:
    """The language asked for; Chinese where what is asked for is none of the two (the option then says so)."""
    asked = os.environ.get(VARIABLE, "zh")
    for i, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == "--lang" and i + 1 < len(arguments):
            asked = arguments[i + 1]
        elif argument.startswith("--lang="):
            asked = argument.removeprefix("--lang=")
    return "en" if asked == "en" else "zh"


def speak(lang: Lang) -> None:
    """Say everything from here on in `lang`, click's own messages included."""
    global _spoken
    _spoken = lang
    one, many = (_one, _many) if lang == "zh" else (gettext.gettext, gettext.ngettext)
    for module in _CLICK:
        for name, function in (("_", one), ("ngettext", many)):
            if hasattr(module, name):
                setattr(module, name, function)


def spoken() -> Lang:
    """The language of this call."""
    return _spoken


def said(message: object) -> str:
    """A message (or what an exception says) in the language of this call."""
    return in_chinese(message) if _spoken == "zh" else str(message)


_CLICK: tuple[ModuleType, ...] = (
    click.core,
    click.decorators,
    click.exceptions,
    click.formatting,
    click.parser,
    click.types,
)

CHINESE = {
    "Usage:": "用法：",
    "Options": "选项",
    "Commands": "命令",
    "Positional arguments": "参数",
    "Show this message and exit.": "显示本帮助。",
    "Show the version and exit.": "显示版本。",
    "default: {default}": "默认：{default}",
    "env var: {var}": "环境变量：{var}",
    "required": "必填",
    "Error: {message}": "错误：{message}",
    "Try '{command} {option}' for help.": "用法详见：{command} {option}",
    "Invalid value: {message}": "取值不对：{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 的取值不对：{message}",
    "Missing command.": "没有写命令。",
    "Missing argument": "缺少参数",
    "Missing option": "缺少选项",
    "Missing parameter": "缺少参数",
    "Missing {param_type}": "缺少{param_type}",
    "Missing parameter: {param_name}": "缺少参数：{param_name}",
    "No such option {name!r}.": "没有选项 {name!r}。",
    "No such option: {name}": "没有选项 {name!r}。",
    "No such command {name!r}.": "没有命令 {name!r}。",
    "Did you mean {possibility}?": "是否应为 {possibility}？",
    "(Did you mean one of: {possibilities}?)": "是否应为其中之一：{possibilities}？",
    "(Possible options: {possibilities})": "是否应为其中之一：{possibilities}？",
    "Got unexpected extra argument ({args})": "多余的参数：{args}",
    "Got unexpected extra arguments ({args})": "多余的参数：{args}",
    "Choose from:\n\t{choices}": "可选：\n\t{choices}",
    "{value!r} is not {choice}.": "{value!r} 应为 {choice}。",
    "{value!r} is not one of {choices}.": "{value!r} 不在可选项中：{choices}。",
    "{value!r} is not a valid {number_type}.": "{value!r} 不是有效的数字。",
    "{value} is not in the range {range}.": "{value} 超出范围 {range}。",
    "Option {name!r} does not take a value.": "选项 {name!r} 后面不带取值。",
    "Option {name!r} requires an argument.": "选项 {name!r} 后面要写取值。",
    "Option {name!r} requires {nargs} arguments.": "选项 {name!r} 后面要写 {nargs} 个取值。",
    "Argument {name!r} takes {nargs} values.": "参数 {name!r} 要写 {nargs} 个取值。",
    "{name} {filename!r} does not exist.": "“{filename}”不存在。",
    "{name} {filename!r} is a file.": "“{filename}”是文件，应为文件夹。",
    "{name} {filename!r} is a directory.": "“{filename}”是文件夹，应为文件。",
    "{name} {filename!r} is not readable.": "“{filename}”无法读取。",
    "{name} {filename!r} is not writable.": "“{filename}”无法写入。",
}
"""click's text -> Chinese; what is not here stays English."""


def _one(message: str) -> str:
    return CHINESE.get(message, message)


def _many(singular: str, plural: str, n: int) -> str:
    return _one(singular if n == 1 else plural)
