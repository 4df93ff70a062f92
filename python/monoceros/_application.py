# SPDX-License-Identifier: Apache-2.0
"""Finds the application that a setting like "module:name" means, as Gunicorn does."""

import ast
import importlib
import os
import sys
import traceback


# The process that imported the application; None: none has.
loaded_in = None


class ApplicationError(Exception):
    """A sentence for people; its cause, if any, is an exception of the application."""


def prepare_paths(chdir, pythonpath):
    """Changes to `chdir` and puts it, and the directories of `pythonpath` (separated by commas),
    before sys.path."""
    directory = os.path.abspath(chdir or os.getcwd())
    try:
        os.chdir(directory)
    except OSError as error:
        raise ApplicationError(
            f"cannot change to the directory {directory!r} (setting chdir): {error.strerror}"
        ) from None
    for path in [directory, *(p for p in pythonpath.split(",") if p)]:
        path = os.path.abspath(path)
        if path not in sys.path:
            sys.path.insert(0, path)


def load(setting):
    """The application that `setting` means: "module", "module:name" or "module:factory(literals)"."""
    global loaded_in
    loaded_in = os.getpid()
    module_name, _, expression = setting.partition(":")
    name, call = parse(expression or "application")
    module = import_module(module_name)
    try:
        value = getattr(module, name)
    except AttributeError:
        raise ApplicationError(
            f"the module {module_name!r} has no {name!r} (application {setting!r})"
        ) from None
    if call is not None:
        value = call_factory(value, call, setting)
    if not callable(value) and not is_tornado(value):
        raise ApplicationError(f"the application {setting!r} is not callable: {value!r}")
    return value


def adapt(application, worker_class):
    """What a worker of that class calls for `application`."""
    if worker_class == "tornado":
        from monoceros import _tornado

        return _tornado.adapt(application)
    if is_tornado(application):
        raise ApplicationError(
            f"the application is a {type(application).__module__}.{type(application).__qualname__},"
            f" which the worker class {worker_class} cannot run; use --worker-class tornado"
        )
    return application


def is_tornado(application):
    """Whether it can be called only by Tornado; without importing that."""
    containers = sys.modules.get("tornado.wsgi")
    return hasattr(application, "start_request") or (
        containers is not None and isinstance(application, containers.WSGIContainer)
    )


def parse(expression):
    """("name", None) or ("factory", (positional, named))."""
    try:
        node = ast.parse(expression, mode="eval").body
        if isinstance(node, ast.Name):
            return node.id, None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            positional = [ast.literal_eval(argument) for argument in node.args]
            named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in node.keywords}
            if None not in named:
                return node.func.id, (positional, named)
    except (SyntaxError, ValueError):
        pass
    raise ApplicationError(
        f"{expression!r} is neither a name nor a call with literal arguments, as in"
        " 'module:name' or 'module:factory(\"test\")'"
    )


def import_module(name):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # Only this module itself is missing: no code of the application has run.
        if error.name is None or not (name == error.name or name.startswith(error.name + ".")):
            raise
        raise ApplicationError(missing(name)) from None


def missing(name):
    hint = ""
    if name.endswith(".py") and os.path.exists(name):
        hint = f"; did you mean '{name[:-3].replace('/', '.')}:application'?"
    return f"there is no module {name!r} in {os.getcwd()} or elsewhere on sys.path{hint}"


def call_factory(factory, arguments, setting):
    if not callable(factory):
        raise ApplicationError(f"the factory in {setting!r} is not callable: {factory!r}")
    positional, named = arguments
    application = factory(*positional, **named)
    if application is None:
        raise ApplicationError(f"the factory in {setting!r} returned None, not an application")
    return application


def describe(error):
    """What to tell people of `error`: a sentence for ours, a traceback for the application's."""
    if isinstance(error, ApplicationError):
        return str(error)
    frames = error.__traceback__
    while frames is not None and is_machinery(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    lines = traceback.format_exception(type(error), error, frames)
    return "the application could not be imported:\n" + "".join(lines).rstrip("\n")


def is_machinery(filename):
    return filename in (__file__, importlib.__file__) or filename.startswith("<frozen importlib")
