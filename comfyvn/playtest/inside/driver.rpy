# Put into the copy of the game that `comfyvn playtest` plays; loaded before the game's own files.

# Ren'Py 8.0 on Python 3.11 (Debian 12) refuses some screens with "AST node line range is not valid"; harmless elsewhere.
python early:
    import ast as _cvn_ast, renpy.sl2.slast as _cvn_sl
    if renpy.version_tuple[:2] < (8, 1):
        def _cvn_compile(loc, node, ast=_cvn_ast, py=_cvn_sl.renpy.python):
            expression = ast.fix_missing_locations(ast.Expression(body=node))
            for n in ast.walk(expression):
                if getattr(n, "lineno", None) and (getattr(n, "end_lineno", None) or 0) < n.lineno:
                    n.end_lineno, n.end_col_offset = n.lineno, max(n.col_offset, getattr(n, "end_col_offset", 0) or 0)
            return compile(expression, loc[0], "eval", py.py3_compile_flags, 1)
        _cvn_sl.compile_expr = _cvn_compile

init 1900 python:
    if renpy.game.args.command == "run":
        import comfyvn_driver as _cvn_driver
        _cvn_driver.install()

# On top of everything; what `step` returns ends the interaction.
screen _cvn_driver():
    zorder 100000
    timer 0.001 repeat True modal False action _cvn_driver.step

# Takes the place of the main menu once that was seen: a run begins at once.
label _cvn_no_menu:
    return
